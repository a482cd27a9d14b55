import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from deeptricks.lab import training
from deeptricks.lab.stacked import ManyMLP, evaluate, fit, losses, steps_to_loss

INPUTS = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
LABELS = (INPUTS.sum(dim=1) > 0).long()


def one_of(nets, index):
    """Network `index` of the batch as an ordinary module."""
    layers = []
    for weight, bias in zip(nets.weights, nets.biases, strict=True):
        layer = nn.Linear(*weight.shape[1:])
        layer.weight.data, layer.bias.data = weight[index].T.clone(), bias[index, 0].clone()
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def test_each_network_computes_what_it_would_alone():
    nets = ManyMLP((3, 5, 4, 2), seeds=[7, 8])
    for index in range(2):
        torch.testing.assert_close(nets(INPUTS)[index], one_of(nets, index)(INPUTS))


def test_a_seed_draws_the_same_network_in_any_company():
    alone, together = ManyMLP((3, 5, 2), [8]), ManyMLP((3, 5, 2), [7, 8])
    assert torch.equal(alone(INPUTS)[0], together(INPUTS)[1])
    assert not torch.equal(together(INPUTS)[0], together(INPUTS)[1])


def test_weights_start_with_variance_one_over_fan_in():
    weight = ManyMLP((400, 50, 2), seeds=range(5)).weights[0]
    assert weight.var().item() == pytest.approx(1 / 400, rel=0.02)


@pytest.mark.parametrize("seed_index", [0, 1])
def test_the_fewest_steps_are_those_of_plain_gradient_descent(seed_index):
    rates, seeds = [0.5, 2.0], [3, 4]
    steps = steps_to_loss(INPUTS, LABELS, target=0.3, rates=rates, seeds=seeds, hidden=(6,))
    net = one_of(ManyMLP((3, 6, 2), seeds), seed_index)
    optimizer = torch.optim.SGD(net.parameters(), rates[1])
    count = 0
    while (loss := cross_entropy(net(INPUTS), LABELS)) >= 0.3:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count += 1
    assert steps[1, seed_index] == count > 1
    assert steps[0, seed_index] > count


def test_a_rate_that_never_arrives_is_infinite():
    steps = steps_to_loss(INPUTS, LABELS, target=0.3, rates=[1e-6, 1.0], seeds=[0], max_steps=50)
    assert steps[0, 0] == math.inf
    assert steps[1, 0] < 50


def test_sizes_need_two_ends():
    with pytest.raises(ValueError, match=r"sizes.*\(3,\)"):
        ManyMLP((3,), seeds=[0])


RULES = [
    partial(torch.optim.SGD, momentum=0.9, nesterov=True, weight_decay=0.1),
    partial(torch.optim.AdamW, weight_decay=0.5),
    partial(torch.optim.RMSprop, momentum=0.5, centered=True),
    torch.optim.Adagrad,
]


def train_alone(rule, net, inputs, rate, seed, epochs, size, factor):
    """The textbook loop, with the rate given to the rule itself; returns the losses."""
    optimizer = rule(net.parameters(), lr=rate)
    generator = torch.Generator().manual_seed(seed)
    seen, batches = [], len(inputs) // size
    for epoch in range(epochs):
        order = torch.randperm(len(inputs), generator=generator)
        for batch in range(batches):
            optimizer.param_groups[0]["lr"] = rate * factor(
                (epoch * batches + batch) / epochs / batches
            )
            rows = order[batch * size : (batch + 1) * size]
            optimizer.zero_grad()
            loss = cross_entropy(net(inputs[rows]), LABELS[rows])
            loss.backward()
            optimizer.step()
            seen.append(loss.item())
    return torch.tensor(seen)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("index", [0, 1])
def test_a_network_among_many_is_trained_as_it_would_be_alone(rule, index):
    rates, seeds = [0.01, 0.1], [5, 6]
    nets = ManyMLP((3, 6, 2), seeds).double()
    alone = one_of(nets, index)

    def factor(t):
        return 1 - 0.9 * t

    data = INPUTS.double(), LABELS
    seen = fit(
        nets, data, optimizer=rule, rates=rates, seeds=seeds, epochs=3, batch_size=12,
        schedule=factor,
    )  # fmt: skip
    assert seen.shape == (9, 2)
    expected = train_alone(rule, alone, data[0], rates[index], seeds[index], 3, 12, factor)
    torch.testing.assert_close(seen[:, index].float(), expected)
    torch.testing.assert_close(nets(data[0])[index], alone(data[0]), rtol=0, atol=1e-10)


