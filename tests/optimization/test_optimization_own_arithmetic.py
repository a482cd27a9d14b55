"""Every class of this part computes with arithmetic of its own, none with its parent's."""

import copy

import pytest
import torch
from torch import nn

from deeptricks import optimization
from tests.forbidden import KernelUsedError, forbidden

OPTIMIZERS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adagrad": {},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "Muon": {},
    "LBFGS": {"line_search_fn": "strong_wolfe", "max_iter": 3},
}
SCHEDULES = {
    "StepLR": {"step_size": 3},
    "MultiStepLR": {"milestones": [2, 5]},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {"T_max": 5},
    "CosineAnnealingWarmRestarts": {"T_0": 3, "T_mult": 2},
    "OneCycleLR": {"max_lr": 1.0, "total_steps": 12},
    "LinearWarmup": {"start_factor": 0.1},
}
PARENTS = {"LinearWarmup": "LinearLR"}
AVERAGES = ["PolyakAverage", "StochasticWeightAverage", "ExponentialMovingAverage"]


def kernels():
    """The steps of the framework's optimizers, the formulas of its schedules and averages."""
    modules = [name.lower() for name in OPTIMIZERS if name not in ("AdamW", "Muon", "LBFGS")]
    for module in modules:
        names = [module, f"_single_tensor_{module}", f"_multi_tensor_{module}"]
        names += [f"_fused_{module}"] if module != "rmsprop" else []
        yield from (f"torch.optim.{module}.{name}" for name in names)
    yield "torch.optim._muon.muon"
    yield "torch.optim._muon._zeropower_via_newtonschulz"
    yield "torch.optim.lbfgs._strong_wolfe"
    yield from (f"torch.optim.{name}.step" for name in OPTIMIZERS)
    for name in SCHEDULES:
        parent = f"torch.optim.lr_scheduler.{PARENTS.get(name, name)}"
        yield f"{parent}.get_lr"
        if hasattr(getattr(torch.optim.lr_scheduler, PARENTS.get(name, name)), CLOSED_FORM):
            yield f"{parent}.{CLOSED_FORM}"
    plateau = "torch.optim.lr_scheduler.ReduceLROnPlateau"
    yield from (f"{plateau}.{name}" for name in ("step", "_is_better", "_reduce_lr"))
    yield "torch.optim.swa_utils.AveragedModel.update_parameters"


CLOSED_FORM = "_get_closed_form_lr"
KERNELS = list(kernels())


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4, bias=False), nn.Tanh(), nn.Linear(4, 2, bias=False))


def trained(kind, options, steps=3, state=None):
    """The weights after some steps with a closure, and the optimizer's state."""
    net, batch = network(), torch.linspace(-1, 1, 15).view(5, 3)
    optimizer = kind(net.parameters(), **options)
    if state is not None:
        optimizer.load_state_dict(copy.deepcopy(state))

    def closure():
        optimizer.zero_grad()
        loss = net(batch).square().mean()
        loss.backward()
        return loss

    losses = [float(optimizer.step(closure)) for _ in range(steps)]
    assert losses[0] > 0
    return [p.detach().clone() for p in net.parameters()], optimizer.state_dict()


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS.items(), ids=OPTIMIZERS)
def test_optimizers(name, options):
    ours, theirs = getattr(optimization, name), getattr(torch.optim, name)
    expected, state = trained(theirs, options)
    on, _ = trained(theirs, options, state=state)
    with forbidden(functions=KERNELS):
        found, own = trained(ours, options)
        further, _ = trained(ours, options, state=own)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(further, on, rtol=1e-5, atol=1e-6)
    assert issubclass(ours, theirs)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_that_falls_back_to_its_parent_is_seen(name):
    theirs = getattr(torch.optim, name)

    class Doctored(getattr(optimization, name)):
        def step(self, closure=None):
            return theirs.step(self, closure)

    with forbidden(functions=KERNELS), pytest.raises(KernelUsedError):
        trained(Doctored, OPTIMIZERS[name])


def scheduled(kind, options, to=None):
    weight = nn.Parameter(torch.zeros(1))
    sgd = optimization.SGD([weight], lr=0.5, momentum=0.9)
    sgd.step()
    schedule, rates = kind(sgd, **options), []
    for _ in range(8):
        schedule.step()
        rates.append(schedule.get_last_lr()[0])
    fresh = kind(optimization.SGD([weight], lr=0.5, momentum=0.9), **options)
    fresh.load_state_dict(schedule.state_dict())
    assert fresh.get_last_lr() == schedule.get_last_lr()
    return rates


@pytest.mark.parametrize(("name", "options"), SCHEDULES.items(), ids=SCHEDULES)
def test_schedules(name, options):
    ours = getattr(optimization, name)
    theirs = getattr(torch.optim.lr_scheduler, PARENTS.get(name, name))
    expected = scheduled(theirs, options)
    with forbidden(functions=KERNELS):
        assert scheduled(ours, options) == pytest.approx(expected, rel=1e-12)
    assert issubclass(ours, theirs)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_that_falls_back_to_its_parent_is_seen(name):
    theirs = getattr(torch.optim.lr_scheduler, PARENTS.get(name, name))

    class Doctored(getattr(optimization, name)):
        def get_lr(self):
            return theirs.get_lr(self)

    with forbidden(functions=KERNELS), pytest.raises(KernelUsedError):
        scheduled(Doctored, SCHEDULES[name])


def test_the_plateau_rule():
    ours, theirs = optimization.ReduceLROnPlateau, torch.optim.lr_scheduler.ReduceLROnPlateau
    metrics = [3.0, 2.0, 2.5, 2.0, 1.0, 1.0]

    def rates(kind):
        schedule = kind(torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.5), patience=1)
        for metric in metrics:
            schedule.step(metric)
            yield schedule.get_last_lr()[0]

    expected = list(rates(theirs))
    with forbidden(functions=KERNELS):
        assert list(rates(ours)) == expected
        with pytest.raises(KernelUsedError):
            list(rates(theirs))
    assert expected[-1] < 0.5


@pytest.mark.parametrize("name", AVERAGES)
def test_averages(name):
    net = network()
    with forbidden(functions=KERNELS):
        average = getattr(optimization, name)(net)
        for _ in range(3):
            average.update_parameters(net)
    assert isinstance(average, torch.optim.swa_utils.AveragedModel)
    torch.testing.assert_close(average.module.state_dict(), net.state_dict())
    with forbidden(functions=KERNELS), pytest.raises(KernelUsedError):
        torch.optim.swa_utils.AveragedModel(net).update_parameters(net)
