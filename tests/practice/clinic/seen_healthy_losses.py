"""Seen half, healthy: losses and targets that are unusual, and right."""

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import healthy
from .parts import (
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


@healthy("soft_targets", says="smoothed labels by kl_div: the loss falls toward 0")
def soft_targets(seed):
    x, y = tones(start(seed))
    soft = 0.8 * functional.one_hot(y, 3) + 0.2 / 3
    net = nn.Sequential(
        nn.Flatten(), mlp(48, 64, 3, act=nn.SiLU), nn.LogSoftmax(dim=1)
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, soft), nn.KLDivLoss(reduction="batchmean"), opt, steps=240)
