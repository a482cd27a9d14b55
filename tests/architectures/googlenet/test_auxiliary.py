"""The heads against torchvision's and by hand, and what their losses add."""

import sys

import pytest
import torch
from torch.nn.functional import conv2d, cross_entropy, linear

from deeptricks.architectures import (
    BiasedConv2d,
    GoogLeNetOutputs,
    InceptionAux,
    auxiliary_loss,
)
from tests.architectures.published import torchvision_models


def theirs_of(name):
    """A class of torchvision's file, whose name a function of the same name hides."""
    return getattr(sys.modules[torchvision_models().GoogLeNet.__module__], name)


def images(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("training", [True, False])
def test_equals_torchvision(training):
    theirs = theirs_of("InceptionAux")(5, 3, dropout=0.0).double()
    theirs.train(training)
    ours = InceptionAux(5, 3, dropout=0.0).double().train(training)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    for x in (images(2, 5, 14, 14), images(2, 5, 3, 9)):
        pair = [x.clone().requires_grad_() for _ in range(2)]
        answers = [ours(pair[0]), theirs(pair[1])]
        for answer in answers:
            answer.square().sum().backward()
        torch.testing.assert_close(*answers, rtol=0, atol=1e-12)
        torch.testing.assert_close(pair[0].grad, pair[1].grad, rtol=0, atol=1e-12)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=0, atol=1e-12)


def test_the_papers_head_by_hand():
    """Means over 5 × 5 at every third place, 1 × 1, 1024 units, the classes."""
    head = InceptionAux(5, 3, BiasedConv2d, strided=True).double().eval()
    x, w = images(2, 5, 14, 14), head.state_dict()
    corners = range(0, 10, 3)
    means = [[x[:, :, i : i + 5, j : j + 5].mean((2, 3)) for j in corners] for i in corners]
    small = torch.stack([torch.stack(row, -1) for row in means], -2)
    small = conv2d(small, w["conv.conv.weight"], w["conv.conv.bias"]).clamp(min=0)
    hidden = linear(small.flatten(1), w["fc1.weight"], w["fc1.bias"]).clamp(min=0)
    expected = linear(hidden, w["fc2.weight"], w["fc2.bias"])
    torch.testing.assert_close(head(x), expected, rtol=0, atol=1e-12)


def test_the_two_means_differ():
    x = images(1, 5, 14, 14)
    strided = InceptionAux(5, 3, strided=True).pool(x)
    adaptive = InceptionAux(5, 3).pool(x)
    assert strided.shape == adaptive.shape == (1, 5, 4, 4)
    assert (strided - adaptive).abs().max() > 0.01


def test_dropout_stands_before_the_last_layer():
    head = InceptionAux(5, 3, dropout=1.0).double()
    torch.testing.assert_close(head(images(2, 5, 4, 4)), head.fc2.bias.expand(2, -1))


@pytest.mark.parametrize("side", [13, 17])
def test_the_papers_head_refuses_what_does_not_make_four_by_four(side):
    head = InceptionAux(5, 3, strided=True)
    with pytest.raises(ValueError, match=f"x must be 14 × 14 to 16 × 16.*got {side} × 14"):
        head(torch.zeros(1, 5, side, 14))
    for allowed in (14, 16):
        assert head.pool(torch.zeros(1, 5, allowed, allowed)).shape == (1, 5, 4, 4)


def test_the_loss_is_a_weighted_sum():
    a, b, c = images(3, 4, 5)
    labels = torch.tensor([0, 4, 2, 2])
    outputs = GoogLeNetOutputs(a, b, c)
    heads = cross_entropy(b, labels) + cross_entropy(c, labels)
    for weight in (0.3, 1.0):
        expected = cross_entropy(a, labels) + weight * heads
        torch.testing.assert_close(auxiliary_loss(outputs, labels, weight), expected)
    torch.testing.assert_close(
        auxiliary_loss(outputs, labels), auxiliary_loss(outputs, labels, 0.3)
    )
    alone = GoogLeNetOutputs(a, None, None)
    torch.testing.assert_close(auxiliary_loss(alone, labels), cross_entropy(a, labels))


def test_the_loss_refuses_plain_logits():
    with pytest.raises(TypeError, match="outputs must be GoogLeNetOutputs, got Tensor"):
        auxiliary_loss(torch.zeros(2, 3), torch.zeros(2, dtype=torch.long))


@pytest.mark.parametrize("arguments", [(0, 3), (5, 0)])
def test_refuses_sizes(arguments):
    with pytest.raises(ValueError, match="must be a whole number"):
        InceptionAux(*arguments)
