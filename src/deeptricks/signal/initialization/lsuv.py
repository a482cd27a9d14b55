"""LSUV: no formula for the scale of a layer, but a measurement of it."""

from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call
from torch.utils.hooks import RemovableHandle

from deeptricks.signal.initialization.initialize import WEIGHTED, fill, initialize_
from deeptricks.signal.initialization.orthogonal import orthogonal_


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

    Works in place and returns the model. Its mode, its buffers and its gradients stay untouched;
    a layer that the forward pass does not reach is not scaled, one that is reached twice is
    scaled on its first call. Layers under a parametrization are scaled through it.

    Parameters
    ----------
    model : nn.Module
        Any module with such layers.
    inputs : Tensor or tuple
        A batch as the model takes it, or a tuple of the model's arguments.
    tol : float
        How far from 1 the variance over all entries of a layer's output may stay.
    max_iterations : int
        How often a layer may be scaled.
    orthogonal : bool
        Begin with orthogonal weights and zero biases; False keeps what is there, and then a model
        that has converged is left exactly as it is.
    generator : torch.Generator, optional
        Where the orthogonal weights are drawn from.

    Raises
    ------
    ValueError
        If there is no such layer to make orthogonal, if `tol` is not positive, or if the output of
        a layer has no variance or is not finite.
    RuntimeError
        If `max_iterations` do not suffice.

    References
    ----------
    D. Mishkin and J. Matas, All you need is a good init, ICLR 2016, algorithm 1.
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

    def on(self, layer: nn.Module) -> RemovableHandle:
        """Wait for the first call of `layer`."""
        return layer.register_forward_hook(self, with_kwargs=True)

    def __call__(
        self, layer: nn.Module, args: tuple, kwargs: dict[str, Any], output: Tensor
    ) -> Tensor:
        """Divide the weight by the deviation of the output, again and again."""
        while not self.done:
            variance = output.var(correction=0)
            self.check(variance)
            self.done = bool((variance - 1).abs() <= self.tol)
            if not self.done:
                fill(layer, "weight", partial(Tensor.div_, other=variance.sqrt()), self.name)
                output = layer.forward(*args, **kwargs)
                self.left -= 1
        return output

    def check(self, variance: Tensor) -> None:
        """Stop where scaling cannot help, or has not helped often enough."""
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
