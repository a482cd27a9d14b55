"""Random erasing: rectangles, their sizes, and where they lie."""

import pytest
import scipy.stats
import torch

from deeptricks.regularization import RandomErasing
from tests.regularization.torchvision_parts import torchvision

MANY = 4000


def masks(height=20, width=30, **how):
    images = torch.ones(MANY, 1, height, width, dtype=torch.float64)
    module = RandomErasing(generator=torch.Generator().manual_seed(0), **how)
    return module(images)[:, 0] == 0


def sides(erased):
    rows, columns = erased.any(2), erased.any(1)
    return rows.sum(1), columns.sum(1), rows, columns


def test_they_are_rectangles_of_the_size_that_was_asked_for():
    erased = masks(p=1.0, scale=(0.1, 0.3), ratio=(0.5, 2.0))
    height, width, rows, columns = sides(erased)
    full = rows[:, :, None] & columns[:, None, :]
    assert (erased == full).all()
    assert (rows.int().diff(dim=1).abs().sum(1) <= 2).all()  # in one piece
    area = (height * width).double() / 600
    inner = (height.double() - 0.5) * (width.double() - 0.5) / 600
    outer = (height.double() + 0.5) * (width.double() + 0.5) / 600
    assert (inner <= 0.3).all()
    assert (outer >= 0.1).all()
    assert abs(area.mean() - 0.2) < 0.01
    log = (height.double() / width.double()).log()
    assert abs(log.mean()) < 0.05  # as often lying as standing
    assert -0.9 < log.min() < -0.6
    assert 0.6 < log.max() < 0.9


def test_they_lie_everywhere_alike():
    erased = masks(p=1.0, scale=(1 / 600, 1 / 600), ratio=(1, 1))
    assert (erased.flatten(1).sum(1) == 1).all()
    share = erased.double().mean(0) * 600
    corner, middle = share[:10, :15].mean(), share[10:, 15:].mean()
    assert abs(corner - 1) < 5 * (3 / MANY) ** 0.5
    assert abs(middle - 1) < 5 * (3 / MANY) ** 0.5
    erased = masks(height=4, width=6, p=1.0, scale=(1 / 24, 1 / 24), ratio=(1, 1))
    share = erased.double().mean(0) * 24  # on few pixels a missing last row or column shows
    assert (abs(share - 1) < 5 * (24 / MANY) ** 0.5).all()


def test_as_many_as_the_probability_says_and_none_that_do_not_fit():
    hit = masks(p=0.3).flatten(1).any(1).double().mean()
    assert abs(hit - 0.3) < 5 * (0.21 / MANY) ** 0.5
    assert not masks(p=1.0, scale=(0.9, 1.0), ratio=(3, 3)).any()


def test_what_covers():
    images = torch.ones(50, 2, 8, 8)
    out = RandomErasing(1.0, value=(0.3, 0.7))(images)
    covered = (out != 1).any(1)
    assert covered.any()
    torch.testing.assert_close(out[:, 0][covered], torch.full((int(covered.sum()),), 0.3))
    torch.testing.assert_close(out[:, 1][covered], torch.full((int(covered.sum()),), 0.7))
    noise = RandomErasing(1.0, (0.3, 0.3), value="random")(images)
    values = noise[noise != 1]
    assert abs(values.mean()) < 0.2
    assert 0.8 < values.std() < 1.2


def test_covered_as_by_torchvision():
    """Each rectangle handed to its `erase`: colors of the channels, and where noise lies."""
    erase = torchvision("transforms.v2.functional").erase
    images = torch.rand(50, 2, 8, 13, dtype=torch.float64)
    colors = torch.tensor([1.3, -0.7], dtype=torch.float64).view(2, 1, 1)
    ours = RandomErasing(1.0, value=colors.flatten().tolist())(images)
    corners = set()
    for image, out in zip(images, ours, strict=True):
        rows, columns = (out != image)[0].any(1).nonzero(), (out != image)[0].any(0).nonzero()
        top, left = int(rows[0]), int(columns[0])
        theirs = erase(image, top, left, len(rows), len(columns), colors)
        torch.testing.assert_close(out, theirs, rtol=0, atol=0)
        corners.add((top, left))
    assert len(corners) > 20


@pytest.mark.parametrize("area", [0.02, 0.1, 0.33, 0.6])
def test_sides_of_a_given_area_and_ratio_as_torchvision(area):
    """Rounding, which side is the ratio's numerator, and which rectangles do not fit."""
    v2, image = torchvision("transforms.v2"), torch.ones(1, 1, 20, 30)
    for ratio in (0.25, 0.3, 0.7, 1.0, 1.9, 3.3):
        fixed = {"p": 1.0, "scale": (area, area), "ratio": (ratio, ratio)}
        shapes = []
        for module in (v2.RandomErasing, RandomErasing):
            erased = module(**fixed)(image)[0, 0] == 0
            shapes.append((int(erased.any(1).sum()), int(erased.any(0).sum())))
        assert shapes[0] == shapes[1]


@pytest.mark.parametrize(("area", "ratio"), [(1.0, 2 / 3), (0.5, 1 / 3), (0.5, 4 / 3)])
def test_as_high_or_as_wide_as_the_image_does_not_fit_in_torchvision_either(area, ratio):
    v2, image = torchvision("transforms.v2"), torch.ones(1, 1, 20, 30)
    for module in (v2.RandomErasing, RandomErasing):
        assert module(1.0, (area, area), (ratio, ratio))(image).all()


def test_sizes_drawn_as_by_torchvision():
    """Not draw by draw: the distributions of the sides, in a two-sample comparison."""
    torch.manual_seed(0)
    theirs = torchvision("transforms.v2").RandomErasing(1.0)
    erased = torch.stack([theirs(torch.ones(1, 20, 30))[0] == 0 for _ in range(1500)])
    for ours, other in zip(sides(masks(p=1.0))[:2], sides(erased)[:2], strict=True):
        distance = scipy.stats.ks_2samp(ours.numpy(), other.numpy()).statistic
        assert distance < 1.95 * (1 / len(ours) + 1 / len(other)) ** 0.5  # 1 in 1000 by chance


def test_bad_arguments():
    for bad, words in (
        ({"scale": (0.1, 1.2)}, r"scale must lie within \[0, 1\], got \(0.1, 1.2\)"),
        ({"ratio": (0, 1)}, r"ratio must be above 0, got \(0, 1\)"),
        ({"value": "noise"}, "value must be numbers or 'random', got 'noise'"),
        ({"p": 2}, "p must be a probability between 0 and 1, got 2"),
    ):
        with pytest.raises(ValueError, match=words):
            RandomErasing(**bad)
    with pytest.raises(ValueError, match="fill must be a number or one for each of 2 channels"):
        RandomErasing(1.0, value=(1, 2, 3))(torch.ones(1, 2, 8, 8))
