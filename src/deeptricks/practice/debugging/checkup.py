"""One call that says what is wrong with a network, and what would cure it."""

import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case, Clock
from deeptricks.practice.debugging.examination import examine
from deeptricks.practice.debugging.finding import Check
from deeptricks.practice.debugging.ranking import ranked
from deeptricks.practice.debugging.report import Report
from deeptricks.practice.debugging.setup import Setup
from deeptricks.practice.debugging.snapshot import rewound

KEPT = 0.85  # of the time given; the last trial may take a little longer than it should


def checkup(
    model: nn.Module,
    batches: Iterable[Any],
    loss: Callable[[Any, Any], Tensor],
    optimizer: torch.optim.Optimizer | None = None,
    *,
    val_batches: Iterable[Any] | None = None,
    step: Callable[[Any, Any], Any] | None = None,
    evaluate: Callable[[Any], float] | None = None,
    steps: int | None = None,
    seconds: float = 10.0,
    seed: int = 0,
) -> Report:
    """Find what is wrong with a training, by measuring it, without altering anything.

    Parameters
    ----------
    model
        Called as ``model(x)``.
    batches, val_batches
        Re-iterable: each pass is an epoch of pairs ``(x, y)`` of tensors or tuples of tensors; the
        axis of the samples in x need not be the first.
    loss
        ``loss(output, y)``, a scalar tensor.
    optimizer
        None: nothing is said about it.
    step
        One training step of your own, ``step(x, y)``; None: the ordinary one.
    evaluate
        Your own validation, ``evaluate(batches)``; None: the ordinary one.
    steps
        How many optimizer steps you plan; None: three epochs, at least 100.
    seconds
        Time for everything.
    seed
        Of the random numbers drawn in trials.

    Returns
    -------
    Report
        Findings, the most likely cause first (none: healthy), notes, and every check that ran.

    Raises
    ------
    TypeError, ValueError
        For arguments that are no set-up. What a set-up itself raises is diagnosed, not raised.
    """
    setup = Setup(model, batches, loss, optimizer, val_batches, step, evaluate, steps)
    if not seconds > 0:
        raise ValueError(f"seconds must be above zero, got {seconds!r}")
    clock = Clock(KEPT * seconds)
    roots = (model, optimizer, step, evaluate, loss, batches, val_batches)
    with rewound(*roots) as snapshot, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case = Case(setup, snapshot, clock, seed)
        start = time.perf_counter()
        case.checks.append(Check("snapshot", "passed", "", {"objects": len(snapshot.seen)}, start))
        examine(case)
    case.checks[0] = Check("snapshot", "passed", "", {"objects": len(snapshot.seen)}, 0.0)
    return Report(ranked(case.findings), case.notes, case.checks, clock.spent)
