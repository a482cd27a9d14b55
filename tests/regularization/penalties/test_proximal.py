"""Soft thresholding and SGD with it: the map, the framework's recursion, the optimum it ends at."""

import copy
import pickle

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Lasso
from torch import nn

from deeptricks.regularization import ProximalSGD, l1_residual, soft_threshold
from tests.forbidden import KernelUsedError, forbidden

EXACT = {"rtol": 0, "atol": 1e-12}
OPTIONS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.8, "dampening": 0.5},
    {"momentum": 0.9, "nesterov": True},
]
MORE = [{"weight_decay": 0.1, "momentum": 0.9}, {"maximize": True, "momentum": 0.9}]
KERNELS = [
    *("torch.optim.SGD.step", "torch.optim.sgd.sgd", "torch.optim.sgd._single_tensor_sgd"),
    *("torch.optim.sgd._multi_tensor_sgd", "torch.optim.sgd._fused_sgd"),
]


def problem(dtype=torch.float64):
    """Least squares whose optimum under l1 = 0.3 has weights that are zero and that are not."""
    draw = torch.Generator().manual_seed(0)
    X = torch.randn(50, 8, generator=draw, dtype=torch.float64)
    true = torch.tensor([2.0, -1.5, 0.7, 0.1, 0, 0, 0, 0], dtype=torch.float64)
    y = X @ true + 0.3 * torch.randn(50, generator=draw, dtype=torch.float64)
    return X.to(dtype), y.to(dtype)


def trained(kind, options, steps, dtype=torch.float64, state=None):
    X, y = problem(dtype)
    w = nn.Parameter(torch.linspace(-1, 1, 8, dtype=dtype))
    optimizer = kind([w], **options)
    if state is not None:
        optimizer.load_state_dict(copy.deepcopy(state))

    def closure():
        optimizer.zero_grad()
        loss = ((X @ w - y) ** 2).mean() / 2
        loss.backward()
        return loss.detach()

    losses = [float(optimizer.step(closure)) for _ in range(steps)]
    return w, optimizer, losses


def test_the_map_minimizes_what_defines_it():
    for w in (-2.0, -0.3, 0.0, 0.4, 1.7):
        for t in (0.0, 0.4, 1.0):
            found = soft_threshold(torch.tensor([w], dtype=torch.float64), t).item()
            best = minimize_scalar(
                lambda u, w=w, t=t: (u - w) ** 2 / 2 + t * abs(u),
                bounds=(-3, 3), method="bounded", options={"xatol": 1e-10},
            )  # fmt: skip
            assert found == pytest.approx(best.x, abs=1e-5)
    edge = soft_threshold(torch.tensor([0.4, -0.4, 0.1]), 0.4)
    assert torch.equal(edge, torch.zeros(3))


@pytest.mark.parametrize("shape", [(0,), (), (2, 3, 4)])
def test_the_map_keeps_shapes_and_types(shape):
    for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.complex64):
        w = torch.randn(shape, dtype=torch.complex64 if dtype.is_complex else dtype)
        out = soft_threshold(w, 0.5)
        assert (out.shape, out.dtype) == (w.shape, w.dtype)
    row = torch.randn(4, 6)[:, ::2]
    torch.testing.assert_close(soft_threshold(row, 0.1), soft_threshold(row.contiguous(), 0.1))


def test_the_map_keeps_the_angle_of_a_complex_number_and_spreads_nan():
    assert soft_threshold(torch.tensor([3 + 4j]), 1.0).item() == pytest.approx(2.4 + 3.2j)
    assert soft_threshold(torch.tensor([float("nan")]), 1.0).isnan().all()


