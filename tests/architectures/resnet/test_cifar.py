"""The residual networks for small images: counts, names, and a forward pass by hand."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from deeptricks.architectures import (
    CifarBlock,
    CifarResNet,
    PreActivationBlock,
    layer_costs,
    multiply_adds,
    parameters,
)

COUNTS = {20: (269_722, 40_551_040), 56: (853_018, 125_485_696), 110: (1_727_962, 252_887_680)}


@pytest.mark.parametrize("block", [CifarBlock, PreActivationBlock])
@pytest.mark.parametrize("depth", COUNTS)
def test_counts(depth, block):
    with torch.device("meta"):
        model, plain = (CifarResNet(depth, block=block, shortcut=s) for s in (1.0, 0.0))
    assert (parameters(model), multiply_adds(model, (3, 32, 32))) == COUNTS[depth]
    assert parameters(plain) == parameters(model)  # option A has no parameter
    assert sum(p.dim() > 1 for p in model.parameters()) == depth


def test_names_are_those_of_the_published_weights():
    """Y. Idelbayev, pytorch_resnet_cifar10: conv1, bn1, layer1.0.conv1, …, linear."""
    names = [n for n, _ in CifarResNet(14, width=2).named_parameters()]
    blocks = [f"layer{s}.{k}" for s in (1, 2, 3) for k in (0, 1)]
    pair = [(f"conv{k}.weight", f"bn{k}.weight", f"bn{k}.bias") for k in (1, 2)]
    inner = [f"{b}.{n}" for b in blocks for group in pair for n in group]
    assert names == [*pair[0], *inner, "linear.weight", "linear.bias"]


def test_shapes_along_the_way():
    costs = {c.name: c.output_shape for c in layer_costs(CifarResNet(14), (3, 32, 32))}
    assert costs["layer1.1.conv2"] == (16, 32, 32)
    assert costs["layer2.0.conv1"] == (32, 16, 16)
    assert costs["layer3.1.conv2"] == (64, 8, 8)


def norm(h, p, name, training):
    if training:
        mean, var = h.mean((0, 2, 3)), h.var((0, 2, 3), correction=0)
    else:
        mean, var = p[f"{name}.running_mean"], p[f"{name}.running_var"]
    scale = p[f"{name}.weight"] / (var + 1e-5).sqrt()
    return (h - mean[:, None, None]) * scale[:, None, None] + p[f"{name}.bias"][:, None, None]


def by_hand(x, p, blocks, shortcut, pre, training):
    """The paper's recipe, read from the names of the parameters alone."""

    def conv(h, name, stride=1):
        return F.conv2d(h, p[f"{name}.weight"], stride=stride, padding=1)

    h = norm(conv(x, "conv1"), p, "bn1", training).clamp(min=0)
    for stage in (1, 2, 3):
        for k in range(blocks):
            name, stride = f"layer{stage}.{k}", 2 if stage > 1 and k == 0 else 1
            around = h
            if stride == 2:
                half = h[:, :, ::2, ::2]
                zeros = torch.zeros_like(half[:, : half.shape[1] // 2])
                around = torch.cat([zeros, half, zeros], dim=1)
            if pre:
                first = stage == 1 and k == 0
                f = h if first else norm(h, p, f"{name}.bn1", training).clamp(min=0)
                f = conv(f, f"{name}.conv1", stride)
                f = conv(norm(f, p, f"{name}.bn2", training).clamp(min=0), f"{name}.conv2")
                h = shortcut * around + f
            else:
                f = norm(conv(h, f"{name}.conv1", stride), p, f"{name}.bn1", training).clamp(min=0)
                f = norm(conv(f, f"{name}.conv2"), p, f"{name}.bn2", training)
                h = (shortcut * around + f).clamp(min=0)
    if pre:
        h = norm(h, p, "bn2", training).clamp(min=0)
    return h.flatten(2).mean(2) @ p["linear.weight"].T + p["linear.bias"]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shortcut", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("block", [CifarBlock, PreActivationBlock])
def test_forward_pass_by_hand(block, shortcut, training):
    torch.manual_seed(0)
    model = CifarResNet(14, width=4, in_channels=2, shortcut=shortcut, block=block).double()
    for value in model.state_dict().values():
        if value.dim() == 1:
            value.copy_(torch.rand_like(value) + 0.5)
    p = {n: v.clone() for n, v in model.state_dict().items()}
    x = torch.randn(4, 2, 9, 8, dtype=torch.float64)
    expected = by_hand(x, p, 2, shortcut, block is PreActivationBlock, training)
    torch.testing.assert_close(model.train(training)(x), expected, rtol=1e-9, atol=1e-9)


def test_pre_activation_leaves_the_sum_alone():
    """With silent branches the last sum is the first block's input: He et al. 2016b, equation 4."""
    model = CifarResNet(20, width=4, block=PreActivationBlock)
    for name, p in model.named_parameters():
        if re.fullmatch(r"layer\d\.\d\.conv2\.weight", name):
            nn.init.zeros_(p)
    x = torch.rand(3, 4, 8, 8)
    assert torch.equal(model.layer1(x), x)


def test_first_weights_have_the_variance_of_their_fan_in():
    torch.manual_seed(0)
    for name, p in CifarResNet(8, width=32).named_parameters():
        if p.dim() == 4 and p.numel() > 5000:
            assert p.std().item() == pytest.approx((2 / p[0].numel()) ** 0.5, rel=0.05), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 21}, "depth must be 6n + 2 (8, 14, 20, …), got 21"),
        ({"depth": 2}, "depth must be a whole number of at least 8, got 2"),
        ({"depth": 20.0}, "depth must be a whole number"),
        ({"depth": 8, "width": 0}, "width must be a whole number of at least 1, got 0"),
        ({"depth": 8, "num_classes": True}, "num_classes must be a whole number"),
        ({"depth": 8, "in_channels": -1}, "in_channels must be"),
        ({"depth": 8, "shortcut": -0.5}, "shortcut must be at least 0, got -0.5"),
        ({"depth": 8, "shortcut": float("nan")}, "shortcut must be at least 0, got nan"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        CifarResNet(**arguments)


def test_bad_block():
    with pytest.raises(TypeError, match="block must be CifarBlock or PreActivationBlock, got"):
        CifarResNet(8, block=nn.Conv2d)
