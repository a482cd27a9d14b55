"""What our dropouts share: the framework's arguments, and a generator beside them."""

import torch
from torch import nn

from deeptricks.regularization.checks import check_generator


class SeededDropout(nn.Module):
    """Stands before the framework's class among the parents, which keeps `p` and `inplace`.

    Parameters
    ----------
    p, inplace
        As of the framework's class, which checks them.
    generator : torch.Generator, optional
        Where the noise comes from; by default the global one (`torch.manual_seed`).

    Raises
    ------
    TypeError
        For a generator that is none.
    """

    p: float
    inplace: bool

    def __init__(
        self, p: float = 0.5, inplace: bool = False, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(p, inplace)
        check_generator(generator)
        self.generator = generator
