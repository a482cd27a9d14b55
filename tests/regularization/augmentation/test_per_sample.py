"""What every augmentation promises, whichever it is: one table of all of them."""

import copy
import pickle

import pytest
import torch

from deeptricks import regularization
from deeptricks.regularization.augmentation.per_sample import interval

ALL = {
    "RandomHorizontalFlip": {},
    "RandomVerticalFlip": {},
    "RandomCrop": {"size": (12, 10), "padding": 2},
    "RandomAffine": {
        "degrees": 20, "translate": (0.2, 0.1), "scale": (0.8, 1.2), "shear": (-9, 9, -5, 5),
        "interpolation": "bilinear", "fill": 0.3,
    },
    "RandomRotation": {"degrees": 40},
    "ElasticTransform": {"alpha": 8, "sigma": 2},
    "ColorJitter": {"brightness": 0.2, "contrast": 0.3, "saturation": 0.4, "hue": 0.2},
    "RandomGrayscale": {"p": 0.5},
    "GaussianNoise": {},
    "GaussianBlur": {"kernel_size": 5},
    "RandomErasing": {"value": "random"},
}  # fmt: skip
NOTHING = {  # the settings that leave an image alone
    "RandomHorizontalFlip": {"p": 0},
    "RandomVerticalFlip": {"p": 0},
    "RandomCrop": {"size": (12, 10)},
    "RandomAffine": {"degrees": 0, "interpolation": "bilinear", "fill": 0.3},
    "RandomRotation": {"degrees": 0},
    "ElasticTransform": {"alpha": 0},
    "ColorJitter": {},
    "RandomGrayscale": {"p": 0},
    "GaussianNoise": {"sigma": 0},
    "GaussianBlur": {"kernel_size": 1},
    "RandomErasing": {"p": 0},
}
each = pytest.mark.parametrize("name", ALL)


def make(name, seed=None, **more):
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return getattr(regularization, name)(**{**ALL[name], **more}, generator=generator)


def photographs(dtype=torch.float64, count=32):
    draw = torch.Generator().manual_seed(5)
    return torch.rand(count, 3, 12, 10, generator=draw, dtype=torch.float64).to(dtype)


@each
def test_same_seed_same_images_and_the_input_stays(name):
    images = photographs()
    before = images.clone()
    first, second, other = (make(name, seed)(images) for seed in (3, 3, 4))
    torch.testing.assert_close(images, before, rtol=0, atol=0)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert not torch.equal(first, other)
    torch.manual_seed(7)
    by_global = make(name)(images)
    torch.manual_seed(7)
    torch.testing.assert_close(make(name)(images), by_global, rtol=0, atol=0)


@each
def test_each_image_has_draws_of_its_own(name):
    images = photographs(count=1).expand(32, -1, -1, -1)  # not contiguous, too
    out = make(name, 0)(images)
    kinds = len({row.numpy().tobytes() for row in out})
    assert kinds >= (2 if "Flip" in name or name == "RandomGrayscale" else 10)


@each
def test_what_does_nothing_is_the_identity(name):
    images = photographs()
    out = getattr(regularization, name)(**NOTHING[name])(images)
    torch.testing.assert_close(out, images, rtol=0, atol=1e-12)


@each
def test_in_evaluation_mode_nothing_happens(name):
    images = photographs()
    assert make(name).eval()(images) is images


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_types_and_shapes_stay(name, dtype):
    images = photographs(dtype)
    out = make(name, 1)(images)
    assert out.dtype == dtype
    assert out.shape == images.shape
    assert out.isfinite().all()
    assert make(name)(images[:0]).shape == (0, 3, 12, 10)


@each
def test_half_precision_is_single_precision_rounded(name):
    if name == "RandomErasing":
        pytest.skip("covers with noise that is drawn in the images' precision")
    halves = photographs(torch.float16)
    out, precise = make(name, 2)(halves), make(name, 2)(halves.float())
    torch.testing.assert_close(out.float(), precise, rtol=0, atol=5e-3)


@each
def test_copies_draw_as_the_original(name):
    images, module = photographs(), make(name, 2)
    copies = copy.deepcopy(module), pickle.loads(pickle.dumps(module))
    out = module(images)
    for twin in copies:
        torch.testing.assert_close(twin(images), out, rtol=0, atol=0)
    assert name in repr(module)


@each
def test_networks_trained_side_by_side_get_other_draws(name):
    alone = {"contrast": 0, "saturation": 0, "hue": 0}  # the order of four is one number
    module = make(name, **(alone if name == "ColorJitter" else {}))
    images = photographs(count=8)
    both = torch.func.vmap(module, randomness="different")(torch.stack([images, images]))
    assert both.shape == (2, 8, 3, 12, 10)
    assert not torch.equal(both[0], both[1])


@pytest.mark.parametrize("name", [n for n in ALL if n not in ("GaussianNoise", "ColorJitter")])
def test_gradients_reach_the_images(name):
    images = photographs(count=2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: make(name, 6)(x), images)


@each
def test_bad_images_and_generators(name):
    with pytest.raises(TypeError, match=r"images must be a floating-point tensor, got torch.uint8"):
        make(name)(torch.zeros(2, 3, 12, 10, dtype=torch.uint8))
    with pytest.raises(ValueError, match=r"shape \(N, C, H, W\), got \(3, 12, 10\)"):
        make(name)(torch.zeros(3, 12, 10))
    with pytest.raises(TypeError, match=r"generator must be a torch.Generator or None, got 3"):
        getattr(regularization, name)(**ALL[name], generator=3)
    with pytest.raises(ValueError, match="generator must be on the device of the images, meta"):
        make(name, 0)(torch.zeros(2, 3, 12, 10, device="meta"))


@each
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(name):
    generator = torch.Generator("cuda").manual_seed(1)
    images = photographs(torch.float32).cuda()
    out = getattr(regularization, name)(**ALL[name], generator=generator)(images)
    assert out.device == images.device
    assert not torch.equal(out, images)


def test_intervals():
    assert interval("v", 0.5, around=1) == (0.5, 1.5)
    assert interval("v", (2, 3)) == (2.0, 3.0)
    for bad in ((3, 2), (0, float("nan")), (1, 2, 3), "ab", (0, float("inf"))):
        with pytest.raises(ValueError, match="v must be"):
            interval("v", bad)
