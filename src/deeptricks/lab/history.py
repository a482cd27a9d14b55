"""What a training leaves behind, what its callbacks see, and the sums it is made of."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor, nn


@dataclass
class History:
    """One row an epoch. `diverged` is true when a loss that is not finite ended the training.

    Columns: `epoch` (from 1), `train_loss` and `train_accuracy` (means over the epoch's batches,
    each measured just before its step, in training mode), and with a test set `test_loss` and
    `test_accuracy` (at the end of the epoch, in evaluation mode). The accuracies are fractions in
    [0, 1]; they are absent where the targets are not class labels.
    """

    rows: list[dict] = field(default_factory=list)
    diverged: bool = False

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

    def __init__(self):
        self.samples, self.loss, self.correct = 0, 0.0, 0.0

    def add(self, batch_loss: Tensor, outputs: Tensor, targets: Tensor) -> float:
        """Count one batch in; returns its loss."""
        value = batch_loss.item()
        self.samples += len(targets)
        self.loss += len(targets) * value
        if are_labels(outputs, targets):
            right = outputs.detach().argmax(1) == targets
            self.correct += len(targets) * right.double().mean().item()
        else:
            self.correct = math.nan
        return value

    @property
    def score(self) -> Score:
        return Score(self.loss / self.samples, self.correct / self.samples)

    def columns(self, name: str) -> dict[str, float]:
        """The score as columns of a history; no accuracy where there are no labels."""
        loss, accuracy = self.score
        labelled = not math.isnan(accuracy)
        return {f"{name}_loss": loss} | ({f"{name}_accuracy": accuracy} if labelled else {})


def are_labels(outputs: Tensor, targets: Tensor) -> bool:
    """Whether `targets` hold class labels for `outputs` (N, C, …)."""
    whole = not (targets.is_floating_point() or targets.is_complex())
    return whole and outputs.ndim == targets.ndim + 1 and outputs.shape[1] > 1
