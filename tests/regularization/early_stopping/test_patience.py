"""Early stopping: the rule against its definition and the framework's counter; what is restored."""

import copy
import math
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from deeptricks.lab import training
from deeptricks.regularization import EarlyStopping, replay

NAN, INF = math.nan, math.inf


def by_definition(values, patience, min_delta=0.0, sign=1):
    """Keep epoch k if it beats the one kept before it; stop when `patience` have gone by since.

    The rule read backwards, without a counter: for each epoch, all that went before is gone
    through anew.
    """

    def kept_after(epochs):
        kept = 0
        for k in range(1, epochs + 1):
            gain = INF if kept == 0 else sign * (values[kept - 1] - values[k - 1])
            if math.isfinite(values[k - 1]) and gain > min_delta:
                kept = k
        return kept

    for epochs in range(1, len(values) + 1):
        if epochs - kept_after(epochs) == patience:
            return epochs, kept_after(epochs)
    return len(values), kept_after(len(values))


def curves():
    draw = np.random.default_rng(0)
    for length in (1, 2, 5, 30):
        for _ in range(25):
            values = draw.integers(0, 12, length) / 4  # ties are frequent, differences exact
            holes = draw.random(length)
            yield np.where(holes < 0.1, NAN, np.where(holes < 0.15, INF, values)).tolist()


@pytest.mark.parametrize("patience", [1, 2, 5, 40])
@pytest.mark.parametrize("min_delta", [0.0, 0.25, 1.0])
def test_rule_is_its_definition(patience, min_delta):
    for values in curves():
        found = replay(values, patience=patience, min_delta=min_delta)
        assert found == by_definition(values, patience, min_delta)
        found = replay(values, patience=patience, min_delta=min_delta, mode="max")
        assert found == by_definition(values, patience, min_delta, sign=-1)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("patience", [1, 2, 5])
def test_stops_when_the_frameworks_plateau_rule_of_one_less_would_cut_the_rate(mode, patience):
    for values in curves():
        values = [value for value in values if math.isfinite(value)] or [0.0]
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        rule = ReduceLROnPlateau(
            optimizer, mode, 0.5, patience - 1, threshold=0.25, threshold_mode="abs"
        )
        stopped = len(values)
        for epoch, value in enumerate(values, start=1):
            rule.step(value)
            if optimizer.param_groups[0]["lr"] < 1:
                stopped = epoch
                break
        found = replay(values, patience=patience, min_delta=0.25, mode=mode)
        assert found.stopped == stopped
        assert values[found.kept - 1] == rule.best


def test_patience_counts_epochs_without_a_new_best():
    curve = [3.0, 2.0, 1.0, 1.5, 1.5, 0.5, 0.0]
    assert replay(curve, patience=1) == (4, 3)
    assert replay(curve, patience=2) == (5, 3)
    assert replay(curve, patience=3) == (7, 7)
    assert replay([2.0, 1.0, 1.0, 1.0], patience=2) == (4, 2)  # a tie is no gain
    assert replay([], patience=2) == (0, 0)


def test_what_is_not_finite_is_never_the_best():
    assert replay([NAN, 2.0, -INF, NAN, 1.0], patience=3) == (5, 5)
    assert replay([0.5, INF, NAN, 0.9], patience=2, mode="max") == (3, 1)
    assert replay([NAN] * 9, patience=4) == (4, 0)


def test_mode_follows_the_name():
    assert EarlyStopping("validation_accuracy").mode == "max"
    assert EarlyStopping("validation_loss").mode == "min"
    assert EarlyStopping("validation_accuracy", mode="min").mode == "min"
    assert "patience=3" in repr(EarlyStopping(patience=3))


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


@torch.no_grad()
def shake(model, seed):
    """Other weights in place, and batch norm has seen a batch more."""
    generator = torch.Generator().manual_seed(seed)
    for p in model.parameters():
        p.add_(torch.randn(p.shape, generator=generator))
    model.train()(torch.randn(6, 3, generator=generator))


def assert_same(state, expected):
    assert list(state) == list(expected)
    for name in expected:
        assert torch.equal(state[name], expected[name]), name


def follow(stopper, model, values):
    """Update over a curve; the state of the model at each epoch."""
    states = []
    for epoch, value in enumerate(values):
        shake(model, epoch)
        states.append(copy.deepcopy(model.state_dict()))
        if stopper.update(value, model):
            break
    return states


CURVE = [3.0, 1.0, 2.0, 2.0, 2.0, 0.0]


def test_best_weights_and_buffers_come_back_when_it_stops():
    model, stopper = network(), EarlyStopping(patience=3)
    states = follow(stopper, model, CURVE)
    assert len(states) == 5
    assert stopper.stop
    assert (stopper.best, stopper.best_epoch) == (1.0, 2)
    assert states[1]["1.num_batches_tracked"] != states[4]["1.num_batches_tracked"]
    assert_same(model.state_dict(), states[1])


