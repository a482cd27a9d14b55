"""Newton's method: to the minimum of the parabola that fits the loss where we stand."""

from collections.abc import Sequence

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero
from deeptricks.optimization.second_order.curvature import checked, hessian_vector_product
from deeptricks.optimization.second_order.flat_vector import (
    flatten,
    rows_of,
    unflatten,
    unit_vectors,
)


def hessian(loss: Tensor, parameters: Sequence[Tensor]) -> Tensor:
    """All second derivatives of a scalar loss: a matrix (N, N) for N parameters in all.

    Row i is the product with the i-th unit vector; the N products run as one batch. Memory grows
    with N² at least. Arguments and errors are those of `hessian_vector_product`.
    """
    parameters, _ = checked(loss, parameters)
    units = unit_vectors(parameters)
    rows = hessian_vector_product(loss, parameters, units, batched=True)
    return rows_of(rows)


def newton_step(
    loss: Tensor,
    parameters: Sequence[Tensor],
    damping: float = 0.0,
) -> list[Tensor]:
    """Return the step −(H + damping · I)⁻¹ g.

    On a quadratic one step without damping lands on the minimum. The Hessian is formed and the
    system solved: memory N², time N³.

    Parameters
    ----------
    loss : Tensor
        A scalar with its graph.
    parameters : sequence of Tensor
        What `loss` was computed from.
    damping : float
        At least 0. A large one turns the step toward −g and shortens it to g / damping (Levenberg
        1944, Marquardt 1963).

    Returns
    -------
    list of Tensor
        The step, to be added to the parameters.

    Raises
    ------
    ValueError
        Where H + damping · I is not positive definite: the parabola has no minimum then, and the
        step would lead to a saddle, to a maximum or to infinity.

    References
    ----------
    Nocedal and Wright, Numerical Optimization, 2nd edition, equation 2.15.
    """
    parameters, _ = checked(loss, parameters)
    return solve("Hessian", hessian(loss, parameters), loss, parameters, damping)


def solve(
    name: str, matrix: Tensor, loss: Tensor, parameters: Sequence[Tensor], damping: float
) -> list[Tensor]:
    """Return −(matrix + damping · I)⁻¹ g, if that matrix is positive definite beyond rounding."""
    check_at_least_zero(damping=damping)
    damped = matrix + damping * torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)
    require_positive_definite(name, damped, damping)
    gradient = torch.autograd.grad(loss, parameters, retain_graph=True, materialize_grads=True)
    return unflatten(torch.linalg.solve(damped, -flatten(gradient)), parameters)


def require_positive_definite(name: str, damped: Tensor, damping: float) -> None:
    """Raise a ValueError, with what to do about it, for a matrix that no step should use."""
    if not damped.isfinite().all():
        raise ValueError(f"the {name} must be finite, but holds NaN or infinity")
    eigenvalues = torch.linalg.eigvalsh(damped)
    smallest, largest = (eigenvalues[i].item() for i in (0, -1))
    rounding = len(damped) * torch.finfo(damped.dtype).eps * max(abs(smallest), abs(largest))
    if smallest < -rounding:
        raise ValueError(
            f"the {name} must be positive definite, but has the eigenvalue "
            f"{smallest - damping:.3g}: damping must be larger than {damping - smallest:.3g}, "
            f"got {damping}"
        )
    if smallest <= rounding:
        raise ValueError(
            f"the {name} must be positive definite, but is singular up to rounding: its "
            f"eigenvalues reach from {smallest - damping:.3g} to {largest - damping:.3g}; raise "
            f"damping above 0, say to a thousandth of the largest, got {damping}"
        )
