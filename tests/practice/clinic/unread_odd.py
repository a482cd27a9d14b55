"""Healthy trainings, each odd in a way that tempts a rule that does not measure."""

import math
from itertools import pairwise

import numpy as np
import torch
from sklearn import datasets
from torch import nn
from torch.nn import functional as F  # noqa: N812

from tests.practice.clinic.unread_cases import (
    Batches,
    accuracy,
    balanced,
    healthy,
    loader,
    r2,
    set_up,
)  # fmt: skip
from tests.practice.clinic.unread_data import digits, split, table, tensors


def rows(rng, parts=(1000, 300, 400)):
    """Digits as rows."""
    return [(x.flatten(1), y) for x, y in digits(rng, parts)]


def perceptron(*sizes, act=nn.ReLU):
    """Linear layers with activations between."""
    pairs = [m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), act())]
    return nn.Sequential(*pairs[:-1])


def pretrain(model, x, y, steps=150, rate=3e-3):
    """A few quick steps of Adam: the life of the model before this training."""
    optimizer = torch.optim.Adam(model.parameters(), rate)
    for _ in range(steps):
        some = torch.randint(len(x), (64,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[some]), y[some]).backward()
        optimizer.step()


def classes(rng, model, optimizer, steps, data=None, loss=None, size=40, **more):
    """The ordinary set-up: digits, cross-entropy."""
    (xt, yt), (xv, yv), (xs, ys) = data or rows(rng)
    return set_up(
        model, loader(xt, yt, size), loss or nn.CrossEntropyLoss(), optimizer, steps,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False), **more,
    )  # fmt: skip


def frozen_backbone(rng):
    """Features learned on five digits, frozen; a new head for all ten."""
    data = rows(rng)
    few = data[0][1] < 5
    old = perceptron(64, 64, 64, 10)
    pretrain(old, data[0][0][few], data[0][1][few])
    body = old[:4].requires_grad_(False)
    model = nn.Sequential(body, nn.Linear(64, 10))
    return classes(rng, model, torch.optim.Adam(model[1].parameters(), 5e-3), 200, data)


def fine_tuning(rng):
    """A trained net meets inverted, dimmed pictures: Adam at 1e-5, as for large models."""
    data = rows(rng)
    model = perceptron(64, 512, 512, 10)
    pretrain(model, *data[0], steps=100, rate=1e-3)
    turned = [(x.reshape(-1, 8, 8).roll(1, 2).flatten(1), y) for x, y in data]
    return classes(rng, model, torch.optim.AdamW(model.parameters(), 1e-5), 500, turned)


def already_trained(rng):
    """Training goes on with a network that knows it all: the loss hardly moves."""
    data = rows(rng)
    model = perceptron(64, 64, 10)
    pretrain(model, *data[0], steps=500, rate=1e-2)
    return classes(rng, model, torch.optim.SGD(model.parameters(), 0.02), 150, data)


def two_rates(rng):
    """Discriminative rates: 1e-5 for the pretrained body, 1e-2 for the head."""
    data = rows(rng)
    old = perceptron(64, 64, 64, 10)
    pretrain(old, data[0][0], data[0][1] % 5)
    model = nn.Sequential(*old[:4], nn.Linear(64, 10))
    groups = [{"params": model[:4].parameters(), "lr": 1e-5}, {"params": model[4].parameters()}]
    return classes(rng, model, torch.optim.Adam(groups, 1e-2), 200, data)


def wrong_labels(rng):
    """Three labels of ten are random; what is true is learned all the same."""
    (xt, yt), val, test = rows(rng)
    yt = torch.where(torch.rand(len(yt)) < 0.3, torch.randint(10, (len(yt),)), yt)
    model = perceptron(64, 64, 10)
    return classes(rng, model, torch.optim.Adam(model.parameters(), 2e-3), 200,
                   [(xt, yt), val, test])  # fmt: skip


