"""A bad sensor and a bad lens: noise on every pixel, and neighbors mixed."""

import torch
from torch import Tensor

from deeptricks.regularization.augmentation.per_sample import Augmentation, draw_like, interval
from deeptricks.regularization.augmentation.smoothing import gaussian_matrix, smooth
from deeptricks.regularization.checks import check_at_least_zero, check_positive, check_whole


class GaussianNoise(Augmentation):
    """image + mean + sigma · ε, with ε from N(0, 1) for each pixel; torchvision's name, arguments.

    The same seed of the global generator gives the same noise as there.

    Parameters
    ----------
    mean : float
        Added to every pixel.
    sigma : float
        Standard deviation, at least 0.
    clip : bool
        Cut the result to [0, 1].
    generator : torch.Generator, optional
        See `Augmentation`.
    """

    def __init__(
        self,
        mean: float = 0.0,
        sigma: float = 0.1,
        clip: bool = True,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        check_at_least_zero(sigma=sigma)
        self.mean, self.sigma, self.clip = mean, sigma, clip

    def augment(self, images: Tensor) -> Tensor:
        """Add it."""
        noise = torch.randn(images.shape, **draw_like(images, self.generator))
        noisy = (images + self.mean + self.sigma * noise).to(images.dtype)
        return noisy.clamp(0, 1) if self.clip else noisy

    def extra_repr(self) -> str:
        """Tell the distribution."""
        return f"mean={self.mean}, sigma={self.sigma}, clip={self.clip}"


class GaussianBlur(Augmentation):
    """Gaussian blur of a width drawn for each image; torchvision's name and arguments.

    Parameters
    ----------
    kernel_size : int or (int, int)
        Odd number of pixels over which the Gaussian reaches, along x and along y.
    sigma : float or (float, float)
        Range of its standard deviation in pixels, above 0; a number is always that number.
    generator : torch.Generator, optional
        See `Augmentation`.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        sigma: float | tuple[float, float] = (0.1, 2.0),
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        sizes = kernel_size if isinstance(kernel_size, tuple | list) else (kernel_size,) * 2
        if len(sizes) != 2:
            raise ValueError(f"kernel_size must be a number or a pair, got {kernel_size!r}")
        check_whole(1, **{"kernel_size along x": sizes[0], "kernel_size along y": sizes[1]})
        if not all(size % 2 for size in sizes):
            raise ValueError(f"kernel_size must be odd, got {kernel_size!r}")
        ends = sigma if isinstance(sigma, tuple | list) else (sigma, sigma)
        self.kernel_size, self.sigma = tuple(sizes), interval("sigma", ends)
        check_positive(sigma=self.sigma[0])

    def augment(self, images: Tensor) -> Tensor:
        """Draw σ for each image; two matrix products blur it."""
        sigma = self.uniform(images, *self.sigma)
        height, width = images.shape[-2:]
        along_x, along_y = (size // 2 for size in self.kernel_size)
        rows = gaussian_matrix(height, sigma, along_y)
        columns = gaussian_matrix(width, sigma, along_x)
        return smooth(images.to(sigma.dtype), rows, columns).to(images.dtype)

    def extra_repr(self) -> str:
        """Tell the sizes."""
        return f"kernel_size={self.kernel_size}, sigma={self.sigma}"
