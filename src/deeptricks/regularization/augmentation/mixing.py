"""Two images become one, and so do their labels: MixUp and CutMix."""

import torch
from torch import Tensor, nn

from deeptricks.regularization.augmentation.per_sample import draw_like
from deeptricks.regularization.checks import (
    check_generator,
    check_images,
    check_positive,
    check_whole,
)


class Mixing(nn.Module):
    """Base of both: images and labels in, mixed images and soft labels out.

    Each image's partner is the one before it in the batch (the first's is the last), so batches
    must be shuffled. In evaluation mode nothing is mixed, and labels come out as probabilities.

    Parameters
    ----------
    alpha : float
        λ, the part that an image keeps, is drawn from the beta distribution Beta(α, α): uniform
        for α = 1, near 0 or 1 for a small α.
    num_classes : int, optional
        Needed for labels that are whole numbers.
    per_sample : bool
        Draw λ for each image; by default one for the batch, as torchvision does. The same seed of
        the global generator then gives the same λ as there.
    generator : torch.Generator, optional
        Where the draws come from; on the images' device.

    Raises
    ------
    ValueError
        For α not above 0, labels of another shape than (N,) or (N, num_classes), labels (N,)
        without `num_classes` or outside of 0 … num_classes − 1.
    """

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        num_classes: int | None = None,
        per_sample: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_positive(alpha=alpha)
        if num_classes is not None:
            check_whole(1, num_classes=num_classes)
        check_generator(generator)
        self.alpha, self.num_classes = float(alpha), num_classes
        self.per_sample, self.generator = per_sample, generator

    def forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return images (N, C, H, W) and labels (N, num_classes) that sum to 1."""
        check_images(images)
        soft = self.soft(labels, len(images))
        if not self.training or 0 in images.shape:
            return images, soft
        mixed, part = self.mix(images, self.draw_part(images))
        return mixed, blend(soft, part.flatten(1).to(soft.dtype))

    def mix(self, images: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mixed images and the part of each that is its own, (N or 1, 1, 1, 1)."""
        raise NotImplementedError

    def draw_part(self, images: Tensor) -> Tensor:
        """Draw λ ~ Beta(α, α), shape (N or 1, 1, 1, 1)."""
        how = draw_like(images, self.generator)
        generator = how.pop("generator")
        both = torch.full((len(images) if self.per_sample else 1, 2), self.alpha, **how)
        return torch._sample_dirichlet(both, generator=generator)[:, 0].view(-1, 1, 1, 1)

    def soft(self, labels: Tensor, count: int) -> Tensor:
        """Labels as probabilities (N, num_classes), of floating point."""
        if len(labels) != count or labels.dim() not in (1, 2):
            raise ValueError(
                f"labels must have the shape ({count},) or ({count}, num_classes), "
                f"got {tuple(labels.shape)}"
            )
        if labels.dim() == 2:
            if self.num_classes not in (None, labels.shape[1]):
                raise ValueError(
                    f"labels must have num_classes={self.num_classes} columns, "
                    f"got {labels.shape[1]}"
                )
            return labels if labels.is_floating_point() else labels.float()
        if self.num_classes is None:
            raise ValueError("num_classes must be given where labels are whole numbers, got None")
        check_range(labels, self.num_classes)
        return (labels[:, None] == torch.arange(self.num_classes, device=labels.device)).float()

    def extra_repr(self) -> str:
        """Tell the distribution."""
        return f"alpha={self.alpha}, num_classes={self.num_classes}, per_sample={self.per_sample}"


def check_range(labels: Tensor, num_classes: int) -> None:
    """Raise ValueError unless labels lie in 0 … num_classes − 1.

    Within torch.func.vmap values cannot be looked at, and nothing is checked.
    """
    if not labels.numel() or torch._C._functorch.is_functorch_wrapped_tensor(labels):
        return
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        raise ValueError(f"labels must lie in 0 … {num_classes - 1}, got {low} … {high}")


def blend(own: Tensor, part: Tensor) -> Tensor:
    """λ x + (1 − λ) x′, with x′ the sample before x in the batch."""
    return part * own + (1 - part) * own.roll(1, 0)


class MixUp(Mixing):
    """x = λ x₁ + (1 − λ) x₂ and y = λ y₁ + (1 − λ) y₂; torchvision's name. See `Mixing`.

    References
    ----------
    H. Zhang, M. Cisse, Y. N. Dauphin and D. Lopez-Paz, mixup: beyond empirical risk minimization,
    ICLR 2018.
    """

    def mix(self, images: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
        """Lay the two over each other."""
        return blend(images, part.to(images.dtype)), part


class CutMix(Mixing):
    """A rectangle of 1 − λ of the area comes from the partner, and so much of the label.

    The rectangle's middle may lie anywhere, and what reaches beyond the border is cut off: labels
    go by the area that is left. See `Mixing`.

    References
    ----------
    S. Yun, D. Han, S. J. Oh, S. Chun, J. Choe and Y. Yoo, CutMix: regularization strategy to
    train strong classifiers with localizable features, ICCV 2019.
    """

    def mix(self, images: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
        """Paste the rectangles."""
        how = draw_like(images, self.generator) | {"dtype": torch.long}
        pasted = torch.ones_like(part, dtype=torch.bool)
        for axis in (-1, -2):
            size = images.shape[axis]
            middle = torch.randint(size, part.shape, **how)
            half = (0.5 * (1 - part).sqrt() * size).long()
            place = torch.arange(size, device=images.device)
            place = place if axis == -1 else place[:, None]
            pasted = pasted & (place >= middle - half) & (place < middle + half)
        own = 1 - pasted.to(part.dtype).mean(dim=(-2, -1), keepdim=True)
        return torch.where(pasted, images.roll(1, 0), images), own
