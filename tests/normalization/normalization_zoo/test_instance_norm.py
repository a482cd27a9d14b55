"""InstanceNorm: equal to the framework's, with and without running statistics."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from deeptricks.normalization import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d

OURS = {1: InstanceNorm1d, 2: InstanceNorm2d, 3: InstanceNorm3d}
THEIRS = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
TOLERANCE = {torch.float64: 1e-10, torch.float32: 2e-5}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.sampled_from([1, 2, 3]), st.integers(1, 3), st.integers(1, 3), st.integers(2, 4),
    st.booleans(), st.booleans(), st.booleans(), st.sampled_from([0.1, 0.0, 1.0, None]),
    st.sampled_from(list(TOLERANCE)), st.sampled_from(["batch", "one sample", "strided"]),
    st.integers(0, 99),
)  # fmt: skip
def test_equals_the_frameworks(
    dimensions, samples, channels, size, affine, bias, track, momentum, dtype, form, seed
):
    torch.manual_seed(seed)
    options = {
        "affine": affine, "bias": bias, "track_running_stats": track, "momentum": momentum,
        "eps": 1e-3, "dtype": dtype,
    }  # fmt: skip
    ours = OURS[dimensions](channels, **options)
    theirs = THEIRS[dimensions](channels, **options)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter)
    ours.load_state_dict(theirs.state_dict())
    tolerance = TOLERANCE[dtype]
    for mode in (True, True, False):
        x = (3 + 2 * torch.randn(samples, channels, *[size] * dimensions)).to(dtype)
        x = {"batch": x, "one sample": x[0], "strided": x.mT.contiguous().mT}[form]
        results = []
        for module in (ours, theirs):
            module.train(mode).zero_grad()
            leaf = x.detach().clone().requires_grad_()
            y = module(leaf)
            y.backward(torch.linspace(-1, 2, y.numel(), dtype=dtype).view_as(y))
            results.append([y, leaf.grad, *(p.grad for p in module.parameters())])
            results[-1] += list(module.state_dict().values())
        for a, b in zip(*results, strict=True):
            assert a.dtype == b.dtype
            torch.testing.assert_close(a, b, rtol=tolerance, atol=3 * samples * tolerance)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == repr(theirs)
    theirs.load_state_dict(ours.state_dict())


@pytest.mark.parametrize("track", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_first_and_second_derivatives(track, training):
    torch.manual_seed(0)
    module = InstanceNorm2d(2, affine=True, track_running_stats=track, dtype=torch.float64)
    module.train(training)
    names = ["weight", "bias"]

    def function(x, *parameters):
        values = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(copy.deepcopy(module), values, (x,))

    shapes = [(2, 2, 3, 2), (2,), (2,)]
    leaves = [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes]
    assert torch.autograd.gradcheck(function, leaves)
    assert torch.autograd.gradgradcheck(function, leaves)


@pytest.mark.parametrize("seed", range(5))
def test_in_half_precision_it_is_as_close_to_the_truth_as_the_frameworks(seed):
    torch.manual_seed(seed)
    x, g = torch.randn(2, 3, 4, 4, 5).bfloat16()
    gradients = []
    for kind, dtype in [
        (nn.InstanceNorm2d, torch.float64),
        (nn.InstanceNorm2d, torch.bfloat16),
        (InstanceNorm2d, torch.bfloat16),
    ]:
        leaf = x.to(dtype).requires_grad_()
        y = kind(4)(leaf)
        assert y.dtype == dtype
        gradients.append(
            (y.double(), *(d.double() for d in torch.autograd.grad(y, leaf, g.to(dtype))))
        )
    for truth, theirs, ours in zip(*gradients, strict=True):
        assert (ours - truth).norm() <= 1.1 * (theirs - truth).norm()


def test_a_sample_does_not_see_the_others():
    x = torch.randn(4, 3, 5, 5)
    module = InstanceNorm2d(3)
    torch.testing.assert_close(module(x)[1], module(x[1]))


def test_an_empty_batch_leaves_the_running_statistics_alone():
    module = InstanceNorm1d(3, track_running_stats=True)
    assert module(torch.ones(0, 3, 4)).shape == (0, 3, 4)
    assert torch.equal(module.running_mean, torch.zeros(3))
    assert torch.equal(module.running_var, torch.ones(3))


BAD = [
    ({}, (2, 2), ValueError, "3D or 4D input"),
    ({}, (2, 3, 1, 1), ValueError, "more than 1 spatial element"),
    ({"affine": True}, (2, 4, 2, 2), ValueError, "size at dim=1 to match num_features"),
    ({"affine": True}, (4, 2, 2), ValueError, "size at dim=0 to match num_features"),
    ({"track_running_stats": True}, (2, 4, 2, 2), RuntimeError, "must have 3 channels"),
]


@pytest.mark.filterwarnings("ignore:input's size at dim=1")
@pytest.mark.parametrize(("options", "shape", "error", "message"), BAD)
def test_bad_input_is_refused_as_the_framework_refuses_it(options, shape, error, message):
    with pytest.raises(error):
        nn.InstanceNorm2d(3, **options)(torch.ones(shape))
    with pytest.raises(error, match=message):
        InstanceNorm2d(3, **options)(torch.ones(shape))


@pytest.mark.parametrize(
    ("dtype", "error"), [(torch.int64, NotImplementedError), (torch.float64, RuntimeError)]
)
def test_a_type_that_does_not_go_with_the_parameters_is_refused(dtype, error):
    x = torch.ones(2, 3, 2, 2, dtype=dtype)
    for kind in (nn.InstanceNorm2d, InstanceNorm2d):
        with pytest.raises(error):
            kind(3, affine=True)(x)


def test_another_number_of_channels_without_parameters_is_a_warning():
    x = torch.randn(2, 4, 3, 3)
    for kind in (nn.InstanceNorm2d, InstanceNorm2d):
        with pytest.warns(UserWarning, match="num_features"):
            y = kind(3)(x)
        torch.testing.assert_close(y, nn.InstanceNorm2d(4)(x))
