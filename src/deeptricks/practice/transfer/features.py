"""What a network sees at chosen depths: features to put a small model on, computed once."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import joblib
import torch
from torch import Tensor, nn

from deeptricks.practice.transfer.freeze import check_module


def pooled(output: Tensor) -> Tensor:
    """Return the mean over all axes behind the second: (N, C, H, W) becomes (N, C)."""
    return output.flatten(2).mean(2) if output.dim() > 2 else output


def features(
    model: nn.Module,
    x: Tensor,
    at: Sequence[str],
    *,
    batch_size: int = 100,
    pool: Callable[[Tensor], Tensor] = pooled,
    cache: str | os.PathLike | joblib.Memory | None = None,
) -> dict[str, Tensor]:
    """Return what the named layers of `model` put out for `x`: pooled, without gradient.

    The network runs in evaluation mode, and each batch only as far as the deepest of the layers.
    Modes are restored. A layer that is called several times counts once, the first time.

    Parameters
    ----------
    model
        Left as it was.
    x
        Inputs, samples first.
    at
        Names as ``model.named_modules()`` lists them: ``("_blocks.10", "_fc")``.
    batch_size
        How many samples pass at once; it changes memory and speed, not what comes out.
    pool
        What to keep of an output (N, C, …), by default its mean over places.
    cache
        A folder (or a `joblib.Memory`) in which results are kept: the same weights, inputs and
        layers are then computed once, in this run or in another. A change in the code of `model`
        that leaves its text (``print(model)``) and weights alone is not noticed.

    Returns
    -------
    dict
        For each name a tensor (N, …) on the device of `x`.

    Raises
    ------
    ValueError
        For a name that the model does not have, or a layer that `model(x)` never calls.
    """
    check_module(model)
    known = dict(model.named_modules())
    if isinstance(at, str) or not at:
        raise ValueError(f"at must be a sequence of names, got {at!r}")
    for name in at:
        if name not in known:
            raise ValueError(f"at: the model has no layer {name!r}; it has {list(known)[1:]}")
    if not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number of at least 1, got {batch_size!r}")
    if cache is None:
        return compute(model, x, tuple(at), batch_size, pool)
    memory = cache if isinstance(cache, joblib.Memory) else joblib.Memory(cache, verbose=0)
    kept = memory.cache(compute, ignore=["model", "x", "batch_size"])
    return kept(model, x, tuple(at), batch_size, pool, key=fingerprint(model, x))


def compute(
    model: nn.Module,
    x: Tensor,
    at: tuple[str, ...],
    batch_size: int,
    pool: Callable[[Tensor], Tensor],
    key: str = "",
) -> dict[str, Tensor]:
    """Run the model over batches; `key` is what a cache knows model and inputs by."""
    modes = {part: part.training for part in model.modules()}
    try:
        for part in modes:
            part.training = False
        with torch.no_grad():
            batches = [one_batch(model, part, at, pool) for part in x.split(batch_size)]
    finally:
        for part, mode in modes.items():
            part.training = mode
    return {name: torch.cat([batch[name] for batch in batches]) for name in at}


class EnoughError(Exception):
    """All layers have answered: the rest of the network need not run."""


def one_batch(
    model: nn.Module, x: Tensor, at: tuple[str, ...], pool: Callable[[Tensor], Tensor]
) -> dict[str, Tensor]:
    """Run one batch until each of the layers has answered."""
    seen: dict[str, Tensor] = {}

    def listen(name: str) -> Callable:
        def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
            seen.setdefault(name, pool(output))
            if len(seen) == len(set(at)):
                raise EnoughError

        return hook

    with ExitStack() as stack:
        for name in at:
            handle = model.get_submodule(name).register_forward_hook(listen(name))
            stack.callback(handle.remove)
        try:
            model(x)
        except EnoughError:
            return seen
    raise ValueError(f"at: {[n for n in at if n not in seen]} were not called in model(x)")


def fingerprint(model: nn.Module, x: Tensor) -> str:
    """Return a hash of the model's text, its weights and buffers, and the inputs."""
    tensors = {**model.state_dict(), "the inputs": x}
    plain = {name: t.detach().cpu().numpy() for name, t in tensors.items()}
    return joblib.hash((type(model).__qualname__, str(model), plain))
