"""Newton–Schulz: the scalar recurrence it is, what it converges to, and where it does not."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from deeptricks.normalization import (
    DecorrelatedBatchNorm,
    IterativeNorm,
    inverse_square_root,
    newton_schulz_inverse_sqrt,
)

double = {"dtype": torch.float64}


def exact(a, b, tolerance=1e-10):
    assert_close(a, b, rtol=0, atol=tolerance)


def with_eigenvalues(values, seed=0):
    g = torch.Generator().manual_seed(seed)
    Q = torch.linalg.qr(torch.randn(len(values), len(values), generator=g, **double))[0]
    return (Q * torch.as_tensor(values, **double)) @ Q.T, Q


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=6), st.integers(0, 99))
def test_each_eigenvalue_follows_the_scalar_recurrence(values, seed):
    S, Q = with_eigenvalues(values, seed)
    history = newton_schulz_inverse_sqrt(S, 6)
    v = torch.tensor(values, **double)
    v = v / v.sum()
    assert len(history) == 7
    for P in history:
        exact(Q.T @ P @ S @ P @ Q, v.diag(), 1e-10)
        v = v * (3 - v) ** 2 / 4


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=6), st.integers(0, 99))
def test_history_is_the_published_recurrence(values, seed):
    S, _ = with_eigenvalues(values, seed)
    scale = S.trace()
    P = torch.eye(len(S), **double)
    for ours in newton_schulz_inverse_sqrt(S, 5):
        exact(ours, P / scale.sqrt())
        P = (3 * P - P @ P @ P @ S / scale) / 2


def test_limit_is_the_inverse_square_root_and_rounding_does_not_build_up():
    S, _ = with_eigenvalues([1e-4, 0.01, 1, 3, 3])
    exact(newton_schulz_inverse_sqrt(S, 60)[-1], inverse_square_root(S), 1e-8)
    single = newton_schulz_inverse_sqrt(S.float(), 100)[-1]
    exact(single @ S.float() @ single, torch.eye(5), 1e-3)


def test_batches_of_matrices_are_scaled_each_by_its_own_trace():
    matrices = torch.stack([with_eigenvalues([1, 2])[0], with_eigenvalues([100, 300])[0]])
    together = newton_schulz_inverse_sqrt(matrices, 4)[-1]
    for S, P in zip(matrices, together, strict=True):
        exact(newton_schulz_inverse_sqrt(S, 4)[-1], P)


@pytest.mark.parametrize(("eigenvalue", "end"), [(0.1, 1.0), (2.9, 1.0), (3.1, -1.0), (4.0, -1.0)])
def test_without_the_trace_large_eigenvalues_change_sign(eigenvalue, end):
    S = torch.tensor([[eigenvalue]], **double)
    P = newton_schulz_inverse_sqrt(S, 50, normalize=False)[-1]
    exact(P.item() * eigenvalue**0.5, end)


def test_without_the_trace_eigenvalues_above_5_diverge():
    S = torch.tensor([[5.1]], **double)
    assert not newton_schulz_inverse_sqrt(S, 50, normalize=False)[-1].isfinite().all()
    exact(newton_schulz_inverse_sqrt(S, 50)[-1], S**-0.5)


def test_many_steps_are_zca_in_outputs_and_gradients():
    torch.manual_seed(0)
    x = torch.randn(30, 6, 2, **double)
    results = []
    for layer in (
        IterativeNorm(6, eps=0.01, group_size=3, steps=40, **double),
        DecorrelatedBatchNorm(6, eps=0.01, group_size=3, **double),
    ):
        leaf = x.clone().requires_grad_()
        y = layer(leaf)
        y.pow(3).sum().backward()
        results.append([y, leaf.grad, layer.weight.grad, layer.running_whitening])
    for a, b in zip(*results, strict=True):
        exact(a, b, 1e-9)


def test_few_steps_leave_small_directions_small():
    x = torch.randn(500, 2, generator=torch.Generator().manual_seed(0), **double)
    x = DecorrelatedBatchNorm(2, eps=0, affine=False, **double)(x) * torch.tensor(
        [1, 0.01], **double
    )
    y = IterativeNorm(2, eps=0, affine=False, steps=5, **double)(x)
    v = torch.tensor([1, 1e-4], **double) / 1.0001
    for _ in range(5):
        v = v * (3 - v) ** 2 / 4
    exact(torch.cov(y.T, correction=0), v.diag())


def test_gradients_exist_to_second_order():
    layer = IterativeNorm(4, group_size=2, **double)
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(1), **double).requires_grad_()
    assert torch.autograd.gradcheck(layer, x)
    assert torch.autograd.gradgradcheck(layer, x)


@pytest.mark.parametrize("steps", [0, -1, 2.5])
def test_steps_are_checked(steps):
    with pytest.raises(ValueError, match=f"steps must be a whole number .* got {steps}"):
        IterativeNorm(4, steps=steps)
    with pytest.raises(ValueError, match="steps must be"):
        newton_schulz_inverse_sqrt(torch.eye(2), steps)


def test_matrices_must_be_square():
    with pytest.raises(ValueError, match=r"covariance must be .* got shape \(2, 3\)"):
        newton_schulz_inverse_sqrt(torch.ones(2, 3))


def test_repr_names_the_steps():
    assert repr(IterativeNorm(4, steps=7)).endswith("group_size=4, steps=7)")
