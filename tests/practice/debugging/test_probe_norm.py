import pytest
from torch import nn

from deeptricks.practice.debugging.probe_norm import check_averages, check_few

from .patients import cut, rows, well
from .ready import said


def normed(momentum=0.1):
    return nn.Sequential(
        nn.Linear(8, 24), nn.BatchNorm1d(24, momentum=momentum), nn.ReLU(), nn.Linear(24, 4)
    )


@pytest.mark.parametrize(("size", "codes"), [(2, ["model.batchnorm"]), (32, [])])
def test_statistics_of_two_samples(size, codes):
    setup = well(normed(), lr=0.01, batches=cut(*rows(96), size), steps=10)
    assert said(check_few, setup, trained=True) == codes


@pytest.mark.parametrize(("momentum", "codes"), [(1e-5, ["model.batchnorm"]), (0.1, [])])
def test_running_averages_that_never_arrive(momentum, codes):
    x, y = rows()
    setup = well(normed(momentum), batches=cut(20 * x + 100, y), steps=60)
    assert said(check_averages, setup, trained=True) == codes
