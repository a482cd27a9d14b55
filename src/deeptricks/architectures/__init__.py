"""Networks as they were published: what they are made of, what each layer costs."""

from deeptricks.architectures.alexnet.alexnet import AlexNet
from deeptricks.architectures.alexnet.local_response_norm import LocalResponseNorm
from deeptricks.architectures.alexnet.paper_alexnet import PaperAlexNet
from deeptricks.architectures.alexnet.removal import numbered_layers, remove_layers
from deeptricks.architectures.counting import LayerCost, layer_costs, multiply_adds, parameters

__all__ = [
    "AlexNet",
    "LayerCost",
    "LocalResponseNorm",
    "PaperAlexNet",
    "layer_costs",
    "multiply_adds",
    "numbered_layers",
    "parameters",
    "remove_layers",
]
