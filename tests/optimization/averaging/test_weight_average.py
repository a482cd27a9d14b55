"""Averages of weights: equal to the framework's, over what it meets and in what it stores."""

import copy
from math import comb

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from deeptricks.optimization import (
    ExponentialMovingAverage,
    PolyakAverage,
    StochasticWeightAverage,
    update_batch_norm,
)

EXACT = {"rtol": 0, "atol": 1e-12}
KINDS = {
    "plain": (PolyakAverage, {}, {}),
    "cycles": (StochasticWeightAverage, {}, {}),
    "moving": (
        lambda model, **options: ExponentialMovingAverage(model, 0.9, **options),
        {"multi_avg_fn": get_ema_multi_avg_fn(0.9)},
        {},
    ),
}


def network(seed=0, dtype=torch.float64):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.3))
    model.append(nn.Linear(5, 5)).append(nn.Linear(5, 2))
    model[5].weight.requires_grad_(False)
    return model.to(dtype)


@torch.no_grad()
def shake(model, seed):
    """Other weights, and batch norm has seen a batch more."""
    generator = torch.Generator().manual_seed(seed)
    for p in model.parameters():
        p.add_(torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p))
    model.train()(torch.randn(7, 3, generator=generator, dtype=torch.float64).to(p))


def both(kind, use_buffers=False):
    ours, options, _ = KINDS[kind]
    model = network()
    return (
        model,
        ours(model, use_buffers=use_buffers),
        AveragedModel(model, use_buffers=use_buffers, **options),
    )


def state(module, floats_only=False):
    kept = module.state_dict().items()
    return {k: v for k, v in kept if v.is_floating_point() or not floats_only}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use_buffers", [False, True])
def test_state_and_outputs_equal_the_framework(kind, use_buffers):
    model, ours, theirs = both(kind, use_buffers)
    for step in range(6):
        shake(model, step)
        assert ours.update_parameters(model) is None
        theirs.update_parameters(model)
        torch.testing.assert_close(
            state(ours, floats_only=True), state(theirs, floats_only=True), **EXACT
        )
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert ours.n_averaged == theirs.n_averaged == step + 1
    x = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), **EXACT)
    assert ours.n_averaged.dtype == torch.long


@pytest.mark.parametrize("kind", KINDS)
def test_checkpoints_load_both_ways_and_training_goes_on(kind):
    model, ours, theirs = both(kind)
    for step in range(3):
        shake(model, step)
        ours.update_parameters(model)
    theirs.load_state_dict(ours.state_dict())
    _, again, _ = both(kind)
    again.load_state_dict(theirs.state_dict())
    shake(model, 3)
    for average in (ours, theirs, again):
        average.update_parameters(model)
    torch.testing.assert_close(state(theirs), state(ours), **EXACT)
    torch.testing.assert_close(state(again), state(ours), **EXACT)


