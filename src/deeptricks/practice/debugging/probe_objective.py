"""Whether the author's step descends the loss handed over: one step against its gradient."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.watch import Step

AGAINST, ALONG = -0.8, 0.5  # cosines
OTHER = 0.1  # share by which the step's loss differs from the one handed over
SCALED = 0.99  # cosine from which on a gradient is a multiple of the loss's own
PENALTY = 0.3  # share of the gradient that a penalty on the weights makes up


def reference_gradient(case: Case, x: Any, y: Any) -> dict[str, Tensor]:
    """Return the gradient of ``loss(model(x), y)``, with the random numbers of the step to come."""
    setup = case.setup
    named = {n: p for n, p in setup.model.named_parameters() if p.requires_grad}
    state = torch.get_rng_state()
    buffers = [(b, b.detach().clone()) for b in setup.model.buffers()]
    modes = [(module, module.training) for module in setup.model.modules()]
    try:
        if setup.step is not None:
            setup.model.train()
        x, y = setup.moved((x, y))
        with torch.enable_grad():
            value = setup.loss(setup.model(x), y)
        case.numbers["reference loss"] = float(value.detach().mean())
        found = torch.autograd.grad(value, list(named.values()), allow_unused=True)
        return {n: g.detach() for n, g in zip(named, found, strict=True) if g is not None}
    except Exception:
        return {}
    finally:
        case.snapshot.restore()  # a model may keep a state from call to call
        torch.set_rng_state(state)
        for buffer, old in buffers:
            buffer.data.copy_(old)
        for module, mode in modes:
            module.training = mode


def _dense(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return gradients of embeddings (``sparse=True``) as ordinary tensors."""
    return {n: g.to_dense() if g.is_sparse else g for n, g in gradients.items()}


def _size(gradients: dict[str, Tensor]) -> float:
    return math.sqrt(sum(float(g.double().square().sum()) for g in gradients.values()))


def _cosine(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    names = a.keys() & b.keys()
    if not names:
        return 0.0
    one = torch.cat([a[n].reshape(-1).double() for n in sorted(names)])
    other = torch.cat([b[n].reshape(-1).double() for n in sorted(names)])
    size = float(one.norm() * other.norm())
    return float(one @ other) / size if size > 0 else 0.0


def compare_with_reference(
    case: Case, seen: Step, expected: dict[str, Tensor], start: dict[str, Tensor]
) -> None:
    """Compare the gradient and the update of the first step with the gradient of the loss."""
    fresh = seen.fresh
    if not expected or not fresh:
        return
    fresh, expected = _dense(fresh), _dense(expected)
    along = _cosine(fresh, expected)
    now = dict(case.setup.model.named_parameters())
    update = {n: now[n].detach() - start[n] for n in fresh if n in start}
    climbs = _cosine(update, fresh)
    if along > SCALED:
        case.numbers["loss scaled by"] = _size(fresh) / max(_size(expected), 1e-300)
    case.numbers["gradient along the loss"], case.numbers["update along gradient"] = along, climbs
    said, reference = seen.loss, case.numbers.get("reference loss", seen.loss)
    differs = abs(said - reference) > OTHER * abs(reference)
    optimizers = [o for o in case.snapshot.seen if isinstance(o, torch.optim.Optimizer)]
    # two optimizers may pull against each other, as in an adversarial training
    case.numbers["several optimizers"] = len(optimizers) > 1
    case.numbers["own objective"] = abs(along) < ALONG or differs or len(optimizers) > 1
    case.numbers["penalty"] = _penalty(fresh, expected, start)
    if along < AGAINST or (climbs > 0.3 and along > ALONG):
        what = "gradient of the step" if along < AGAINST else "update of the step"
        value = along if along < AGAINST else climbs
        case.findings.append(
            finding(
                "loss.sign",
                0.96,
                f"The {what} has a cosine of {value:.2f} with "
                f"{'the gradient of the loss' if along < AGAINST else 'its gradient'}: the loss is "
                "made to grow.",
                {"gradient along the loss": along, "update along the gradient": climbs},
                {"gradient along the loss": 1, "update along the gradient": "< 0"},
                curves={"cosines: gradient and loss, update and gradient": [along, climbs]},
            )
        )


def _penalty(
    fresh: dict[str, Tensor], expected: dict[str, Tensor], start: dict[str, Tensor]
) -> float:
    """Return how much of the step's gradient is a multiple of the weights that the loss has not."""
    names = fresh.keys() & expected.keys() & start.keys()
    rest = {n: fresh[n] - expected[n] for n in names}
    along = _cosine(rest, {n: start[n] for n in names})
    size = sum(float(v.norm()) ** 2 for v in rest.values()) ** 0.5
    whole = sum(float(expected[n].norm()) ** 2 for n in names) ** 0.5
    return size / max(whole, 1e-300) if along > 0.9 else 0.0
