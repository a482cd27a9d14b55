"""Tables: perceptrons for classes, numbers, counts, several labels, densities."""

from itertools import pairwise

import numpy as np
import torch
from sklearn import datasets
from torch import nn
from torch.nn import functional as F  # noqa: N812

from tests.practice.clinic.unread_cases import (
    accuracy,
    balanced,
    broken,
    certainty,
    healthy,
    loader,
    r2,
    set_up,
)  # fmt: skip
from tests.practice.clinic.unread_data import digits, split, table, tensors


def wine(rng, fault=None):
    """Three cultivars from 13 chemical measurements, tanh."""
    raw = fault == "milligrams and percents"
    (xt, yt), (xv, yv), (xs, ys) = table(rng, "wine", (100, 28, 50), raw=raw)
    model = nn.Sequential(
        nn.Linear(13, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3)
    )
    if fault == "biases of 8":
        for layer in model[:3:2]:
            nn.init.constant_(layer.bias, 8.0)
    decay = 0.5 if fault == "decay of one half" else 1e-4
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=decay)
    return set_up(
        model, loader(xt, yt, 20), nn.CrossEntropyLoss(), optimizer, 150,
        lambda: certainty_of_classes(model, xs, ys), val_batches=loader(xv, yv, 28, False),
    )  # fmt: skip


def certainty_of_classes(model, x, y):
    """Cross-entropy saved against the base rates of the classes, at least -1."""
    model.eval()
    with torch.no_grad():
        nats = F.cross_entropy(model(x), y)
    model.train()
    p = torch.bincount(y) / len(y)
    return max(-1.0, float(1 - nats / -(p * p.clamp_min(1e-9).log()).sum()))


def cancer(rng, fault=None):
    """Benign or malignant, one logit."""
    (xt, yt), (xv, yv), (xs, ys) = [
        (x, y.float()) for x, y in table(rng, "breast_cancer", (350, 79, 140))
    ]
    body = [nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)]
    model = nn.Sequential(*body, *([nn.Sigmoid()] if fault == "sigmoid twice" else []))
    criterion = nn.BCEWithLogitsLoss()
    if fault == "no sigmoid before BCE":
        criterion = nn.BCELoss()  # raises: "all elements of input should be between 0 and 1"
    if fault == "labels -1 and +1":
        yt, yv = 2 * yt - 1, 2 * yv - 1
    if fault == "biases of -4":
        nn.init.constant_(body[0].bias, -4.0)
        nn.init.constant_(body[2].bias, -4.0)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    return set_up(
        model, loader(xt, yt[:, None], 32), criterion, optimizer, 250,
        lambda: certainty(model, xs, ys), val_batches=loader(xv, yv[:, None], 79),
    )  # fmt: skip


def diabetes(rng, fault=None):
    """Progress of the disease after a year, a squared error."""
    (xt, yt), (xv, yv), (xs, ys) = table(
        rng, "diabetes", (280, 60, 102), raw_target=fault == "targets of 25 to 346"
    )
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
    if fault != "column against row":
        yt, yv = yt[:, None], yv[:, None]
    if fault == "progression code among the columns":

        def coded(x, y):
            return torch.cat([x[:, :9], y + 0.05 * torch.randn(len(y), 1)], 1)

        xt, xv = coded(xt, yt), coded(xv, yv)
    optimizer = torch.optim.SGD(model.parameters(), 0.03, momentum=0.8)
    return set_up(
        model, loader(xt, yt, 28), nn.MSELoss(), optimizer, 200, lambda: r2(model, xs, ys),
        val_batches=loader(xv, yv, 60),
    )  # fmt: skip


class Block(nn.Module):
    """A residual block with a layer norm."""

    def __init__(self, width):
        super().__init__()
        self.norm, self.up = nn.LayerNorm(width), nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(self.norm(x))))


class ResMLP(nn.Module):
    """A perceptron with a residual stream."""

    def __init__(self, features, width=48, outputs=1):
        super().__init__()
        self.stem = nn.Linear(features, width)
        self.blocks = nn.Sequential(Block(width), Block(width))
        self.head = nn.Linear(width, outputs)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x))).squeeze(-1)


