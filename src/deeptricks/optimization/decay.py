"""Rates that only fall: in steps, exponentially, or like a power of the time."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

from torch.optim import Optimizer

from deeptricks.optimization.checks import check_not_negative, check_positive, check_whole
from deeptricks.optimization.schedule import Schedule


def step_decay(t, step_size, gamma=0.1, lr=1.0):
    """η₀ γ^⌊t/s⌋: one drop every `step_size` steps. With lr=1 it is the factor on a rate."""
    return lr * gamma ** (t // step_size)


def multistep_decay(t, milestones, gamma=0.1, lr=1.0):
    """η₀ γ^(milestones reached): a drop at each; a milestone listed twice drops twice."""
    return lr * gamma ** bisect_right(sorted(milestones), t)


def exponential_decay(t, gamma, lr=1.0):
    """η₀ γᵗ. A lecture writes η₀ 10^(−t/r), a tenth after r steps: γ = 10^(−1/r)."""
    return lr * gamma**t


def power_decay(t, r, c=1.0, lr=1.0):
    """η₀ (1 + t/r)^(−c). With c = 1 the rate is half after r steps: the 1/t decay."""
    return lr * (1 + t / r) ** -c


class StepLR(Schedule):
    """`torch.optim.lr_scheduler.StepLR`: every `step_size` steps the rate falls to γ of itself.

    Raises a ValueError unless step_size is a whole number above 0 and gamma finite and not
    negative. Resumed with `last_epoch=k` it is at step k + 1, and if that step is a multiple of
    step_size it multiplies the optimizer's rate once more: as in the framework.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch=-1):
        check_whole(1, step_size=step_size)
        check_not_negative(gamma=gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, t, lr):
        return step_decay(t, self.step_size, self.gamma, lr)

    def ratio(self, t):
        return self.gamma if t != 0 and t % self.step_size == 0 else 1.0


class MultiStepLR(Schedule):
    """`torch.optim.lr_scheduler.MultiStepLR`: at each milestone the rate falls to γ of itself.

    Milestones are step numbers in any order; one listed twice counts twice. Raises a ValueError for
    a milestone that is no whole number of at least 0 (the framework would never reach 2.5) and for
    a gamma that is negative or not finite.
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch=-1
    ):
        self.milestones = Counter(milestones)
        for milestone in self.milestones:
            check_whole(0, milestones=milestone)
        check_not_negative(gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, t, lr):
        return multistep_decay(t, self.milestones.elements(), self.gamma, lr)

    def ratio(self, t):
        return self.gamma ** self.milestones[t]


class ExponentialLR(Schedule):
    """`torch.optim.lr_scheduler.ExponentialLR`: each step the rate falls to γ of itself.

    Raises a ValueError unless gamma is finite and not negative. Resumed with `last_epoch`, the
    optimizer's rate is taken as it is.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch=-1):
        check_not_negative(gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, t, lr):
        return exponential_decay(t, self.gamma, lr)

    def ratio(self, t):
        return 1.0 if self._is_initial else self.gamma


class PowerLR(Schedule):
    """Power scheduling, η₀ (1 + t/r)^(−c); the framework has no counterpart.

    Args:
        optimizer: its groups' rates are the initial rates η₀.
        r: steps after which 1 + t/r is 2; above 0.
        c: the power. 1 is the 1/t decay, 1/2 the rate of the theory of convex stochastic
            problems, 0 a constant rate; at least 0.
        last_epoch: to resume; the optimizer's rate is then taken as it is.

    Raises a ValueError for r or c out of range.
    Source: H. Robbins and S. Monro, A stochastic approximation method, 1951, whose conditions
    (the rates sum to infinity, their squares do not) 1/2 < c ≤ 1 meets.
    """

    def __init__(self, optimizer: Optimizer, r: float, c: float = 1.0, last_epoch=-1):
        check_positive(r=r)
        check_not_negative(c=c)
        self.r = r
        self.c = c
        super().__init__(optimizer, last_epoch)

    def rate(self, t, lr):
        return power_decay(t, self.r, self.c, lr)

    def ratio(self, t):
        if self._is_initial or t <= 0:
            return 1.0
        return self.rate(t, 1.0) / self.rate(t - 1, 1.0)
