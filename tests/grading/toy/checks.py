"""A toy assignment: small, quick, with one question of each kind. The kit is tested on it."""

import numpy as np

from deeptricks.grading import Check, Question


def parameters(rng):
    return {"epsilon": float(rng.choice([1e-3, 1e-2, 1e-1])), "axis": int(rng.integers(2))}


def right(x, epsilon, axis):
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + epsilon)


def questions(term):
    x = np.random.default_rng(1).normal(3, 2, (6, 4))
    wide = np.random.default_rng(2).normal(-1, 0.1, (3, 9))
    return [
        Question(
            name="recall",
            title="What a standardized feature has",
            checks=(
                Check(
                    name="variance",
                    points=2,
                    run="return variance",
                    expected=1.0,
                    says="After standardization each feature has the same variance: which?",
                ),
            ),
        ),
        Question(
            name="standardize",
            title="Standardize",
            checks=(
                Check(
                    name="square",
                    points=3,
                    run="return standardize(x)",
                    inputs={"x": x},
                    expected=right(x, term.epsilon, term.axis),
                    says="The values for a batch of ordinary size are not the right ones.",
                ),
                Check(
                    name="untouched",
                    points=1,
                    run="standardize(x)\nreturn x",
                    inputs={"x": wide},
                    expected=wide,
                    says="The function must leave its argument as it was.",
                ),
            ),
        ),
        Question(
            name="story",
            title="What the experiment shows",
            rubric=((2, "names the direction that is slow"), (1, "says what would change it")),
        ),
    ]
