"""Seen half, broken: the gradient is cut somewhere in the middle."""

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import broken
from .parts import digits, loader, mlp, setup, spirals, start


class AutoEncoder(nn.Module):
    """Six numbers for a digit."""

    def __init__(self, cut):
        super().__init__()
        self.encoder, self.decoder, self.cut = mlp(64, 32, 6), mlp(6, 32, 64), cut

    def forward(self, x):
        code = self.encoder(x)
        if self.cut:
            code = code.detach()
        return self.decoder(code)


@broken("model.detached_code", "model.detached", says="the code is detached before the decoder")
def detached_code(seed, ill=True):
    start(seed)
    (x, _), _ = digits(seed, center=0)
    net = AutoEncoder(cut=ill)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, x), nn.MSELoss(), opt, steps=400)


class WithNumpy(nn.Module):
    """A middle step that was written with numpy."""

    def __init__(self, numpy):
        super().__init__()
        self.first, self.last, self.numpy = nn.Linear(2, 8), mlp(8, 2), numpy
        self.middle = nn.Linear(8, 8)

    def forward(self, x):
        h = torch.tanh(self.middle(torch.tanh(self.first(x))))
        if self.numpy:
            h = torch.from_numpy(h.detach().numpy().clip(-0.99, 0.99))
        else:
            h = h.clip(-0.99, 0.99)
        return self.last(h)


@broken("model.through_numpy", "model.detached", says="activations clipped by numpy in between")
def through_numpy(seed, ill=True):
    rng = start(seed)
    x, y = spirals(rng, turns=0.8)
    net = WithNumpy(numpy=ill)
    opt = optim.Adam(net.parameters(), lr=2e-2)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=400)


class Siamese(nn.Module):
    """How far two digits lie apart, by one network for both."""

    def __init__(self, frozen):
        super().__init__()
        self.embed, self.frozen = mlp(64, 32, 2), frozen
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.shift = nn.Parameter(torch.tensor(0.0))

    def forward(self, pair):
        a, b = pair
        if self.frozen:
            with torch.no_grad():
                d = (self.embed(a) - self.embed(b)).pow(2).sum(1)
        else:
            d = (self.embed(a) - self.embed(b)).pow(2).sum(1)
        return self.shift - self.scale * d


class Pairs:
    """Batches of pairs of digits; half of them the same digit."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        for _ in range(30):
            i = torch.randint(len(self.x), (40,))
            j = torch.randint(len(self.x), (40,))
            for k in range(20):
                j[k] = (self.y == self.y[i[k]]).float().multinomial(1)
            yield (self.x[i], self.x[j]), (self.y[i] == self.y[j]).float()


@broken("model.no_grad_branch", "model.detached", says="the embedding runs under no_grad")
def no_grad_branch(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = Siamese(frozen=ill)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, Pairs(x, y), functional.binary_cross_entropy_with_logits, opt, steps=240)
