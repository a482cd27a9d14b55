"""The clinic's cures: each cures its patient, and each other fault stays."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from deeptricks.practice.debugging.cures import CURES
from deeptricks.practice.debugging.patients import PATIENTS, patient_h
from tests.practice.debugging.treatment import evaluated, treated


@pytest.fixture(scope="module")
def images():
    """1000 digits to train on, 300 to validate, as whole numbers."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(y))
    x, y = torch.from_numpy(x[order]).reshape(-1, 1, 8, 8).to(torch.uint8), torch.tensor(y[order])
    return (x[:1000], y[:1000]), (x[1000:1300], y[1000:1300])


@pytest.mark.parametrize("name", sorted({cure.program.__name__ for cure in CURES.values()}))
def test_the_cured_program_reads_digits_and_validates_as_it_trained(images, name):
    program = next(c.program for c in CURES.values() if c.program.__name__ == name)
    case = program(*images, seed=1)
    losses = treated(case)
    (loss, right), (val_loss, val_right) = (
        evaluated(case, "batches"),
        evaluated(case, "val_batches"),
    )
    assert right > 0.97
    assert val_right > 0.92
    if program is not patient_h:
        assert np.mean(losses[-20:]) < 0.2
        assert loss < 0.15
        assert val_loss < 0.4


def test_every_patient_has_a_diagnosis_and_only_h_none():
    assert list(CURES) == list(PATIENTS)
    codes = [cure.code for cure in CURES.values()]
    assert [name for name, code in zip(CURES, codes, strict=True) if code is None] == ["H"]
    assert len(set(codes)) == len(codes)


def test_a_cure_changes_one_thing(images):
    """Weights of the first layer, batches and steps are those of the patient."""
    for name, cure in CURES.items():
        ill, cured = PATIENTS[name](*images, seed=2), cure.program(*images, seed=2)
        weights = [next(iter(c["model"].parameters())) for c in (ill, cured)]
        assert torch.equal(*weights), name
        assert ill["steps"] == cured["steps"]
        same = all(
            torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])
            for a, b in zip(ill["batches"], cured["batches"], strict=True)
        )
        assert same == (name not in "EG"), name
