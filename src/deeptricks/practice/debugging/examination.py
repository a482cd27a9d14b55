"""The order of the examination: cheap and decisive first, trials with the time that is left."""

import time
from collections.abc import Callable
from functools import partial

from deeptricks.practice.debugging import (
    probe_answer,
    probe_balance,
    probe_bottomless,
    probe_norm,
    probe_order,
    probe_split,
    probe_start,
    probe_stuck,
    probe_suitable,
    probe_targets,
)
from deeptricks.practice.debugging import probe_data as data
from deeptricks.practice.debugging import probe_init as init
from deeptricks.practice.debugging import probe_labels as labels
from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.control_parts import decay, usual_weights, without_dropout
from deeptricks.practice.debugging.controls import clean_step, rates
from deeptricks.practice.debugging.errors import attributed
from deeptricks.practice.debugging.finding import Check
from deeptricks.practice.debugging.measured import measured
from deeptricks.practice.debugging.outcome import WELL, at_end, at_short, planned
from deeptricks.practice.debugging.probe_frozen import unfrozen
from deeptricks.practice.debugging.probe_gradient import check_gradient
from deeptricks.practice.debugging.probe_layout import check_layout
from deeptricks.practice.debugging.probe_loop import first_steps
from deeptricks.practice.debugging.probe_loss import check_sign, landmarks
from deeptricks.practice.debugging.probe_output import check_activations, check_label_range
from deeptricks.practice.debugging.probe_task import (
    check_broadcast,
    check_hinge,
    check_suitable,
    check_taught,
)
from deeptricks.practice.debugging.probe_validation import check_validation
from deeptricks.practice.debugging.setup import NoPairsError


def checked(case: Case, name: str, probe: Callable[[], object]) -> object:
    """Run one probe; what it raises is written down, and the case put back."""
    before, start = len(case.findings), time.perf_counter()
    known = set(case.numbers)
    if case.clock.left <= 0:
        case.checks.append(Check(name, "skipped", "no time left"))
        return None
    result: object = None
    state, reason = "passed", ""
    try:
        result = probe()
    except NoPairsError:
        raise
    except ValueError:
        state, reason = "skipped", "it does not apply to this set-up"
    except Exception as error:
        state, reason = "skipped", f"{type(error).__name__}: {error}"
    finally:
        case.snapshot.restore()
    if len(case.findings) > before:
        state = "failed"
        reason = ", ".join(item.code for item in case.findings[before:])
    numbers = measured(case, name, known)
    case.checks.append(Check(name, state, reason, numbers, time.perf_counter() - start))
    return result


def examine(case: Case) -> None:
    """Examine a case; findings, notes and checks are added to it."""
    checked(case, "data", lambda: probe_start.read_data(case))
    if not case.data:
        return
    checked(case, "finite", lambda: data.check_finite(case))
    forward = checked(case, "forward", lambda: probe_start.first_output(case))
    if forward:
        checked(case, "axes", lambda: probe_start.find_axes(case))
        checked(case, "mixing", lambda: _mixing(case))
    checked(case, "degenerate", lambda: data.check_degenerate(case))
    if forward:
        _loss(case)
        checked(case, "gradient", lambda: check_gradient(case))
        checked(case, "tables", lambda: case.numbers.update(tables=init.tables(case)))
    checked(case, "units", lambda: init.check_units(case))
    checked(case, "flow", lambda: init.check_flow(case))
    checked(case, "layout", lambda: check_layout(case))
    checked(case, "flips", lambda: labels.check_flip(case))
    going = checked(case, "first steps", lambda: first_steps(case))
    checked(case, "few numbers", lambda: probe_norm.check_few(case))
    checked(case, "symmetric", lambda: _symmetric(case))
    checked(case, "validation", lambda: check_validation(case))
    checked(case, "split", lambda: probe_split.check_split(case))
    checked(case, "next word", lambda: probe_answer.check_next(case))
    checked(case, "copied", lambda: probe_answer.check_copied(case))
    checked(case, "targets of both", lambda: probe_answer.check_targets(case))
    checked(case, "answer", lambda: probe_answer.check_answer(case))
    if going:
        checked(case, "planned", lambda: _planned(case))
        if "planned" in case.numbers:
            _controls(case)


def _loss(case: Case) -> None:
    checked(case, "landmarks", lambda: landmarks(case))
    checked(case, "hinge", lambda: check_hinge(case))
    checked(case, "taught", lambda: check_taught(case))
    for name, probe in (
        ("sign", check_sign),
        ("activations", check_activations),
        ("label range", check_label_range),
        ("broadcast", check_broadcast),
        ("suitable", check_suitable),
    ):
        checked(case, name, partial(probe, case))


def _mixing(case: Case) -> None:
    share = case.numbers.get("mixing")
    if share is not None and probe_split.same_inputs(case):
        case.note("mixing", "All samples are one batch, always the same, and depend on each other.")
    elif share is not None:
        case.findings.append(
            finding(
                "model.batch_mixing",
                0.95,
                f"In eval mode, exchanging one sample changes the outputs of the others by "
                f"{share:.2g} of its own change.",
                {"change of others": share},
                {"change of others": 0},
                curves={"change of the others, expected": [float(share), 0.0]},
            )
        )


def _symmetric(case: Case) -> None:
    init.check_symmetric(case, case.numbers.get("rows after", {}))


def _planned(case: Case) -> None:
    trial = planned(case, 0.3 * case.clock.seconds)
    if trial.error is not None:
        case.findings.append(attributed(case, trial.error, "step", len(trial.losses)))
    case.numbers["at short"] = at_short(case)


def _controls(case: Case) -> None:
    """Run the controls whose trigger was measured, unless a sure cause is known already."""
    now = max(case.numbers["at short"], at_end(case))
    checked(case, "split after training", lambda: probe_split.check_harm(case))
    checked(case, "class names", lambda: probe_answer.check_mapping(case))
    checked(case, "running averages", lambda: probe_norm.check_averages(case))
    checked(case, "rare classes", lambda: probe_balance.check_balance(case))
    checked(case, "bottomless", lambda: probe_bottomless.check_bottomless(case))
    checked(case, "class numbers", lambda: probe_suitable.check_numbers(case))
    for name, probe in (
        ("order", probe_order.check_order),
        ("input scale", data.check_scale),
        ("target scale", probe_targets.check_targets),
        ("loop", clean_step),
        ("decay", decay),
        ("starting weights", lambda c: usual_weights(c, init.odd_weights(c))),
        ("dropout", without_dropout),
        ("frozen", unfrozen),
        ("shifted targets", labels.check_shift),
        ("permuted targets", labels.check_permuted),
        ("exploding", probe_stuck.check_exploding),
        ("rates", rates),
        ("vanishing", probe_stuck.check_vanishing),
        ("underpowered", probe_stuck.check_underpowered),
        ("positions", probe_stuck.check_blind),
    ):
        if case.found():
            case.checks.append(Check(name, "skipped", "a cause is known for sure"))
        elif now > WELL:
            case.checks.append(Check(name, "skipped", f"the training gets {now:.0%} of the way"))
        else:
            checked(case, name, partial(probe, case))
