"""Bad arguments are refused by name; what is not finite ranks last."""

import math

import numpy as np
import pytest

from deeptricks.practice.hyperparameter_search.checks import (
    as_scores,
    check_positive,
    check_share,
    check_whole,
    ranked,
)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3", None, math.inf])
def test_whole_numbers_only(value):
    with pytest.raises(ValueError, match=r"budget must be a whole number of at least 1, got"):
        check_whole(1, budget=value)


@pytest.mark.parametrize("value", [0, 1, -0.1, math.nan, "a"])
def test_shares_lie_strictly_between_0_and_1(value):
    with pytest.raises(ValueError, match="share must be a number above 0 and below 1, got"):
        check_share(share=value)


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, None])
def test_positive_numbers(value):
    with pytest.raises(ValueError, match="pause must be a finite number above 0, got"):
        check_positive(pause=value)


def test_numbers_of_numpy_are_numbers():
    check_whole(1, n=np.int64(1))
    check_share(q=np.float32(0.5))
    check_positive(t=np.float64(2))


def test_ranks_fall_ties_keep_their_order_and_what_is_not_finite_is_last():
    assert ranked([1, 3, math.nan, 3, -5]).tolist() == [1, 3, 0, 4, 2]
    assert ranked([math.inf, 1.0]).tolist() == [1, 0]
    given = np.array([1.0, math.nan])
    as_scores(given)
    assert np.isnan(given[1])  # what was given stays as it was


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]], 3.0])
def test_scores_are_a_list(values):
    with pytest.raises(ValueError, match="values must be a list of at least one number"):
        as_scores(values)
