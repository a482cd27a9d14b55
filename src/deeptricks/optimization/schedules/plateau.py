"""The rate falls when a metric has stopped getting better."""

import warnings
from collections.abc import Iterable
from typing import Any, SupportsFloat

import torch
from torch.optim import SGD, lr_scheduler

from deeptricks.optimization.schedules.schedule import rates, set_rate


def plateau_decay(
    metrics: Iterable[SupportsFloat], lr: float = 1.0, **arguments: Any
) -> list[float]:
    """Return the rates of `ReduceLROnPlateau` after each of `metrics`, from the initial `lr`.

    `arguments` are those of the class: factor, patience, and so on. The first of n + 1 rates is lr.
    """
    optimizer = SGD([torch.zeros(1)], lr=lr)
    schedule = ReduceLROnPlateau(optimizer, **arguments)
    seen = [lr]
    for metric in metrics:
        schedule.step(metric)
        seen.extend(schedule.get_last_lr())
    return seen


class ReduceLROnPlateau(lr_scheduler.ReduceLROnPlateau):
    """`torch.optim.lr_scheduler.ReduceLROnPlateau`: after `patience` bad epochs, η ← factor · η.

    An epoch is bad if its metric is not better than the best so far by `threshold`: a fraction of
    the best ("rel", of its value as it stands: a negative loss wants "abs") or a difference
    ("abs"). The rate falls after patience + 1 of them in a row; then `cooldown` epochs do not
    count. NaN is never better. Arguments, checks and state are the framework's.
    """

    last_epoch: int
    best: float
    cooldown_counter: int

    def step(self, metrics: SupportsFloat, epoch: int | None = None) -> None:  # type: ignore[override]
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
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr(self.last_epoch)
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = rates(self.optimizer)

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
