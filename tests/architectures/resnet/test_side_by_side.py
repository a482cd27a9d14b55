"""Networks side by side: what each would do alone, and none sees another."""

import copy

import pytest
import torch
from torch import nn

from deeptricks.architectures import CifarBlock, CifarResNet, PreActivationBlock, SideBySide


def networks(block=CifarBlock, norm=nn.BatchNorm2d, shortcuts=(0.0, 0.5, 1.0), depth=14):
    torch.manual_seed(0)
    made = []
    for s in shortcuts:
        net = CifarResNet(depth, 4, 3, 2, shortcut=s, block=block, norm_layer=norm).double()
        for value in net.state_dict().values():
            if value.dim() == 1:
                value.copy_(torch.rand_like(value) + 0.5)
        made.append(net)
    return made


@pytest.mark.parametrize("shortcuts", [(0.0, 0.5, 1.0), (1.0, 1.0), (0.0, 0.0)])
@pytest.mark.parametrize("norm", [nn.BatchNorm2d, nn.Identity])
@pytest.mark.parametrize("block", [CifarBlock, PreActivationBlock])
def test_each_does_what_it_does_alone(block, norm, shortcuts):
    alone = networks(block, norm, shortcuts)
    many = SideBySide(copy.deepcopy(alone)).double()
    x = torch.randn(len(alone), 5, 2, 7, 6, dtype=torch.float64)
    for _ in range(2):  # twice, so that running statistics count
        scores = many(x)
        expected = torch.stack([net(part) for net, part in zip(alone, x, strict=True)])
    torch.testing.assert_close(scores, expected, rtol=1e-9, atol=1e-9)
    push = torch.randn_like(scores)
    scores.backward(push), expected.backward(push)
    for index, net in enumerate(alone):
        for name, p in net.named_parameters():
            grad = many.stacked[name.replace(".", "/")].grad[index]
            torch.testing.assert_close(grad, p.grad, rtol=1e-9, atol=1e-9)
    both = many.eval()(x[0])
    expected = torch.stack([net.eval()(x[0]) for net in alone])
    torch.testing.assert_close(both, expected, rtol=1e-9, atol=1e-9)


def test_write_back_brings_home_what_was_learned():
    nets = networks()
    many = SideBySide(nets)
    x = torch.randn(3, 6, 2, 5, 5, dtype=torch.float64)
    rule = torch.optim.SGD(many.parameters(), lr=0.1)
    many(x).square().sum().backward()
    rule.step()
    many.write_back()
    expected = many.eval()(x)
    for net, part, of_net in zip(nets, x, expected, strict=True):
        torch.testing.assert_close(net.eval()(part), of_net, rtol=1e-9, atol=1e-9)


def test_networks_must_be_alike():
    with pytest.raises(ValueError, match="at least one network"):
        SideBySide([])
    with pytest.raises(ValueError, match="the same parameters"):
        SideBySide([*networks(), *networks(depth=20)])
