"""The watch: what it sees in a running training, and that it only looks."""

import math
import warnings
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from deeptricks.lab import training
from deeptricks.practice.debugging.training_watch import TrainingWarning, TrainingWatch

X = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long()


def net(**more):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.0), nn.Linear(16, 2))


def run(model=None, optimizer=None, lr=0.5, steps=150, watch=None, loss=None, step=True):
    """Train by hand with a watch; returns it."""
    model = model or net()
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=lr)
    watch = watch or TrainingWatch(every=5, quiet=True)
    loss = loss or nn.functional.cross_entropy
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(model(X), Y)
        value.backward()
        if step:
            optimizer.step()
        watch.after_step(model, value, optimizer)
    return watch


def codes(watch):
    return [finding.code for finding in watch.report().findings]


def test_a_healthy_training_is_left_in_peace():
    report = run().report()
    assert report.findings == report.notes == []
    assert [check.state for check in report.checks] == ["passed"] * 3
    assert report.checks[0].numbers["steps"] == 150
    assert 0 < report.checks[1].numbers["0.weight"] < 0.5


def test_fine_tuning_at_a_low_rate_is_no_fault():
    model = net()
    run(model, steps=400)
    other = (X[:, 0] + 0.5 * X[:, 1] > 0).long()
    loss = lambda output, target: nn.functional.cross_entropy(output, other)  # noqa: E731
    adam = torch.optim.Adam(model.parameters(), lr=1e-5)
    assert codes(run(model, adam, loss=loss, steps=400)) == []


def test_a_schedule_that_ends_at_zero_is_no_fault():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    watch = run(model, optimizer, steps=100)
    optimizer.param_groups[0]["lr"] = 0.0
    run(model, optimizer, steps=100, watch=watch)
    assert codes(watch) == []


def squared(output, target):
    return (output[:, 0] * 10 - target).pow(2).mean()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"lr": 3.0, "loss": squared, "steps": 40}, "optimizer.lr_too_high"),
        ({"lr": 1e-9}, "optimizer.lr_too_low"),
        ({"step": False}, "loop.no_update"),
        ({"loss": lambda o, t: o.sum() * math.nan, "steps": 1}, "data.nonfinite"),
    ],
)
def test_what_is_seen_from_outside(fault, code):
    assert codes(run(**fault)) == [code]


def test_units_that_are_off():
    model = net()
    nn.init.constant_(model[0].bias, -100.0)
    found = run(model, lr=1e-3).report().findings[-1]
    assert (found.code, found.where, found.measured["share"]) == ("init.dead_units", ("1",), 1.0)


def test_no_progress_for_another_reason_is_a_note():
    turn = torch.ones(())

    def back_and_forth(output, target):
        turn.neg_()
        return 1 + turn * output.mean() - (turn * output.mean()).detach()

    report = run(lr=0.01, steps=220, loss=back_and_forth).report()
    assert report.findings == []
    assert [note.about for note in report.notes] == ["no progress"]


def test_it_says_each_code_once_while_it_runs():
    with pytest.warns(TrainingWarning, match=r"optimizer\.lr_too_low: No weight") as said:
        run(lr=1e-9, watch=TrainingWatch(every=5))
    assert len(said) == 1


def test_it_only_looks():
    plain, watched = net(), net()
    for model, watch in ((plain, TrainingWatch(10**9)), (watched, TrainingWatch(1, quiet=True))):
        run(model, watch=watch, steps=20)
        watch.report()
    for a, b in zip(plain.parameters(), watched.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not [hook for module in watched.modules() for hook in module._forward_hooks]


def test_in_fit_it_sees_the_loss_that_ends_the_training():
    model, watch = net(), TrainingWatch(quiet=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e6)
    history = training.fit(model, (X, Y.float()[:, None]), optimizer=optimizer, epochs=60,
                           batch_size=16, callbacks=[watch],
                           loss=lambda o, y: (o[:, :1] - y).pow(2).mean())  # fmt: skip
    assert history.diverged
    found = watch.report().findings
    assert [f.code for f in found] == ["optimizer.lr_too_high"]


def test_it_can_stop():
    state = SimpleNamespace(model=net(), loss=math.nan, optimizer=None, stop=False)
    TrainingWatch(quiet=True).on_batch_end(state)
    assert not state.stop
    TrainingWatch(stop=True, quiet=True).on_batch_end(state)
    assert state.stop


def test_too_short_for_a_look_is_said():
    checks = run(steps=3).report().checks
    assert [check.state for check in checks] == ["passed", "skipped", "skipped"]
    assert not TrainingWatch().report().examined


@pytest.mark.parametrize("every", [0, 2.5, True])
def test_bad_arguments(every):
    with pytest.raises(ValueError, match="every must be"):
        TrainingWatch(every)


def test_quiet_is_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(lr=1e-9)
