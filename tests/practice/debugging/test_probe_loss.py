import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.case import Case, Clock
from deeptricks.practice.debugging.outputs import (
    best_constant,
    best_free,
    class_scores,
    kind_of_targets,
)
from deeptricks.practice.debugging.probe_loss import asked, check_sign, family
from deeptricks.practice.debugging.setup import Setup
from deeptricks.practice.debugging.snapshot import Snapshot


def case_of(output, y, loss):
    """A case whose model has put out `output` for the only batch."""
    model = nn.Linear(1, 1)
    setup = Setup(model, [(torch.zeros(len(y), 1), y)], loss)
    case = Case(setup, Snapshot(model), Clock(10), data=[(torch.zeros(len(y), 1), y)])
    case.output = output
    case.kind = kind_of_targets(case)
    case.numbers["asked"] = asked(case, output, y)
    return case


def test_a_judge_that_reads_no_target_has_no_sign():
    """As the loss of a GAN's generator: how the targets would be judged says nothing of it."""
    y = torch.linspace(-1, 1, 12)[:, None]
    judge = case_of(
        torch.zeros(12, 1), y, lambda output, y: functional.softplus(-output + 1).mean()
    )
    judge.kind = "values"
    judge.numbers["asked"] = {}
    for sign in (1, -1):
        judge.setup.loss = lambda output, y, sign=sign: sign * (output.exp() - output.abs()).mean()
        check_sign(judge)
    assert judge.findings == []
    judge.setup.loss = lambda output, y: -functional.mse_loss(output, y)
    check_sign(judge)
    assert [item.code for item in judge.findings] == ["loss.sign"]


def outputs(rows, columns, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


LABELS, BITS = torch.arange(12) % 3, (torch.arange(12) % 2).float()[:, None]


def focal(output, y):
    p = functional.softmax(output, 1).gather(1, y[:, None])
    return (-((1 - p) ** 2) * p.log()).mean()


def smoothed(output, y):
    return functional.cross_entropy(output, y, label_smoothing=0.1)


def of_probabilities(output, y):
    return functional.nll_loss(output.log(), y)


@pytest.mark.parametrize(
    ("y", "loss", "takes"),
    [
        (LABELS, functional.cross_entropy, "logits"),
        (LABELS, lambda o, y: 7 * functional.cross_entropy(o, y, reduction="sum"), "logits"),
        (LABELS, focal, "logits"),
        (LABELS, smoothed, "logits"),
        (LABELS, functional.multi_margin_loss, "logits"),
        (LABELS, functional.nll_loss, "log-probabilities"),
        (LABELS, of_probabilities, "probabilities"),
        (BITS, functional.binary_cross_entropy_with_logits, "logits"),
        (BITS, functional.binary_cross_entropy, "probabilities"),
        (BITS, functional.mse_loss, ""),
        (functional.one_hot(LABELS, 3).float(), functional.mse_loss, ""),
    ],
)
def test_what_a_loss_takes_is_measured(y, loss, takes):
    columns = y.shape[1] if y.ndim > 1 else 3
    assert family(case_of(outputs(12, columns), y, loss)) == takes


@pytest.mark.parametrize("columns", [3, 10])
def test_the_best_constant_output_costs_the_entropy_of_the_classes(columns):
    y = torch.arange(60) % columns
    case = case_of(outputs(60, columns), y, functional.cross_entropy)
    assert best_constant(case) == pytest.approx(torch.tensor(columns).log().item(), rel=1e-3)
    assert best_free(case) < 1e-2


def test_the_best_constant_of_a_squared_error_costs_the_variance():
    y = 1000 + 30 * outputs(50, 1)
    case = case_of(outputs(50, 1, 1), y, functional.mse_loss)
    assert best_constant(case) == pytest.approx(float(y.var(correction=0)), rel=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("y", "loss"), [(LABELS, functional.cross_entropy), (outputs(12, 2, 3), functional.mse_loss)]
)
def test_only_the_wrong_sign_is_found(y, loss, sign):
    columns = y.shape[1] if y.ndim > 1 else 3
    case = case_of(outputs(12, columns), y, lambda o, t: sign * loss(o, t))
    check_sign(case)
    assert [item.code for item in case.findings] == (["loss.sign"] if sign < 0 else [])


def test_a_distance_is_small_for_pairs_that_are_alike():
    def contrastive(distance, y):
        return (y * distance**2 + (1 - y) * (1 - distance).clamp_min(0) ** 2).mean()

    case = case_of(outputs(12, 1).abs(), BITS, contrastive)
    case.floor = best_free(case)
    check_sign(case)
    assert case.findings == []


def test_codes_that_are_compared_with_centers_are_no_scores_of_classes():
    centers = outputs(3, 8, 5)

    def to_centers(codes, y):
        return functional.cross_entropy(-torch.cdist(codes, centers).square(), y)

    for seed in range(4):
        case = case_of(outputs(12, 8, seed), LABELS, to_centers)
        check_sign(case)
        assert case.findings == []
    assert not class_scores(case)
    assert class_scores(case_of(outputs(12, 3), LABELS, functional.cross_entropy))
