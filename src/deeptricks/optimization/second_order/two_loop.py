"""The memory of L-BFGS: an inverse Hessian guessed from the last few steps, never formed."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor


def two_loop_recursion(
    vector: Tensor,
    steps: Sequence[Tensor],
    changes: Sequence[Tensor],
    inverse_products: Sequence[Any],
    scale: Any,
) -> tuple[Tensor, list[Any]]:
    """(B vector, weights): product with an inverse Hessian B that explains m steps.

    BFGS makes B from the estimate before by each pair, oldest first, B y = s for the last:

        B ← (I − ρ s yᵀ) B (I − ρ y sᵀ) + ρ s sᵀ  with  ρ = 1 / (y · s)

    Multiplied out from the right that is a loop from the newest pair to the oldest,

        α = ρ s · q,  q ← q − α y

    then r = scale q, and a loop back:

        r ← r + (α − ρ y · r) s

    `steps` s are moves of the weights, `changes` y what the gradient changed by on each, oldest
    first, and `inverse_products` the ρ. All are vectors of N entries; the cost is 4mN
    multiplications instead of N². The weights are the m numbers α of the first loop.

    References
    ----------
    J. Nocedal, Updating quasi-Newton matrices with limited storage, 1980; Nocedal and
    Wright, Numerical Optimization, 2nd edition, algorithm 7.4.
    """
    pairs = list(zip(steps, changes, inverse_products, strict=True))
    weights = []
    for s, y, rho in reversed(pairs):
        weights.append(s.dot(vector) * rho)
        vector = vector.add(y, alpha=-weights[-1])
    weights.reverse()
    vector = vector.mul(scale)
    for (s, y, rho), weight in zip(pairs, weights, strict=True):
        vector = vector.add(s, alpha=weight - y.dot(vector) * rho)
    return vector, weights


def remember(state: dict[str, Any], step: Tensor, change: Tensor, history_size: int) -> None:
    """Add a pair to the history, the oldest one making room, if the loss curves upwards along it.

    A pair with y · s ≤ 0 would make the guess indefinite, and its direction might lead uphill.
    """
    product = change.dot(step)
    if not product > 1e-10:
        return
    for name, value in [("old_stps", step), ("old_dirs", change), ("ro", 1.0 / product)]:
        state[name] = [*state[name], value][-history_size:]
    state["H_diag"] = product / change.dot(change)


def next_direction(state: dict[str, Any], gradient: Tensor, history_size: int) -> Tensor:
    """−H⁻¹g by what the last step has taught, and −g before there was any."""
    if state.get("d") is None:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
        return gradient.neg()
    step, change = state["d"].mul(state["t"]), gradient.sub(state["prev_flat_grad"])
    remember(state, step, change, history_size)
    history = (state["old_stps"], state["old_dirs"], state["ro"], state["H_diag"])
    direction, weights = two_loop_recursion(gradient.neg(), *history)
    state["al"] = weights + [None] * (history_size - len(weights))  # as long as the framework's
    return direction
