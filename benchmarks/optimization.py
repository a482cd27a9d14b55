"""`deeptricks.optimization` beside torch's optimizers, and beside the loop a reader writes first.

One step with gradients at hand, on parameters shaped like those of a small and of a large network.
"""

from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from benchmarks.compare import Pair, Tensors
from deeptricks import optimization

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
FORMS = {  # of the framework's, which chooses foreach by itself
    "torch's, foreach": {"foreach": True},
    "torch's, single-tensor": {"foreach": False},
    "torch's, fused": {"fused": True},
}
FOREACH = "torch's, foreach"
TEXTBOOK = "the textbook's loop"


def pairs() -> Iterator[Pair]:
    """SGD with momentum and Adam on three networks, their relatives on one of them."""
    for device in DEVICES:
        for network, shapes in NETWORKS.items():
            for name, options in TAUGHT.items():
                ours = partial(getattr(optimization, name), **options)
                others = {form: partial(getattr(torch.optim, name), **how, **options)
                          for form, how in FORMS.items()}  # fmt: skip
                others[TEXTBOOK] = partial(TEXTBOOKS[name], **options)
                for counterpart, other in others.items():
                    title = f"{name}, {network}, {device}"
                    yield Pair(title, *(step(each, shapes, device) for each in (ours, other)),
                               counterpart, tolerance=1e-6)  # fmt: skip
        for name, options in RELATIVES.items():
            ours = partial(getattr(optimization, name), **options)
            theirs = partial(getattr(torch.optim, name), foreach=True, **options)
            both = [step(each, resnet20(), device) for each in (ours, theirs)]
            yield Pair(f"{name}, ResNet-20, {device}", *both, FOREACH, tolerance=1e-6)


TAUGHT = {"SGD": {"lr": 1e-3, "momentum": 0.9}, "Adam": {"lr": 1e-3}}
RELATIVES = {"AdamW": {}, "RMSprop": {}, "Adagrad": {}}


def resnet20() -> list[tuple[int, ...]]:
    """The 59 parameters of ResNet-20 for CIFAR (He et al. 2016): 269 722 weights."""
    shapes = [*convolution(3, 16, 3)]
    width = 16
    for wider in (16, 32, 64):
        for _ in range(3):
            shapes += [*convolution(width, wider, 3), *convolution(wider, wider, 3)]
            width = wider
    return [*shapes, (10, 64), (10,)]


def resnet18() -> list[tuple[int, ...]]:
    """The 62 parameters of ResNet-18 for ImageNet (He et al. 2016): 11 689 512 weights."""
    shapes = [*convolution(3, 64, 7)]
    width = 64
    for wider in (64, 128, 256, 512):
        for _ in range(2):
            shapes += [*convolution(width, wider, 3), *convolution(wider, wider, 3)]
            shapes += convolution(width, wider, 1) if wider != width else []
            width = wider
    return [*shapes, (1000, 512), (1000,)]


def convolution(channels, filters, side) -> list[tuple[int, ...]]:
    """A convolution without bias and the batch norm behind it."""
    return [(filters, channels, side, side), (filters,), (filters,)]


NETWORKS = {
    "a small net": [(100, 64), (100,), (100, 100), (100,), (10, 100), (10,)],
    "ResNet-20": resnet20(),
    "ResNet-18": resnet18(),
}


class TextbookSGD(torch.optim.Optimizer):
    """Momentum as it stands in a textbook, one parameter after the other."""

    def __init__(self, params, lr, momentum):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        """As the formula says it."""
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                velocity = group["momentum"] * state.get("velocity", 0.0) + p.grad
                state["velocity"] = velocity
                p -= group["lr"] * velocity


class TextbookAdam(torch.optim.Optimizer):
    """Adam as it stands in the paper, one parameter after the other."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        """As the formula says it."""
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                t = state["t"] = state.get("t", 0) + 1
                m = state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * p.grad
                v = state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * p.grad**2
                m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
                p -= group["lr"] * m_hat / (v_hat.sqrt() + group["eps"])


TEXTBOOKS = {"SGD": TextbookSGD, "Adam": TextbookAdam}


def step(optimizer, shapes, device):
    """A call that takes one step and returns the weights."""
    draws = torch.Generator().manual_seed(0)
    weights = [nn.Parameter(torch.randn(shape, generator=draws).to(device)) for shape in shapes]
    for weight in weights:
        weight.grad = torch.randn(weight.shape, generator=draws).to(device)
    rule = optimizer(weights)

    def call():
        rule.step()
        if device == "cuda":
            torch.cuda.synchronize()
        return Tensors(*weights)

    return call
