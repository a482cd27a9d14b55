"""Many small residual networks of one shape as one: their channels are groups of one convolution.

A network of 8 channels leaves a processor waiting. M of them beside each other, as M groups of
convolutions with 8 M channels, do the same arithmetic in half the time, and none sees another.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d, relu

from deeptricks.architectures.resnet.cifar import CifarResNet
from deeptricks.architectures.resnet.small_blocks import PreActivationBlock, option_a


class SideBySide(nn.Module):
    """M networks that differ in their numbers and in the weight of their shortcuts only.

    Maps (M, N, channels, H, W), a batch for each network, or (N, channels, H, W), one for all, to
    (M, N, num_classes): what each would do alone, in training and in evaluation.

    Parameters
    ----------
    networks
        `CifarResNet` of one depth, width and block, with ``nn.BatchNorm2d`` or ``nn.Identity`` as
        norms. They are copied; `write_back` puts what was learned into them.

    Attributes
    ----------
    stacked : torch.nn.ParameterDict
        Parameters of shape (M, …) under the networks' names, with ``/`` for a dot.

    Raises
    ------
    ValueError
        For no networks, or such as do not have the same parameters.
    """

    def __init__(self, networks: Sequence[CifarResNet]) -> None:
        super().__init__()
        self.networks = tuple(networks)  # a tuple, so that they are no modules of this one
        if not networks:
            raise ValueError("networks must hold at least one network, got none")
        shapes = [[(n, p.shape) for n, p in net.named_parameters()] for net in networks]
        if any(of_net != shapes[0] for of_net in shapes):
            raise ValueError("networks must have the same parameters: one depth, width and block")
        self.base = [networks[0]]
        named = [dict(net.named_parameters()) for net in networks]
        self.stacked = nn.ParameterDict(
            {
                name.replace(".", "/"): torch.stack([n[name].detach() for n in named])
                for name in named[0]
            }
        )
        for name, value in networks[0].named_buffers():
            if value.dim():  # running means and variances; batches need no count here
                both = torch.stack([dict(net.named_buffers())[name] for net in networks])
                self.register_buffer(name.replace(".", "/"), both)
        weights = [[block.shortcut for block in blocks_of(net)] for net in networks]
        self.register_buffer("shortcuts", torch.tensor(weights))  # (M, blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (M, N, num_classes)."""
        many, base = len(self.networks), self.base[0]
        x = x.expand(many, *x.shape[-4:]).transpose(0, 1).flatten(1, 2)
        x = x.contiguous(memory_format=torch.channels_last)  # several times as fast in groups
        x = relu(self.norm(self.convolve(x, "conv1"), "bn1"))
        names = [n for n, m in base.named_modules() if n.count(".") == 1 and hasattr(m, "conv2")]
        for number, (name, block) in enumerate(zip(names, blocks_of(base), strict=True)):
            x = self.block(x, name, block, self.shortcuts[:, number])
        if base.block is PreActivationBlock:
            x = relu(self.norm(x, "bn2"))
        x = x.mean((2, 3)).unflatten(1, (many, -1)).transpose(0, 1)
        weight, bias = self.stacked["linear/weight"], self.stacked["linear/bias"]
        return torch.baddbmm(bias[:, None], x, weight.mT)

    def block(self, x: Tensor, name: str, block: nn.Module, shortcut: Tensor) -> Tensor:
        """Run one block of all networks; `shortcut` (M,) holds the weights of the ways around."""
        if isinstance(block, PreActivationBlock):
            out = relu(self.norm(x, f"{name}.bn1"))
            out = self.convolve(out, f"{name}.conv1", block.stride)
            out = self.convolve(relu(self.norm(out, f"{name}.bn2")), f"{name}.conv2")
            return out + self.around(x, block, shortcut) if shortcut.any() else out
        out = self.convolve(x, f"{name}.conv1", block.stride)
        out = self.convolve(relu(self.norm(out, f"{name}.bn1")), f"{name}.conv2")
        out = self.norm(out, f"{name}.bn2")
        return relu(out + self.around(x, block, shortcut) if shortcut.any() else out)

    def around(self, x: Tensor, block: nn.Module, shortcut: Tensor) -> Tensor:
        """Return s · x of each network, brought to the shape of its block's outputs."""
        many = len(shortcut)
        if block.stride > 1:  # the channels of zeros belong among those of each network
            apart = x.unflatten(1, (many, -1)).flatten(0, 1)
            apart = option_a(apart, block.planes, block.stride)
            x = apart.unflatten(0, (-1, many)).flatten(1, 2)
        if (shortcut == 1).all():
            return x
        return x * shortcut.repeat_interleave(x.shape[1] // many)[:, None, None]

    def convolve(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        """Convolve each network's channels with its own 3 × 3 weights."""
        weight = self.stacked[f"{name.replace('.', '/')}/weight"]
        weight = weight.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return conv2d(x, weight, stride=stride, padding=1, groups=len(self.networks))

    def norm(self, x: Tensor, name: str) -> Tensor:
        """Normalize each channel of each network; without such a norm return x."""
        name = name.replace(".", "/")
        if f"{name}/weight" not in self.stacked:
            return x
        weight, bias = (self.stacked[f"{name}/{kind}"].flatten() for kind in ("weight", "bias"))
        mean, var = (getattr(self, f"{name}/running_{kind}").flatten() for kind in ("mean", "var"))
        return batch_norm(x, mean, var, weight, bias, training=self.training)

    @torch.no_grad()
    def write_back(self) -> None:
        """Copy the parameters and running statistics into the networks."""
        values = {**self.stacked, **dict(self.named_buffers())}
        for index, net in enumerate(self.networks):
            for name, value in [*net.named_parameters(), *net.named_buffers()]:
                if value.dim():
                    value.copy_(values[name.replace(".", "/")][index])


def blocks_of(network: CifarResNet) -> list[nn.Module]:
    """List the blocks from the image to the scores."""
    return [*network.layer1, *network.layer2, *network.layer3]
