import json
import time

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.optim import SGD, lr_scheduler

from deeptricks.practice import checkup
from tests.practice.clinic.state import altered, photograph

from .patients import cut, network, regression, rows, well, with_step


def step_of(model, optimizer, loss, before=(), after=()):
    def step(x, y):
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        for act in before:
            act(model)
        optimizer.step()
        for act in after:
            act(value)
        return float(value.detach())

    return step


def uncleared(model, optimizer, loss):
    def step(x, y):
        loss(model(x), y).backward()
        optimizer.step()
        return 0.0

    return step


def clipped(model, optimizer, loss):
    clip = [lambda m: nn.utils.clip_grad_norm_(m.parameters(), 1e-4)]
    return step_of(model, optimizer, loss, clip)


def cleared_too_soon(model, optimizer, loss):
    return step_of(model, optimizer, loss, [lambda m: m.zero_grad()])


def scheduled(model, optimizer, loss):
    schedule = lr_scheduler.StepLR(optimizer, 2, 0.1)
    return step_of(model, optimizer, loss, after=[lambda _: schedule.step()])


def remembering(model, optimizer, loss):
    log = {"total": 0.0}
    return step_of(model, optimizer, loss, after=[lambda v: log.update(total=log["total"] + v)])


def climbing(model, optimizer, loss):
    def step(x, y):
        optimizer.zero_grad()
        (-loss(model(x), y)).backward()
        optimizer.step()

    return step


def cut_off():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = nn.Linear(8, 24), nn.Linear(24, 4)

        def forward(self, x):
            return self.last(self.first(x).relu().detach())

    return well(Cut())


def in_a_list():
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.layers, self.last = [nn.Linear(8, 24)], nn.Linear(24, 4)

        def forward(self, x):
            return self.last(self.layers[0](x).relu())

    return well(Listed())


def half_held():
    model = network()
    return well(model, optimizer=SGD(model[2].parameters(), lr=0.1))


def all_zero():
    model = network()
    for parameter in model.parameters():
        parameter.data.zero_()
    return well(model)


def always_off():
    model = network()
    model[0].bias.data.fill_(-40.0)
    return well(model)


def from_one():
    x, y = rows()
    return well(batches=cut(x, y + 1))


def with_a_hole():
    x, y = rows()
    x[100, 3] = torch.nan
    return well(batches=cut(x, y))


def raw():
    x, y = rows()
    return well(batches=cut(100 * x + 600, y))


ILL = {
    "optimizer.lr_too_high": lambda: well(lr=300.0),
    "optimizer.lr_too_low": lambda: well(lr=1e-5),
    "loss.activation_twice": lambda: well(network(8, 4, nn.Softmax(1))),
    "loss.activation_missing": lambda: well(loss=functional.nll_loss),
    "loss.sign": lambda: well(loss=lambda o, y: -functional.cross_entropy(o, y)),
    "loss.broadcast": lambda: regression(loss=functional.mse_loss),
    "loop.no_zero_grad": lambda: with_step(uncleared),
    "loop.no_update": lambda: with_step(cleared_too_soon),
    "loop.clipping": lambda: with_step(clipped),
    "loop.schedule": lambda: with_step(scheduled),
    "loop.graph_grows": lambda: with_step(remembering),
    "loss.sign (in the step)": lambda: with_step(climbing),
    "model.detached": cut_off,
    "model.unregistered": in_a_list,
    "model.output_activation": lambda: well(network(8, 4, nn.ReLU())),
    "optimizer.missing_params": half_held,
    "init.symmetric": all_zero,
    "init.dead_units": always_off,
    "data.label_range": from_one,
    "data.nonfinite": with_a_hole,
    "data.not_normalized": raw,
    "data.target_scale": lambda: regression(scale=1000.0, offset=5000.0),
}
HEALTHY = {
    "rows": well,
    "adam": lambda: (lambda m: well(m, optimizer=torch.optim.Adam(m.parameters(), 1e-2)))(
        network()
    ),
    "own step": lambda: with_step(step_of),
    "regression": regression,
}


@pytest.fixture(autouse=True)
def processor_time(monkeypatch):
    """A busy machine must not cut the trials short."""
    monkeypatch.setattr(time, "perf_counter", time.process_time)


@pytest.mark.parametrize("code", ILL)
def test_a_planted_fault_comes_first_and_nothing_is_altered(code):
    setup = ILL[code]()
    before = photograph(setup)
    found = checkup(**setup).findings
    assert found[0].code == code.split()[0], [item.code for item in found]
    assert found[0].cure_code
    assert found[0].curves or "raised" in found[0].evidence
    assert not altered(before, photograph(setup))


@pytest.mark.parametrize("name", HEALTHY)
def test_its_healthy_twin_is_left_in_peace(name):
    setup = HEALTHY[name]()
    before = photograph(setup)
    assert checkup(**setup).findings == []
    assert not altered(before, photograph(setup))


@pytest.mark.parametrize("at", [1, 15])
def test_nothing_is_altered_when_it_is_interrupted(at):
    Now.calls = 0

    def impatient(model, optimizer, loss):
        inner = step_of(model, optimizer, loss)

        def step(x, y):
            Now.calls += 1
            if Now.calls >= at:
                raise KeyboardInterrupt
            return inner(x, y)

        return step

    setup = with_step(impatient)
    before = photograph({**setup, "step": None})
    with pytest.raises(KeyboardInterrupt):
        checkup(**setup)
    assert not altered(before, photograph({**setup, "step": None}))


def test_a_set_up_that_raises_is_diagnosed():
    def broken(x, y):
        raise RuntimeError("one of the variables has been modified by an inplace operation")

    [found, *_] = checkup(**well(step=broken)).findings
    assert found.severity == "fatal"
    assert "inplace" in found.evidence


class Now:
    """A clock and a counter where no snapshot reaches: on a class."""

    seconds, calls = 0.0, 0


def test_steps_end_with_the_time(monkeypatch):
    monkeypatch.setattr(time, "perf_counter", lambda: Now.seconds)
    Now.seconds, Now.calls = 0.0, 0

    def slow(model, optimizer, loss):
        inner = step_of(model, optimizer, loss)

        def step(x, y):
            Now.seconds += 0.1
            Now.calls += 1
            return inner(x, y)

        return step

    report = checkup(**with_step(slow, lr=1e-5), seconds=4.0)
    assert 9 <= Now.calls <= 45
    assert Now.seconds <= 4.5
    assert any(check.state == "skipped" and "time" in check.reason for check in report.checks)


def test_two_calls_say_the_same():
    one, two = (checkup(**well(lr=1e-5)).findings for _ in range(2))
    assert [(f.code, f.confidence) for f in one] == [(f.code, f.confidence) for f in two]


def test_a_report_is_plain_values():
    json.dumps(checkup(**well(lr=1e-5)).to_dict())


def test_batches_that_are_used_up_are_noted():
    report = checkup(**well(batches=iter(cut(*rows()))))
    assert any("exhausted" in note.text for note in report.notes)


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"model": 3}, TypeError, "model"),
        ({"batches": 3}, TypeError, "batches"),
        ({"batches": []}, ValueError, "batches"),
        ({"batches": [torch.ones(2)]}, ValueError, "batches"),
        ({"loss": None}, TypeError, "loss"),
        ({"optimizer": "SGD"}, TypeError, "optimizer"),
        ({"steps": 0}, ValueError, "steps"),
        ({"seconds": 0}, ValueError, "seconds"),
    ],
)
def test_what_is_no_set_up_is_refused(change, error, name):
    with pytest.raises(error, match=name):
        checkup(**(well() | change))