def friedman(rng, fault=None):
    """Friedman's first function of ten variables, a residual perceptron."""
    x, y = datasets.make_friedman1(1400, noise=0.5, random_state=int(rng.integers(1 << 30)))
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x * 3.46 - 1.73, (y - y.mean()) / y.std(),
                                         (900, 200, 300))  # fmt: skip
    model = ResMLP(10)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    if fault == "optimizer of the old model":
        model = ResMLP(10)
    if fault == "relu at the end":
        model.head = nn.Sequential(model.head, nn.ReLU())
    if fault == "missing values":
        xt[rng.choice(900, 4, replace=False), 6] = float("nan")

    def no_step(a, b):
        optimizer.zero_grad()
        value = F.smooth_l1_loss(model(a), b)
        value.backward()
        return value.item()

    def cleared_before(a, b):
        value = F.smooth_l1_loss(model(a), b)
        value.backward()
        optimizer.zero_grad()
        optimizer.step()
        return value.item()

    own = {"step() forgotten": no_step, "cleared before the step": cleared_before}
    return set_up(
        model, loader(xt, yt, 45), nn.SmoothL1Loss(), optimizer, 240,
        lambda: r2(model, xs, ys), val_batches=loader(xv, yv, 100), step=own.get(fault),
    )  # fmt: skip


def moons(rng, fault=None):
    """Two interlocking half-moons, turned thrice: no line separates them."""
    n = 900
    turn, label = rng.uniform(0.5, 2.6, n), rng.integers(0, 2, n)
    angle = 2 * np.pi * turn / 1.6 + np.pi * label
    x = turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(0, 0.05, (n, 2))
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, label, (600, 100, 200))
    act = nn.Identity if fault == "activations forgotten" else nn.SiLU
    model = nn.Sequential(
        nn.Linear(2, 64), act(), nn.Linear(64, 64), act(), nn.Linear(64, 64), act(),
        nn.Linear(64, 2),
    )  # fmt: skip
    rate = 3e-6 if fault == "rate of 3e-6" else 4e-3
    optimizer = torch.optim.Adam(model.parameters(), rate)
    return set_up(
        model, loader(xt, yt, 50), nn.CrossEntropyLoss(), optimizer, 500,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 100),
    )  # fmt: skip


def several_labels(rng, fault=None):
    """Twelve features, six labels of which each may hold or not."""
    x = rng.normal(size=(1300, 12))
    hidden = np.tanh(x @ rng.normal(0, 0.6, (12, 10))) @ rng.normal(0, 1, (10, 6))
    y = (hidden + rng.normal(0, 0.2, hidden.shape) > 0).astype("float32")
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (900, 100, 300))
    model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 6))
    if fault == "dropout on the outputs":
        model.append(nn.Dropout(0.8))
    if fault == "dropout of .95":
        model.insert(0, nn.Dropout(0.9))
        model.insert(3, nn.Dropout(0.95))
    if fault == "inputs rolled by a row":
        xt = xt.roll(1, 0)
    one = fault == "one of many"
    criterion = nn.CrossEntropyLoss() if one else nn.BCEWithLogitsLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), 3e-3)
    return set_up(
        model, loader(xt, yt, 45), criterion, optimizer, 300,
        lambda: certainty(model, xs, ys), val_batches=loader(xv, yv, 50),
    )  # fmt: skip


def fraud(rng, fault=None):
    """A few cases in a hundred, in the middle of the others; the twin draws them as often."""
    n, rare = 3000, 45

    def draw(ordinary, odd):
        a = rng.normal(size=(ordinary, 6))
        b = rng.normal(size=(odd, 6)) * 0.6
        b[:, :2] += np.where(rng.random((odd, 1)) < 0.5, 1.3, -1.3)
        return tensors(np.concatenate([a, b]), np.repeat([0.0, 1.0], [ordinary, odd])[:, None])

    (xt, yt), (xv, yv), (xs, ys) = draw(n - rare, rare), draw(490, 10), draw(500, 500)
    model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
    weights = torch.where(yt[:, 0] > 0, len(yt) / yt.sum(), torch.tensor(1.0))
    even = torch.utils.data.WeightedRandomSampler(weights, n)
    if fault == "45 frauds in 3000":
        batches = loader(xt, yt, 50)
    else:
        batches = loader(xt, yt, 50, shuffle=False, sampler=even)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    return set_up(
        model, batches, nn.BCEWithLogitsLoss(), optimizer, 180,
        lambda: balanced(model, xs, ys), val_batches=loader(xv, yv, 100),
    )  # fmt: skip


class Mixture(nn.Module):
    """A mixture density network: weights, means and log-widths of five Gaussians."""

    def __init__(self, parts=5):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh())
        self.weight, self.mean = nn.Linear(40, parts), nn.Linear(40, parts)
        self.width = nn.Linear(40, parts)
        with torch.no_grad():
            self.mean.bias.copy_(torch.linspace(-1.5, 1.5, parts))

    def forward(self, x):
        h = self.body(x)
        return self.weight(h), self.mean(h), self.width(h)


