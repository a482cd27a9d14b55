"""Products of curvature with a vector: the Hessian and the Gauss–Newton matrix, never formed.

A matrix of N × N second derivatives does not fit anywhere once N is a million. Its product with
one vector is N numbers, and costs about as much as two gradients.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def hessian_vector_product(
    loss: Tensor, parameters: Sequence[Tensor], vector: Sequence[Tensor], *, batched: bool = False
) -> list[Tensor]:
    """H v: how the gradient changes when the parameters move along v, by two backward passes.

    H v = ∇(∇L · v) with v held fixed, so the gradient is differentiated once more.

    Parameters
    ----------
    loss : Tensor
        A scalar that still has its graph, which is kept for further products.
    parameters, vector : sequence of Tensor
        Real, of the same shapes.
    batched : bool
        Each tensor of `vector` holds many vectors, counted along a first dimension more, and so
        does the result.

    Returns
    -------
    list of Tensor
        H v, of these shapes, without a graph.

    Raises
    ------
    ValueError
        For a loss that is no scalar or has no graph, and for shapes that differ.

    References
    ----------
    B. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6, 1994.
    """
    parameters, vector = checked(loss, parameters, vector, batched)
    gradient = torch.autograd.grad(loss, parameters, create_graph=True, materialize_grads=True)
    return _pull_back(gradient, parameters, vector, batched)


def gauss_newton_vector_product(
    outputs: Tensor,
    loss: Tensor,
    parameters: Sequence[Tensor],
    vector: Sequence[Tensor],
    *,
    batched: bool = False,
) -> list[Tensor]:
    """G v = Jᵀ H_L J v: the curvature that remains if the outputs were linear in the parameters.

    J (outputs × parameters) is the Jacobian of `outputs`, H_L the Hessian of `loss` with respect
    to them. Read from the right: how the outputs move along v, how that changes the gradient at
    the outputs, and what this means for the parameters. G is positive semi-definite wherever the
    loss is convex in the outputs, as squared error and cross entropy (of logits) are.

    Parameters
    ----------
    outputs : Tensor
        The very tensor, of any shape, from which `loss` was computed.
    loss, parameters, vector, batched
        As in `hessian_vector_product`.

    Returns
    -------
    list of Tensor
        G v, of the shapes of the parameters, without a graph.

    Raises
    ------
    ValueError
        As `hessian_vector_product`, and if the loss does not come from `outputs`.

    References
    ----------
    N. Schraudolph, Fast curvature matrix-vector products for second-order gradient
    descent, Neural Computation 14, 2002, section 3.
    """
    parameters, vector = checked(loss, parameters, vector, batched)
    (at_outputs,) = torch.autograd.grad(loss, outputs, create_graph=True, allow_unused=True)
    if at_outputs is None:
        raise ValueError(
            "loss must be computed from outputs, the very tensor that is passed: "
            "no way leads from the one to the other"
        )
    moved = jacobian_vector_product(outputs, parameters, vector, batched=batched)
    changed = _pull_back([at_outputs], [outputs], [moved], batched)
    return _pull_back([outputs], parameters, changed, batched)


def jacobian_vector_product(
    outputs: Tensor,
    parameters: Sequence[Tensor],
    vector: Sequence[Tensor],
    *,
    batched: bool = False,
) -> Tensor:
    """J v: how the outputs move when the parameters move along v.

    A backward pass gives Jᵀu for any u, a linear function of u; differentiated with respect to u,
    it is J. The value of u plays no part.

    Parameters
    ----------
    outputs, parameters, vector, batched
        As in `gauss_newton_vector_product`.

    Returns
    -------
    Tensor
        J v, of the shape of `outputs`.
    """
    u = torch.zeros_like(outputs, requires_grad=True)
    back = torch.autograd.grad(outputs, parameters, u, create_graph=True, materialize_grads=True)
    return _pull_back(back, [u], vector, batched)[0]


def _pull_back(values, inputs, vector, batched):
    """Return the derivative of values · vector by the inputs: zero where nothing leads."""
    batch = vector[0].shape[:1] if batched else ()
    pairs = [(y, v) for y, v in zip(values, vector, strict=True) if y.requires_grad]
    found = [None] * len(inputs)
    if pairs:  # a linear function has no graph to walk through
        values, vector = zip(*pairs, strict=True)
        options = {"retain_graph": True, "allow_unused": True, "is_grads_batched": batched}
        found = torch.autograd.grad(values, inputs, vector, **options)
    empty = [x.new_zeros((*batch, *x.shape)) for x in inputs]
    return [zero if g is None else g for g, zero in zip(found, empty, strict=True)]


def checked(
    loss: Tensor,
    parameters: Sequence[Tensor],
    vector: Sequence[Tensor] | None = None,
    batched: bool = False,
) -> tuple[list[Tensor], Any]:
    """Return the parameters and the vector as lists, if they and the loss fit together."""
    if loss.dim() != 0 or not loss.requires_grad:
        raise ValueError(
            f"loss must be a scalar with a graph, got shape {tuple(loss.shape)} "
            f"and requires_grad={loss.requires_grad}"
        )
    named = {"parameters": parameters, "vector": parameters if vector is None else vector}
    for name, tensors in named.items():
        if isinstance(tensors, torch.Tensor):
            raise TypeError(f"{name} must be a sequence of tensors, got one: put it into a list")
    parameters = list(parameters)
    shapes = [tuple(tensor.shape) for tensor in parameters]
    if vector is None:
        return parameters, None
    vector = list(vector)
    given = [tuple(tensor.shape[1:] if batched else tensor.shape) for tensor in vector]
    if given != shapes:
        raise ValueError(f"vector must have the shapes of parameters, {shapes}, got {given}")
    return parameters, vector
