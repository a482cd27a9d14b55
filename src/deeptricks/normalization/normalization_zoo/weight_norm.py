"""Weight normalization: a weight's length and its direction as separate parameters."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize


class ScaleToLength(torch.autograd.Function):
    """w = g u with u = v / ‖v‖, lengths taken over `axes`, with the gradient written out.

    With G = ∂L/∂w:

        ∂L/∂g = ⟨G, u⟩,   ∂L/∂v = (g / ‖v‖)(G − ⟨G, u⟩ u),

    the latter the part of G that is orthogonal to v.

    References
    ----------
    T. Salimans, D. P. Kingma, "Weight normalization", NeurIPS 2016, eq. 2, 3 and 4.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(g: Tensor, v: Tensor, axes: tuple[int, ...]) -> Tensor:
        """Return w, of the shape of v."""
        return v * (g / length(v, axes))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Tensor) -> None:
        """Keep g and v; u is calculated anew when it is needed."""
        g, v, ctx.axes = inputs
        ctx.save_for_backward(g, v)

    @staticmethod
    def backward(ctx: Any, G: Tensor) -> tuple[Tensor, Tensor, None]:
        """Return those of g and v."""
        g, v = ctx.saved_tensors
        u = v / length(v, ctx.axes)
        along = (G * u).sum(ctx.axes, keepdim=True)
        return along.view_as(g), g / length(v, ctx.axes) * (G - along * u), None


def length(v: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Return ‖v‖ over `axes`, in a shape that broadcasts against v."""
    return torch.linalg.vector_norm(v, dim=axes, keepdim=True)


class WeightNorm(parametrizations._WeightNorm):
    """w = g · v / ‖v‖, one length g for each slice along `dim` (None and −1: one for all of w).

    Nothing is normalized but the weight: the layer's outputs have whatever mean and variance they
    come out with. Because w does not change when v is stretched, the gradient of any loss is
    orthogonal to v.
    """

    def forward(self, g: Tensor, v: Tensor) -> Tensor:
        """Return the weight with lengths `g` and directions `v`, in the shape of `v`."""
        return ScaleToLength.apply(g, v, self._axes(v))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return lengths and directions (not of length 1) of a weight."""
        lengths = length(weight, self._axes(weight))
        return (lengths.view(()) if self.dim == -1 else lengths), weight

    def _axes(self, v):
        everything = tuple(range(v.dim()))
        if self.dim == -1:
            return everything
        along = everything[self.dim]
        return tuple(axis for axis in everything if axis != along)


def weight_norm(module: nn.Module, name: str = "weight", dim: int | None = 0) -> nn.Module:
    """Give `module` its parameter `name` as length and direction, in place.

    As `torch.nn.utils.parametrizations.weight_norm`: the parameters are
    ``parametrizations.<name>.original0`` (lengths g) and ``.original1`` (directions v), a
    checkpoint of the older `torch.nn.utils.weight_norm` (``<name>_g``, ``<name>_v``) loads too, and
    `torch.nn.utils.parametrize.remove_parametrizations` puts the plain weight back.

    Parameters
    ----------
    module : nn.Module
        Changed in place.
    name : str, default "weight"
        Which of its parameters.
    dim : int or None, default 0
        The dimension of the outputs, 0 for linear and convolutional layers, counted from the end
        where it is negative. None, and −1 as in the framework: the whole weight has one length.

    Returns
    -------
    nn.Module
        `module`.

    Raises
    ------
    ValueError
        There is no parameter `name`.
    IndexError
        The parameter has no dimension `dim`.
    """
    parametrize.register_parametrization(module, name, WeightNorm(dim), unsafe=True)

    def rename(state_dict, prefix, *_):
        old = f"{prefix}{name}_g", f"{prefix}{name}_v"
        if all(key in state_dict for key in old):
            new = f"{prefix}parametrizations.{name}.original"
            for number, key in enumerate(old):
                state_dict[f"{new}{number}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module
