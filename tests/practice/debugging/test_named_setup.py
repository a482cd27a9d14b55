"""A set-up of names."""

import pytest
import torch
from torch import nn

from deeptricks.practice.debugging.named_setup import (
    IncompleteSetupError,
    setup_of,
    setup_of_names,
)

NET, DATA, LOSS = nn.Linear(1, 1), [(torch.ones(1), torch.ones(1))], nn.MSELoss()


def test_a_value_counts_only_if_it_is_of_the_kind():
    names = {"model": "resnet18", "net": NET, "batches": 32, "loader": DATA,
             "loss": torch.ones(1), "loss_fn": LOSS, "steps": 9, "optimizer": "adam",
             "step": 4}  # fmt: skip
    setup, said = setup_of_names(names)
    assert setup == {"model": NET, "batches": DATA, "loss": LOSS, "steps": 9}
    assert said == ["model: net", "batches: loader", "loss: loss_fn", "steps: steps"]


@pytest.mark.parametrize("missing", ["model", "batches", "loss"])
def test_what_is_missing_is_named(missing):
    whole = {"model": NET, "batches": DATA, "loss": LOSS}
    assert setup_of(whole) == setup_of(lambda: whole) == whole
    part = {key: value for key, value in whole.items() if key != missing}
    with pytest.raises(IncompleteSetupError, match=f"has no {missing} "):
        setup_of(part)
    with pytest.raises(IncompleteSetupError, match=f"has no {missing} "):
        setup_of_names(part)
