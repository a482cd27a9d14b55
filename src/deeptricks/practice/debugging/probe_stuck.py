"""A training that goes nowhere although there is something to learn: where does it get stuck?"""

import math

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import bounds, reached
from deeptricks.practice.debugging.probe_flow import along_positions
from deeptricks.practice.debugging.probe_init import odd_weights
from deeptricks.practice.debugging.probe_units import KINKED
from deeptricks.practice.debugging.reference import signal
from deeptricks.practice.debugging.tensors import each, first_tensor

SHRINKS, GROWS = 1e-3, 100.0  # ratio of the first layer's gradient to the largest; of activations
PART = 0.6  # of what a plain learner tells, below which a training is stuck


def learnable(case: Case) -> float:
    """Return how much of the targets plain learners tell; how far a model should get at least."""
    found = signal(case)
    return max(found["linear"], found["nonlinear"], 0.0) if found else 0.0


def check_vanishing(case: Case) -> None:
    """Gradients that shrink towards the input, or towards the early positions of a sequence."""
    if reached(case) > 0.5:
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
                f"{shares[0] / max(shares):.1e} of the largest: what comes early cannot be learned.",
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
    """A plain learner tells what the model does not, and the model lacks what it would need."""
    if case.numbers.get("own objective"):
        return
    found, now = signal(case), reached(case)
    best = learnable(case)
    if not found or best < 0.08 or now > PART * best:
        return
    operators = case.numbers.get("operators", set())
    measured = {"told by a plain learner": best, "the model": now}
    if found["nonlinear"] > found["linear"] + 0.1 and (not operators & KINKED or affine(case)):
        _weak(case, 0.9, "The model is linear in its input", measured)
        return
    rank = bottleneck(case)
    if rank is not None:
        _weak(case, 0.88, f"All of it passes through a layer of {rank} units", measured)
        return
    if blind_to_order(case):
        _weak(case, 0.86, "The output stays the same when positions are exchanged", measured)
        return
    if now < 0.3 * best and not case.findings:
        _weak(case, 0.55, "No other rate, scale or start helps", measured)


def check_blind(case: Case) -> None:
    """A model that cannot see positions, and learns next to nothing."""
    if reached(case) < 0.15 and not case.found("model.underpowered") and blind_to_order(case):
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


def affine(case: Case) -> bool:
    """Whether f((a + b) / 2) is the mean of f(a) and f(b): no nonlinearity that matters."""
    x = first_tensor(case.x)
    if x is None or not x.is_floating_point() or x.ndim <= case.axis or x.shape[case.axis] < 2:
        return False
    other = each(case.x, lambda t: t.roll(1, case.axis) if t.ndim > case.axis else t)
    with torch.no_grad():
        case.setup.model.eval()
        a, b = _output(case, case.x), _output(case, other)
        middle = each(case.x, lambda t: t)
        pairs = iter([(p + q) / 2 for p, q in zip(_all(case.x), _all(other), strict=True)])
        middle = each(middle, lambda t: next(pairs).to(t.dtype))
        m = _output(case, middle)
    case.snapshot.restore()
    curved = float((m - (a + b) / 2).abs().mean())
    return curved < 1e-4 * float((a - b).abs().mean() + 1e-12)


def _all(value: object) -> list[Tensor]:
    found: list[Tensor] = []
    each(value, lambda t: found.append(t) or t)
    return found


def _output(case: Case, x: object) -> Tensor:
    output = first_tensor(case.setup.model(x))
    assert output is not None
    return output.double()


def bottleneck(case: Case) -> int | None:
    """Return the width of the narrowest hidden layer if it is far below inputs and outputs."""
    output, x = first_tensor(case.output), first_tensor(case.x)
    widths = [
        p.shape[0]
        for name, p in case.setup.model.named_parameters()
        if p.ndim >= 2 and name not in case.numbers.get("tables", set())
    ]
    if len(widths) < 3 or output is None or x is None:
        return None
    outputs = output.shape[-1] if output.ndim > 1 else 1
    narrow = min(widths[:-1])
    few = narrow <= max(1, (outputs - 1) // 4)
    return narrow if few and x.numel() // max(1, case.batch_size()) > 2 * narrow else None


def blind_to_order(case: Case) -> bool:
    """Whether exchanging positions along an axis of the input leaves the outputs as they are."""
    x = first_tensor(case.x)
    if x is None or x.ndim < 2:
        return False
    axes = [axis for axis in range(x.ndim) if axis != case.axis and x.shape[axis] > 2]
    with torch.no_grad():
        case.setup.model.eval()
        before = _output(case, case.x)
        for axis in axes[:1] if x.ndim > 2 else axes:
            order = torch.randperm(
                x.shape[axis], generator=torch.Generator().manual_seed(case.seed)
            )
            changed = each(
                case.x,
                lambda t, axis=axis, order=order: (
                    t.index_select(axis, order.to(t.device)) if t.shape == x.shape else t
                ),
            )
            after = _output(case, changed)
            if float((after - before).abs().max()) < 1e-4 * float(before.std() + 1e-9):
                case.snapshot.restore()
                return True
    case.snapshot.restore()
    return False
