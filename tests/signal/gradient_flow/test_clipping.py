"""Clipping: equal to the framework, by norm it keeps the direction, by value it bounds entries."""

import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import utils

from deeptricks import signal
from deeptricks.signal import clip_coefficient, clip_grad_norm_, clip_grad_value_

DOUBLES = (torch.float64, torch.float64)
MIXED = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def parameters(dtypes=DOUBLES, seed=0, scale=1.0):
    """One parameter a type, of odd shapes; the last is followed by one without a gradient."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for i, dtype in enumerate(dtypes):
        parameter = torch.zeros(4, i + 1, dtype=dtype, requires_grad=True)
        gradient = scale * torch.randn(i + 1, 4, generator=generator, dtype=torch.float64)
        parameter.grad = gradient.to(dtype).T  # not contiguous
        made.append(parameter)
    return [*made, torch.zeros(3, requires_grad=True)]


def together(parameters):
    grads = [p.grad.flatten().double() for p in parameters if p.grad is not None]
    return torch.cat(grads)


@pytest.mark.parametrize("order", [2, 2.0, 1, 3, 0.5, 0, -1, math.inf, "inf", -math.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 1e6, math.inf, torch.tensor(0.5)])
def test_norm_equals_the_framework(order, max_norm):
    ours, theirs = parameters(), parameters()
    norm = clip_grad_norm_(ours, max_norm, order)
    expected = utils.clip_grad_norm_(theirs, max_norm, order)
    torch.testing.assert_close(norm, expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(together(ours), together(theirs), rtol=0, atol=1e-10)


@pytest.mark.parametrize("clip_value", [0.0, 0.5, 1e6, math.inf, torch.tensor(0.5)])
def test_value_equals_the_framework(clip_value):
    ours, theirs = parameters(), parameters()
    assert clip_grad_value_(ours, clip_value) is None
    utils.clip_grad_value_(theirs, clip_value)
    assert torch.equal(together(ours), together(theirs))


@pytest.mark.parametrize("dtypes", [MIXED, (torch.float16,) * 2, (torch.complex64,) * 2])
def test_types_are_kept_as_the_framework_keeps_them(dtypes):
    ours, theirs = parameters(dtypes), parameters(dtypes)
    norm, expected = clip_grad_norm_(ours, 0.5), utils.clip_grad_norm_(theirs, 0.5)
    torch.testing.assert_close(norm, expected)
    for one, other in zip(ours[:-1], theirs[:-1], strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("ours", [clip_grad_norm_, clip_grad_value_])
def test_tensor_list_generator_and_named_arguments(ours):
    theirs = getattr(utils, ours.__name__)
    for given_as in (lambda p: p[0], list, tuple, iter, lambda p: (q for q in p)):
        mine, framework = parameters(), parameters()
        ours(given_as(mine), 0.1, foreach=False)
        theirs(given_as(framework), 0.1, foreach=False)
        torch.testing.assert_close(together(mine), together(framework), rtol=0, atol=1e-10)


def test_arguments_by_name_and_place():
    p, q = parameters(), parameters()
    args = (0.1, 1.0, True, None)
    torch.testing.assert_close(clip_grad_norm_(p, *args), utils.clip_grad_norm_(q, *args))
    named = {"max_norm": 0.1, "norm_type": 3.0, "error_if_nonfinite": True, "foreach": None}
    norm = clip_grad_norm_(parameters=p, **named)
    torch.testing.assert_close(norm, utils.clip_grad_norm_(parameters=q, **named))


def test_gradients_change_in_place_and_carry_no_graph():
    p = parameters()
    before = [q.grad for q in p]
    clip_grad_norm_(p, 0.1)
    clip_grad_value_(p, 0.01)
    assert all(q.grad is grad for q, grad in zip(p, before, strict=True))
    assert not p[0].grad.requires_grad


@pytest.mark.parametrize("nothing", [[], (), [torch.zeros(2, requires_grad=True)]])
def test_nothing_to_clip(nothing):
    norm, expected = clip_grad_norm_(nothing, 1.0), utils.clip_grad_norm_(nothing, 1.0)
    assert norm.dtype == expected.dtype
    assert norm.shape == ()
    assert norm == expected == 0
    clip_grad_value_(nothing, 1.0)


def test_empty_generator_is_warned_of_where_it_was_passed():
    with pytest.warns(UserWarning, match="empty generator") as caught:
        clip_grad_norm_((p for p in []), 1.0)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clip_grad_norm_([], 1.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_norm_that_is_not_finite(bad):
    for clip in (clip_grad_norm_, utils.clip_grad_norm_):
        p = parameters()
        p[0].grad[0, 0] = bad
        before = together(p)
        with pytest.raises(RuntimeError, match="total norm of order"):
            clip(p, 1.0, error_if_nonfinite=True)
        torch.testing.assert_close(together(p), before, equal_nan=True)
    ours, theirs = parameters(), parameters()
    ours[0].grad[0, 0] = theirs[0].grad[0, 0] = bad
    clip_grad_norm_(ours, 1.0)
    utils.clip_grad_norm_(theirs, 1.0)
    torch.testing.assert_close(together(ours), together(theirs), equal_nan=True)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("order", [2.0, 1.0, math.inf])
@pytest.mark.parametrize("infinity", [math.inf, torch.tensor(math.inf)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_without_a_limit_nothing_changes_whatever_the_gradient(bad, order, infinity, dtype):
    """The framework multiplies by ∞/∞ here, which makes NaN of every entry."""
    p = parameters((dtype, dtype))
    p[0].grad[0, 0] = bad
    before = [q.grad.clone() for q in p[:-1]]
    norm = clip_grad_norm_(p, infinity, order)
    assert norm.isnan() if math.isnan(bad) else norm == math.inf
    for q, grad in zip(p[:-1], before, strict=True):
        torch.testing.assert_close(q.grad, grad, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("wrong", [-1, -1e-9, math.nan])
def test_threshold_below_zero(wrong):
    with pytest.raises(ValueError, match="max_norm must be at least 0, got"):
        clip_grad_norm_(parameters(), wrong)
    with pytest.raises(ValueError, match="clip_value must be at least 0, got"):
        clip_grad_value_(parameters(), wrong)


@pytest.mark.parametrize("wrong", ["one", None, torch.ones(2)])
def test_threshold_of_the_wrong_kind_is_the_frameworks_error(wrong):
    for name in ("clip_grad_norm_", "clip_grad_value_"):
        errors = []
        for module in (signal, utils):
            with pytest.raises((TypeError, ValueError)) as caught:
                getattr(module, name)(parameters(), wrong)
            errors.append(caught.type)
        assert errors[0] is errors[1]


def test_sparse_gradients_are_refused_as_the_framework_refuses_them():
    for clip in (clip_grad_norm_, utils.clip_grad_norm_, clip_grad_value_, utils.clip_grad_value_):
        embedding = torch.nn.Embedding(5, 3, sparse=True)
        embedding(torch.tensor([1, 2])).sum().backward()
        with pytest.raises(NotImplementedError):
            clip(embedding.parameters(), 1.0)


@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(0.01, 100))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_by_norm_the_direction_stays_and_only_long_gradients_shrink(seed, scale, max_norm):
    p = parameters(seed=seed, scale=scale)
    before = together(p)
    norm = clip_grad_norm_(p, max_norm)
    after = together(p)
    torch.testing.assert_close(norm, before.norm())
    assert after.norm() <= max_norm
    cosine = torch.nn.functional.cosine_similarity(before, after, dim=0)
    assert cosine == pytest.approx(1, abs=1e-12)
    if before.norm() + 1e-6 <= max_norm:
        assert torch.equal(after, before)
    else:
        assert after.norm() == pytest.approx(max_norm, rel=1e-3)


@given(st.integers(0, 10_000), st.floats(0.01, 10))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_by_value_entries_are_bounded_and_keep_their_signs(seed, clip_value):
    p = parameters(seed=seed, scale=2.0)
    before = together(p)
    clip_grad_value_(p, clip_value)
    after = together(p)
    assert after.abs().max() <= clip_value
    assert torch.equal(after.sign(), before.sign())
    small = before.abs() <= clip_value
    assert torch.equal(after[small], before[small])


def test_coefficient_of_many_norms_at_once():
    norms = torch.tensor([0.0, 0.5, 2.0, math.inf])
    expected = torch.tensor([1.0, 1.0, 0.5, 0.0])
    torch.testing.assert_close(clip_coefficient(norms, 1.0), expected, rtol=1e-5, atol=0)
    limits = torch.tensor([math.inf, 1.0, 1.0, math.inf])
    expected = torch.tensor([1.0, 1.0, 0.5, 1.0])
    torch.testing.assert_close(clip_coefficient(norms, limits), expected, rtol=1e-5, atol=0)
    assert clip_coefficient(norms.half(), limits.half()).dtype == torch.float16
    limits = torch.tensor([0.0, 0.25, 4.0, 1.0])
    expected = torch.tensor([0.0, 0.5, 1.0, 0.0])
    torch.testing.assert_close(clip_coefficient(norms, limits), expected, rtol=1e-5, atol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu():
    ours, theirs = (
        [torch.ones(3, device="cuda", requires_grad=True), torch.ones(2, requires_grad=True)]
        for _ in range(2)
    )
    for made in (ours, theirs):
        for p in made:
            p.grad = torch.full_like(p, 3.0)
    norm, expected = clip_grad_norm_(ours, 1.0), utils.clip_grad_norm_(theirs, 1.0)
    torch.testing.assert_close(norm, expected)
    torch.testing.assert_close(ours[0].grad, theirs[0].grad)
