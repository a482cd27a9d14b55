"""Standardize: preprocessing as a layer."""

import copy

import pytest
import torch
from torch import nn

from deeptricks.inputs import Standardize, StandardScaler

WAYS = ["pixel", "channel", "image"]


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    scale = torch.tensor([1.0, 20.0, 300.0])[:, None, None]
    return 5 + scale * torch.randn(40, 3, 4, 5, generator=generator, dtype=torch.float64)


def test_per_pixel_equals_standard_scaler_on_flat_images(images):
    ours = Standardize("pixel").fit(images)(images)
    theirs = StandardScaler().fit_transform(images.flatten(1).numpy())
    torch.testing.assert_close(ours.flatten(1), torch.from_numpy(theirs), rtol=0, atol=1e-10)


def test_per_channel_equals_standard_scaler_on_columns_of_pixels(images):
    ours = Standardize("channel").fit(images)(images)
    columns = images.movedim(1, -1).flatten(0, 2)
    theirs = torch.from_numpy(StandardScaler().fit_transform(columns.numpy()))
    torch.testing.assert_close(ours.movedim(1, -1).flatten(0, 2), theirs, rtol=0, atol=1e-10)


def test_per_image_equals_a_layer_norm_without_eps(images):
    ours = Standardize("image")(images)
    theirs = nn.functional.layer_norm(images, images.shape[1:], eps=0.0)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)
    torch.testing.assert_close(Standardize("image").fit(images[:3])(images), ours)


@pytest.mark.parametrize(("per", "shape"), [("pixel", (3, 4, 5)), ("channel", (3, 1, 1))])
def test_statistics_are_learned_from_the_training_images(images, per, shape):
    layer = Standardize(per).fit(images[:30])
    assert layer.mean.shape == layer.std.shape == shape
    before = layer.mean.clone()
    alone = torch.cat([layer(image[None]) for image in images[30:]])
    torch.testing.assert_close(alone, layer(images[30:]), rtol=0, atol=1e-12)
    torch.testing.assert_close(layer.train()(images), layer.eval()(images))
    torch.testing.assert_close(layer.mean, before)


@pytest.mark.parametrize("per", WAYS)
def test_mean_subtraction_alone(images, per):
    centered = Standardize(per, scale=False).fit(images)(images)
    both = Standardize(per).fit(images)(images)
    ratio = centered / both
    axes = {"pixel": (0,), "channel": (0, 2, 3), "image": (1, 2, 3)}[per]
    torch.testing.assert_close(centered.mean(axes), torch.zeros_like(centered.mean(axes)))
    torch.testing.assert_close(ratio.amax(axes), ratio.amin(axes))
    torch.testing.assert_close(centered.var(axes, correction=0), images.var(axes, correction=0))


@pytest.mark.parametrize("per", WAYS)
def test_eps_is_added_to_the_variance(images, per):
    axes = {"pixel": (0,), "channel": (0, 2, 3), "image": (1, 2, 3)}[per]
    variance = images.var(axes, correction=0)
    shrunk = Standardize(per, eps=2.0).fit(images)(images).var(axes, correction=0)
    torch.testing.assert_close(shrunk, variance / (variance + 2))


