"""Whether the last activation, the loss and the coding of the targets go together."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outputs import best_free, class_axis, loss_of
from deeptricks.practice.debugging.probe_loss import family
from deeptricks.practice.debugging.tensors import first_tensor

OUT_OF_REACH = 0.12  # of the way from chance to the best loss that the range does not allow


def check_activations(case: Case) -> None:
    """Compare what the loss takes with what the model can put out."""
    reach, wants = case.numbers.get("reach") or {}, family(case)
    case.numbers["loss takes"] = wants
    if not reach:
        return
    low, high = reach["low"], reach["high"]
    if minus_probability(case):
        measured = {"loss takes": "log-probabilities", "lowest": low, "highest": high}
        _add(case, "loss.activation_missing", 0.94, "It is given probabilities", measured)
        return
    inside = low >= -1e-6 and high <= 1 + 1e-6
    simplex = inside and reach["sums to one"] < 1e-3
    measured = {"loss takes": wants or "numbers", "lowest": low, "highest": high}
    if wants == "logits" and case.kind != "binary" and simplex:
        _add(case, "loss.activation_twice", 0.97, "The rows of outputs sum to one", measured)
    elif wants == "logits" and inside and case.kind == "binary":
        _add(case, "loss.activation_twice", 0.95, "All outputs lie in 0..1", measured)
    elif wants == "log-probabilities" and reach["log sums to zero"] > 1e-2:
        measured["log sum"] = reach["log sums to zero"]
        _add(case, "loss.activation_missing", 0.96, "exp(outputs) do not sum to one", measured)
    elif wants == "probabilities" and not inside and (low < -1e-3 or high > 1 + 1e-3):
        _add(case, "loss.activation_missing", 0.95, "Outputs leave 0..1", measured)
    elif wants == "probabilities" and case.kind == "classes" and reach["sums to one"] > 1e-2:
        _add(case, "loss.activation_missing", 0.9, "Outputs do not sum to one", measured)
    elif case.kind == "classes" and wants == "logits" and low >= 0 and not inside:
        measured["share of zeros"] = reach["zeros blown up"]
        if reach["zeros blown up"] > 0.02:
            _add(case, "model.output_activation", 0.93, "No logit is below zero", measured)
    else:
        _check_range(case, low, high, measured)


def minus_probability(case: Case) -> bool:
    """Whether the loss is minus the probability of the right class: its logarithm was forgotten."""
    told = case.numbers.get("asked") or {}
    if case.kind != "classes" or "sure" not in told:
        return False
    output = first_tensor(case.output)
    classes = output.shape[class_axis(output, case.y)]
    expected = {"sure": -1.0, "sure and wrong": 0.0, "zero": -1 / classes}
    return all(abs(told[name] - value) < 1e-3 for name, value in expected.items())


def _add(case: Case, code: str, confidence: float, what: str, measured: dict[str, Any]) -> None:
    takes = measured["loss takes"]
    case.findings.append(
        finding(
            code,
            confidence,
            f"{what} ({measured['lowest']:.3g} to {measured['highest']:.3g} while the last weights "
            f"are blown up); the loss takes {takes}.",
            measured,
            {"loss takes": takes},
            where=("output",),
            curves={"range of outputs": [measured["lowest"], measured["highest"]]},
        )
    )


def _check_range(case: Case, low: float, high: float, measured: dict[str, Any]) -> None:
    """Find targets beyond the range of the outputs: compare the best loss within and without."""
    if not (math.isfinite(low) or math.isfinite(high)) or not math.isfinite(case.chance):
        return
    low_bound, high_bound = low, high
    if high - low < 1e-6:
        return
    if not math.isfinite(case.floor) or case.floor < -1e3:
        return
    inside = best_free(case, low_bound, high_bound)
    room = case.chance - case.floor
    lost = (inside - case.floor) / room if room > 1e-9 else 0.0
    measured |= {"best loss within": inside, "best loss": case.floor, "chance": case.chance}
    if lost > OUT_OF_REACH:
        case.findings.append(
            finding(
                "model.output_activation",
                0.75 + 0.22 * min(1.0, lost),
                f"Outputs stay between {low:.3g} and {high:.3g} whatever the last weights are; the "
                f"best loss there is {inside:.3g}, without the bound {case.floor:.3g} "
                f"(chance: {case.chance:.3g}).",
                measured,
                {"best loss within": f"about {case.floor:.3g}"},
                where=("output",),
                curves={"best loss: within the range, without": [inside, case.floor]},
            )
        )


def check_label_range(case: Case) -> None:
    """Find codings of yes and no that make the loss sink without end or miss the outputs."""
    if case.kind != "binary" or not isinstance(case.y, Tensor):
        return
    values = torch.cat([t.reshape(-1).double().cpu() for _, t in case.data]).unique()
    if len(values) != 2 or values.tolist() == [0.0, 1.0]:
        return
    low, high = values.tolist()
    output = first_tensor(case.output)
    recoded = (case.y - low) / (high - low)
    recoded = recoded.to(case.y.dtype)
    right = (recoded.reshape(output.shape) if recoded.numel() == output.numel() else output) * 1.0
    # where the outputs lie at the start does not tell what the loss takes: it is asked with both
    logits, shares = 20.0 * (2 * right - 1), 0.02 + 0.96 * right
    asked = [(loss_of(case, sure), loss_of(case, sure, recoded)) for sure in (logits, shares)]
    now, cured = next(((a, b) for a, b in asked if -1e-6 <= b < 0.2), (math.nan, math.nan))
    if now < -1e-3 or now > 5 * cured + 1:
        case.findings.append(
            finding(
                "data.label_range",
                0.95,
                f"Targets are {low:g} and {high:g}: right and sure outputs cost {now:.3g}; with "
                f"targets 0 and 1 the same outputs cost {cured:.3g}.",
                {"values": [low, high], "loss": now, "loss recoded": cured},
                {"values": [0, 1]},
                cure_code=f"y = (y - ({low:g})) / {high - low:g}",
                curves={"loss of right outputs: as it is, recoded": [now, cured]},
            )
        )
