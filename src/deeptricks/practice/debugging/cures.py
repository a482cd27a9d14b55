"""What is wrong with each patient of the clinic, and the same program without it."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from deeptricks.practice.debugging.patients import (
    Part,
    Setup,
    parts,
    patient_h,
    perceptron,
    setup,
)


@dataclass(frozen=True)
class Cure:
    """A diagnosis and what follows from it.

    Attributes
    ----------
    code
        Of the fault, as in a report of `checkup`; None for a healthy network.
    sentence
        What to change.
    program
        The cured program, with the arguments of the patient.
    """

    code: str | None
    sentence: str
    program: Callable[[Part, Part, int], Setup]


def healthy(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return the perceptron of the patients, without a fault."""
    return setup(nn.Sequential(*perceptron(seed)), *parts(train, validation, seed))


def normalized(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return six layers of sigmoids behind batch norm: the gradient reaches the first."""

    def activation() -> nn.Module:
        return nn.Sequential(nn.BatchNorm1d(64), nn.Sigmoid())

    model = nn.Sequential(*perceptron(seed, hidden=6, activation=activation))
    return setup(model, *parts(train, validation, seed))


def usual_momentum(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return batch norm whose averages move by a tenth per step, the framework's default."""
    first, relu, second, *rest = perceptron(seed)
    model = nn.Sequential(first, nn.BatchNorm1d(64), relu, second, nn.BatchNorm1d(64), *rest)
    return setup(model, *parts(train, validation, seed))


CURES = {
    "A": Cure("loss.activation_twice", "leave the softmax to the loss", healthy),
    "B": Cure("optimizer.weight_decay", "a thousandth of the weight decay, or none", healthy),
    "C": Cure("data.train_val_mismatch", "prepare validation images the same way", healthy),
    "D": Cure("model.vanishing", "batch norm before each sigmoid", normalized),
    "E": Cure("data.not_shuffled", "shuffle the training samples", healthy),
    "F": Cure("model.batchnorm", "let the running averages move by a tenth", usual_momentum),
    "G": Cure("data.label_mismatch", "shuffle images and labels together", healthy),
    "H": Cure(None, "nothing", patient_h),
}
