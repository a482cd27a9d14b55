"""What JSON can carry: every value a check may have measured."""

import json
import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pytest
import torch

from deeptricks.practice.debugging.plain import plain


@dataclass
class Pair:
    left: object
    right: object


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.tensor(1.5), 1.5),
        (torch.tensor(3), 3),
        (torch.tensor(True), True),
        (torch.tensor([1.0, math.nan], requires_grad=True) * 1, [1.0, "nan"]),
        (torch.tensor([1.0]).bfloat16(), [1.0]),
        (torch.eye(2).to_sparse(), [[1.0, 0.0], [0.0, 1.0]]),
        (torch.tensor(1 + 2j), repr(1 + 2j)),
        (torch.zeros(2000), "Tensor of shape (2000,), torch.float32"),
        (np.float32(0.25), 0.25),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.arange(3), [0, 1, 2]),
        (np.zeros((40, 40)), "ndarray of shape (40, 40), float64"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-np.inf, "-inf"),
        ({1: {2.5: None}}, {"1": {"2.5": None}}),
        ((1, "a", True), [1, "a", True]),
        ({3, 1, 2}, [1, 2, 3]),
        (range(3), [0, 1, 2]),
        (Pair(np.float64(1), torch.tensor([2])), {"left": 1.0, "right": [2]}),
        (torch.float32, "torch.float32"),
        (Pair, repr(Pair)),
        (Decimal("1.5"), "Decimal('1.5')"),
    ],
)
def test_values(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_what_is_not_finite_is_read_back_by_float():
    assert math.isnan(float(plain(math.nan)))
    assert float(plain(-math.inf)) == -math.inf
