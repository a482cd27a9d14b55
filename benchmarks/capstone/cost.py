"""What a training step costs with our own parts, and with the framework's in their place."""

from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn

from benchmarks.capstone import recipe as make
from benchmarks.capstone.recipe import Recipe
from benchmarks.capstone.run import Clock, Quick

ROUNDS = 15
OURS = "all our own"
VARIANTS = {  # which parts are the framework's
    OURS: set(),
    "without distortion": {"augment"},
    "torch's batch norm": {"norm"},
    "torch's ReLU": {"activation"},
    "torch's SGD": {"sgd"},
    "torch's loss": {"loss"},
    "torch's norm, ReLU, SGD and loss": {"norm", "activation", "sgd", "loss"},
}


def costs(recipe: Recipe, device: torch.device, size: int = 28) -> dict[str, float]:
    """Seconds of a step for each of `VARIANTS`: medians of rounds in which each takes its turn."""
    images = torch.rand(recipe.batch_size, 1, size, size).to(device)
    labels = (torch.arange(recipe.batch_size) % 10).to(device)
    steps = {name: step(recipe, theirs, images, labels) for name, theirs in VARIANTS.items()}
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(-2, ROUNDS):  # two to warm up
        for name, call in steps.items():
            clock = Clock(device)
            with clock:
                call()
            if turn >= 0:
                taken[name].append(clock.seconds)
    return {name: median(seconds) for name, seconds in taken.items()}


def step(recipe: Recipe, theirs: set[str], images: Tensor, labels: Tensor) -> Callable[[], None]:
    """A step that can be taken again and again; parts named in `theirs` are the framework's."""
    parts = {}
    if "norm" in theirs:
        parts["norm"] = nn.BatchNorm2d
    if "activation" in theirs:
        parts["activation"] = nn.ReLU
    net = Quick(make.network(recipe, images, **parts), images.device).train()
    sgd, _ = make.optimizer(recipe, net)
    if "sgd" in theirs:
        sgd = torch.optim.SGD(sgd.param_groups)
    loss = make.loss(recipe)
    if "loss" in theirs:
        loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    generator = torch.Generator(images.device).manual_seed(0)
    augment = make.augmentation(recipe, images.shape[-1], 0.0, generator)
    if "augment" in theirs:
        augment = nn.Identity()

    def call() -> None:
        sgd.zero_grad()
        loss(net(augment(images)), labels).backward()
        sgd.step()

    return call
