"""Color: against colorsys, formulas and kornia; factors within their ranges."""

import colorsys

import kornia
import numpy as np
import pytest
import torch

from deeptricks.regularization import ColorJitter, RandomGrayscale
from deeptricks.regularization.augmentation import color
from tests.regularization.torchvision_parts import torchvision

TIGHT = {"rtol": 0, "atol": 1e-12}
FACTORS = ("brightness", "contrast", "saturation")


def photographs(count=6, channels=3):
    draw = torch.Generator().manual_seed(1)
    images = torch.rand(count, channels, 5, 7, generator=draw, dtype=torch.float64)
    images[0, :, :2] = 0.4  # gray: no hue
    images[0, :, 2] = 0.0  # black
    images[0, :, 3] = 1.0
    return images


def each(values):
    return torch.as_tensor(values, dtype=torch.float64).view(-1, 1, 1, 1)


def test_hue_saturation_and_value_as_in_the_standard_library():
    images = photographs()
    ours = torch.stack(color.rgb_to_hsv(images), dim=1)
    flat = images.movedim(1, -1).reshape(-1, 3).tolist()
    theirs = torch.tensor([colorsys.rgb_to_hsv(*rgb) for rgb in flat], dtype=torch.float64)
    torch.testing.assert_close(ours.movedim(1, -1).reshape(-1, 3), theirs, **TIGHT)
    torch.testing.assert_close(color.hsv_to_rgb(*ours.unbind(1)), images, **TIGHT)


def test_a_turn_of_the_hue():
    red = torch.tensor([0.8, 0.2, 0.2], dtype=torch.float64).view(1, 3, 1, 1)
    third = color.hue(red, each([1 / 3]))
    torch.testing.assert_close(third.flatten().tolist(), [0.2, 0.8, 0.2])
    images = photographs()
    torch.testing.assert_close(color.hue(images, each([-0.5])), color.hue(images, each([0.5])))
    gray = images[:1, :, :2]
    torch.testing.assert_close(color.hue(gray, each([0.3])), gray, **TIGHT)


@pytest.mark.parametrize("factor", [0.0, 0.6, 1.0, 1.7])
def test_formulas(factor):
    images = photographs()
    weights = torch.tensor([0.2989, 0.587, 0.114], dtype=torch.float64)
    luma = (images * weights.view(3, 1, 1)).sum(1, True)
    for change, other in (
        (color.brightness, torch.zeros(())),
        (color.contrast, luma.mean((2, 3), keepdim=True)),
        (color.saturation, luma),
    ):
        expected = np.clip(factor * images.numpy() + (1 - factor) * other.numpy(), 0, 1)
        np.testing.assert_allclose(change(images, each([factor] * 6)), expected, **TIGHT)


def test_as_kornia():
    images, factors = photographs(), torch.linspace(0.3, 1.6, 6).double()
    enhance = kornia.enhance
    torch.testing.assert_close(
        color.brightness(images, each(factors)), enhance.adjust_brightness_accumulative(
            images, factors), **TIGHT)  # fmt: skip
    torch.testing.assert_close(
        color.contrast(images, each(factors)),
        enhance.adjust_contrast_with_mean_subtraction(images, factors), rtol=0, atol=1e-3,
    )  # fmt: skip
    turn = torch.linspace(-0.5, 0.5, 6).double()
    torch.testing.assert_close(
        color.hue(images, each(turn)), enhance.adjust_hue(images, turn * 2 * torch.pi),
        rtol=0, atol=1e-6,
    )  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3])
def test_functions_as_torchvision(channels):
    functional = torchvision("transforms.v2.functional")
    images = photographs(channels=channels)
    for name, low, high in (*((name, 0.0, 2.0) for name in FACTORS), ("hue", -0.5, 0.5)):
        factors = torch.linspace(low, high, 6).double()  # one for each image
        change = getattr(functional, f"adjust_{name}")
        theirs = torch.stack([change(*pair) for pair in zip(images, factors.tolist(), strict=True)])
        ours = getattr(color, name)(images, each(factors))
        atol = 1e-6 if name == "hue" else 1e-12  # theirs turns hues in single precision
        torch.testing.assert_close(ours, theirs, rtol=0, atol=atol)
    theirs = functional.rgb_to_grayscale(images, num_output_channels=channels)
    torch.testing.assert_close(RandomGrayscale(1)(images), theirs, **TIGHT)


