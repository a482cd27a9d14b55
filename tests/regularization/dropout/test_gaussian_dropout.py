"""Gaussian dropout: the two moments of dropout, and nothing dropped."""

import pytest
import torch

from deeptricks.regularization import GaussianDropout


def test_moments_are_those_of_dropout():
    x = torch.tensor([2.0, -1.0, 0.0], dtype=torch.float64)
    y = GaussianDropout(0.2)(x.expand(300_000, 3))
    assert ((y.mean(0) - x).abs() <= 5 * (x**2 * 0.25 / 300_000) ** 0.5).all()
    assert (y.var(0)[:2] / (x**2 * 0.25)[:2] - 1).abs().max() < 0.02
    assert (y[:, 2] == 0).all()


def test_factors_are_normal():
    r = GaussianDropout(0.5)(torch.ones(200_000, dtype=torch.float64))
    z = r - 1  # deviation 1
    assert abs((z**4).mean() - 3) < 0.15  # of 0, 2 the fourth moment would be 1
    assert abs((r < 0).double().mean() - 0.1587) < 0.005


def test_each_entry_has_a_factor_of_its_own():
    r = GaussianDropout(0.3)(torch.ones(30, 20))
    assert len(r.unique()) == 600


def test_identities_and_errors():
    x = torch.randn(3, 4)
    assert GaussianDropout(0.5).eval()(x) is x
    assert GaussianDropout(0.0)(x) is x
    assert GaussianDropout(0.5)(torch.ones(0, 3)).shape == (0, 3)
    assert GaussianDropout(0.5)(x.half().t()).dtype == torch.half
    with pytest.raises(ValueError, match="below 1"):
        GaussianDropout(1.0)
    with pytest.raises(ValueError, match="probability"):
        GaussianDropout(-0.1)


def test_generator_gradient_and_in_place():
    x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)

    def fixed(x):
        return GaussianDropout(0.4, generator=torch.Generator().manual_seed(2))(x)

    assert torch.autograd.gradcheck(fixed, x)
    z = x.detach().clone()
    twin = GaussianDropout(0.4, True, generator=torch.Generator().manual_seed(2))
    assert twin(z) is z
    assert torch.equal(z, fixed(x))


def test_stacked_networks_draw_for_themselves():
    layer = GaussianDropout(0.5)
    y = torch.func.vmap(lambda w: layer(torch.ones(6)) * w, randomness="different")(torch.ones(3))
    assert len(y.unique()) == 18
