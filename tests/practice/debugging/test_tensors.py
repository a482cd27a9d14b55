"""Tensors wherever batches and outputs hold them: found, changed, and put back in their places."""

from collections import UserDict
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from deeptricks.practice.debugging.tensors import each, first_tensor, tensors

ONE, TWO = torch.ones(3), torch.tensor([2, 2, 2])


@dataclass
class Output:
    """As models of libraries return it."""

    loss: torch.Tensor
    logits: torch.Tensor
    hidden: object = None


class Batch(UserDict):
    """As tokenizers return it: no dict, with attributes for its items."""

    def __getattr__(self, name):
        return self.data[name]


HOLDERS = [
    Output(ONE, TWO),
    SimpleNamespace(loss=ONE, logits=TWO, hidden=None),
    Batch(loss=ONE, logits=TWO),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_tensors_in_records_are_found_and_changed_in_a_copy(holder):
    assert tensors((holder, [ONE])) == [ONE, TWO, ONE]
    doubled = each(holder, lambda tensor: 2 * tensor)
    assert type(doubled) is type(holder)
    assert doubled.logits.tolist() == [4, 4, 4]
    assert holder.logits is TWO


def test_a_packed_sequence_is_its_numbers_and_stays_packed():
    x = torch.arange(12.0).view(3, 4, 1)
    packed = pack_padded_sequence(x, torch.tensor([2, 4, 1]), True, False)
    assert tensors(packed)[0] is packed.data
    assert first_tensor(packed) is packed.data
    negated, lengths = pad_packed_sequence(each(packed, torch.neg), batch_first=True)
    assert lengths.tolist() == [2, 4, 1]
    assert negated[0, :, 0].tolist() == [0, -1, 0, 0]
    assert negated[1, :, 0].tolist() == [-4, -5, -6, -7]
