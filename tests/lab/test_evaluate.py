"""Losses and accuracies: means over samples, in evaluation mode, leaving nothing behind."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from deeptricks.lab.training import evaluate, fit
from tests.lab.small import classes, sgd, small_net


def test_evaluate_changes_nothing():
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first = evaluate(model, classes())
    assert evaluate(model, classes()) == first  # no dropout
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_evaluate_keeps_no_graph():
    tracked = []

    def loss(outputs, labels):
        tracked.append(outputs.requires_grad)
        return cross_entropy(outputs, labels)

    evaluate(small_net(), classes(), 5, loss)
    assert tracked == [False, False]


@pytest.mark.parametrize("batch_size", [1, 3, 10, 1000])
def test_evaluate_is_the_mean_over_samples_whatever_the_batches(batch_size):
    model, (inputs, labels) = small_net().double(), classes()
    score = evaluate(model, (inputs.double(), labels), batch_size)
    with torch.no_grad():
        outputs = model(inputs.double())
    assert score.loss == pytest.approx(cross_entropy(outputs, labels).item(), rel=1e-12)
    right = sum(int(row.argmax()) == int(label) for row, label in zip(outputs, labels, strict=True))
    assert score.accuracy == pytest.approx(right / 10, rel=1e-12)


def test_accuracy_counts_pixels_where_labels_have_pixels():
    outputs = torch.zeros(2, 3, 2, 2)
    outputs[:, 1] = 1.0  # always says class 1
    labels = torch.tensor([[[1, 1], [1, 0]], [[0, 0], [2, 1]]])
    score = evaluate(nn.Identity(), (outputs, labels), batch_size=1)
    assert score.accuracy == 4 / 8


@pytest.mark.parametrize("targets", [torch.zeros(5, 3), torch.zeros(5, 3).long()])
def test_regression_has_no_accuracy(targets):
    model = nn.Linear(4, 3)
    data = (torch.ones(5, 4), targets)
    history = fit(model, data, data, optimizer=sgd(model), epochs=1, batch_size=2, loss=mse_loss)
    assert list(history.table.columns) == ["epoch", "train_loss", "test_loss", "seconds"]
    assert math.isnan(evaluate(model, data, loss=mse_loss).accuracy)


@pytest.mark.parametrize("smooth", [0.0, 0.3])
def test_probabilities_count_by_their_likeliest_class(smooth):
    inputs, labels = classes()
    soft = (1 - smooth) * nn.functional.one_hot(labels, 3).float() + smooth / 3
    model = small_net()
    hard = evaluate(model, (inputs, labels))
    assert evaluate(model, (inputs, soft)).accuracy == hard.accuracy
    history = fit(model, (inputs, soft), optimizer=sgd(model, 0.0), epochs=1, batch_size=3)
    assert history.last["train_accuracy"] == pytest.approx(hard.accuracy)
