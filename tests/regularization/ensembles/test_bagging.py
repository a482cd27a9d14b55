"""Bootstrap samples: distributed as scikit-learn's, and the answers of those who did not see."""

import numpy as np
import pytest
import torch
from scipy.stats import binom, chisquare
from sklearn.datasets import load_digits
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from deeptricks.regularization import bootstrap, out_of_bag, out_of_bag_answers


def draws(n, many, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([bootstrap(n, generator) for _ in range(many)])


def test_same_generator_same_rows():
    first, again = draws(50, 2), draws(50, 2)
    assert torch.equal(first, again)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(draws(50, 2, seed=1), first)
    torch.manual_seed(3)
    without = bootstrap(50)
    torch.manual_seed(3)
    assert torch.equal(without, torch.randint(50, (50,)))


@pytest.mark.parametrize("n", [1, 2, 10, 300])
def test_share_of_distinct_rows(n):
    many = 4000
    share = np.mean([len(rows.unique()) / n for rows in draws(n, many)])
    expected = 1 - (1 - 1 / n) ** n
    # Variance of the number of rows left out: n pᵢ + n (n − 1) pᵢⱼ − (n pᵢ)².
    one, two = (1 - 1 / n) ** n, max(1 - 2 / n, 0) ** n
    deviation = max(n * one + n * (n - 1) * two - (n * one) ** 2, 0) ** 0.5 / n / many**0.5
    assert abs(share - expected) <= 4 * deviation + 1e-12


def test_counts_are_binomial():
    """How often one row comes up in N draws: chi-squared against Binomial(N, 1/N)."""
    n, many = 12, 3000
    counts = np.array([np.bincount(rows, minlength=n) for rows in draws(n, many)])
    for row in (0, 5, n - 1):  # each row for itself: the counts of one sample are not independent
        seen = np.bincount(np.minimum(counts[:, row], 4), minlength=5)
        p = binom.pmf(range(4), n, 1 / n)
        assert chisquare(seen, many * np.append(p, 1 - p.sum())).pvalue > 1e-4


def test_distribution_is_that_of_scikit_learn():
    """Two samples of the number of distinct rows, ours and of a fitted BaggingClassifier."""
    n, many = 100, 400
    X, y = load_digits(return_X_y=True)
    stump = DecisionTreeClassifier(max_depth=1)
    theirs = BaggingClassifier(stump, many, random_state=0).fit(X[:n], y[:n])
    their = [len(np.unique(rows)) for rows in theirs.estimators_samples_]
    assert all(len(rows) == n for rows in theirs.estimators_samples_)
    our = [len(rows.unique()) for rows in draws(n, many)]
    error = (np.var(our) / many + np.var(their) / many) ** 0.5
    assert abs(np.mean(our) - np.mean(their)) < 4 * error
    assert 0.7 < np.var(our) / np.var(their) < 1.4


def test_rows_left_out():
    rows = torch.tensor([4, 4, 0, 2])
    assert out_of_bag(rows, 6).tolist() == [1, 3, 5]
    assert out_of_bag(rows[:0], 2).tolist() == [0, 1]
    for rows in draws(20, 10):
        left = out_of_bag(rows, 20)
        assert sorted(set(rows.tolist()) | set(left.tolist())) == list(range(20))
        assert not set(rows.tolist()) & set(left.tolist())


def test_out_of_bag_answers_equal_scikit_learn():
    X, y = load_digits(return_X_y=True)
    X, y = X[:200], y[:200]
    tree = DecisionTreeClassifier(max_depth=4)
    with pytest.warns(UserWarning, match="Some inputs do not have OOB scores"):
        theirs = BaggingClassifier(tree, 5, oob_score=True, random_state=0).fit(X, y)
    log_p = torch.tensor(np.array([each.predict_proba(X) for each in theirs.estimators_])).log()
    drawn = torch.tensor(np.array(theirs.estimators_samples_))
    ours = out_of_bag_answers(log_p, drawn)
    expected = theirs.oob_decision_function_
    seen_by_all = np.isnan(expected).all(axis=1)
    assert 0 < seen_by_all.sum() < 60
    np.testing.assert_allclose(ours.exp(), expected, rtol=0, atol=1e-12)


def test_nobody_answers_for_what_all_have_seen():
    log_p = torch.log_softmax(torch.randn(2, 3, 4), dim=2)
    drawn = torch.tensor([[0, 0, 1], [1, 1, 1]])
    answers = out_of_bag_answers(log_p, drawn)
    torch.testing.assert_close(answers[0], log_p[1, 0])
    assert answers[1].isnan().all()
    torch.testing.assert_close(answers[2].exp(), log_p[:, 2].exp().mean(dim=0))


def test_sizes_and_bad_arguments():
    assert bootstrap(5, size=0).tolist() == []
    assert bootstrap(1, size=3).tolist() == [0, 0, 0]
    assert bootstrap(5, size=9).shape == (9,)
    assert bootstrap(5).dtype == torch.int64
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got 0"):
        bootstrap(0)
    with pytest.raises(ValueError, match=r"size must be a whole number of at least 0, got 2\.5"):
        bootstrap(3, size=2.5)
    with pytest.raises(TypeError, match=r"generator must be a torch\.Generator or None, got 0"):
        bootstrap(3, 0)
    with pytest.raises(ValueError, match="drawn must hold 2 samples, one a member, got 1"):
        out_of_bag_answers(torch.zeros(2, 3, 4), torch.zeros(1, 3, dtype=torch.int64))
