"""Networks as they were published: what they are made of, what each layer costs."""

from deeptricks.architectures.counting import LayerCost, layer_costs, multiply_adds, parameters
from deeptricks.architectures.googlenet.auxiliary import (
    GoogLeNetOutputs,
    InceptionAux,
    auxiliary_loss,
)
from deeptricks.architectures.googlenet.googlenet import GoogLeNet
from deeptricks.architectures.googlenet.inception import (
    BasicConv2d,
    BiasedConv2d,
    Inception,
    NaiveInception,
)
from deeptricks.architectures.googlenet.vgg import (
    VGG,
    make_layers,
    vgg,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

__all__ = [
    "VGG",
    "BasicConv2d",
    "BiasedConv2d",
    "GoogLeNet",
    "GoogLeNetOutputs",
    "Inception",
    "InceptionAux",
    "LayerCost",
    "NaiveInception",
    "auxiliary_loss",
    "layer_costs",
    "make_layers",
    "multiply_adds",
    "parameters",
    "vgg",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]
