"""Seen half, healthy: odd losses, targets and training loops that nevertheless are right."""

import copy

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import healthy
from .parts import (
    cnn,
    digits,
    disks,
    floats,
    loader,
    mlp,
    setup,
    start,
    table,
    tones,
)
from .seen_targets import Flipped


@healthy("weighted_imbalance", says="2 % positives, weighted, and found")
def weighted_imbalance(seed):
    rng = start(seed)
    y = (rng.uniform(size=1500) < 0.03).astype(float)
    x = rng.normal(size=(1500, 8))
    x[:, :4] += 1.5 * y[:, None]
    net = mlp(8, 16, 1)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([32.0]))
    return setup(net, loader(floats(x), floats(y)[:, None], 50), loss, opt, steps=200)


@healthy("imbalance_learned", says="8 % of one class, unweighted, easily told apart")
def imbalance_learned(seed):
    rng = start(seed)
    y = (rng.uniform(size=1200) < 0.08).astype(int)
    x = rng.normal(size=(1200, 6))
    x[:, :3] += 2.5 * y[:, None]
    net = mlp(6, 24, 2)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(floats(x), torch.as_tensor(y)), nn.CrossEntropyLoss(), opt)


@healthy("one_batch", says="all 142 wines in one batch, every epoch one step")
def one_batch(seed):
    start(seed)
    (x, y), (xv, yv) = table("wine", seed)
    net = mlp(13, 16, 3)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, [(x, y)], nn.CrossEntropyLoss(), opt, steps=100, val=[(xv, yv)])


@healthy("label_noise", says="15 % of the labels are wrong: the loss stays high")
def label_noise(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    wrong = torch.rand(len(y)) < 0.15
    y = torch.where(wrong, torch.randint(10, y.shape), y)
    net = mlp(64, 48, 10)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


@healthy("accumulation", says="gradients of four batches are summed before a step")
def accumulation(seed):
    start(seed)
    (x, y), _ = digits(seed)
    net, loss, count = mlp(64, 64, 10), nn.CrossEntropyLoss(), [0]
    opt = optim.SGD(net.parameters(), lr=0.2, momentum=0.9)

    def step(x, y):
        value = loss(net(x), y)
        (value / 4).backward()
        count[0] += 1
        if count[0] % 4 == 0:
            opt.step()
            opt.zero_grad()
        return value.item()

    return setup(net, loader(x, y, 16), loss, opt, step=step, steps=320)


@healthy("moving_average", says="an average of the weights is kept, and validated")
def moving_average(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True)
    net, loss = cnn(), nn.CrossEntropyLoss()
    average = copy.deepcopy(net).eval()
    opt = optim.Adam(net.parameters(), lr=2e-3)

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        opt.step()
        with torch.no_grad():
            for a, p in zip(average.parameters(), net.parameters(), strict=True):
                a.lerp_(p, 0.05)
            for a, p in zip(average.buffers(), net.buffers(), strict=True):
                a.copy_(p)
        return value.detach()

    def evaluate(batches):
        with torch.no_grad():
            losses = [loss(average(a), b).item() for a, b in batches]
        return sum(losses) / len(losses)

    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y, 50), loss, opt, val=val, step=step, evaluate=evaluate)


@healthy("dropout_half", says="dropout of one half between wide layers")
def dropout_half(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 64), nn.ReLU(),
        nn.Dropout(0.5), nn.Linear(64, 10),
    )  # fmt: skip
    opt = optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300, val=val)


@healthy("focal", says="a focal loss: it starts below ln 2")
def focal(seed):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)

    def loss(out, target):
        ce = functional.binary_cross_entropy_with_logits(out, target, reduction="none")
        return ((1 - torch.exp(-ce)) ** 2 * ce).mean()

    net = mlp(30, 16, 1)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y.float()[:, None]), loss, opt, steps=150)


@healthy("huber", says="a Huber loss, a target with outliers")
def huber(seed):
    rng = start(seed)
    x = rng.normal(size=(700, 5))
    y = x[:, 0] * 2 + x[:, 1] ** 2 - 1 + 0.2 * rng.standard_t(2, 700)
    net = mlp(5, 32, 32, 1)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(floats(x), floats(y)[:, None]), nn.HuberLoss(), opt, steps=250)


@healthy("dice", says="segmentation by 1 - Dice, pictures and masks flipped together")
def dice(seed):
    x, y = disks(start(seed))

    def loss(out, mask):
        p = torch.sigmoid(out)
        return 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)

    net = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 5, padding=2))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, Flipped(x, y, both=True), loss, opt, steps=150)


@healthy("small_unsorted", says="not shuffled, but the file is in no order")
def small_unsorted(seed):
    start(seed)
    (x, y), (xv, yv) = table("wine", seed)
    net = mlp(13, 16, 3)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    batches = list(zip(x.split(16), y.split(16), strict=True))
    return setup(net, batches, nn.CrossEntropyLoss(), opt, steps=120, val=[(xv, yv)])


class Variational(nn.Module):
    """Its output is a tuple: a picture, and mean and log-variance of the code."""

    def __init__(self):
        super().__init__()
        self.enc, self.dec = mlp(64, 48, 12), mlp(6, 48, 64)

    def forward(self, x):
        mean, log_var = self.enc(x).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * (log_var / 2).exp()
        return self.dec(z), mean, log_var


@healthy("variational", says="a VAE: a tuple of outputs, noise in the forward pass")
def variational(seed):
    start(seed)
    (x, _), _ = digits(seed, center=0)

    def loss(out, x):
        logits, mean, log_var = out
        fit = functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        kl = 0.5 * (mean**2 + log_var.exp() - 1 - log_var).sum(1)
        return (fit + kl).mean()

    net = Variational()
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, x, 50), loss, opt, steps=300)


@healthy("gan_step", says="a generator: its loss need not fall, a critic learns in the same step")
def gan_step(seed):
    start(seed)
    real = torch.randn(800, 2) @ torch.tensor([[0.6, 0.3], [0.0, 0.5]]) + torch.tensor([1.0, -1])
    net, critic = mlp(4, 32, 2), mlp(2, 32, 1)
    loss = functional.binary_cross_entropy_with_logits
    opt = optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.9))
    other = optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.9))

    def fools(out, target):
        return loss(critic(out), torch.ones(len(out), 1))

    def step(z, x):
        other.zero_grad()
        fake = net(z)
        ones, zeros = torch.ones(len(x), 1), torch.zeros(len(x), 1)
        (loss(critic(x), ones) + loss(critic(fake.detach()), zeros)).backward()
        other.step()
        opt.zero_grad()
        value = fools(fake, x)
        value.backward()
        opt.step()
        return value.item()

    return setup(net, loader(torch.randn(800, 4), real, 40), fools, opt, step=step, steps=300)


@healthy("one_hot", says="one-hot rows as targets of CrossEntropyLoss")
def one_hot(seed):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 10)
    opt = optim.Adam(net.parameters(), lr=2e-3)
    return setup(net, loader(x, functional.one_hot(y, 10).float()), nn.CrossEntropyLoss(), opt)


@healthy("soft_targets", says="smoothed labels by kl_div: the loss falls towards 0")
def soft_targets(seed):
    x, y = tones(start(seed))
    soft = 0.8 * functional.one_hot(y, 3) + 0.2 / 3
    net = nn.Sequential(
        nn.Flatten(), mlp(48, 64, 3, act=nn.SiLU), nn.LogSoftmax(dim=1)
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, soft), nn.KLDivLoss(reduction="batchmean"), opt, steps=240)
