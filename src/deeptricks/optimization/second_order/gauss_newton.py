"""The Gauss–Newton step: Newton's, with the curvature of the network itself left out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from deeptricks.optimization.second_order.conjugate_gradient import conjugate_gradient
from deeptricks.optimization.second_order.curvature import checked, gauss_newton_vector_product
from deeptricks.optimization.second_order.flat_vector import rows_of, unit_vectors
from deeptricks.optimization.second_order.newton import solve


def gauss_newton_matrix(outputs: Tensor, loss: Tensor, parameters: Sequence[Tensor]) -> Tensor:
    """Jᵀ H_L J, as `gauss_newton_vector_product` explains it: a matrix (N, N), symmetric."""
    parameters, _ = checked(loss, parameters)
    units = unit_vectors(parameters)
    rows = gauss_newton_vector_product(outputs, loss, parameters, units, batched=True)
    return rows_of(rows)


def gauss_newton_step(
    outputs: Tensor,
    loss: Tensor,
    parameters: Sequence[Tensor],
    damping: float = 0.0,
    steps: int | None = None,
    tolerance: float = 1e-6,
) -> list[Tensor]:
    """Return the step −(G + damping · I)⁻¹ g with G = Jᵀ H_L J.

    Parameters
    ----------
    outputs, loss, parameters
        As in `gauss_newton_vector_product`.
    damping : float
        At least 0.
    steps : int, optional
        None: G is formed and the system solved, which costs as much as Newton's step. A number:
        conjugate gradient solves it by that many products at most, each of N numbers
        ("Hessian-free").
    tolerance : float
        Of conjugate gradient.

    Returns
    -------
    list of Tensor
        The step, to be added to the parameters.

    Raises
    ------
    ValueError
        Where G + damping · I is singular: without damping that is the rule for a network with more
        parameters than outputs (conjugate gradient may not notice).

    References
    ----------
    Nocedal and Wright, Numerical Optimization, 2nd edition, section 10.3; J. Martens, Deep
    learning via Hessian-free optimization, ICML 2010.
    """
    parameters, _ = checked(loss, parameters)
    if steps is None:
        matrix = gauss_newton_matrix(outputs, loss, parameters)
        return solve("Gauss–Newton matrix", matrix, loss, parameters, damping)
    gradient = torch.autograd.grad(loss, parameters, retain_graph=True, materialize_grads=True)

    def product(vector: Sequence[Tensor]) -> list[Tensor]:
        return gauss_newton_vector_product(outputs, loss, parameters, vector)

    return conjugate_gradient(product, [-g for g in gradient], steps, tolerance, damping)
