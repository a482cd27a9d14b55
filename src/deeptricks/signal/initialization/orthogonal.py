"""Orthogonal weights: a layer that turns signals and changes the length of none."""

import torch
from torch import Generator, Tensor


@torch.no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill in place with `gain` times a random orthogonal matrix, and return the tensor.

    Equal to `torch.nn.init.orthogonal_`, with the same draws; an empty tensor is left as it is.

    Parameters
    ----------
    tensor : Tensor
        (rows, ...), flattened to (rows, columns). Where there are more columns than rows, the
        rows are orthonormal; otherwise the columns are.
    gain : float
        Every singular value.
    generator : torch.Generator, optional
        Where the draws come from.

    Raises
    ------
    ValueError
        For fewer than two dimensions.

    References
    ----------
    A. M. Saxe, J. L. McClelland and S. Ganguli, Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks, ICLR 2014; the signs: F. Mezzadri, How to generate
    random matrices from the classical compact groups, 2007.
    """
    if tensor.dim() < 2:
        raise ValueError(f"tensor must have at least 2 dimensions, got shape {tuple(tensor.shape)}")
    if tensor.numel() == 0:
        return tensor
    gaussian = torch.empty_like(tensor.flatten(1), memory_format=torch.contiguous_format)
    gaussian.normal_(generator=generator)
    wide = gaussian.shape[0] < gaussian.shape[1]
    q, r = torch.linalg.qr(gaussian.T if wide else gaussian)
    # QR leaves the sign of each column to the algorithm; positive on r's diagonal, q is uniform.
    q = q * r.diagonal().sign()
    return tensor.copy_(gain * (q.T if wide else q).reshape(tensor.shape))
