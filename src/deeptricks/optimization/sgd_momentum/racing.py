"""Many optimizers on one surface, each at many rates: who arrives first, and at which rate."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from deeptricks.optimization.sgd_momentum.descent import arrival, descend
from deeptricks.optimization.sgd_momentum.surfaces import DTYPE, Landscape

RATES = torch.logspace(-4, 1, 41, dtype=DTYPE)  # eight to a decade


class Race(NamedTuple):
    """What `race` returns.

    Attributes
    ----------
    rates : Tensor
        (R,).
    paths : Tensor
        (steps + 1, R, 2).
    arrivals : Tensor
        (R,), see `arrival`.
    valleys : Tensor
        (R,), which minimum is nearest in the end.
    best : int
        Index of the fastest rate.
    """

    rates: Tensor
    paths: Tensor
    arrivals: Tensor
    valleys: Tensor
    best: int

    def at(self, shift: int) -> tuple[float, Tensor, float, int]:
        """Rate, path, arrival and valley, `shift` places above the best rate (below if negative).

        Places beyond the ends of the grid are the ends.
        """
        i = min(max(self.best + shift, 0), len(self.rates) - 1)
        return float(self.rates[i]), self.paths[:, i], float(self.arrivals[i]), int(self.valleys[i])


def race(
    rule: Callable[..., torch.optim.Optimizer],
    landscape: Landscape,
    steps: int = 300,
    rates: Tensor = RATES,
    within: float = 0.1,
) -> list[Race]:
    """Let an optimizer descend from each start of `landscape` at every rate, all at once.

    Parameters
    ----------
    rule : callable
        Called as `rule(parameters, lr=1.0)`. It must treat every weight alone, with steps that are
        proportional to the rate: SGD, Adagrad, RMSprop, Adam; `functools.partial` sets the rest.
    landscape : Landscape
        Where.
    steps : int
        How many.
    rates : Tensor
        (R,).
    within : float
        As in `arrival`.

    Returns
    -------
    list of Race
        One for each start. Its fastest rate is the one that first arrives at a deepest minimum; if
        none does, at any minimum; if none does, the one whose path ends lowest.
    """
    rates = torch.as_tensor(rates, dtype=DTYPE)
    starts = torch.tensor(landscape.starts, dtype=DTYPE).repeat(len(rates), 1, 1)
    paths = descend(lambda p: _AtManyRates(rule, p, rates), landscape, starts, steps)
    arrivals = arrival(paths, landscape, within)
    _, valleys = landscape.nearest(paths[-1])
    depths = landscape(torch.tensor(landscape.minima, dtype=DTYPE))
    elsewhere = (depths[valleys] > depths.min() + 1e-9) | arrivals.isinf()
    ends = landscape(paths[-1]).nan_to_num(torch.inf, posinf=torch.inf)
    races = []
    for i in range(len(landscape.starts)):
        columns = (elsewhere[:, i], arrivals[:, i], ends[:, i])  # the more important first
        order = list(zip(*(column.tolist() for column in columns), strict=True))
        best = min(range(len(order)), key=order.__getitem__)
        races.append(Race(rates, paths[:, :, i], arrivals[:, i], valleys[:, i], best))
    return races


def thinned(path: Tensor, least: float = 0.04) -> Tensor:
    """Thin a path (steps, 2): without points closer than `least` to the last one kept.

    The first point and the last stay. Closer means in both coordinates.
    """
    kept = [path[0]]
    for point in path[1:-1]:
        if (point - kept[-1]).abs().max() >= least:
            kept.append(point)
    return torch.stack([*kept, path[-1]])


class _AtManyRates:
    """Steps taken at rate 1, and then a `rates`-th part of each row's step."""

    def __init__(self, rule, parameters, rates):
        (self.w,) = parameters
        self.rule, self.rates = rule([self.w], lr=1.0), rates.view(-1, 1, 1)

    @torch.no_grad()
    def step(self):
        before = self.w.clone()
        self.rule.step()
        self.w.copy_(before + self.rates * (self.w - before))
