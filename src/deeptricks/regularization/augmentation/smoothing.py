"""A Gaussian blur as two products with banded matrices, B_h · image · B_wᵀ."""

import torch
from torch import Tensor


def gaussian_matrix(size: int, sigma: Tensor, radius: int, border: str = "reflect") -> Tensor:
    """B[i, k] ∝ Σ exp(−j²/2σ²) over the offsets |j| ≤ radius that lead from pixel i to pixel k.

    A Gaussian in the plane is a product of two on the line, so a blur is one product from the
    left (columns) and one from the right (rows). The matrix holds zeros beyond its band; on
    images of up to a few hundred pixels the plain product is faster than a convolution all the
    same.

    Parameters
    ----------
    size
        Pixels along the axis.
    sigma
        Standard deviations (N,) in pixels, above 0.
    radius
        Where the Gaussian is cut off; the weights of all 2 radius + 1 offsets sum to 1.
    border
        "reflect" continues the image as in a mirror that stands on its last pixel (torchvision);
        "zeros" continues it with nothing, and rows near the border then sum to less than 1
        (kornia's and many other recipes for elastic distortion).

    Returns
    -------
    Tensor
        (N, size, size).
    """
    offset = torch.arange(-radius, radius + 1, device=sigma.device)
    weight = torch.softmax(-((offset / sigma[:, None]) ** 2) / 2, dim=1)
    place = torch.arange(size, device=sigma.device)
    reached = place[:, None] + offset
    if border == "reflect":
        reached = mirrored(reached, size)
    elif border != "zeros":
        raise ValueError(f"border must be 'reflect' or 'zeros', got {border!r}")
    leads = (reached[:, :, None] == place).to(weight.dtype)
    return torch.einsum("nj,ijk->nik", weight, leads)


def mirrored(place: Tensor, size: int) -> Tensor:
    """Fold whole numbers into 0 … size − 1: −1 is 1, size is size − 2, as often as it takes."""
    period = max(2 * (size - 1), 1)
    place = place % period
    return torch.minimum(place, period - place) if size > 1 else torch.zeros_like(place)


def smooth(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return rows · images · columnsᵀ for each image and channel; matrices (N or 1, size, size)."""
    return rows[:, None] @ images @ columns[:, None].mT