def test_jitter_is_torchvisions_functions_in_the_order_drawn(monkeypatch):
    functional, images = torchvision("transforms.v2.functional"), photographs()
    drawn = []
    for name, change in color.CHANGES.items():

        def noted(x, factor, name=name, change=change):
            drawn.append((name, factor))
            return change(x, factor)

        monkeypatch.setitem(color.CHANGES, name, noted)
    module = ColorJitter(0.6, 0.6, 0.6, 0.4, generator=torch.Generator().manual_seed(0))
    orders = set()
    for _ in range(10):
        drawn.clear()
        ours, theirs = module(images), list(images)
        for name, factors in drawn:
            change = getattr(functional, f"adjust_{name}")
            theirs = [change(x, f.item()) for x, f in zip(theirs, factors, strict=True)]
        torch.testing.assert_close(ours, torch.stack(theirs), rtol=0, atol=2e-6)
        orders.add(tuple(name for name, _ in drawn))
    assert len(orders) > 5
    assert all(sorted(order) == sorted(color.CHANGES) for order in orders)


def test_ranges_as_torchvision():
    theirs = torchvision("transforms.v2").ColorJitter
    for value in (0.2, 1.5, (0.5, 3)):
        for name in FACTORS:
            assert ColorJitter(**{name: value}).ranges[name] == getattr(
                theirs(**{name: value}), name
            )
    assert ColorJitter(hue=0.1).ranges["hue"] == theirs(hue=0.1).hue


def test_ranges():
    module = ColorJitter(0.2, (0.5, 3), 1.5, 0.1)
    assert module.ranges == {
        "brightness": (0.8, 1.2),
        "contrast": (0.5, 3.0),
        "saturation": (0.0, 2.5),
        "hue": (-0.1, 0.1),
    }


def test_brightness_is_drawn_uniformly_for_each_image():
    draw = torch.Generator().manual_seed(0)
    out = ColorJitter(brightness=(0.5, 1.5), generator=draw)(torch.full((4000, 1, 1, 1), 0.5))
    factors = 2 * out.flatten().double()
    assert factors.min() >= 0.5
    assert factors.max() <= 1.5
    counts = torch.histc(factors, 10, 0.5, 1.5)
    assert ((counts - 400).abs() < 5 * 360**0.5).all()


def test_the_order_changes():
    images = torch.full((1, 3, 2, 2), 0.9)
    images[:, :, 0] = 0.3
    module = ColorJitter((2, 2), (0.5, 0.5))  # doubled and cut, then halved contrast; or reverse
    assert len({module(images).sum().item() for _ in range(20)}) == 2


def test_grayscale_of_some():
    images = photographs(1).expand(2000, -1, -1, -1)
    out = RandomGrayscale(0.3, generator=torch.Generator().manual_seed(0))(images)
    hit = (out[:, :1] == out).all((1, 2, 3))
    torch.testing.assert_close(out[hit], color.gray(images)[hit].expand(-1, 3, -1, -1))
    torch.testing.assert_close(out[~hit], images[~hit])
    assert abs(hit.double().mean() - 0.3) < 5 * (0.21 / 2000) ** 0.5


def test_bad_arguments():
    for bad, words in (
        ({"brightness": (-0.1, 1)}, "brightness must not be negative"),
        ({"contrast": (2, 1)}, "contrast must be finite numbers with low ≤ high"),
        ({"hue": 0.7}, r"hue must lie within \[-0.5, 0.5\], got 0.7"),
    ):
        with pytest.raises(ValueError, match=words):
            ColorJitter(**bad)
    for module in (ColorJitter(0.1), RandomGrayscale()):
        with pytest.raises(ValueError, match="images must have 1 or 3 channels for color, got 2"):
            module(torch.rand(1, 2, 3, 3))
