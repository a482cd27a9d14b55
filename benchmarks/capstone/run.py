"""One run: train on the labels that are given, then answer the test set once. Both are timed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.capstone import recipe as make
from benchmarks.capstone.recipe import Recipe
from deeptricks.lab.splits import Split
from deeptricks.optimization import ExponentialMovingAverage
from deeptricks.regularization import Ensemble, TestTimeAverage

AT_ONCE = 500  # test images


@dataclass(frozen=True)
class Result:
    """Accuracies are parts of 1 on the whole test set. Seconds: see `Clock`."""

    seed: int
    accuracy: float
    training: float
    evaluation: float


class Clock:
    """Seconds of work inside `with clock:`; CPU-seconds of this process, or on a GPU the wall's."""

    def __init__(self, device: torch.device) -> None:
        self.gpu, self.seconds = device.type == "cuda", 0.0

    def now(self) -> float:
        if self.gpu:
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.process_time()

    def __enter__(self) -> "Clock":
        self.begun = self.now()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += self.now() - self.begun


class Quick(nn.Module):
    """The network with products in bfloat16 where the machine multiplies it; float32 comes out."""

    def __init__(self, net: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.net = net.to(device, memory_format=torch.channels_last)
        self.half = half(device)

    def forward(self, images: Tensor) -> Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self.half):
            return self.net(images).float()


def half(device: torch.device) -> bool:
    """Whether products in bfloat16 are quicker here than in float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu._is_avx512_bf16_supported())


def run(recipe: Recipe, train: Split, test: Split, seed: int, device: torch.device) -> Result:
    """Train the recipe's networks with seeds of their own, and ask all of them."""
    train, test = (Split(*(t.to(device) for t in part)) for part in (train, test))
    training, evaluation = Clock(device), Clock(device)
    fill = float(train.images.min())
    looks = make.looks(recipe, fill)
    with flushed(), training:
        trained = [one(recipe, train, fill, 100 * seed + k, device) for k in range(recipe.nets)]
    members = [TestTimeAverage(net, looks) for net in trained]
    model = Ensemble(members) if recipe.nets > 1 else members[0]
    with evaluation:
        accuracy = part_right(model, test)
    return Result(seed, accuracy, training.seconds, evaluation.seconds)


def one(recipe: Recipe, train: Split, fill: float, seed: int, device: torch.device) -> nn.Module:
    """Train one network: the average of its weights over the last steps, or the last weights."""
    torch.manual_seed(seed)
    generator = torch.Generator(device).manual_seed(seed)
    net = Quick(make.network(recipe, train.images), device).train()
    sgd, schedule = make.optimizer(recipe, net)
    loss = make.loss(recipe)
    augment = make.augmentation(recipe, train.images.shape[-1], fill, generator)
    mix = make.mixing(recipe, net.net.fc.out_features, generator)
    average, first = None, recipe.steps - round(recipe.averaged * recipe.steps)
    batches = endless(len(train.labels), recipe.batch_size, generator)
    for step in range(recipe.steps):
        rows = next(batches)
        images, labels = augment(train.images[rows]), train.labels[rows]
        if mix is not None:
            images, labels = mix(images, labels)
        sgd.zero_grad()
        loss(net(images), labels).backward()
        sgd.step()
        schedule.step()
        if step >= first:
            if average is None:
                average = ExponentialMovingAverage(net, recipe.decay, warmup=True, use_buffers=True)
            average.update_parameters(net)
    return net if average is None else average


def endless(count: int, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Rows of batches, every image once an epoch; what does not fill a batch waits for the next."""
    size = min(batch_size, count)
    while True:
        order = torch.randperm(count, generator=generator, device=generator.device)
        yield from order[: count - count % size].split(size)


@torch.no_grad()
def part_right(model: nn.Module, test: Split) -> float:
    """Accuracy, as a part of 1."""
    model.eval()
    batches = zip(test.images.split(AT_ONCE), test.labels.split(AT_ONCE), strict=True)
    right = sum(int((model(images).argmax(1) == labels).sum()) for images, labels in batches)
    return right / len(test.labels)


@contextmanager
def flushed() -> Iterator[None]:
    """Numbers too small for their type become 0: some processors are slow with them."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
