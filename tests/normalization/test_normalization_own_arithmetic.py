"""Every norm computes by itself: none falls back to the framework's kernel that it replaces."""

import pickle

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from deeptricks import normalization as ours
from tests.forbidden import KernelUsedError, forbidden

KERNELS = [
    "native_batch_norm", "native_batch_norm_backward", "_batch_norm_impl_index",
    "_batch_norm_impl_index_backward", "_native_batch_norm_legit", "_batch_norm_with_update",
    "_native_batch_norm_legit_no_training", "_batch_norm_no_update", "batch_norm_backward",
    "cudnn_batch_norm", "cudnn_batch_norm_backward", "batch_norm_stats", "batch_norm_elemt",
    "batch_norm_gather_stats", "batch_norm_gather_stats_with_counts", "batch_norm_backward_reduce",
    "batch_norm_backward_elemt", "batch_norm_update_stats", "native_layer_norm",
    "native_layer_norm_backward", "native_group_norm", "native_group_norm_backward",
    "_fused_rms_norm", "_fused_rms_norm_backward", "_weight_norm_interface",
    "_weight_norm_interface_backward",
]  # fmt: skip
FUNCTIONS = [
    *(f"torch.nn.functional.{kind}_norm" for kind in ("batch", "layer", "group", "instance")),
    *(f"torch.{kind}_norm" for kind in ("batch", "layer", "group", "instance")),
    "torch.nn.functional.rms_norm", "torch.rms_norm", "torch._weight_norm",
]  # fmt: skip
IMAGES, ROWS = (4, 6, 3, 5), (4, 6)
LAYERS = {
    "BatchNorm1d": ((6,), {}, ROWS),
    "BatchNorm2d": ((6,), {}, IMAGES),
    "BatchNorm3d": ((6,), {}, (4, 6, 2, 3, 2)),
    "SyncBatchNorm": ((6,), {}, IMAGES),
    "InstanceNorm1d": ((6,), {"affine": True, "track_running_stats": True}, (4, 6, 3)),
    "InstanceNorm2d": ((6,), {}, IMAGES),
    "InstanceNorm3d": ((6,), {"track_running_stats": True}, (4, 6, 2, 3, 2)),
    "LayerNorm": (((3, 5),), {}, IMAGES),
    "GroupNorm": ((2, 6), {}, IMAGES),
    "RMSNorm": (((3, 5),), {}, IMAGES),
    "DecorrelatedBatchNorm": ((6,), {}, IMAGES),
    "IterativeNorm": ((6,), {}, IMAGES),
}


def whole_life(layer, shape):
    """Training with a backward pass, evaluation, state saved and loaded: all that a layer does."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for _ in range(2):
        layer.train()(x).square().sum().backward()
        layer.eval()(x).sum().backward()
    (slope,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
    assert slope.isfinite().all()
    copy = pickle.loads(pickle.dumps(layer))
    copy.load_state_dict(layer.state_dict())
    assert torch.equal(copy(x), layer(x))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_lives_without_the_frameworks_kernels(name):
    arguments, options, shape = LAYERS[name]
    with forbidden(*KERNELS, functions=FUNCTIONS):
        whole_life(getattr(ours, name)(*arguments, **options), shape)


def test_weight_norm_lives_without_the_frameworks_kernels():
    with forbidden(*KERNELS, functions=FUNCTIONS):
        layer = ours.weight_norm(nn.Linear(6, 3))
        layer(torch.randn(4, 6)).square().sum().backward()
    assert all(p.grad is not None for p in layer.parameters())


def in_its_parents_arms(kind):
    """A class whose `forward` is the framework's again."""
    parent = next(c for c in kind.__mro__ if c.__module__.startswith("torch."))
    return type(kind.__name__, (kind,), {"forward": parent.forward})


@pytest.mark.parametrize("name", [n for n in LAYERS if hasattr(nn, n)])
@pytest.mark.parametrize("what", ["kernels", "functions"])
def test_a_layer_that_falls_back_to_its_parent_is_seen(name, what):
    arguments, options, shape = LAYERS[name]
    kind = in_its_parents_arms(getattr(ours, name))
    if "Instance" in name:  # there the arithmetic lies in a method that `forward` calls
        kind._apply_instance_norm = nn.modules.instancenorm._InstanceNorm._apply_instance_norm
    layer = kind(*arguments, **options)
    x = torch.randn(shape)
    if what == "kernels" and name != "RMSNorm":  # which has no kernel on a CPU: see `FUNCTIONS`
        with pytest.raises(KernelUsedError), forbidden(*KERNELS):
            layer(x)
    else:
        with pytest.raises(KernelUsedError), forbidden(functions=FUNCTIONS):
            layer(x)


def test_a_weight_norm_of_the_frameworks_is_seen():
    layer = parametrizations.weight_norm(nn.Linear(6, 3))
    for ban in (forbidden(*KERNELS), forbidden(functions=FUNCTIONS)):
        with pytest.raises(KernelUsedError), ban:
            layer(torch.randn(4, 6))


def test_the_list_knows_every_norm_of_this_part():
    classes = {n for n in ours.__all__ if isinstance(getattr(ours, n), type)}
    norms = {n for n in classes if "Norm" in n}
    assert norms == set(LAYERS)
