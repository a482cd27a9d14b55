"""`deeptricks.regularization` beside kornia, torchvision where it loads, torch, and plain code.

Where both take the same parameters they are raced on the same numbers. Where each draws its own,
only the shapes can be the same: those rows say "with its draws".
"""

import importlib
from collections.abc import Callable, Iterator

import kornia
import numpy as np
import scipy.ndimage
import torch
from torch import Tensor, nn

from benchmarks.compare import Pair, Tensors
from deeptricks import regularization
from deeptricks.regularization.augmentation import affine, color, elastic
from deeptricks.regularization.augmentation.warp import pixel_grid, warp

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
SHAPES = {"digits": (256, 1, 28, 28), "photographs": (32, 3, 96, 96)}
TINY = {"digits": (8, 1, 28, 28), "photographs": (4, 3, 24, 24)}  # for tests
SIGMA, RADIUS = 4.0, 16
KORNIA, PLAIN = "kornia's", "plain: scipy, image by image"


def pairs() -> Iterator[Pair]:
    """Elastic distortion first, then what takes parameters, what draws, and dropout."""
    for device in DEVICES:
        for name, shape in SHAPES.items():
            images = torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(device)
            title = f"{name} {' × '.join(map(str, shape))}, {device}"
            yield from elastic_pairs(images, title)
            yield from fixed_pairs(images, title)
            yield from drawn_pairs(images, title)
        yield from dropout_pairs(device)


def call(function: Callable, *arguments: object) -> Callable:
    """A call that waits for the accelerator and returns what came out."""

    def run():
        out = function(*arguments)
        if out.is_cuda:
            torch.cuda.synchronize()
        return Tensors(out)

    return run


def shape_of(function: Callable, *arguments: object) -> Callable:
    """As `call`, for what draws: the shape is all that two libraries agree on."""
    run = call(function, *arguments)
    return lambda: np.array(run().tensors[0].shape)


def elastic_pairs(images: Tensor, title: str) -> Iterator[Pair]:
    """The same noise for all; α in each library's own unit."""
    count, _, height, width = images.shape
    images = nn.functional.pad(images[..., 2:-2, 2:-2], (2,) * 4)  # nothing at the border: kornia
    # repeats the edge for half a pixel where we blend into what lies beyond
    draw = torch.Generator().manual_seed(1)
    noise = (2 * torch.rand(count, 2, height, width, generator=draw) - 1).to(images.device)
    alpha = (0.2 * width, 0.2 * height)  # kornia's 0.2 half images; small: no pixel looks outside

    def ours():
        field = elastic.displacement_field(noise, alpha, (SIGMA, SIGMA), "zeros")
        return warp(images, pixel_grid(images) + field)

    def theirs():
        size = (2 * RADIUS + 1,) * 2
        return kornia.geometry.transform.elastic_transform2d(
            images, noise, size, (SIGMA, SIGMA), (0.2, 0.2)
        )

    def plain():
        y, x = np.mgrid[:height, :width].astype(float)
        out = np.empty(images.shape, dtype=np.float32)
        for n, (dx, dy) in enumerate(noise.cpu().numpy()):
            dx, dy = (
                0.1 * side * scipy.ndimage.gaussian_filter(d, SIGMA, mode="constant")
                for side, d in ((width, dx), (height, dy))
            )
            for c, image in enumerate(images[n].cpu().numpy()):
                out[n, c] = scipy.ndimage.map_coordinates(
                    image, (y + dy, x + dx), order=1, mode="grid-constant"
                )
        return torch.from_numpy(out)

    label = f"elastic distortion, {title}"
    yield Pair(label, call(ours), call(theirs), KORNIA, tolerance=1e-4)
    yield Pair(label, call(ours), call(plain), PLAIN, tolerance=1e-4)


def fixed_pairs(images: Tensor, title: str) -> Iterator[Pair]:
    """With the same parameters."""
    count, channels, height, width = images.shape
    draw = torch.Generator().manual_seed(2)
    angle, slant = (20 * torch.rand(2, count, generator=draw) - 10).to(images.device)
    factor = (0.5 + torch.rand(count, generator=draw)).to(images.device)
    center = images.new_tensor([(width - 1) / 2, (height - 1) / 2])
    shift = images.new_zeros(count, 2)

    def turned():
        matrix = affine.affine_matrix(angle, factor, slant, shift[:, 0])
        return warp(images, affine.affine_places(images, matrix, shift, center))

    def turned_by_kornia():
        matrix = affine.affine_matrix(angle, factor, slant, shift[:, 0])
        away = center - matrix @ center
        return kornia.geometry.warp_affine(
            images, torch.cat([matrix, away[:, :, None]], dim=2), (height, width)
        )

    def turned_plainly():
        matrix = affine.affine_matrix(angle, factor, slant, shift[:, 0])
        inverse = torch.linalg.inv(matrix).flip(1, 2).cpu().numpy()
        middle = center.flip(0).cpu().numpy()
        out = [
            [scipy.ndimage.affine_transform(c, m, middle - m @ middle, order=1,
                                            mode="grid-constant") for c in image]
            for image, m in zip(images.cpu().numpy(), inverse, strict=True)
        ]  # fmt: skip
        return torch.from_numpy(np.array(out))

    yield Pair(f"affine, {title}", call(turned), call(turned_by_kornia), KORNIA, 1e-2)
    yield Pair(f"affine, {title}", call(turned), call(turned_plainly), PLAIN, 1e-2)
    blur = regularization.GaussianBlur(9, 1.5)
    theirs = kornia.filters.gaussian_blur2d
    yield Pair(f"blur, {title}", call(blur, images),
               call(theirs, images, (9, 9), (1.5, 1.5)), KORNIA, 1e-4)  # fmt: skip
    view = factor.view(-1, 1, 1, 1)
    enhance = kornia.enhance
    changes = {"brightness": (color.brightness, enhance.adjust_brightness_accumulative)}
    if channels == 3:
        turn = (color.hue, lambda x, f: enhance.adjust_hue(x, (f - 1) * 2 * torch.pi))
        yield Pair(f"hue, {title}", call(turn[0], images, view - 1),
                   call(turn[1], images, factor), KORNIA, 1e-3)  # fmt: skip
    for name, (ours, other) in changes.items():
        yield Pair(f"{name}, {title}", call(ours, images, view), call(other, images, factor),
                   KORNIA, 1e-4)  # fmt: skip


