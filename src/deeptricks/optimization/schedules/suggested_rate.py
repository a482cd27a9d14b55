"""What a range test saw, and which rate to take after that."""

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, repr=False, eq=False)
class RangeTest:
    """What a range test saw, an array entry for each step taken.

    `losses[i]` is the loss of the batch that follows the step with `rates[i]` (tools that show the
    batch before it are one step to the right); `first_loss` is the loss before any step.
    `smoothed` is a moving average of losses, and trails behind them. If `diverged`, the last entry
    is the one that ended the test, and may be infinite or NaN.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    first_loss: float
    diverged: bool

    @property
    def largest(self) -> float:
        """The largest rate before divergence, of one step, not of a training. ValueError if none.

        It is too high rather than too low: the smoothed loss takes some steps to notice.
        """
        return float(self._before_divergence()[0][-1])

    @property
    def lowest(self) -> float:
        """The rate where the smoothed loss is lowest."""
        rates, smoothed = self._before_divergence()
        return float(rates[smoothed.argmin()])

    @property
    def steepest(self) -> float:
        """The rate where the smoothed loss falls fastest, per factor of the rate.

        ValueError if it falls nowhere.
        """
        rates, smoothed = self._before_divergence()
        slopes = np.gradient(smoothed, np.log(rates)) if len(rates) > 1 else np.zeros(1)
        if not slopes.min() < 0:
            raise ValueError("the smoothed loss fell at no rate: try again with a smaller `low`")
        return float(rates[slopes.argmin()])

    @property
    def suggestion(self) -> float:
        """A tenth of `lowest`: a rule of thumb, no theorem. ValueError if the loss only rose.

        At its lowest point the loss is about to rise: the rate there is too large to stay with.
        """
        if self.lowest == self.rates[0]:
            raise ValueError("the smoothed loss only rose: try again with a smaller `low`")
        return self.lowest / 10

    def plot(self, ax: Any, color: str = "C0") -> Any:
        """Draw losses (thin) and smoothed losses over the rates, log scale, on the caller's axes.

        A vertical line marks the suggestion. Losses far above the first one are cut off.
        """
        ax.plot(self.rates, self.losses, color=color, linewidth=0.8, alpha=0.4)
        ax.plot(self.rates, self.smoothed, color=color, linewidth=2)
        ax.set_xscale("log")
        ax.set_xlabel("learning rate")
        ax.set_ylabel("loss of the next batch")
        with contextlib.suppress(ValueError):
            _, calm = self._before_divergence()
            bottom = min(self.first_loss, self.losses[: len(calm)].min())
            height = max(self.first_loss - bottom, np.ptp(calm), 1e-12)
            ax.set_ylim(bottom, bottom + 1.2 * height)
            ax.axvline(self.suggestion, color=color, linestyle="--", linewidth=1)
        return ax

    def __repr__(self):
        end = "diverged" if self.diverged else "not diverged"
        text = f"{len(self.rates)} steps, {self.rates[0]:.3g} to {self.rates[-1]:.3g}, {end}"
        try:
            return (
                f"RangeTest({text}; steepest {self.steepest:.2g}, suggestion {self.suggestion:.2g})"
            )
        except ValueError:
            return f"RangeTest({text}; no rate to suggest)"

    def _before_divergence(self):
        end = len(self.rates) - self.diverged
        if not end:
            raise ValueError("the first step diverged already: try again with a smaller `low`")
        return self.rates[:end], self.smoothed[:end]
