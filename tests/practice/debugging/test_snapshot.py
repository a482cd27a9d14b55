import collections
import random

import numpy as np
import pytest
import torch
from torch import nn

from deeptricks.practice.debugging.snapshot import Snapshot, rewound

COUNT = 0


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def world():
    """One of everything that a training may change, and a function that changes it all."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    optimizer = torch.optim.Adam(model.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    own, old = torch.Generator().manual_seed(3), np.random.default_rng(4)
    array, log, memory = np.zeros(3), {"loss": []}, collections.deque([1, 2], maxlen=4)
    slotted, data, calls = Slotted(1), torch.ones(4, 3), 0

    def step():
        global COUNT
        nonlocal calls
        calls += 1
        COUNT += 1
        data.sub_(0.5)
        model(data + torch.rand(4, 3, generator=own)).sum().backward()
        optimizer.step()
        scheduler.step()
        model.eval()
        model[0].bias.requires_grad_(False)
        model[3].weight.data = model[3].weight.data.clone() + 1
        model.extra = "new"
        array[:] = old.random(3) + np.random.rand() + random.random()
        log["loss"].append(float(array.sum()))
        log["more"] = True
        memory.append(3)
        slotted.value = 2
        torch.set_grad_enabled(True)

    def seen():
        state = {k: v.clone() for k, v in model.state_dict().items()}
        return {
            **state,
            "modes": [m.training for m in model.modules()],
            "grads": [p.grad for p in model.parameters()],
            "needs": [p.requires_grad for p in model.parameters()],
            "extra": hasattr(model, "extra"),
            "optimizer": len(optimizer.state),
            "rate": optimizer.param_groups[0]["lr"],
            "schedule": scheduler.last_epoch,
            "own": own.get_state(),
            "old": str(old.bit_generator.state),
            "torch": torch.get_rng_state(),
            "numpy": str(np.random.get_state()),  # with the place in the row of keys
            "random": random.getstate(),
            "array": array.copy(),
            "log": str(log),
            "memory": list(memory),
            "slotted": slotted.value,
            "data": data.clone(),
            "calls": step.__closure__[step.__code__.co_freevars.index("calls")].cell_contents,
            "count": COUNT,
            "pointers": [p.data_ptr() for p in model.parameters()],
        }

    return step, seen, (model, optimizer, step)


def differences(before, after):
    def same(a, b):
        if isinstance(a, (torch.Tensor, np.ndarray)):
            return bool((a == b).all())
        return a == b

    return [name for name in before if not same(before[name], after[name])]


def test_the_step_changes_every_single_thing():
    step, seen, _ = world()
    before = seen()
    step()
    untouched = set(before) - set(differences(before, seen()))
    assert untouched <= {"3.bias", "0.weight"} | {n for n in before if "running" in n} | {"torch"}


@pytest.mark.parametrize("times", [1, 3])
def test_all_is_as_before(times):
    step, seen, roots = world()
    before = seen()
    with rewound(*roots):
        for _ in range(times):
            step()
            assert differences(before, seen())
    assert differences(before, seen()) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_also_after_an_exception(error):
    step, seen, roots = world()
    before = seen()
    with pytest.raises(error), rewound(*roots):  # noqa: PT012
        step()
        raise error
    assert differences(before, seen()) == []


def test_a_gradient_that_was_there_comes_back_in_the_same_tensor():
    model = nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    gradient, values = model.weight.grad, model.weight.grad.clone()
    snapshot = Snapshot(model)
    model.weight.grad.zero_()
    model.zero_grad(set_to_none=True)
    snapshot.restore()
    assert model.weight.grad is gradient
    assert torch.equal(gradient, values)


def test_two_trials_from_one_start_are_equal():
    step, seen, roots = world()
    ends = []
    with rewound(*roots) as snapshot:
        for _ in range(2):
            snapshot.restore()
            step()
            step()
            ends.append(seen())
    ends = [{k: v for k, v in end.items() if k not in ("grads", "pointers")} for end in ends]
    assert differences(*ends) == []
