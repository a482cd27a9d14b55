"""Conjugate gradient: a linear system solved with nothing but products of its matrix."""

from collections.abc import Callable, Sequence

from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero, check_whole
from deeptricks.optimization.second_order.flat_vector import flatten, unflatten


def conjugate_gradient(
    product: Callable[[list[Tensor]], Sequence[Tensor]],
    right_side: Sequence[Tensor],
    steps: int | None = None,
    tolerance: float = 1e-6,
    damping: float = 0.0,
) -> list[Tensor]:
    """Compute x with (A + damping · I) x = right_side, A symmetric positive definite.

    With the residual r = b − A x and the direction d, at first both b, every step does

        x ← x + α d  with  α = r·r / d·Ad
        r′ = r − α Ad
        d ← r′ + β d  with  β = r′·r′ / r·r

    Parameters
    ----------
    product : callable
        product(v) is A v; v and the result are sequences of tensors of the shapes of `right_side`.
    right_side : sequence of Tensor
        N entries in all.
    steps : int, optional
        At most so many steps, with one product each; by default N, which would suffice if nothing
        were rounded.
    tolerance : float
        It ends early when the norm of the residual, ‖right_side − (A + damping · I) x‖, has fallen
        to `tolerance` times the norm of `right_side`.
    damping : float
        Added to the diagonal of A; at least 0.

    Returns
    -------
    list of Tensor
        x, of the shapes of `right_side`.

    Raises
    ------
    ValueError
        For steps below 1, for a negative damping or tolerance, and where it meets a direction along
        which A + damping · I does not curve upwards: it is not positive definite.

    References
    ----------
    M. Hestenes and E. Stiefel, Methods of conjugate gradients for solving linear systems,
    1952; in the form of Nocedal and Wright, Numerical Optimization, algorithm 5.2.
    """
    right_side = list(right_side)
    residual = flatten(right_side)
    steps = residual.numel() if steps is None else steps
    check_whole(1, steps=steps)
    check_at_least_zero(tolerance=tolerance, damping=damping)
    solution, direction = residual.new_zeros(residual.shape), residual
    squared = residual.dot(residual)
    enough = tolerance**2 * squared
    for _ in range(int(steps)):
        if squared <= enough:
            break
        image = flatten(product(unflatten(direction, right_side))) + damping * direction
        curvature = direction.dot(image)
        if not curvature > 0:
            raise ValueError(
                "the matrix must be positive definite, but along one direction its curvature is "
                f"{(curvature / direction.dot(direction)).item():.3g}: raise damping above the "
                f"size of its most negative eigenvalue, got {damping}"
            )
        length = squared / curvature
        solution = solution + length * direction
        residual = residual - length * image
        squared, before = residual.dot(residual), squared
        direction = residual + (squared / before) * direction
    return unflatten(solution, right_side)
