"""The blocks for large images, with torchvision's and written out in the layers' own products."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from deeptricks.architectures import BasicBlock, Bottleneck
from tests.architectures.published import torchvision_models

BLOCKS = {"BasicBlock": BasicBlock, "Bottleneck": Bottleneck}


def shape_changer(inplanes, planes, stride):
    return nn.Sequential(
        nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes)
    )


def shaken(block):
    """Norms with weights, biases and running statistics that are not those of a fresh network."""
    for name, value in block.state_dict().items():
        if value.dim() and "bn" in name:
            value.copy_(torch.rand_like(value) + 0.5)
    return block.double()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", BLOCKS)
def test_block_is_torchvisions(name, stride):
    published = getattr(torchvision_models().resnet, name)
    ours, theirs = BLOCKS[name], published
    torch.manual_seed(0)
    inplanes = 8
    planes = inplanes // ours.expansion * stride
    changes = [None, None]
    if stride > 1:
        changes = [shape_changer(inplanes, ours.expansion * planes, stride) for _ in range(2)]
    one = shaken(ours(inplanes, planes, stride, changes[0]))
    two = theirs(inplanes, planes, stride, changes[1]).double()
    two.load_state_dict(one.state_dict())
    assert list(one.state_dict()) == list(two.state_dict())
    for training in (True, False):
        x, y = (
            torch.randn(3, inplanes, 7, 6, dtype=torch.float64, requires_grad=True)
            for _ in range(2)
        )
        y.data.copy_(x.data)
        first, second = one.train(training)(x), two.train(training)(y)
        torch.testing.assert_close(first, second, rtol=1e-10, atol=1e-10)
        push = torch.randn_like(first)
        one.zero_grad(), two.zero_grad()
        first.backward(push), second.backward(push)
        torch.testing.assert_close(x.grad, y.grad, rtol=1e-10, atol=1e-10)
        for p, q in zip(one.parameters(), two.parameters(), strict=True):
            torch.testing.assert_close(p.grad, q.grad, rtol=1e-10, atol=1e-10)


def test_stride_of_the_paper_stands_in_the_first_1x1():
    torch.manual_seed(0)
    block = Bottleneck(8, 4, 2, shape_changer(8, 16, 2), stride_in_1x1=True).double().eval()
    shaken(block)
    x = torch.randn(2, 8, 6, 6, dtype=torch.float64)
    p = dict(block.named_parameters()) | dict(block.named_buffers())

    def norm(h, name):
        mean, var = p[f"{name}.running_mean"], p[f"{name}.running_var"]
        scale = p[f"{name}.weight"] / (var + 1e-5).sqrt()
        return (h - mean[:, None, None]) * scale[:, None, None] + p[f"{name}.bias"][:, None, None]

    sparse = x[:, :, ::2, ::2]  # three pixels of four are never read
    h = norm(torch.einsum("oc,nchw->nohw", p["conv1.weight"][:, :, 0, 0], sparse), "bn1").relu()
    h = norm(F.conv2d(h, p["conv2.weight"], padding=1), "bn2").relu()
    h = norm(torch.einsum("oc,nchw->nohw", p["conv3.weight"][:, :, 0, 0], h), "bn3")
    around = torch.einsum("oc,nchw->nohw", p["downsample.0.weight"][:, :, 0, 0], sparse)
    expected = (h + norm(around, "downsample.1")).relu()
    torch.testing.assert_close(block(x), expected, rtol=1e-10, atol=1e-10)
    moved = Bottleneck(8, 4, 2, shape_changer(8, 16, 2)).double().eval()
    moved.load_state_dict(block.state_dict())  # the same weights fit, and mean something else
    assert not torch.allclose(moved(x), expected)


@pytest.mark.parametrize("block", BLOCKS.values())
def test_input_is_left_as_it_was(block):
    x = torch.randn(2, 8, 4, 4)
    before = x.clone()
    block(8, 8 // block.expansion)(x)
    assert torch.equal(x, before)


def test_bottleneck_saves_what_its_docstring_says():
    convolutions = [m for m in Bottleneck(256, 64).modules() if isinstance(m, nn.Conv2d)]
    assert sum(m.weight.numel() for m in convolutions) == 69_632
    convolutions = [m for m in BasicBlock(256, 256).modules() if isinstance(m, nn.Conv2d)]
    assert sum(m.weight.numel() for m in convolutions) == 1_179_648
