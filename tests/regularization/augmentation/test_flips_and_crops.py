"""Flips and crops: every result is one of a few known pictures, each as often as it should be."""

import pytest
import torch

from deeptricks.regularization import (
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    shift,
)
from tests.regularization.torchvision_parts import torchvision

IMAGES = torch.arange(60.0).view(1, 1, 6, 10)
FLIPS = [(RandomHorizontalFlip, -1), (RandomVerticalFlip, -2)]
MANY = 4000


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("kind", "axis"), FLIPS)
def test_flips_mirror_along_their_axis(kind, axis):
    torch.testing.assert_close(kind(1)(IMAGES), IMAGES.flip(axis), rtol=0, atol=0)


@pytest.mark.parametrize(("kind", "axis"), FLIPS)
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_as_many_flips_as_the_probability_says(kind, axis, p):
    out = kind(p, generator=generator())(IMAGES.expand(MANY, -1, -1, -1))
    share = (out == IMAGES.flip(axis)).all((1, 2, 3)).double().mean()
    assert abs(share - p) < 5 * (p * (1 - p) / MANY) ** 0.5


@pytest.mark.parametrize(("kind", "axis"), FLIPS)
def test_one_image_and_one_seed_flip_as_torchvision(kind, axis):
    v2 = torchvision("transforms.v2")
    for seed in range(20):
        torch.manual_seed(seed)
        theirs = getattr(v2, kind.__name__)()(IMAGES)
        torch.manual_seed(seed)
        torch.testing.assert_close(kind()(IMAGES), theirs, rtol=0, atol=0)


def test_crops_of_padded_images_are_all_shifts_equally_often():
    out = RandomCrop((6, 10), padding=1, generator=generator())(IMAGES.expand(MANY, -1, -1, -1))
    count = torch.stack(
        [
            (out == shift(IMAGES, right, down)).all((1, 2, 3)).sum()
            for right in (-1, 0, 1)
            for down in (-1, 0, 1)
        ]
    )
    assert count.sum() == MANY
    assert ((count - MANY / 9).abs() < 5 * (MANY * 8 / 81) ** 0.5).all()


def test_sides_of_the_padding():
    left, top, right, bottom = 1, 2, 3, 4
    whole = RandomCrop((12, 14), (left, top, right, bottom), fill=-1.0)(IMAGES)
    expected = torch.nn.functional.pad(IMAGES, (left, right, top, bottom), value=-1.0)
    torch.testing.assert_close(whole, expected, rtol=0, atol=0)
    assert RandomCrop(4, (1, 2)).padding == (1, 2, 1, 2)
    for mode, name in (("reflect", "reflect"), ("edge", "replicate")):
        whole = RandomCrop((8, 12), 1, padding_mode=mode)(IMAGES)
        expected = torch.nn.functional.pad(IMAGES, (1, 1, 1, 1), name)
        torch.testing.assert_close(whole, expected, rtol=0, atol=0)


def test_flips_of_a_batch_as_torchvision():
    functional = torchvision("transforms.v2.functional")
    images = torch.rand(5, 3, 4, 7, dtype=torch.float64)
    for kind, theirs in (
        (RandomHorizontalFlip, functional.horizontal_flip),
        (RandomVerticalFlip, functional.vertical_flip),
    ):
        torch.testing.assert_close(kind(1)(images), theirs(images), rtol=0, atol=0)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
def test_one_image_and_one_seed_are_cropped_as_by_torchvision(mode):
    """Order of the sides of the padding, order of the draws, which side the window starts at."""
    v2 = torchvision("transforms.v2")
    image = torch.rand(1, 3, 6, 10, dtype=torch.float64)
    for padding, size in (((1, 2, 3, 4), (12, 14)), ((1, 2), (7, 9)), (2, 5), (None, (3, 10))):
        for seed in range(10):
            out = []
            for module in (v2.RandomCrop, RandomCrop):
                torch.manual_seed(seed)
                out.append(module(size, padding, fill=7.0, padding_mode=mode)(image))
            torch.testing.assert_close(*out, rtol=0, atol=0)


def test_shifts_as_by_torchvision():
    affine = torchvision("transforms.v2.functional").affine
    image = torch.rand(1, 3, 6, 10, dtype=torch.float64)
    for right, down in ((2, 0), (0, 3), (-4, 1), (-1, -5), (11, 0)):
        theirs = affine(image, 0.0, [right, down], 1.0, [0.0, 0.0], fill=[0.4])
        torch.testing.assert_close(shift(image, right, down, fill=0.4), theirs, rtol=0, atol=0)


def test_a_crop_is_a_window():
    out = RandomCrop((3, 4), generator=generator(1))(IMAGES.expand(50, 2, -1, -1))
    for image in out:
        row, column = divmod(int(image[0, 0, 0]), 10)
        torch.testing.assert_close(image[1], IMAGES[0, 0, row : row + 3, column : column + 4])


def test_shift_by_whole_pixels():
    assert shift(IMAGES, right=2)[0, 0, 0].tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7]
    assert shift(IMAGES, right=-2, fill=-1.0)[0, 0, 0].tolist() == [*range(2, 10), -1, -1]
    assert shift(IMAGES, down=-1)[0, 0, :, 3].tolist() == [13, 23, 33, 43, 53, 0]
    assert shift(IMAGES, down=1, fill=None)[0, 0, :, 3].tolist() == [53, 3, 13, 23, 33, 43]
    assert shift(IMAGES, right=11).eq(0).all()


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"p must be a probability between 0 and 1, got 1\.5"):
        RandomHorizontalFlip(1.5)
    with pytest.raises(ValueError, match="height must be a whole number of at least 1, got 0"):
        RandomCrop((0, 3))
    with pytest.raises(ValueError, match=r"padding must be 1, 2 or 4 whole numbers, got \(1, 2, 3"):
        RandomCrop(3, (1, 2, 3))
    with pytest.raises(ValueError, match="padding_mode must be 'constant', 'reflect' or 'edge'"):
        RandomCrop(3, 1, padding_mode="wrap")
    with pytest.raises(ValueError, match=r"size \(7, 7\) must fit into the padded images"):
        RandomCrop(7)(IMAGES)
