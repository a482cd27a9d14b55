"""`largest_difference`: of every type that the book works with."""

import math

import numpy as np
import pytest
import torch

from deeptricks.lab import largest_difference


def test_the_largest_of_all_differences_counts_whatever_its_sign():
    assert largest_difference([[1.0, 2.0], [3.0, 4.0]], [[1.5, 2.0], [3.0, 1.0]]) == 3.0
    assert largest_difference([0.0, 5.0], [2.0, 4.0]) == 2.0


def test_tensors_with_a_gradient_and_arrays_are_compared():
    tensor = torch.tensor([1.0, 2.0], requires_grad=True)
    assert largest_difference(tensor, np.array([1.0, 2.25])) == 0.25


@pytest.mark.parametrize(
    "dtype",
    [
        torch.bfloat16,
        torch.float16,
        torch.float32,
        torch.float64,
        torch.float8_e4m3fn,
        torch.int8,
        torch.uint8,
        torch.int64,
        torch.complex64,
    ],
)
def test_every_type_is_compared_with_itself_and_with_floats(dtype):
    ours, theirs = (torch.tensor([1.0, v]).to(dtype) for v in (3.0, 5.0))
    for pair in [(ours, theirs), (ours, theirs.to(torch.complex128).real), (ours, [1.0, 5.0])]:
        assert largest_difference(*pair) == 2.0
        assert largest_difference(*reversed(pair)) == 2.0


@pytest.mark.filterwarnings("error")
def test_imaginary_parts_count():
    ours = torch.tensor([1 + 5j])
    assert largest_difference(ours, torch.tensor([1 + 0j])) == 5.0
    assert largest_difference(ours.conj(), np.array([1 + 5j])) == 10.0
    assert largest_difference(ours.conj().imag, [5.0]) == 10.0
    assert largest_difference(ours, torch.tensor([1.0])) == 5.0


def test_whole_numbers_and_booleans_are_exact():
    assert largest_difference(np.array([3], np.uint8), np.array([5], np.uint8)) == 2.0
    assert largest_difference(torch.tensor([2**62 + 1]), torch.tensor([2**62])) == 1.0
    assert largest_difference(np.array([-(2**63)]), np.array([2**63 - 1])) == 2.0**64
    assert largest_difference([True, False], torch.tensor([True, True])) == 1.0


def test_sparse_tensors_are_compared_where_they_are_zero_too():
    dense = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    for sparse in (dense.to_sparse(), dense.to_mkldnn()):
        assert largest_difference(sparse, dense) == 0.0
        assert largest_difference(sparse, torch.tensor([[0.0, 2.0], [7.0, 0.0]])) == 7.0


@pytest.mark.parametrize("theirs", [[1.0, 2.0], torch.tensor([1, 2]), torch.tensor([1 + 1j, 2])])
def test_nan_is_not_small(theirs):
    assert math.isnan(largest_difference([1.0, math.nan], theirs))
    assert math.isnan(largest_difference(theirs, torch.tensor([math.nan, 1.0])))


@pytest.mark.parametrize(("ours", "theirs"), [([1.0], [[1.0]]), ([1.0, 2.0], 1.0), ([], [])])
def test_what_cannot_be_compared_is_refused(ours, theirs):
    with pytest.raises(ValueError, match="ours and theirs must"):
        largest_difference(ours, theirs)


def test_a_tensor_without_values_is_refused():
    with pytest.raises(ValueError, match="got a tensor on the meta device"):
        largest_difference(torch.ones(2), torch.ones(2, device="meta"))
