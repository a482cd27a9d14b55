"""LSUV: no formula for the scale of a layer, but a measurement of it."""

from functools import partial

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call

from deeptricks.signal.initialize import WEIGHTED, initialize_
from deeptricks.signal.orthogonal import orthogonal_


@torch.no_grad()
def lsuv_(
    model: nn.Module,
    inputs: Tensor | tuple,
    *,
    tol: float = 0.01,
    max_iterations: int = 10,
    orthogonal: bool = True,
    generator: Generator | None = None,
) -> nn.Module:
    """Scale each linear and convolutional layer until its output has unit variance, first to last.

    inputs: a batch as the model takes it, or a tuple of the model's arguments.
    tol: how far from 1 the variance over all entries of a layer's output may stay.
    orthogonal: begin with orthogonal weights and zero biases; False keeps what is there, and
        then a model that has converged is left exactly as it is.

    Works in place and returns the model. Its mode, its buffers and its gradients stay untouched;
    a layer that the forward pass does not reach is not scaled, one that is reached twice is
    scaled on its first call.

    Raises ValueError if there is no such layer to make orthogonal, if `tol` is not positive, or if
    the output of a layer has no variance or is not finite; RuntimeError if `max_iterations` do
    not suffice.
    Source: D. Mishkin and J. Matas, "All you need is a good init", 2016, algorithm 1.
    """
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    if orthogonal:
        initialize_(model, partial(orthogonal_, generator=generator))
    layers = {name: m for name, m in model.named_modules() if isinstance(m, WEIGHTED)}
    hooks = [Normalizer(name, tol, max_iterations).on(m) for name, m in layers.items()]
    try:
        # In copies of the buffers: a batch norm would otherwise count this batch in its averages.
        buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
        functional_call(model, buffers, inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return model


class Normalizer:
    """A forward hook that scales a layer on its first call, and hands on the scaled output.

    So one forward pass of the model does for all its layers: each sees inputs that have already
    been put right.
    """

    def __init__(self, name: str, tol: float, max_iterations: int):
        self.name, self.tol, self.left = name, tol, max_iterations
        self.done = False

    def on(self, layer: nn.Module):
        return layer.register_forward_hook(self, with_kwargs=True)

    def __call__(self, layer, args, kwargs, output):
        while not self.done:
            variance = output.var(correction=0)
            self.check(variance)
            self.done = bool((variance - 1).abs() <= self.tol)
            if not self.done:
                layer.weight /= variance.sqrt()
                output = layer.forward(*args, **kwargs)
                self.left -= 1
        return output

    def check(self, variance: Tensor):
        if not (variance.isfinite() and variance > 0):
            raise ValueError(
                f"the output of layer {self.name!r} must vary, but its variance is {variance:g}: "
                "are the inputs constant, or all units before it dead?"
            )
        if self.left < 0:
            raise RuntimeError(
                f"the variance of layer {self.name!r} is still {variance:g}, not within "
                f"{self.tol} of 1: raise max_iterations, or set its biases to 0"
            )