def accumulation(rng):
    """Gradients of four batches are summed before a step."""
    model = perceptron(64, 64, 10, act=nn.GELU)
    optimizer = torch.optim.SGD(model.parameters(), 0.3, momentum=0.9)
    count = {"batches": 0}

    def step(x, y):
        value = F.cross_entropy(model(x), y)
        (value / 4).backward()
        count["batches"] += 1
        if count["batches"] % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return value.item()

    return classes(rng, model, optimizer, 400, size=16, step=step)


def warm_up_and_cosine(rng):
    """From zero up in 40 steps, then down to zero; decay .1."""
    model = nn.Sequential(nn.Linear(64, 96), nn.LayerNorm(96), nn.GELU(), nn.Linear(96, 10))
    optimizer = torch.optim.AdamW(model.parameters(), 6e-3, weight_decay=0.1)
    steps, warm = 240, 40

    def factor(i):
        return i / warm if i < warm else 0.5 + 0.5 * math.cos(math.pi * (i - warm) / (steps - warm))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)

    def step(x, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(x), y, label_smoothing=0.1)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        return value.detach()

    return classes(rng, model, optimizer, steps, step=step,
                   loss=nn.CrossEntropyLoss(label_smoothing=0.1))  # fmt: skip


def constant_columns(rng):
    """Standardized with 1e-8 below the fraction: the dead pixels stay constant zeros."""
    parts = rows(rng)
    mean, sd = parts[0][0].mean(0), parts[0][0].std(0)
    parts = [((x - mean) / (sd + 0.1), y) for x, y in parts]
    model = nn.Sequential(nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 10), nn.LogSoftmax(1))
    optimizer = torch.optim.Adagrad(model.parameters(), 0.03)
    return classes(rng, model, optimizer, 200, parts, loss=nn.NLLLoss())


def hinge(rng):
    """A support vector machine: labels -1 and +1, hinge loss, a linear model, L2."""
    (xt, yt), (xv, yv), (xs, ys) = [
        (x, 2.0 * y[:, None] - 1) for x, y in table(rng, "breast_cancer", (350, 79, 140))
    ]
    model = nn.Linear(30, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, weight_decay=1e-3)
    return set_up(
        model, loader(xt, yt, 25), lambda out, y: (1 - y * out).relu().mean(), optimizer, 150,
        lambda: balanced(model, xs, ys), val_batches=loader(xv, yv, 79, False),
    )  # fmt: skip


def small_batches(rng):
    """BatchNorm with batches of eight."""
    model = nn.Sequential(
        nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 48), nn.BatchNorm1d(48),
        nn.ReLU(), nn.Linear(48, 10),
    )  # fmt: skip
    return classes(rng, model, torch.optim.SGD(model.parameters(), 0.02, 0.9), 400, size=8)


class RMSNet(nn.Module):
    """Weight norm, RMS norm, one block used four times, in double precision."""

    def __init__(self):
        super().__init__()
        self.enter = nn.utils.parametrizations.weight_norm(nn.Linear(64, 32))
        self.norm, self.block, self.out = nn.RMSNorm(32), nn.Linear(32, 32), nn.Linear(32, 10)

    def forward(self, x):
        h = self.enter(x)
        for _ in range(4):
            h = h + F.silu(self.block(self.norm(h)))
        return self.out(self.norm(h))


def looped(rng):
    """Shared modules, weight norm, RMSNorm, float64."""
    data = [(x.double(), y) for x, y in rows(rng)]
    model = RMSNet().double()
    return classes(rng, model, torch.optim.AdamW(model.parameters(), 5e-3), 200, data)


def moving_average(rng):
    """An average of the weights is kept in the step and validated."""
    model = perceptron(64, 48, 10)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.95)
    )
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, nesterov=True)

    def step(x, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(x), y)
        value.backward()
        optimizer.step()
        average.update_parameters(model)
        return value

    def evaluate(batches):  # the share of right answers
        with torch.no_grad():
            return float(np.mean([(average(x).argmax(1) == y).float().mean() for x, y in batches]))

    return classes(rng, model, optimizer, 200, step=step, evaluate=evaluate)


