"""Right answers, found in other ways than a student is asked to: slow loops and closed forms."""

import itertools
import statistics

import numpy as np


def scale(variance, eps, inside):
    """What a centered value is divided by."""
    return (variance + eps) ** 0.5 if inside else variance**0.5 + eps


def channel(x, number, term):
    """All values of one channel, in a flat list."""
    return np.take(x, number, axis=-1 if term.channels_last else 1).ravel().tolist()


def moments(x, term, unbiased):
    """Mean and variance of each channel, by the standard library."""
    kind = statistics.variance if unbiased else statistics.pvariance
    lists = [channel(x, number, term) for number in range(x.shape[-1 if term.channels_last else 1])]
    return np.array([[statistics.fmean(v) for v in lists], [kind(v) for v in lists]])


def running(batches, term, corrected=False):
    """Running mean and variance (2, C) after `batches`, as one weighted sum."""
    kept, count = 1 - term.momentum if term.momentum_is_new else term.momentum, len(batches)
    weights = [(1 - kept) * kept ** (count - 1 - k) for k in range(count)]
    if not term.corrected:
        weights[0] = kept ** (count - 1)
    if corrected and term.corrected:
        weights = [weight / sum(weights) for weight in weights]
    each = [moments(batch, term, term.unbiased_running) for batch in batches]
    return sum(w * m for w, m in zip(weights, each, strict=True))


def normalized(x, mean, variance, gamma, beta, term):
    """γ (x − mean)/s + β, channel by channel."""
    axis = x.ndim - 1 if term.channels_last else 1
    y = np.empty(x.shape)
    for number in range(x.shape[axis]):
        place = tuple(number if a == axis else slice(None) for a in range(x.ndim))
        s = scale(variance[number], term.eps, term.inside)
        y[place] = gamma[number] * (x[place] - mean[number]) / s + beta[number]
    return y


def gradients(g, x, gamma, term):
    """dx, dgamma and dbeta of Σ g y by the complex step, which is exact to rounding."""
    axis = 0 if term.rows else 1

    def total(x, gamma, beta):
        gamma, beta = (np.expand_dims(v, axis) for v in (gamma, beta))
        centered = x - x.mean(axis, keepdims=True)
        freedom = x.shape[axis] - (1 if term.unbiased else 0)
        variance = (centered * centered).sum(axis, keepdims=True) / freedom
        return (
            g * (gamma * centered / scale(variance, term.gradient_eps, term.inside) + beta)
        ).sum()

    step, places = 1e-30, [np.asarray(v, complex) for v in (x, gamma, 0 * gamma)]
    result = [np.empty(v.shape) for v in places]
    for which, value in enumerate(places):
        for index in np.ndindex(value.shape):
            moved = [v.copy() for v in places]
            moved[which][index] += 1j * step
            result[which][index] = total(*moved).imag / step
    return tuple(result)


def masked(x, real, groups, term):
    """Group norm over the real positions (True in `real`), value by value."""
    sequences = x if term.channels_last else x.transpose(0, 2, 1)
    samples, length, channels = sequences.shape
    y = np.zeros(sequences.shape)
    for n, group in itertools.product(range(samples), range(groups)):
        members = [
            c for c in range(channels)
            if (c * groups // channels if term.neighbors else c % groups) == group
        ]  # fmt: skip
        places = [(n, t, c) for t in range(length) for c in members if real[n, t]]
        values = [float(sequences[place]) for place in places]
        if values:
            mean, variance = statistics.fmean(values), statistics.pvariance(values)
            for place, value in zip(places, values, strict=True):
                y[place] = (value - mean) / scale(variance, term.masked_eps, term.inside)
    return y if term.channels_last else y.transpose(0, 2, 1)


def softmax(logits):
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def scores(logits, labels, term):
    """Mean cross-entropy, and what the term tells of the samples whose largest logit is another."""
    chosen = softmax(logits)[np.arange(len(labels)), labels]
    loss, wrong = float(-np.log(chosen).mean()), float((logits.argmax(1) != labels).mean())
    told = {"errors": wrong, "accuracy": 1 - wrong, "percent": 100 * (1 - wrong)}[term.score_kind]
    return (loss, told) if term.loss_first else (told, loss)


def linear_step(x, labels, weight, rate, smoothing):
    """The weight of a linear classifier after one step on the mean cross-entropy."""
    classes = len(weight)
    aims = np.full((len(x), classes), smoothing / classes)
    aims[np.arange(len(x)), labels] += 1 - smoothing
    errors = softmax(x @ weight.T) - aims
    return weight - rate * errors.T @ x / len(x)
