"""Networks as they were published: what they are made of, what each layer costs."""

from deeptricks.architectures.counting import LayerCost, layer_costs, multiply_adds, parameters
from deeptricks.architectures.resnet.blocks import BasicBlock, Bottleneck
from deeptricks.architectures.resnet.cifar import CifarResNet
from deeptricks.architectures.resnet.depth_profile import Profile, profile
from deeptricks.architectures.resnet.imagenet import ResNet, resnet
from deeptricks.architectures.resnet.side_by_side import SideBySide
from deeptricks.architectures.resnet.small_blocks import CifarBlock, PreActivationBlock, option_a

__all__ = ["LayerCost", "layer_costs", "multiply_adds", "parameters"]

__all__ += ["BasicBlock", "Bottleneck", "CifarBlock", "CifarResNet", "PreActivationBlock", "ResNet"]
__all__ += ["Profile", "SideBySide", "option_a", "profile", "resnet"]
