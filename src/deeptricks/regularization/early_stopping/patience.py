"""Early stopping: keep the best weights, stop when nothing better has come for a while."""

import copy
import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, NamedTuple

from torch import nn

from deeptricks.regularization.checks import check_at_least_zero, check_whole

MODES = ("auto", "min", "max")


class EarlyStopping:
    """Stop after `patience` epochs in a row without a new best value, and restore its weights.

    A callback with ``on_epoch_end(state)``, or one line in any loop::

        stopper = EarlyStopping(patience=10)
        for epoch in range(1000):
            ...
            if stopper.update(validation_loss, model):
                break
        stopper.restore(model)

    The last line is for a training whose epochs end before the patience does; where the patience
    ends first, the best weights are already back. The optimizer's state is not rewound.

    Parameters
    ----------
    monitor : str
        For `on_epoch_end`: the name in ``state.history.last``, of *validation* data. What is
        chosen by the test set is no longer tested by it.
    patience : int
        Epochs (calls) without a new best after which to stop, at least 1: with 1, at the first
        that is not better. Keras and Lightning count like this; a loop that stops when its
        counter is *above* its limit (scikit-learn's `n_iter_no_change`, the framework's
        `ReduceLROnPlateau`) waits for one epoch more.
    min_delta : float
        By how much, in units of what is monitored, a value must beat the best to count.
    mode : {"auto", "min", "max"}
        Whether small or large values are good; "auto" is "max" where `monitor` ends in
        "accuracy" and "min" elsewhere.
    restore_best : bool
        Keep a copy of the model's state dict (weights and buffers) at each new best. Without it,
        nothing is kept, and a stopped model has the weights of `patience` epochs later.

    Attributes
    ----------
    epoch : int
        Calls so far.
    best, best_epoch : float, int
        The best value and its epoch, from 1; 0 while there is none. Only a finite value can be
        the best: NaN or infinity counts as an epoch without improvement.

    Raises
    ------
    ValueError
        For a patience below 1, a negative `min_delta`, an unknown mode.

    References
    ----------
    L. Prechelt, Early stopping — but when?, in Neural Networks: Tricks of the Trade, Springer 1998,
    which compares three classes of rules.
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best: bool = True,
    ) -> None:
        check_whole(1, patience=patience)
        check_at_least_zero(min_delta=min_delta)
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
        if mode == "auto":
            mode = "max" if monitor.endswith("accuracy") else "min"
        self.monitor, self.patience, self.min_delta = monitor, int(patience), min_delta
        self.mode, self.restore_best = mode, restore_best
        self.epoch = self.best_epoch = 0
        self.best = math.inf if mode == "min" else -math.inf
        self.best_state: dict[str, Any] | None = None

    def __repr__(self) -> str:
        names = ("monitor", "patience", "min_delta", "mode", "restore_best")
        return f"EarlyStopping({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def better(self, value: float) -> bool:
        """Whether `value` beats the best by more than `min_delta`."""
        gain = self.best - value if self.mode == "min" else value - self.best
        return math.isfinite(value) and gain > self.min_delta

    @property
    def stop(self) -> bool:
        """Whether `patience` epochs have passed since the best."""
        return self.epoch - self.best_epoch >= self.patience

    def update(self, value: float, model: nn.Module | None = None) -> bool:
        """Take in the value of one more epoch; returns whether to stop.

        Parameters
        ----------
        value
            What is monitored, after this epoch: a number, or a tensor of one.
        model
            Its state is kept if the value is the best so far, and replaced by the best when the
            training is to stop. None: only count.

        Raises
        ------
        TypeError
            For a value that is not a real number.
        """
        value = value.item() if hasattr(value, "item") else value
        if not isinstance(value, Real):
            raise TypeError(f"value must be a real number, got {value!r}")
        self.epoch += 1
        number = float(value)
        if self.better(number):
            self.best, self.best_epoch = number, self.epoch
            if self.restore_best and model is not None:
                self.best_state = copy.deepcopy(model.state_dict())
        if self.stop and model is not None and self.best_state is not None:
            self.restore(model)
        return self.stop

    def restore(self, model: nn.Module) -> None:
        """Give the model the weights and buffers of the best epoch; again is no harm.

        Raises
        ------
        RuntimeError
            If no weights were kept: no finite value has come, or ``restore_best=False``.
        """
        if self.best_state is None:
            raise RuntimeError(f"no weights were kept in {self.epoch} epochs of {self!r}")
        model.load_state_dict(self.best_state)

    def on_epoch_end(self, state: Any) -> None:
        """Read the monitored value; set ``state.stop`` when it is time.

        Raises
        ------
        KeyError
            If the history has no value of this name.
        """
        row: Mapping[str, float] = state.history.last
        if self.monitor not in row:
            raise KeyError(f"monitor must be one of {', '.join(row)}, got {self.monitor!r}")
        if self.update(row[self.monitor], state.model):
            state.stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed training needs: the counts, the best value and its weights."""
        kept = {name: getattr(self, name) for name in ("epoch", "best", "best_epoch")}
        return {**kept, "best_state": copy.deepcopy(self.best_state)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where the training that made `state_dict` was; the arguments stay one's own."""
        self.epoch, self.best = int(state_dict["epoch"]), float(state_dict["best"])
        self.best_epoch = int(state_dict["best_epoch"])
        self.best_state = copy.deepcopy(state_dict["best_state"])


class Replayed(NamedTuple):
    """Where a rule stopped, and which epoch it kept: both from 1, the latter 0 for none."""

    stopped: int
    kept: int


def replay(values: Iterable[float], **arguments: Any) -> Replayed:
    """Run `EarlyStopping(**arguments)` over a recorded curve, one value an epoch.

    Where the patience outlasts the curve, `stopped` is its last epoch.
    """
    stopper = EarlyStopping(**arguments)
    for value in values:
        if stopper.update(value):
            break
    return Replayed(stopper.epoch, stopper.best_epoch)
