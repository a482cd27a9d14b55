"""The starting weights: units that differ, of a usual size, and alive."""

import math

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.changed_data import standardized
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.probe_data import statistics, unusual
from deeptricks.practice.debugging.probe_units import layers_seen

DEAD = 0.6  # share of the units of a layer
TOO_LARGE, TOO_SMALL = 5.0, 0.02  # times 1/sqrt(inputs)
GROWTH = 1e3


def equal_rows(weight: Tensor) -> float:
    """Return the spread between the rows of a weight (its units) over its size; 0: all equal."""
    matrix = weight.detach().double().reshape(weight.shape[0], -1)
    between = (matrix - matrix.mean(0, keepdim=True)).norm()
    size = matrix.norm()
    return float(between / size) if size > 0 else 0.0


def fan_in(weight: Tensor) -> int:
    """Return the number of inputs of a unit: the elements of a row."""
    return max(1, weight[0].numel())


def weights(case: Case) -> dict[str, Tensor]:
    """Return the parameters with two axes or more, and at least two units and two inputs."""
    return {
        name: p
        for name, p in case.setup.model.named_parameters()
        if p.ndim >= 2 and p.shape[0] > 1 and p[0].numel() > 1 and p.is_floating_point()
    }


def check_symmetric(case: Case, after: dict[str, float]) -> None:
    """Find layers whose units start equal, and are equal (or unmoved) after some steps.

    Parameters
    ----------
    after
        `equal_rows` of every weight after some steps.
    """
    start = {name: equal_rows(weight) for name, weight in weights(case).items()}
    case.numbers["equal rows"] = start
    same = [name for name, spread in start.items() if spread < 1e-6]
    stuck = [name for name in same if after.get(name, 1.0) < 1e-3]
    learning = [name for name in stuck if weights(case)[name].requires_grad]
    if learning:
        case.findings.append(
            finding(
                "init.symmetric",
                0.95,
                f"All units of {', '.join(learning[:3])} start with the same weights and have the "
                f"same weights after some steps.",
                {"spread between units": {name: after.get(name, 0.0) for name in learning[:8]}},
                {"spread between units": "about 1"},
                where=tuple(learning[:8]),
                curves={"spread between units by layer": list(start.values())},
            )
        )


def odd_weights(case: Case) -> dict[str, float]:
    """Return the layers whose spread is far from one over the root of their number of inputs."""
    found = {}
    used_as_table = case.numbers.get("tables", set())
    for name, weight in weights(case).items():
        spread = float(weight.detach().double().square().mean().sqrt())
        ratio = spread * math.sqrt(fan_in(weight))
        if name not in used_as_table and spread > 0 and not TOO_SMALL < ratio < TOO_LARGE:
            found[name] = ratio
        if name in used_as_table and spread > 0 and not 1e-3 < spread < 2 * TOO_LARGE:
            found[name] = spread
    for name, bias in case.setup.model.named_parameters():
        if bias.ndim == 1 and bias.is_floating_point():
            size = float(bias.detach().double().square().mean().sqrt())
            if size > TOO_LARGE:
                found[name] = size
    return found


def tables(case: Case) -> set[str]:
    """Return the names of weights that are looked up, not multiplied: those of embeddings."""
    names: dict[int, str] = {id(p): name for name, p in case.setup.model.named_parameters()}
    found: set[str] = set()
    model = case.setup.model
    try:
        with torch.enable_grad():
            value = case.setup.loss(model(case.x), case.y)
        todo, seen = [value.grad_fn], set()
        while todo:
            node = todo.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            for after, _ in node.next_functions:
                variable = getattr(after, "variable", None)
                if variable is not None and type(node).__name__.startswith(("Embedding", "Index")):
                    found.add(names.get(id(variable), ""))
                todo.append(after)
    except Exception:
        return found
    finally:
        case.snapshot.restore()
    return found


def check_units(case: Case) -> None:
    """Find layers most of whose units are off or saturated for all inputs at the start."""
    layers, operators = layers_seen(case)
    case.numbers["operators"] = operators
    case.numbers["layers"] = layers
    active = [layer for layer in layers if layer.name in ("relu", "tanh", "sigmoid", "threshold")]
    ill = [layer for layer in active[:-1] or active if layer.share >= DEAD and layer.units >= 4]
    if not ill and active and active[-1].share >= DEAD and active[-1].units >= 8:
        ill = [active[-1]]
    if ill:
        worst = max(ill, key=lambda layer: layer.share)
        case.numbers["dead"] = worst.share
        odd = statistics(case)
        if unusual(odd):
            alike, _ = layers_seen(case, standardized(case))
            again = max((a.share for a in alike if a.name == worst.name), default=0.0)
            if again < DEAD:
                _raw(case, worst.share, again, odd)
                return
        case.findings.append(
            finding(
                "init.dead_units",
                0.72 + 0.2 * worst.share,
                f"In {len(ill)} of {len(active)} activations most units are off or saturated for "
                f"every input at the start; in the worst ({worst.name}) {worst.share:.0%} of "
                f"{worst.units}.",
                {"worst share": worst.share, "layers": len(ill)},
                {"worst share": f"< {DEAD:.0%}"},
                where=tuple(layer.name for layer in ill[:8]),
                curves={"share of dead units by activation": [layer.share for layer in active]},
            )
        )


def _raw(case: Case, share: float, again: float, odd: dict[str, float]) -> None:
    case.findings.append(
        finding(
            "data.not_normalized",
            0.9,
            f"Inputs have a spread of {odd['spread']:.3g} and an offset of {odd['offset']:.3g} "
            f"spreads: {share:.0%} of the units of a layer are off or saturated for every input; "
            f"with standardized inputs {again:.0%}.",
            {**odd, "dead": share, "dead with standardized inputs": again},
            {"dead": f"< {DEAD:.0%}"},
            curves={"share of dead units: as it is, standardized": [share, again]},
        )
    )


def check_flow(case: Case) -> None:
    """Note how activations and gradients grow from layer to layer; rules judge it later."""
    sums = [layer.spread for layer in case.numbers.get("layers", []) if layer.spread > 0]
    by_layer = {
        name: value / math.sqrt(dict(case.setup.model.named_parameters())[name].numel())
        for name, value in case.numbers.get("gradient", {}).items()
        if name in weights(case)
    }
    case.numbers["activation growth"] = max(sums) / sums[0] if sums else 1.0
    case.numbers["activation sizes"] = sums
    case.numbers["gradient by layer"] = by_layer
