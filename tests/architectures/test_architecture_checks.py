"""What is refused, with which words, before a network is built or run."""

import pytest
import torch

from deeptricks.architectures.checks import check_image, check_share, check_whole


@pytest.mark.parametrize("value", [0, -1, 1.0, True, None, "3"])
def test_whole_numbers_alone_and_by_name(value):
    with pytest.raises(
        ValueError, match=f"filters must be a whole number of at least 1, got {value!r}"
    ):
        check_whole(other=1, filters=value)


def test_the_least_is_allowed():
    check_whole(least=2, a=2)
    with pytest.raises(ValueError, match="at least 2"):
        check_whole(least=2, a=1)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_probability_by_name(value):
    check_share(dropout=0, other=1)
    with pytest.raises(ValueError, match=r"dropout must be in \[0, 1\], got"):
        check_share(dropout=value)


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 1, 32, 32), (1, 4, 32, 32)])
def test_an_image_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"x must be of shape \(N, 3, H, W\), got"):
        check_image(torch.zeros(shape), 32)


@pytest.mark.parametrize("shape", [(1, 3, 31, 40), (1, 3, 40, 31)])
def test_an_image_too_small_on_either_side(shape):
    check_image(torch.zeros(1, 3, 32, 32), 32)
    with pytest.raises(ValueError, match=f"at least 32 × 32 pixels.*got {shape[2]} × {shape[3]}"):
        check_image(torch.zeros(shape), 32)
