"""Weight normalization: a weight's length and its direction as separate parameters."""

import torch
from torch import nn
from torch.nn.utils import parametrize


class WeightNorm(nn.Module):
    """w = g · v / ‖v‖, one length g for each slice along `dim` (`dim` −1: one for all of w).

    Nothing is normalized but the weight: the layer's outputs have whatever mean and variance
    they come out with. Because w does not change when v is stretched, the gradient of any loss
    is orthogonal to v.

    Source: T. Salimans, D. P. Kingma, "Weight normalization", NeurIPS 2016, eq. 2.
    """

    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, g, v):
        """The weight with lengths `g` and directions `v`; the shape of `v`."""
        return ScaleToLength.apply(g, v, self.length(v.detach()))

    def right_inverse(self, weight):
        """Lengths and directions (not of length 1) of a weight."""
        return self.length(weight), weight

    def length(self, v):
        """‖v‖ of each slice along `dim`, in a shape that broadcasts against v."""
        others = [d for d in range(v.dim()) if d != self.dim]
        if self.dim == -1:
            return torch.linalg.vector_norm(v)
        return torch.linalg.vector_norm(v, dim=others, keepdim=True)


class ScaleToLength(torch.autograd.Function):
    """w = g · v / ‖v‖ with the gradient written out; ‖v‖ comes along because it is known.

    With u = v / ‖v‖ and G = ∂L/∂w: ∂L/∂g = ⟨G, u⟩ and ∂L/∂v = (g / ‖v‖)(G − ⟨G, u⟩ u), the part
    of G that is orthogonal to v (Salimans and Kingma, 2016, eq. 3 and 4).
    """

    @staticmethod
    def forward(ctx, g, v, length):
        ctx.save_for_backward(g, v, length)
        return v * (g / length)

    @staticmethod
    def backward(ctx, G):
        g, v, length = ctx.saved_tensors
        dims = [d for d in range(v.dim()) if length.dim() == 0 or length.shape[d] == 1]
        again = torch.is_grad_enabled()  # is a second derivative wanted?
        if again:  # then ‖v‖, too, depends on v
            length = torch.linalg.vector_norm(v, dim=dims, keepdim=True).view_as(length)
        product = G * v
        along = product.sum(dims, keepdim=True).view_as(length) / length  # ⟨G, u⟩
        into = None if again else product  # which has served, and may be written over
        dv = torch.mul(v, -g * along / length**2, out=into).addcmul_(G, g / length)
        return along, dv, None


def weight_norm(module, name="weight", dim=0):
    """Give `module` its parameter `name` as length and direction, in place; returns `module`.

    Drop-in for `torch.nn.utils.parametrizations.weight_norm`: the parameters are
    `parametrizations.<name>.original0` (lengths g) and `.original1` (directions v), a checkpoint
    of the older `torch.nn.utils.weight_norm` (`<name>_g`, `<name>_v`) loads too, and
    `torch.nn.utils.parametrize.remove_parametrizations` puts the plain weight back.

    dim: the dimension of the outputs, 0 for linear and convolutional layers; None gives the whole
    weight one length. Raises ValueError where `module` has no parameter `name`.
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
