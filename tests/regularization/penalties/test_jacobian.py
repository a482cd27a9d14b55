"""The Jacobian penalty: exact, unbiased by projections, with gradients, alone and stacked."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, jacrev, stack_module_state, vmap

from deeptricks.regularization import jacobian_penalty, projection_variance

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def network(seed=0, dtype=torch.float64):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).to(dtype)


def inputs(n=5, dtype=torch.float64):
    return torch.randn(n, 4, generator=torch.Generator().manual_seed(1), dtype=dtype)


def jacobians(net, x):
    return torch.stack([torch.autograd.functional.jacobian(net, row) for row in x])


def test_exact_against_the_framework():
    net, x = network(), inputs()
    outputs, penalty = jacobian_penalty(net, x)
    torch.testing.assert_close(outputs, net(x), **EXACT)
    expected = jacobians(net, x).square().sum((1, 2)).mean() / 2
    torch.testing.assert_close(penalty.detach(), expected, **EXACT)


def test_of_a_linear_layer_it_is_half_its_squared_weights():
    layer = nn.Linear(4, 3).double()
    _, penalty = jacobian_penalty(layer, inputs())
    torch.testing.assert_close(penalty, layer.weight.square().sum() / 2, **EXACT)


@pytest.mark.parametrize("projections", [1, 3])
def test_the_same_seed_as_the_published_code(projections):
    """Its formula: C ‖vᵀJ‖² / (n B) / 2 with v a normal vector divided by its length."""
    net, x = network(), inputs().requires_grad_()
    draw = torch.Generator().manual_seed(7)
    total, z = 0.0, net(x)
    for v in torch.randn(projections, 5, 3, generator=draw, dtype=torch.float64):
        v = v / v.norm(dim=1, keepdim=True)
        (row,) = torch.autograd.grad(z, x, v, retain_graph=True)
        total += 3 * row.norm() ** 2 / (projections * 5) / 2
    draw = torch.Generator().manual_seed(7)
    _, penalty = jacobian_penalty(net, x.detach(), projections, draw)
    torch.testing.assert_close(penalty.detach(), total, **EXACT)


@pytest.mark.parametrize("projections", [1, 2, 5])
def test_unbiased_with_the_variance_of_the_formula(projections):
    """500 estimates for one input: five standard errors of the mean, and the variance."""
    net, x = network(), inputs(1)
    jacobian, many = jacobians(net, x)[0], 500
    exact = jacobian.square().sum()
    draw = torch.Generator().manual_seed(3)
    drawn = torch.stack(
        [2 * jacobian_penalty(net, x, projections, draw)[1].detach() for _ in range(many)]
    )
    variance = projection_variance(jacobian) / projections
    off = (drawn.mean() - exact) / (variance / len(drawn)) ** 0.5
    assert abs(off) < 5
    assert drawn.var() == pytest.approx(variance.item(), rel=0.25)
    assert variance < exact**2  # it is no accident that the mean is near


def test_variance_by_its_limits():
    equal = torch.eye(5, 8, dtype=torch.float64)
    assert projection_variance(equal) == pytest.approx(0, abs=1e-12)
    one = torch.zeros(5, 8, dtype=torch.float64)
    one[2, 3] = 2.0
    assert projection_variance(one).item() == pytest.approx(8 / 7 * 16)
    assert projection_variance(torch.randn(2, 4, 5, 8)).shape == (2, 4)


def test_each_sample_has_its_own_vector():
    """With one v for the batch, equal samples would have equal estimates: a larger variance."""
    net, x = network(), inputs(1)
    draw = torch.Generator().manual_seed(3)
    drawn = [jacobian_penalty(net, x.expand(64, 4), 1, draw)[1].item() for _ in range(200)]
    alone = projection_variance(jacobians(net, x)[0]) / 4
    assert torch.tensor(drawn).var() == pytest.approx(alone.item() / 64, rel=0.5)


@pytest.mark.parametrize("projections", [None, 2])
def test_gradients_of_the_weights_and_of_the_inputs(projections):
    net = network()

    def penalty(x, weight, bias):
        parameters = {"0.weight": weight, "0.bias": bias}
        draw = torch.Generator().manual_seed(0)
        return jacobian_penalty(
            lambda rows: functional_call(net, parameters, (rows,)), x, projections, draw
        )

    first = [p.detach().clone().requires_grad_() for p in (net[0].weight, net[0].bias)]
    arguments = (inputs(2).requires_grad_(), *first)
    assert torch.autograd.gradcheck(penalty, arguments)
    assert torch.autograd.gradgradcheck(penalty, arguments)


def test_backward_reaches_the_weights_of_a_module():
    net, x = network(), inputs()
    jacobian_penalty(net, x)[1].backward()
    found = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    inner = [p for name, p in net.named_parameters() if name != "2.bias"]
    batch = vmap(jacrev(net))(x).square().sum() / (2 * len(x))
    expected = torch.autograd.grad(batch, inner)
    torch.testing.assert_close(found[: len(inner)], list(expected), **EXACT)


@pytest.mark.parametrize("projections", [None, 1])
@pytest.mark.parametrize("seeded", [True, False])
def test_stacked_networks(projections, seeded):
    nets = [network(seed) for seed in range(3)]
    state, _ = stack_module_state(nets)
    x, draw = inputs(), torch.Generator().manual_seed(5) if seeded else None

    def penalty(parameters):
        net = lambda rows: functional_call(nets[0], parameters, (rows,))  # noqa: E731
        return jacobian_penalty(net, x, projections, draw)[1]

    stacked = vmap(penalty, randomness="different")(state)
    exact = torch.stack([jacobian_penalty(net, x)[1] for net in nets])
    if projections is None:
        torch.testing.assert_close(stacked, exact, **EXACT)
    else:
        same = {name: value[:1].expand_as(value) for name, value in state.items()}
        drawn = vmap(penalty, randomness="different")(same)
        assert len(set(drawn.tolist())) == 3  # each draws its own
        assert (stacked / exact).mean().item() == pytest.approx(1, abs=0.8)
    stacked.sum().backward()
    assert all(p.grad.isfinite().all() for name, p in state.items() if name != "2.bias")


def test_images_maps_numbers_and_other_types():
    images = torch.randn(2, 1, 6, 6, dtype=torch.float64)
    conv = nn.Conv2d(1, 2, 3).double()
    outputs, penalty = jacobian_penalty(conv, images)
    assert outputs.shape == (2, 2, 4, 4)
    full = [
        torch.autograd.functional.jacobian(conv, image[None]).square().sum() for image in images
    ]
    torch.testing.assert_close(penalty.detach(), torch.stack(full).mean() / 2, **EXACT)
    assert jacobian_penalty(conv, images, 1)[1] > 0
    _, of_numbers = jacobian_penalty(lambda x: (x**2).sum(1), inputs())
    torch.testing.assert_close(of_numbers, 2 * inputs().square().sum(1).mean(), **EXACT)
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        _, penalty = jacobian_penalty(network(dtype=dtype), inputs(dtype=dtype), 1)
        assert penalty.dtype == dtype
        assert penalty > 0


def test_empty_batches_and_noncontiguous_inputs():
    net = network()
    for projections in (None, 1):
        outputs, penalty = jacobian_penalty(net, inputs(0), projections)
        assert outputs.shape == (0, 3)
        assert penalty == 0
    x = torch.randn(5, 8, dtype=torch.float64)[:, ::2]
    torch.testing.assert_close(
        jacobian_penalty(net, x)[1], jacobian_penalty(net, x.contiguous())[1], **EXACT
    )


def test_the_generator_decides_and_the_global_one_is_the_default():
    net, x = network(), inputs()

    def drawn(generator=None):
        return jacobian_penalty(net, x, 1, generator)[1].item()

    seeded = [drawn(torch.Generator().manual_seed(4)) for _ in "ab"]
    assert seeded[0] == seeded[1]
    torch.manual_seed(4)
    assert drawn() == seeded[0]
    state = torch.get_rng_state()
    drawn(torch.Generator().manual_seed(4))
    jacobian_penalty(net, x)
    assert torch.equal(torch.get_rng_state(), state)


def test_bad_arguments():
    with pytest.raises(ValueError, match="projections must be a whole number of at least 1, got 0"):
        jacobian_penalty(network(), inputs(), 0)
    with pytest.raises(ValueError, match=r"projections must be .* got 1\.5"):
        jacobian_penalty(network(), inputs(), 1.5)
    with pytest.raises(TypeError, match=r"generator must be a torch\.Generator or None, got 3"):
        jacobian_penalty(network(), inputs(), 1, 3)
