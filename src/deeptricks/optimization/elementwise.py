"""What SGD, Adagrad, RMSprop and Adam share: each weight goes its own way.

A subclass says how a gradient becomes a direction; here the weights are gathered, moved, and the
running averages kept where the framework keeps them, one tensor a parameter, in `optimizer.state`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from deeptricks.optimization.blocks import blocks, real
from deeptricks.optimization.checks import scalar_type


class Elementwise(torch.optim.Optimizer):
    """An optimizer whose rule treats every weight alone. Subclasses define `direction`.

    `averages(group)` names the tensors, shaped like its parameter, that the rule remembers;
    `counts` tells whether it counts its steps (state `step`); `sparse` whether sparse gradients are
    welcome, and `decoupled(group)` whether weight decay goes around the rule.
    """

    counts = True
    sparse = True

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:  # what an older version had not heard of, it did not do
            for name in self.defaults:
                group.setdefault(name, None if name in ("foreach", "fused") else False)

    def averages(self, group: dict) -> tuple[str, ...]:
        """Names of what the rule remembers of each parameter."""
        raise NotImplementedError

    def direction(self, gradient: Tensor, memory: dict, group: dict) -> Tensor:
        """Where to go: the weights move by −lr times it. Changes `memory` in place.

        gradient: a vector, to be left as it is. memory: a vector of the same length for each name
        of `averages`, `step` (from 1) where the rule counts, and `fresh`, true before the first.
        """
        raise NotImplementedError

    def decoupled(self, group: dict) -> bool:
        """Whether weight decay shrinks the weights themselves instead of joining the gradient."""
        return False

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move every parameter that has a gradient. Returns what `closure` returns.

        closure: clears the gradients, computes the loss and its gradients, returns the loss.
        Raises RuntimeError on a sparse gradient where the rule would fill it with numbers.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group, stretches in zip(self.param_groups, self._layout(), strict=True):
            for stretch in stretches:
                self._advance(stretch, group)
        return loss

    def _advance(self, stretch: "Stretch", group: dict) -> None:
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        around = self.decoupled(group)
        for block, memory in stretch.advance():
            if around and decay:
                block.shrink(1 - lr * decay)
            gradient = block.gradient(0 if around else decay, group["maximize"])
            block.move(self.direction(gradient, memory, group), -lr)

    def _layout(self) -> list[list["Stretch"]]:
        """Each group's parameters in stretches: those of the last step, if they still fit."""
        fingerprint, stretches = self.__dict__.get("_laid_out", (None, []))
        together = all(stretch.in_step() for group in stretches for stretch in group)
        if fingerprint != self._fingerprint() or not together:
            stretches = [
                [Stretch(alike, names, self) for alike in self._alike(group, names)]
                for group, names in ((g, self.averages(g)) for g in self.param_groups)
            ]
            # Not made in __init__: copies and pickles of an optimizer carry its state alone.
            self._laid_out = self._fingerprint(), stretches
        return stretches

    def _fingerprint(self) -> list[object]:
        """Of all that a layout rests on.

        Between two steps someone may have loaded a state, replaced a tensor, frozen a parameter.
        """
        moving = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        if not self.sparse and any(p.grad.is_sparse for p in moving):
            name = type(self).__name__
            raise RuntimeError(f"{name} does not support sparse gradients: it would fill them")
        states = self.state.values()
        told = [v.data_ptr() for state in states for v in state.values() if isinstance(v, Tensor)]
        lying = [
            f(p) for f in (Tensor.data_ptr, Tensor.numel, Tensor.is_contiguous) for p in moving
        ]
        return [*told, *lying, *map(self.averages, self.param_groups)]

    def _alike(self, group: dict, names: tuple[str, ...]) -> Iterator[list[Tensor]]:
        """Parameters of one type, on one device, with averages of one type or none yet, and with
        one number of steps behind them."""
        alike = defaultdict(list)
        for p in (p for p in group["params"] if p.grad is not None):
            state = self.state.get(p, {})
            kept = [None if (v := state.get(name)) is None else v.dtype for name in names]
            alike[p.dtype, p.device, *kept, float(state.get("step", 0))].append(p)
        return alike.values()


class Stretch:
    """Parameters that are moved together, and the memory of them in vectors as long as they are.

    `optimizer.state` holds views into these vectors, so whoever looks finds the framework's state.
    """

    def __init__(self, parameters: list[Tensor], names: tuple[str, ...], optimizer: Elementwise):
        remembers = names or optimizer.counts  # else the state stays empty, as the framework's does
        states = [optimizer.state[p] if remembers else {} for p in parameters]
        self.fresh = any(states[0].get(name) is None for name in names)
        self.blocks = list(blocks(parameters))
        sizes = [block.size for block in self.blocks]
        parts = {name: laid_out(parameters, states, name).split(sizes) for name in names}
        for i, block in enumerate(self.blocks):
            block.remember({name: parts[name][i] for name in names})
        self.steps = None
        if optimizer.counts:
            done = [float(state.get("step", 0)) for state in states]
            self.steps = torch.tensor(done, dtype=scalar_type())
            for state, step in zip(states, self.steps.unbind(), strict=True):
                state["step"] = step

    def in_step(self) -> bool:
        """Whether all parameters count the same number of steps: each has a clock of its own."""
        return self.steps is None or len(set(self.steps.tolist())) == 1

    def advance(self) -> Iterator[tuple[object, dict]]:
        """Count a step, then yield each block with its part of the memory."""
        now = {"fresh": self.fresh}
        if self.steps is not None:
            self.steps += 1
            now["step"] = int(self.steps[0])
        for block in self.blocks:
            yield block, block.memory | now
        self.fresh = False


def laid_out(parameters: list[Tensor], states: list[dict], name: str) -> Tensor:
    """One vector for all parameters, with what `states` hold under `name`, or zeros.

    Afterwards each state holds its part of the vector, shaped like its parameter.
    """
    members = real(parameters)
    sizes = [m.numel() for m in members]
    kept = [state[name] for state in states if state.get(name) is not None]  # all of them or none
    dtype = real(kept or members)[0].dtype  # the averages keep theirs if the parameters change
    vector = torch.zeros(sum(sizes), dtype=dtype, device=members[0].device)
    for p, m, state, part in zip(parameters, members, states, vector.split(sizes), strict=True):
        view = part.view(m.shape)
        view = torch.view_as_complex(view) if p.is_complex() else view
        if state.get(name) is not None:
            view.copy_(state[name])
        state[name] = view
    return vector
