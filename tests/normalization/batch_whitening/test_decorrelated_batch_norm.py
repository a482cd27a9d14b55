"""Decorrelated batch norm: identities that pin down ZCA, its gradient, and batch norm inside it."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_sylvester
from torch import nn
from torch.testing import assert_close

from deeptricks.normalization import DecorrelatedBatchNorm, IterativeNorm, inverse_square_root

LAYERS = [DecorrelatedBatchNorm, IterativeNorm]
both = pytest.mark.parametrize("layer", LAYERS)
double = {"dtype": torch.float64}
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def exact(a, b, tolerance=1e-10):
    assert_close(a, b, rtol=0, atol=tolerance)


def correlated(samples, channels, seed=0):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(samples, channels, generator=g, **double)
    return 3 + x @ torch.randn(channels, channels, generator=g, **double)


def covariance(y):
    """(C, C) of (N, C, …), over samples and positions, ÷ N."""
    flat = y.movedim(1, -1).reshape(-1, y.shape[1])
    return torch.cov(flat.T, correction=0).view(y.shape[1], y.shape[1])


# --- the matrix function and its gradient


def spd(eigenvalues, seed=0):
    g = torch.Generator().manual_seed(seed)
    n = len(eigenvalues)
    Q = torch.linalg.qr(torch.randn(n, n, generator=g, **double))[0]
    S = Q * torch.tensor(eigenvalues, **double) @ Q.T
    return (S + S.T) / 2


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(0, 99))
def test_inverse_square_root_squares_to_the_inverse(eigenvalues, seed):
    S = spd(eigenvalues, seed)
    P = inverse_square_root(S)
    exact(P, P.T, 1e-12)
    exact(P @ S @ P, torch.eye(len(S), **double))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0.1, 0.5, 1.0, 1.0 + 1e-12, 7.0]), min_size=1, max_size=6),
       st.integers(0, 99))  # fmt: skip
def test_gradient_equals_the_sylvester_equation_at_any_gap(eigenvalues, seed):
    S = spd(eigenvalues, seed).requires_grad_()
    weights = torch.randn(S.shape, generator=torch.Generator().manual_seed(seed), **double)
    (weights * inverse_square_root(S)).sum().backward()
    values, V = torch.linalg.eigh(S.detach())
    R, P = (V * values.sqrt() @ V.T).numpy(), (V / values.sqrt() @ V.T).numpy()
    truth = solve_sylvester(R, R, -P @ ((weights + weights.T) / 2).numpy() @ P)
    exact(S.grad, torch.from_numpy(truth), 1e-10 * max(1, abs(truth).max()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_is_finite_where_all_eigenvalues_coincide(dtype):
    S = torch.eye(5, dtype=dtype, requires_grad=True)
    weights = torch.arange(25, dtype=dtype).view(5, 5)
    (weights * inverse_square_root(S)).sum().backward()
    exact(S.grad, -(weights + weights.T) / 4, 1e-4 if dtype == torch.float32 else 1e-10)

    S = torch.eye(5, dtype=dtype, requires_grad=True)  # automatic differentiation cannot
    values, V = torch.linalg.eigh(S)
    (weights * (V / values.sqrt() @ V.T)).sum().backward()
    assert S.grad.isnan().all()


def test_eps_is_added_to_eigenvalues_and_rounding_below_zero_does_no_harm():
    S = spd([-1e-18, 0.0, 2.0])
    values = torch.linalg.eigvalsh(inverse_square_root(S, 0.01))
    exact(values.flip(0), torch.tensor([0.01, 0.01, 2.01], **double) ** -0.5, 1e-9)
    assert inverse_square_root(spd([-1e-3, 1.0]), 1e-5).isfinite().all()


def test_second_derivative_is_refused():
    S = torch.eye(2, requires_grad=True)
    (g,) = torch.autograd.grad(inverse_square_root(S).square().sum(), S, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_inverse_square_root_refuses_what_is_not_square(shape):
    with pytest.raises(ValueError, match=r"covariance must be"):
        inverse_square_root(torch.ones(shape))


# --- whitening


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 3), st.integers(1, 4), st.sampled_from([(), (3,), (2, 2), (1, 2, 2)]),
       st.integers(0, 99))  # fmt: skip
def test_output_covariance_is_the_shrunk_identity_in_each_group(groups, d, positions, seed):
    channels = groups * d
    torch.manual_seed(seed)
    x = torch.randn(40, channels, *positions, **double)
    mix = correlated(channels, channels, seed)
    x = torch.einsum("nc...,cd->nd...", x, mix)
    y = DecorrelatedBatchNorm(channels, eps=0.1, group_size=d, affine=False, **double)(x)
    assert y.shape == x.shape
    for group in torch.arange(channels).view(groups, d):
        S = covariance(x)[group][:, group]
        expected = S @ torch.linalg.inv(S + 0.1 * torch.eye(d, **double))
        exact(covariance(y)[group][:, group], expected, 1e-8)
    exact(y.movedim(1, -1).reshape(-1, channels).mean(0), torch.zeros(channels, **double), 1e-9)


def test_weight_and_bias_follow_per_channel():
    layer = DecorrelatedBatchNorm(4, group_size=2, **double)
    x = correlated(30, 4)[..., None]
    plain = layer(x)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, 2, 3, 4]))
        layer.bias.copy_(torch.tensor([5.0, 6, 7, 8]))
    exact(layer(x), plain * layer.weight.view(4, 1) + layer.bias.view(4, 1))


def test_rotated_input_gives_the_rotated_output():
    x = correlated(50, 5)
    Q = torch.linalg.qr(correlated(5, 5, seed=1))[0]
    layer = DecorrelatedBatchNorm(5, affine=False, **double)
    exact(layer(x @ Q), layer(x) @ Q, 1e-9)


def test_no_other_whitening_stays_closer():
    x = correlated(50, 4)
    y = DecorrelatedBatchNorm(4, eps=0, affine=False, **double)(x)
    centered = x - x.mean(0)
    for seed in range(10):
        Q = torch.linalg.qr(correlated(4, 4, seed))[0]
        assert (y - centered).norm() < (y @ Q - centered).norm()


@both
def test_scale_and_shift_of_the_input_do_not_matter(layer):
    x = correlated(50, 4)
    module = layer(4, eps=0, **double)
    exact(module(7 * x - 2), module(x), 1e-9)


@both
@pytest.mark.parametrize("shape", [(12, 4), (5, 4, 3), (3, 4, 2, 3), (2, 4, 2, 2, 2)])
@pytest.mark.parametrize("momentum", [0.1, 1.0, None])
@pytest.mark.parametrize("affine", [True, False])
def test_groups_of_one_channel_are_batch_norm(layer, shape, momentum, affine):
    kind = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}[len(shape)]
    ours = layer(4, 1e-3, momentum, affine, group_size=1, **double)
    theirs = kind(4, 1e-3, momentum, affine, **double)
    torch.manual_seed(0)
    for _ in range(3):
        x = torch.randn(shape, **double).requires_grad_()
        z = x.detach().clone().requires_grad_()
        weights = torch.randn_like(x)
        a, b = ours(x), theirs(z)
        (weights * a).sum().backward()
        (weights * b).sum().backward()
        exact(a, b)
        exact(x.grad, z.grad)
        exact(ours.running_mean, theirs.running_mean)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        exact(p.grad, q.grad)
    assert ours.num_batches_tracked == theirs.num_batches_tracked == 3


@both
def test_running_averages_are_of_the_mean_and_of_the_whitening_matrix(layer):
    module = layer(3, momentum=0.25, affine=False, **double)
    mean, matrix = torch.zeros(3, **double), torch.eye(3, **double)[None]
    for seed in range(3):
        x = correlated(20, 3, seed)
        module(x)
        mean = 0.75 * mean + 0.25 * x.mean(0)
        matrix = 0.75 * matrix + 0.25 * module.whitening_matrix(covariance(x)[None])
    exact(module.running_mean, mean)
    exact(module.running_whitening, matrix)
    x = correlated(7, 3, seed=9)
    exact(module.eval()(x), (x - mean) @ matrix[0])
    exact(module.running_mean, mean)  # evaluation does not learn
    assert module.num_batches_tracked == 3


@both
def test_without_running_statistics_the_batch_decides_in_evaluation_too(layer):
    module = layer(3, track_running_stats=False, **double)
    assert set(module.state_dict()) == {"weight", "bias"}
    x = correlated(20, 3)
    exact(module(x), module.eval()(x))


@both
def test_gradient_agrees_with_finite_differences(layer):
    module = layer(4, group_size=2, **double)
    nn.init.normal_(module.weight)
    x = correlated(6, 4)[..., None].requires_grad_()
    assert torch.autograd.gradcheck(module, x)
    module.eval()
    assert torch.autograd.gradcheck(module, x)


@both
def test_fewer_samples_than_channels_are_kept_finite_by_eps(layer):
    x = correlated(4, 8).float().requires_grad_()
    y = layer(8)(x)
    y.pow(3).sum().backward()
    assert y.isfinite().all()
    assert x.grad.isfinite().all()


@both
def test_silent_channels_come_out_as_their_bias_with_finite_gradients(layer):
    x = correlated(20, 6).float()
    x[:, :2] = 5
    x.requires_grad_()
    y = layer(6, group_size=2)(x)
    exact(y[:, :2].detach(), torch.zeros(20, 2), 1e-4)
    y.pow(3).sum().backward()
    assert x.grad.isfinite().all()


@both
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(layer, dtype):
    x = correlated(64, 4).to(dtype)
    for module in (layer(4), layer(4, dtype=dtype)):
        y = module(x)
        assert y.dtype == dtype
        exact(y, layer(4)(x.float()).to(dtype), 0.02)
        assert module.eval()(x).dtype == dtype


@both
def test_autocast_does_not_reach_the_covariance(layer):
    x = correlated(64, 4).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = layer(4)(x)
    exact(y, layer(4)(x), 1e-6)


@both
def test_strides_do_not_matter(layer):
    x = correlated(24, 4).view(6, 4, 4).transpose(1, 2)
    assert not x.is_contiguous()
    exact(layer(4, **double)(x), layer(4, **double)(x.contiguous()))


@both
def test_empty_batch_in_evaluation(layer):
    assert layer(4).eval()(torch.empty(0, 4, 3)).shape == (0, 4, 3)


@both
def test_copies_pickles_and_checkpoints_do_the_same(layer):
    module = layer(4, group_size=2, **double)
    module(correlated(20, 4))
    fresh = layer(4, group_size=2, **double)
    fresh.load_state_dict(module.state_dict())
    x = correlated(5, 4, seed=1)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), fresh):
        exact(other.eval()(x), module.eval()(x), 0)
    names = ["running_mean", "running_whitening", "num_batches_tracked"]
    assert list(module.state_dict()) == ["weight", "bias", *names]


@both
def test_factory_arguments_and_reset(layer):
    module = layer(4, device="meta", dtype=torch.float16)
    tensors = [module.weight, module.bias, module.running_mean, module.running_whitening]
    assert all(t.is_meta and t.dtype == torch.float16 for t in tensors)
    module = layer(4)
    module(correlated(9, 4).float())
    module.reset_parameters()
    exact(module.running_whitening, torch.eye(4)[None], 0)
    exact(module.running_mean, torch.zeros(4), 0)
    assert module.num_batches_tracked == 0


@both
@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((4,), ValueError, r"input must be \(N, C\) or \(N, C, …\), got shape \(4,\)"),
        ((3, 5), RuntimeError, r"input must have 4 channels in dimension 1, got shape \(3, 5\)"),
        ((1, 4), ValueError, r"at least 2 values per channel, got 1 in shape \(1, 4\)"),
        ((0, 4), ValueError, r"at least 2 values per channel, got 0 in shape \(0, 4\)"),
    ],
)
def test_bad_inputs(layer, shape, error, message):
    module = layer(4)
    with pytest.raises(error, match=message):
        module(torch.ones(shape))
    assert module.num_batches_tracked == 0


def test_bad_inputs_are_refused_as_batch_norm_refuses_them():
    for shape in ((4,), (3, 5), (1, 4)):
        with pytest.raises((ValueError, RuntimeError)) as theirs:
            nn.BatchNorm1d(4)(torch.ones(shape))
        with pytest.raises(theirs.type):
            DecorrelatedBatchNorm(4)(torch.ones(shape))


@both
def test_integers_are_refused(layer):
    with pytest.raises(RuntimeError, match=r"floating point, got torch\.int64"):
        layer(2)(torch.ones(3, 2, dtype=torch.long))


@both
@pytest.mark.parametrize("size", [0, -1, 3, 8])
def test_group_size_must_divide(layer, size):
    with pytest.raises(ValueError, match=f"group_size must divide num_features = 4, got {size}"):
        layer(4, group_size=size)


def test_repr_says_what_was_asked():
    text = repr(DecorrelatedBatchNorm(4, group_size=2, momentum=None))
    assert (
        "4, eps=1e-05, momentum=None, affine=True, track_running_stats=True, group_size=2" in text
    )


@gpu
@both
def test_cuda_equals_cpu(layer):
    x = correlated(40, 6)
    exact(layer(6, **double).cuda()(x.cuda()).cpu(), layer(6, **double)(x), 1e-9)