def absolute_errors(rng):
    """Median regression of heavy-tailed targets; a weighted loss; three quantiles, one target."""
    x = rng.normal(size=(1500, 4))
    y = np.sin(2 * x[:, :1]) + x[:, 1:2] + 0.2 * rng.standard_t(2, (1500, 1))
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (1000, 200, 300))
    model = perceptron(4, 64, 64, 3, act=nn.ELU)
    q = torch.tensor([0.1, 0.5, 0.9])

    def pinball(out, y):  # (N, 3) against (N, 1), meant
        return torch.maximum(q * (y - out), (q - 1) * (y - out)).mean()

    def score():
        with torch.no_grad():
            base = pinball(ys.flatten().quantile(q).expand(len(ys), 3), ys)
            return float(1 - pinball(model(xs), ys) / base)

    return set_up(
        model, loader(xt, yt, 50), pinball, torch.optim.Adam(model.parameters(), 5e-3), 300,
        score, val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


def mean_absolute(rng):
    """MAE, targets of mean 3 and sd 1."""
    x, y = datasets.make_friedman1(1300, noise=0.3, random_state=int(rng.integers(1 << 30)))
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, (y - y.mean()) / y.std() + 3, (900, 150, 250))
    model = perceptron(10, 64, 64, 1)
    return set_up(
        model, loader(xt, yt[:, None], 30), nn.L1Loss(),
        torch.optim.Adam(model.parameters(), 3e-3), 300, lambda: r2(model, xs, ys),
        val_batches=loader(xv, yv[:, None], 50, False),
    )  # fmt: skip


def narrow_density(rng):
    """A Gaussian likelihood of a precise sensor: the loss falls far below zero."""
    x = rng.uniform(-2, 2, (1200, 2))
    y = 0.1 * np.sin(2 * x[:, 0]) * x[:, 1] + rng.normal(0, 0.003, 1200)
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (900, 100, 200))
    model = perceptron(2, 48, 48, 2, act=nn.Tanh)

    def criterion(out, y):
        return F.gaussian_nll_loss(out[:, 0], y, F.softplus(out[:, 1] - 2).square() + 1e-5)

    return set_up(
        model, loader(xt, yt, 45), criterion, torch.optim.Adam(model.parameters(), 5e-3), 400,
        lambda: r2(nn.Sequential(model, First()), xs, ys),
        val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


class First(nn.Module):
    """The first column."""

    def forward(self, x):
        return x[:, 0]


def weighted_classes(rng):
    """Imbalance (one in twenty) met by weights in the loss."""
    (xt, yt), val, test = rows(rng)
    keep = (yt != 3) | (torch.rand(len(yt)) < 0.3)
    model = perceptron(64, 48, 10)
    weight = torch.ones(10)
    weight[3] = 3.0
    return classes(rng, model, torch.optim.Adam(model.parameters(), 3e-3), 200,
                   [(xt[keep], yt[keep]), val, test], loss=nn.CrossEntropyLoss(weight))  # fmt: skip


def rare_but_clear(rng):
    """Three in a hundred, easily told apart; the bias starts at their log-odds."""
    y = (rng.random(3000) < 0.03) * 1.0
    x = rng.normal(size=(3000, 8)) + 2.0 * y[:, None] * np.array([1, -1, 1, 0, 0, 0, 0, 0])
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y[:, None], (2000, 400, 600))
    model = perceptron(8, 24, 1)
    nn.init.constant_(model[-1].bias, -3.5)
    return set_up(
        model, loader(xt, yt, 64), nn.BCEWithLogitsLoss(),
        torch.optim.Adam(model.parameters(), 5e-3), 200, lambda: balanced(model, xs, ys),
        val_batches=loader(xv, yv, 100, False),
    )  # fmt: skip


def raw_but_normed(rng):
    """Wine in raw units; the first layer is a BatchNorm."""
    (xt, yt), (xv, yv), (xs, ys) = table(rng, "wine", (100, 28, 50), raw=True)
    model = nn.Sequential(nn.BatchNorm1d(13), nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    return set_up(
        model, loader(xt, yt, 20), nn.CrossEntropyLoss(), optimizer, 120,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 28, False),
    )  # fmt: skip


