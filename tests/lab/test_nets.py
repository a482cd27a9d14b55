"""`lab.nets`: the layers stand where they are asked for."""

import pytest
import torch
from torch import nn

from deeptricks.lab.nets import mlp


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
