"""The range test: rates, losses and end as said, and everything as before afterwards."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from deeptricks import optimization
from deeptricks.optimization import lr_range_test


class Quadratic(nn.Module):
    """Loss ½ a w²: one step of gradient descent multiplies w by 1 − η a."""

    def __init__(self, a=1.0, w=1.0):
        super().__init__()
        self.a = a
        self.w = nn.Parameter(torch.tensor(w, dtype=torch.float64))

    def forward(self, x):
        return 0.5 * self.a * self.w**2


def value(output, target):
    return output


NOTHING = [(None, None)]


def test_each_loss_is_that_after_its_step():
    model = Quadratic()
    sgd = torch.optim.SGD(model.parameters(), lr=9.0)
    seen = lr_range_test(model, value, NOTHING, sgd, low=0.01, high=1.0, steps=5, smoothing=0.5)
    rates = 0.01 * 100 ** (np.arange(5) / 4)
    w = np.cumprod(1 - rates)
    np.testing.assert_allclose(seen.rates, rates, rtol=1e-12)
    np.testing.assert_allclose(seen.losses, 0.5 * w**2, rtol=1e-12, atol=1e-15)
    assert seen.first_loss == 0.5
    assert not seen.diverged
    assert seen.largest == seen.rates[-1]
    losses = 0.5 * w**2
    weights = [[0.5 ** (n - i) for i in range(n)] for n in range(1, 6)]  # of the average
    expected = [np.dot(v, losses[: len(v)]) / sum(v) for v in weights]
    np.testing.assert_allclose(seen.smoothed, expected, rtol=1e-12)


@pytest.mark.parametrize("curvature", [0.1, 1.0, 10.0])
def test_gradient_descent_diverges_beyond_two_over_the_curvature(curvature):
    model = Quadratic(curvature)
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    low, high = 1.1e-3 / curvature, 1e6 / curvature
    seen = lr_range_test(model, value, NOTHING, sgd, low, high, steps=60)
    assert seen.diverged
    assert seen.rates[-1] < high
    assert seen.rates[-2] == seen.largest
    # Every loss falls while the rate is below 2/a; the test must not end before that.
    assert 2 / curvature < seen.largest
    assert seen.lowest > low
    assert seen.suggestion == seen.lowest / 10
    assert seen.steepest < 2 / curvature


class Scripted(nn.Module):
    """Its losses are what was written down, whatever the weights."""

    def __init__(self, losses):
        super().__init__()
        self.w = nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.losses = iter(losses)

    def forward(self, x):
        return next(self.losses) + 0 * self.w


@pytest.mark.parametrize(
    ("losses", "steps", "diverged"),
    [
        ([1, 1, 4.0, 1, 1], 4, False),  # after the first: 1, 4, 1, 1
        ([1, 1, 4.1, 1, 1], 2, True),
        ([9, 1, math.nan, 1, 1], 2, True),
        ([9, math.inf, 1, 1, 1], 1, True),
        ([9, 100, 1, 3.9, 4.1], 4, True),
        ([-1, -1, 1.9, -1, -1], 4, False),  # −1 + 3 · 1 = 2
        ([-1, -1, 2.1, -1, -1], 2, True),
    ],
)
def test_when_it_stops(losses, steps, diverged):
    model = Scripted(losses)
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    seen = lr_range_test(model, value, NOTHING, sgd, steps=4, smoothing=0.0, stop_factor=4.0)
    assert len(seen.rates) == len(seen.losses) == len(seen.smoothed) == steps
    assert seen.diverged is diverged
    np.testing.assert_array_equal(seen.losses, losses[1 : steps + 1])


def test_stops_only_at_losses_that_are_not_finite():
    model = Scripted([1, 1, 1e9, 1e30, math.nan])
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    seen = lr_range_test(model, value, NOTHING, sgd, steps=4, stop_factor=math.inf)
    assert len(seen.rates) == 4
    assert seen.diverged


def test_batches_are_taken_in_turn_and_begun_anew():
    model = Quadratic()
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    taken = []

    def loss(output, target):
        taken.append(target)
        return output

    lr_range_test(model, loss, [(None, i) for i in range(3)], sgd, low=1e-9, high=1e-8, steps=4)
    assert taken == [0, 1, 2, 0, 1]


def test_groups_keep_their_proportion():
    class Sum(nn.ModuleList):
        def forward(self, x):
            return sum(each(x) for each in self)

    first, second = both = Sum([Quadratic(), Quadratic()])
    groups = [
        {"params": first.parameters(), "lr": 0.1},
        {"params": second.parameters(), "lr": torch.tensor(0.02, dtype=torch.float64)},
    ]
    sgd = torch.optim.SGD(groups)
    rate = sgd.param_groups[1]["lr"]
    seen = lr_range_test(both, value, NOTHING, sgd, low=0.1, high=0.2, steps=2)
    expected = 0.5 * (0.9 * 0.8) ** 2 + 0.5 * (0.98 * 0.96) ** 2
    assert seen.losses[-1] == pytest.approx(expected, rel=1e-12)
    assert sgd.param_groups[1]["lr"] is rate
    assert rate == 0.02


# Everything as before --------------------------------------------------------------------------


class Net(nn.Module):
    """Batch norm and dropout, a frozen layer in evaluation mode, a buffer that is not saved."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
        self.out = nn.Linear(8, 3)
        self.register_buffer("calls", torch.zeros(()), persistent=False)
        self.hidden[0].bias.requires_grad_(False)
        self.hidden[1].eval()

    def forward(self, x):
        self.calls = self.calls + 1
        return self.out(self.hidden(x))


