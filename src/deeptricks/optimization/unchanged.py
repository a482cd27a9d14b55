"""Train for a moment, and have everything back as it was."""

import copy
import random
from contextlib import ExitStack, contextmanager

import numpy as np
import torch


@contextmanager
def unchanged(model, optimizer, batches=None):
    """Within this block train as you like: at its end, or at an exception, all is as it was.

    Restored are parameters (the optimizer's too, which may not be the model's), buffers, gradients,
    training modes; the optimizer's state, rates and other settings; the random states of torch (on
    the CPU and on the GPUs of the parameters), numpy and Python, and that of the
    `torch.Generator` of a DataLoader given as `batches`. Parameters, buffers, gradients and rates
    stay the same objects. What else a model or a data set remembers is not known here and stays as
    the block left it.
    """
    of_groups = [p for group in optimizer.param_groups for p in group["params"]]
    parameters = list({id(p): p for p in [*model.parameters(), *of_groups]}.values())
    gpus = sorted({p.device.index for p in parameters if p.device.type == "cuda"})
    with torch.random.fork_rng(devices=gpus), ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())
        for generator in generators_of(batches):
            stack.callback(generator.set_state, generator.get_state())
        for module in model.modules():
            stack.callback(setattr, module, "training", module.training)
            for name, buffer in module.named_buffers(recurse=False):
                stack.callback(module._buffers.__setitem__, name, buffer)
                stack.callback(restore, buffer, buffer.clone())
        for parameter in parameters:
            stack.callback(setattr, parameter, "grad", parameter.grad)
            if parameter.grad is not None:
                stack.callback(restore, parameter.grad, parameter.grad.clone())
            stack.callback(restore, parameter, parameter.detach().clone())
        rates = [group["lr"] for group in optimizer.param_groups]
        stack.callback(restore_optimizer, optimizer, copy.deepcopy(optimizer.state_dict()), rates)
        yield


def generators_of(batches):
    """The random generators of a DataLoader and its sampler, each once."""
    holders = [batches, getattr(batches, "sampler", None)]
    found = [getattr(holder, "generator", None) for holder in holders]
    return list({id(g): g for g in found if isinstance(g, torch.Generator)}.values())


def restore(tensor, values):
    """Write `values` into `tensor`, past the record of gradients."""
    tensor.detach().copy_(values)


def restore_optimizer(optimizer, state_dict, rates):
    """Load the state; a rate that is a tensor stays the same tensor, with its old value."""
    optimizer.load_state_dict(state_dict)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        if isinstance(rate, torch.Tensor):
            restore(rate, group["lr"])
            group["lr"] = rate
