"""Frozen is frozen: weights, running statistics and dropout stay as they are, after `train()` too.

`requires_grad_(False)` keeps the optimizer away from the weights. It does not keep a batch norm
from averaging the new data into its running statistics, nor a dropout from drawing, for those go by
the mode; and `eval()` lasts until the next `train()`, which every training loop calls. Here each
frozen module refuses that call.
"""

from torch import nn


class Hold:
    """Stands in place of a frozen module's `train`: the mode stays evaluation.

    Attributes
    ----------
    module
        The frozen one.
    trainable
        The names of those of its own parameters that had a gradient before.
    mode
        The mode last asked for, which `unfreeze` sets.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module, self.mode = module, module.training
        own = module.named_parameters(recurse=False)
        self.trainable = [name for name, p in own if p.requires_grad]

    def __call__(self, mode: bool = True) -> nn.Module:
        """Pass the mode on to what is within and not frozen (a new head), and return the module."""
        if not isinstance(mode, bool):
            raise ValueError(f"mode must be a boolean, got {mode!r}")
        self.mode, self.module.training = mode, False
        for child in self.module.children():
            child.train(mode)
        return self.module


def freeze(module: nn.Module) -> nn.Module:
    """Keep `module`, and all within it, as it is now: until `unfreeze`, not until `train()`.

    Parameters get no gradient (`requires_grad` is False, what `grad` holds is thrown away), and
    every submodule is in evaluation mode and stays in it: batch norm normalizes by its running
    statistics and does not change them, dropout drops nothing, power iterations rest. Gradients
    still pass through to what comes before. The state dict has the same names; copies (`deepcopy`,
    pickling) are frozen as well. Freezing twice is freezing once.

    Parameters
    ----------
    module
        A network or a part of it. A parameter that it shares with a part outside is frozen there
        too. What is put into it later (see `replace_head`) is not frozen.

    Returns
    -------
    nn.Module
        The module itself.

    Notes
    -----
    A batch norm without running statistics goes by the batch in any mode; nothing can be frozen
    there.
    """
    check_module(module)
    for part in module.modules():
        if not is_frozen(part):
            part.__dict__["train"] = Hold(part)  # found before the method of the class
        part.training = False
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad_(False)
            parameter.grad = None  # or momentum and weight decay would go on with it
    return module


def unfreeze(module: nn.Module) -> nn.Module:
    """Undo `freeze` in `module` and all within it, and return it.

    Parameters that had a gradient before have one again, and the mode becomes the one last asked
    for. What was not frozen by `freeze` is left alone.
    """
    check_module(module)
    held = [part for part in module.modules() if is_frozen(part)]
    for part in held:
        hold = part.__dict__.pop("train")
        part.training = hold.mode
        for name, parameter in part.named_parameters(recurse=False):
            if name in hold.trainable:
                parameter.requires_grad_(True)
    return module


def is_frozen(module: nn.Module) -> bool:
    """Whether this module itself is frozen (a part of it may not be)."""
    return isinstance(module.__dict__.get("train"), Hold)


def check_module(module: nn.Module) -> None:
    """Raise TypeError unless it is a module."""
    if not isinstance(module, nn.Module):
        raise TypeError(f"module must be a torch.nn.Module, got {type(module).__name__}")
