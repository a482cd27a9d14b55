"""Errors of equivariance: zero where a proof says so, and a known number where it does not."""

import pytest
import torch
from torch import nn

from deeptricks.regularization import equivariance_error, invariance_error, shift

IMAGES = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def conv(stride=1, mode="circular"):
    torch.manual_seed(1)
    return nn.Conv2d(1, 3, 3, stride, 1, padding_mode=mode).double()


def test_circular_convolutions_are_equivariant_up_to_their_stride():
    for right, down in ((1, 0), (0, -3), (5, 2)):
        assert equivariance_error(conv(), IMAGES, right, down) < 1e-14
    assert equivariance_error(conv(2), IMAGES, right=2, down=-4, stride=2) < 1e-14
    assert equivariance_error(conv(2), IMAGES, right=1, stride=2) > 0.1
    assert equivariance_error(conv(mode="zeros"), IMAGES, right=1) > 0.01


def test_pooling_of_everything_is_invariant():
    def mean(x):
        return conv()(x).mean((2, 3))

    assert invariance_error(mean, IMAGES, right=3, down=1) < 1e-14
    assert invariance_error(conv(), IMAGES, right=3) > 0.1


def test_numbers_by_hand():
    image = torch.zeros(1, 1, 1, 4, dtype=torch.float64)
    image[..., 0] = 1
    assert invariance_error(lambda x: x, image, right=1) == pytest.approx(2**0.5)
    assert equivariance_error(lambda x: x, image, right=1) == 0
    # A map that ignores its input's place: its shift by 1 is nowhere near.
    still = image.clone()
    assert equivariance_error(lambda x: still, image, right=1) == pytest.approx(2**0.5)
    # Halved: a shift by 1 lies between output shifts by 0 and 1, of which the nearer counts.
    assert equivariance_error(lambda x: x[..., ::2] + x[..., 1::2], image, 1, stride=2) == 0


def test_bad_stride():
    with pytest.raises(ValueError, match="stride must be a whole number of at least 1, got 0"):
        equivariance_error(lambda x: x, IMAGES, 1, stride=0)
    assert shift(IMAGES, 16, fill=None).equal(IMAGES)
