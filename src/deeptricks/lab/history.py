"""What a training leaves behind, what its callbacks see, and the sums it is made of."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor, nn


@dataclass
class History:
    """One row an epoch. `diverged` is true when a loss that is not finite ended the training.

    Columns: `epoch` (from 1), `train_loss` and `train_accuracy` (means over the epoch's batches,
    each measured just before its step, in training mode); with a validation or a test set
    `validation_loss`, `validation_accuracy`, `test_loss`, `test_accuracy` (at the end of the
    epoch, in evaluation mode); and `seconds`, spent in training since the start, evaluations left
    out. The accuracies are fractions in [0, 1]; they are absent where the targets are neither
    class labels nor their probabilities.
    """

    rows: list[dict] = field(default_factory=list)
    diverged: bool = False

    def __repr__(self) -> str:
        # Neither clock nor last digits: a chapter that shows it is the same on every machine.
        return f"History(epochs={len(self.rows)}, diverged={self.diverged})"

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a table."""
        return pd.DataFrame(self.rows)

    @property
    def last(self) -> dict:
        """The last epoch's row; raises IndexError where no epoch was run."""
        return self.rows[-1]


@dataclass
class State:
    """What a callback sees. `state.stop = True` ends the training after the present batch.

    `epoch` and `step` (batches since the start) count from 1; `loss` is the present batch's.
    In `on_batch_end` the step has been taken and the parameters' gradients are still there.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: History
    epoch: int = 0
    step: int = 0
    loss: float = math.nan
    stop: bool = False


class Score(NamedTuple):
    """Mean loss, and the fraction of right answers (NaN where targets are no class labels)."""

    loss: float
    accuracy: float


class Totals:
    """Sums over batches, weighted by their numbers of samples."""

    def __init__(self) -> None:
        self.samples, self.loss, self.correct = 0, 0.0, 0.0

    def add(self, batch_loss: Tensor, outputs: Any, targets: Tensor) -> float:
        """Count one batch in; returns its loss."""
        value, outputs = batch_loss.item(), first(outputs)
        self.samples += len(targets)
        self.loss += len(targets) * value
        labels = labels_for(outputs, targets)
        if labels is None:
            self.correct = math.nan
        else:
            right = outputs.detach().argmax(1) == labels
            self.correct += len(targets) * right.double().mean().item()
        return value

    @property
    def score(self) -> Score:
        """Means over all samples."""
        return Score(self.loss / self.samples, self.correct / self.samples)

    def columns(self, name: str) -> dict[str, float]:
        """Return the score as columns of a history; no accuracy where there are no labels."""
        loss, accuracy = self.score
        labeled = not math.isnan(accuracy)
        return {f"{name}_loss": loss} | ({f"{name}_accuracy": accuracy} if labeled else {})


def first(outputs: Any) -> Tensor:
    """Return the answer itself where a model returns a tuple: auxiliary outputs come after it."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


def labels_for(outputs: Tensor, targets: Tensor) -> Tensor | None:
    """Return the class labels in `targets` for `outputs` (N, C, …), None where they hold none.

    They are whole numbers of one dimension fewer, or probabilities of all C classes (smoothed,
    mixed up), of which the likeliest counts. Other real targets are those of a regression.
    """
    if outputs.ndim < 2 or outputs.shape[1] < 2 or targets.is_complex():
        return None
    if not targets.is_floating_point():
        return targets if outputs.ndim == targets.ndim + 1 else None
    if targets.shape != outputs.shape or (targets < 0).any():
        return None
    sums = targets.sum(1, dtype=torch.float64)
    return targets.argmax(1) if (sums - 1).abs().max() < 1e-2 else None
