"""The rate falls when a metric has stopped getting better."""

import math
import warnings

import torch
from torch.optim import SGD, Optimizer, lr_scheduler

from deeptricks.optimization.checks import check_not_negative
from deeptricks.optimization.schedule import set_rate


def plateau_decay(metrics, lr=1.0, **arguments):
    """The rates that `ReduceLROnPlateau` gives after each of `metrics`, from the initial `lr`.

    `arguments` are those of the class: factor, patience, and so on. The first of n + 1 rates is lr.
    """
    optimizer = SGD([torch.zeros(1)], lr=lr)
    schedule = ReduceLROnPlateau(optimizer, **arguments)
    rates = [lr]
    for metric in metrics:
        schedule.step(metric)
        rates.extend(schedule.get_last_lr())
    return rates


class ReduceLROnPlateau(lr_scheduler.ReduceLROnPlateau):
    """`torch.optim.lr_scheduler.ReduceLROnPlateau`: after `patience` bad epochs, a lower rate.

    Args:
        mode: "min" if the metric should fall, "max" if it should rise.
        factor: a lower rate is factor times the old one; below 1.
        patience: the rate is lowered after patience + 1 epochs in a row that were not better.
        threshold, threshold_mode: better than the best by a fraction ("rel", of its value as it
            stands: a negative loss wants "abs") or by a difference ("abs").
        cooldown: epochs after a fall that do not count.
        min_lr: lowest rate, one number or one for each parameter group.
        eps: a fall by less than this is left out.

    NaN is never better. It inherits from the framework's class, whose methods it replaces, so that
    SequentialLR and training loops know that its `step` takes a metric. Raises a ValueError for
    an unknown mode or threshold_mode, a factor of 1 or more or below 0, a min_lr of the wrong
    length; a RuntimeError at the next fall if groups were added to several min_lr.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: list[float] | float = 0,
        eps: float = 1e-8,
    ):
        check_not_negative(factor=factor)
        if factor >= 1:
            raise ValueError(f"factor must be below 1, got {factor}")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        groups = len(optimizer.param_groups)
        several = isinstance(min_lr, list | tuple)
        if several and len(min_lr) != groups:
            raise ValueError(f"min_lr must have one value for each of {groups} groups: {min_lr}")
        self.optimizer = optimizer
        self.factor = factor
        self.default_min_lr = None if several else min_lr
        self.min_lrs = list(min_lr) if several else [min_lr] * groups
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = self._rates()
        self._init_is_better(mode, threshold, threshold_mode)
        self._reset()

    def step(self, metrics, epoch: int | None = None) -> None:
        """One epoch is over, with this metric: a number or a tensor of one element."""
        value = float(metrics)
        if epoch is not None:
            message = "epoch is deprecated by the framework: the schedule counts by itself"
            warnings.warn(message, UserWarning, stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(value, self.best):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr(self.last_epoch)
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._rates()

    @property
    def in_cooldown(self) -> bool:
        """Whether the last fall is too recent for bad epochs to count."""
        return self.cooldown_counter > 0

    def load_state_dict(self, state_dict: dict) -> None:
        """Load the schedule's state, ours or the framework's."""
        self.__dict__.update(state_dict)
        self._init_is_better(self.mode, self.threshold, self.threshold_mode)

    def _is_better(self, a, best):
        direction = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            target = best * (1 - direction * self.threshold)
        else:
            target = best - direction * self.threshold
        return direction * a < direction * target

    def _reduce_lr(self, epoch):
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):  # a group was added since
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"min_lr has {len(self.min_lrs)} values for {len(groups)} groups"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, lowest in zip(groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, lowest)
            if old - new > self.eps:
                set_rate(group, new)

    def _init_is_better(self, mode, threshold, threshold_mode):
        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold_mode must be 'rel' or 'abs', got {threshold_mode!r}")
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf

    def _reset(self):
        self.best, self.cooldown_counter, self.num_bad_epochs = self.mode_worse, 0, 0

    def _rates(self):
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return [rate.clone() if isinstance(rate, torch.Tensor) else rate for rate in rates]