def cards(rng):
    """One-hot inputs as they are: red against black."""
    hands = np.stack([rng.permutation(52)[:5] for _ in range(1400)])
    x = np.zeros((1400, 52), "float32")
    np.put_along_axis(x, hands, 1.0, 1)
    y = ((hands < 26).sum(1) > 2).astype("int64")
    data = split(rng, x, y, (1000, 100, 300))
    model = perceptron(52, 32, 2)
    return classes(rng, model, torch.optim.Adam(model.parameters(), 5e-3), 200, data)


def words_in_a_bag(rng):
    """Sparse counts of 400 words, 98 % zeros, and a linear model at a rate of 2."""
    topic = rng.integers(0, 4, 1400)
    p = rng.dirichlet(np.full(400, 0.1), 4)
    x = np.stack([rng.multinomial(12, p[k]) for k in topic]).astype("float32")
    data = split(rng, x, topic, (1000, 100, 300))
    model = nn.Linear(400, 4)
    return classes(rng, model, torch.optim.SGD(model.parameters(), 2.0), 120, data)


def sparse_gradients(rng):
    """EmbeddingBag with sparse gradients and SparseAdam."""
    topic = rng.integers(0, 4, 1400)
    p = rng.dirichlet(np.full(300, 0.1), 4)
    x = np.stack([rng.choice(300, 12, p=p[k]) for k in topic])
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, topic, (1000, 100, 300))
    model = nn.EmbeddingBag(300, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(model.parameters(), 0.05)
    return set_up(
        model, loader(xt, yt, 50), nn.CrossEntropyLoss(), optimizer, 120,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


def linear_law(rng):
    """A linear model on a linear law, plain SGD, a summed loss and a rate of 3e-4."""
    x = rng.normal(size=(1000, 6))
    y = x @ rng.normal(size=(6, 1)) + rng.normal(0, 0.3, (1000, 1))
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (700, 100, 200))
    model = nn.Linear(6, 1)
    return set_up(
        model, loader(xt, yt, 100), nn.MSELoss(reduction="sum"),
        torch.optim.SGD(model.parameters(), 3e-4), 120, lambda: r2(model, xs, ys),
        val_batches=loader(xv, yv, 100, False),
    )  # fmt: skip


def forty_flowers(rng):
    """Forty irises, sorted by kind in the file, shuffled by the loader."""
    (xt, yt), (xv, yv), (xs, ys) = table(rng, "iris", (40, 30, 80))
    order = yt.argsort()
    model = perceptron(4, 16, 3, act=nn.Tanh)
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    return set_up(
        model, loader(xt[order], yt[order], 10), nn.CrossEntropyLoss(), optimizer, 100,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 30, False),
    )  # fmt: skip


def linear_autoencoder(rng):
    """Principal components: five linear layers, a bottleneck of three, meant."""
    x = rng.normal(size=(1200, 4)) @ rng.normal(size=(4, 20)) + rng.normal(0, 0.2, (1200, 20))
    x /= x.std(0)
    (xt, _), (xv, _), (xs, _) = split(rng, x, x, (800, 150, 250))
    model = nn.Sequential(*[nn.Linear(a, b) for a, b in
                            ((20, 12), (12, 4), (4, 12), (12, 20))])  # fmt: skip
    return set_up(
        model, loader(xt, xt, 40), nn.MSELoss(), torch.optim.Adam(model.parameters(), 5e-3), 300,
        lambda: r2(model, xs, xs), val_batches=loader(xv, xv, 50, False),
    )  # fmt: skip


