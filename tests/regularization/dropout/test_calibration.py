"""Bins and their error by hand, and a temperature that is known."""

import pytest
import torch

from deeptricks.regularization import (
    expected_calibration_error,
    fit_temperature,
    reliability_bins,
)


def two_classes(confidence):
    confidence = torch.tensor(confidence, dtype=torch.float64)
    return torch.stack([confidence, 1 - confidence], dim=1)


def test_bins_by_hand():
    said = two_classes([0.55, 0.6, 0.95, 1.0, 0.61])
    labels = torch.tensor([0, 1, 0, 1, 0])
    bins = reliability_bins(said, labels, bins=5)  # (.4, .6], (.6, .8], (.8, 1]
    assert bins.count.tolist() == [0, 0, 2, 1, 2]
    torch.testing.assert_close(
        bins.confidence[2:], torch.tensor([0.575, 0.61, 0.975], dtype=torch.float64)
    )
    assert bins.accuracy[2:].tolist() == [0.5, 1.0, 0.5]
    assert bins.accuracy[:2].isnan().all()
    by_hand = (2 * 0.075 + 1 * 0.39 + 2 * 0.475) / 5
    assert abs(expected_calibration_error(said, labels, bins=5) - by_hand) < 1e-12


def test_signs_do_not_cancel_between_bins_but_do_within():
    said, labels = two_classes([0.7, 0.9]), torch.tensor([0, 1])
    assert abs(expected_calibration_error(said, labels, bins=2) - 0.3) < 1e-12
    assert abs(expected_calibration_error(said, labels, bins=10) - 0.6) < 1e-12


def test_extremes_and_errors():
    sure = two_classes([1.0, 1.0])
    assert expected_calibration_error(sure, torch.tensor([0, 0])) == 0
    assert expected_calibration_error(sure, torch.tensor([1, 1])) == 1
    assert expected_calibration_error(torch.zeros(0, 2), torch.zeros(0).long()) == 0
    with pytest.raises(ValueError, match="bins"):
        reliability_bins(sure, torch.tensor([0, 0]), bins=0)


def test_calibrated_labels_have_little_error():
    draw = torch.Generator().manual_seed(0)
    said = torch.softmax(2 * torch.randn(40_000, 4, generator=draw), dim=1)
    labels = torch.multinomial(said, 1, generator=draw)[:, 0]
    assert expected_calibration_error(said, labels) < 0.02
    logits = said.log()
    assert abs(fit_temperature(logits, labels) - 1) < 0.05
    assert abs(fit_temperature(3 * logits, labels) - 3) < 0.15
    assert abs(fit_temperature(logits / 2, labels) - 0.5) < 0.03
