"""Networks as they were published: what they are made of, what each layer costs."""

from deeptricks.architectures.all_together.small_net import SmallNet
from deeptricks.architectures.all_together.whitening_conv import (
    WhiteningConv2d,
    whitening_filters,
)
from deeptricks.architectures.counting import LayerCost, layer_costs, multiply_adds, parameters

__all__ = [
    "LayerCost",
    "SmallNet",
    "WhiteningConv2d",
    "layer_costs",
    "multiply_adds",
    "parameters",
    "whitening_filters",
]
