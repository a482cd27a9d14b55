"""Several augmentations after one another, some of the time, and at test time."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from deeptricks.regularization.augmentation.mixing import Mixing
from deeptricks.regularization.augmentation.per_sample import Augmentation
from deeptricks.regularization.checks import check_probability


class Compose(nn.Module):
    """One augmentation after the other; torchvision's name.

    Parameters
    ----------
    transforms : sequence of modules or functions
        Each maps images to images; a `Mixing` maps images and labels.
    """

    def __init__(self, transforms: Sequence[Callable]) -> None:
        super().__init__()
        self.transforms = as_modules(transforms)

    def forward(self, images: Tensor, *labels: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return images, or images and labels if labels were given."""
        for transform in self.transforms:
            if isinstance(transform, Mixing):
                images, *labels = transform(images, *labels)
            else:
                images = transform(images)
        return (images, *labels) if labels else images


class RandomApply(Augmentation):
    """Each image goes through all of `transforms` with probability p, else through none.

    torchvision's name; there the draw is one for the batch.

    Parameters
    ----------
    transforms : sequence of modules or functions
        Each maps images to images of the same shape.
    p : float
        Probability.
    generator : torch.Generator, optional
        Of the draw; the transforms have their own.
    """

    def __init__(
        self,
        transforms: Sequence[Callable],
        p: float = 0.5,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        check_probability(p=p)
        self.transforms, self.p = as_modules(transforms), p

    def augment(self, images: Tensor) -> Tensor:
        """Change all and keep those that are hit."""
        changed = images
        for transform in self.transforms:
            changed = transform(changed)
        return torch.where(self.happens(images, self.p), changed, images)


class TestTimeAverage(nn.Module):
    """log of the mean over transforms t of softmax(model(t(x))): several looks at one image.

    The logarithm is returned, so that this module may stand where the model stood: its softmax is
    the average of the probabilities. It costs as many passes as there are transforms.

    Parameters
    ----------
    model : nn.Module
        Maps images to logits (N, classes).
    transforms : sequence of modules or functions
        Each maps images to images. Include ``nn.Identity()`` for the image as it is.
        Augmentations among them stay in training mode, in which they draw.
    """

    __test__ = False  # pytest takes names that begin like this one for tests

    def __init__(self, model: nn.Module, transforms: Sequence[Callable]) -> None:
        super().__init__()
        self.model, self.transforms = model, as_modules(transforms)
        if not len(self.transforms):
            raise ValueError("transforms must hold at least one, got none")

    def train(self, mode: bool = True) -> "TestTimeAverage":
        """Set the mode of the model; the transforms always draw."""
        super().train(mode)
        self.transforms.train()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Return the logarithms of the averaged probabilities, (N, classes)."""
        logs = [self.model(t(images)).log_softmax(dim=-1) for t in self.transforms]
        return torch.stack(logs).logsumexp(dim=0) - torch.tensor(float(len(logs))).log()


class Function(nn.Module):
    """A function in a module's clothes."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, images: Tensor) -> Tensor:
        """Call it."""
        return self.function(images)


def as_modules(transforms: Iterable[Callable]) -> nn.ModuleList:
    """Return the transforms as a list of modules.

    Raises
    ------
    TypeError
        For one that cannot be called.
    """
    transforms = list(transforms)
    for transform in transforms:
        if not callable(transform):
            raise TypeError(f"transforms must hold modules or functions, got {transform!r}")
    return nn.ModuleList(t if isinstance(t, nn.Module) else Function(t) for t in transforms)
