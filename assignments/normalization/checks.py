"""Normalization: the questions of a term. constants.py draws it, oracles.py knows what is right."""

from deeptricks.grading import Check, Question

from . import clinic_checks as clinic
from . import layer_checks as layers
from .constants import parameters

__all__ = ["parameters", "questions"]


def questions(term):
    """The six questions, for the constants of `term`."""
    return [
        Question("recall", "Recall: statistics by hand", recall(term)),
        Question("batch_norm", "Batch norm with running statistics", layers.batch_norm(term)),
        Question("gradients", "The backward pass of another batch norm", layers.gradients(term)),
        Question("masked", "Group norm over masked positions", layers.masked(term)),
        Question("clinic", "The clinic: three faults", clinic.clinic(term), room="torch"),
        Question("report", "The clinic: what the faults did", rubric=clinic.rubric(term)),
    ]


def recall(term):
    """Four numbers and triples; each needs a line of thought."""
    kept = 1 - term.newest
    left = kept**term.second_batches
    reading = term.first_mean * (1 - kept**term.first_batches) * left
    reading += term.second_mean * (1 - left)
    places = {letter: axis for axis, letter in enumerate(term.image_axes.split(", "))}
    axes = {"batch norm": "NHW", "layer norm": "CHW", "instance norm": "HW"}
    values = term.values_per_channel
    return (
        Check(
            "reading", 1, "return reading", expected=float(reading), tolerance=1e-3,
            says="`reading`: after each batch the old value keeps its share and the new one is "
            "added with its own; the start is one of the old values.",
        ),
        Check(
            "axes", 1,
            "return {name: sorted(int(a) % 4 for a in axes[name]) for name in axes}",
            expected={k: sorted(places[letter] for letter in v) for k, v in axes.items()},
            says="`axes`: the means run over all axes but those whose number still tells one mean "
            "from another.",
        ),
        Check(
            "outlier", 1, "return outlier", expected=float((term.outlier_samples - 1) ** 0.5),
            tolerance=1e-3,
            says="`outlier`: take the equal values as 0 and the other one as 1, then compute mean "
            "and standard deviation.",
        ),
        Check(
            "evaluation_std", 1, "return evaluation_std",
            expected=float(((values - 1) / values) ** 0.5), tolerance=1e-3,
            says="`evaluation_std`: compare the variance that divides in training with the one "
            "that divides in evaluation.",
        ),
    )  # fmt: skip