def log_likelihood(out, y):
    """Mean log-density of y in nats."""
    weight, mean, width = out
    parts = torch.distributions.Normal(mean, width.clamp(-5, 5).exp()).log_prob(y)
    return (parts + weight.log_softmax(-1)).logsumexp(-1).mean()


def inverse_sine(rng, fault=None):
    """Bishop's inverse problem: several answers to one question."""
    t = rng.uniform(0, 1, (1500, 1))
    x = t + 0.3 * np.sin(2 * np.pi * t) + rng.uniform(-0.1, 0.1, t.shape)
    (xt, yt), (xv, yv), (xs, ys) = split(rng, (x - 0.5) * 3.2, (t - 0.5) * 3.46, (1000, 200, 300))
    model = Mixture()
    optimizer = torch.optim.Adam(model.parameters(), 0.5 if fault == "rate of .5" else 5e-3)
    sign = 1 if fault == "likelihood minimized" else -1

    def score():
        with torch.no_grad():
            return max(-1.0, (log_likelihood(model(xs), ys) + 1.42).item() / 1.2)

    return set_up(
        model, loader(xt, yt, 100), lambda out, y: sign * log_likelihood(out, y), optimizer,
        400, score, val_batches=loader(xv, yv, 100),
    )  # fmt: skip


def counts(rng):
    """How many bicycles an hour: Poisson."""
    x = rng.normal(size=(1200, 5))
    rate = np.exp(1.5 + 1.0 * np.sin(2 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2].clip(-1, 1))
    y = rng.poisson(rate.clip(0, 60)).astype("float32")[:, None]
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (800, 150, 250))
    model = nn.Sequential(nn.Linear(5, 64), nn.ELU(), nn.Linear(64, 64), nn.ELU(),
                          nn.Linear(64, 1))  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)

    def score():
        with torch.no_grad():
            lam = model(xs).clamp(max=10).exp().clamp_min(1e-6)
        dev = (lam - ys * lam.log()).mean() - (ys - torch.xlogy(ys, ys)).mean()
        mean = ys.mean()
        null = (mean - ys * mean.log()).mean() - (ys - torch.xlogy(ys, ys)).mean()
        return max(-1.0, float((1 - dev / null).nan_to_num(-1.0)))

    return set_up(
        model, loader(xt, yt, 40), nn.PoissonNLLLoss(), optimizer, 300, score,
        val_batches=loader(xv, yv, 75),
    )  # fmt: skip


def digits_as_rows(rng, fault=None, depth=3):
    """Digits as rows of 64 numbers."""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1), y) for x, y in digits(rng)]
    deep = fault == "nine sigmoid layers"
    act, depth = (nn.Sigmoid, 9) if deep else (nn.ReLU, depth)
    sizes = [64] + [48] * depth
    hidden = [m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), act())]
    one = fault == "squared error of the class number"
    narrow = fault == "a bottleneck of one"
    if narrow:
        hidden[-2:] = [nn.Linear(48, 1), nn.ReLU()]
    model = nn.Sequential(*hidden, nn.Linear(1 if narrow else 48, 1 if one else 10))
    if fault == "every weight 0.02":
        for layer in model[::2]:
            nn.init.constant_(layer.weight, 0.02)
            nn.init.zeros_(layer.bias)
    if fault == "weights of sd 1":
        for layer in model[::2]:
            nn.init.normal_(layer.weight, 0, 1)
    if fault == "weights of sd .001":
        for layer in model[::2]:
            nn.init.normal_(layer.weight, 0, 0.001)
            nn.init.zeros_(layer.bias)
    criterion = nn.CrossEntropyLoss()
    if one:

        def criterion(out, y):
            return F.mse_loss(out.squeeze(1), y.float())

    if fault == "squared error of the argmax":

        def criterion(out, y):
            value = F.mse_loss(out.argmax(1).float(), y.float())
            return value.requires_grad_()  # "element 0 of tensors does not require grad"

    batches = loader(xt, yt, 50)
    if fault == "sorted by class":
        order = yt.argsort(stable=True)
        batches = loader(xt[order], yt[order], 50, shuffle=False)
    optimizer = torch.optim.SGD(model.parameters(), 0.02 if one else 0.1, momentum=0.9)
    number = (lambda out: out[:, 0].round().long()) if one else None
    return set_up(
        model, batches, criterion, optimizer, 200, lambda: accuracy(model, xs, ys, number),
        val_batches=loader(xv, yv, 100),
    )  # fmt: skip


