"""What the optimizers of this part share: a plain loop, one parameter after the other."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class EachParameter(torch.optim.Optimizer):
    r"""θ ← θ − η d for each parameter that has a gradient; a subclass says `direction`, the d.

    It stands before the framework's class among the bases, `class SGD(EachParameter,
    torch.optim.SGD)`, which keeps the books: constructor, checks, groups, states on disk. Of the
    framework's switches `foreach` and `fused` choose among implementations with one result; they
    are accepted and ignored. State tensors are the framework's, one for each parameter.
    """

    sparse = True  # whether sparse gradients are welcome: their zeros are written out
    # A GradScaler would leave it to a fused kernel to skip steps that overflow: there is none.
    _step_supports_amp_scaling = property(lambda self: False, lambda self, value: None)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Clears the gradients, computes the loss and its gradients, returns the loss.

        Returns
        -------
        object
            What `closure` returns, None without one.

        Raises
        ------
        RuntimeError
            On a sparse gradient where the rule would fill it with numbers.
        ValueError
            If a group asks for `capturable` or `differentiable`: not in a plain loop.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            if group.get("capturable") or group.get("differentiable"):
                raise ValueError("capturable and differentiable must be False here")
            for p in group["params"]:
                if p.grad is not None:
                    self.move(p, group)
        return loss

    def move(self, p: Tensor, group: dict[str, Any]) -> None:
        """Move one parameter; weight decay joins the gradient, or goes around the rule."""
        if p.grad.is_sparse and not self.sparse:
            raise RuntimeError(f"{type(self).__name__} does not support sparse gradients")
        lr, decay, weights = float(group["lr"]), float(group["weight_decay"]), real(p)
        gradient = real(p.grad.to_dense() if p.grad.is_sparse else p.grad)
        if group["maximize"]:
            gradient = -gradient
        if decay and group.get("decoupled_weight_decay"):
            weights.mul_(1 - lr * decay)
        elif decay:
            gradient = gradient.add(weights, alpha=decay)
        weights.add_(self.direction(p, gradient, group), alpha=-lr)

    def direction(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        """Where to go, d. Changes the state of `p`, leaves `gradient` as it is."""
        raise NotImplementedError

    def count(self, p: Tensor) -> int:
        """Count one more step of `p`: its number, from 1."""
        clock = torch.tensor(0.0, dtype=scalar_type())
        return int(self.state[p].setdefault("step", clock).add_(1))

    def remembered(self, p: Tensor, *names: str) -> list[Tensor]:
        """Return what the state of `p` holds under `names`, zeros at first, as real numbers."""
        state = self.state[p]
        for name in names:
            if state.get(name) is None:
                state[name] = torch.zeros_like(p, memory_format=torch.preserve_format)
            elif state[name].is_sparse:  # the framework's momentum of sparse gradients
                state[name] = state[name].to_dense()
        return [real(state[name]) for name in names]


def real(tensor: Tensor) -> Tensor:
    """See a complex number as two real ones."""
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def scalar_type() -> torch.dtype:
    """Return the type in which the framework counts steps."""
    return torch.float64 if torch.get_default_dtype() == torch.float64 else torch.float32
