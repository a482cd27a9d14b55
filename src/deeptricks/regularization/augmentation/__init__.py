"""Augmentation: changed copies of the images, drawn anew for each batch."""

from deeptricks.regularization.augmentation.affine import RandomAffine, RandomRotation
from deeptricks.regularization.augmentation.colour import ColorJitter, RandomGrayscale
from deeptricks.regularization.augmentation.compose import Compose, RandomApply, TestTimeAverage
from deeptricks.regularization.augmentation.elastic import ElasticTransform
from deeptricks.regularization.augmentation.equivariance import (
    equivariance_error,
    invariance_error,
)
from deeptricks.regularization.augmentation.erasing import RandomErasing
from deeptricks.regularization.augmentation.flips_and_crops import (
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    shift,
)
from deeptricks.regularization.augmentation.mixing import CutMix, MixUp
from deeptricks.regularization.augmentation.noise_and_blur import GaussianBlur, GaussianNoise

__all__ = [
    "ColorJitter",
    "Compose",
    "CutMix",
    "ElasticTransform",
    "GaussianBlur",
    "GaussianNoise",
    "MixUp",
    "RandomAffine",
    "RandomApply",
    "RandomCrop",
    "RandomErasing",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomVerticalFlip",
    "TestTimeAverage",
    "equivariance_error",
    "invariance_error",
    "shift",
]
