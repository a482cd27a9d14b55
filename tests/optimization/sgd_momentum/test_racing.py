"""Races find the fastest rate."""

import math
from functools import partial

import pytest
import torch

from deeptricks.optimization import Adam, descend, race, thinned
from deeptricks.optimization.sgd_momentum import surfaces
from deeptricks.optimization.sgd_momentum.surfaces import Landscape

BOWL = surfaces.ravine(1)
SGD = torch.optim.SGD


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
