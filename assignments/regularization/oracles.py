"""The right answers, each reached by another way than the reference solution takes."""

import math

import numpy as np
import torch

from .constants import OTHER_PENALTY


def pull(term):
    """The mean square of what a mask adds, over both masks and two values of the column."""
    q, added = term.pull_keep, 0.0
    for x in (term.pull_mean - term.pull_deviation, term.pull_mean + term.pull_deviation):
        for chance, factor in ((q, 1 / q), (1 - q, 0.0)):
            added += chance / 2 * ((factor - 1) * x) ** 2
    return added


def same_penalty(term):
    """The penalty that leaves as much of the distance as the steps of descent, one by one."""
    w = 0.0
    for _ in range(term.recall_steps):
        w -= term.recall_rate * term.curvature * (w - 1)
    return term.curvature / w - term.curvature


def edge_share(term):
    """By logarithms of the probability to be spared, which blocks multiply."""
    spared = math.log1p(-term.middle_percent / 100) / term.block
    return -math.expm1(term.edge_place * spared)


def least_loss(term):
    """Entropy of a coin, by its two logarithms."""
    own = term.own_share
    return math.log(1 / own) * own + math.log(1 / (1 - own)) * (1 - own)


def members(term):
    """Count up until the mean of so many errors is small enough."""
    many, share = 1, 1.0
    while share > term.goal_percent / 100:
        many += 1
        covariance = np.full((many, many), term.correlation) + (1 - term.correlation) * np.eye(many)
        share = covariance.mean()
    return many


def dropped(term, h, u, rate, g):
    """[output, gradient], sample by sample and channel by channel."""
    keep = rate if term.rate_keeps else 1 - rate
    axis = 1 if term.channels_second else -1
    h, g = (np.moveaxis(np.array(a, dtype=float), axis, 1) for a in (h, g))
    factors = np.ones(h.shape[:2])
    for n, c in np.ndindex(*factors.shape):
        if u is None:
            factors[n, c] = keep if term.scale == "evaluation" else 1
            continue
        row = [v < keep if term.low_is_kept else v >= 1 - keep for v in u[n]]
        scale = {"training": 1 / max(keep, 1e-9), "evaluation": 1,
                 "counted": len(row) / max(sum(row), 1)}[term.scale]  # fmt: skip
        factors[n, c] = scale if row[c] else 0
    spread = np.einsum("nc,nc...->nc...", factors, np.ones(h.shape))
    return [np.moveaxis(a * spread, 1, axis) for a in (h, g)]


def group_step(term, w, g, rate, lam, other):
    """Of each group, the length that solves its equation; the direction is that of v."""
    factor = OTHER_PENALTY[term.other][0]
    v = np.array(w, dtype=float) - rate * np.array(g, dtype=float)
    new = v if term.group_axis == 1 else v.T
    new = np.ascontiguousarray(new)
    for row in new:
        if term.other == "l1":
            row[:] = [math.copysign(max(abs(x) - rate * other, 0.0), x) for x in row]
        length, price = math.hypot(*row), rate * price_of(term, lam, len(row))
        wanted = max(length - price, 0.0) / (1 + rate * factor * other)
        row *= wanted / length if wanted else 0.0
    return new if term.group_axis == 1 else new.T


def price_of(term, lam, many):
    return lam * math.sqrt(many) if term.by_size else lam


def stays(term, g, lam, other):
    """Whether a very small step from zero is undone by the penalties."""
    g = np.array(g, dtype=float)
    step = group_step(term, np.zeros(g.shape), g, 0.001, lam, other)
    return np.abs(step).sum(axis=term.group_axis) == 0


def stopped(term, values, patience, margin):
    """(kept, stopped), from the running means of all epochs and the list of better ones."""
    many, better, best = len(values), [], math.nan
    for t in range(many):
        recent = [float(v) for v in values[: t + 1]][-term.window :]
        mean = math.fsum(recent) / len(recent) if np.isfinite(recent).all() else math.nan
        mean = -mean if term.high_is_good else mean  # small is good from here on
        needed = margin * abs(best) if term.relative else margin
        if math.isfinite(mean) and (not better or best - mean > needed):
            better.append(t)
            best = mean
        since = better[-1] if better and term.in_a_row else -1
        bad = t - since if term.in_a_row else t + 1 - len(better)
        if bad == patience + (1 if term.beyond else 0):
            break
    return (better[-1] + term.first if better else None), t + term.first


def mixed(term, x, labels, partners, share, classes, smoothing):
    """[inputs, targets], one sample after the other."""
    x = np.array(x, dtype=float)
    inputs, targets = np.empty(x.shape), np.zeros((len(x), classes))
    for n, s in enumerate(share):
        partner = partners[n] if term.partners_are_named else list(partners).index(n)
        own = s if term.share_is_own else 1 - s
        inputs[n] = own * x[n] + (1 - own) * x[partner]
        targets[n, labels[n]] += own
        targets[n, labels[partner]] += 1 - own
    if term.spare_own:
        confusion = np.full((classes, classes), smoothing / (classes - 1))
        np.fill_diagonal(confusion, 1 - smoothing)
    else:
        confusion = (1 - smoothing) * np.eye(classes) + smoothing / classes
    targets = targets @ confusion
    return [inputs, targets.T if term.classes_first else targets]


def soft_loss(term, logits, targets):
    """[loss, gradient], the gradient by automatic differentiation."""
    z = torch.tensor(np.array(logits, dtype=float), requires_grad=True)
    log_p = torch.log_softmax(z / term.temperature, dim=term.class_axis)
    loss = -(torch.tensor(np.array(targets, dtype=float)) * log_p).sum(dim=term.class_axis).mean()
    loss = loss / math.log(2) if term.bits else loss
    loss.backward()
    return [loss.item(), z.grad.numpy()]
