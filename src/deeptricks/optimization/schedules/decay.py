"""Rates that only fall: in steps, exponentially, or like a power of the time."""

from bisect import bisect_right
from collections.abc import Iterable

from torch.optim import Optimizer, lr_scheduler

from deeptricks.optimization.checks import check_at_least_zero, check_positive
from deeptricks.optimization.schedules.schedule import Schedule


def step_decay(t: float, step_size: float, gamma: float = 0.1, lr: float = 1.0) -> float:
    """η₀ γ^⌊t/s⌋: one drop every `step_size` steps. With lr=1 it is the factor on a rate."""
    return lr * gamma ** (t // step_size)


def multistep_decay(
    t: float, milestones: Iterable[float], gamma: float = 0.1, lr: float = 1.0
) -> float:
    """η₀ γ^(milestones reached): a drop at each; a milestone listed twice drops twice."""
    return lr * gamma ** bisect_right(sorted(milestones), t)


def exponential_decay(t: float, gamma: float, lr: float = 1.0) -> float:
    """η₀ γᵗ. A lecture writes η₀ 10^(−t/r), a tenth after r steps: γ = 10^(−1/r)."""
    return lr * gamma**t


def power_decay(t: float, r: float, c: float = 1.0, lr: float = 1.0) -> float:
    """η₀ (1 + t/r)^(−c). With c = 1 the rate is half after r steps: the 1/t decay."""
    return lr * (1 + t / r) ** -c


class StepLR(Schedule, lr_scheduler.StepLR):
    """`torch.optim.lr_scheduler.StepLR`: every `step_size` steps the rate falls to γ of itself."""

    def rate(self, t: float, lr: float) -> float:
        """η₀ γ^⌊t/s⌋."""
        return step_decay(t, self.step_size, self.gamma, lr)

    def ratio(self, t: int) -> float:
        """γ at a drop, 1 elsewhere."""
        return self.gamma if t != 0 and t % self.step_size == 0 else 1.0


class MultiStepLR(Schedule, lr_scheduler.MultiStepLR):
    """`torch.optim.lr_scheduler.MultiStepLR`: at each milestone the rate falls to γ of itself."""

    def rate(self, t: float, lr: float) -> float:
        """η₀ γ^(milestones reached)."""
        return multistep_decay(t, self.milestones.elements(), self.gamma, lr)

    def ratio(self, t: int) -> float:
        """γ for each milestone at t."""
        return self.gamma ** self.milestones[t]


class ExponentialLR(Schedule, lr_scheduler.ExponentialLR):
    """`torch.optim.lr_scheduler.ExponentialLR`: each step the rate falls to γ of itself."""

    def rate(self, t: float, lr: float) -> float:
        """η₀ γᵗ."""
        return exponential_decay(t, self.gamma, lr)

    def ratio(self, t: int) -> float:
        """γ, but for the step that building the schedule takes."""
        return 1.0 if self.begins(t) else self.gamma


class PowerLR(Schedule):
    """Power scheduling, η₀ (1 + t/r)^(−c); the framework has no counterpart.

    Parameters
    ----------
    optimizer : Optimizer
        Its groups' rates are the initial rates η₀.
    r : float
        Steps after which 1 + t/r is 2; above 0.
    c : float
        The power. 1 is the 1/t decay, 1/2 the rate of the theory of convex stochastic problems, 0
        a constant rate; at least 0.
    last_epoch : int
        To resume; the optimizer's rate is then taken as it is.

    Raises
    ------
    ValueError
        For r or c out of range.

    References
    ----------
    H. Robbins and S. Monro, A stochastic approximation method, 1951, whose conditions (the rates
    sum to infinity, their squares do not) 1/2 < c ≤ 1 meets.
    """

    def __init__(self, optimizer: Optimizer, r: float, c: float = 1.0, last_epoch: int = -1):
        check_positive(r=r)
        check_at_least_zero(c=c)
        self.r = r
        self.c = c
        super().__init__(optimizer, last_epoch)

    def rate(self, t: float, lr: float) -> float:
        """η₀ (1 + t/r)^(−c)."""
        return power_decay(t, self.r, self.c, lr)

    def ratio(self, t: int) -> float:
        """Return the quotient of neighbors, but for the step that building the schedule takes."""
        return 1.0 if self.begins(t) else self.rate(t, 1.0) / self.rate(t - 1, 1.0)
