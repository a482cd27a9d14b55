"""Mixing: labels follow λ, exactly; λ follows its distribution."""

from types import SimpleNamespace

import pytest
import torch

from deeptricks.regularization import CutMix, MixUp
from tests.regularization.torchvision_parts import torchvision

both = pytest.mark.parametrize("kind", [MixUp, CutMix])
each_way = pytest.mark.parametrize("per_sample", [False, True])


def batch(count=40):
    """Image n is constant n, and its label is n % 10: what an image is made of can be read off."""
    images = torch.arange(count, dtype=torch.float64).view(-1, 1, 1, 1).expand(-1, 2, 9, 12)
    return images, torch.arange(count) % 10


def make(kind, seed=0, **how):
    return kind(num_classes=10, generator=torch.Generator().manual_seed(seed), **how)


@both
@each_way
def test_labels_are_mixed_with_the_very_part_of_the_image(kind, per_sample):
    images, labels = batch()
    for seed in range(20):
        mixed, soft = make(kind, seed, per_sample=per_sample)(images, labels)
        own = torch.arange(40.0).double()
        other = own.roll(1)
        part = (mixed.mean((1, 2, 3)) - other) / (own - other)
        rows = torch.arange(40)
        torch.testing.assert_close(soft[rows, labels].double(), part, rtol=0, atol=1e-5)
        torch.testing.assert_close(soft[rows, labels.roll(1)].double(), 1 - part, rtol=0, atol=1e-5)
        torch.testing.assert_close(soft.sum(1), torch.ones(40), rtol=0, atol=1e-6)
        assert soft.min() >= 0
        assert (len(part.round(decimals=6).unique()) > 1) == per_sample


def test_cutmix_pastes_one_rectangle_and_mixup_none():
    images, labels = batch()
    for seed in range(10):
        mixed, _ = make(CutMix, seed, per_sample=True)(images, labels)
        pasted = mixed[:, 0] == torch.arange(40.0).roll(1).view(-1, 1, 1)
        assert (pasted == pasted.any(2)[:, :, None] & pasted.any(1)[:, None]).all()
        assert (pasted | (mixed[:, 0] == images[:, 0])).all()
        blended, _ = make(MixUp, seed, per_sample=True)(images, labels)
        assert (blended.amax((1, 2, 3)) == blended.amin((1, 2, 3))).all()


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_parts_follow_the_beta_distribution(alpha):
    part = make(MixUp, alpha=alpha, per_sample=True).draw_part(torch.rand(4000, 1, 1, 1)).flatten()
    assert abs(part.mean() - 0.5) < 5 * (1 / (4 * (2 * alpha + 1)) / 4000) ** 0.5
    assert part.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.12)


def test_part_of_cutmix_before_the_border_cuts_it():
    """Middles in the middle: 1 − λ of the area, as the paper says."""
    module = make(CutMix)
    images = torch.zeros(2, 1, 100, 100, dtype=torch.float64)
    part = torch.tensor(0.64, dtype=torch.float64).view(1, 1, 1, 1)
    parts = torch.stack([module.mix(images, part)[1] for _ in range(300)])
    assert parts.min() == pytest.approx(0.64, abs=1e-9)
    assert parts.max() > 0.85


@both
@pytest.mark.parametrize("alpha", [0.3, 1.0])
def test_as_torchvision_under_the_same_seed(kind, alpha):
    theirs = getattr(torchvision("transforms.v2"), kind.__name__)(alpha=alpha, num_classes=10)
    images, labels = torch.rand(6, 3, 8, 10), torch.arange(6)
    for seed in range(20):
        out = []
        for module in (theirs, kind(alpha=alpha, num_classes=10)):
            torch.manual_seed(seed)
            out.append(module(images, labels))
        for mine, other in zip(*out, strict=True):
            torch.testing.assert_close(mine, other, rtol=0, atol=1e-6)


@both
def test_as_torchvision_with_a_part_handed_over(kind):
    """λ given to both, double precision: images exact, labels up to its single precision."""
    theirs = getattr(torchvision("transforms.v2"), kind.__name__)(num_classes=6)
    images, labels = torch.rand(6, 3, 8, 10, dtype=torch.float64), torch.arange(6)
    for seed, part in enumerate(torch.linspace(0, 1, 21).tolist()):
        ours = kind(num_classes=6)
        given = torch.tensor(part, dtype=torch.float64)
        ours.draw_part = lambda images, given=given: given.view(1, 1, 1, 1)
        theirs._dist = SimpleNamespace(sample=lambda shape, given=given: given)
        out = []
        for module in (theirs, ours):
            torch.manual_seed(seed)
            out.append(module(images, labels))
        (their_images, their_labels), (our_images, our_labels) = out
        torch.testing.assert_close(our_images, their_images, rtol=0, atol=1e-15)
        torch.testing.assert_close(our_labels, their_labels, rtol=0, atol=1e-6)


@both
def test_soft_labels_evaluation_mode_and_empty_batches(kind):
    images, labels = batch(6)
    soft = torch.eye(10)[labels]
    torch.testing.assert_close(
        make(kind)(images, soft), make(kind)(images, labels), rtol=0, atol=1e-7
    )
    same, hard = make(kind).eval()(images, labels)
    assert same is images
    torch.testing.assert_close(hard, soft)
    none, nothing = make(kind)(images[:0], labels[:0])
    assert none.shape == (0, 2, 9, 12)
    assert nothing.shape == (0, 10)


@both
def test_same_seed_same_mix_and_stacked_networks_draw_apart(kind):
    images, labels = batch(6)
    torch.testing.assert_close(
        make(kind, 2)(images, labels), make(kind, 2)(images, labels), rtol=0, atol=0
    )
    stacked = torch.func.vmap(kind(num_classes=10), randomness="different")
    two = (images.expand(8, *images.shape), labels.expand(8, -1))
    mixed, soft = stacked(*two)
    assert len({row.numpy().tobytes() for row in mixed}) > 4
    torch.testing.assert_close(soft.sum(-1), torch.ones(8, 6))


@both
def test_half_precision_and_gradients(kind):
    images, labels = torch.rand(4, 1, 5, 5), torch.arange(4)
    mixed, _ = make(kind, 1)(images.half(), labels)
    assert mixed.dtype == torch.float16
    inputs = images.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: make(kind, 1)(x, labels)[0], inputs)


@both
def test_bad_arguments(kind):
    images, labels = batch(4)
    with pytest.raises(ValueError, match="alpha must be a finite number above 0, got 0"):
        kind(alpha=0)
    with pytest.raises(ValueError, match="num_classes must be given where labels are whole"):
        kind()(images, labels)
    with pytest.raises(ValueError, match=r"labels must have the shape \(4,\) or"):
        make(kind)(images, labels[:3])
    with pytest.raises(ValueError, match="labels must lie in 0 … 9, got 4 … 13"):
        make(kind)(images, labels + 4 + 6 * (labels == 3))
    with pytest.raises(ValueError, match="labels must have num_classes=10 columns, got 3"):
        make(kind)(images, torch.rand(4, 3))
    with pytest.raises(TypeError, match="images must be a floating-point tensor"):
        make(kind)(images.long(), labels)
