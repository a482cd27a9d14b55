"""A photograph of all that a checkup must leave as it was, and what differs between two of them."""

import random

import numpy as np
import torch

HOOKS = [
    *("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"),
    *("_state_dict_hooks", "_load_state_dict_pre_hooks"),
]


def photograph(setup):
    """Copy of weights, buffers, gradients, modes, hooks, optimizer, closures and random states."""
    model, optimizer = setup["model"], setup["optimizer"]
    parameters = dict(model.named_parameters())
    seen = {
        "weights": copied(parameters),
        "buffers": copied(dict(model.named_buffers())),
        "gradients": {n: copied(p.grad) for n, p in parameters.items()},
        "requires_grad": {n: p.requires_grad for n, p in parameters.items()},
        "modes": {n: m.training for n, m in model.named_modules()},
        "hooks": {n: hooks(m) for n, m in model.named_modules()},
        "hooks of parameters": {n: len(p._backward_hooks or ()) for n, p in parameters.items()},
        "methods": {n: sorted(set(vars(m)) & METHODS) for n, m in model.named_modules()},
        "plain attributes": {n: plain(m) for n, m in model.named_modules()},
        "closures": [closure(setup[name]) for name in ("step", "evaluate", "loss")],
        "own generators": generators(setup),
        "random states": (
            torch.get_rng_state().clone(), random.getstate(), copied(np.random.get_state()),
        ),
        "gradient switch": (torch.is_grad_enabled(), torch.is_anomaly_enabled()),
        "default dtype": torch.get_default_dtype(),
    }  # fmt: skip
    if optimizer is not None:
        groups = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
        seen["optimizer groups"] = copied(groups)
        seen["optimizer state"] = copied(list(optimizer.state.values()))
        names = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")
        seen["hooks of the optimizer"] = [len(getattr(optimizer, name, ())) for name in names]
        seen["methods of the optimizer"] = sorted(set(vars(optimizer)) & {"step", "zero_grad"})
    return seen


METHODS = {"forward", "train", "eval", "__call__"}


def hooks(module):
    """How many hooks of each kind a module has."""
    return [len(getattr(module, name, None) or ()) for name in HOOKS]


def plain(module):
    """The tensors and numbers that a module keeps outside parameters and buffers."""
    kept = (torch.Tensor, int, float, str, list, type(None))
    return {
        k: copied(v)
        for k, v in vars(module).items()
        if k[0] != "_" and k != "training" and isinstance(v, kept)
    }


def closure(function):
    """What a function remembers, as far as it is plain values and tensors."""
    cells = getattr(function, "__closure__", None) or ()
    return [copied(value) for value in map(contents, cells) if understood(value)]


def contents(cell):
    """What a cell holds, None if nothing."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def understood(value):
    """Whether a value can be copied and compared."""
    if isinstance(value, dict):
        return all(understood(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(understood(v) for v in value)
    return isinstance(value, torch.Tensor | np.ndarray | int | float | str | type(None))


def generators(setup):
    """State of the generators of the loaders."""
    loaders = [setup["batches"], setup["val_batches"]]
    own = [getattr(b, "generator", None) for b in loaders]
    return [g.get_state().clone() for g in own if isinstance(g, torch.Generator)]


def copied(value):
    """A deep copy in which tensors are detached, and what is not plain is left out."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [copied(v) for v in value]
    return value if isinstance(value, int | float | str | type(None)) else None


def same(a, b):
    """Whether two copies are equal, NaN with NaN."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        alike = a.shape == b.shape and a.dtype == b.dtype
        return alike and bool(torch.equal(a.nan_to_num(7e9), b.nan_to_num(7e9)))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or a != a)


def altered(before, after):
    """The names of what differs between two photographs."""
    return [name for name in before if not same(before[name], after.get(name))]
