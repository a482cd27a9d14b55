import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.watch import Watch, changed_optimizers


@pytest.fixture
def training():
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return model, optimizer, torch.randn(8, 3), torch.randn(8, 1)


def stepping(model, optimizer, clear=True, clip=None):
    def step(x, y):
        if clear:
            optimizer.zero_grad()
        loss = functional.mse_loss(model(x), y)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return loss

    return step


def test_an_update_over_the_weights_is_the_rate_times_the_gradient(training):
    model, optimizer, x, y = training
    size = float(model.weight.detach().norm())
    seen = Watch(model).run(stepping(model, optimizer), x, y, close=True)
    assert seen.rates == [0.1]
    assert seen.training == [True]
    assert seen.moved["weight"] == pytest.approx(0.1 * seen.arrived["weight"] / size, rel=1e-4)
    assert seen.found == pytest.approx(seen.arrived)


def test_clipping_shows_between_arrival_and_optimizer(training):
    model, optimizer, x, y = training
    seen = Watch(model).run(stepping(model, optimizer, clip=1e-3), x, y, close=True)
    found = sum(value**2 for value in seen.found.values()) ** 0.5
    assert found == pytest.approx(1e-3, rel=1e-3)
    assert sum(value**2 for value in seen.arrived.values()) ** 0.5 > 0.1


def test_what_was_not_cleared_is_left_over(training):
    model, optimizer, x, y = training
    watch = Watch(model)
    for clear, expected in ((True, 0.0), (False, None)):
        step = stepping(model, optimizer, clear=clear)
        watch.run(step, x, y, close=True)
        before = float(model.weight.grad.norm())
        seen = watch.run(step, x, y, close=True)
        assert seen.left_over["weight"] == pytest.approx(before if expected is None else 0.0)


def test_hooks_are_gone_afterwards_also_after_an_error(training):
    model, optimizer, x, _ = training
    with pytest.raises(RuntimeError):
        Watch(model).run(stepping(model, optimizer), x, torch.ones(8, 5, 7), close=True)
    assert not model._forward_pre_hooks
    assert not model.weight._backward_hooks


@pytest.mark.parametrize("rate", [0.1, 10.0])
def test_a_changed_rate_scales_the_update_and_leaves_the_groups(training, rate):
    model, optimizer, x, y = training
    step, start = stepping(model, optimizer), model.weight.detach().clone()
    step(x, y)
    usual = model.weight.detach() - start
    model.weight.data.copy_(start)
    bias = model.bias.grad.clone()
    model.bias.data.add_(0.1 * bias)
    with changed_optimizers(rate=rate):
        step(x, y)
    torch.testing.assert_close(model.weight.detach() - start, rate * usual)
    assert optimizer.param_groups[0]["lr"] == 0.1