def test_the_slope_of_the_map():
    w = torch.tensor([-2.0, -0.3, 0.2, 1.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: soft_threshold(v, 0.5), w)
    (slope,) = torch.autograd.grad(soft_threshold(w, 0.5).sum(), w)
    assert slope.tolist() == [1, 0, 0, 1]


def test_a_threshold_for_each_entry():
    w, t = torch.tensor([[1.0, -1.0], [0.2, 3.0]]), torch.tensor([[0.5], [1.0]])
    assert soft_threshold(w, t).tolist() == [[0.5, -0.5], [0.0, 2.0]]


@pytest.mark.parametrize("options", OPTIONS + MORE)
@pytest.mark.parametrize("switches", [{}, {"foreach": True}, {"foreach": False}])
def test_without_a_penalty_it_is_the_framework(options, switches):
    settings = {"lr": 0.05, **options}
    ours, mine, ours_losses = trained(ProximalSGD, settings | switches, 7)
    theirs, other, their_losses = trained(torch.optim.SGD, settings, 7)
    torch.testing.assert_close(ours, theirs, **EXACT)
    assert ours_losses == pytest.approx(their_losses, abs=1e-12)
    torch.testing.assert_close(mine.state_dict()["state"], other.state_dict()["state"], **EXACT)


@pytest.mark.parametrize("options", OPTIONS + MORE)
def test_checkpoints_load_both_ways(options):
    settings = {"lr": 0.05, **options}
    _, mine, _ = trained(ProximalSGD, settings, 3)
    _, theirs, _ = trained(torch.optim.SGD, settings, 3)
    w, optimizer, _ = trained(ProximalSGD, settings | {"l1": 0.2}, 3, state=theirs.state_dict())
    assert optimizer.param_groups[0]["l1"] == 0.2
    v, _, _ = trained(ProximalSGD, settings | {"l1": 0.2}, 3, state=mine.state_dict())
    assert not torch.equal(v, w)  # its own checkpoint brings the l1 that it was written with: 0
    x, _, _ = trained(torch.optim.SGD, settings, 3, state=mine.state_dict())
    torch.testing.assert_close(v, x, **EXACT)


def test_one_step_is_sgd_and_then_the_map():
    plain, _, _ = trained(torch.optim.SGD, {"lr": 0.1}, 1)
    ours, _, _ = trained(ProximalSGD, {"lr": 0.1, "l1": 3.0}, 1)
    by_hand = plain.detach().sign() * (plain.detach().abs() - 0.3).clamp(min=0)
    torch.testing.assert_close(ours.detach(), by_hand, **EXACT)
    assert (by_hand == 0).any()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_ends_at_the_optimum_that_scikit_learn_finds(options):
    """With every momentum: the pull of the penalty must grow as the memory of the gradient."""
    X, y = problem()
    w, _, _ = trained(ProximalSGD, {"lr": 0.03, "l1": 0.3, **options}, 1500)
    lasso = Lasso(alpha=0.3, fit_intercept=False, tol=1e-14, max_iter=100_000)
    expected = lasso.fit(X.numpy(), y.numpy()).coef_
    np.testing.assert_allclose(w.detach().numpy(), expected, atol=1e-8)
    assert 0 < (w == 0).sum() == (expected == 0).sum() < 8
    gradient = X.T @ (X @ w - y) / len(X)
    assert l1_residual(w, gradient, 0.3).max() < 1e-8


def test_an_elastic_net():
    X, y = problem()
    w, _, _ = trained(ProximalSGD, {"lr": 0.1, "l1": 0.3, "weight_decay": 0.5}, 500)
    gradient = X.T @ (X @ w - y) / len(X) + 0.5 * w
    assert l1_residual(w, gradient, 0.3).max() < 1e-10


def test_residual_of_what_is_no_optimum():
    w = torch.tensor([0.0, 0.0, 2.0, -2.0])
    gradient = torch.tensor([0.5, -1.5, -1.0, -1.0])
    assert l1_residual(w, gradient, 1.0).tolist() == [0, 0.5, 0, 2]


def test_it_is_exactly_zero_where_autograd_of_the_absolute_value_is_not():
    X, y = problem()
    w = nn.Parameter(torch.linspace(-1, 1, 8, dtype=torch.float64))
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(500):
        optimizer.zero_grad()
        (((X @ w - y) ** 2).mean() / 2 + 0.3 * w.abs().sum()).backward()
        optimizer.step()
    ours, _, _ = trained(ProximalSGD, {"lr": 0.1, "l1": 0.3}, 500)
    assert (w == 0).sum() == 0
    assert (ours == 0).sum() >= 3


def test_groups_have_penalties_of_their_own():
    weight, bias = (nn.Parameter(torch.full((2,), 0.01)) for _ in "ab")
    optimizer = ProximalSGD([{"params": weight}, {"params": bias, "l1": 0.0}], lr=0.1, l1=1.0)
    late = nn.Parameter(torch.full((2,), 0.01))
    optimizer.add_param_group({"params": late})
    assert [group["l1"] for group in optimizer.param_groups] == [1.0, 0.0, 1.0]
    for p in (weight, bias, late):
        p.grad = torch.zeros(2)
    optimizer.step()
    assert (weight == 0).all()
    assert (bias == 0.01).all()
    assert (late == 0).all()


def test_weights_without_a_gradient_stay():
    w = nn.Parameter(torch.full((3,), 0.01))
    ProximalSGD([w], lr=0.1, l1=1.0).step()
    assert (w == 0.01).all()


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_sparse_gradients_tensor_rates_half_precision_and_noncontiguous_weights():
    w = nn.Parameter(torch.ones(4))
    w.grad = torch.sparse_coo_tensor([[1]], [2.0], (4,))
    ProximalSGD([w], lr=torch.tensor(0.25), l1=1.0).step()
    assert w.tolist() == [0.75, 0.25, 0.75, 0.75]
    for dtype in (torch.bfloat16, torch.float16):
        w = nn.Parameter(torch.ones(3, 4, dtype=dtype).T)
        w.grad = torch.ones_like(w)
        ProximalSGD([w], lr=0.5, l1=0.5).step()
        assert w.dtype == dtype
        assert (w == 0.25).all()


def test_copies_and_pickles_go_on_alike():
    w, optimizer, _ = trained(ProximalSGD, {"lr": 0.05, "momentum": 0.9, "l1": 0.3}, 3)
    w.grad = torch.ones_like(w)
    twins = [copy.deepcopy((w, optimizer)), pickle.loads(pickle.dumps((w, optimizer)))]
    optimizer.step()
    for twin, other in twins:
        twin.grad = torch.ones_like(twin)
        other.step()
        torch.testing.assert_close(twin, w, **EXACT)
        assert "l1: 0.3" in repr(other)


@pytest.mark.parametrize("options", OPTIONS + MORE)
def test_its_arithmetic_is_its_own(options):
    with forbidden("softshrink", functions=KERNELS):
        trained(ProximalSGD, {"lr": 0.05, "l1": 0.1, **options}, 2)
        with pytest.raises(KernelUsedError):
            trained(torch.optim.SGD, {"lr": 0.05, **options}, 2)


def test_the_map_is_the_frameworks_softshrink():
    w = torch.randn(100, dtype=torch.float64)
    torch.testing.assert_close(soft_threshold(w, 0.4), nn.Softshrink(0.4)(w), **EXACT)


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf"), "much"])
def test_bad_arguments(bad):
    w = nn.Parameter(torch.ones(2))
    with pytest.raises(ValueError, match=f"l1 must be a finite number of at least 0, got {bad!r}"):
        ProximalSGD([w], lr=0.1, l1=bad)
    with pytest.raises(ValueError, match="l1 must be"):
        ProximalSGD([{"params": [w], "l1": bad}], lr=0.1)
    with pytest.raises(ValueError, match="l1 must be"):
        ProximalSGD([w], lr=0.1).add_param_group({"params": nn.Parameter(w.clone()), "l1": bad})
    with pytest.raises(ValueError, match="threshold must be a finite number of at least 0"):
        soft_threshold(w, bad)
    with pytest.raises(ValueError, match="l1 must be"):
        l1_residual(w, w, bad)
    optimizer = ProximalSGD([w], lr=0.1, differentiable=True)
    with pytest.raises(ValueError, match="differentiable must be False"):
        optimizer.step()
