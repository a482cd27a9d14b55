"""A first layer that is computed, not trained: small patches, whitened."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, unfold


class WhiteningConv2d(nn.Module):
    """A convolution whose outputs are uncorrelated, each of variance 1, on the images it has seen.

    Neighboring pixels say nearly the same. The filters are the principal directions of k × k
    patches, each divided by its standard deviation: filter i is vᵢ/√(λᵢ + ε), where λᵢ and vᵢ are
    eigenvalue and eigenvector of the patches' covariance. The outputs then have variances
    λᵢ/(λᵢ + ε) and no covariances. There are as many filters as a patch has numbers, so nothing is
    lost, and the mean is not subtracted: the layer after it has a bias or a norm.

    The filters are a buffer. No optimizer moves them, no weight decay shrinks them, no initializer
    overwrites them; `state_dict` keeps them.

    Parameters
    ----------
    images : Tensor
        (N, C, H, W), floating point: training images, as the network will see them. A thousand are
        enough.
    kernel_size : int
        k, in pixels. The image loses k − 1 rows and columns.
    eps : float
        ε, in squared units of the pixels. It keeps directions without variance from becoming
        amplified noise.

    Raises
    ------
    TypeError, ValueError
        See `whitening_filters`.

    References
    ----------
    K. Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, arXiv:2404.00498, 2024: its frozen
    first layer. There each filter comes with both signs, for the activation that follows it; here a
    convolution follows, to which a second sign says nothing new.
    """

    weight: Tensor

    def __init__(self, images: Tensor, kernel_size: int = 2, eps: float = 1e-2) -> None:
        super().__init__()
        self.register_buffer("weight", whitening_filters(images, kernel_size, eps))
        self.eps = eps

    @property
    def in_channels(self) -> int:
        """C."""
        return self.weight.shape[1]

    @property
    def out_channels(self) -> int:
        """C · k², the number of filters."""
        return self.weight.shape[0]

    @property
    def kernel_size(self) -> int:
        """The side of a patch, k."""
        return self.weight.shape[-1]

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C·k², H − k + 1, W − k + 1)."""
        return conv2d(images, self.weight)

    def extra_repr(self) -> str:
        """Tell the sizes."""
        sizes = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        return f"{sizes}, eps={self.eps}"


def whitening_filters(images: Tensor, kernel_size: int = 2, eps: float = 1e-2) -> Tensor:
    """Return the filters vᵢ/√(λᵢ + ε) of all patches, largest λ first: (C·k², C, k, k).

    The eigenvectors' signs are made the same on every machine: a filter's largest entry is
    positive.

    Parameters
    ----------
    images, kernel_size, eps
        As in `WhiteningConv2d`.

    Raises
    ------
    TypeError
        For images that are no floating-point tensor.
    ValueError
        For images of another shape, patches larger than an image, fewer than two patches, numbers
        that are not finite, a negative ε, and for ε = 0 where a direction has no variance.
    """
    check(images, kernel_size, eps)
    patches = unfold(images.double(), kernel_size).transpose(1, 2).flatten(0, 1)
    variances, directions = torch.linalg.eigh(torch.cov(patches.T).reshape(patches.shape[1], -1))
    variances, directions = variances.clamp(min=0).flip(0), directions.flip(1).T  # a row each
    if eps == 0 and variances[-1] <= variances[0] * len(variances) * torch.finfo(images.dtype).eps:
        raise ValueError("eps must be above 0 where patches have a direction without variance")
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    filters = directions * largest.sign() / (variances + eps).sqrt()[:, None]
    return filters.view(-1, images.shape[1], kernel_size, kernel_size).to(images.dtype)


def check(images: Tensor, kernel_size: int, eps: float) -> None:
    """Raise for images that have no patches of this size, and for numbers that mean nothing."""
    if not isinstance(images, Tensor) or not images.is_floating_point():
        kind = getattr(images, "dtype", type(images).__name__)
        raise TypeError(f"images must be a floating-point tensor, got {kind}")
    if images.dim() != 4 or 0 in images.shape:
        raise ValueError(f"images must have the shape (N, C, H, W), got {tuple(images.shape)}")
    side = min(images.shape[-2:])
    if not isinstance(kernel_size, int) or not 1 <= kernel_size <= side:
        raise ValueError(f"kernel_size must be 1 … {side}, the image's side, got {kernel_size!r}")
    if len(images) == 1 and images.shape[-2:] == (kernel_size, kernel_size):
        raise ValueError("images must hold at least two patches, got one")
    if not 0 <= eps < float("inf"):
        raise ValueError(f"eps must be a finite number ≥ 0, got {eps!r}")
    if not images.isfinite().all():
        raise ValueError("images must hold finite numbers, got NaN or infinity")
