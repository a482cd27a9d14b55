"""`lab.nets`: the layers stand where they are asked for."""

import pytest
import torch
from torch import nn

from deeptricks.lab.nets import ResidualBlock, conv_net, mlp, residual_net


def kinds(net):
    return [type(layer).__name__ for layer in net]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["Linear", "ReLU", "Linear", "ReLU", "Linear"]),
        ({"activation": nn.Tanh}, ["Linear", "Tanh", "Linear", "Tanh", "Linear"]),
        ({"norm": nn.BatchNorm1d}, ["Linear", "BatchNorm1d", "ReLU"] * 2 + ["Linear"]),
        (
            {"norm": nn.BatchNorm1d, "norm_after": True},
            ["Linear", "ReLU", "BatchNorm1d"] * 2 + ["Linear"],
        ),
        (
            {"norm": nn.BatchNorm1d, "dropout": nn.Dropout},
            ["Linear", "BatchNorm1d", "ReLU", "Dropout"] * 2 + ["Linear"],
        ),
    ],
)
def test_the_order_of_layers(options, expected):
    net = mlp([5, 4, 3, 2], **options)
    assert kinds(net) == expected
    assert net(torch.ones(7, 5)).shape == (7, 2)


def test_without_a_hidden_layer_it_is_linear():
    assert kinds(mlp([5, 2], norm=nn.BatchNorm1d)) == ["Linear"]


def test_a_single_size_is_refused():
    with pytest.raises(ValueError, match=r"sizes must hold .* got \[5\]"):
        mlp([5])


def test_a_normalization_fits_its_layer():
    assert [m.num_features for m in mlp([5, 4, 3, 2], norm=nn.BatchNorm1d)[1::3]] == [4, 3]


def count(net):
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("size", [8, 28])
@pytest.mark.parametrize("norm", [None, nn.BatchNorm2d])
@pytest.mark.parametrize("make", [conv_net, residual_net])
def test_images_of_any_size_are_mapped_to_classes(make, norm, size):
    net = make((4, 6), classes=7, channels=3, norm=norm)
    assert net(torch.ones(2, 3, size, size)).shape == (2, 7)
    assert any(isinstance(m, nn.BatchNorm2d) for m in net.modules()) == (norm is not None)


def test_numbers_of_parameters_are_those_of_the_docstrings():
    assert count(mlp((64, 32, 10))) == (64 + 1) * 32 + (32 + 1) * 10 == 2410
    ends = (9 + 1) * 8 + (16 + 1) * 10
    assert count(conv_net()) == ends + (8 * 9 + 1) * 16 == 1418
    first = 2 * (8 * 9 + 1) * 8
    second = (8 * 9 + 1) * 16 + (16 * 9 + 1) * 16 + (8 + 1) * 16
    assert count(residual_net(norm=None)) == ends + first + second == 5050


def test_the_layers_of_a_small_convolutional_net():
    step = ["Conv2d", "BatchNorm2d", "Tanh", "MaxPool2d"]
    end = ["AdaptiveAvgPool2d", "Flatten", "Linear"]
    assert kinds(conv_net((2, 3), activation=nn.Tanh, norm=nn.BatchNorm2d)) == step * 2 + end


@pytest.mark.parametrize(("stride", "width"), [(1, 4), (2, 6)])
def test_a_block_without_a_residual_is_its_shortcut(stride, width):
    block = ResidualBlock(4, width, stride, nn.ReLU, None)
    with torch.no_grad():
        block.residual[-1].weight.zero_()
        block.residual[-1].bias.zero_()
    x = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(block(x), block.shortcut(x).relu())
    assert (len(block.shortcut) == 0) == (stride == 1)
    assert block(x).shape == (2, width, 8 // stride, 8 // stride)


def test_blocks_are_counted_for_each_width():
    net = residual_net((2, 3, 4), blocks=2)
    blocks = [m for m in net if isinstance(m, ResidualBlock)]
    assert [b.residual[0].stride[0] for b in blocks] == [1, 1, 2, 1, 2, 1]
    assert [b.residual[0].out_channels for b in blocks] == [2, 2, 3, 3, 4, 4]


def test_dropout_of_images_stands_behind_the_activation():
    net = conv_net((4, 6), dropout=nn.Dropout2d)
    assert kinds(net)[:8] == ["Conv2d", "ReLU", "Dropout2d", "MaxPool2d"] * 2
    block = residual_net((4, 6), dropout=nn.Dropout2d)[3]
    assert kinds(block.residual)[2:5] == ["ReLU", "Dropout2d", "Conv2d"]


def test_a_branch_ends_in_what_was_made_for_its_block():
    net = residual_net((4, 6), blocks=2, branch=lambda number: nn.Dropout(number / 10))
    blocks = [m for m in net if isinstance(m, ResidualBlock)]
    assert [block.residual[-1].p for block in blocks] == [0, 0.1, 0.2, 0.3]
    shut = residual_net((4,), branch=lambda number: nn.Dropout(1.0))
    x = torch.rand(2, 4, 8, 8)
    assert torch.equal(shut[3](x), x)  # dropped before the sum: the way around alone is left
