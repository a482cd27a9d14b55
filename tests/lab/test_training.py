"""The training loop: exact steps, every sample once, modes and random state left as they were."""

from itertools import chain

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy, mse_loss

from deeptricks.lab import training
from deeptricks.lab.training import evaluate, fit
from tests.lab.small import classes, sgd, small_net


class Recorder(nn.Module):
    """Remembers which samples came (sample i has the input i) and in which mode."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.seen, self.modes = [], []

    def forward(self, inputs):
        self.seen.append(inputs[:, 0].int().tolist())
        self.modes.append(self.training)
        return self.weight * inputs


def record(n=10, **kwargs):
    model, inputs = Recorder(), torch.arange(float(n)).unsqueeze(1)
    fit(model, (inputs, inputs), optimizer=sgd(model, 0.0), loss=mse_loss, **kwargs)
    return model


def test_full_batches_are_gradient_descent():
    X, y = torch.randn(7, 3, dtype=torch.double), torch.randn(7, 1, dtype=torch.double)
    model = nn.Linear(3, 1, bias=False).double()
    w = model.weight.detach().T.clone()
    fit(model, (X, y), optimizer=sgd(model), epochs=5, batch_size=7, loss=mse_loss)
    for _ in range(5):
        w -= 0.1 * 2 / 7 * X.T @ (X @ w - y)
    torch.testing.assert_close(model.weight.detach().T, w, rtol=1e-12, atol=1e-12)


def test_an_epoch_sees_every_sample_once_and_keeps_the_last_smaller_batch():
    seen = record(epochs=2, batch_size=4).seen
    assert [len(batch) for batch in seen] == [4, 4, 2] * 2
    first, second = list(chain(*seen[:3])), list(chain(*seen[3:]))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert first != list(range(10))


def test_the_seed_and_nothing_else_decides_the_order():
    torch.manual_seed(1)
    first = record(epochs=2, batch_size=3).seen
    torch.manual_seed(2)
    assert record(epochs=2, batch_size=3).seen == first
    assert record(epochs=2, batch_size=3, seed=1).seen != first


def test_the_global_random_state_is_left_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    record(epochs=2, batch_size=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_trains_in_training_mode_and_tests_in_evaluation_mode():
    model, inputs = Recorder(), torch.arange(4.0).unsqueeze(1)
    data = (inputs, inputs)
    fit(model, data, data, optimizer=sgd(model, 0.0), loss=mse_loss, epochs=2, batch_size=2)
    assert model.modes == [True, True, False, False] * 2


@pytest.mark.parametrize("training_before", [True, False])
def test_every_submodules_mode_is_restored(training_before):
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    model.train(training_before)
    model[1].train(not training_before)
    modes = [module.training for module in model.modules()]
    fit(model, classes(), classes(), optimizer=sgd(model), epochs=1, batch_size=5)
    evaluate(model, classes())
    assert [module.training for module in model.modules()] == modes
    with pytest.raises(RuntimeError):
        evaluate(model, (torch.zeros(2, 9), torch.zeros(2).long()))
    assert [module.training for module in model.modules()] == modes


def test_the_history_has_a_row_for_each_epoch():
    model, data = small_net(), classes()
    history = fit(model, data, data, optimizer=sgd(model), epochs=3, batch_size=4)
    table = history.table
    scores = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    assert list(table.columns) == ["epoch", *scores, "seconds"]
    assert table["seconds"].is_monotonic_increasing
    assert table["epoch"].tolist() == [1, 2, 3]
    assert history.last["test_loss"] == table["test_loss"].iloc[-1]
    assert evaluate(model, data, 4) == (history.last["test_loss"], history.last["test_accuracy"])
    assert not history.diverged


def test_the_train_row_is_the_mean_over_samples_before_each_step():
    model, data = small_net(), classes()
    now = evaluate(model, data)
    history = fit(model, data, optimizer=sgd(model, 0.0), epochs=1, batch_size=4)
    assert history.last["train_loss"] == pytest.approx(now.loss, rel=1e-6)
    assert history.last["train_accuracy"] == pytest.approx(now.accuracy, rel=1e-12)
    full = fit(model, data, optimizer=sgd(model, 1.0), epochs=1, batch_size=10)
    assert full.last["train_loss"] == pytest.approx(now.loss, rel=1e-6)


def test_no_epochs_leave_the_model_as_it_is():
    model = small_net()
    before = [parameter.clone() for parameter in model.parameters()]
    history = fit(model, classes(), optimizer=sgd(model), epochs=0, batch_size=2)
    assert history.rows == []
    assert history.table.empty
    assert all(map(torch.equal, model.parameters(), before))


GOOD = {"epochs": 1, "batch_size": 2}


@pytest.mark.parametrize(
    ("train", "settings", "error", "complaint"),
    [
        ((torch.zeros(0, 4), torch.zeros(0).long()), GOOD, ValueError, "train is empty"),
        ((torch.zeros(3, 4), torch.zeros(2).long()), GOOD, ValueError, "3 inputs but 2 targets"),
        (torch.zeros(3, 4), GOOD, TypeError, "train must be two tensors"),
        ((torch.zeros(3, 4),), GOOD, TypeError, "train must be two tensors"),
        ((torch.zeros(3, 4), [0, 1, 2]), GOOD, TypeError, "train must be two tensors"),
        (classes(), {"epochs": -1, "batch_size": 2}, ValueError, "epochs .* got -1"),
        (classes(), {"epochs": 1.5, "batch_size": 2}, ValueError, "epochs .* got 1.5"),
        (classes(), {"epochs": 1, "batch_size": 0}, ValueError, "batch_size .* got 0"),
    ],
)
def test_bad_arguments_are_named(train, settings, error, complaint):
    model = small_net()
    with pytest.raises(error, match=complaint):
        fit(model, train, optimizer=sgd(model), **settings)


@pytest.mark.parametrize("value", [np.int64(2), np.int32(2), True + 1])
def test_whole_numbers_of_numpy_are_whole_numbers(value):
    seen = record(epochs=value, batch_size=value, seed=value).seen
    assert seen == record(epochs=2, batch_size=2, seed=2).seen


def test_a_full_batch_is_every_sample_in_its_order():
    assert record(epochs=2, batch_size=None).seen == [list(range(10))] * 2


def test_validation_and_test_are_both_reported():
    model, train, other = small_net(), classes(), classes(seed=1)
    history = fit(
        model, train, train, validation=other, optimizer=sgd(model), epochs=2, batch_size=4
    )
    for name, data in {"test": train, "validation": other}.items():
        score = history.last[f"{name}_loss"], history.last[f"{name}_accuracy"]
        assert score == evaluate(model, data, 4)
    names = [name.split("_")[0] for name in history.table][1:-1:2]
    assert names == ["train", "validation", "test"]


def test_a_step_may_add_a_penalty_on_the_weights():
    def penalized(model, batch):
        outputs = model(batch[0])
        size = sum(p.square().sum() for p in model.parameters())
        return cross_entropy(outputs, batch[1]) + 0.1 * size, outputs

    ours, theirs, data = small_net().double(), small_net().double(), classes()
    data = data[0].double(), data[1]
    fit(ours, data, optimizer=sgd(ours), epochs=3, batch_size=4, step=penalized)
    decayed = torch.optim.SGD(theirs.parameters(), lr=0.1, weight_decay=0.2)  # d/dθ 0.1 θ² = 0.2 θ
    fit(theirs, data, optimizer=decayed, epochs=3, batch_size=4)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_a_step_may_take_the_gradient_elsewhere():
    """Sharpness-aware minimization: on θ²/2 the gradient at θ + ρ is θ + ρ."""

    def sharpness_aware(model, batch, rho=0.5):
        here = dict(model.named_parameters())
        gradients = torch.autograd.grad(mse_loss(model(batch[0]), batch[1]), here.values())
        size = torch.stack([g.norm() for g in gradients]).norm()
        there = {n: p + rho * g / size for (n, p), g in zip(here.items(), gradients, strict=True)}
        outputs = functional_call(model, there, (batch[0],))
        return mse_loss(outputs, batch[1]), outputs

    model = nn.Linear(1, 1, bias=False).double()
    model.weight.data.fill_(2.0)
    data = torch.ones(1, 1).double(), torch.zeros(1, 1).double()
    fit(model, data, optimizer=sgd(model), epochs=1, batch_size=1, step=sharpness_aware)
    assert model.weight.item() == pytest.approx(2 - 0.1 * 2 * (2 + 0.5), abs=1e-12)


class TwoHeads(nn.Module):
    """Gives a tuple in training, the answer alone in evaluation, as Inception does."""

    def __init__(self):
        super().__init__()
        self.answer, self.auxiliary = small_net(), small_net(1)

    def forward(self, x):
        return (self.answer(x), self.auxiliary(x)) if self.training else self.answer(x)


def test_the_first_of_several_outputs_is_the_answer():
    def both(model, batch):
        outputs = model(batch[0])
        return sum(cross_entropy(each, batch[1]) for each in outputs), outputs

    model, data = TwoHeads(), classes()
    before = evaluate(model.answer, data)
    options = {"optimizer": sgd(model, 0.0), "epochs": 1, "batch_size": 5}
    plain, summed = fit(model, data, data, **options), fit(model, data, step=both, **options)
    for history in (plain, summed):
        assert history.last["train_accuracy"] == pytest.approx(before.accuracy)
    assert plain.last["test_loss"] == pytest.approx(before.loss)
    expected = before.loss + evaluate(model.auxiliary, data).loss
    assert summed.last["train_loss"] == pytest.approx(expected, rel=1e-6)


def test_bad_test_data_is_named_before_the_training_begins():
    model = small_net()
    before = model[0].weight.clone()
    empty = (torch.zeros(0, 4), torch.zeros(0).long())
    with pytest.raises(ValueError, match="test is empty"):
        fit(model, classes(), empty, optimizer=sgd(model), **GOOD)
    with pytest.raises(ValueError, match="validation is empty"):
        fit(model, classes(), validation=empty, optimizer=sgd(model), **GOOD)
    assert torch.equal(model[0].weight, before)


def test_batches_go_to_the_device_of_the_model():
    model = nn.Linear(4, 3, device="meta")
    device = training.device_of(model, classes())
    assert [x.device.type for x, _ in training.batches(classes(), 4, device)] == ["meta"] * 3
    assert training.device_of(nn.Identity(), classes()).type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("data_device", ["cpu", "cuda"])
def test_a_gpu_gives_the_same_history(data_device):
    here, there = small_net().double(), small_net().double().cuda()
    inputs, labels = classes()
    data = (inputs.double(), labels)
    moved = tuple(part.to(data_device) for part in data)
    expected = fit(here, data, data, optimizer=sgd(here), epochs=3, batch_size=4)
    history = fit(there, moved, moved, optimizer=sgd(there), epochs=3, batch_size=4)
    difference = (history.table - expected.table).drop(columns="seconds").abs().to_numpy()
    assert difference.max() < 1e-10


def test_a_history_shown_in_a_notebook_is_the_same_on_every_machine():
    model = small_net()
    history = fit(model, classes(), epochs=2, batch_size=5, optimizer=sgd(model))
    assert "seconds" in history.last
    assert repr(history) == "History(epochs=2, diverged=False)"
