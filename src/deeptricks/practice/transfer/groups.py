"""Rates by depth: the first layers, which fit any picture, move less than the last."""

import math
from collections.abc import Iterator
from typing import Any

from torch import nn

from deeptricks.practice.transfer.freeze import check_module


def groups(model: nn.Module, rate: float, *, decay: float = 1.0) -> list[dict[str, Any]]:
    """Return parameter groups for any optimizer: layer l of L gets the rate · decay^(L − l).

    Only what is trainable is in them: frozen parameters are left out, so that no weight decay or
    momentum can move them, and a frozen layer does not count. Layers come in the order in which
    the model lists them. A normalization, or whatever else has no matrix, belongs to the layer
    before it.

    Parameters
    ----------
    model
        Its lists of layers (`nn.Sequential`, `nn.ModuleList`) count layer by layer, other modules
        within it as one.
    rate
        Of the last layer.
    decay
        From one layer to the one before it, above 0; 1 for all alike. The paper has 1/2.6.

    Returns
    -------
    list of dict
        ``{"params": …, "lr": …, "layers": names}``, first layer first, for
        ``torch.optim.SGD(groups(model, 0.01, decay=0.5), momentum=0.9)``.

    Raises
    ------
    ValueError
        If nothing is trainable, or for a rate or decay that is not finite and positive.

    References
    ----------
    J. Howard and S. Ruder, Universal language model fine-tuning for text classification,
    ACL 2018, section 3.2 (discriminative fine-tuning).
    """
    check_module(model)
    for name, value in {"rate": rate, "decay": decay}.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be a finite number above 0, got {value!r}")
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    for name, own in layers(model):
        new = [p for p in own if p.requires_grad and id(p) not in seen]
        seen.update(id(p) for p in new)
        if found and new and all(p.dim() < 2 for p in new):
            found[-1]["params"] += new
            found[-1]["layers"].append(name)
        elif new:
            found.append({"params": new, "layers": [name]})
    if not found:
        raise ValueError("model has no trainable parameters: unfreeze it, or give it a new head")
    for behind, group in enumerate(reversed(found)):
        group["lr"] = rate * decay**behind
    return found


def layers(model: nn.Module, name: str = "") -> Iterator[tuple[str, list[nn.Parameter]]]:
    """Yield the layers' names and parameters, lists of layers unrolled."""
    own = list(model.parameters(recurse=False))
    if own:
        yield name or "(model)", own
    for key, child in model.named_children():
        full = f"{name}.{key}" if name else key
        if isinstance(child, nn.Sequential | nn.ModuleList):
            yield from layers(child, full)
        else:
            yield full, list(child.parameters())
