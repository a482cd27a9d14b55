"""The temporal order task: which of two symbols came first, a long time ago?"""

import math
from typing import NamedTuple

import torch
from torch.nn import functional

from deeptricks.signal.clipping import clip_coefficient


class Training(NamedTuple):
    """What happened, step by step, in each of M networks: tensors of shape (M, steps).

    loss: mean cross-entropy of the batch [nats], before the step; norm: of the gradient before
    clipping; cosine: between the gradient before and after clipping.
    """

    loss: torch.Tensor
    norm: torch.Tensor
    cosine: torch.Tensor


def temporal_order(seed, samples, length):
    """Sequences of six symbols, one-hot (length, samples, 6), and their class 0 … 3 (samples,).

    Symbols 2 … 5 mean nothing. Somewhere in the second tenth of the sequence, and again in the
    sixth, stands a symbol 0 or 1; the class is 2 · first + second. Guessing costs ln 4 nats.

    Raises a ValueError for a length below 10.
    Source: Hochreiter and Schmidhuber, Long short-term memory, Neural Computation, 1997, §5.6
    (there with lengths of 100 to 110).
    """
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
    nets, seeds, optimizer, *, max_norm=math.inf, max_value=math.inf, steps, length, batch=16
):
    """Train `nets`, a ManyRNN with one network a seed, on fresh sequences; returns a Training.

    optimizer: over `nets.parameters.values()`. max_norm, max_value: clip each network's gradient
    on its own, by norm or by value. The seed also draws the sequences.
    """
    tasks = [temporal_order(seed, steps * batch, length) for seed in seeds]
    inputs = torch.stack([x for x, _ in tasks], dim=1).split(batch, dim=2)
    labels = torch.stack([y for _, y in tasks]).split(batch, dim=1)
    history = []
    for x, y in zip(inputs, labels, strict=True):
        states = nets.states(x)
        logits = nets.outputs(states)
        losses = functional.cross_entropy(logits.movedim(2, 1), y, reduction="none").mean(dim=1)
        surprise = (logits.softmax(dim=2) - functional.one_hot(y, 4)) / batch
        gradients, _ = nets.backward(x, states, surprise)
        norms, cosines = set_clipped(nets.parameters, gradients, max_norm, max_value)
        optimizer.step()
        history.append((losses, norms, cosines))
    return Training(*(torch.stack(column, dim=1) for column in zip(*history, strict=True)))


def set_clipped(parameters, gradients, max_norm, max_value):
    """Each network's gradient, clipped, as `.grad`; returns its norm and the cosine of its turn."""
    flat = torch.cat([gradients[name].flatten(1) for name in parameters], dim=1)
    norms = flat.norm(dim=1)
    coefficient = clip_coefficient(norms, max_norm) if max_norm < math.inf else 1 + 0 * norms
    clipped = (flat * coefficient[:, None]).clamp(-max_value, max_value)
    sizes = [gradients[name][0].numel() for name in parameters]
    for (name, value), part in zip(parameters.items(), clipped.split(sizes, dim=1), strict=True):
        value.grad = part.reshape(gradients[name].shape)
    return norms, functional.cosine_similarity(flat, clipped, dim=1)