@pytest.mark.parametrize("per", WAYS)
@pytest.mark.parametrize("eps", [0.0, 1e-6])
@pytest.mark.parametrize("value", [0.0, 0.1, 255.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_constant_becomes_zero(per, eps, value, dtype):
    images = torch.full((7, 2, 3, 3), value, dtype=dtype)
    standardized = Standardize(per, eps=eps).fit(images)(images)
    torch.testing.assert_close(standardized, torch.zeros_like(images), rtol=0, atol=0)


def test_pixel_that_was_always_black_is_not_blown_up():
    images = torch.randint(1, 256, (20, 1, 3, 3), dtype=torch.uint8)
    images[:, :, 0, 0] = 0
    layer = Standardize("pixel", eps=1e-9).fit(images)
    images[:, :, 0, 0] = 9
    torch.testing.assert_close(layer(images)[:, 0, 0, 0], torch.full((20,), 9.0))


def test_gradient_of_a_constant_image_is_not_nan():
    images = torch.full((2, 1, 3, 3), 4.0)
    images[1, 0, 0, 0] = 5
    images.requires_grad_()
    Standardize("image")(images).square().sum().backward()
    assert images.grad.isfinite().all()


@pytest.mark.parametrize("per", ["pixel", "channel"])
def test_gradient_reaches_the_images(images, per):
    layer = Standardize(per).fit(images)
    images.requires_grad_()
    layer(images).sum().backward()
    torch.testing.assert_close(images.grad, (1 / layer.std).expand_as(images))


@pytest.mark.parametrize("per", WAYS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool])
def test_integers_become_floating_point(per, dtype):
    generator = torch.Generator().manual_seed(1)
    high = 2 if dtype is torch.bool else 256
    images = torch.randint(0, high, (30, 1, 4, 4), generator=generator).to(dtype)
    standardized = Standardize(per).fit(images)(images)
    assert standardized.dtype == torch.float32
    exact = Standardize(per).fit(images.double())(images.double())
    torch.testing.assert_close(standardized.double(), exact, rtol=0, atol=1e-5)


@pytest.mark.parametrize("per", WAYS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept_and_computed_in_single(images, per, dtype):
    images = (images * 20).to(dtype)  # sums and squares exceed what float16 holds
    layer = Standardize(per).fit(images)
    standardized = layer(images)
    assert standardized.dtype == dtype
    exact = Standardize(per).fit(images.double())(images.double())
    torch.testing.assert_close(standardized.double(), exact, rtol=1e-2, atol=1e-2)


def test_layer_follows_the_model_to_another_type(images):
    model = nn.Sequential(Standardize("channel").fit(images), nn.Flatten(), nn.Linear(60, 2))
    pixels = images.clamp(0, 255).to(torch.uint8)
    assert model.double()(pixels).dtype == torch.float64
    assert model.bfloat16()(pixels).dtype == torch.bfloat16


@pytest.mark.parametrize("per", WAYS)
def test_one_image_and_no_image(images, per):
    layer = Standardize(per).fit(images)
    assert layer(images[:0]).shape == (0, 3, 4, 5)
    one = Standardize(per).fit(images[:1])(images[:1])
    assert one.isfinite().all()
    if per == "pixel":
        assert (one == 0).all()


def test_memory_layout_does_not_matter(images):
    layer = Standardize("pixel").fit(images)
    expected = layer(images)
    strided = images.repeat_interleave(2, dim=3)[..., ::2]
    for same in (strided, images.to(memory_format=torch.channels_last)):
        torch.testing.assert_close(Standardize("pixel").fit(same)(same), expected)


@pytest.mark.parametrize("per", WAYS)
def test_state_dict_carries_the_statistics(images, per):
    trained = nn.Sequential(Standardize(per).fit(images), nn.Conv2d(3, 2, 3).double())
    fresh = nn.Sequential(Standardize(per), nn.Conv2d(3, 2, 3).double())
    fresh.load_state_dict(trained.state_dict())
    torch.testing.assert_close(fresh(images), trained(images))
    refitted = nn.Sequential(Standardize(per).fit(2 * images), nn.Conv2d(3, 2, 3).double())
    refitted.load_state_dict(trained.state_dict())
    torch.testing.assert_close(refitted(images), trained(images))
    torch.testing.assert_close(copy.deepcopy(trained)(images), trained(images))


def test_state_dict_is_a_copy_and_a_missing_one_is_noticed(images):
    layer = Standardize("channel").fit(images)
    state = copy.deepcopy(layer.state_dict())
    other = Standardize("channel")
    other.load_state_dict(layer.state_dict())
    layer.mean += 1
    torch.testing.assert_close(other.mean, state["mean"])
    with pytest.raises(RuntimeError, match="Missing key"):
        other.load_state_dict(Standardize("channel").state_dict())
    with pytest.raises(RuntimeError, match="Unexpected key"):
        Standardize("image").load_state_dict(state)


def test_no_parameters_and_a_readable_name():
    layer = Standardize("pixel", scale=False)
    assert not list(layer.parameters())
    assert repr(layer) == "Standardize(per='pixel', scale=False, eps=0)"


@pytest.mark.parametrize("per", ["pixel", "channel"])
def test_used_before_fit(images, per):
    with pytest.raises(RuntimeError, match="call fit"):
        Standardize(per)(images)


def test_images_of_another_shape(images):
    with pytest.raises(ValueError, match=r"\(3, '…', '…'\), got \(1, 4, 5\)"):
        Standardize("channel").fit(images)(images[:, :1])
    with pytest.raises(ValueError, match=r"\(3, 4, 5\), got \(3, 4, 4\)"):
        Standardize("pixel").fit(images)(images[..., :4])
    assert Standardize("channel").fit(images)(images[..., :4]).shape == (40, 3, 4, 4)


@pytest.mark.parametrize("per", WAYS)
def test_bad_images(images, per):
    with pytest.raises(ValueError, match=r"at least one image.*0, 3, 4, 5"):
        Standardize(per).fit(images[:0])
    with pytest.raises(ValueError, match=r"\(N, C, H, W\), got \(3, 4, 5\)"):
        Standardize(per).fit(images[0])
    with pytest.raises(ValueError, match=r"\(N, C, H, W\), got \(3, 4, 5\)"):
        Standardize(per).fit(images)(images[0])
    with pytest.raises(TypeError, match="torch tensor, got ndarray"):
        Standardize(per).fit(images.numpy())
    images[2, 1, 0, 0] = torch.nan
    with pytest.raises(ValueError, match="NaN or infinity"):
        Standardize(per).fit(images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"per": "batch"}, "per must be .* got 'batch'"),
        ({"eps": -1.0}, r"eps must be .* got -1\.0"),
        ({"eps": float("nan")}, "eps must be .* got nan"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        Standardize(**arguments)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("per", WAYS)
def test_images_may_lie_on_a_gpu(images, per):
    layer = Standardize(per).fit(images)
    torch.testing.assert_close(layer(images.cuda()).cpu(), layer(images))
    on_gpu = Standardize(per).fit(images.cuda())
    torch.testing.assert_close(on_gpu(images.cuda()).cpu(), layer(images))
