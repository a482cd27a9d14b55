"""`train_many`: each network as `fit` alone would train it, however many there are."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from deeptricks.lab import nets, runs, training
from tests.lab.small import classes

SGD = partial(torch.optim.SGD, momentum=0.9)


def rows(seed):
    """Parts of 22 and 12 samples: batches of 8 leave a last one of 6."""
    inputs, labels = classes(46, seed=seed)
    parts = inputs.double().split((22, 12, 12)), labels.split((22, 12, 12))
    return tuple(zip(*parts, strict=True))


def images(seed):
    return tuple((inputs.repeat(1, 16).view(-1, 1, 8, 8), labels) for inputs, labels in rows(seed))


def perceptron(width=8):
    return nets.mlp((4, width, 3), nn.Tanh).double()


def batch_normed():
    return nets.conv_net((3, 4), classes=3, norm=nn.BatchNorm2d).double()


def residual():
    return nets.residual_net((2, 4), classes=3, norm=None).double()


NETS = [(perceptron, rows), (batch_normed, images), (residual, images)]
SETTINGS = {"lr": [0.01, 0.2]}
COLUMNS = [f"{part}_{what}" for part in ("train", "validation", "test") for what in
           ("loss", "accuracy")]  # fmt: skip


def many(build, settings=SETTINGS, data=rows, **options):
    options = {"optimizer": SGD, "epochs": 3, "batch_size": 8, **options}
    return runs.train_many(build, settings, [3, 4], data=data, **options)


@pytest.mark.parametrize(("build", "data"), NETS)
@pytest.mark.parametrize("stack", [True, False])
@pytest.mark.parametrize("batch_size", [8, None])
def test_every_network_is_what_fit_makes_of_it_alone(build, data, stack, batch_size):
    table = many(build, data=data, stack=stack, batch_size=batch_size, keep=["losses", "network"])
    for row in table.itertuples():
        torch.manual_seed(row.seed)
        net, (train, validation, test) = build(), data(row.seed)
        history = training.fit(
            net, train, test, validation=validation, optimizer=SGD(net.parameters(), lr=row.lr),
            epochs=3, batch_size=batch_size, seed=row.seed,
        )  # fmt: skip
        last = history.last
        expected = [*training.evaluate(net, train), *(last[name] for name in COLUMNS[2:])]
        found = [getattr(row, name) for name in COLUMNS]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
        epoch = np.average(row.losses[-3:], weights=(8, 8, 6)) if batch_size else row.losses[-1]
        assert epoch == pytest.approx(last["train_loss"], abs=1e-8)
        assert row.steps == len(row.losses) == (9 if batch_size else 3)
        for ours, theirs in zip(
            row.network.state_dict().values(), net.state_dict().values(), strict=True
        ):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-8)


def test_rows_and_columns_are_those_of_a_sweep():
    table = many(perceptron, {"width": np.array([4, 8]), "lr": [0.1, 0.01]})
    counted = ["steps", "seconds", "diverged"]
    assert list(table.columns) == ["width", "lr", "seed", *COLUMNS, *counted]
    order = [(w, lr, s) for w in (4, 8) for lr in (0.1, 0.01) for s in (3, 4)]
    assert list(table[["width", "lr", "seed"]].itertuples(index=False, name=None)) == order
    assert type(table.attrs["settings"]) is list
    assert table["width"].map(lambda value: value).dtype == np.int64
    assert (table["seconds"] > 0).all()
    assert table.attrs["looped"] == ""


def test_settings_go_to_whoever_takes_them():
    asked = {"width": [5], "weight_decay": [0.5], "batch_size": [22], "epochs": [2], "lr": [0.1]}
    table = many(perceptron, asked, keep=["network"])
    assert table["steps"].tolist() == [2, 2]
    assert table["network"][0][0].out_features == 5
    decay = partial(SGD, weight_decay=0.5)
    expected = many(partial(perceptron, 5), {"lr": [0.1]}, optimizer=decay, batch_size=22, epochs=2)
    assert table["test_loss"].tolist() == expected["test_loss"].tolist()
    with pytest.raises(TypeError, match=r"neither build nor the optimizer takes .* 'height'"):
        many(perceptron, {"height": [5]})


def test_without_a_rate_the_optimizers_own_is_taken():
    own = many(perceptron, [{}], optimizer=partial(torch.optim.Adam, lr=0.03))
    given = many(perceptron, {"lr": [0.03]}, optimizer=torch.optim.Adam)
    assert own["test_loss"].tolist() == given["test_loss"].tolist()


@pytest.mark.parametrize("stack", [True, False])
def test_divergence_stays_with_its_network(stack):
    def build():
        return nets.mlp((4, 8, 8, 3)).double()

    wild = many(build, {"lr": [1e200, 0.1]}, stack=stack, keep=["losses", "network"])
    calm = many(build, {"lr": [0.05, 0.1]}, stack=stack, keep=["losses"])
    assert wild["diverged"].tolist() == [True, True, False, False]
    assert wild.loc[:1, COLUMNS].isna().all(axis=None)
    assert (wild.loc[:1, "steps"] < 9).all()
    assert all(p.isfinite().all() for p in wild["network"][0].parameters())  # as before the end
    pd.testing.assert_frame_equal(wild.loc[2:, COLUMNS], calm.loc[2:, COLUMNS], check_exact=True)
    np.testing.assert_array_equal(wild["losses"][2], calm["losses"][2])


def test_schedule_and_number_of_steps_are_the_same_stacked_and_alone():
    options = {"epochs": None, "steps": 7, "schedule": lambda t: 1 - t, "keep": ["losses"]}
    stacked, alone, level = (
        many(perceptron, **{**options, **change})
        for change in ({"stack": True}, {"stack": False}, {"schedule": None})
    )
    assert stacked["steps"].tolist() == [7] * 4
    for a, b, c in zip(stacked["losses"], alone["losses"], level["losses"], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10)
        assert a[1] == pytest.approx(c[1], abs=1e-12)  # the first step has the whole rate
        assert abs(a[-1] - c[-1]) > 1e-6


@pytest.mark.parametrize("stack", [True, False])
def test_a_row_after_every_second_epoch_and_the_last(stack):
    table = many(perceptron, stack=stack, record_every=2, keep=["losses"])
    assert table["epoch"].tolist() == [2, 3] * 4
    assert table["steps"].tolist() == [6, 9] * 4
    short = many(perceptron, stack=stack, epochs=2)
    found = table[table["epoch"] == 2]["test_loss"].to_numpy()
    np.testing.assert_allclose(found, short["test_loss"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("stack", [True, False])
def test_without_epochs_the_table_shows_the_start(stack):
    table = many(perceptron, epochs=0, stack=stack)
    assert table["steps"].tolist() == [0] * 4
    torch.manual_seed(4)
    expected = training.evaluate(perceptron(), rows(4)[2])
    assert tuple(table.loc[3, ["test_loss", "test_accuracy"]]) == expected


def test_a_step_that_asks_for_gradients_of_its_own_is_stacked():
    """A penalty on slopes: the step differentiates the outputs by the inputs."""

    def steep(model, batch):
        outputs, backward = torch.func.vjp(model, batch[0])
        slopes = backward(torch.ones_like(outputs))[0]
        return cross_entropy(outputs, batch[1]) + slopes.square().mean(), outputs

    stacked = many(perceptron, step=steep)
    assert stacked.attrs["looped"] == ""
    alone = many(perceptron, step=steep, stack=False)
    np.testing.assert_allclose(stacked.train_loss, alone.train_loss, rtol=1e-10)


def test_a_step_of_ones_own_is_stacked():
    def penalized(model, batch):
        outputs = model(batch[0])
        size = sum(p.square().sum() for p in model.parameters())
        return cross_entropy(outputs, batch[1]) + 0.05 * size, (outputs, size)

    # d/dθ 0.05 θ² = 0.1 θ: what weight_decay adds to the gradient.
    table = many(perceptron, step=penalized, stack=True)
    expected = many(perceptron, optimizer=partial(SGD, weight_decay=0.1))
    np.testing.assert_allclose(table["test_loss"], expected["test_loss"], rtol=0, atol=1e-10)


class Branching(nn.Linear):
    def forward(self, x):
        return super().forward(x if x.sum() > 0 else -x)


LOOPS = [
    ({"build": lambda: Branching(4, 3).double()}, "vmap cannot run it"),
    ({"optimizer": torch.optim.Muon, "build": lambda: nn.Linear(4, 3, False).double()}, "mixes"),
    ({"optimizer": torch.optim.Rprop}, "mixes networks or is not proportional to its rate"),
    ({"build": lambda: nets.mlp((4, 2000, 2000, 3)).double()}, "work enough"),
]


@pytest.mark.parametrize(("options", "reason"), LOOPS)
def test_what_cannot_or_need_not_be_stacked_is_looped_over_and_told_once(options, reason, caplog):
    options = {"build": perceptron, "settings": {"lr": [0.01, 0.02]}, "epochs": 1, **options}
    table = many(**options)
    assert reason in table.attrs["looped"]
    assert [reason in record.message for record in caplog.records] == [True]
    assert table["steps"].tolist() == [3] * 4
    alone = many(**options, stack=False)
    assert table["test_loss"].tolist() == alone["test_loss"].tolist()


def test_the_random_state_is_left_alone_and_never_asked():
    def build():
        return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 3)).double()

    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = many(build)["test_loss"].tolist()
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert many(build)["test_loss"].tolist() == first
    assert many(build, stack=False)["test_loss"].tolist() != first  # stacked, they share draws


def test_dropout_differs_from_network_to_network():
    def build():
        return nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 3)).double()

    data = rows(0)
    twice = many(build, [{"lr": 0.1}, {"lr": 0.1}], data=data, stack=True)
    assert twice["test_loss"][0] != twice["test_loss"][2]


@pytest.mark.parametrize("stack", [True, False])
def test_what_is_measured_becomes_a_column(stack):
    def measure(model, parts):
        assert not model.training
        return {"size": model[0].weight.norm(), "samples": len(parts["validation"][0])}

    table = many(perceptron, measure=measure, keep=["network"], stack=stack)
    expected = [net[0].weight.norm().item() for net in table["network"]]
    assert table["size"].tolist() == expected
    assert table["samples"].tolist() == [12.0] * 4


def test_fixed_data_without_validation_and_a_regression():
    inputs = torch.randn(10, 4)
    part = (inputs, inputs[:, :1])
    table = many(
        lambda: nn.Linear(4, 1), data=(part, part), loss=mse_loss, batch_size=None, epochs=50
    )
    assert [name for name in table if "_" in name] == ["train_loss", "test_loss"]
    assert table["train_loss"].tolist() == table["test_loss"].tolist()
    assert table["test_loss"].max() < 0.5
    assert many(perceptron, data=rows(0)[0], epochs=1)["train_loss"].notna().all()


def test_losses_of_every_step_in_rows():
    table = many(perceptron, keep=["losses"])
    curves = runs.curves(table)
    assert list(curves.columns) == ["lr", "seed", "step", "loss"]
    last = curves[(curves["lr"] == 0.2) & (curves["seed"] == 4)]
    assert last["step"].tolist() == list(range(1, 10))
    assert last["loss"].tolist() == table["losses"][3].tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": None}, "give epochs or steps"),
        ({"steps": 5}, "give epochs or steps"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"record_every": 0}, "record_every must be"),
        ({"keep": ["loss"]}, "keep must hold names of .*, got 'loss'"),
        ({"settings": []}, "settings are empty"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        many(perceptron, **options)


def test_noise_goes_on_where_the_weights_left_the_generator():
    def build():
        return nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 3)).double()

    table = many(build, [{"lr": 0.1}], stack=False)
    for row in table.itertuples():
        torch.manual_seed(row.seed)
        net, (train, _, test) = build(), rows(row.seed)
        optimizer = SGD(net.parameters(), lr=0.1)
        training.fit(net, train, optimizer=optimizer, epochs=3, batch_size=8, seed=row.seed)
        assert row.test_loss == pytest.approx(training.evaluate(net, test).loss, abs=1e-12)