def test_restore_serves_a_training_that_ended_by_itself():
    model, stopper = network(), EarlyStopping(patience=9)
    states = follow(stopper, model, CURVE[:4])
    assert_same(model.state_dict(), states[3])
    stopper.restore(model)
    stopper.restore(model)
    assert_same(model.state_dict(), states[1])
    shake(model, 99)  # what was kept is a copy
    stopper.restore(model)
    assert_same(model.state_dict(), states[1])


def test_without_restore_best_nothing_is_kept():
    model, stopper = network(), EarlyStopping(patience=3, restore_best=False)
    states = follow(stopper, model, CURVE)
    assert_same(model.state_dict(), states[4])
    with pytest.raises(RuntimeError, match="no weights were kept"):
        stopper.restore(model)


def test_weights_stay_when_no_value_was_finite():
    model, stopper = network(), EarlyStopping(patience=2)
    states = follow(stopper, model, [NAN, NAN])
    assert stopper.stop
    assert_same(model.state_dict(), states[1])


@pytest.mark.parametrize("cut", [1, 2, 4])
def test_a_resumed_training_goes_on_as_if_nothing_had_happened(cut):
    model, whole = network(), EarlyStopping(patience=3)
    states = follow(whole, model, CURVE)
    model, first = network(), EarlyStopping(patience=3)
    follow(first, model, CURVE[:cut])
    stored = pickle.loads(pickle.dumps(first.state_dict()))
    again = EarlyStopping(patience=3)
    again.load_state_dict(stored)
    assert not again.stop
    for epoch in range(cut, len(CURVE)):
        shake(model, epoch)
        if again.update(CURVE[epoch], model):
            break
    assert (again.epoch, again.best, again.best_epoch) == (5, 1.0, 2)
    assert_same(model.state_dict(), states[1])


def test_a_stored_state_is_a_copy():
    model, stopper = network(), EarlyStopping(patience=3)
    follow(stopper, model, CURVE[:2])
    stored = stopper.state_dict()
    before = copy.deepcopy(stored["best_state"])
    other = EarlyStopping(patience=3)
    other.load_state_dict(stored)
    for state in (stopper.best_state, other.best_state):
        for value in state.values():
            value.zero_()
    assert_same(stored["best_state"], before)


def test_tensors_and_numpy_numbers_are_values():
    assert replay([torch.tensor(2.0), np.float32(1.0), 3, 4], patience=2) == (4, 2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept_as_it_was(dtype):
    model, stopper = nn.Linear(3, 2).to(dtype), EarlyStopping(patience=1)
    before = copy.deepcopy(model.state_dict())
    stopper.update(1.0, model)
    with torch.no_grad():
        model.weight.zero_()
    assert stopper.update(2.0, model)
    assert model.weight.dtype == dtype
    assert_same(model.state_dict(), before)


def data(seed, samples=40):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(samples, 3, generator=draw), torch.randint(0, 2, (samples,), generator=draw)


def test_callback_of_fit_stops_it_and_leaves_the_best_weights():
    """Random labels: the validation loss has its minimum early on."""
    kept = []

    class Watch:
        def on_epoch_end(self, state):
            kept.append(copy.deepcopy(state.model.state_dict()))

    model, stopper = network(), EarlyStopping(patience=4)
    history = training.fit(
        model,
        data(0),
        validation=data(1),
        optimizer=torch.optim.SGD(model.parameters(), lr=0.5),
        epochs=200,
        batch_size=8,
        callbacks=[Watch(), stopper],
    )
    losses = history.table.validation_loss.tolist()
    assert len(losses) < 200
    assert (len(losses), stopper.best_epoch) == by_definition(losses, 4)
    assert_same(model.state_dict(), kept[stopper.best_epoch - 1])
    score = training.evaluate(model, data(1)).loss
    assert score == pytest.approx(stopper.best, rel=1e-5)


def test_a_missing_value_names_what_there_is():
    state = SimpleNamespace(history=SimpleNamespace(last={"train_loss": 1.0}), model=None)
    with pytest.raises(KeyError, match=r"train_loss.*validation_loss"):
        EarlyStopping().on_epoch_end(state)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patience": 0}, "patience"),
        ({"patience": 1.5}, "patience"),
        ({"patience": NAN}, "patience"),
        ({"min_delta": -0.1}, "min_delta"),
        ({"min_delta": NAN}, "min_delta"),
        ({"mode": "least"}, "mode"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**arguments)


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match="real number"):
        EarlyStopping().update("1.0")
    with pytest.raises(TypeError, match="real number"):
        EarlyStopping().update(1j)
