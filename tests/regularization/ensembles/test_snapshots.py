"""Snapshots: the published rate at each step, and the model as it was at the end of each cycle."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from deeptricks.lab.training import fit
from deeptricks.regularization import Ensemble, Snapshots, cyclic_cosine

EXACT = {"rtol": 0, "atol": 1e-15}


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2)).double()


def data(rows=20):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(rows, 3, generator=generator, dtype=torch.float64)
    return x, torch.randint(2, (rows,), generator=generator)


def trained(cycle, steps, snapshots=None, rates=None):
    """A plain loop over the full batch; with the rates given, or those that snapshots set."""
    model, (x, y) = network(), data()
    groups = [{"params": model[0].parameters(), "lr": 0.5}, {"params": model[3].parameters()}]
    optimizer = torch.optim.SGD(groups, lr=0.2)
    weights, used = [], []
    for step in range(steps):
        if rates is not None:
            for group, base in zip(optimizer.param_groups, (0.5, 0.2), strict=True):
                group["lr"] = base * rates[step]
        used.append([group["lr"] for group in optimizer.param_groups])
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()
        weights.append(model[0].weight.detach().clone())
        if snapshots is not None:
            snapshots(model, optimizer)
    return model, weights, used


def test_formula_of_the_paper():
    for cycle in (1, 2, 5, 12):
        for t in range(1, 40):
            turn = math.pi * math.fmod(t - 1, cycle) / cycle
            assert cyclic_cosine(t, cycle, 0.3) == pytest.approx(0.3 / 2 * (math.cos(turn) + 1))
    assert cyclic_cosine(1, 8) == cyclic_cosine(9, 8) == 1
    assert cyclic_cosine(8, 8) == pytest.approx(math.sin(math.pi / 16) ** 2)


def test_formula_is_the_frameworks_warm_restarts():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.7)
    theirs = CosineAnnealingWarmRestarts(optimizer, T_0=6)
    for step in range(1, 30):
        assert cyclic_cosine(step, 6, 0.7) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()


def test_every_step_of_a_loop_has_its_rate():
    _, _, used = trained(5, 13, Snapshots(5))
    for step, rates in enumerate(used, start=1):
        expected = [cyclic_cosine(step, 5, base) for base in (0.5, 0.2)]
        assert rates == pytest.approx(expected, rel=1e-12)


def test_members_are_the_model_at_the_end_of_each_cycle():
    snapshots = Snapshots(5)
    _, weights, _ = trained(5, 13, snapshots)
    assert snapshots.step == 13
    assert len(snapshots.members) == 2
    for member, step in zip(snapshots.members, (5, 10), strict=True):
        torch.testing.assert_close(member[0].weight.detach(), weights[step - 1], **EXACT)
        assert all(p.grad is None and p.requires_grad for p in member.parameters())
    rates = [cyclic_cosine(step, 5) for step in range(1, 14)]
    _, by_hand, _ = trained(5, 13, rates=rates)
    torch.testing.assert_close(weights, by_hand, **EXACT)


def test_the_model_keeps_its_gradients_and_goes_on():
    snapshots = Snapshots(2)
    model, _, _ = trained(2, 4, snapshots)
    assert all(p.grad is not None for p in model.parameters())
    before = snapshots.members[1][0].weight.clone()
    with torch.no_grad():
        model[0].weight += 1
    torch.testing.assert_close(snapshots.members[1][0].weight, before, **EXACT)


def test_as_a_callback_of_the_training_loop():
    rates = []
    model, snapshots = network(), Snapshots(5)
    watch = SimpleNamespace(on_batch_end=lambda s: rates.append(s.optimizer.param_groups[0]["lr"]))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    fit(model, data(), optimizer=optimizer, epochs=4, batch_size=5, callbacks=[watch, snapshots])
    assert rates == pytest.approx([cyclic_cosine(step, 5, 0.2) for step in range(1, 17)])
    assert len(snapshots.members) == 3  # 16 steps


def test_as_one_module():
    snapshots = Snapshots(2)
    trained(2, 9, snapshots)
    ensemble, x = snapshots.ensemble(), data()[0]
    assert isinstance(ensemble, Ensemble)
    assert len(ensemble) == 4
    torch.testing.assert_close(ensemble(x), ensemble(x), **EXACT)  # in evaluation mode
    late = snapshots.ensemble(last=2, mean="geometric")
    assert list(late) == snapshots.members[2:]
    assert late.mean == "geometric"


def test_cycles_of_one_step():
    snapshots = Snapshots(1)
    _, weights, used = trained(1, 3, snapshots)
    assert used == [[0.5, 0.2]] * 3
    assert [m[0].weight.tolist() for m in snapshots.members] == [w.tolist() for w in weights]


def test_bad_arguments():
    with pytest.raises(ValueError, match="cycle must be a whole number of at least 1, got 0"):
        Snapshots(0)
    with pytest.raises(ValueError, match="step must be a whole number of at least 1, got 0"):
        cyclic_cosine(0, 5)
    snapshots = Snapshots(3)
    with pytest.raises(ValueError, match="last must be a whole number of at least 1, got 0"):
        snapshots.ensemble()
    trained(3, 3, snapshots)
    with pytest.raises(ValueError, match="last must be at most 1, the cycles, got 2"):
        snapshots.ensemble(last=2)
