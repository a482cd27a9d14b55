"""The mean over noisy passes: dropout on, all else off, every mode as it was afterwards."""

import pytest
import torch
from torch import nn

from deeptricks.regularization import (
    DropConnect,
    Dropout,
    all_masks,
    arithmetic_mean,
    mask_probabilities,
    monte_carlo,
)
from deeptricks.regularization.dropout.monte_carlo import noise_on


def test_converges_to_the_mean_over_all_masks():
    torch.manual_seed(0)
    top = nn.Linear(5, 3).double()
    x = 5 * torch.randn(4, 5, dtype=torch.float64)  # so that the means part
    masks = all_masks(5)
    said = torch.log_softmax(top(masks[:, None] * x / 0.7), dim=-1)
    exact = arithmetic_mean(said, mask_probabilities(masks, 0.3)).detach()
    for dropout in (Dropout(0.3), nn.Dropout(0.3)):
        found = monte_carlo(nn.Sequential(dropout, top), x, passes=4000)
        assert (found - exact).abs().max() < 0.03
        assert (found.sum(1) - 1).abs().max() < 1e-12
        assert not found.requires_grad
    plain = torch.softmax(top(x), dim=-1)
    assert (plain - exact).abs().max() > 0.06  # the tolerance above can tell them apart


def test_one_pass_is_one_draw():
    model = nn.Sequential(Dropout(0.5), nn.Linear(6, 2))
    x = torch.randn(3, 6)
    torch.manual_seed(1)
    one = monte_carlo(model, x, passes=1)
    torch.manual_seed(1)
    torch.testing.assert_close(one, torch.softmax(model.train()(x), dim=-1), rtol=0, atol=1e-7)


def test_batch_norm_stays_in_evaluation_and_modes_come_back():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), Dropout(0.5), DropConnect(4, 2))
    model.eval()
    model[0].train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    with noise_on(model):
        assert [layer.training for layer in model] == [False, False, True, True]
    monte_carlo(model, torch.randn(8, 3), passes=3)
    with pytest.raises(RuntimeError), noise_on(model):
        model(torch.randn(8, 7))
    assert [module.training for module in model.modules()] == modes
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_passes_must_be_some():
    with pytest.raises(ValueError, match="passes"):
        monte_carlo(nn.Identity(), torch.ones(1, 2), passes=0)
