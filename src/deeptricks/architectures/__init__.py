"""Networks as they were published: what they are made of, what each layer costs."""

from deeptricks.architectures.alexnet.alexnet import AlexNet
from deeptricks.architectures.alexnet.local_response_norm import LocalResponseNorm
from deeptricks.architectures.alexnet.paper_alexnet import PaperAlexNet
from deeptricks.architectures.alexnet.removal import numbered_layers, remove_layers
from deeptricks.architectures.all_together.small_net import SmallNet
from deeptricks.architectures.all_together.whitening_conv import (
    WhiteningConv2d,
    whitening_filters,
)
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
from deeptricks.architectures.resnet.blocks import BasicBlock, Bottleneck
from deeptricks.architectures.resnet.cifar import CifarResNet
from deeptricks.architectures.resnet.depth_profile import DepthProfile, depth_profile
from deeptricks.architectures.resnet.imagenet import ResNet, resnet
from deeptricks.architectures.resnet.side_by_side import SideBySide
from deeptricks.architectures.resnet.small_blocks import CifarBlock, PreActivationBlock, option_a

__all__ = [
    "VGG",
    "AlexNet",
    "BasicBlock",
    "BasicConv2d",
    "BiasedConv2d",
    "Bottleneck",
    "CifarBlock",
    "CifarResNet",
    "DepthProfile",
    "GoogLeNet",
    "GoogLeNetOutputs",
    "Inception",
    "InceptionAux",
    "LayerCost",
    "LocalResponseNorm",
    "NaiveInception",
    "PaperAlexNet",
    "PreActivationBlock",
    "ResNet",
    "SideBySide",
    "SmallNet",
    "WhiteningConv2d",
    "auxiliary_loss",
    "depth_profile",
    "layer_costs",
    "make_layers",
    "multiply_adds",
    "numbered_layers",
    "option_a",
    "parameters",
    "remove_layers",
    "resnet",
    "vgg",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "whitening_filters",
]