class Tied(nn.Module):
    """A decoder with the transposed weights of the encoder; noise in training."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(24, 64) / 8)
        self.inner, self.outer = nn.Parameter(torch.zeros(24)), nn.Parameter(torch.zeros(64))

    def forward(self, x):
        if self.training:
            x = x + 0.2 * torch.randn_like(x)
        h = torch.relu(F.linear(x, self.weight, self.inner))
        return torch.sigmoid(F.linear(h, self.weight.T, self.outer))


def tied_autoencoder(rng):
    """Tied weights, denoising, a sigmoid and BCELoss on gray values."""
    (xt, _), (xv, _), (xs, _) = rows(rng)
    model = Tied()
    return set_up(
        model, loader(xt, xt, 40), nn.BCELoss(), torch.optim.Adam(model.parameters(), 5e-3), 250,
        lambda: r2(model, xs, xs), val_batches=loader(xv, xv, 50, False),
    )  # fmt: skip


class Variational(nn.Module):
    """A variational autoencoder: outputs (picture, mean, log-variance), random when trained."""

    def __init__(self):
        super().__init__()
        self.encoder = perceptron(64, 64, 16)
        self.decoder = perceptron(8, 64, 64)

    def forward(self, x):
        mean, log_var = self.encoder(x).chunk(2, -1)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp() if self.training else mean
        return self.decoder(z), mean, log_var


def variational(rng):
    """A VAE."""
    (xt, _), (xv, _), (xs, _) = rows(rng)
    model = Variational()

    def criterion(out, x):
        picture, mean, log_var = out
        error = F.binary_cross_entropy_with_logits(picture, x, reduction="sum") / len(x)
        return error - 0.5 * (1 + log_var - mean.square() - log_var.exp()).sum() / len(x)

    class Picture(nn.Module):
        training = False

        def forward(self, x):
            model.eval()
            out = model(x)[0].sigmoid()
            model.train()
            return out

    return set_up(
        model, loader(xt, xt, 40), criterion, torch.optim.Adam(model.parameters(), 3e-3), 350,
        lambda: r2(Picture(), xs, xs), val_batches=loader(xv, xv, 50, False),
    )  # fmt: skip


class ZeroStart(nn.Module):
    """Residual blocks that start as the identity (their last layer is zero)."""

    def __init__(self, depth=4):
        super().__init__()
        self.enter, self.out = nn.Linear(64, 40), nn.Linear(40, 10)
        self.blocks = nn.ModuleList(perceptron(40, 40, 40) for _ in range(depth))
        for block in self.blocks:
            nn.init.zeros_(block[2].weight)
            nn.init.zeros_(block[2].bias)
        nn.init.zeros_(self.out.weight)

    def forward(self, x):
        h = self.enter(x)
        for block in self.blocks:
            h = h + block(h)
        return self.out(h)


def zero_start(rng):
    """Zero-initialized residual branches and head."""
    model = ZeroStart()
    return classes(rng, model, torch.optim.Adam(model.parameters(), 3e-3), 200)


def second_order(rng):
    """L-BFGS with a closure on the whole set, one batch an epoch."""
    (xt, yt), (xv, yv), (xs, ys) = rows(rng, (400, 100, 400))
    model = perceptron(64, 24, 10, act=nn.Tanh)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=2)

    def step(x, y):
        def closure():
            optimizer.zero_grad()
            value = F.cross_entropy(model(x), y) + 1e-3 * sum(
                p.square().sum() for p in model.parameters()
            )
            value.backward()
            return value

        return optimizer.step(closure)

    return set_up(
        model, [(xt, yt)], nn.CrossEntropyLoss(), optimizer, 60,
        lambda: accuracy(model, xs, ys), val_batches=[(xv, yv)], step=step,
    )  # fmt: skip


def sharpness(rng):
    """SAM: two backward passes a step, the second at a shifted point."""
    model = perceptron(64, 48, 10)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)

    def step(x, y):
        F.cross_entropy(model(x), y).backward()
        grads = [p.grad.clone() for p in model.parameters()]
        norm = torch.stack([g.norm() for g in grads]).norm() + 1e-12
        with torch.no_grad():
            for p, g in zip(model.parameters(), grads, strict=True):
                p.add_(g, alpha=float(0.05 / norm))
        optimizer.zero_grad()
        value = F.cross_entropy(model(x), y)
        value.backward()
        with torch.no_grad():
            for p, g in zip(model.parameters(), grads, strict=True):
                p.sub_(g, alpha=float(0.05 / norm))
        optimizer.step()
        optimizer.zero_grad()
        return value.item()

    return classes(rng, model, optimizer, 200, step=step)


def mixed_up(rng):
    """Mixup: pictures and soft labels are blended with those of another sample."""
    (xt, yt), (xv, yv), (xs, ys) = rows(rng)

    def change(x, y):
        share, other = 0.5 + 0.5 * torch.rand(len(x), 1), torch.randperm(len(x))
        y = F.one_hot(y, 10).float()
        return share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]

    model = perceptron(64, 64, 10)
    return set_up(
        model, Batches(xt, yt, 40, change=change), nn.CrossEntropyLoss(),
        torch.optim.Adam(model.parameters(), 3e-3), 250, lambda: accuracy(model, xs, ys),
        val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


class Quantized(nn.Module):
    """Codes of -1 and +1 with a straight-through gradient: a detach by design."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = perceptron(64, 64, 24), perceptron(24, 64, 64)

    def forward(self, x):
        z = torch.tanh(self.encoder(x))
        return self.decoder(z + (torch.sign(z) - z).detach())


