"""The blocks for small images, each sum written out pixel by pixel, and option A by its words."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from deeptricks.architectures import CifarBlock, PreActivationBlock, option_a


def test_option_a_takes_every_other_pixel_and_adds_channels_of_zeros():
    x = torch.arange(2 * 2 * 3 * 5.0).view(2, 2, 3, 5) + 1
    y = option_a(x, 4, 2)
    assert y.shape == (2, 4, 2, 3)
    assert not y[:, [0, 3]].any()
    for i in range(2):
        for j in range(3):
            assert torch.equal(y[:, 1:3, i, j], x[:, :, 2 * i, 2 * j])
    assert torch.equal(option_a(x, 2, 1), x)
    odd = option_a(x[:, :1], 4, 1)
    assert torch.equal(odd[:, 1], x[:, 0])
    assert odd.count_nonzero() == x[:, :1].count_nonzero()


def batch_norm(h, weight, bias):
    mean, var = h.mean((0, 2, 3), keepdim=True), h.var((0, 2, 3), keepdim=True, correction=0)
    return (h - mean) / (var + 1e-5).sqrt() * weight[:, None, None] + bias[:, None, None]


def convolve(h, weight, stride=1):
    """A 3 × 3 convolution as nine shifted products."""
    padded, total = F.pad(h, (1, 1, 1, 1)), 0
    rows, columns = ((n - 1) // stride + 1 for n in h.shape[2:])
    for i in range(3):
        for j in range(3):
            part = padded[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
            total = total + torch.einsum("oc,nchw->nohw", weight[:, :, i, j], part)
    return total


@pytest.mark.parametrize("shortcut", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kind", [CifarBlock, PreActivationBlock])
def test_block_is_its_formula(kind, stride, shortcut):
    torch.manual_seed(0)
    block = kind(2, 2 * stride, stride, shortcut).double()
    for p in block.parameters():
        torch.nn.init.normal_(p)
    x = torch.randn(3, 2, 5, 4, dtype=torch.float64)
    p = dict(block.named_parameters())
    norms = [(p[f"bn{k}.weight"], p[f"bn{k}.bias"]) for k in (1, 2)]
    around = shortcut * (x if stride == 1 else F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1)))
    if kind is CifarBlock:
        h = batch_norm(convolve(x, p["conv1.weight"], stride), *norms[0]).relu()
        expected = (around + batch_norm(convolve(h, p["conv2.weight"]), *norms[1])).relu()
    else:
        h = convolve(batch_norm(x, *norms[0]).relu(), p["conv1.weight"], stride)
        expected = around + convolve(batch_norm(h, *norms[1]).relu(), p["conv2.weight"])
    torch.testing.assert_close(block(x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", [CifarBlock, PreActivationBlock])
def test_fewer_channels_than_before_are_refused(kind):
    with pytest.raises(ValueError, match="planes must be at least inplanes=4, got 2"):
        kind(4, 2)
