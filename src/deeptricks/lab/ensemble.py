"""M networks of one architecture as one: what each would do alone, in one batched operation.

A small network spends its time waiting, not calculating. `torch.func.stack_module_state` lays the
parameters of M networks along a new first axis, `vmap` runs the one forward over all of them.
None sees another.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.utils.flop_counter import FlopCounterMode

from deeptricks.lab.training import Data, Step

Optimizer = Callable[..., torch.optim.Optimizer]
BUSY = 2e7  # operations of one forward, beyond which a network keeps a core busy on its own


class _Stepping(nn.Module):
    """A network whose output is what its training step returns, so that `step` is stacked too."""

    def __init__(self, model: nn.Module, step: Step) -> None:
        super().__init__()
        self.model, self.step = model, step

    def forward(self, batch: Data) -> tuple[Tensor, Any]:
        return self.step(self.model, batch)


class Ensemble:
    """The stacked parameters and buffers of `models`, which stay as they are until `unstack`.

    Parameters
    ----------
    models
        Networks of one architecture, in training mode.
    step
        As in `training.fit`; it sees one network and that network's batch.

    Attributes
    ----------
    parameters
        Leaves of shape (M, …), for an optimizer.
    """

    def __init__(self, models: Sequence[nn.Module], step: Step) -> None:
        self.models = models
        stepping = [_Stepping(model, step) for model in models]
        self.base = stepping[0]
        self.state, self.buffers = stack_module_state(stepping)
        self.parameters = [p for p in self.state.values() if p.requires_grad]

    def losses(self, batch: Data, shared: bool) -> Tensor:
        """Return the loss (M,) of each network on its batch; buffers such as running means move on.

        inputs and targets have a first axis of M, or none if the batch is `shared` by all.
        """

        def loss(state: dict, buffers: dict, batch: Data) -> Tensor:
            return functional_call(self.base, (state, buffers), (batch,))[0]

        where = (0, 0, None if shared else 0)
        return vmap(loss, in_dims=where, randomness="different")(self.state, self.buffers, batch)

    @torch.no_grad()
    def unstack(self) -> None:
        """Write what was learned back into the networks themselves."""
        stacked = {**self.state, **self.buffers}
        for index, model in enumerate(self.models):
            for name, value in [*model.named_parameters(), *model.named_buffers()]:
                value.copy_(stacked[f"model.{name}"][index])


@torch.no_grad()
def move(
    rule: torch.optim.Optimizer,
    parameters: Sequence[Tensor],
    rates: Tensor,
    moving: Tensor | None = None,
) -> None:
    """One step of `rule`, made with a rate of 1, at the rate of each network.

    Exact for each rule whose step is proportional to its rate: θ ← θ + η (rule(θ; 1) − θ).
    So SGD in the framework's form, Adagrad, RMSprop, Adam, AdamW. Networks that are not `moving`
    (M,) stay where they are; by default all move.
    """
    before = [p.clone() for p in parameters]
    rule.step()
    for p, old in zip(parameters, before, strict=True):
        axes = (-1, *[1] * (p.dim() - 1))
        moved = torch.lerp(old, p, rates.view(axes))
        p.copy_(moved if moving is None else torch.where(moving.view(axes), moved, old))


def reason_to_loop(
    models: Sequence[nn.Module],
    step: Step,
    batch: Data,
    shared: bool,
    optimizer: Optimizer,
    arguments: dict,
) -> str | None:
    """Why these networks are better trained one after another; None if stacking them pays.

    The batch is that of `Ensemble.losses`.
    """
    if not treats_networks_apart(optimizer, arguments):
        return "the optimizer's step mixes networks or is not proportional to its rate"
    one = batch if shared else (batch[0][0], batch[1][0])
    with torch.random.fork_rng():
        try:
            ensemble = Ensemble(models, step)  # a copy: its buffers move, those of models do not
            ensemble.losses(batch, shared).sum().backward()
        except Exception as error:
            return f"vmap cannot run it ({type(error).__name__}: {str(error).splitlines()[0]})"
        first_state = {
            name: value[0] for name, value in {**ensemble.state, **ensemble.buffers}.items()
        }
        operations = 0
        with suppress(RuntimeError):  # it cannot count a step that asks for gradients of its own
            with FlopCounterMode(display=False) as work, torch.no_grad():
                functional_call(ensemble.base, first_state, (one,))
            operations = work.get_total_flops()
    if operations > BUSY and batch[0].device.type == "cpu":
        return "each network is work enough for a core on its own"
    return None


def treats_networks_apart(optimizer: Optimizer, arguments: dict) -> bool:
    """Try whether two stacked networks move as each does alone, at its own rate.

    Rules that look at whole matrices or at the norm of all gradients do not pass, nor do those
    with limits of their own on the size of a step.
    """
    draw = torch.Generator().manual_seed(0)
    rates = torch.tensor([0.3, 0.01], dtype=torch.float64)
    start = torch.randn(2, 3, 4, generator=draw, dtype=torch.float64)
    together = nn.Parameter(start.clone())
    alone = [nn.Parameter(part.clone()) for part in start]
    with suppress(Exception):
        rule = optimizer([together], lr=1.0, **arguments)
        rules = [
            optimizer([p], lr=rate, **arguments)
            for p, rate in zip(alone, rates.tolist(), strict=True)
        ]
        direction = torch.randn(2, 3, 4, generator=draw, dtype=torch.float64)
        for size in (1.0, -1e3, *[1e-3] * 30):  # many in one direction: some rules have limits
            together.grad = size * direction
            for p, own, gradient in zip(alone, rules, together.grad.clone(), strict=True):
                p.grad = gradient
                own.step()
            move(rule, [together], rates, torch.ones(2, dtype=torch.bool))
        return torch.allclose(together, torch.stack(alone), rtol=1e-9, atol=1e-12)
    return False


def takes(function: Callable, name: str) -> bool:
    """Whether `function` can be called with an argument of this name."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)
