"""Landscapes: gradients, minima, paths; races find the fastest rate."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from deeptricks.optimization import Adam, arrival, descend, race, thinned
from deeptricks.optimization.sgd_momentum import surfaces
from deeptricks.optimization.sgd_momentum.surfaces import Landscape

ALL = [
    surfaces.ravine(),
    surfaces.ravine(7, 30),
    surfaces.saddle(),
    surfaces.two_valleys(),
    surfaces.plateau(),
    surfaces.rosenbrock(),
]
BOWL = surfaces.ravine(1)
SGD = torch.optim.SGD


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
        (lambda: descend(SGD, BOWL, (1.0, 1.0), -1), "steps"),
        (lambda: descend(SGD, BOWL, (1.0, 1.0, 1.0), 1), "start"),
        (lambda: descend(SGD, BOWL, 1.0, 1), "start"),
        (lambda: descend(SGD, BOWL, (1.0, 1.0), 1, noise=-1), "noise"),
        (lambda: arrival(torch.zeros(3, 2), BOWL, within=0), "within"),
    ],
)
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=f"^{message} must"):
        wrong()


def test_descent_on_a_bowl_is_a_geometric_series():
    path = descend(partial(SGD, lr=0.1), BOWL, (1.0, -2.0), 5)
    expected = torch.tensor([1.0, -2.0]) * 0.9 ** torch.arange(6).double().unsqueeze(1)
    torch.testing.assert_close(path, expected)


@pytest.mark.parametrize("rule", [partial(SGD, lr=0.1, momentum=0.9), partial(Adam, lr=0.1)])
def test_starts_together_walk_as_they_walk_alone(rule):
    starts = torch.tensor([[[1.0, 2.0], [-1.0, 0.5]], [[0.3, 0.3], [2.0, -1.0]]])
    landscape = surfaces.saddle()
    before = starts.clone()
    together = descend(rule, landscape, starts, 10)
    assert together.shape == (11, 2, 2, 2)
    alone = descend(rule, landscape, starts[1, 0], 10)
    torch.testing.assert_close(together[:, 1, 0], alone)
    assert torch.equal(starts, before)


def test_a_start_in_double_precision_is_not_written_over():
    start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    path = descend(partial(SGD, lr=0.1), BOWL, start, 3)
    assert start.tolist() == [1.0, 1.0]
    assert not path.requires_grad


def test_noise_has_the_spread_asked_for_and_its_seed():
    def flat(w):
        return 0 * w.sum(-1)

    starts = torch.zeros(4000, 2)
    rule = partial(SGD, lr=1.0)
    path = descend(rule, flat, starts, 1, noise=0.5, seed=1)
    assert path[1].std() == pytest.approx(0.5, rel=0.03)
    assert torch.equal(path, descend(rule, flat, starts, 1, noise=0.5, seed=1))
    assert not torch.equal(path, descend(rule, flat, starts, 1, noise=0.5, seed=2))
    assert descend(rule, flat, starts, 1).abs().max() == 0


def test_arrival_is_the_step_after_the_last_one_outside():
    def path(*distances):
        return torch.tensor([[d, 0.0] for d in distances], dtype=torch.float64)

    assert arrival(path(1, 0.05, 1, 0.05, 0.02), BOWL) == 3
    assert arrival(path(0.05, 0.0), BOWL) == 0
    assert arrival(path(1, 0.05, 1), BOWL) == math.inf
    assert arrival(path(1, 0.05, math.nan), BOWL) == math.inf
    assert arrival(path(1, 0.4, 0.2), BOWL, within=0.5) == 1
    several = torch.stack([path(1, 0.0, 0.0), path(1, 1, 0.0)], dim=1)
    assert arrival(several, BOWL).tolist() == [1, 2]


def test_nearest_minimum():
    landscape = surfaces.saddle()
    distance, which = landscape.nearest([[0.7, 0.4], [-3.0, 0.0]])
    torch.testing.assert_close(distance, torch.tensor([0.5, 2.0]).double())
    assert which.tolist() == [0, 1]


def test_a_race_equals_descents_one_by_one():
    rates = [0.003, 0.1, 0.4]
    for rule in (partial(SGD, momentum=0.9), Adam, torch.optim.RMSprop, torch.optim.Adagrad):
        landscape = surfaces.saddle(1)
        results = race(rule, landscape, 30, torch.tensor(rates))
        assert len(results) == 2
        for start, result in zip(landscape.starts, results, strict=True):
            for i, lr in enumerate(rates):
                alone = descend(partial(rule, lr=float(result.rates[i])), landscape, start, 30)
                torch.testing.assert_close(result.paths[:, i], alone, rtol=1e-9, atol=1e-9)
                assert result.rates[i] == pytest.approx(lr)


def test_the_fastest_rate_on_a_bowl_is_one_and_too_large_rates_are_seen_off():
    bowl = Landscape("bowl", BOWL.loss, ((0.0, 0.0),), ((1.0, 1.0),))
    (result,) = race(SGD, bowl, 50, torch.tensor([0.5, 1.0, 1.5, 3.0]))
    assert result.best == 1
    assert result.arrivals[1] == 1
    assert result.arrivals[3] == math.inf
    rate, path, arrived, valley = result.at(-1)
    assert (rate, valley) == (0.5, 0)
    assert arrived == 4  # √2/2⁴ is below 0.1, √2/2³ above
    assert torch.equal(path, result.paths[:, 0])
    assert result.at(-9)[0] == 0.5
    assert result.at(9)[0] == 3.0


def test_a_race_prefers_the_deep_valley_then_any_then_the_lowest_end():
    landscape = surfaces.two_valleys()
    run, _ = race(partial(SGD, momentum=0.9), landscape, 300)
    assert run.valleys[run.best] == 0
    shallow = run.arrivals[run.valleys == 1]
    assert shallow.min() < run.arrivals[run.best]  # sooner, and not chosen
    plain, _ = race(SGD, landscape, 300)
    assert plain.valleys[plain.best] == 1
    assert plain.arrivals[plain.best] == plain.arrivals.min()
    nowhere, _ = race(SGD, surfaces.rosenbrock(), 20)
    ends = surfaces.rosenbrock()(nowhere.paths[-1]).nan_to_num(math.inf)
    assert nowhere.arrivals.isinf().all()
    assert ends[nowhere.best] == ends.min()


def test_thinned_paths_keep_ends_and_large_moves():
    path = torch.tensor([[0.0, 0.0], [0.01, 0.0], [0.1, 0.0], [0.1, 0.2], [0.11, 0.2], [0.12, 0.2]])
    expected = path[[0, 2, 3, 5]]
    assert torch.equal(thinned(path, 0.05), expected)
    assert torch.equal(thinned(path[:1].repeat(2, 1)), path[:1].repeat(2, 1))
