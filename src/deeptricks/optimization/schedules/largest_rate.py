"""Pick a learning rate by halving: brief runs, from a rate that is too large downwards."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from deeptricks.optimization.checks import check_positive, check_whole


def has_diverged(losses: Iterable[float]) -> bool:
    """Whether a run diverged: a loss is not finite, or it ended higher than it began.

    It began with the first loss; it ended with the mean of the last tenth of the losses (at least
    one), so that one unlucky batch does not decide.
    """
    seen = np.array(list(losses), dtype=float)
    tail = seen[-max(len(seen) // 10, 1) :]
    return not np.isfinite(seen).all() or bool(tail.mean() > seen[0])


@dataclass(frozen=True, eq=False)
class BriefRun:
    """One rate that was tried: its losses in the order of training, and whether it diverged."""

    lr: float
    losses: np.ndarray
    diverged: bool


@dataclass(frozen=True, repr=False, eq=False)
class HalvingSearch:
    """The runs of a search, in the order in which they were made, and the rate that it found."""

    runs: tuple[BriefRun, ...]
    lr: float

    @property
    def rates(self) -> np.ndarray:
        """The rates that were tried, in order."""
        return np.array([run.lr for run in self.runs])

    @property
    def diverged(self) -> np.ndarray:
        """Whether each of them diverged."""
        return np.array([run.diverged for run in self.runs])

    def plot(self, ax: Any, colors: tuple[str, str, str] = ("C3", "0.6", "C0")) -> Any:
        """Draw the losses of each run over its steps, on the caller's axes.

        `colors`: of runs that diverged, of others, and of the rate found (thick). Each line is
        labeled with its rate; what rises far above the first losses is cut off.
        """
        for run in self.runs:
            chosen = run.lr == self.lr
            color = colors[2] if chosen else colors[0] if run.diverged else colors[1]
            ax.plot(run.losses, color=color, linewidth=2.5 if chosen else 1, label=f"{run.lr:.3g}")
        calm = np.concatenate([run.losses for run in self.runs if not run.diverged])
        first = max(run.losses[0] for run in self.runs if not run.diverged)
        bottom = calm.min()
        ax.set_ylim(bottom, bottom + 1.5 * max(first - bottom, np.ptp(calm) / 10, 1e-12))
        ax.set_xlabel("step")
        ax.set_ylabel("loss")
        return ax

    def __repr__(self):
        tried = ", ".join(f"{run.lr:.3g}{' diverged' * run.diverged}" for run in self.runs)
        return f"HalvingSearch(lr={self.lr:.3g}; tried {tried})"


def halving_search(
    train_briefly: Callable[[float], Iterable[float]],
    start: float,
    max_halvings: int = 20,
    upwards: bool = True,
    diverged: Callable[[np.ndarray], bool] = has_diverged,
) -> HalvingSearch:
    """Return the largest of the rates start · 2ᵏ at which a brief training does not diverge.

    From a `start` that diverges, the rate is halved until it does not. From one that does not
    diverge the lecture's recipe would stop, with a rate that may be far too small; here it is
    doubled until it diverges, and the last rate before that is the answer: the same on whichever
    side the search starts, if beyond some rate all diverge. It is the upper end of what to try, not
    the best rate: a long training has more occasions to diverge than a brief one.

    Parameters
    ----------
    train_briefly : callable
        train_briefly(lr) trains a fresh network on a subset of the data and gives its losses,
        numbers in the order of training, the first of them before any step.
    start : float
        A rate that is surely too large, above 0.
    max_halvings : int
        How often it is halved, or doubled, at most; at least 1.
    upwards : bool
        False keeps to the recipe: a start that does not diverge is a ValueError.
    diverged : callable
        diverged(losses) decides, of an array.

    Returns
    -------
    HalvingSearch
        The runs and the rate.

    Raises
    ------
    ValueError
        For arguments out of range and for a run without losses.
    RuntimeError
        When every rate diverged, or none did, within max_halvings.

    References
    ----------
    The recipe is from a lecture on training networks, "start with large learning rate & divide by 2
    until loss does not diverge"; Y. Bengio, Practical recommendations for gradient-based training
    of deep architectures, 2012, has it with a factor of 3.
    """
    check_positive(start=start)
    check_whole(1, max_halvings=max_halvings)
    runs = [brief_run(train_briefly, start, diverged)]
    down = runs[0].diverged
    if not down and not upwards:
        raise ValueError(f"start must diverge unless upwards, got {start}: begin with a larger one")
    while runs[-1].diverged == down:
        if len(runs) > max_halvings:
            ended = "every" if down else "no"
            raise RuntimeError(f"{ended} rate from {start:.3g} to {runs[-1].lr:.3g} diverged")
        lr = start * 2.0 ** (-len(runs) if down else len(runs))
        runs.append(brief_run(train_briefly, lr, diverged))
    return HalvingSearch(tuple(runs), runs[-1 if down else -2].lr)


def brief_run(
    train_briefly: Callable[[float], Iterable[float]],
    lr: float,
    diverged: Callable[[np.ndarray], bool],
) -> BriefRun:
    """Train with the rate `lr`, look at the losses."""
    given = (x.detach() if isinstance(x, Tensor) else x for x in train_briefly(lr))
    losses = np.array([float(x) for x in given])
    if not len(losses):
        raise ValueError(f"train_briefly must give at least one loss, got none at rate {lr:.3g}")
    return BriefRun(lr, losses, bool(diverged(losses)))
