"""Wilson's data: written out by hand once, then its two theorems, each against a computation."""

from fractions import Fraction

import pytest
import torch

from deeptricks.optimization import minimum_norm_answers, separable, sign_direction

COUNTS = [(1, 1), (2, 1), (1, 2), (7, 3), (3, 7), (5, 5), (1, 12), (12, 1), (4, 0), (0, 4)]


def labeled(positive, negative):
    return torch.tensor([1] * positive + [-1] * negative)


def test_two_samples_by_hand():
    expected = torch.tensor(
        [
            [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [-1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
        ],
        dtype=torch.float64,
    )
    assert torch.equal(separable([1, -1]), expected)
    assert torch.equal(separable(torch.tensor([1.0, -1.0])), expected)


def test_type_of_the_result():
    assert separable([1], dtype=torch.float32).dtype == torch.float32


@pytest.mark.parametrize("labels", [[1, 0], [], [[1, -1]], [2, -1], 1])
def test_labels_that_are_not_plus_or_minus_one_are_refused(labels):
    with pytest.raises(ValueError, match="labels must be a vector of 1 and −1"):
        separable(labels)


def test_no_two_samples_share_a_feature_of_their_own():
    X = separable(labeled(4, 3))
    assert (X[:, 3:].sum(dim=0) <= 1).all()
    assert X[:, 3:].sum(dim=1).tolist() == [1] * 4 + [5] * 3


def test_the_lemma_asks_for_a_sign_that_answers_in_proportion():
    """Their condition X sign(Xᵀy) = c y: with most labels 1 it holds, and c is 4."""
    y = labeled(7, 3).double()
    X = separable(y)
    assert sign_direction(X, y)[:3].tolist() == [1, 1, 1]
    assert torch.equal(X @ sign_direction(X, y), 4 * y)


def test_with_most_labels_minus_one_the_condition_fails():
    y = labeled(3, 7).double()
    X = separable(y)
    assert sign_direction(X, y)[:3].tolist() == [1, -1, -1]
    assert (X @ sign_direction(X, y)).tolist() == [0] * 3 + [-8] * 7


@pytest.mark.parametrize(("positive", "negative"), COUNTS)
def test_minimum_norm_answers_equal_a_pseudoinverse(positive, negative):
    y = torch.cat([labeled(positive, negative), torch.tensor([1, -1])]).double()
    X = separable(y)
    w = torch.linalg.pinv(X[:-2]) @ y[:-2]
    answers = [float(answer) for answer in minimum_norm_answers(positive, negative)]
    torch.testing.assert_close((X[-2:] @ w).tolist(), answers, rtol=0, atol=1e-10)


def test_answers_are_exact_and_right_once_both_classes_were_seen():
    assert minimum_norm_answers(1, 1) == (Fraction(22, 31), Fraction(-6, 31))
    for positive in range(1, 30):
        for negative in range(1, 30):
            plus, minus = minimum_norm_answers(positive, negative)
            assert plus > 0 > minus


def test_before_a_class_was_seen_its_answer_has_the_wrong_sign():
    assert minimum_norm_answers(4, 0)[1] > 0 > minimum_norm_answers(0, 4)[0]


@pytest.mark.parametrize(("counts", "name"), [((-1, 2), "positive"), ((2, -1), "negative")])
def test_counts_below_zero_are_refused(counts, name):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 0, got -1"):
        minimum_norm_answers(*counts)
