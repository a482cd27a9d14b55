import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.probe_labels import check_flip, check_shift

from .patients import cut, rows, well
from .ready import noise, said

X, Y = rows(400)


@pytest.mark.parametrize(("shift", "codes"), [(0, []), (1, ["data.label_mismatch"])])
def test_targets_that_slipped_by_a_row(shift, codes):
    assert said(check_shift, well(batches=cut(X, Y.roll(shift, 0)))) == codes


def test_targets_in_another_order_fit_no_better_when_moved():
    order = torch.randperm(len(Y), generator=torch.Generator().manual_seed(1))
    assert said(check_shift, well(batches=cut(X, Y[order]))) == []


@pytest.mark.parametrize(("turn", "codes"), [(False, []), (True, ["data.label_mismatch"])])
def test_pictures_flipped_without_their_masks(turn, codes):
    x = functional.avg_pool2d(noise(96, 1, 12, 12), 5, 1, 2)
    y = (x > 0).float()
    x = torch.where((torch.arange(96) % 2 == 0)[:, None, None, None] & turn, x.flip(-1), x)
    loss = functional.binary_cross_entropy_with_logits
    setup = well(nn.Conv2d(1, 1, 3, padding=1), batches=cut(x, y), loss=loss)
    assert said(check_flip, setup) == codes
