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


def test_unsigned_numbers_do_not_wrap_around():
    assert largest_difference(np.array([3], np.uint8), np.array([5], np.uint8)) == 2.0


def test_nan_is_not_small():
    assert math.isnan(largest_difference([1.0, math.nan], [1.0, 2.0]))


@pytest.mark.parametrize(("ours", "theirs"), [([1.0], [[1.0]]), ([1.0, 2.0], 1.0), ([], [])])
def test_what_cannot_be_compared_is_refused(ours, theirs):
    with pytest.raises(ValueError, match="ours and theirs must"):
        largest_difference(ours, theirs)
