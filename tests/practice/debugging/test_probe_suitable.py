import pytest
from torch.nn import functional

from deeptricks.practice.debugging.probe_suitable import check_numbers

from .patients import cut, network, rows, well
from .ready import said

X, Y = rows(600)


@pytest.mark.parametrize("names", [True, False])
def test_class_numbers_are_names_and_counts_are_not(names):
    y = Y.float() if names else (2 * X[:, 0]).round().clamp(-3, 3)
    setup = well(network(8, 1), batches=cut(X, y[:, None]), loss=functional.mse_loss)
    assert said(check_numbers, setup) == (["loss.unsuitable"] if names else [])
