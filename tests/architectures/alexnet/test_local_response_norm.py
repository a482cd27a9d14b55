"""Local response normalization: the framework's numbers, own arithmetic, the paper's formula."""

import pytest
import torch
from torch import nn

from deeptricks.architectures import LocalResponseNorm
from tests.forbidden import forbidden

F64 = {"dtype": torch.float64}
INPUTS = {
    "images": lambda: torch.randn(2, 7, 4, 3, **F64),
    "sequences": lambda: torch.randn(2, 6, 5, **F64),
    "volumes": lambda: torch.randn(1, 4, 2, 3, 2, **F64),
    "one channel": lambda: torch.randn(3, 1, 2, 2, **F64),
    "empty": lambda: torch.randn(0, 5, 2, 2, **F64),
    "channels last": lambda: torch.randn(2, 4, 3, 7, **F64).permute(0, 3, 1, 2),
    "single precision": lambda: torch.randn(2, 7, 4, 3),
}
KERNELS = ("avg_pool2d", "avg_pool3d", "avg_pool2d_backward", "avg_pool3d_backward")


def results(layer, x):
    """Outputs, and the gradient of a sum in which each output has another weight."""
    x = x.detach().clone().requires_grad_()
    y = layer(x)
    weights = torch.linspace(0.5, 2, y.numel(), dtype=y.dtype).view_as(y)
    return y.detach(), torch.autograd.grad((weights * y).sum(), x)[0]


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_outputs_and_gradients_are_the_frameworks(name, size):
    torch.manual_seed(size)
    x, arguments = INPUTS[name](), {"alpha": 0.7, "beta": 0.6, "k": 1.5}
    ours = results(LocalResponseNorm(size, **arguments), x)
    theirs = results(nn.LocalResponseNorm(size, **arguments), x)
    tolerance = 1e-12 if x.dtype == torch.float64 else 1e-6
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


def test_the_arithmetic_is_our_own():
    functions = ("torch.nn.functional.local_response_norm",)
    with forbidden(*KERNELS, functions=functions):
        results(LocalResponseNorm(5), torch.randn(2, 7, 4, 3))


def test_the_papers_formula_written_out():
    k, n, alpha, beta = 2, 5, 1e-4, 0.75  # section 3.3, without an n under the α
    a = 100 * torch.randn(3, 8, 2, 2, **F64)
    expected = torch.empty_like(a)
    for i in range(8):
        near = a[:, max(0, i - n // 2) : min(7, i + n // 2) + 1]
        expected[:, i] = a[:, i] / (k + alpha * (near**2).sum(1)) ** beta
    paper = LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)
    torch.testing.assert_close(paper(a), expected, rtol=1e-12, atol=0)
    other = LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2)  # the constants as they are printed
    assert ((other(a) - expected).abs() > 0.05 * expected.abs()).any()


def test_gradients_by_differences():
    x = torch.randn(1, 6, 2, 1, **F64).requires_grad_()
    assert torch.autograd.gradcheck(LocalResponseNorm(4, alpha=0.9, beta=0.8, k=0.7), x)


def test_it_stands_in_for_the_frameworks_layer():
    ours, theirs = LocalResponseNorm(5, 0.1, 0.2, 0.3), nn.LocalResponseNorm(5, 0.1, 0.2, 0.3)
    assert isinstance(ours, nn.LocalResponseNorm)
    assert repr(ours) == repr(theirs)
    assert repr(LocalResponseNorm(5)) == repr(nn.LocalResponseNorm(5))
    assert ours.state_dict() == {}


@pytest.mark.parametrize("size", [0, -1, 2.0, "5"])
def test_a_bad_size_is_named(size):
    with pytest.raises(
        ValueError, match=f"size must be a whole number of at least 1, got {size!r}"
    ):
        LocalResponseNorm(size)


def test_an_input_without_places_is_refused():
    with pytest.raises(ValueError, match=r"input must be \(N, C, …\), got the shape \(2, 3\)"):
        LocalResponseNorm(5)(torch.ones(2, 3))
