"""Ambiguity: three numbers computed apart, whose sum is exact; and what it is compared with."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy
from torch.nn.functional import cross_entropy, kl_div, mse_loss, nll_loss

from deeptricks.regularization import disagreement, log_ambiguity, squared_ambiguity

EXACT = {"rtol": 1e-12, "atol": 1e-12}
sizes = {"many": st.integers(1, 6), "samples": st.integers(1, 7), "classes": st.integers(1, 6)}


def answers(many=4, samples=30, classes=5, scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(many, samples, classes, generator=generator, dtype=torch.float64)
    targets = torch.randint(classes, (samples,), generator=generator)
    return torch.log_softmax(scale * logits, dim=2), targets


@settings(max_examples=60, deadline=None)
@given(**sizes, scale=st.floats(0, 30), seed=st.integers(0, 1000))
def test_log_identity_is_exact(many, samples, classes, scale, seed):
    log_p, y = answers(many, samples, classes, scale, seed)
    parts = log_ambiguity(log_p, y)
    torch.testing.assert_close(parts.members, parts.ensemble + parts.ambiguity, **EXACT)
    assert parts.ambiguity >= -1e-12


@settings(max_examples=60, deadline=None)
@given(**sizes, scale=st.floats(0, 30), seed=st.integers(0, 1000))
def test_squared_identity_is_exact(many, samples, classes, scale, seed):
    outputs = scale * answers(many, samples, classes, 1.0, seed)[0]
    targets = answers(1, samples, classes, 1.0, seed + 1)[0][0]
    parts = squared_ambiguity(outputs, targets)
    torch.testing.assert_close(parts.members, parts.ensemble + parts.ambiguity, **EXACT)
    assert parts.ambiguity >= 0


def test_log_parts_by_the_framework_and_scipy():
    log_p, y = answers()
    parts = log_ambiguity(log_p, y)
    members = torch.stack([nll_loss(each, y) for each in log_p]).mean()
    torch.testing.assert_close(parts.members, members, **EXACT)
    mean = log_p.mean(dim=0)
    torch.testing.assert_close(parts.ensemble, cross_entropy(mean, y), **EXACT)
    log_g = torch.log_softmax(mean, dim=1)
    theirs = [kl_div(each, log_g, reduction="batchmean", log_target=True) for each in log_p]
    torch.testing.assert_close(parts.ambiguity, torch.stack(theirs).mean(), **EXACT)
    by_scipy = np.mean([entropy(log_g.exp(), each.exp(), axis=1) for each in log_p])
    assert parts.ambiguity.item() == pytest.approx(by_scipy, rel=1e-12)


def test_squared_parts_by_the_framework_and_numpy():
    outputs, targets = answers()[0], answers(1)[0][0] + 3
    parts = squared_ambiguity(outputs, targets)
    members = torch.stack([mse_loss(each, targets) for each in outputs]).mean()
    torch.testing.assert_close(parts.members, members, **EXACT)
    torch.testing.assert_close(parts.ensemble, mse_loss(outputs.mean(dim=0), targets), **EXACT)
    variance = np.var(outputs.numpy(), axis=0).mean()
    assert parts.ambiguity.item() == pytest.approx(variance, rel=1e-12)


def test_the_identity_is_of_the_geometric_mean_alone():
    log_p, y = answers()
    parts = log_ambiguity(log_p, y)
    arithmetic = nll_loss(log_p.exp().mean(dim=0).log(), y)
    assert (arithmetic - parts.ensemble).abs() > 1e-3


def test_direction_of_the_divergence():
    log_p, y = answers()
    log_g = torch.log_softmax(log_p.mean(dim=0), dim=1)
    turned = (log_p.exp() * (log_p - log_g)).sum(dim=2).mean()
    assert (turned - log_ambiguity(log_p, y).ambiguity).abs() > 1e-3


def test_ambiguity_needs_no_targets():
    log_p, y = answers()
    others = (y + 1) % 5
    assert log_ambiguity(log_p, y).ambiguity == log_ambiguity(log_p, others).ambiguity
    same = squared_ambiguity(log_p, log_p[0]), squared_ambiguity(log_p, log_p[1])
    assert same[0].ambiguity == same[1].ambiguity


def test_members_all_alike_have_none():
    log_p, y = answers(1)
    parts = log_ambiguity(log_p.expand(3, -1, -1), y)
    assert parts.ambiguity.abs() < 1e-15
    torch.testing.assert_close(parts.members, parts.ensemble, **EXACT)
    assert squared_ambiguity(log_p.expand(3, -1, -1), log_p[0] + 1).ambiguity < 1e-30


def test_a_class_that_one_member_rules_out():
    log_p = torch.tensor([[[0.0, 0.5, 0.5]], [[0.2, 0.4, 0.4]]]).log()
    parts = log_ambiguity(log_p, torch.tensor([1]))
    assert parts.members == pytest.approx(-np.log([0.5, 0.4]).mean(), abs=1e-6)
    assert parts.ensemble == pytest.approx(np.log(2), abs=1e-6)
    assert parts.ambiguity == pytest.approx(-np.log(0.8) / 2, abs=1e-6)


def test_disagreement_by_pairs():
    log_p, _ = answers(5)
    chosen = log_p.argmax(dim=2)
    pairs = [(chosen[i] != chosen[j]).double().mean() for i in range(5) for j in range(i)]
    torch.testing.assert_close(disagreement(log_p), torch.stack(pairs).mean(), **EXACT)
    assert disagreement(log_p[:1].expand(3, -1, -1)) == 0
    opposite = torch.eye(3)[:, None].expand(-1, 4, -1)
    assert disagreement(opposite) == 1


def test_bad_arguments():
    log_p, y = answers()
    with pytest.raises(ValueError, match=r"targets must be of shape \(30,\), got \(29,\)"):
        log_ambiguity(log_p, y[1:])
    with pytest.raises(ValueError, match=r"members along axis 0, got \(30, 5\)"):
        log_ambiguity(log_p[0], y)
    with pytest.raises(ValueError, match=r"members along axis 0, got \(0, 30, 5\)"):
        log_ambiguity(log_p[:0], y)
    with pytest.raises(ValueError, match=r"targets must be of shape \(30, 5\), got \(30, 1\)"):
        squared_ambiguity(log_p, torch.zeros(30, 1))
    with pytest.raises(ValueError, match=r"K at least 2, got \(1, 30, 5\)"):
        disagreement(log_p[:1])
