"""A penalty on how steep the answer is: half the squared Jacobian of the outputs by the inputs."""

from collections.abc import Callable

import torch
from torch import Tensor

from deeptricks.regularization.checks import check_generator, check_whole


def jacobian_penalty(
    function: Callable[[Tensor], Tensor],
    x: Tensor,
    projections: int | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Return a network's outputs and ½‖J‖² of them by the inputs, the mean over the batch.

    J, of shape C × D for each sample, is never formed. For any vector v the backward pass gives
    vᵀJ, and ‖J‖² = Σ_c ‖e_cᵀJ‖² takes C of them. For v uniform on the unit sphere,
    E[C ‖vᵀJ‖²] = ‖J‖²: one backward pass is enough for an unbiased estimate.

    Parameters
    ----------
    function : callable
        Maps x (N, …) to outputs (N, …), each sample on its own: with batch norm in training mode
        the samples are tied, and what comes out is not the Jacobian of one.
    x : Tensor
        Inputs (N, …). It need not require a gradient.
    projections : int, optional
        How many random v for each sample; None for the exact norm, by C backward passes.
    generator : torch.Generator, optional
        Where the v come from; the global one by default.

    Returns
    -------
    outputs, penalty : Tensor
        Of shape (N, …), and a number, to be multiplied by a strength λ and added to the loss.
        Both can be differentiated by the weights and by `x`, under `torch.func.vmap` too. An empty
        batch has the penalty 0.

    Raises
    ------
    TypeError
        If `generator` is none.
    ValueError
        For fewer than one projection.

    References
    ----------
    J. Hoffman, D. A. Roberts and S. Yaida, Robust learning with Jacobian regularization, 2019.
    """
    check_generator(generator)
    if projections is not None:
        check_whole(1, projections=projections)
    outputs, backward = torch.func.vjp(function, x)
    samples = max(len(x), 1)
    if projections is None:
        rows = basis(outputs)
    else:
        rows = on_the_sphere(outputs, int(projections), generator)
    squares = [backward(row)[0].square().sum() for row in rows]
    return outputs, torch.stack(squares).sum() / (2 * samples)


def basis(outputs: Tensor) -> Tensor:
    """Return the unit vectors e_c, for each sample: C tensors of the shape (N, …) of `outputs`."""
    each = outputs.shape[1:].numel()
    eye = torch.eye(each, dtype=outputs.dtype, device=outputs.device)
    return eye.view(each, 1, *outputs.shape[1:]).expand(each, *outputs.shape)


def on_the_sphere(outputs: Tensor, many: int, generator: torch.Generator | None = None) -> Tensor:
    """Random vectors of length √(C / many), so that the sum of their v vᵀ has the mean identity.

    Returns `many` tensors of the shape (N, …) of `outputs`, C numbers to a sample.
    """
    shape, device = (many, *outputs.shape), outputs.device
    v = torch.randn(shape, generator=generator, dtype=outputs.dtype, device=device)
    length = v.flatten(2).norm(dim=2).view(many, len(outputs), *[1] * (outputs.dim() - 1))
    return v / length * (outputs.shape[1:].numel() / many) ** 0.5


def projection_variance(jacobian: Tensor) -> Tensor:
    r"""Variance of C‖vᵀJ‖², which estimates ‖J‖² by one v that is uniform on the sphere.

    With the C singular values s of J it is 2/(C + 2) · (C Σ s⁴ − (Σ s²)²): nothing where all are
    equal, (2C − 2)/(C + 2) times the square of ‖J‖² where only one is not zero. The mean of n
    projections has an n-th of it.

    Parameters
    ----------
    jacobian : Tensor
        (…, C, D).

    Returns
    -------
    Tensor
        (…).
    """
    gram = jacobian @ jacobian.mT
    outputs = gram.shape[-1]
    trace = gram.diagonal(dim1=-2, dim2=-1).sum(-1)
    fourth = gram.square().sum((-2, -1))
    return 2 / (outputs + 2) * (outputs * fourth - trace.square())