def weights_of(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_plain_mean_is_the_mean_of_what_it_was_shown():
    model, shown = network(), []
    average, late = PolyakAverage(model), PolyakAverage(model, start=2)
    for step in range(5):
        shake(model, step)
        shown.append(weights_of(model))
        average.update_parameters(model)
        late.update_parameters(model)
        if step < 2:
            torch.testing.assert_close(weights_of(late), shown[-1], **EXACT)
            assert late.n_averaged == 0
    torch.testing.assert_close(weights_of(average), torch.stack(shown).mean(dim=0), **EXACT)
    torch.testing.assert_close(weights_of(late), torch.stack(shown[2:]).mean(dim=0), **EXACT)
    assert late.n_averaged == 3


def test_cycles_take_the_last_of_each():
    model, shown = network(), []
    average = StochasticWeightAverage(model, every=3)
    before = weights_of(average)
    for step in range(8):
        shake(model, step)
        average.update_parameters(model)
        shown.append(weights_of(model))
        if step == 1:
            torch.testing.assert_close(weights_of(average), before, **EXACT)
    expected = (shown[2] + shown[5]) / 2
    torch.testing.assert_close(weights_of(average), expected, **EXACT)
    assert average.n_averaged == 2


@pytest.mark.parametrize(
    "make", [lambda m: PolyakAverage(m, start=3), lambda m: StochasticWeightAverage(m, every=3)]
)
def test_counting_goes_on_after_a_checkpoint(make):
    model = network()
    whole, part = make(model), make(model)
    for step in range(7):
        shake(model, step)
        whole.update_parameters(model)
        part.update_parameters(model)
        if step == 1:
            stored, part = part.state_dict(), make(model)
            part.load_state_dict(stored)
    torch.testing.assert_close(state(part), state(whole), **EXACT)


def test_moving_average_with_warmup():
    model, shown = network(), []
    average = ExponentialMovingAverage(model, 0.5, warmup=True)
    for step in range(20):
        shake(model, step)
        average.update_parameters(model)
        shown.append(weights_of(model))
        if step == 0:
            expected = shown[0]
        else:
            decay = min(0.5, (1 + step) / (10 + step))  # TensorFlow's formula
            expected = decay * expected + (1 - decay) * shown[-1]
        torch.testing.assert_close(weights_of(average), expected, **EXACT)
    assert 9 / (10 + 19) < 0.5  # so that both branches were taken


def test_warmup_never_remembers_more_than_a_ninth_of_the_run():
    average = ExponentialMovingAverage(network(), 1.0, warmup=True)
    remembered = 1.0
    for n in range(1, 1000):
        remembered *= 1 - average.share(n)
    assert remembered == pytest.approx(1 / comb(1009, 9) * 10, rel=1e-9)


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_ends_of_the_decay(decay):
    model = network()
    average = ExponentialMovingAverage(model, decay)
    shown = []
    for step in range(3):
        shake(model, step)
        average.update_parameters(model)
        shown.append(weights_of(model))
    expected = shown[-1] if decay == 0 else shown[0]
    torch.testing.assert_close(weights_of(average), expected, **EXACT)


def test_counts_and_masks_are_copied():
    model = network()
    model.register_buffer("mask", torch.tensor([True, False]))
    average = PolyakAverage(model, use_buffers=True)
    for step in range(4):
        shake(model, step)
        model.mask.logical_not_()
        average.update_parameters(model)
    assert average.module[1].num_batches_tracked == 4
    assert torch.equal(average.module.mask, model.mask)
    theirs = AveragedModel(network(), use_buffers=True)
    model = network()
    for step in range(4):
        shake(model, step)
        theirs.update_parameters(model)
    assert theirs.module[1].num_batches_tracked != 4  # why ours differs


def test_model_is_untouched_and_the_average_is_no_alias():
    model = network()
    before = copy.deepcopy(model.state_dict())
    average = ExponentialMovingAverage(model, 0.9)
    average.update_parameters(model)
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
    held = weights_of(average)
    shake(model, 0)
    torch.testing.assert_close(weights_of(average), held, rtol=0, atol=0)
    assert all(p.grad_fn is None for p in average.parameters())


def test_frozen_and_shared_weights():
    model = network()
    model[4].weight = model[0].weight = nn.Parameter(torch.zeros(5, 5, dtype=torch.float64))
    model[0].in_features = 5
    average = PolyakAverage(model)
    assert average.module[4].weight is average.module[0].weight
    for value in (1.0, 2.0):
        with torch.no_grad():
            model[0].weight.fill_(value)
            model[5].weight.fill_(value)
        average.update_parameters(model)
    assert (average.module[0].weight == 1.5).all()
    assert (average.module[5].weight == 1.5).all()
    assert not average.module[5].weight.requires_grad


def test_start_that_is_not_finite_is_forgotten():
    model = network()
    with torch.no_grad():
        model[0].weight.fill_(float("nan"))
    average = ExponentialMovingAverage(model, 0.9)
    with torch.no_grad():
        model[0].weight.fill_(1.0)
    average.update_parameters(model)
    assert (average.module[0].weight == 1).all()


def test_half_precision_needs_a_wider_average():
    model = nn.Linear(1, 1, bias=False).to(torch.bfloat16)
    narrow = ExponentialMovingAverage(model, 0.999)
    wide = ExponentialMovingAverage(model, 0.999).float()
    for step in range(2000):
        with torch.no_grad():
            model.weight.fill_(1.0 if step == 0 else 1.5)
        narrow.update_parameters(model)
        wide.update_parameters(model)
    assert narrow.module.weight.item() == 1.0
    assert wide.module.weight.item() == pytest.approx(1.5 - 0.5 * 0.999**1999, abs=1e-4)
    assert wide.n_averaged.dtype == torch.long


def test_device():
    average = PolyakAverage(network(), "meta")
    assert {v.device.type for v in average.state_dict().values()} == {"meta"}
    assert PolyakAverage(network(), device="cpu").n_averaged.device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", KINDS)
def test_on_a_gpu_and_beside_it(kind):
    ours, options, _ = KINDS[kind]
    model = network().cuda()
    averages = ours(model), ours(model, device="cpu"), AveragedModel(model, **options)
    for step in range(3):
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(step + 1)
        for average in averages:
            average.update_parameters(model)
    here, beside, theirs = (weights_of(average).cpu() for average in averages)
    torch.testing.assert_close(here, theirs, **EXACT)
    torch.testing.assert_close(beside, theirs, **EXACT)


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"decay must be between 0 and 1, got 1\.1"):
        ExponentialMovingAverage(network(), 1.1)
    with pytest.raises(ValueError, match="decay must be between 0 and 1, got nan"):
        ExponentialMovingAverage(network(), float("nan"))
    with pytest.raises(ValueError, match="start must be a whole number of at least 0, got -1"):
        PolyakAverage(network(), start=-1)
    with pytest.raises(ValueError, match="every must be a whole number of at least 1, got 0"):
        StochasticWeightAverage(network(), every=0)
    with pytest.raises(ValueError, match="model must have parameters of shapes"):
        PolyakAverage(network()).update_parameters(nn.Linear(3, 5))
    without = network()
    without[1].register_buffer("running_mean", None)
    with pytest.raises(ValueError, match="model must have buffers of shapes"):
        PolyakAverage(network()).update_parameters(without)


