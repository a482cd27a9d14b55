"""Affine changes: against scipy and kornia with the same matrix, and the draws themselves."""

import kornia
import numpy as np
import pytest
import scipy.ndimage
import torch

from deeptricks.regularization import RandomAffine, RandomRotation
from deeptricks.regularization.augmentation.affine import affine_matrix, affine_places
from deeptricks.regularization.augmentation.warp import warp
from tests.regularization.torchvision_parts import filled_twice, torchvision

TIGHT = {"rtol": 0, "atol": 1e-10}
OURS = {"RandomAffine": RandomAffine, "RandomRotation": RandomRotation}


def photographs(count=5):
    draw = torch.Generator().manual_seed(1)
    return torch.rand(count, 2, 11, 14, generator=draw, dtype=torch.float64)


def parameters(count=5):
    draw = torch.Generator().manual_seed(2)
    angle, x, y = 40 * torch.rand(3, count, generator=draw, dtype=torch.float64) - 20
    scale = 0.7 + 0.6 * torch.rand(count, generator=draw, dtype=torch.float64)
    offset = 4 * torch.rand(count, 2, generator=draw, dtype=torch.float64) - 2
    return angle, scale, x, y, offset


def test_warped_as_by_scipy():
    images, (*shape, offset) = photographs(), parameters()
    matrix, center = affine_matrix(*shape), torch.tensor([6.5, 5.0], dtype=torch.float64)
    ours = warp(images, affine_places(images, matrix, offset, center))
    for n, inverse in enumerate(torch.linalg.inv(matrix).numpy()):
        rows_first = inverse[::-1, ::-1]
        middle = center.numpy()[::-1]
        away = middle - rows_first @ (middle + offset[n].numpy()[::-1])
        for channel in range(2):
            theirs = scipy.ndimage.affine_transform(
                images[n, channel].numpy(), rows_first, away, order=1, mode="grid-constant"
            )
            np.testing.assert_allclose(ours[n, channel], theirs, **TIGHT)


def test_warped_as_by_kornia():
    images, (angle, scale, x, y, offset) = photographs(), parameters()
    center = torch.tensor([6.5, 5.0], dtype=torch.float64)
    forward = affine_matrix(angle, scale, x, y)
    column = center + offset - (forward @ center)
    theirs = kornia.geometry.warp_affine(
        images, torch.cat([forward, column[:, :, None]], dim=2), (11, 14), align_corners=True
    )
    ours = warp(images, affine_places(images, forward, offset, center))
    torch.testing.assert_close(ours, theirs, **TIGHT)


def test_matrix_by_the_formula_and_by_kornia():
    angle, scale, x, y, _ = parameters()
    a, sx, sy = (torch.deg2rad(v) for v in (angle, x, y))
    by_hand = scale * torch.stack(
        [
            (a - sy).cos() / sy.cos(),
            -(a - sy).cos() * sx.tan() / sy.cos() - a.sin(),
            (a - sy).sin() / sy.cos(),
            -(a - sy).sin() * sx.tan() / sy.cos() + a.cos(),
        ]
    )
    ours = affine_matrix(angle, scale, x, y)
    torch.testing.assert_close(ours.flatten(1), by_hand.T, **TIGHT)
    nothing = torch.zeros_like(angle)
    turned = kornia.geometry.get_rotation_matrix2d(
        nothing.new_zeros(5, 2), -angle, scale[:, None].expand(-1, 2)
    )
    torch.testing.assert_close(affine_matrix(angle, scale, nothing, nothing), turned[..., :2])


def test_whole_quarters_are_exact():
    images = photographs()[..., :11]
    clockwise = images.rot90(-1, (2, 3))
    out = RandomAffine((90, 90), interpolation="bilinear")(images)
    torch.testing.assert_close(out, clockwise, **TIGHT)
    out = RandomRotation((90, 90), "bilinear")(images)
    torch.testing.assert_close(out, images.rot90(1, (2, 3)), **TIGHT)


FILL = torch.tensor([0.3, 0.7], dtype=torch.float64).view(2, 1, 1)


def between(sample):
    """What torchvision samples with zeros beyond the border, filled there as our `warp` does."""
    zeros, inside = sample(photographs()), sample(torch.ones_like(photographs()))
    return zeros + (1 - inside) * FILL, filled_twice(zeros, inside, FILL)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("center", [None, [4.0, 6.5]])
def test_as_torchvision_with_parameters_of_each_image(interpolation, center):
    """Every pixel, those at the border too; pixel centers, order of the shears, shifts."""
    v2, images = torchvision("transforms.v2"), photographs()
    angle, scale, x, y, offset = parameters()

    def theirs(images, fill=None):
        how = {"interpolation": v2.InterpolationMode(interpolation), "center": center}
        return torch.cat([
            v2.functional.affine(
                images[n : n + 1], angle[n].item(), offset[n].tolist(), scale[n].item(),
                [x[n].item(), y[n].item()], fill=fill, **how,
            )
            for n in range(5)
        ])  # fmt: skip

    middle = torch.tensor(center or [7.0, 5.5], dtype=torch.float64) - 0.5
    places = affine_places(images, affine_matrix(angle, scale, x, y), offset, middle)
    ours = warp(images, places, interpolation, FILL.flatten().tolist())
    once, twice = between(theirs)
    torch.testing.assert_close(ours, once, **TIGHT)
    with_fill = theirs(images, FILL.flatten().tolist())
    torch.testing.assert_close(with_fill, twice if interpolation == "bilinear" else ours, **TIGHT)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("center", [None, [4.0, 6.5]])
