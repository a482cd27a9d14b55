"""What does not learn: frozen parameters, and plain tensors that look like weights."""

from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.controls import confirmed, report
from deeptricks.practice.debugging.outcome import control
from deeptricks.practice.debugging.probe_gradient import influential
from deeptricks.practice.debugging.snapshot import Snapshot


def plain_tensors(case: Case) -> list[Tensor]:
    """Return float matrices that the model holds as attributes and uses, but cannot train."""
    model = case.setup.model
    own = {id(t) for t in (*model.parameters(), *model.buffers())}
    held = [t for t in Snapshot(model).seen if isinstance(t, Tensor) and id(t) not in own]
    held = [t for t in held if t.is_leaf and not t.requires_grad and t.is_floating_point()]
    held = [t for t in held if t.ndim >= 2 and t.numel() > 3 and t.device == case.setup.device]
    return [t for t in held[:20] if bool(t.min() < 0 < t.max()) and influential(case, t)]


def unfrozen(case: Case) -> None:
    """Let every parameter and every plain tensor learn, at the author's rate."""
    frozen = [p for p in case.setup.model.parameters() if not p.requires_grad]
    plain = plain_tensors(case)
    case.snapshot.restore()
    if not frozen and not plain:
        return
    rate = max(case.numbers.get("rates") or [1e-3])
    optimizer = case.setup.optimizer or case.numbers.get("optimizer")
    kind = type(optimizer) if optimizer is not None else torch.optim.Adam
    added: list[Any] = []

    def prepare(model: nn.Module) -> None:
        for tensor in (*frozen, *plain):
            tensor.requires_grad_(True)
        added.append(kind([*model.parameters(), *plain], lr=rate))

    def step(x: Any, y: Any) -> Any:
        model = case.setup.model
        model.train()
        added[-1].zero_grad()
        value = case.setup.loss(model(x), y)
        value.backward()
        added[-1].step()
        return value.detach()

    trial = control(case, "unfrozen", step=step, prepare=prepare)
    for tensor in (*frozen, *plain):
        tensor.requires_grad_(False)
    code = "model.unregistered" if plain else "model.frozen"
    what = f"{len(frozen)} parameters have requires_grad=False"
    if plain:
        what = f"{len(plain)} tensors of the model are neither parameters nor buffers"
    report(
        case,
        code,
        confirmed(case, trial, 0.7),
        trial,
        f"{what}; if they learn, too, the training learns more.",
        measured={"frozen": len(frozen), "plain tensors": len(plain)},
        base=0.55,
    )
