"""What callbacks see, how they stop a training, and how one that diverges ends."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from deeptricks.lab.training import fit
from tests.lab.small import classes, sgd, small_net


class Log:
    def __init__(self, stop_at_step=None, stop_at_epoch=None):
        self.calls, self.losses = [], []
        self.stop_at_step, self.stop_at_epoch = stop_at_step, stop_at_epoch

    def on_batch_end(self, state):
        self.calls.append(f"batch {state.step} of epoch {state.epoch}")
        self.losses.append(state.loss)
        assert all(parameter.grad is not None for parameter in state.model.parameters())
        state.stop = state.step == self.stop_at_step

    def on_epoch_end(self, state):
        self.calls.append(f"epoch {state.epoch}, {len(state.history.rows)} rows")
        state.stop = state.stop or state.epoch == self.stop_at_epoch


def test_callbacks_are_called_in_order():
    log, model = Log(), small_net()
    fit(model, classes(), optimizer=sgd(model), epochs=2, batch_size=5, callbacks=[log])
    assert log.calls == [
        "batch 1 of epoch 1",
        "batch 2 of epoch 1",
        "epoch 1, 1 rows",
        "batch 3 of epoch 2",
        "batch 4 of epoch 2",
        "epoch 2, 2 rows",
    ]


def test_a_callback_sees_the_weights_after_the_step_and_its_gradients():
    model, before, seen = small_net().double(), small_net().double(), []

    class Check:
        def on_batch_end(self, state):
            seen.extend((weight.detach().clone(), weight.grad) for weight in model.parameters())

    inputs, labels = classes()
    data = (inputs.double(), labels)
    fit(model, data, optimizer=sgd(model), epochs=1, batch_size=10, callbacks=[Check()])
    for old, (new, gradient) in zip(before.parameters(), seen, strict=True):
        torch.testing.assert_close(new, old.detach() - 0.1 * gradient, rtol=0, atol=1e-14)


def test_a_callback_stops_after_its_batch_and_after_its_epoch():
    log, model = Log(stop_at_step=3), small_net()
    history = fit(model, classes(), optimizer=sgd(model), epochs=9, batch_size=5, callbacks=[log])
    assert log.calls[-2:] == ["batch 3 of epoch 2", "epoch 2, 2 rows"]
    assert history.last["train_loss"] == pytest.approx(log.losses[2])
    assert not history.diverged
    log = Log(stop_at_epoch=2)
    history = fit(model, classes(), optimizer=sgd(model), epochs=9, batch_size=5, callbacks=[log])
    assert len(history.rows) == 2


def test_a_callback_may_have_one_method_but_not_none():
    class Epochs:
        def on_epoch_end(self, state):
            pass

    class Misspelled:
        def on_epoch_ends(self, state):
            pass

    model = small_net()
    settings = {"optimizer": sgd(model), "epochs": 1, "batch_size": 5}
    fit(model, classes(), **settings, callbacks=[Epochs()])
    with pytest.raises(TypeError, match="on_batch_end, on_epoch_end"):
        fit(model, classes(), **settings, callbacks=[Misspelled()])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_divergence_ends_the_training_and_is_marked(bad):
    log, model = Log(), small_net()
    losses = iter([1.0, 1.0, bad, 1.0])
    weights = []

    def loss(outputs, labels):
        weights.append(model[0].weight.detach().clone())
        return cross_entropy(outputs, labels) * 0 + next(losses)

    settings = {"optimizer": sgd(model), "epochs": 5, "batch_size": 5, "loss": loss}
    history = fit(model, classes(), **settings, callbacks=[log])
    assert history.diverged
    assert history.table["epoch"].tolist() == [1, 2]
    assert not math.isfinite(history.last["train_loss"])
    assert log.calls[-1] == "epoch 2, 2 rows"
    assert torch.equal(model[0].weight, weights[-1])  # no step was taken on that loss


def test_a_rate_far_too_high_diverges_without_a_crash():
    X, y = torch.randn(20, 4), torch.randn(20, 1)
    model = nn.Linear(4, 1)
    data = (X, y)
    history = fit(
        model, data, data, optimizer=sgd(model, 1e3), epochs=50, batch_size=5, loss=mse_loss
    )
    assert history.diverged
