"""Spatial dropout: whole channels are dropped, since within a channel neighbors tell the rest."""

import torch
from torch import Tensor, nn

from deeptricks.regularization.seeded_dropout import SeededDropout


def drop_channels(
    input: Tensor, p: float, inplace: bool = False, generator: torch.Generator | None = None
) -> Tensor:
    """Drop each channel of each sample with probability p, and divide what is left by 1 − p.

    y_nc = x_nc · m_nc / (1 − p), with m_nc ~ Bernoulli(1 − p).

    The mean of y over the masks is x, so that evaluation has nothing left to do.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, …).
    p : float
        Probability in [0, 1]; at p = 1 all is zero.
    inplace : bool
        Write the result over `input`.
    generator : torch.Generator, optional
        Where the masks come from; by default the global one.
    """
    shape = (*input.shape[:2], *[1] * (input.dim() - 2))
    mask = input.new_empty(shape).bernoulli_(1 - p, generator=generator)
    if p < 1:
        mask = mask / (1 - p)
    return input.mul_(mask) if inplace else input * mask


class _ChannelDropout(SeededDropout):
    """What the three share: `spatial` says how many axes a channel has."""

    spatial: int
    without_batch = True  # whether one sample may come alone, (C, …)

    def forward(self, input: Tensor) -> Tensor:
        """Return `input` with some channels zero in training, as it is in evaluation.

        Raises
        ------
        RuntimeError
            For inputs of another number of axes.
        """
        axes = self.spatial + 1
        if input.dim() not in (axes, axes + 1):
            raise RuntimeError(
                f"input must have {axes} or {axes + 1} axes for {type(self).__name__}, "
                f"got {input.dim()}"
            )
        if not self.training or self.p == 0 or input.numel() == 0:
            return input
        alone = input.dim() == axes and self.without_batch
        batch = input.unsqueeze(0) if alone else input
        output = drop_channels(batch, self.p, self.inplace, self.generator)
        return output.squeeze(0) if alone else output


class Dropout1d(_ChannelDropout, nn.Dropout1d):
    """Drop whole channels of (N, C, L) or (C, L); drop-in of `nn.Dropout1d`, same masks.

    Parameters
    ----------
    p : float
        Probability that a channel is dropped.
    inplace : bool
        Write the result over the input.
    generator : torch.Generator, optional
        Where the masks come from; by default the global one, as the framework's do.

    References
    ----------
    J. Tompson, R. Goroshin, A. Jain, Y. LeCun and C. Bregler, Efficient object localization using
    convolutional networks, CVPR 2015 (SpatialDropout).
    """

    spatial = 1


class Dropout2d(_ChannelDropout, nn.Dropout2d):
    """Drop whole channels of (N, C, H, W); drop-in of `nn.Dropout2d`, same masks.

    Three axes are taken as (N, C, L), as the framework still takes them. Parameters and source as
    in `Dropout1d`.
    """

    spatial = 2
    without_batch = False


class Dropout3d(_ChannelDropout, nn.Dropout3d):
    """Drop whole channels of (N, C, D, H, W) or (C, D, H, W); drop-in of `nn.Dropout3d`.

    Same masks as the framework's under the same seed. Parameters and source as in `Dropout1d`.
    """

    spatial = 3
