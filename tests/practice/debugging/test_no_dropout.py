import torch
from torch.nn import functional

from deeptricks.practice.debugging.no_dropout import NoDropout


def test_nothing_is_dropped_and_the_strongest_share_is_known():
    x = torch.ones(1000)
    with NoDropout() as quiet:
        assert torch.equal(functional.dropout(x, 0.9), x)
        assert torch.equal(torch.nn.Dropout(0.3)(x), x)
    assert quiet.strongest == 0.9
    assert bool((functional.dropout(x, 0.9) == 0).any())
