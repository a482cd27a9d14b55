"""Frozen stays frozen: through train(), copies, optimizers; and it can be undone."""

import copy
import io

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from deeptricks.normalization import BatchNorm1d
from deeptricks.practice import freeze, is_frozen, replace_head, unfreeze
from deeptricks.regularization import Dropout


class Functional(nn.Module):
    """Drops by the functional, which goes by the module's own mode."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def encode(self, x):
        return nn.functional.dropout(self.linear(x), 0.5, self.training)

    def forward(self, x):
        return self.encode(x)


def network(norm=nn.BatchNorm1d, dropout=nn.Dropout):
    torch.manual_seed(0)
    body = nn.Sequential(nn.Linear(3, 4), norm(4), nn.ReLU(), dropout(0.5), Functional())
    return nn.Sequential(body, nn.Linear(4, 2))


def values(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def assert_same(module, before):
    assert list(module.state_dict()) == list(before)
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), name


def train(model, steps=3):
    rule = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    for step in range(steps):
        model.train()
        rule.zero_grad(set_to_none=False)
        model(5 + torch.randn(8, 3, generator=torch.Generator().manual_seed(step))).sum().backward()
        rule.step()


@pytest.mark.parametrize("norm", [nn.BatchNorm1d, BatchNorm1d])
@pytest.mark.parametrize("dropout", [nn.Dropout, Dropout])
def test_training_around_it_changes_nothing_in_it(norm, dropout):
    model = network(norm, dropout)
    assert freeze(model[0]) is model[0]
    before, head = values(model[0]), values(model[1])
    x = torch.randn(5, 3)
    answer = model[0](x)
    train(model)
    assert_same(model[0], before)
    assert not torch.equal(model[1].weight, head["weight"])
    assert torch.equal(model.train()[0](x), answer)
    assert model.training
    assert not any(part.training for part in model[0].modules())


def test_without_it_the_statistics_move():
    model = network()
    model[0].requires_grad_(False).eval()
    before = model[0][1].running_mean.clone()
    train(model)
    assert not torch.equal(model[0][1].running_mean, before)


def test_other_methods_than_forward_are_frozen_too():
    model = freeze(Functional()).train()
    x = torch.randn(3, 4)
    assert torch.equal(model.encode(x), model.linear(x))


def test_gradients_left_from_before_move_nothing():
    model = network()
    rule = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    model(torch.randn(8, 3)).sum().backward()
    rule.step()
    freeze(model[0])
    before = values(model[0])
    rule.zero_grad(set_to_none=False)
    model(torch.randn(8, 3)).sum().backward()
    rule.step()
    assert_same(model[0], before)


def test_gradients_pass_through():
    x = torch.randn(4, 3, requires_grad=True)
    freeze(network())(x).sum().backward()
    assert x.grad.abs().sum() > 0


def pickled(model):
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickled])
def test_copies_are_frozen_on_their_own(duplicate):
    model = network()
    names = list(model.state_dict())
    freeze(model[0])
    twin = duplicate(model)
    assert list(twin.state_dict()) == names
    assert twin.train()[0] is not model[0]
    assert twin[0].train() is twin[0]  # not the original
    unfreeze(twin)
    assert twin[0].training
    assert all(p.requires_grad for p in twin.parameters())
    assert is_frozen(model[0])
    assert not model[0][1].training
    assert not any(p.requires_grad for p in model[0].parameters())


def test_undone_it_is_what_it_was():
    model = network()
    model[0][0].bias.requires_grad_(False)
    wanted = [p.requires_grad for p in model.parameters()]
    model.eval()
    freeze(freeze(model)[0])
    assert unfreeze(model) is model
    assert [p.requires_grad for p in model.parameters()] == wanted
    assert not any(part.training for part in model.modules())
    assert not any("train" in part.__dict__ for part in model.modules())
    freeze(model).train()
    unfreeze(model)
    assert all(part.training for part in model.modules())


def test_what_was_not_frozen_is_left_alone():
    model = network()
    model[1].requires_grad_(False)
    freeze(model[0])
    unfreeze(model)
    assert not model[1].weight.requires_grad


def test_a_new_head_within_learns():
    model = freeze(network())
    head = replace_head(model, 3, at="1")
    model.train()
    assert [p for p in model.parameters() if p.requires_grad] == list(head.parameters())
    assert head.training
    assert not model.eval()[1].training


def test_power_iteration_rests():
    model = nn.Sequential(parametrizations.spectral_norm(nn.Linear(4, 4)))
    freeze(model)
    before = values(model)
    model.train()
    for _ in range(3):
        model(torch.randn(2, 4))
    assert_same(model, before)
    assert isinstance(model[0], nn.Linear)


def test_bad_arguments():
    with pytest.raises(TypeError, match="type"):
        freeze(nn.Linear)  # the class
    with pytest.raises(TypeError, match="list"):
        unfreeze([nn.Linear(1, 1)])
    with pytest.raises(ValueError, match="mode"):
        freeze(nn.Linear(1, 1)).train("yes")
