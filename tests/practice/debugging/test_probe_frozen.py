import pytest
import torch
from torch import nn

from deeptricks.practice.debugging.probe_frozen import unfrozen

from .patients import network, well
from .ready import said


class Held(nn.Module):
    """A hidden layer whose weights are a parameter, or a plain tensor."""

    def __init__(self, plain):
        super().__init__()
        torch.manual_seed(0)
        weight = 0.02 * torch.randn(8, 24)
        self.weight = weight if plain else nn.Parameter(weight)
        self.head = nn.Linear(24, 4)

    def forward(self, x):
        return self.head(torch.tanh(x @ self.weight))


@pytest.mark.parametrize(("plain", "codes"), [(True, ["model.unregistered"]), (False, [])])
def test_weights_in_a_plain_tensor(plain, codes):
    model = Held(plain)
    assert said(unfrozen, well(model, lr=0.05), trained=True) == codes
    assert model.weight.requires_grad != plain


@pytest.mark.parametrize("frozen", [True, False])
def test_what_is_frozen_and_would_help(frozen):
    model = network()
    with torch.no_grad():
        model[0].weight.mul_(0.01)
        model[0].bias.zero_()
    if frozen:
        model.requires_grad_(False)
        model[2].bias.requires_grad_(True)
    held = [parameter.requires_grad for parameter in model.parameters()]
    assert said(unfrozen, well(model), trained=True) == (["model.frozen"] if frozen else [])
    assert [parameter.requires_grad for parameter in model.parameters()] == held


def test_a_plain_tensor_that_changes_nothing_is_not_blamed():
    model = network()
    with torch.no_grad():
        model[0].weight.mul_(0.01)
        model[0].bias.zero_()
    model.requires_grad_(False)
    model[2].bias.requires_grad_(True)
    model.drawn = torch.randn(8, 24)
    assert said(unfrozen, well(model), trained=True) == ["model.frozen"]