def test_modules_as_torchvision_with_fixed_parameters(interpolation, center):
    v2, images = torchvision("transforms.v2"), photographs()
    mode = v2.InterpolationMode(interpolation)
    given = {"degrees": (13, 13), "scale": (1.25, 1.25), "shear": (7, 7, -11, -11)}
    rotations = [{"degrees": (degrees, degrees)} for degrees in (25, -100)]
    for name, ranges in (
        ("RandomAffine", given),
        *(("RandomRotation", ranges) for ranges in rotations),
    ):
        how = {**ranges, "interpolation": mode, "center": center}
        once, _ = between(getattr(v2, name)(**how, fill=None))
        ours = OURS[name](**how, fill=FILL.flatten().tolist())(images)
        torch.testing.assert_close(ours, once, **TIGHT)
    assert RandomAffine(3, interpolation=mode).interpolation == interpolation


def test_one_image_and_one_seed_move_as_in_torchvision():
    """Nearest pixels, single precision: the draws, their order, their rounding."""
    v2, image = torchvision("transforms.v2"), photographs(1).float()
    given = {"degrees": (-30, 50), "translate": (0.2, 0.4), "scale": (0.6, 1.5)}
    for shear in ((-8, 20, -15, 5), (-8, 20), 12):
        for seed in range(20):
            out = []
            for module in (v2.RandomAffine, RandomAffine):
                torch.manual_seed(seed)
                out.append(module(**given, shear=shear)(image))
            torch.testing.assert_close(*out, rtol=0, atol=0)


def test_shifts_are_whole_pixels_uniform_within_their_range():
    images = torch.zeros(4000, 1, 9, 20, dtype=torch.float64)
    images[:, :, 4, 10] = 1
    draw = torch.Generator().manual_seed(0)
    # Bilinear, so that a shift by part of a pixel would spread the one that is lit.
    how = {"interpolation": "bilinear", "generator": draw}
    out = RandomAffine(0, translate=(0.25, 1 / 3), **how)(images)[:, 0]
    assert out.flatten(1).amax(1).eq(1).all()
    assert out.flatten(1).sum(1).eq(1).all()
    columns, rows = out.sum(1).argmax(1) - 10, out.sum(2).argmax(1) - 4
    for moved, most in ((columns, 5), (rows, 3)):
        share = torch.bincount(moved + most, minlength=2 * most + 1) / 4000
        expected = torch.full((2 * most + 1,), 1 / (2 * most))  # rounded: the ends get half
        expected[[0, -1]] /= 2
        assert ((share - expected).abs() < 5 * (expected / 4000).sqrt()).all()
    assert abs(torch.corrcoef(torch.stack([columns, rows]).double())[0, 1]) < 0.08


def test_angles_scales_and_shears_are_drawn_uniformly():
    module = RandomAffine((-10, 30), scale=(0.5, 2), shear=(0, 8, -6, 2))
    module.generator = torch.Generator().manual_seed(0)
    seen = []
    draws = module.uniform
    module.uniform = lambda *args: seen.append((args[1:3], draws(*args))) or seen[-1][1]
    module(torch.zeros(4000, 1, 2, 2))
    ranges = [ends for ends, _ in seen]
    assert ranges == [(-10, 30), (-1, 1), (0.5, 2), (0, 8), (-6, 2)]
    for (low, high), values in seen:
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high
        assert abs(values.mean() - (low + high) / 2) < 5 * (high - low) / (12 * 4000) ** 0.5


def test_ranges_and_bad_arguments():
    assert RandomAffine(5).degrees == (-5, 5)
    assert RandomAffine(5, shear=3).shear == ((-3, 3), (0, 0))
    assert RandomAffine(5, shear=(1, 2)).shear == ((1, 2), (0, 0))
    for bad, words in (
        ({"degrees": (3, -3)}, "degrees must be finite numbers with low ≤ high"),
        ({"degrees": 0, "translate": (0.1, 1.2)}, "translate must be two fractions"),
        ({"degrees": 0, "translate": (0.1,)}, "translate must be two fractions"),
        ({"degrees": 0, "scale": (0, 1)}, r"scale must be above 0, got \(0, 1\)"),
        ({"degrees": 0, "shear": 90}, "shear must be 1, 2 or 4 angles between −90 and 90, got 90"),
        ({"degrees": 0, "shear": (1, 2, 3)}, "shear must be 1, 2 or 4 angles"),
        ({"degrees": 0, "interpolation": "cubic"}, "interpolation must be one of"),
    ):
        with pytest.raises(ValueError, match=words):
            RandomAffine(**bad)
    with pytest.raises(ValueError, match="expand must be False"):
        RandomRotation(5, expand=True)
    with pytest.raises(ValueError, match="fill must be a number or one for each of 2 channels"):
        RandomAffine(5, fill=(1, 2, 3))(photographs())
