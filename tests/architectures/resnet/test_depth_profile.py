"""Signal and gradient along depth: against finite differences and a pass by hand."""

import copy

import pytest
import torch
from torch.nn.functional import cross_entropy

from deeptricks.architectures import CifarResNet, depth_profile


@pytest.fixture
def case():
    torch.manual_seed(0)
    net = CifarResNet(14, 4, 3, 2).double().eval()
    return net, torch.randn(6, 2, 8, 8, dtype=torch.float64), torch.arange(6) % 4


def test_signal_and_features_are_those_of_the_blocks(case):
    net, x, y = case
    found = depth_profile(net, x, y)
    h = torch.relu(net.train().bn1(net.conv1(x)))
    blocks = [*net.layer1, *net.layer2, *net.layer3]
    assert len(found.signal) == len(found.gradient) == len(found.features) == len(blocks) == 6
    for k, block in enumerate(blocks):
        h = block(h)
        torch.testing.assert_close(found.signal[k], (h**2).mean().sqrt())
        torch.testing.assert_close(found.features[k], h.mean((2, 3)))


def test_gradient_is_what_the_loss_does_when_a_block_is_pushed(case):
    net, x, y = case
    found = depth_profile(net, x, y)
    net.train()
    h = net.layer2(net.layer1(torch.relu(net.bn1(net.conv1(x)))))

    def loss(h):
        return cross_entropy(net.linear(net.layer3(h).mean((2, 3))), y)

    steps = torch.eye(h.numel(), dtype=h.dtype).view(-1, *h.shape) * 1e-6
    with torch.no_grad():
        slopes = [(loss(h + step) - loss(h - step)) / 2e-6 for step in steps]
    assert found.gradient[3].item() == pytest.approx(torch.stack(slopes).norm().item(), rel=1e-5)


def test_network_is_as_it_was(case):
    net, x, y = case
    before = copy.deepcopy(net.state_dict())
    depth_profile(net, x, y)
    assert not net.training
    assert all(p.grad is None for p in net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not net.layer1[0]._forward_hooks
