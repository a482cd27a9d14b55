"""A training that goes nowhere although there is something to learn, and where it is stuck."""

import math

from deeptricks.practice.debugging.capacity import affine, blind_to_order, bottleneck, copies
from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import bounds, gained, reached, stalled
from deeptricks.practice.debugging.probe_flow import along_positions
from deeptricks.practice.debugging.probe_init import odd_weights
from deeptricks.practice.debugging.probe_units import KINKED
from deeptricks.practice.debugging.reference import signal

SHRINKS, GROWS = 1e-3, 100.0  # ratio of the first layer's gradient to the largest; of activations
PART = 0.6  # of what a plain learner tells, below which a training is stuck
ALL = 0.9  # of it: what the same model must reach at another rate, or else its build is to blame


def learnable(case: Case) -> float:
    """Return how much of the targets plain learners tell; how far a model should get at least."""
    found = signal(case)
    return max(found["linear"], found["nonlinear"], 0.0) if found else 0.0


def check_vanishing(case: Case) -> None:
    """Gradients that shrink toward the input, or toward the early positions of a sequence."""
    if reached(case) > 0.5 or not stalled(case):
        return
    by_layer = {n: g for n, g in case.numbers.get("gradient by layer", {}).items() if g >= 0}
    names = [n for n in by_layer if n not in case.numbers.get("tables", set())]
    if len(names) >= 3 and not case.found("init.symmetric"):
        first, largest = by_layer[names[0]], max(by_layer[n] for n in names)
        if largest > 0 and first < SHRINKS * largest:
            case.findings.append(
                finding(
                    "model.vanishing",
                    0.86,
                    f"The gradient of {names[0]} is {first / largest:.1e} of the largest; after "
                    f"training as planned the way from chance is {reached(case):.0%}.",
                    {"first over largest": first / largest, "layers": len(names)},
                    {"first over largest": f"> {SHRINKS}"},
                    where=(names[0],),
                    curves={"gradient by layer": [by_layer[n] for n in names]},
                )
            )
            return
    shares = along_positions(case)
    if shares and min(shares[: len(shares) // 2]) < 1e-4 * max(shares):
        case.findings.append(
            finding(
                "model.vanishing",
                0.86,
                f"The gradient at the earliest of {len(shares)} positions is "
                f"{shares[0] / max(shares):.1e} of the largest: early ones cannot be learned.",
                {"earliest over largest": shares[0] / max(shares), "positions": len(shares)},
                {"earliest over largest": "> 0.0001"},
                cure="Use gated units or attention, shorter sequences, forget biases of one.",
                cure_code="nn.LSTM(features, width)  # forget-gate bias 1",
                curves={"gradient by position": shares},
            )
        )


def check_exploding(case: Case) -> None:
    """Activations or losses at the start far beyond those of chance, by layers of usual weights."""
    start, (chance, _) = case.numbers["start"], bounds(case)
    growth = case.numbers.get("activation growth", 1.0)
    by_layer = list(case.numbers.get("gradient by layer", {}).values())
    steep = by_layer[0] / max(min(by_layer), 1e-300) if len(by_layer) > 2 else 1.0
    beyond = not math.isfinite(start) or start > 30 * max(abs(chance), 1e-6)
    if (growth > GROWS or steep > 1e4) and (beyond or growth > 1e4):
        sizes = case.numbers.get("activation sizes", [])
        odd = odd_weights(case)
        case.findings.append(
            finding(
                "model.exploding",
                0.9 if not odd or len(sizes) > 6 else 0.6,
                f"From the first layer to the largest, activations grow by a factor of "
                f"{growth:.3g}; the loss at the start is {start:.3g}, at chance {chance:.3g}.",
                {"growth": growth, "loss at the start": start, "chance": chance},
                {"growth": f"< {GROWS}"},
                curves={"size of activations by layer": sizes},
            )
        )


def check_underpowered(case: Case) -> None:
    """Find what a model lacks that learns less than a plain learner tells."""
    if case.numbers.get("own objective") or copies(case):
        return
    found, now = signal(case), reached(case)
    best = learnable(case)
    others = [gained(case, case.numbers["controls"][name]) for name in _same_model(case)]
    elsewhere = max(others, default=-1.0)
    if not found or best < 0.08 or now > PART * best or elsewhere > ALL * best:
        return
    operators = case.numbers.get("operators", set())
    measured = {"told by a plain learner": best, "the model": now}
    if found["nonlinear"] > found["linear"] + 0.1 and (not operators & KINKED or affine(case)):
        _weak(case, 0.9, "The model is linear in its input", measured)
        return
    rank = bottleneck(case)
    # many numbers per sample: an autoencoder or the like, narrow on purpose
    if rank is not None and (case.kind != "values" or case.y.numel() <= 3 * case.batch_size()):
        _weak(case, 0.88, f"All of it passes through a layer of {rank} units", measured)
        return
    if blind_to_order(case):
        _weak(case, 0.86, "The output stays the same when positions are exchanged", measured)
        return
    complete = case.numbers.get("rates complete", False)
    helped = elsewhere > PART * best
    if now < 0.3 * best and not helped and not case.findings and stalled(case) and complete:
        _weak(case, 0.55, "No other rate, scale or start helps", measured)


def _same_model(case: Case) -> list[str]:
    return [name for name in case.numbers.get("controls", {}) if name.startswith("rate x")]


def check_blind(case: Case) -> None:
    """Find a model that cannot see positions, and learns next to nothing."""
    if (
        reached(case) < 0.15
        and stalled(case)
        and not case.found("model.underpowered")
        and blind_to_order(case)
    ):
        measured = {"the model": reached(case)}
        _weak(case, 0.7, "The output stays the same when positions are exchanged", measured)


def _weak(case: Case, confidence: float, what: str, measured: dict[str, float]) -> None:
    said = ", ".join(f"{name} {max(value, -1):.0%}" for name, value in measured.items())
    case.findings.append(
        finding(
            "model.underpowered",
            confidence,
            f"{what}. Way from chance to the best: {said}.",
            measured,
            {"the model": "at least what a plain learner tells"},
            curves={"told: plain learner, model": list(measured.values())},
        )
    )
