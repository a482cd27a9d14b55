"""L-BFGS: Newton's method with curvature learned from the last few steps."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.each_parameter import real
from deeptricks.optimization.second_order.flat_vector import flatten, unflatten
from deeptricks.optimization.second_order.strong_wolfe import Trial, strong_wolfe
from deeptricks.optimization.second_order.two_loop import next_direction


class LBFGS(torch.optim.LBFGS):
    """`torch.optim.LBFGS`: θ ← θ − t H⁻¹g, with the H⁻¹ of `two_loop_recursion`.

    One call of `step` makes up to `max_iter` such moves on one loss, so it needs a closure that
    clears the gradients, computes the loss, calls backward and returns the loss. For full batches:
    on other samples a change of the gradient says little about curvature. `lr` is t, or with a
    line search the t that is tried first; the very first move, whose direction has no scale yet,
    is shortened to an absolute sum of at most lr.

    Arguments and checks are the framework's. So is the state, kept with the first parameter: `d`,
    `t` (last direction and step), `old_stps`, `old_dirs`, `ro`, `H_diag` (s, y, ρ and scale), `al`
    (weights), `prev_flat_grad`, `prev_loss`, `n_iter`, `func_evals`. Unlike the framework's, it can
    be copied and pickled, and takes weights that are not contiguous.

    References
    ----------
    D. Liu and J. Nocedal, On the limited memory BFGS method for large scale optimization,
    Mathematical Programming 45, 1989.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Make up to max_iter moves.

        Parameters
        ----------
        closure : callable
            Clears the gradients, computes the loss and its gradients, returns the loss.

        Returns
        -------
        object
            What the closure returned before the first move.

        Raises
        ------
        ValueError
            If there is a second group of parameters.
        RuntimeError
            For a `line_search_fn` that nobody knows.
        """
        closure = torch.enable_grad()(closure)
        (group,) = self.param_groups  # the algorithm mixes all parameters
        state = self.state[group["params"][0]]
        result = closure()
        here, evaluations = Trial(0, float(result), None, self._gradient()), 1
        state["n_iter"] = state.get("n_iter", 0)
        state["func_evals"] = state.get("func_evals", 0) + 1
        if here.gradient.abs().max() <= group["tolerance_grad"]:
            return result
        for left in range(group["max_iter"] - 1, -1, -1):  # moves left after this one
            step = first_try(state, here.gradient, group["lr"])
            direction = next_direction(state, here.gradient, group["history_size"])
            slope = here.gradient.dot(direction)
            state["n_iter"] += 1
            state.update(d=direction, t=step, prev_flat_grad=here.gradient, prev_loss=here.loss)
            if slope > -group["tolerance_change"]:
                break
            start = Trial(0, here.loss, slope, here.gradient)
            if searches(group["line_search_fn"]):
                allowed = group["max_eval"] - evaluations
                here, made = self._search(closure, start, direction, step, allowed)
                state["t"] = here.step
            else:
                self._move(direction, step)
                if not left:
                    break  # where it has come to will be seen by the next call
                here, made = Trial(step, float(closure()), None, self._gradient()), 1
            evaluations += made
            state["func_evals"] += made
            if (
                not left
                or evaluations >= group["max_eval"]
                or settled(start, here, direction, group)
            ):
                break
        return result

    def _search(self, closure, start, direction, step, max_trials):
        """Move to where the line search stops: (the Trial there, evaluations made)."""
        parameters = self.param_groups[0]["params"]
        saved = [parameter.clone() for parameter in parameters]

        def evaluate(step):
            self._move(direction, step)
            loss, gradient = float(closure()), self._gradient()
            for parameter, value in zip(parameters, saved, strict=True):
                parameter.copy_(value)
            return Trial(step, loss, gradient.dot(direction), gradient)

        size = direction.abs().max()
        found = strong_wolfe(evaluate, start, step, size=size, max_trials=max_trials)
        self._move(direction, found[0].step)
        return found

    def _move(self, direction, step):
        views = [real(parameter) for parameter in self.param_groups[0]["params"]]
        for view, part in zip(views, unflatten(direction, views), strict=True):
            view.add_(part, alpha=step)

    def _gradient(self):
        """Return the gradient of all parameters as one vector; one that is missing is zero."""
        parameters = self.param_groups[0]["params"]
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        return flatten([real(g.to_dense() if g.is_sparse else g) for g in gradients])


def searches(line_search_fn: str | None) -> bool:
    """Whether there is a line search; a RuntimeError, the framework's, for one nobody knows."""
    if line_search_fn not in (None, "strong_wolfe"):
        raise RuntimeError(f"line_search_fn must be None or 'strong_wolfe', got {line_search_fn!r}")
    return line_search_fn is not None


def first_try(state: dict[str, Any], gradient: Tensor, lr: float | Tensor) -> float | Tensor:
    """Return the step to try first: lr, and less before there is any idea of the curvature."""
    lr = lr.squeeze() if isinstance(lr, torch.Tensor) else lr
    return lr if state.get("d") is not None else min(1.0, 1.0 / gradient.abs().sum()) * lr


def settled(start: Trial, here: Trial, direction: Tensor, group: dict[str, Any]) -> Any:
    """Whether the gradient, the last move or the last change of the loss is below tolerance."""
    return (
        here.gradient.abs().max() <= group["tolerance_grad"]
        or direction.mul(here.step).abs().max() <= group["tolerance_change"]
        or abs(here.loss - start.loss) < group["tolerance_change"]
    )
