"""The temporal order task: to tell which of two symbols came first, a long time ago."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from deeptricks.signal.gradient_flow.clipping import clip_coefficient
from deeptricks.signal.gradient_flow.recurrent import ManyRNN


class Training(NamedTuple):
    """What happened, step by step, in each of M networks: tensors of shape (M, steps).

    Attributes
    ----------
    loss : Tensor
        Mean cross-entropy of the batch [nats], before the step.
    norm : Tensor
        Of the gradient before clipping.
    cosine : Tensor
        Between the gradient before and after clipping.
    """

    loss: Tensor
    norm: Tensor
    cosine: Tensor


def temporal_order(seed: int, samples: int, length: int) -> tuple[Tensor, Tensor]:
    """Draw sequences of six symbols, and the class of each.

    Symbols 2 … 5 mean nothing. Somewhere in the second tenth of the sequence, and again in the
    sixth, stands a symbol 0 or 1; the class is 2 · first + second. Guessing costs ln 4 nats.

    Parameters
    ----------
    seed : int
        What everything is drawn from.
    samples, length : int
        How many sequences, and of how many symbols.

    Returns
    -------
    tuple of Tensor
        The sequences, one-hot, (length, samples, 6), and their classes 0 … 3, (samples,).

    Raises
    ------
    ValueError
        For a length below 10.

    References
    ----------
    Hochreiter and Schmidhuber, Long short-term memory, Neural Computation, 1997, §5.6 (there with
    lengths of 100 to 110).
    """
    length = int(length)  # small types of NumPy's overflow in what follows
    if length < 10:
        raise ValueError(f"length must be at least 10, got {length}")
    generator = torch.Generator().manual_seed(int(seed))

    def drawn(low, high, *shape):
        return torch.randint(low, high, shape, generator=generator)

    symbols = drawn(2, 6, length, samples)
    first, second = drawn(0, 2, samples), drawn(0, 2, samples)
    each = torch.arange(samples)
    symbols[drawn(length // 10, 2 * length // 10 + 1, samples), each] = first
    symbols[drawn(5 * length // 10, 6 * length // 10 + 1, samples), each] = second
    return functional.one_hot(symbols, 6).float(), 2 * first + second


def train_rnns(
    nets: ManyRNN,
    seeds: Iterable[int],
    optimizer: torch.optim.Optimizer,
    *,
    rates: Iterable[float] | None = None,
    max_norm: float | Tensor = math.inf,
    max_value: float | Tensor = math.inf,
    steps: int,
    length: int,
    batch: int = 16,
) -> Training:
    """Train many recurrent networks on the temporal order task, on fresh sequences at every step.

    None sees another: each has its own sequences, rate and threshold.

    Parameters
    ----------
    nets : ManyRNN
        One network a seed.
    seeds : iterable of int
        What the sequences of each network are drawn from; networks may share a seed.
    optimizer : torch.optim.Optimizer
        Over `nets.parameters.values()`.
    rates : iterable of float, optional
        One for each network: what the optimizer's step is multiplied by. For rules whose step is
        proportional to their rate, an optimizer with a rate of 1 then has a rate of its own for
        each network.
    max_norm, max_value : float or Tensor
        Clip each network's gradient on its own, by norm or by value: one limit, or (M,) of them.
    steps, length, batch : int
        How many steps, on sequences how long, how many at a time.
    """
    steps, batch, seeds = int(steps), int(batch), [int(seed) for seed in seeds]
    factors = torch.ones(len(seeds)) if rates is None else torch.as_tensor([*rates]).float()
    tasks = {seed: temporal_order(seed, steps * batch, length) for seed in seeds}
    which = [list(tasks).index(seed) for seed in seeds]
    inputs = torch.stack([x for x, _ in tasks.values()], dim=1).split(batch, dim=2)
    labels = torch.stack([y for _, y in tasks.values()]).split(batch, dim=1)
    history = []
    for each_x, each_y in zip(inputs, labels, strict=True):
        x, y = each_x[:, which], each_y[which]
        states = nets.states(x)
        logits = nets.outputs(states)
        losses = functional.cross_entropy(logits.movedim(2, 1), y, reduction="none").mean(dim=1)
        surprise = (logits.softmax(dim=2) - functional.one_hot(y, 4)) / batch
        gradients, _ = nets.backward(x, states, surprise)
        norms, cosines = set_clipped(nets.parameters, gradients, max_norm, max_value)
        before = [value.clone() for value in nets.parameters.values()]
        optimizer.step()
        for value, old in zip(nets.parameters.values(), before, strict=True):
            value.copy_(torch.lerp(old, value, factors[:, None, None]))
        history.append((losses, norms, cosines))
    return Training(*(torch.stack(column, dim=1) for column in zip(*history, strict=True)))


def score_rnns(
    nets: ManyRNN, seeds: Iterable[int], samples: int, length: int
) -> tuple[Tensor, Tensor]:
    """Measure each network on sequences that it was not trained on.

    Parameters
    ----------
    nets : ManyRNN
        M networks.
    seeds : iterable of int
        What the sequences of each network are drawn from; take others than in training.
    samples, length : int
        How many sequences, and of how many symbols.

    Returns
    -------
    tuple of Tensor
        Mean cross-entropy [nats], and the fraction of right answers, (M,) each.
    """
    tasks = {int(seed): temporal_order(seed, samples, length) for seed in seeds}
    which = [list(tasks).index(int(seed)) for seed in seeds]
    inputs = torch.stack([x for x, _ in tasks.values()], dim=1).split(32, dim=2)
    labels = torch.stack([y for _, y in tasks.values()]).split(32, dim=1)
    loss, right = 0.0, 0.0
    for x, y in zip(inputs, labels, strict=True):
        logits = nets.outputs(nets.states(x[:, which])).movedim(2, 1)
        loss += functional.cross_entropy(logits, y[which], reduction="none").sum(dim=1)
        right += (logits.argmax(dim=1) == y[which]).float().sum(dim=1)
    return loss / samples, right / samples


def set_clipped(
    parameters: dict[str, Tensor],
    gradients: dict[str, Tensor],
    max_norm: float | Tensor,
    max_value: float | Tensor,
) -> tuple[Tensor, Tensor]:
    """Set each network's gradient, clipped, as `.grad`; return its norm and its turn's cosine."""
    flat = torch.cat([gradients[name].flatten(1) for name in parameters], dim=1)
    norms = flat.norm(dim=1)
    clipped = flat * clip_coefficient(norms, max_norm)[:, None]
    limit = torch.as_tensor(max_value).expand(len(flat))[:, None]
    clipped = clipped.clamp(-limit, limit)
    sizes = [gradients[name][0].numel() for name in parameters]
    for (name, value), part in zip(parameters.items(), clipped.split(sizes, dim=1), strict=True):
        value.grad = part.reshape(gradients[name].shape)
    return norms, functional.cosine_similarity(flat, clipped, dim=1)
