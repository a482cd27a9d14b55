import pytest
import torch

from deeptricks.practice.debugging.probe_balance import balanced, check_balance

from .patients import cut, network, well
from .ready import noise, ready, said


def classes(rare):
    y = (torch.arange(900) % 900 < rare).long()[torch.randperm(900)]
    return noise(900, 8) + 1.2 * y[:, None], y


@pytest.mark.parametrize(("rare", "codes"), [(20, ["data.imbalance"]), (400, [])])
def test_a_rare_class_that_is_found_only_when_drawn_more_often(rare, codes):
    torch.manual_seed(0)
    setup = well(network(8, 2), lr=0.05, batches=cut(*classes(rare)), steps=60)
    assert said(check_balance, setup, trained=True) == codes


def test_balanced_batches_hold_every_class_alike():
    y = torch.cat([y for _, y in balanced(ready(well(network(8, 2), batches=cut(*classes(90)))))])
    assert 0.4 < float(y.float().mean()) < 0.6
