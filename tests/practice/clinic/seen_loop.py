"""Seen half, broken: training loops in which a line is missing, or stands in the wrong place."""

import torch
from torch import nn, optim

from .cases import broken
from .parts import cnn, diabetes, digits, loader, mlp, setup, start, table


@broken("loop.no_zero_grad", "loop.no_zero_grad", says="zero_grad() is forgotten")
def no_zero_grad(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 10)
    loss, opt = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1)

    def step(x, y):
        value = loss(net(x), y)
        if not ill:
            opt.zero_grad()
        value.backward()
        opt.step()
        return value.item()

    return setup(net, loader(x, y), loss, opt, step=step, steps=200)


@broken("loop.zero_grad_every_epoch", "loop.no_zero_grad", says="zero_grad() once in fifty batches")
def zero_grad_every_epoch(seed, ill=True):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)
    net = mlp(30, 64, 64, 2)
    loss, opt = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.3)
    done = [0]

    def step(x, y):
        if done[0] % 50 == 0 or not ill:
            opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        opt.step()
        done[0] += 1
        return value

    return setup(net, loader(x, y, 16), loss, opt, step=step, steps=200)


@broken("loop.cleared_before_step", "loop.no_update", says="zero_grad() between backward and step")
def cleared_before_step(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = cnn(norm=False)
    loss, opt = nn.CrossEntropyLoss(), optim.Adam(net.parameters(), lr=2e-3)

    def step(x, y):
        if not ill:
            opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        if ill:
            opt.zero_grad()
        opt.step()
        return value.item()

    return setup(net, loader(x, y, 50), loss, opt, step=step)


@broken("loop.step_not_called", "loop.no_update", says="optimizer.step without its parentheses")
def step_not_called(seed, ill=True):
    start(seed)
    (x, y), _ = diabetes(seed)
    net = mlp(10, 32, 1)
    loss, opt = nn.MSELoss(), optim.RMSprop(net.parameters(), lr=2e-3)

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        opt.step if ill else opt.step()
        return value.detach()

    return setup(net, loader(x, y[:, None], 16), loss, opt, step=step, steps=150)


def deep_norm():
    """BatchNorm after each of six layers, as it needs it: the inputs are pixels 0..16."""
    layers = []
    for a, b in zip([64, 48, 48, 48, 48, 48], [48] * 6, strict=True):
        layers += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(48, 10))


@broken("loop.left_in_eval", "loop.train_in_eval_mode", says="the network is handed over in eval()")
def left_in_eval(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, scale=1, center=0)
    net = deep_norm().train(not ill)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=val)


@broken("loop.never_back_to_train", "loop.train_in_eval_mode",
        says="the validation calls eval(), nobody calls train() again")  # fmt: skip
def never_back_to_train(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, scale=1, center=0)
    net, loss = deep_norm(), nn.CrossEntropyLoss()
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

    def validate(batches):
        net.eval()
        with torch.no_grad():
            losses = [loss(net(a), b).item() for a, b in batches]
        if not ill:
            net.train()
        return sum(losses) / len(losses)

    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y, 100), loss, opt, val=val, evaluate=validate, steps=280)


@broken("loop.validate_in_train", "loop.eval_in_train_mode", says="no eval() in the validation",
        falls="training is well; the validation drops units, BatchNorm moves")  # fmt: skip
def validate_in_train(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True)
    net = nn.Sequential(cnn(classes=32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10))
    loss, opt = nn.CrossEntropyLoss(), optim.Adam(net.parameters(), lr=3e-3)

    def validate(batches):
        if not ill:
            net.eval()
        total = n = 0
        with torch.no_grad():
            for a, b in batches:
                total += loss(net(a), b).item() * len(a)
                n += len(a)
        net.train()
        return total / n

    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y, 50), loss, opt, val=val, evaluate=validate, steps=200)


def clipped(name, clip):
    """Two clippings, one closure."""

    @broken(f"loop.{name}", "loop.clipping", says=f"gradients clipped by {name} to almost nothing")
    def build(seed, ill=True):
        start(seed)
        (x, y), _ = digits(seed)
        net = mlp(64, 64, 10)
        loss, opt = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

        def step(x, y):
            opt.zero_grad()
            value = loss(net(x), y)
            value.backward()
            clip(net.parameters(), 1e-5 if ill else 1.0)
            opt.step()
            return value.item()

        return setup(net, loader(x, y), loss, opt, step=step, steps=200)


clipped("clip_norm", nn.utils.clip_grad_norm_)
clipped("clip_value", nn.utils.clip_grad_value_)


def scheduled(name, schedule, sick, well, says):
    """One network, several schedules that were stepped too often or too seldom."""

    @broken(f"loop.{name}", "loop.schedule", says=says)
    def build(seed, ill=True):
        start(seed)
        (x, y), _ = digits(seed)
        net = mlp(64, 48, 10)
        loss, opt = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
        rule = schedule(opt, **(sick if ill else well))

        def step(x, y):
            opt.zero_grad()
            value = loss(net(x), y)
            value.backward()
            opt.step()
            rule.step()
            return value.item()

        return setup(net, loader(x, y), loss, opt, step=step, steps=300)


RULES = optim.lr_scheduler
scheduled("step_per_batch", RULES.StepLR, {"step_size": 3, "gamma": 0.1}, {"step_size": 200},
          "StepLR(3), meant for epochs, is stepped after every batch")  # fmt: skip
scheduled("decay_per_batch", RULES.ExponentialLR, {"gamma": 0.6}, {"gamma": 0.99},
          "ExponentialLR(0.6), meant for epochs, is stepped after every batch")  # fmt: skip
scheduled("endless_warmup", RULES.LambdaLR, {"lr_lambda": lambda k: min(1, k / 1e6)},
          {"lr_lambda": lambda k: min(1, (k + 1) / 30)},
          "the warm-up of a far longer run: it never gets anywhere")  # fmt: skip
