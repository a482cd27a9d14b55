import pytest
import torch
from torch import nn

from deeptricks.practice.debugging.probe_init import check_flow, check_units
from deeptricks.practice.debugging.probe_stuck import check_exploding, check_underpowered

from .patients import cut, network, well
from .ready import noise, ready, said

X = noise(600, 4)
RINGS = (X.square().sum(1) > 3.3).long()


@pytest.mark.parametrize(("bent", "codes"), [(False, ["model.underpowered"]), (True, [])])
def test_layers_without_a_nonlinearity(bent, codes):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU() if bent else nn.Identity(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    setup = well(model, batches=cut(X, RINGS), optimizer=optimizer, steps=80)
    assert said(check_underpowered, setup, trained=True) == codes


@pytest.mark.parametrize("tried", [True, False])
def test_a_rate_too_low_is_no_lack_of_power(tried):
    case = ready(well(network(4, 2), lr=1e-6, batches=cut(X, RINGS), steps=60), trained=True)
    check_units(case)
    case.numbers["rates complete"] = tried
    check_underpowered(case)
    # without the controls at other rates nothing is said about the model's power
    assert [f.code for f in case.findings] == (["model.underpowered"] if tried else [])


@pytest.mark.parametrize(("size", "codes"), [(30.0, ["model.exploding"]), (1.0, [])])
def test_activations_that_grow_from_layer_to_layer(size, codes):
    torch.manual_seed(0)
    model = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(4)])
    model.append(nn.Linear(4, 2))
    with torch.no_grad():
        for layer in model[:4]:
            layer[0].weight.mul_(size)

    def both(case):
        check_units(case)
        check_flow(case)
        case.findings.clear()
        check_exploding(case)

    assert said(both, well(model, batches=cut(X, RINGS), steps=5), trained=True) == codes
