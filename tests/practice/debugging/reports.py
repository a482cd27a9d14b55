"""Reports made by hand."""

from deeptricks.practice.debugging.finding import Check, Finding, Note
from deeptricks.practice.debugging.report import Report

TEXT = dict(
    severity="fatal",
    confidence=0.93,
    evidence="The loss fell from 2.303 to 2.302 in 200 steps.",
    measured={"loss": 2.302},
    expected={"loss": 0.5},
    cure="Leave the softmax out.",
    cure_code="model = model[:-1]",
    where=("3",),
    read="signal/activations",
)


def finding(code="loss.activation_twice", **more):
    return Finding(code, **{**TEXT, **more})


def check(name="start", state="passed", reason="", **numbers):
    return Check(name, state, reason, numbers, 0.25)


def ill():
    """Two findings, one because of the other, a note, checks of every state."""
    second = finding(
        "optimizer.lr_too_low",
        severity="minor",
        confidence=0.4,
        evidence="A step moves the weights by 2e-6 of their norm.",
        cure="Raise the rate.",
        cure_code="lr = 1e-3",
        because_of="loss.activation_twice",
        where=tuple(f"layer{i}.weight" for i in range(9)),
        read="optimization/schedules",
        curves={"loss": [3.0, 2.0, 1.0], "expected loss": [3.0, 0.3, 0.03]},
    )
    checks = [
        check("start", loss=2.303, chance=2.3026),
        check("one batch", "failed", loss=1.5),
        check("validation", "skipped", "no val_batches"),
    ]
    return Report([finding(), second], [Note("label noise", "8 % look wrong")], checks, 3.21)


def healthy():
    return Report([], [], [check("start", loss=2.303, chance=2.3026), check("gradient")], 1.0)
