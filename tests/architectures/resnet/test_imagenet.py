"""ResNet-18 to 152: counts as published, torchvision's names, outputs and gradients."""

import pytest
import torch
from torch import nn

from deeptricks.architectures import (
    BasicBlock,
    Bottleneck,
    ResNet,
    layer_costs,
    multiply_adds,
    parameters,
)
from deeptricks.architectures import resnet as make
from tests.architectures.published import torchvision_models

BLOCKS = {"BasicBlock": BasicBlock, "Bottleneck": Bottleneck}
COUNTS = {
    18: (11_689_512, 1_814_073_344),
    34: (21_797_672, 3_663_761_408),
    50: (25_557_032, 4_089_184_256),
    101: (44_549_160, 7_801_405_440),
    152: (60_192_808, 11_513_626_624),
}


@pytest.mark.parametrize("depth", COUNTS)
def test_counts_and_depth(depth):
    with torch.device("meta"):
        model = make(depth)
    assert (parameters(model), multiply_adds(model, (3, 224, 224))) == COUNTS[depth]
    weights = [n for n, p in model.named_parameters() if p.dim() > 1 and "downsample" not in n]
    assert len(weights) == depth


def test_stride_in_1x1_costs_fewer_operations_and_as_many_parameters():
    with torch.device("meta"):
        model = make(50, stride_in_1x1=True)
    # in stages 2 to 4 the first 1 × 1 reads a quarter of the pixels: 3/4 of it is saved
    saved = sum(3 * 2 * c * c * side * side for c, side in ((128, 28), (256, 14), (512, 7)))
    assert parameters(model) == COUNTS[50][0]
    assert multiply_adds(model, (3, 224, 224)) == COUNTS[50][1] - saved


@pytest.mark.parametrize("depth", COUNTS)
def test_names_shapes_and_order_are_torchvisions(depth):
    with torch.device("meta"):
        ours = make(depth).state_dict()
        theirs = getattr(torchvision_models(), f"resnet{depth}")().state_dict()
    assert [(k, v.shape) for k, v in ours.items()] == [(k, v.shape) for k, v in theirs.items()]


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_outputs_and_gradients_are_torchvisions(name):
    torch.manual_seed(1)
    published = torchvision_models().resnet
    layers = (1, 2, 1, 1)
    theirs = published.ResNet(getattr(published, name), list(layers), num_classes=3).double()
    ours = ResNet(BLOCKS[name], layers, num_classes=3).double()
    for name, value in theirs.state_dict().items():
        if value.dim() == 1:
            value.copy_(torch.rand_like(value) + 0.5)
            if "bn3.weight" in name or "bn2.weight" in name:
                value.mul_(0.3)  # the sums would grow with depth, and rounding with them
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 40, 33, dtype=torch.float64)
    for training in (True, False):
        one, two = ours.train(training)(x), theirs.train(training)(x)
        torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-10)
    ours.zero_grad(), theirs.zero_grad()
    one[:, 0].sum().backward(), two[:, 0].sum().backward()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-9, atol=1e-9)
    theirs.load_state_dict(ours.state_dict())  # and back, running statistics included
    assert torch.equal(ours.bn1.running_mean, theirs.bn1.running_mean)


def test_first_weights_are_spread_as_torchvisions():
    torch.manual_seed(0)
    model = ResNet(Bottleneck, (1, 1, 1, 1), num_classes=2)
    for name, p in model.named_parameters():
        if p.dim() == 4 and p.numel() > 10_000:
            fan_out = p.shape[0] * p[0, 0].numel()
            assert p.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.05), name


@pytest.mark.parametrize("depth", [18, 50])
def test_zero_init_residual_silences_each_block(depth):
    model = make(depth, num_classes=2, zero_init_residual=True)
    x = torch.rand(2, model.layer2[1].conv1.in_channels, 5, 5)
    assert torch.equal(model.layer2[1](x), x)
    theirs = getattr(torchvision_models(), f"resnet{depth}")(num_classes=2, zero_init_residual=True)
    zero = [n for n, p in model.named_parameters() if n.endswith("weight") and not p.any()]
    assert zero == [n for n, p in theirs.named_parameters() if n.endswith("weight") and not p.any()]


def test_first_layers_shapes():
    with torch.device("meta"):
        costs = {c.name: c.output_shape for c in layer_costs(make(34), (3, 224, 224))}
    assert costs["conv1"] == (64, 112, 112)
    assert costs["maxpool"] == (64, 56, 56)
    assert costs["layer4.2.conv2"] == (512, 7, 7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 20}, "depth must be one of 18, 34, 50, 101, 152, got 20"),
        ({"depth": 18, "num_classes": 0}, "num_classes must be a whole number of at least 1"),
        ({"depth": 18, "stride_in_1x1": True}, "stride_in_1x1 is for block=Bottleneck"),
        ({"depth": 18, "zero_init_residual": True, "norm_layer": nn.Identity}, "with a weight"),
    ],
)
def test_bad_arguments(arguments, message):
    with torch.device("meta"), pytest.raises(ValueError, match=message):
        make(**arguments)


def test_bad_blocks():
    with pytest.raises(TypeError, match="block must be BasicBlock or Bottleneck"):
        ResNet(nn.Conv2d, (1, 1, 1, 1))
    with pytest.raises(ValueError, match="layers must hold the blocks of four stages"):
        ResNet(Bottleneck, (1, 1, 1))
    with pytest.raises(ValueError, match="layers must be a whole number of at least 1, got 0"):
        ResNet(Bottleneck, (1, 0, 1, 1))
