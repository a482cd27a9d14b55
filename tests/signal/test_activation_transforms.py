"""Activations under autocast, torch.func, torch.compile and torch.export: as the framework's."""

import copy

import pytest
import torch
from torch import nn

from deeptricks import signal
from tests.signal.activations.twins import IN_PLACE, assert_same, everyone, pair, through

HALVES = [torch.bfloat16, torch.float16]


def drawn(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    return (3 * torch.randn(6, 3, 5, dtype=torch.float64, generator=generator)).to(dtype)


@everyone
def test_is_a_subclass_of_what_it_replaces(name, arguments):
    assert issubclass(getattr(signal, name), getattr(nn, name))


@everyone
@pytest.mark.parametrize("autocast", HALVES)
@pytest.mark.parametrize("dtype", [*HALVES, torch.float32, torch.float64])
def test_autocast_gives_the_type_and_values_of_the_framework(name, arguments, autocast, dtype):
    """Weights stay in float32 (float64 beside a float64 input), as mixed precision has them."""
    weights = torch.float64 if dtype == torch.float64 else torch.float32
    ours, theirs = pair(name, arguments, weights)
    x, results = drawn(dtype), []
    for module in (ours, theirs):
        leaf = x.clone().requires_grad_()
        with torch.autocast("cpu", dtype=autocast):
            y = module(leaf)
        y.backward(torch.ones_like(y))
        results.append([y.detach(), leaf.grad, *(p.grad for p in module.parameters())])
    assert [r.dtype for r in results[0]] == [r.dtype for r in results[1]]
    half = results[0][0].dtype in HALVES
    digits = torch.finfo(results[0][0].dtype).eps if half else 1e-6
    assert_same(results[0][:2], results[1][:2], rtol=digits, atol=digits)
    # The gradient of a weight is a sum over 90 or 30 entries, of which the framework rounds each.
    assert_same(results[0][2:], results[1][2:], rtol=4 * digits, atol=4 * digits)


@pytest.mark.parametrize("autocast", HALVES)
def test_prelu_behind_a_layer_that_autocast_made_half(autocast):
    results = []
    for kind in (signal.PReLU, nn.PReLU):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(8, 8), kind(), nn.Linear(8, 2))
        with torch.autocast("cpu", dtype=autocast):
            y = net(torch.randn(4, 8))
        y.float().sum().backward()
        results.append([y.detach(), *(p.grad for p in net.parameters())])
    digits = 4 * torch.finfo(autocast).eps
    assert results[0][0].dtype == autocast
    assert_same(*results, rtol=digits, atol=digits)


def test_autocast_leaves_prelu_apart_from_double_precision_as_the_framework_does():
    for who in (signal, nn):
        with torch.autocast("cpu"), pytest.raises(RuntimeError):
            who.PReLU()(torch.ones(2, 3, dtype=torch.float64))


@everyone
def test_gradients_of_each_sample(name, arguments):
    def of_each(module):
        def loss(parameters, sample):
            out = torch.func.functional_call(module, parameters, sample.unsqueeze(0))
            return out.square().sum()

        parameters = {k: p.detach() for k, p in module.named_parameters()}
        grads = torch.func.vmap(torch.func.grad(loss, argnums=(0, 1)), (None, 0))(parameters, x)
        return [*grads[0].values(), grads[1]]

    x = drawn()
    assert_same(*map(of_each, pair(name, arguments)), rtol=0, atol=1e-10)


@everyone
def test_forward_mode_and_jacobians(name, arguments):
    x = drawn()[:2, :, :1]
    results = []
    for module in pair(name, arguments):
        tangent = torch.func.jvp(module, (x,), (torch.cos(x),))[1]
        results.append([tangent, torch.func.jacrev(module)(x), torch.func.jacfwd(module)(x)])
    assert_same(*results, rtol=0, atol=1e-10)


@everyone
def test_many_networks_at_once(name, arguments):
    nets = [pair(name, arguments)[0] for _ in range(3)]
    for i, net in enumerate(nets):
        for p in net.parameters():
            nn.init.constant_(p, 0.1 * (i + 1))
    x = drawn()
    if not list(nets[0].parameters()):
        together = torch.func.vmap(nets[0])(torch.stack([x, -x, 2 * x]))
    else:
        stacked = torch.func.stack_module_state(nets)
        together = torch.func.vmap(lambda p, b, x: torch.func.functional_call(nets[0], (p, b), x))(
            *stacked, torch.stack([x, -x, 2 * x])
        )
    alone = [net(factor * x) for net, factor in zip(nets, (1, -1, 2), strict=True)]
    torch.testing.assert_close(together, torch.stack(alone), rtol=0, atol=1e-12)


@everyone
def test_compiles_as_one_graph(name, arguments):
    torch.compiler.reset()
    module, _ = pair(name, arguments)
    compiled = torch.compile(copy.deepcopy(module), fullgraph=True, backend="aot_eager")
    x = drawn()
    assert_same(
        through(compiled, x, torch.ones_like(x)), through(module, x, torch.ones_like(x)),
        rtol=0, atol=1e-12,
    )  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_compiles_and_maps(name):
    torch.compiler.reset()
    module, x = getattr(signal, name)(inplace=True), drawn()
    expected = getattr(nn, name)()(x)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    for run in (compiled, torch.func.vmap(module)):
        given = x.clone()
        torch.testing.assert_close(run(given), expected, rtol=0, atol=1e-10)
        torch.testing.assert_close(given, expected, rtol=0, atol=1e-10)


@everyone
def test_exports(name, arguments):
    module, x = pair(name, arguments)[0], drawn()
    batch = {0: torch.export.Dim("batch", min=2)}
    program = torch.export.export(module, (x,), dynamic_shapes=(batch,))
    torch.testing.assert_close(program.module()(x[:4]), module(x[:4]), rtol=0, atol=1e-12)
