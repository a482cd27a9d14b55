import math

import pytest
import torch

from deeptricks.practice.debugging.probe_bottomless import check_bottomless

from .patients import cut, network, rows, well
from .ready import said


def likelihood(output, y):
    """Log-likelihood of a normal distribution, mean and log of the width from two outputs."""
    mean, width = output[:, 0], output[:, 1].clamp(-3, 3)
    z = (y - mean) / width.exp()
    return (-z.square() / 2 - width - math.log(2 * math.pi) / 2).mean()


@pytest.mark.parametrize(("sign", "codes"), [(-1, []), (1, ["loss.sign"])])
def test_a_likelihood_minimized_has_no_bottom(sign, codes):
    x, _ = rows()
    model = network(8, 2)
    y = x[:, 0] + 0.5 * torch.randn(len(x), generator=torch.Generator().manual_seed(0))
    setup = well(
        model,
        batches=cut(x, y),
        loss=lambda output, target: sign * likelihood(output, target),
        optimizer=torch.optim.Adam(model.parameters(), 0.02),
        steps=80,
    )
    assert said(check_bottomless, setup, trained=True) == codes
