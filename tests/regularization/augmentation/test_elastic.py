"""Elastic distortion: the field and the warp against scipy and kornia, and the field's size."""

import kornia
import numpy as np
import pytest
import scipy.ndimage
import torch

from deeptricks.regularization import ElasticTransform
from deeptricks.regularization.augmentation.elastic import displacement_field
from deeptricks.regularization.augmentation.warp import pixel_grid, warp
from tests.regularization.torchvision_parts import filled_twice, torchvision


def case(count=3, height=11, width=14):
    draw = torch.Generator().manual_seed(1)
    images = torch.rand(count, 2, height, width, generator=draw, dtype=torch.float64)
    noise = torch.rand(count, 2, height, width, generator=draw, dtype=torch.float64)
    return images, 2 * noise - 1


def test_the_recipe_after_simard_in_scipy():
    """Its α counts pixels, ours half pixels: 2 α."""
    images, noise = case()
    field = displacement_field(noise, (2 * 7.0, 2 * 5.0), (1.5, 1.5), border="zeros")
    out = warp(images, pixel_grid(images) + field)
    x, y = np.meshgrid(np.arange(14), np.arange(11))
    for n in range(3):
        dx, dy = (
            a * scipy.ndimage.gaussian_filter(u.numpy(), 1.5, mode="constant")
            for a, u in zip((7.0, 5.0), noise[n], strict=True)
        )
        np.testing.assert_allclose(field[n], np.stack([dx, dy], axis=-1), rtol=0, atol=1e-12)
        for channel in range(2):
            theirs = scipy.ndimage.map_coordinates(
                images[n, channel].numpy(), [y + dy, x + dx], order=1, mode="grid-constant"
            )
            np.testing.assert_allclose(out[n, channel], theirs, rtol=0, atol=1e-10)


def test_as_kornia_whose_alpha_counts_half_images():
    images, noise = case()
    theirs = kornia.geometry.transform.elastic_transform2d(
        images, noise, kernel_size=(17, 17), sigma=(2.0, 2.0), alpha=(0.5, 0.25)
    )
    field = displacement_field(noise, (0.5 * 14, 0.25 * 11), (2.0, 2.0), border="zeros")
    field = torch.where((pixel_grid(images) + field).isnan(), field, field)
    places = pixel_grid(images) + field
    edge = torch.tensor([14, 11]) - 0.5  # kornia does not look beyond the image's edge
    places = torch.maximum(torch.minimum(places, edge), torch.tensor(-0.5))
    torch.testing.assert_close(warp(images, places), theirs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_field_read_as_by_torchvision(interpolation):
    """The same displacements, which it counts in half images, at every pixel of every image."""
    v2 = torchvision("transforms.v2")
    mode = v2.InterpolationMode(interpolation)
    images, noise = case()
    field = displacement_field(noise, (12, 9), (1.0, 1.5))
    halves = field * torch.tensor([2 / 14, 2 / 11], dtype=torch.float64)
    fill = torch.tensor([0.3, 0.7], dtype=torch.float64).view(2, 1, 1)
    ours = warp(images, pixel_grid(images) + field, interpolation, fill.flatten().tolist())
    for n in range(3):
        zeros, inside, theirs = (
            v2.functional.elastic(picture, halves[n : n + 1], mode, fill=beyond)
            for picture, beyond in (
                (images[n], None),
                (torch.ones_like(images[n]), None),
                (images[n], fill.flatten().tolist()),
            )
        )
        torch.testing.assert_close(ours[n], zeros + (1 - inside) * fill, rtol=0, atol=1e-10)
        twice = filled_twice(zeros, inside, fill) if interpolation == "bilinear" else ours[n]
        torch.testing.assert_close(theirs, twice, rtol=0, atol=1e-10)
        assert (inside < 1).any()


@pytest.mark.parametrize(("alpha", "sigma"), [(30.0, 1.5), (8.0, 0.6), ([20.0, 9.0], [1.2, 1.2])])
def test_one_image_and_one_seed_draw_the_field_of_torchvision(alpha, sigma):
    image = case(count=1)[0].float()
    module = ElasticTransform(alpha, sigma)
    torch.manual_seed(3)
    theirs = torchvision("transforms.v2").ElasticTransform(alpha, sigma).make_params([image])
    torch.manual_seed(3)
    noise = module.uniform(image, -1, 1, 2, 11, 14)
    ours = displacement_field(noise, module.alpha, module.sigma)
    pixels = theirs["displacement"] * torch.tensor([14 / 2, 11 / 2])
    torch.testing.assert_close(ours, pixels, rtol=0, atol=1e-5)
    torch.manual_seed(3)
    bent = warp(image, pixel_grid(image) + ours)
    torch.testing.assert_close(module(image), bent, rtol=0, atol=0)


def test_two_sigmas_smooth_two_fields_and_in_torchvision_two_axes():
    """Ours as kornia's: one for each field. torchvision blurs both fields by σx along x."""
    v2, (image, noise) = torchvision("transforms.v2"), case(count=1)
    blur = v2.functional.gaussian_blur
    ours = displacement_field(noise, (2, 2), (0.6, 1.4))
    for channel, (sigma, size) in enumerate(((0.6, 5), (1.4, 13))):
        theirs = blur(noise[:, channel : channel + 1], [size, size], [sigma, sigma])
        torch.testing.assert_close(ours[..., channel], theirs[:, 0], rtol=0, atol=1e-12)
    torch.manual_seed(3)
    drawn = v2.ElasticTransform(14.0, [0.6, 1.4]).make_params([image[..., :11, :14]])
    torch.manual_seed(3)
    x = 2 * torch.rand(1, 1, 11, 14) - 1
    torch.testing.assert_close(drawn["displacement"][..., 0], blur(x, [5, 5], [0.6, 1.4])[:, 0])


def test_the_field_is_as_large_as_theory_says():
    """White noise of variance 1/3, blurred by σ: variance 1/(3 · 4πσ²), far from the border."""
    draw = torch.Generator().manual_seed(0)
    noise = 2 * torch.rand(200, 2, 48, 48, generator=draw, dtype=torch.float64) - 1
    for sigma in (1.0, 2.0, 3.0):
        inner = displacement_field(noise, (10, 10), (sigma, sigma))[:, 16:32, 16:32]
        expected = 5 / (3 * 4 * np.pi * sigma**2) ** 0.5
        assert inner.square().mean().sqrt() == pytest.approx(expected, rel=0.06)
        assert abs(inner.mean()) < 0.02


def test_small_sigma_is_noise_and_large_sigma_is_a_shift():
    _, noise = case(200, 10, 10)
    rough = displacement_field(noise, (10, 10), (0, 0))
    torch.testing.assert_close(rough, 5 * noise.movedim(1, -1))
    for sigma, least, most in ((0.3, 0.9, 1.1), (20, 0, 0.05)):
        field = displacement_field(noise, (10, 10), (sigma, sigma))
        within = field.var(dim=(1, 2)).mean() / field.square().mean()  # 0 where all move alike
        assert least < within < most


def test_on_images_smaller_than_the_gaussian():
    image = torch.rand(2, 1, 3, 1)
    assert ElasticTransform(4, 10)(image).shape == image.shape


def test_bad_arguments():
    for bad, words in (
        ({"alpha": -1}, "alpha must be a finite number of at least 0, got -1"),
        ({"sigma": (1, 2, 3)}, "sigma must be a number or a pair"),
        ({"sigma": float("nan")}, "sigma must be a finite number"),
        ({"interpolation": "cubic"}, "interpolation must be one of"),
    ):
        with pytest.raises(ValueError, match=words):
            ElasticTransform(**bad)
