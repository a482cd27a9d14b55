"""torch.func, torch.compile, torch.export and autocast: with each norm as with the framework's."""

import copy

import pytest
import torch
from torch import nn
from torch.autograd import forward_ad
from torch.func import functional_call, grad, hessian, jacrev, jvp, stack_module_state, vmap
from torch.nn.utils import parametrizations

from deeptricks import normalization as ours

OF_BATCH = {"track_running_stats": False}  # running statistics cannot change under vmap


def weight_normed(package):
    put = ours.weight_norm if package is ours else parametrizations.weight_norm
    return put(nn.Linear(4, 3))


NORMS = {
    "BatchNorm1d": (lambda p: p.BatchNorm1d(4, **OF_BATCH), (3, 4)),
    "BatchNorm2d": (lambda p: p.BatchNorm2d(4, **OF_BATCH), (2, 4, 2, 3)),
    "BatchNorm3d": (lambda p: p.BatchNorm3d(4, affine=False, **OF_BATCH), (2, 4, 2, 1, 2)),
    "BatchNorm1d, no bias": (lambda p: p.BatchNorm1d(4, bias=False, **OF_BATCH), (3, 4, 2)),
    "BatchNorm1d, kept": (lambda p: p.BatchNorm1d(4).eval(), (3, 4)),
    "InstanceNorm1d": (lambda p: p.InstanceNorm1d(4, affine=True), (2, 4, 3)),
    "InstanceNorm2d": (lambda p: p.InstanceNorm2d(4), (2, 4, 2, 3)),
    "LayerNorm": (lambda p: p.LayerNorm(4), (3, 4)),
    "LayerNorm of two": (lambda p: p.LayerNorm((2, 3)), (2, 4, 2, 3)),
    "GroupNorm": (lambda p: p.GroupNorm(2, 4), (2, 4, 3)),
    "GroupNorm, no affine": (lambda p: p.GroupNorm(2, 4, affine=False), (2, 4, 2, 3)),
    "RMSNorm": (lambda p: p.RMSNorm(4, eps=1e-3), (3, 4)),
    "weight_norm": (weight_normed, (3, 4)),
}
every = pytest.mark.parametrize("name", NORMS)


