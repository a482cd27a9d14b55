"""The clinic's patients: each is ill in its own way, and one is healthy."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from deeptricks.practice.debugging.patients import PATIENTS, Batches, standardized
from tests.practice.debugging.treatment import evaluated, treated


@pytest.fixture(scope="module")
def images():
    """1000 digits to train on, 300 to validate, as whole numbers."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = torch.from_numpy(x[order]).reshape(-1, 1, 8, 8).to(torch.uint8), torch.tensor(y[order])
    return (x[:1000], y[:1000]), (x[1000:1300], y[1000:1300])


@pytest.fixture(scope="module")
def outcomes(images):
    """Of each patient the losses of its steps, and loss and accuracy on validation data."""
    found = {}
    for name, patient in PATIENTS.items():
        case = patient(*images, seed=0)
        losses = treated(case)
        found[name] = losses, evaluated(case, "batches"), evaluated(case, "val_batches")
    return found


def last(losses):
    return float(np.mean(losses[-20:]))


def test_a_learns_but_its_loss_cannot_reach_zero(outcomes):
    losses, (_, right), _ = outcomes["A"]
    assert right > 0.8
    assert last(losses) > np.log(np.e + 9) - 1  # of the best that probabilities give as scores


def test_b_underperforms_on_training_and_validation_data_alike(outcomes):
    losses, (loss, _), (val_loss, right) = outcomes["B"]
    assert last(losses) > 0.6
    assert abs(val_loss - loss) < 0.2
    assert right < 0.9


def test_c_learns_and_is_misjudged(outcomes):
    _, (loss, _), (val_loss, _) = outcomes["C"]
    assert loss < 0.1
    assert val_loss > loss + 0.25


def test_d_and_e_stay_near_chance(outcomes):
    for name in "DE":
        assert outcomes[name][2][1] < 0.4


def test_f_learns_in_training_mode_only(outcomes):
    losses, (loss, _), _ = outcomes["F"]
    assert last(losses) < 0.1
    assert loss > last(losses) + 0.1


def test_g_learns_nothing_that_holds(outcomes):
    _, _, (val_loss, right) = outcomes["G"]
    assert right < 0.2
    assert val_loss > np.log(10)


def test_h_is_healthy_though_its_loss_stays_high(outcomes):
    losses, _, (_, right) = outcomes["H"]
    assert right > 0.93
    assert last(losses) > 1.1


def test_a_setup_has_the_arguments_of_checkup(images):
    for patient in PATIENTS.values():
        case = patient(*images, seed=0)
        assert set(case) == {
            "model", "batches", "val_batches", "loss", "optimizer", "steps"
        }  # fmt: skip
        assert case["steps"] == 200


def test_the_same_seed_gives_the_same_patient(images):
    for patient in PATIENTS.values():
        one, two = patient(*images, seed=3), patient(*images, seed=3)
        for a, b in zip(one["batches"], two["batches"], strict=True):
            assert torch.equal(a[0], b[0])
            assert torch.equal(a[1], b[1])
        for a, b in zip(one["model"].parameters(), two["model"].parameters(), strict=True):
            assert torch.equal(a, b)


def test_batches_hold_every_sample_once_in_a_new_order_each_epoch():
    x = torch.arange(70.0)[:, None]
    batches = Batches(x, torch.arange(70), seed=0, size=30)
    epochs = [torch.cat([y for _, y in batches]) for _ in range(2)]
    assert len(batches) == 3
    assert [len(y) for _, y in batches] == [30, 30, 10]
    assert all(torch.equal(y.sort().values, torch.arange(70)) for y in epochs)
    assert not torch.equal(*epochs)
    assert all(torch.equal(x[:, 0].long(), y) for x, y in batches)
    fixed = Batches(x, torch.arange(70), seed=None, size=30)
    assert torch.equal(torch.cat([y for _, y in fixed]), torch.arange(70))


def test_standardized_uses_the_other_images_mean_and_deviation():
    like = torch.tensor([[[[0, 4]]], [[[8, 4]]]], dtype=torch.uint8)
    rows = standardized(torch.tensor([[[[4, 12]]]], dtype=torch.uint8), like)
    deviation = float(np.std([0, 4, 8, 4], ddof=1))
    assert rows.shape == (1, 2)
    assert rows[0].tolist() == pytest.approx([0, 8 / deviation])