def snapshot(model, optimizer):
    return copy.deepcopy(
        {
            "weights": [p.detach() for p in model.parameters()],
            "gradients": [p.grad for p in model.parameters()],
            "buffers": list(model.buffers()),
            "modes": [m.training for m in model.modules()],
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
    )


def objects(model, optimizer):
    tensors = [*model.parameters(), *model.buffers(), *(p.grad for p in model.parameters())]
    return [id(t) for t in tensors]


def same(one, other):
    if isinstance(one, torch.Tensor):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        same(list(one.values()), list(other.values()))
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    else:
        assert one == other


def prepared(kind):
    torch.manual_seed(0)
    model = Net()
    data = TensorDataset(torch.randn(40, 4), torch.randint(3, (40,)))
    batches = DataLoader(data, batch_size=10, shuffle=True)
    optimizer = kind(model.parameters())
    for x, y in batches:  # so that there are gradients, and a state
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step(lambda loss=loss: loss)
    return model, optimizer, batches


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


OPTIMIZERS = [momentum, torch.optim.Adam, optimization.LBFGS, optimization.SGD, optimization.Adam]


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_as_before(kind, fails):
    model, optimizer, batches = prepared(kind)
    calls = []

    def loss(output, target):
        calls.append(len(calls))
        if fails and len(calls) == 7:
            raise KeyboardInterrupt
        return nn.functional.cross_entropy(output, target)

    before, tensors = snapshot(model, optimizer), objects(model, optimizer)
    if fails:
        with pytest.raises(KeyboardInterrupt):
            lr_range_test(model, loss, batches, optimizer, steps=8)
    else:
        lr_range_test(model, loss, batches, optimizer, steps=8)
    assert objects(model, optimizer) == tensors
    same(snapshot(model, optimizer), before)


def test_the_training_that_follows_is_the_same():
    outcomes = []
    for tested in (True, False):
        model, optimizer, batches = prepared(torch.optim.Adam)
        if tested:
            lr_range_test(model, nn.functional.cross_entropy, batches, optimizer, steps=20)
        for x, y in batches:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        outcomes.append([p.detach() for p in model.parameters()])
    same(*outcomes)


def test_the_model_is_tested_in_training_mode():
    seen = []
    model = Net().eval()
    model.hidden[1].register_forward_hook(lambda module, *_: seen.append(module.training))
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    batches = [(torch.randn(10, 4), torch.zeros(10, dtype=int))]
    lr_range_test(model, nn.functional.cross_entropy, batches, sgd, steps=2)
    assert seen == [True] * 3
    assert not model.training


# Arguments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"low": 0.0}, "low"),
        ({"low": 1.0, "high": 1.0}, "low must be below high"),
        ({"high": math.inf}, "high"),
        ({"steps": 1}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"smoothing": 1.0}, "smoothing"),
        ({"smoothing": -0.1}, "smoothing"),
        ({"stop_factor": 1.0}, "stop_factor"),
        ({"stop_factor": math.nan}, "stop_factor"),
        ({"batches": []}, "batches"),
        ({"batches": iter(NOTHING * 3)}, "batches"),
        ({"model": Quadratic(math.nan)}, "loss must be finite"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    model = arguments.setdefault("model", Quadratic())
    sgd = torch.optim.SGD(model.parameters(), lr=0.5)
    with pytest.raises(ValueError, match=named):
        lr_range_test(**{"loss": value, "batches": NOTHING, "optimizer": sgd, **arguments})
    assert sgd.param_groups[0]["lr"] == 0.5
    assert model.w == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_its_random_state_is_restored():
    model = Net().cuda()
    adam = torch.optim.Adam(model.parameters())
    batches = [(torch.randn(10, 4, device="cuda"), torch.zeros(10, dtype=int, device="cuda"))]
    before = torch.cuda.get_rng_state()
    weights = [p.detach().clone() for p in model.parameters()]
    lr_range_test(model, nn.functional.cross_entropy, batches, adam, steps=5)
    assert torch.equal(torch.cuda.get_rng_state(), before)
    same([p.detach() for p in model.parameters()], weights)
