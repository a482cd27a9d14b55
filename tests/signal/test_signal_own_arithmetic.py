"""Ours calculates: with the framework's kernels and functions forbidden, everything still runs."""

import pytest
import torch
from torch import nn

from deeptricks import signal
from tests.forbidden import KernelUsedError, forbidden
from tests.signal.activations.twins import CASES, IN_PLACE, everyone

KERNELS = [
    name + end
    for name in (
        *("relu", "clamp_min", "threshold", "leaky_relu", "prelu", "_prelu_kernel", "elu", "selu"),
        *("celu", "gelu", "silu", "sigmoid", "log_sigmoid_forward", "tanh", "hardtanh"),
    )
    for end in ("", "_", "_backward")
]
INIT = [
    *("zeros_", "constant_", "normal_", "uniform_", "orthogonal_", "calculate_gain"),
    *("xavier_normal_", "xavier_uniform_", "kaiming_normal_", "kaiming_uniform_"),
    *("_no_grad_zero_", "_no_grad_fill_", "_no_grad_normal_", "_no_grad_uniform_"),
    *("_calculate_fan_in_and_fan_out", "_calculate_correct_fan"),
]
INIT = [f"torch.nn.init.{name}" for name in INIT]
CLIP = [
    f"torch.nn.utils.clip_grad.{name}"
    for name in ("clip_grad_norm_", "clip_grad_value_", "_get_total_norm", "_clip_grads_with_norm_")
]


def runs(module):
    """Forward, backward and the second derivative, in training and in evaluation."""
    for mode in (True, False):
        module.train(mode)
        x = torch.linspace(-2, 2, 24).view(2, 3, 4).requires_grad_()
        y = module(1 * x)  # `1 *`: what is overwritten in place must not be a leaf
        (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        (slope.square().sum() + sum(p.sum() for p in module.parameters())).backward()


@everyone
def test_activations_call_no_kernel_of_the_framework(name, arguments):
    module = getattr(signal, name)(**arguments)
    with forbidden(*KERNELS):
        runs(module)


@pytest.mark.parametrize("name", IN_PLACE)
def test_nor_do_they_in_place(name):
    module = getattr(signal, name)(inplace=True)
    with forbidden(*KERNELS):
        runs(module)


@pytest.mark.parametrize(
    ("name", "arguments"), [*CASES, *((n, {"inplace": True}) for n in IN_PLACE)]
)
def test_one_that_falls_back_to_its_parent_is_seen(name, arguments):
    class Fallen(getattr(signal, name)):
        def forward(self, input):
            return getattr(nn, name).forward(self, input)

    module = Fallen(**arguments)
    with forbidden(*KERNELS), pytest.raises(KernelUsedError):
        runs(module)


@pytest.mark.parametrize("kernel", ["gelu_backward", "threshold_backward", "silu_backward"])
def test_one_that_leaves_the_derivative_to_the_framework_is_seen(kernel):
    fallen = {"gelu": nn.GELU, "threshold": nn.ReLU, "silu": nn.SiLU}[kernel.partition("_")[0]]()
    with forbidden(kernel), pytest.raises(KernelUsedError, match=kernel):
        runs(fallen)


INITIALIZERS = {
    "zeros_": (), "constant_": (0.5,), "normal_": (), "uniform_": (), "orthogonal_": (),
    "xavier_normal_": (), "xavier_uniform_": (), "kaiming_normal_": (), "kaiming_uniform_": (),
}  # fmt: skip


@pytest.mark.parametrize("name", [*INITIALIZERS, "lecun_normal_"])
def test_initializers_call_none_of_the_framework(name):
    weight = torch.full((3, 5), torch.nan)
    with forbidden(functions=INIT):
        getattr(signal, name)(weight, *INITIALIZERS.get(name, ()))
    assert weight.isfinite().all()


@pytest.mark.parametrize("name", sorted(INITIALIZERS.keys() - {"orthogonal_"}))  # it calls none
def test_an_initializer_that_falls_back_is_seen(name):
    theirs = getattr(nn.init, name)  # as `from torch.nn.init import …` would have it
    with forbidden(functions=INIT), pytest.raises(KernelUsedError):
        theirs(torch.empty(3, 5), *INITIALIZERS[name])


def test_whole_models_are_initialized_without_the_framework():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3))
    with forbidden(functions=INIT):
        signal.initialize_(model, signal.kaiming_normal_)
        signal.lsuv_(model, torch.randn(8, 1, 4, 4))


@pytest.mark.parametrize("name", ["clip_grad_norm_", "clip_grad_value_"])
def test_clipping_calls_no_function_of_the_framework(name):
    p = torch.zeros(3, requires_grad=True)
    p.grad = torch.tensor([3.0, 0.0, 4.0])
    with forbidden("_foreach_norm", "_foreach_mul_", "_foreach_clamp_max_", functions=CLIP):
        getattr(signal, name)([p], 1.0)
    assert 0.99 < p.grad[2] / (0.8 if name == "clip_grad_norm_" else 1.0) < 1.01
    with forbidden("_foreach_norm", "_foreach_clamp_max_"), pytest.raises(KernelUsedError):
        getattr(nn.utils, name)([p], 1.0)
