"""Our norms are the framework's to everybody who asks: by class, by copy, by checkpoint."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from deeptricks import normalization as ours

LAYERS = {
    "BatchNorm1d": (3,), "BatchNorm2d": (3,), "BatchNorm3d": (3,), "SyncBatchNorm": (3,),
    "InstanceNorm1d": (3,), "InstanceNorm2d": (3,), "InstanceNorm3d": (3,), "LayerNorm": (3,),
    "GroupNorm": (1, 3), "RMSNorm": (3,),
}  # fmt: skip
BATCH_NORMS = [name for name in LAYERS if "Batch" in name]
SHAPES = {"BatchNorm1d": (8, 3), "BatchNorm3d": (8, 3, 2, 2, 2)}


def sample(name, shift=5.0):
    shape = SHAPES.get(name, (8, 3, 2, 2))
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)) + shift


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_one_of_the_frameworks(name):
    layer, theirs = (getattr(p, name)(*LAYERS[name]) for p in (ours, nn))
    assert isinstance(layer, getattr(nn, name))
    assert repr(layer) == repr(theirs)
    assert layer.state_dict().keys() == theirs.state_dict().keys()
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert type(other) is getattr(ours, name)
        torch.testing.assert_close(other.state_dict(), layer.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("name", BATCH_NORMS)
def test_who_freezes_batch_norms_finds_ours(name):
    assert isinstance(getattr(ours, name)(3), nn.modules.batchnorm._BatchNorm)


@pytest.mark.parametrize("name", BATCH_NORMS)
def test_update_bn_takes_the_statistics_anew(name):
    batches = [sample(name, shift) for shift in (1.0, 2.0, 6.0)]
    found = []
    for package in (ours, nn):
        model = nn.Sequential(getattr(package, name)(3))
        model(sample(name, 100.0))  # to be forgotten
        update_bn(batches, model)
        found.append([model[0].running_mean, model[0].running_var])
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)
    assert found[0][0].mean() == pytest.approx(3.0, abs=0.5)


@pytest.mark.parametrize("name", BATCH_NORMS)
def test_the_frameworks_conversion_takes_ours(name):
    layer = getattr(ours, name)(3)
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(layer))[0]
    assert type(converted) is nn.SyncBatchNorm
    assert converted.weight is layer.weight


@pytest.mark.parametrize("package", [ours, nn])
@pytest.mark.parametrize("name", BATCH_NORMS)
def test_our_conversion_makes_ours_of_either(name, package):
    layer = getattr(package, name)(3, momentum=None).eval()
    converted = ours.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(layer))[0]
    assert type(converted) is ours.SyncBatchNorm
    assert (converted.momentum, converted.training) == (None, False)
    own, theirs = (dict(m.named_parameters()) | dict(m.named_buffers()) for m in (converted, layer))
    assert all(own[key] is theirs[key] for key in own.keys() | theirs.keys())


@pytest.mark.parametrize("assign", [True, False])
@pytest.mark.parametrize("name", BATCH_NORMS)
def test_an_old_checkpoint_leaves_nothing_on_meta(name, assign):
    old = getattr(nn, name)(3).state_dict()
    del old["num_batches_tracked"]
    with torch.device("meta" if assign else "cpu"):
        layer = getattr(ours, name)(3)
    layer.load_state_dict(dict(old), assign=assign)
    assert {t.device.type for t in layer.state_dict().values()} == {"cpu"}
    layer(sample(name))
    assert layer.num_batches_tracked == 1


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("name", BATCH_NORMS)
def test_statistics_that_were_taken_away_are_those_of_the_batch(name, momentum, training):
    found = []
    for package in (ours, nn):
        layer = getattr(package, name)(3, momentum=momentum).train(training)
        layer.running_mean = layer.running_var = None
        found.append([layer(sample(name)), layer.num_batches_tracked])
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


def test_a_row_of_zeros_has_a_second_derivative():
    found = []
    for package in (ours, nn):
        x = torch.tensor([[0.0, 0, 0], [1, 2, 3]], dtype=torch.float64, requires_grad=True)
        layer = package.RMSNorm(3, eps=1e-6, dtype=x.dtype)
        (slope,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
        found.append(torch.autograd.grad(slope.square().sum(), x)[0])
    assert found[0].isfinite().all()
    torch.testing.assert_close(*found, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 4, 5, 3), (2, 4, 2, 3, 2)])
@pytest.mark.parametrize("kind", ["GroupNorm", "InstanceNorm", "BatchNorm"])
def test_channels_last_stay_last(kind, shape):
    last = {4: torch.channels_last, 5: torch.channels_last_3d}[len(shape)]
    x = torch.randn(shape).contiguous(memory_format=last)
    name, arguments = (kind, (2, 4)) if kind == "GroupNorm" else (f"{kind}{len(shape) - 2}d", (4,))
    y, theirs = (getattr(p, name)(*arguments)(x) for p in (ours, nn))
    assert y.is_contiguous(memory_format=last)
    torch.testing.assert_close(y, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", [lambda p: p.LayerNorm(0), lambda p: p.LayerNorm((2, 0))])
def test_no_features_give_no_output(make):
    shape = (3, *make(nn).normalized_shape)
    assert make(ours)(torch.ones(shape)).shape == make(nn)(torch.ones(shape)).shape == shape
