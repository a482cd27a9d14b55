"""Sampling at other places: against scipy, at the border and between pixels."""

import numpy as np
import pytest
import scipy.ndimage
import torch

from deeptricks.regularization.augmentation.warp import pixel_grid, warp


def case():
    draw = torch.Generator().manual_seed(1)
    images = torch.rand(3, 2, 7, 9, generator=draw, dtype=torch.float64)
    away = 6 * torch.rand(3, 7, 9, 2, generator=draw, dtype=torch.float64) - 3
    return images, pixel_grid(images) + away


@pytest.mark.parametrize("fill", [0.0, 0.4])
def test_as_scipy(fill):
    images, places = case()
    out = warp(images, places, fill=fill)
    for n in range(3):
        for channel in range(2):
            theirs = scipy.ndimage.map_coordinates(
                images[n, channel].numpy(), places[n].numpy()[..., ::-1].transpose(2, 0, 1),
                order=1, mode="grid-constant", cval=fill,
            )  # fmt: skip
            np.testing.assert_allclose(out[n, channel], theirs, rtol=0, atol=1e-10)


def test_a_fill_for_each_channel():
    images, places = case()
    far = torch.full_like(places, 100.0)
    out = warp(images, far, fill=(0.2, 0.9))
    torch.testing.assert_close(out, torch.tensor([0.2, 0.9]).double().view(2, 1, 1).expand_as(out))


def test_places_of_the_pixels_give_the_image_back():
    images, _ = case()
    for interpolation in ("bilinear", "nearest"):
        same = warp(images, pixel_grid(images).expand(3, -1, -1, -1), interpolation)
        torch.testing.assert_close(same, images, rtol=0, atol=1e-12)
    assert pixel_grid(images)[2, 5].tolist() == [5.0, 2.0]