def test_the_full_batch_needs_no_order_and_each_step_is_told():
    told, nets = [], ManyMLP((3, 6, 2), [0, 0])
    seen = fit(
        nets, (INPUTS, LABELS), optimizer=torch.optim.SGD, rates=[0.1, 0.1], seeds=[1, 2],
        epochs=4, batch_size=None, on_step=told.append,
    )  # fmt: skip
    assert told == [1, 2, 3, 4]
    assert torch.equal(seen[:, 0], seen[:, 1])
    assert seen[-1, 0] < seen[0, 0]


def test_a_network_that_diverges_leaves_the_others_alone():
    options = {"optimizer": torch.optim.SGD, "seeds": [0, 1], "epochs": 9, "batch_size": 20}
    wild, calm = ManyMLP((3, 6, 2), [0, 1], torch.relu), ManyMLP((3, 6, 2), [0, 1], torch.relu)
    fit(wild, (INPUTS, LABELS), rates=[1e30, 0.1], **options)
    fit(calm, (INPUTS, LABELS), rates=[0.0, 0.1], **options)
    found, accuracies = evaluate(wild, (INPUTS, LABELS))
    expected = evaluate(calm, (INPUTS, LABELS))
    assert not found[0].isfinite()
    assert (found[1], accuracies[1]) == (expected[0][1], expected[1][1])


def test_loss_and_accuracy_are_those_of_each_network():
    nets = ManyMLP((3, 6, 2), [0, 1])
    found, accuracies = evaluate(nets, (INPUTS, LABELS))
    for index in range(2):
        outputs = one_of(nets, index)(INPUTS)
        torch.testing.assert_close(found[index], cross_entropy(outputs, LABELS))
        assert accuracies[index] == (outputs.argmax(1) == LABELS).double().mean()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"rates": [0.1]}, "rates must be one for each of 2 networks, got 1"),
        ({"seeds": [1, 2, 3]}, "seeds must be one for each of 2 networks, got 3"),
        ({"batch_size": 41}, "batch_size must be 1 … 40 or None, got 41"),
        ({"batch_size": 0}, "batch_size must be 1 … 40 or None, got 0"),
    ],
)
def test_bad_arguments_of_fit_are_named(bad, message):
    good = {"optimizer": torch.optim.SGD, "rates": [1, 1], "seeds": [0, 1], "epochs": 1}
    with pytest.raises(ValueError, match=message):
        fit(ManyMLP((3, 2), [0, 1]), (INPUTS, LABELS), **{"batch_size": 8, **good, **bad})


def test_the_losses_of_each_network():
    logits = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(14).view(2, 7) % 3
    expected = [cross_entropy(logits[m], labels[m]) for m in range(2)]
    torch.testing.assert_close(losses(logits, labels), torch.stack(expected))


def test_what_fills_no_batch_is_left_out_where_training_fit_keeps_it():
    """40 samples in batches of 12: three steps an epoch here, four there; of 8: equal.

    The chapters' numbers stand on it; `runs.train_many` keeps what `training.fit` keeps.
    """
    for size, steps in ((8, 5), (12, 3)):
        nets = ManyMLP((3, 6, 2), [0]).double()
        alone, data = one_of(nets, 0), (INPUTS.double(), LABELS)
        kept = fit(
            nets, data, optimizer=torch.optim.SGD, rates=[0.1], seeds=[4], epochs=2, batch_size=size
        )
        optimizer = torch.optim.SGD(alone.parameters(), lr=0.1)
        training.fit(alone, data, optimizer=optimizer, epochs=2, batch_size=size, seed=4)
        assert len(kept) == 2 * steps
        same = torch.allclose(nets(data[0])[0], alone(data[0]), rtol=0, atol=1e-12)
        assert same == (size == 8)
