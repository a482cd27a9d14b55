"""One cycle: up to a high rate, down to almost nothing, while the momentum does the opposite."""

import functools
import math
from typing import Any

from torch.optim import lr_scheduler

from deeptricks.optimization.schedules.schedule import plain


def anneal(start: float, end: float, fraction: float, strategy: str = "cos") -> float:
    """Go from `start` (fraction 0) to `end` (fraction 1), straight or along half a cosine."""
    if strategy == "linear":
        return (end - start) * fraction + start
    return end + (start - end) / 2 * (1 + math.cos(math.pi * fraction))


def ends(total_steps: int, pct_start: float = 0.3, three_phase: bool = False) -> list[float]:
    """Return the steps at which the phases end; the peak comes after pct_start of all steps.

    Three phases are a way up, the same way down, and the rest to the lowest rate; two phases are a
    way up, and the rest to the lowest.
    """
    up = float(pct_start * total_steps)
    return [up - 1, *([2 * up - 2] if three_phase else []), total_steps - 1]


def place(t: float, ends: list[float]) -> tuple[int, float]:
    """Return the phase that step t belongs to, and the fraction of it that is over.

    A phase without length is over at once, and nothing comes after the last one.
    """
    phase = next((i for i, end in enumerate(ends) if t <= end), len(ends) - 1)
    start = ends[phase - 1] if phase else 0.0
    length = ends[phase] - start
    return phase, min((t - start) / length, 1.0) if length else 1.0


def one_cycle(
    t: float, total_steps: int, pct_start: float = 0.3, anneal_strategy: str = "cos",
    div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
    max_lr: float = 1.0,
) -> float:  # fmt: skip
    """Return the rate at step t: η/d → η (→ η/d) → η/(d·f), annealed phase by phase.

    From a to b a phase goes a + (b − a) p or b + (a − b) (1 + cos(π p)) / 2 with p from 0 to 1.

    Parameters
    ----------
    t : float
        The step, which may be a fraction.
    total_steps : int
        Length of the cycle.
    pct_start : float
        Fraction of the steps until the peak.
    anneal_strategy : str
        "cos" or "linear".
    div_factor, final_div_factor : float
        d and f.
    three_phase : bool
        On the way down, pause at the first rate in mirror image of the way up.
    max_lr : float
        The peak η. With 1, the result is a factor on it.

    Returns
    -------
    float
        The rate.
    """
    first = max_lr / div_factor
    turns = [first, max_lr, *([first] if three_phase else []), first / final_div_factor]
    phase, fraction = place(t, ends(total_steps, pct_start, three_phase))
    return anneal(turns[phase], turns[phase + 1], fraction, anneal_strategy)


def one_cycle_momentum(
    t: float, total_steps: int, pct_start: float = 0.3, anneal_strategy: str = "cos",
    base_momentum: float = 0.85, max_momentum: float = 0.95, three_phase: bool = False,
) -> float:  # fmt: skip
    """Return the momentum at step t: low while the rate is high. See `one_cycle`."""
    turns = [max_momentum, base_momentum, max_momentum, max_momentum]
    phase, fraction = place(t, ends(total_steps, pct_start, three_phase))
    return anneal(turns[phase], turns[phase + 1], fraction, anneal_strategy)


class OneCycleLR(lr_scheduler.OneCycleLR):
    """`torch.optim.lr_scheduler.OneCycleLR`: max_lr / div_factor → max_lr → almost 0, once.

    SGD's momentum, or Adam's first beta, goes down and up while the rate goes up and down. Rates
    are in closed form from numbers in the parameter groups (`initial_lr`, `max_lr`, `min_lr`);
    what is changed by hand is overwritten, as in the framework, which keeps arguments and state.

    Ours leaves the framework in two places. After the last step (t = total_steps, which a loop
    reaches by one `step()` a batch) the rate stays min_lr; the framework's line goes on below
    zero. A first phase without length (pct_start × total_steps = 1) is over at once; the framework
    divides by zero.

    References
    ----------
    Smith and Topin, Super-convergence, 2017, where a cycle is straight: up, down again, and far
    below its start. The half cosines and the two phases are fastai's and the framework's default;
    `anneal_strategy="linear", three_phase=True` is nearest to the original.
    """

    @functools.wraps(lr_scheduler.OneCycleLR.__init__)  # type: ignore[misc]  # its signature
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*map(plain, args), **{name: plain(v) for name, v in options.items()})

    def get_lr(self) -> list[float]:
        """Return the rates at step `last_epoch`, and set the momenta."""
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(f"step {t} lies beyond total_steps, which is {self.total_steps}")
        number, fraction = place(t, [phase["end_step"] for phase in self._schedule_phases])
        phase = self._schedule_phases[number]

        def between(group: dict, of: str) -> float:
            start, end = group[phase[f"start_{of}"]], group[phase[f"end_{of}"]]
            return anneal(start, end, fraction, self._anneal_func_type)

        for group in self.optimizer.param_groups if self.cycle_momentum else []:
            if self.use_beta1:
                group["betas"] = (between(group, "momentum"), *group["betas"][1:])
            else:
                group["momentum"] = between(group, "momentum")
        return [between(group, "lr") for group in self.optimizer.param_groups]