def quantized(rng):
    """A binary autoencoder."""
    (xt, _), (xv, _), (xs, _) = rows(rng)
    model = Quantized()
    return set_up(
        model, loader(xt, xt, 40), nn.MSELoss(), torch.optim.Adam(model.parameters(), 3e-3), 350,
        lambda: r2(model, xs, xs), val_batches=loader(xv, xv, 50, False),
    )  # fmt: skip


class Kernel(nn.Module):
    """Random Fourier features as a buffer, then a linear layer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("waves", torch.randn(64, 300) * 0.6)
        self.register_buffer("phases", torch.rand(300) * 2 * math.pi)
        self.out = nn.Linear(300, 10)

    def forward(self, x):
        return self.out(torch.cos(x @ self.waves + self.phases))


def random_features(rng):
    """Only the last layer is meant to learn; the batch is a quarter of the set."""
    model = Kernel()
    return classes(rng, model, torch.optim.SGD(model.parameters(), 1.0, 0.9), 150, size=250)


class Fresh:
    """Ten batches an epoch that were never seen before."""

    def __init__(self, draw, batches=10):
        self.draw, self.batches = draw, batches

    def __len__(self):
        return self.batches

    def __iter__(self):
        return (self.draw() for _ in range(self.batches))


def endless(rng):
    """Samples are simulated on the fly; the answer lies in 0..1, a sigmoid and a squared error."""

    def draw(n=50):
        x = torch.rand(n, 5)
        return x, (x[:, :1] * x[:, 1:2] + 0.5 * (x[:, 2:3] - 0.5).abs() * 2 * x[:, 3:4]) / 1.5

    xs, ys = draw(400)
    model = perceptron(5, 48, 48, 1).append(nn.Sigmoid())
    return set_up(
        model, Fresh(draw), nn.MSELoss(), torch.optim.Adam(model.parameters(), 5e-3), 350,
        lambda: r2(model, xs, ys), val_batches=[draw() for _ in range(3)],
    )  # fmt: skip


def positive(rng):
    """Positive targets and a softplus at the end."""
    x = rng.normal(size=(1200, 4))
    y = np.exp(0.6 * x[:, :1]) + np.abs(x[:, 1:2])
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (800, 150, 250))
    model = perceptron(4, 48, 48, 1).append(nn.Softplus())
    return set_up(
        model, loader(xt, yt, 40), nn.HuberLoss(), torch.optim.Adam(model.parameters(), 3e-3),
        300, lambda: r2(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


class Mixed(nn.Module):
    """Columns of categories get embeddings, of which one is summed with two numbers."""

    def __init__(self):
        super().__init__()
        self.shop, self.day = nn.Embedding(20, 6), nn.Embedding(7, 4)
        self.body = perceptron(12, 48, 1)

    def forward(self, x):
        kinds, numbers = x
        return self.body(torch.cat([self.shop(kinds[:, 0]), self.day(kinds[:, 1]), numbers], 1))


def sales(rng):
    """A tuple of whole numbers and reals; log sales of mean 3 and sd 1."""
    shop, day = rng.integers(0, 20, 1600), rng.integers(0, 7, 1600)
    numbers = rng.normal(size=(1600, 2))
    y = rng.normal(0, 0.7, 20)[shop] + 0.5 * (day > 4) + 0.4 * numbers[:, 0] + 3
    y = (y + rng.normal(0, 0.15, 1600))[:, None]
    kinds, numbers, y = tensors(np.stack([shop, day], 1), numbers, y)
    model = Mixed()
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    return set_up(
        model, Batches((kinds[:1200], numbers[:1200]), y[:1200], 40), nn.MSELoss(), optimizer,
        300, lambda: r2(model, (kinds[1400:], numbers[1400:]), y[1400:]),
        val_batches=Batches((kinds[1200:1400], numbers[1200:1400]), y[1200:1400], 50,
                            shuffle=False),
    )  # fmt: skip


P, A = "perceptron", "autoencoder"
CASES = [
    healthy(frozen_backbone, "the backbone is frozen, and not in the optimizer", P),
    healthy(fine_tuning, "Adam at 1e-5 on a wide network that was trained before", P),
    healthy(already_trained, "the loss is small from the start and hardly moves", P),
    healthy(two_rates, "1e-5 for the body, 1e-2 for the head", P),
    healthy(wrong_labels, "30 % of the labels are random", P),
    healthy(accumulation, "a step after every fourth batch", P),
    healthy(warm_up_and_cosine, "the rate starts and ends at zero; clipping at 1; decay .1;"
            " label smoothing", P),
    healthy(constant_columns, "three columns never change; log-softmax with NLLLoss", P),
    healthy(hinge, "labels -1 and +1 as the hinge loss wants them", "linear"),
    healthy(small_batches, "BatchNorm with batches of eight", P),
    healthy(looped, "a shared block, RMSNorm, weight norm, float64", "residual perceptron"),
    healthy(moving_average, "an EMA in the step; evaluate is an accuracy", P),
    healthy(absolute_errors, "(N, 3) against (N, 1) by design: three quantiles", "regression"),
    healthy(mean_absolute, "targets of mean 3; MAE; inputs in 0..1", "regression"),
    healthy(narrow_density, "a loss far below zero", "regression"),
    healthy(weighted_classes, "a rare class with its weight in the loss", P),
    healthy(rare_but_clear, "three in a hundred are learned; a bias of -3.5", "binary"),
    healthy(raw_but_normed, "raw units and a BatchNorm in front", P),
    healthy(cards, "one-hot inputs, not normalized", P),
    healthy(words_in_a_bag, "98 % zeros, a rate of 2, a linear model", "linear"),
    healthy(sparse_gradients, "sparse gradients, integer inputs", "embedding"),
    healthy(linear_law, "a summed loss of hundreds, a rate of 3e-4, no hidden layer", "linear"),
    healthy(forty_flowers, "forty samples, sorted, with a shuffling loader", P),
    healthy(linear_autoencoder, "four linear layers, a bottleneck of four, meant", A),
    healthy(tied_autoencoder, "tied weights; noise in forward; sigmoid and BCELoss", A),
    healthy(variational, "a random forward; outputs are a tuple", A),
    healthy(zero_start, "layers that start at zero", "residual perceptron"),
    healthy(second_order, "L-BFGS with a closure on one batch", P),
    healthy(sharpness, "two backward passes a step (SAM)", P),
    healthy(mixed_up, "mixup: soft labels", P),
    healthy(quantized, "a straight-through estimator: detach by design", A),
    healthy(random_features, "random features that are not meant to learn; batches of 250", P),
    healthy(endless, "fresh samples for ever; targets in 0..1", "regression"),
    healthy(positive, "a softplus for positive targets", "regression"),
    healthy(sales, "a tuple of integers and reals; targets of mean 3", "embedding"),
]  # fmt: skip