P, R = "perceptron", "regression"
CASES = [
    broken(wine, "milligrams and percents", "data.not_normalized",
           "proline (750) and hue (1) side by side saturate the tanh units", P),
    broken(wine, "biases of 8", ("init.dead_units", "init.scale"),
           "tanh(8): every unit is saturated for every wine", P),
    broken(wine, "decay of one half", "optimizer.weight_decay",
           "weight_decay=0.5 holds the weights near zero", P),
    broken(cancer, "sigmoid twice", "loss.activation_twice",
           "BCEWithLogitsLoss on a model that ends in a sigmoid", "binary"),
    broken(cancer, "no sigmoid before BCE", "loss.activation_missing",
           "BCELoss gets logits and raises", "binary"),
    broken(cancer, "labels -1 and +1", "data.label_range",
           "BCE with targets of -1: the loss falls without end", "binary"),
    broken(cancer, "biases of -4", ("init.dead_units", "init.scale"),
           "ReLU units with biases of -4 are off for every patient", "binary"),
    broken(diabetes, "targets of 25 to 346", "data.target_scale",
           "raw targets: a loss of 29000 bursts at a rate that suits targets of sd 1", R),
    broken(diabetes, "column against row", "loss.broadcast",
           "(N, 1) - (N,) is N x N: the mean is learned", R),
    broken(diabetes, "progression code among the columns", "data.leakage",
           "a column made from the target", R, "validation looks perfect; fresh patients fail"),
    broken(friedman, "optimizer of the old model", "optimizer.missing_params",
           "the model was built again after the optimizer", "residual perceptron"),
    broken(friedman, "relu at the end", "model.output_activation",
           "standardized targets are negative half of the time", "residual perceptron"),
    broken(friedman, "missing values", "data.nonfinite",
           "four NaN of 9000 numbers: NaN after a few steps", "residual perceptron"),
    broken(friedman, "step() forgotten", "loop.no_update", "backward without step",
           "residual perceptron"),
    broken(friedman, "cleared before the step", "loop.no_update",
           "zero_grad between backward and step", "residual perceptron"),
    broken(moons, "activations forgotten", "model.underpowered", "four linear layers are one", P),
    broken(moons, "rate of 3e-6", "optimizer.lr_too_low", "Adam at 3e-6 for 500 steps", P),
    broken(several_labels, "dropout on the outputs", "model.dropout",
           "four logits of five are zeroed", "multi-label"),
    broken(several_labels, "dropout of .95", "model.dropout",
           "one input of ten and one unit of twenty are left", "multi-label"),
    broken(several_labels, "inputs rolled by a row", "data.label_mismatch",
           "an off-by-one when features and labels were joined", "multi-label"),
    broken(several_labels, "one of many", "loss.unsuitable",
           "cross-entropy over labels of which several hold", "multi-label"),
    broken(fraud, "45 frauds in 3000", "data.imbalance", "nobody is called a fraud", "binary"),
    broken(inverse_sine, "likelihood minimized", "loss.sign", "the minus was forgotten",
           "mixture density"),
    broken(inverse_sine, "rate of .5", "optimizer.lr_too_high", "Adam at 0.5",
           "mixture density"),
    broken(digits_as_rows, "nine sigmoid layers", "model.vanishing",
           "the gradient shrinks by a quarter and more per layer", P),
    broken(digits_as_rows, "squared error of the class number", "loss.unsuitable",
           "a nine is not three times a three", P),
    broken(digits_as_rows, "a bottleneck of one", "model.underpowered",
           "ten classes through one ReLU", P),
    broken(digits_as_rows, "every weight 0.02", "init.symmetric",
           "all hidden units get the same gradient for ever", P),
    broken(digits_as_rows, "weights of sd 1", ("init.scale", "model.exploding"),
           "N(0, 1) at a width of 48: logits in the hundreds", P),
    broken(digits_as_rows, "weights of sd .001", ("init.scale", "model.vanishing"),
           "N(0, 0.001) in four layers: stuck at 2.303", P),
    broken(digits_as_rows, "squared error of the argmax", "model.detached",
           "no gradient passes argmax; requires_grad_() silenced the error", P),
    broken(digits_as_rows, "sorted by class", "data.not_shuffled",
           "first all zeros, then all ones", P),
    healthy(diabetes, "few patients, a weak signal (R2 about .4)", R, odd=False),
    healthy(friedman, "the ordinary case", "residual perceptron", odd=False),
    healthy(moons, "slow at first, then quick", P, odd=False),
    healthy(fraud, "few frauds, drawn as often by a WeightedRandomSampler", "binary"),
    healthy(inverse_sine, "tuple outputs; the loss is a density and falls below zero",
            "mixture density"),
    healthy(counts, "count targets up to 60 with a Poisson loss", "count regression"),
    healthy(several_labels, "RMSprop, six labels", "multi-label", odd=False),
    healthy(cancer, "the ordinary case", "binary", odd=False),
]  # fmt: skip
