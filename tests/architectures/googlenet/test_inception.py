"""The inception module against torchvision's, the paper's figure by hand, and its table."""

import sys

import pytest
import torch
from torch.nn.functional import conv2d, max_pool2d

from deeptricks.architectures import (
    BasicConv2d,
    BiasedConv2d,
    Inception,
    NaiveInception,
    multiply_adds,
    parameters,
)
from tests.architectures.published import torchvision_models

SMALL = (6, 3, 4, 5, 2, 7, 8)  # in; 1 × 1; 3 × 3; 5 × 5; maximum
WIDTHS = [3, 5, 7, 8]  # of the four branches
I3A = (192, 64, 96, 128, 16, 32, 32)


def theirs_of(name):
    """A class of torchvision's file, whose name a function of the same name hides."""
    return getattr(sys.modules[torchvision_models().GoogLeNet.__module__], name)


def images(*shape, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=draw, dtype=torch.float64)


def drawn(module, seed=1):
    """The module in double precision with weights and running statistics of no special value."""
    draw = torch.Generator().manual_seed(seed)
    for tensor in [*module.double().parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            with torch.no_grad():
                tensor.copy_(torch.rand(tensor.shape, generator=draw, dtype=torch.float64) - 0.3)
    for name, tensor in module.named_buffers():
        if name.endswith("running_var"):
            tensor.abs_().add_(0.1)
    return module


def by_hand(x, weights, size):
    """Figure 2(b) with biases: four branches written out, without a module."""

    def block(x, name, padding=0):
        out = conv2d(x, weights[f"{name}.conv.weight"], weights[f"{name}.conv.bias"], 1, padding)
        return out.clamp(min=0)

    return torch.cat(
        [
            block(x, "branch1"),
            block(block(x, "branch2.0"), "branch2.1", 1),
            block(block(x, "branch3.0"), "branch3.1", (size - 1) // 2),
            block(max_pool2d(x, 3, 1, 1), "branch4.1"),
        ],
        1,
    )


@pytest.mark.parametrize("training", [True, False])
def test_equals_torchvision(training):
    theirs = drawn(theirs_of("Inception")(*SMALL)).train(training)
    ours = Inception(*SMALL).double().train(training)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = images(4, 6, 9, 7)
    a, b = (x.clone().requires_grad_() for _ in range(2))
    answers = [ours(a), theirs(b)]
    weight = images(*answers[0].shape, seed=2)
    for answer in answers:
        (answer * weight).sum().backward()
    torch.testing.assert_close(answers[0], answers[1], rtol=0, atol=1e-12)
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-10, atol=1e-10)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-10, atol=1e-10)
    for p, q in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(p, q, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_equals_the_figure_by_hand(size):
    module = drawn(Inception(*SMALL, conv_block=BiasedConv2d, size5x5=size))
    x = images(2, 6, 8, 5)
    expected = by_hand(x, module.state_dict(), size)
    torch.testing.assert_close(module(x), expected, rtol=0, atol=1e-12)
    assert module(x).shape == (2, sum(WIDTHS), 8, 5)
    assert module(x[:0]).shape == (0, sum(WIDTHS), 8, 5)


def seen(module, widths):
    """Side of the window that one output of each branch sees; all weights positive."""
    for p in module.double().parameters():
        torch.nn.init.constant_(p, 0.1)
    x = images(1, 6, 11, 11).abs().requires_grad_()
    sides = []
    for outputs in module(x)[..., 5, 5].split(widths, 1):
        (gradient,) = torch.autograd.grad(outputs.sum(), x, retain_graph=True)
        rows = gradient.abs().sum((0, 1, 3)).nonzero()[:, 0]
        sides.append(int(rows.max() - rows.min()) + 1)
    return sides


def test_each_branch_sees_as_far_as_its_name_says():
    kind = {"conv_block": BiasedConv2d, "size5x5": 5}
    module = Inception(*SMALL, **kind)
    assert seen(module, WIDTHS)[:3] == [1, 3, 5]
    assert seen(NaiveInception(6, 3, 5, 7, **kind), [3, 5, 7, 6])[:3] == [1, 3, 5]
    assert seen(Inception(*SMALL, conv_block=BiasedConv2d), WIDTHS)[:3] == [1, 3, 3]


def test_the_naive_module_hands_the_maximum_on():
    module = drawn(NaiveInception(6, 3, 5, 7, conv_block=BiasedConv2d, size5x5=5))
    x, weights = images(2, 6, 8, 5), module.state_dict()
    branches = [
        conv2d(x, weights[f"branch{k}.conv.weight"], weights[f"branch{k}.conv.bias"], 1, k - 1)
        for k in (1, 2, 3)
    ]
    expected = torch.cat([*(b.clamp(min=0) for b in branches), max_pool2d(x, 3, 1, 1)], 1)
    torch.testing.assert_close(module(x), expected, rtol=0, atol=1e-12)


def test_what_3a_costs():
    """128 million multiply–adds, as in the table, against 303 million without the reduction."""
    with torch.device("meta"):
        reduced = Inception(*I3A, conv_block=BiasedConv2d, size5x5=5)
        naive = NaiveInception(192, 64, 128, 32, conv_block=BiasedConv2d, size5x5=5)
    products = 192 * (64 + 96 + 16 + 32) + 9 * 96 * 128 + 25 * 16 * 32
    plain = 192 * (64 + 9 * 128 + 25 * 32)
    assert parameters(reduced) == products + 64 + 96 + 128 + 16 + 32 + 32
    assert parameters(naive) == plain + 64 + 128 + 32
    assert multiply_adds(reduced, (192, 28, 28)) == 784 * products == 128_049_152
    assert multiply_adds(naive, (192, 28, 28)) == 784 * plain == 303_464_448
    assert round(plain / products, 2) == 2.37


def test_the_blocks_by_hand():
    x = images(3, 2, 6, 6)
    basic = drawn(BasicConv2d(2, 4, kernel_size=3, stride=2, padding=1)).eval()
    out = conv2d(x, basic.conv.weight, None, 2, 1)
    mean, variance = basic.bn.running_mean.view(-1, 1, 1), basic.bn.running_var.view(-1, 1, 1)
    out = (out - mean) / (variance + 1e-3).sqrt()
    out = out * basic.bn.weight.view(-1, 1, 1) + basic.bn.bias.view(-1, 1, 1)
    torch.testing.assert_close(basic(x), out.clamp(min=0), rtol=0, atol=1e-12)
    biased = drawn(BiasedConv2d(2, 4, kernel_size=3, stride=2, padding=1))
    out = conv2d(x, biased.conv.weight, biased.conv.bias, 2, 1).clamp(min=0)
    torch.testing.assert_close(biased(x), out, rtol=0, atol=1e-12)


@pytest.mark.parametrize("place", range(7))
def test_refuses_no_filters_at_all(place):
    sizes = [*SMALL]
    sizes[place] = 0
    names = ["in_channels", "ch1x1", "ch3x3red", "ch3x3", "ch5x5red", "ch5x5", "pool_proj"]
    with pytest.raises(ValueError, match=f"{names[place]} must be a whole number"):
        Inception(*sizes)


@pytest.mark.parametrize("size", [0, 2, 4])
def test_refuses_filters_without_a_middle(size):
    with pytest.raises(ValueError, match="size5x5 must be"):
        Inception(*SMALL, size5x5=size)
    with pytest.raises(ValueError, match="size5x5 must be"):
        NaiveInception(6, 3, 5, 7, size5x5=size)


def test_the_naive_module_refuses_too():
    with pytest.raises(ValueError, match="ch3x3 must be a whole number"):
        NaiveInception(6, 3, 0, 7)
