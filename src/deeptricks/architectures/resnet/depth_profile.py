"""What a network makes of the images, and what comes back of the loss, block by block."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from deeptricks.architectures.resnet.cifar import CifarResNet
from deeptricks.architectures.resnet.side_by_side import blocks_of


class DepthProfile(NamedTuple):
    """Of each block's output h, from the image to the scores.

    Attributes
    ----------
    signal : torch.Tensor
        Root mean square of h over images, channels and pixels, (blocks,).
    gradient : torch.Tensor
        Norm of the loss's gradient by h, over images, channels and pixels, (blocks,).
    features : list of torch.Tensor
        h, averaged over the pixels: (N, channels) each.
    """

    signal: Tensor
    gradient: Tensor
    features: list[Tensor]


def depth_profile(network: CifarResNet, images: Tensor, labels: Tensor) -> DepthProfile:
    """Run one batch through `network` in training mode and back, and look at each block.

    The parameters' gradients and the running statistics of the norms are as before.

    Parameters
    ----------
    network
        Any `CifarResNet`.
    images, labels
        (N, channels, H, W), and N classes for the mean cross-entropy.
    """
    outputs: list[Tensor] = []
    handles = [
        block.register_forward_hook(lambda module, inputs, output: outputs.append(output))
        for block in blocks_of(network)
    ]
    buffers = {name: value.clone() for name, value in network.named_buffers()}
    training = network.training
    try:
        loss = cross_entropy(network.train()(images), labels)
        gradients = torch.autograd.grad(loss, outputs)
    finally:
        for handle in handles:
            handle.remove()
        network.train(training)
        for name, value in network.named_buffers():
            value.copy_(buffers[name])
    outputs = [output.detach() for output in outputs]
    return DepthProfile(
        torch.stack([h.square().mean().sqrt() for h in outputs]),
        torch.stack([g.norm() for g in gradients]),
        [h.mean((2, 3)) for h in outputs],
    )
