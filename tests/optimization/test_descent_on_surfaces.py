"""Paths: those of the optimizer, alone or with others; arrival is to stay."""

import math
from functools import partial

import pytest
import torch

from deeptricks.optimization import Adam, arrival, descend
from deeptricks.optimization.sgd_momentum import surfaces

BOWL = surfaces.ravine(1)
SGD = torch.optim.SGD


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


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: descend(SGD, BOWL, (1.0, 1.0), -1), "steps"),
        (lambda: descend(SGD, BOWL, (1.0, 1.0, 1.0), 1), "start"),
        (lambda: descend(SGD, BOWL, 1.0, 1), "start"),
        (lambda: descend(SGD, BOWL, (1.0, 1.0), 1, noise=-1), "noise"),
        (lambda: arrival(torch.zeros(3, 2), BOWL, within=0), "within"),
    ],
)
def test_a_descent_that_makes_no_sense_is_named(wrong, message):
    with pytest.raises(ValueError, match=f"^{message} must"):
        wrong()
