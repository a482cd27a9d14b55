"""Elastic and affine distortion in one sampling: images are interpolated, and blurred, once."""

import torch
from torch import Tensor

from deeptricks.regularization import RandomAffine
from deeptricks.regularization.augmentation.affine import affine_matrix, affine_places
from deeptricks.regularization.augmentation.elastic import displacement_field
from deeptricks.regularization.augmentation.warp import warp


class ElasticAffine(RandomAffine):
    """`RandomAffine`, and what `ElasticTransform` adds to the places that are read.

    A test image is never interpolated. Distorted twice, a training image is smoother than any of
    them, and the network learns what it will not meet. Shifts are not rounded to whole pixels.
    """

    def __init__(self, alpha: float, sigma: float, *affine: object, **how: object) -> None:
        super().__init__(*affine, **how)
        self.alpha, self.sigma = alpha, sigma

    def augment(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        angle, scale = self.uniform(images, *self.degrees), self.uniform(images, *self.scale)
        size = angle.new_tensor([width, height])
        offset = self.uniform(images, -1, 1, 2) * size * torch.tensor(self.translate).to(size)
        matrix = affine_matrix(angle, scale, *(self.uniform(images, *s) for s in self.shear))
        places = affine_places(images, matrix, offset, center=size / 2 - 0.5)
        noise = self.uniform(images, -1, 1, 2, height, width)
        bent = places + displacement_field(noise, (self.alpha,) * 2, (self.sigma,) * 2)
        return warp(images, bent, self.interpolation, self.fill)
