"""Muon: the framework's to the last bit, and the whitening that it approximates."""

import math
import re

import pytest
import torch
from torch.optim import _muon

from deeptricks.optimization.matrix_methods.muon import CONVERGENT, FAST, Muon, orthogonalize
from tests.optimization.contract import Contract, combinations


class TestMuon(Contract):
    ours, theirs = Muon, torch.optim.Muon
    matrices = True
    options = (
        *combinations(nesterov=[True, False], adjust_lr_fn=[None, "match_rms_adamw"]),
        *combinations(momentum=[0.0, 0.5], weight_decay=[0.0, 0.3], nesterov=[True]),
        {"ns_coefficients": (1.5, -0.5, 0.0), "ns_steps": 9, "adjust_lr_fn": "original"},
        {"ns_steps": 0, "eps": 0.5, "nesterov": False, "weight_decay": 0.0},
    )
    later = (
        ("weight_decay", [0.0, 0.2]),
        ("momentum", [0.0, 0.5]),
        ("nesterov", [True, False]),
        ("ns_steps", [1, 5]),
        ("eps", [1e-7, 1.0]),
    )

    def comparable(self, options, dtype):
        return dtype is not torch.bfloat16 or options.get("nesterov", True)

    @pytest.mark.parametrize("late", [{"ns_steps": 100}, {"ns_coefficients": (1.0, 2.0)}])
    def test_an_iteration_that_cannot_be_is_refused_by_the_step(self, late):
        parameter = torch.nn.Parameter(torch.ones(2, 2))
        parameter.grad = torch.ones(2, 2)
        for kind in (Muon, torch.optim.Muon):
            with pytest.raises(ValueError, match=r"100|3"):
                kind([parameter], **late).step()

    @pytest.mark.parametrize("shape", [(3,), (2, 2, 2)])
    def test_only_matrices_are_moved(self, shape):
        ours = Muon([torch.nn.Parameter(torch.zeros(2, 2))])
        late = torch.nn.Parameter(torch.zeros(shape))
        ours.add_param_group({"params": [late]})
        late.grad = torch.ones(shape)
        with pytest.raises(ValueError, match=rf"two dimensions.*{re.escape(str(shape))}"):
            ours.step()


def test_momentum_of_few_bits_is_not_overwritten():
    """Version 2.13 of the framework does: pull request 194664 of pytorch/pytorch mends it."""
    first, second = torch.zeros(2, 2, dtype=torch.bfloat16), torch.zeros(2, 2, dtype=torch.bfloat16)
    first[0, 0], second[1, 1] = 8.0, 1.0
    parameter = torch.nn.Parameter(torch.zeros(2, 2, dtype=torch.bfloat16))
    optimizer = Muon([parameter], momentum=0.5, nesterov=False)
    for gradient, mean in [(first, first / 2), (second, first / 4 + second / 2)]:
        parameter.grad = gradient.clone()
        optimizer.step()
        assert torch.equal(optimizer.state[parameter]["momentum_buffer"], mean)


def test_an_empty_matrix_is_left_alone():
    for shape in [(0, 3), (3, 0)]:
        parameter = torch.nn.Parameter(torch.zeros(shape))
        parameter.grad = torch.zeros(shape)
        Muon([parameter]).step()


SHAPES = [(6, 3), (3, 6), (5, 5), (1, 4), (4, 1), (1, 1)]


def random_matrix(shape, seed=0, condition=10.0):
    """U S Vᵀ with singular values from 1 down to 1 / condition, and U Vᵀ."""
    generator = torch.Generator().manual_seed(seed)
    gaussian = torch.randn(shape, generator=generator, dtype=torch.float64)
    U, S, Vt = torch.linalg.svd(gaussian, full_matrices=False)
    S = torch.logspace(0, -math.log10(condition), len(S), dtype=torch.float64)
    return U @ S.diag() @ Vt, U @ Vt


def inverse_root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ values.rsqrt().diag() @ vectors.T


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e8])
def test_the_convergent_iteration_whitens(shape, scale):
    G, polar = random_matrix(shape)
    found = orthogonalize(scale * G, 40, CONVERGENT, dtype=torch.float64)
    torch.testing.assert_close(found, polar, rtol=0, atol=1e-12)
    tall = shape[0] >= shape[1]
    whitened = G @ inverse_root(G.T @ G) if tall else inverse_root(G @ G.T) @ G
    torch.testing.assert_close(found, whitened, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("coefficients", [FAST, CONVERGENT, (1.5, -0.5, 0.0)])
def test_each_step_maps_the_singular_values_by_the_polynomial(shape, coefficients):
    G, _ = random_matrix(shape, seed=1)
    a, b, c = coefficients
    U, S, Vt = torch.linalg.svd(G / G.norm(), full_matrices=False)
    for steps in range(6):
        found = orthogonalize(G, steps, coefficients, dtype=torch.float64)
        torch.testing.assert_close(found, U @ S.diag() @ Vt, rtol=0, atol=1e-13)
        S = a * S + b * S**3 + c * S**5


def test_five_fast_steps_bring_singular_values_near_one():
    """Those of at least a hundredth of the norm, to where the docstring says."""
    for seed in range(20):
        G, _ = random_matrix((8, 6), seed, condition=40.0)
        values = torch.linalg.svdvals(orthogonalize(G, dtype=torch.float64))
        assert values.min() > 0.68
        assert values.max() < 1.21


@pytest.mark.parametrize("shape", SHAPES)
def test_the_default_is_the_frameworks(shape):
    G, _ = random_matrix(shape, seed=2)
    theirs = _muon._zeropower_via_newtonschulz(G.clone(), FAST, 5, 1e-7)
    ours = orthogonalize(G)
    assert ours.dtype == torch.bfloat16
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
@pytest.mark.parametrize("steps", [0, 5])
def test_the_matrix_is_left_as_it_is(dtype, steps):
    G = random_matrix((4, 3))[0].to(dtype)
    before = G.clone()
    orthogonalize(G, steps, dtype=dtype)
    assert torch.equal(G, before)


def test_a_small_matrix_is_divided_by_eps():
    G, _ = random_matrix((4, 3))
    small = orthogonalize(1e-9 * G, 0, eps=1e-3, dtype=torch.float64)
    torch.testing.assert_close(small, 1e-6 * G, rtol=1e-12, atol=0)
    assert not orthogonalize(torch.zeros(3, 2)).any()


@pytest.mark.parametrize(
    ("matrix", "options", "message"),
    [
        (torch.zeros(3), {}, r"matrix must be real and have two dimensions, got .*\(3,\)"),
        (torch.zeros(2, 3, 3), {}, r"two dimensions, got .*\(2, 3, 3\)"),
        (
            torch.zeros(2, 2, dtype=torch.complex64),
            {},
            "matrix must be real .* got torch.complex64",
        ),
        (torch.zeros(2, 2), {"steps": 100}, "at most 99 steps.*got 100"),
        (torch.zeros(2, 2), {"steps": -1}, "steps must .* got -1"),
        (torch.zeros(2, 2), {"steps": 2.5}, "steps must .* got 2.5"),
        (
            torch.zeros(2, 2),
            {"coefficients": (1, 2)},
            r"3 coefficients: got 5, \(1, 2\)",
        ),
        (torch.zeros(2, 2), {"eps": -1.0}, "eps must be .* at least 0, got -1.0"),
    ],
)
def test_what_cannot_be_orthogonalized(matrix, options, message):
    with pytest.raises(ValueError, match=message):
        orthogonalize(matrix, **options)
