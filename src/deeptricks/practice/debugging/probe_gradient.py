"""Who gets a gradient? The graph of one loss, its leaves, and the model's list of parameters."""

from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.errors import attributed
from deeptricks.practice.debugging.tensors import number


def leaves(value: Tensor) -> list[Tensor]:
    """Return the tensors with requires_grad at which the graph of `value` ends."""
    todo, seen, found = [value.grad_fn], set(), []
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        todo.extend(after for after, _ in node.next_functions)
    return found


def graph_size(*values: Any) -> int:
    """Count the nodes of the graphs that `values` hold on to."""
    todo = [getattr(value, "grad_fn", None) for value in values]
    seen: set[Any] = set()
    while todo and len(seen) < 200_000:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo.extend(after for after, _ in node.next_functions)
    return len(seen)


def influential(case: Case, parameter: Tensor) -> bool:
    """Whether changing `parameter` changes the loss of the first batch (random numbers alike)."""
    setup, state = case.setup, torch.get_rng_state()

    def value() -> float:
        torch.set_rng_state(state)
        with torch.no_grad():
            return number(setup.loss(setup.model(case.x), case.y))

    old = parameter.detach().clone()
    try:
        before = value()
        for size in (0.1, 3.0):
            noise = torch.randn(old.shape, generator=torch.Generator().manual_seed(1)).to(old)
            parameter.data.add_(size * noise * (old.double().std(unbiased=False) + 0.01).to(old))
            changed = abs(value() - before) > 1e-6 * abs(before)
            parameter.data.copy_(old)
            if changed:
                return True
        return False
    finally:
        parameter.data.copy_(old)
        torch.set_rng_state(state)


def check_gradient(case: Case) -> None:
    """Compare the leaves of the loss's graph with the model's and the optimizer's parameters."""
    setup, model = case.setup, case.setup.model
    try:
        model.train()
        with torch.enable_grad():
            value = setup.loss(model(case.x), case.y)
        value = value.mean() if isinstance(value, Tensor) and value.ndim else value
        found = leaves(value) if isinstance(value, Tensor) else []
        grads = torch.autograd.grad(value, found, allow_unused=True) if found else []
    except Exception as error:
        case.findings.append(attributed(case, error, "backward"))
        return
    finally:
        case.snapshot.restore()
    named = dict(model.named_parameters())
    mine = {id(parameter) for parameter in named.values()}
    reached = {id(leaf) for leaf in found}
    optimizers = [o for o in case.snapshot.seen if isinstance(o, torch.optim.Optimizer)]
    case.numbers["optimizer"] = optimizers[0] if len(optimizers) == 1 else None
    held = {id(p) for o in optimizers for group in o.param_groups for p in group["params"]}
    size = {
        id(leaf): float(g.norm()) for leaf, g in zip(found, grads, strict=True) if g is not None
    }
    case.numbers["gradient"] = {name: size.get(id(p), 0.0) for name, p in named.items()}
    with_rewind = case.snapshot.restore
    _unregistered(case, found, mine, held)
    if optimizers:
        _frozen_or_missing(case, named, held, reached)
    elif not any(p.requires_grad for p in named.values()):
        _frozen_or_missing(case, named, mine, reached)
    _cut(case, named, reached, found)
    with_rewind()


def _sizes(case: Case) -> dict[str, list[float]]:
    return {"gradient by parameter": list(case.numbers.get("gradient", {}).values())}


def _unregistered(case: Case, found: list[Tensor], mine: set[int], held: set[int]) -> None:
    strangers = [leaf for leaf in found if id(leaf) not in mine and id(leaf) not in held]
    outside = set(map(id, case.snapshot.seen))
    inputs = {id(t) for t in case.snapshot.seen if isinstance(t, Tensor) and not t.is_leaf}
    strangers = [leaf for leaf in strangers if id(leaf) not in inputs]
    if strangers:
        kept = sum(id(leaf) in outside for leaf in strangers)
        shapes = [tuple(leaf.shape) for leaf in strangers]
        case.findings.append(
            finding(
                "model.unregistered",
                0.96,
                f"{len(strangers)} tensors of the shapes {shapes[:4]} get a gradient, but are "
                f"neither in model.parameters() nor in the optimizer ({kept} are kept between "
                "calls).",
                {"unregistered tensors": len(strangers), "kept": kept},
                {"unregistered tensors": 0},
                where=tuple(str(shape) for shape in shapes[:4]),
                curves=_sizes(case),
            )
        )


def _frozen_or_missing(
    case: Case, named: dict[str, nn.Parameter], held: set[int], reached: set[int]
) -> None:
    frozen = [name for name, p in named.items() if not p.requires_grad and id(p) in held]
    frozen = [name for name in frozen if influential(case, named[name])]
    learning = [name for name, p in named.items() if p.requires_grad]
    if frozen or (named and not learning):
        where = frozen or list(named)
        case.findings.append(
            finding(
                "model.frozen",
                0.95,
                f"{len(where)} of {len(named)} parameters are given to the optimizer, but have "
                "requires_grad=False.",
                {"frozen": len(where), "parameters": len(named)},
                {"frozen": 0},
                where=tuple(where[:8]),
                curves=_sizes(case),
                severity="fatal" if not learning else "major",
            )
        )
    missing = [name for name in learning if id(named[name]) not in held]
    missing = [name for name in missing if id(named[name]) in reached]
    on_purpose = [n for n, p in named.items() if not p.requires_grad and id(p) not in held]
    if missing:
        case.findings.append(
            finding(
                "optimizer.missing_params",
                0.96,
                f"{len(missing)} parameters get a gradient, but are in no optimizer: "
                f"{', '.join(missing[:4])}.",
                {"missing": len(missing), "parameters": len(named)},
                {"missing": 0},
                where=tuple(missing[:8]),
                curves=_sizes(case),
            )
        )
    elif on_purpose:
        case.note("frozen", f"{len(on_purpose)} parameters are frozen, as it seems on purpose.")


def _cut(case: Case, named: dict[str, nn.Parameter], reached: set[int], found: list[Any]) -> None:
    """Parameters on which the loss depends, but to which no gradient comes."""
    learning = {name: p for name, p in named.items() if p.requires_grad}
    silent = [name for name, p in learning.items() if id(p) not in reached]
    cut = [name for name in silent[:12] if influential(case, named[name])]
    if cut:
        case.findings.append(
            finding(
                "model.detached",
                0.96,
                f"The loss changes when {', '.join(cut[:3])} change, but no gradient comes to "
                f"{len(cut)} of {len(learning)} parameters.",
                {"without gradient": len(cut), "leaves of the graph": len(found)},
                {"without gradient": 0},
                where=tuple(cut),
                curves=_sizes(case),
            )
        )
    elif silent:
        case.note("unused", f"{len(silent)} parameters have no part in the loss.", names=silent[:8])
