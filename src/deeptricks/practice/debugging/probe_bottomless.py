"""A loss that sinks far below the best one possible: it has no bottom, but a top."""

import math

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import at_end, best_score
from deeptricks.practice.debugging.outputs import best_constant

BEYOND = 3.0  # times the way from chance to the best loss that no training can go


def check_bottomless(case: Case) -> None:
    """Find a loss that training lowers without end, while its negative has a best constant."""
    start = case.numbers["start"]
    sinks = case.chance < -1e4 * (1 + abs(start))  # already for an output that is constant
    if case.numbers.get("own objective") or (at_end(case) < BEYOND and not sinks):
        return
    reached = best_score(case, case.numbers["planned"])
    top = best_constant(case, sign=-1.0)
    if not math.isfinite(top) or top < -1e2 * (1 + abs(start)) or reached > start - abs(top):
        return
    case.numbers["top of the loss"] = top
    case.findings.append(
        finding(
            "loss.sign",
            0.92,
            f"Training lowers the loss from {start:.3g} to {reached:.3g} and on; the best constant "
            f"output of the negated loss gives {top:.3g}, no less: what has a best value is "
            "maximized.",
            {"start": start, "reached": reached, "best of the negative": top},
            {"reached": "not far below that of the best outputs"},
            cure_code="loss = -log_likelihood(output, y)",
            curves={"loss": case.numbers["planned"].losses},
        )
    )
