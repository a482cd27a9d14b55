"""One cycle: up to a high rate, down to almost nothing, while the momentum does the opposite."""

import math

from torch.optim import Optimizer

from deeptricks.optimization.checks import check_positive
from deeptricks.optimization.schedule import Schedule


def anneal(start, end, fraction, strategy="cos"):
    """The way from `start` (fraction 0) to `end` (fraction 1), straight or along half a cosine."""
    if strategy == "linear":
        return (end - start) * fraction + start
    return end + (start - end) / 2 * (1 + math.cos(math.pi * fraction))


def phases(total_steps, pct_start=0.3, three_phase=False):
    """What a cycle consists of, as the framework stores it: ends of phases, names of the values.

    The peak comes after pct_start of the steps. Three phases are a way up, the same way down, and
    the rest to min_lr; two phases are a way up, and the rest to min_lr.
    """
    peak = float(pct_start * total_steps) - 1
    ends = [peak, float(2 * pct_start * total_steps) - 2] if three_phase else [peak]
    rates = ["initial_lr", "max_lr", *(["initial_lr"] if three_phase else []), "min_lr"]
    momenta = ["max_momentum", "base_momentum", "max_momentum", "max_momentum"]
    return [
        {
            "end_step": end,
            "start_lr": rates[i],
            "end_lr": rates[i + 1],
            "start_momentum": momenta[i],
            "end_momentum": momenta[i + 1],
        }
        for i, end in enumerate([*ends, total_steps - 1])
    ]


def place(t, phases):
    """The phase that step t belongs to, and the fraction of it that is over."""
    start = 0.0
    for phase in phases[:-1]:
        if t <= phase["end_step"]:
            break
        start = phase["end_step"]
    else:
        phase = phases[-1]
    length = phase["end_step"] - start
    return phase, min((t - start) / length, 1.0) if length else 1.0


def one_cycle(
    t, total_steps, pct_start=0.3, anneal_strategy="cos", div_factor=25.0, final_div_factor=1e4,
    three_phase=False, max_lr=1.0,
):  # fmt: skip
    """The rate at step t of `OneCycleLR`; arguments as there. With max_lr=1, a factor on it."""
    initial = max_lr / div_factor
    rates = {"initial_lr": initial, "max_lr": max_lr, "min_lr": initial / final_div_factor}
    phase, fraction = place(t, phases(total_steps, pct_start, three_phase))
    return anneal(rates[phase["start_lr"]], rates[phase["end_lr"]], fraction, anneal_strategy)


def one_cycle_momentum(
    t, total_steps, pct_start=0.3, anneal_strategy="cos", base_momentum=0.85, max_momentum=0.95,
    three_phase=False,
):  # fmt: skip
    """The momentum at step t of `OneCycleLR`: low while the rate is high."""
    momenta = {"base_momentum": base_momentum, "max_momentum": max_momentum}
    phase, fraction = place(t, phases(total_steps, pct_start, three_phase))
    start, end = momenta[phase["start_momentum"]], momenta[phase["end_momentum"]]
    return anneal(start, end, fraction, anneal_strategy)


class OneCycleLR(Schedule):
    """`torch.optim.lr_scheduler.OneCycleLR`: max_lr / div_factor → max_lr → almost 0, once.

    Args:
        max_lr: the peak, one number or one for each parameter group.
        total_steps: length of the cycle; or epochs × steps_per_epoch.
        pct_start: fraction of the steps until the peak, a float in 0 … 1.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: SGD's momentum, or Adam's first beta, goes from max_momentum down to
            base_momentum and back. Both may be one number or one for each group.
        div_factor, final_div_factor: first rate = max_lr / div_factor, last = first / final.
        three_phase: on the way down, pause at the first rate in mirror image of the way up.

    Rates are in closed form from numbers in the parameter groups (`initial_lr`, `max_lr`,
    `min_lr`); what is changed by hand is overwritten, as in the framework. Raises a ValueError
    for arguments out of range, for an optimizer without momentum if `cycle_momentum`, and beyond
    total_steps. Ours leaves the framework in two places. After the last step (t = total_steps,
    which a loop reaches by one `step()` a batch) the rate stays min_lr; the framework's line goes
    on below zero. A first phase without length (pct_start × total_steps = 1) is over at once;
    the framework divides by zero.

    Source: Smith and Topin, Super-convergence, 2017, where a cycle has three phases.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"pct_start must be a float in 0 … 1, got {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        check_positive(div_factor=div_factor, final_div_factor=final_div_factor)
        self.total_steps = length(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = phases(self.total_steps, pct_start, three_phase)
        if three_phase and self._schedule_phases[1]["end_step"] > self.total_steps - 1:
            raise ValueError(f"pct_start leaves no third phase, got {pct_start}: at most 0.5")
        self._anneal_func_type = anneal_strategy
        self.cycle_momentum = cycle_momentum
        peaks = one_each("max_lr", max_lr, optimizer)
        if cycle_momentum:
            if not {"momentum", "betas"} & set(optimizer.defaults):
                raise ValueError("cycle_momentum needs an optimizer with momentum or betas")
            self.use_beta1 = "betas" in optimizer.defaults
            lowest = one_each("base_momentum", base_momentum, optimizer)
            highest = one_each("max_momentum", max_momentum, optimizer)
        if last_epoch == -1:
            for i, group in enumerate(optimizer.param_groups):
                first = peaks[i] / div_factor
                group.update(initial_lr=first, max_lr=peaks[i], min_lr=first / final_div_factor)
                if cycle_momentum:
                    group.update(max_momentum=highest[i], base_momentum=lowest[i])
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self._warn_outside_of_step()
        return self._get_closed_form_lr()

    def _get_closed_form_lr(self):
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(f"step {t} lies beyond total_steps, which is {self.total_steps}")
        phase, fraction = place(t, self._schedule_phases)
        rates = []
        for group in self.optimizer.param_groups:
            start, end = group[phase["start_lr"]], group[phase["end_lr"]]
            rates.append(anneal(start, end, fraction, self._anneal_func_type))
            if self.cycle_momentum:
                start, end = group[phase["start_momentum"]], group[phase["end_momentum"]]
                momentum = anneal(start, end, fraction, self._anneal_func_type)
                if self.use_beta1:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return rates


def length(total_steps, epochs, steps_per_epoch):
    """Steps of the cycle, given as one number or as a product of two."""
    given = {"total_steps": total_steps}
    if total_steps is None:
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    for name, value in given.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(
                f"{name} must be an integer above 0, got {value!r}: the length is total_steps, or "
                "epochs times steps_per_epoch"
            )
    return math.prod(given.values())


def one_each(name, value, optimizer):
    """A list with one value for each parameter group."""
    groups = len(optimizer.param_groups)
    values = list(value) if isinstance(value, list | tuple) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"{name} must have one value for each of {groups} groups, got {value}")
    return values