# Batch norm's statistics


def batches(shift=0.0):
    generator = torch.Generator().manual_seed(1)
    sizes = (6, 6, 3)
    return [torch.randn(n, 3, generator=generator, dtype=torch.float64) + shift for n in sizes]


@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("wrap", [lambda b: b, lambda b: (b, None), lambda b: [b]])
def test_statistics_equal_the_framework(wrap, momentum):
    ours, theirs = network(), network()
    for model, update in ((ours, update_batch_norm), (theirs, update_bn)):
        model[1].momentum = momentum
        model.eval()
        torch.manual_seed(3)
        update([wrap(b) for b in batches()], model, device="cpu")
        update([wrap(b) for b in batches(shift=2.0)], model)  # the first pass is forgotten
        assert model[1].momentum == momentum
        assert not model.training
    torch.testing.assert_close(state(ours), state(theirs), **EXACT)


def test_statistics_are_plain_means_over_batches():
    model = nn.Sequential(nn.BatchNorm1d(3)).double()
    update_batch_norm((b for b in batches()), model)
    mean = torch.stack([b.mean(dim=0) for b in batches()]).mean(dim=0)
    variance = torch.stack([b.var(dim=0) for b in batches()]).mean(dim=0)
    torch.testing.assert_close(model[0].running_mean, mean, **EXACT)
    torch.testing.assert_close(model[0].running_var, variance, **EXACT)
    assert model[0].num_batches_tracked == 3


def test_every_submodule_keeps_its_own_mode():
    model = network().train()
    model[3].eval()
    model[1].eval()
    update_batch_norm(batches(), model)
    assert [module.training for module in model] == [True, False, True, False, True, True]
    assert model.training
    assert model[1].num_batches_tracked == 3


def test_after_an_exception_momentum_and_mode_are_back():
    model = network().eval()

    def broken():
        yield batches()[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_batch_norm(broken(), model)
    assert model[1].momentum == 0.1
    assert not any(module.training for module in model.modules())


def test_loader_without_batches():
    model = network()
    shake(model, 0)
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match="loader must give at least one batch"):
        update_batch_norm([], model)
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
    assert model[1].momentum == 0.1


def test_which_modules_count():
    class OwnNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.momentum, self.passes = 0.2, 0

        def reset_running_stats(self):
            self.passes = 0

        def forward(self, x):
            assert self.momentum is None
            self.passes += 1
            return x

    model = nn.Sequential(OwnNorm(), nn.InstanceNorm1d(2, track_running_stats=True))
    model[1].running_mean.fill_(5.0)
    update_batch_norm([torch.zeros(2, 2, 3)] * 4, model)
    assert model[0].passes == 4
    assert model[0].momentum == 0.2
    assert (model[1].running_mean != 0).all()  # not reset, nor given a momentum it ignores

    untouched = nn.Linear(3, 3)
    update_batch_norm(iter(lambda: pytest.fail("no batch is needed"), None), untouched)


def test_recomputed_statistics_make_the_average_right():
    """Of a normalized layer whose input has other means at every weight."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).double()
    average = PolyakAverage(model)
    for step in range(3):
        shake(model, step)
        average.update_parameters(model)
    x = torch.cat(batches())
    update_batch_norm([x], average)
    out = average.eval()(x)
    torch.testing.assert_close(out.mean(dim=0), average.module[1].bias, **EXACT)
