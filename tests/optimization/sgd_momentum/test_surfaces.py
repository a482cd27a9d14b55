"""Landscapes: gradients, minima, curvatures as asked for."""

import math

import numpy as np
import pytest
import torch

from deeptricks.optimization.sgd_momentum import surfaces

ALL = [
    surfaces.ravine(),
    surfaces.ravine(7, 30),
    surfaces.saddle(),
    surfaces.two_valleys(),
    surfaces.plateau(),
    surfaces.rosenbrock(),
]


def points(n=20, seed=0):
    return 2 * torch.rand(n, 2, generator=torch.Generator().manual_seed(seed)).double() - 1


@pytest.mark.parametrize("landscape", ALL, ids=lambda x: x.name)
def test_gradient_equals_differences(landscape):
    at, small = points(), 1e-6
    for axis in range(2):
        step = torch.zeros(2, dtype=torch.float64)
        step[axis] = small
        slope = (landscape(at + step) - landscape(at - step)) / (2 * small)
        torch.testing.assert_close(landscape.gradient(at)[:, axis], slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("landscape", ALL, ids=lambda x: x.name)
def test_minima_are_flat_curved_upwards_and_the_deepest_is_first(landscape):
    minima = torch.tensor(landscape.minima, dtype=torch.float64)
    assert landscape.gradient(minima).abs().max() < 1e-12
    for minimum in minima:
        hessian = torch.autograd.functional.hessian(landscape.loss, minimum)
        assert torch.linalg.eigvalsh(hessian).min() > 0
    depths = landscape(minima)
    assert depths[0] == depths.min()
    scattered = landscape(4 * points(2000))
    assert scattered.min() >= depths[0] - 1e-12


@pytest.mark.parametrize("landscape", ALL, ids=lambda x: x.name)
def test_starts_and_minima_are_on_the_map(landscape):
    for x, y in (*landscape.starts, *landscape.minima):
        assert landscape.xlim[0] < x < landscape.xlim[1]
        assert landscape.ylim[0] < y < landscape.ylim[1]


def test_heights_for_a_contour_plot_are_losses():
    x, y = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 4))
    heights = surfaces.rosenbrock().height(x, y)
    np.testing.assert_allclose(heights, (1 - x) ** 2 + 100 * (y - x**2) ** 2)


def test_curvatures_are_as_asked_and_turning_keeps_them():
    origin = torch.zeros(2, dtype=torch.float64)
    for angle in (0, 45, 70):
        hessian = torch.autograd.functional.hessian(surfaces.ravine(50, angle).loss, origin)
        expected = torch.tensor([1.0, 50.0], dtype=torch.float64)
        torch.testing.assert_close(torch.linalg.eigvalsh(hessian), expected)
    flat = torch.autograd.functional.hessian(surfaces.saddle(7).loss, origin)
    torch.testing.assert_close(flat, torch.diag(torch.tensor([-1.0, 7.0]).double()))


def test_turning_turns_the_floor_and_the_starts():
    straight, turned = surfaces.ravine(50), surfaces.ravine(50, 45)
    along = torch.tensor([1.0, 1.0], dtype=torch.float64) / math.sqrt(2)
    assert turned(along) == pytest.approx(0.5)
    for before, after in zip(straight.starts, turned.starts, strict=True):
        assert math.hypot(*before) == pytest.approx(math.hypot(*after))
        assert straight(torch.tensor(before)) == pytest.approx(float(turned(torch.tensor(after))))


def test_two_valleys_meet_the_equation_of_their_slope():
    for tilt in (0.01, 0.15, 0.38):
        left, right = (x for x, _ in surfaces.two_valleys(tilt).minima)
        assert left < -1 < 0 < right < 1
        for x in (left, right):
            assert x**3 - x + tilt == pytest.approx(0, abs=1e-12)


def test_plateau_is_half_as_high_at_its_width_and_flat_far_away():
    landscape = surfaces.plateau(0.3)
    assert landscape(torch.tensor([0.3, 0.0])) == pytest.approx(0.5)
    assert landscape.gradient([30.0, 0.0]).norm() < 1e-4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: surfaces.ravine(0.5), "condition_number"),
        (lambda: surfaces.saddle(0), "steepness"),
        (lambda: surfaces.two_valleys(0), "tilt"),
        (lambda: surfaces.two_valleys(0.385), "tilt"),
        (lambda: surfaces.two_valleys(0.1, -1), "steepness"),
        (lambda: surfaces.plateau(0), "width"),
        (lambda: surfaces.rosenbrock(math.nan), "steepness"),
    ],
)
def test_a_surface_that_makes_no_sense_is_named(wrong, message):
    with pytest.raises(ValueError, match=f"^{message} must"):
        wrong()


def test_nearest_minimum():
    landscape = surfaces.saddle()
    distance, which = landscape.nearest([[0.7, 0.4], [-3.0, 0.0]])
    torch.testing.assert_close(distance, torch.tensor([0.5, 2.0]).double())
    assert which.tolist() == [0, 1]
