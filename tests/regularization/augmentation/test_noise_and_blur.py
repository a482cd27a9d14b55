"""Noise by its distribution, blur against kornia and scipy."""

import kornia
import pytest
import torch

from deeptricks.regularization import GaussianBlur, GaussianNoise
from tests.regularization.torchvision_parts import torchvision


def test_noise_is_normal_and_clipped():
    images = torch.full((200, 1, 20, 20), 0.5, dtype=torch.float64)
    draw = torch.Generator().manual_seed(0)
    out = GaussianNoise(0.1, 0.05, generator=draw)(images) - 0.6
    n = out.numel()
    assert abs(out.mean()) < 5 * 0.05 / n**0.5
    assert abs(out.std() / 0.05 - 1) < 5 / (2 * n) ** 0.5
    assert abs((out.abs() < 0.05).double().mean() - 0.6827) < 5 * (0.2166 / n) ** 0.5
    wild = GaussianNoise(sigma=2.0)(images)
    assert wild.min() == 0
    assert wild.max() == 1
    assert GaussianNoise(sigma=2.0, clip=False)(images).max() > 2


def test_noise_as_torchvision():
    v2 = torchvision("transforms.v2")
    images = torch.rand(4, 3, 6, 6)
    torch.manual_seed(1)
    theirs = v2.GaussianNoise(0.1, 0.3)(images)
    torch.manual_seed(1)
    torch.testing.assert_close(GaussianNoise(0.1, 0.3)(images), theirs, rtol=0, atol=1e-6)


def test_blur_as_kornia():
    images = torch.rand(3, 2, 13, 15, dtype=torch.float64)
    for size, sigma in (((5, 7), 1.3), ((9, 3), 0.4)):
        theirs = kornia.filters.gaussian_blur2d(images, size[::-1], (sigma, sigma))
        torch.testing.assert_close(GaussianBlur(size, sigma)(images), theirs, rtol=0, atol=1e-10)


def test_blur_as_torchvision_with_a_width_for_each_image():
    blur = torchvision("transforms.v2.functional").gaussian_blur
    images = torch.rand(3, 2, 13, 15, dtype=torch.float64)
    for size in ((5, 5), (9, 3), (1, 7)):
        module = GaussianBlur(size, (0.3, 2.0), generator=torch.Generator().manual_seed(0))
        ours = module(images)
        module.generator.manual_seed(0)
        sigmas = module.uniform(images, 0.3, 2.0).tolist()
        assert len(set(sigmas)) == 3
        theirs = [blur(x, list(size), [s, s]) for x, s in zip(images, sigmas, strict=True)]
        torch.testing.assert_close(ours, torch.stack(theirs), rtol=0, atol=1e-12)


def test_every_image_has_its_own_width_within_the_range():
    images = torch.zeros(4000, 1, 9, 9, dtype=torch.float64)
    images[:, :, 4, 4] = 1
    out = GaussianBlur(9, (0.5, 1.0), generator=torch.Generator().manual_seed(0))(images)[:, 0]
    # Of a Gaussian, the ratio of two neighboring weights tells σ.
    sigma = (-0.5 / (out[:, 4, 5] / out[:, 4, 4]).log()).sqrt()
    assert sigma.min() >= 0.5 - 1e-9
    assert sigma.max() <= 1 + 1e-9
    counts = torch.histc(sigma, 10, 0.5, 1.0)
    assert ((counts - 400).abs() < 5 * 360**0.5).all()
    flat = torch.full((9, 1, 6, 6), 0.3, dtype=torch.float64)
    torch.testing.assert_close(GaussianBlur(9, (0.5, 1.0))(flat), flat)


def test_bad_arguments():
    for make, words in (
        (lambda: GaussianNoise(sigma=-1), "sigma must be a finite number of at least 0, got -1"),
        (lambda: GaussianBlur(4), "kernel_size must be odd, got 4"),
        (lambda: GaussianBlur((3, 0)), "kernel_size along y must be a whole number of at least 1"),
        (lambda: GaussianBlur((3, 3, 3)), "kernel_size must be a number or a pair"),
        (lambda: GaussianBlur(3, (0, 1)), "sigma must be a finite number above 0, got 0"),
    ):
        with pytest.raises(ValueError, match=words):
            make()