def normal(shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def twins(name):
    """Our layer and theirs in double precision, with the same parameters."""
    make, _ = NORMS[name]
    pair = [make(package).double() for package in (ours, nn)]
    for layer in pair:
        for seed, p in enumerate(layer.parameters()):
            p.data = normal(p.shape, seed=seed) + 1.5
    return pair


def agree(name, call, tolerance=1e-9):
    """`call` of our layer and of theirs."""
    ours_own, theirs = (call(layer) for layer in twins(name))
    torch.testing.assert_close(ours_own, theirs, rtol=tolerance, atol=tolerance)
    return ours_own


def inputs(name, count=5):
    return normal((count, *NORMS[name][1]), seed=9)


def loss(layer):
    return lambda parameters, x: functional_call(layer, parameters, (x,)).pow(3).sum()


def parameters(layer):
    return {name: p.detach() for name, p in layer.named_parameters()}


@every
def test_vmap(name):
    agree(name, lambda layer: vmap(layer)(inputs(name)))


@every
def test_gradients_of_each_sample(name):
    agree(name, lambda m: vmap(grad(loss(m), (0, 1)), (None, 0))(parameters(m), inputs(name)))


@pytest.mark.parametrize("name", [n for n in NORMS if list(NORMS[n][0](ours).parameters())])
def test_gradients_of_stacked_networks(name):
    def stacked(layer):
        copies = [copy.deepcopy(layer) for _ in range(3)]
        for factor, each in enumerate(copies, start=1):
            for p in each.parameters():
                p.data *= factor
        stack, buffers = stack_module_state(copies)
        stack = {n: p.detach() for n, p in stack.items()}

        def one(parameters, buffers, x):
            return functional_call(copies[0], (parameters, buffers), (x,)).pow(3).sum()

        return vmap(grad(one), (0, 0, None))(stack, buffers, inputs(name)[0])

    agree(name, stacked)


@every
def test_stacked_networks_whose_backward_pass_lies_outside(name):
    """Train as `runs.train_many` does: vmap forward, then one ordinary `backward`."""

    def stacked(layer):
        stack, buffers = stack_module_state([copy.deepcopy(layer) for _ in range(3)])
        x = inputs(name)[0].expand(3, *inputs(name)[0].shape).clone().requires_grad_()

        def one(parameters, buffers, x):
            return functional_call(layer, (parameters, buffers), (x,)).pow(3).sum()

        total = vmap(one)(stack, buffers, x).sum()
        return dict(enumerate(torch.autograd.grad(total, [x, *stack.values()])))

    agree(name, stacked)


@every
def test_second_derivatives(name):
    x = inputs(name)[0]
    agree(name, lambda layer: jacrev(jacrev(lambda x: layer(x).pow(3).sum()))(x))
    agree(name, lambda layer: hessian(lambda x: layer(x).pow(3).sum())(x))


@every
def test_forward_derivatives(name):
    x, dx = inputs(name, count=2)
    agree(name, lambda layer: jvp(layer, (x,), (dx,)))

    def dual(layer):
        with forward_ad.dual_level():
            return forward_ad.unpack_dual(layer(forward_ad.make_dual(x, dx))).tangent

    agree(name, dual)


@pytest.mark.parametrize(
    "name", [n for n in NORMS if list(NORMS[n][0](ours).parameters()) and n != "weight_norm"]
)
def test_forward_derivatives_to_the_parameters(name):
    def change(layer):
        own = parameters(layer)
        call = lambda own: functional_call(layer, own, (inputs(name)[0],))  # noqa: E731
        return jvp(call, (own,), ({n: p + 1 for n, p in own.items()},))

    agree(name, change)


CAPTURED = {
    "BatchNorm1d": (lambda p: p.BatchNorm1d(4), (3, 4, 5)),
    "BatchNorm2d, no affine": (lambda p: p.BatchNorm2d(4, affine=False), (3, 4, 2, 2)),
    "BatchNorm1d, of the batch": (lambda p: p.BatchNorm1d(4, **OF_BATCH), (3, 4)),
    "InstanceNorm1d": (lambda p: p.InstanceNorm1d(4), (2, 4, 3)),
    "InstanceNorm2d, kept": (
        lambda p: p.InstanceNorm2d(4, affine=True, track_running_stats=True), (2, 4, 3, 3),
    ),
    "LayerNorm": (lambda p: p.LayerNorm((3, 4)), (2, 3, 4)),
    "GroupNorm": (lambda p: p.GroupNorm(2, 4), (2, 4, 3)),
    "RMSNorm": (lambda p: p.RMSNorm(4), (3, 4)),
    "weight_norm": (weight_normed, (3, 4)),
}  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CAPTURED)
def test_one_graph_holds_the_layer(name, training):
    make, shape = CAPTURED[name]
    plain = make(ours).double().train(training)
    captured = copy.deepcopy(plain)
    torch.compiler.reset()
    found = []
    for layer, run in (
        (plain, plain),
        (captured, torch.compile(captured, backend="aot_eager", fullgraph=True)),
    ):
        x = normal(shape).requires_grad_()
        y = run(x)
        y.pow(3).sum().backward()
        found.append([y, x.grad, *(p.grad for p in layer.parameters()), *layer.buffers()])
    torch.testing.assert_close(*found, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CAPTURED)
def test_the_layer_is_exported(name, training):
    make, shape = CAPTURED[name]
    layer = make(ours).double().train(training)
    program = torch.export.export(copy.deepcopy(layer), (normal(shape),))
    x = normal(shape, seed=1)
    torch.testing.assert_close(program.module()(x), layer(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@every
def test_autocast_changes_what_it_changes_in_the_framework(name, dtype):
    found = []
    for layer in twins(name):
        layer.float()
        x = (10 * inputs(name)[0]).to(dtype).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            y = layer(x)
            y.float().pow(3).sum().backward()  # inside, where a product would be rounded
        found.append([y, x.grad, *(p.grad for p in layer.parameters())])
    for a, b in zip(*found, strict=True):
        assert a.dtype == b.dtype
        close = 2e-2 if torch.bfloat16 in (a.dtype, dtype) else 1e-5
        torch.testing.assert_close(a, b, rtol=close, atol=close * max(1, b.abs().max().item()))