def drawn_pairs(images: Tensor, title: str) -> Iterator[Pair]:
    """Whole modules with their draws, one draw for each image (in torchvision for the batch)."""
    side = images.shape[-1]
    augment, v2 = kornia.augmentation, loaded("torchvision.transforms.v2")
    bilinear = {"interpolation": "bilinear"}
    modules = {
        "RandomHorizontalFlip": ((), {}, augment.RandomHorizontalFlip()),
        "RandomCrop": ((side, 2), {}, augment.RandomCrop((side, side), 2)),
        "RandomAffine": ((15, (0.1, 0.1), (0.8, 1.2), 10), bilinear,
                         augment.RandomAffine(15, (0.1, 0.1), (0.8, 1.2), 10, p=1.0)),
        "RandomRotation": ((15,), bilinear, augment.RandomRotation(15, p=1.0)),
        "ElasticTransform": ((50.0, 4.0), {}, augment.RandomElasticTransform(
            (33, 33), (SIGMA, SIGMA), (0.2, 0.2), p=1.0)),
        "GaussianNoise": ((), {}, augment.RandomGaussianNoise(0.0, 0.1, p=1.0)),
        "GaussianBlur": ((9,), {}, augment.RandomGaussianBlur((9, 9), (0.1, 2.0), p=1.0)),
        "RandomErasing": ((1.0,), {}, augment.RandomErasing(p=1.0)),
    }  # fmt: skip
    if images.shape[1] == 3:
        jitter = (0.2, 0.2, 0.2, 0.1)
        modules["ColorJitter"] = (jitter, {}, augment.ColorJitter(*jitter, p=1.0))
        modules["RandomGrayscale"] = ((0.5,), {}, augment.RandomGrayscale(p=0.5))
    for name, (arguments, how, theirs) in modules.items():
        ours = shape_of(getattr(regularization, name)(*arguments, **how), images)
        label = f"{name}, {title}"
        yield Pair(label, ours, shape_of(theirs, images), f"{KORNIA}, with its draws")
        if v2 is not None:
            other = shape_of(getattr(v2, name)(*arguments, **how), images)
            yield Pair(label, ours, other, "torchvision's, one draw for all")
    labels = torch.arange(len(images), device=images.device) % 10
    for name, theirs in (("MixUp", "RandomMixUpV2"), ("CutMix", "RandomCutMixV2")):
        mix = getattr(regularization, name)(num_classes=10, per_sample=True)
        other = getattr(augment, theirs)(data_keys=["input", "class"])
        both = [shape_of(lambda m=m: m(images, labels)[0]) for m in (mix, other)]
        yield Pair(f"{name}, {title}", *both, f"{KORNIA}, with its draws")
    yield Pair(f"MixUp, {title}", both_mixed(images, labels), plain_mixed(images, labels),
               "plain: its formula, no checks", 1e-5)  # fmt: skip


def both_mixed(images: Tensor, labels: Tensor) -> Callable:
    """Ours under a seed of its own."""
    mix = regularization.MixUp(num_classes=10)

    def run():
        torch.manual_seed(0)
        return mix(images, labels)[0]

    return call(run)


def plain_mixed(images: Tensor, labels: Tensor) -> Callable:
    """What a reader writes first."""

    def run():
        torch.manual_seed(0)
        part = torch.distributions.Beta(torch.tensor([1.0]), torch.tensor([1.0])).sample().item()
        hot = nn.functional.one_hot(labels, 10).float()
        _ = part * hot + (1 - part) * hot.roll(1, 0)
        return part * images + (1 - part) * images.roll(1, 0)

    return call(run)


def dropout_pairs(device: str) -> Iterator[Pair]:
    """Dropout and its relatives beside the framework's, under one seed; where they are written."""
    x = torch.rand(256, 64, 8, 8, device=device)
    for name in ("Dropout", "Dropout2d", "AlphaDropout"):
        if hasattr(regularization, name):
            ours, theirs = getattr(regularization, name)(0.3), getattr(nn, name)(0.3)
            both = [call(seeded, layer, x) for layer in (ours, theirs)]
            yield Pair(f"{name}, 256 × 64 × 8 × 8, {device}", *both, f"torch's {name}", 1e-5)
    if hasattr(regularization, "Dropout"):
        plain = call(seeded, lambda x: x * torch.empty_like(x).bernoulli_(0.7) / 0.7, x)
        ours = call(seeded, regularization.Dropout(0.3), x)
        yield Pair(f"Dropout, 256 × 64 × 8 × 8, {device}", ours, plain, "plain: one line", 1e-5)


def seeded(layer: Callable, x: Tensor) -> Tensor:
    """The layer's output under a fixed seed of the global generator."""
    torch.manual_seed(0)
    return layer(x)


def loaded(name: str) -> object | None:
    """A module, or None where it is missing or does not load."""
    try:
        return importlib.import_module(name)
    except (ImportError, RuntimeError):
        return None
