"""Other right answers to the assignment on regularization."""

from deeptricks.grading import Alternative

BY_SUMS = """
import math
from fractions import Fraction

q, mean = term.pull_keep, term.pull_mean
second = mean * mean + term.pull_deviation**2
pull = np.array(second / q - second)  # E[m²]/q² is 1/q, and the squared mean of the mask is 1
gone = sum(term.recall_rate * term.curvature * (1 - term.recall_rate * term.curvature) ** k
           for k in range(term.recall_steps))
same_penalty = term.curvature / gone - term.curvature
gamma = 1 - (1 - term.middle_percent / 100) ** (1 / term.block)
edge_share = 0.0
for _ in range(term.edge_place):
    edge_share = edge_share + gamma - gamma * edge_share
least_loss = round(float(np.dot([term.own_share, 1 - term.own_share],
                                -np.log([term.own_share, 1 - term.own_share]))), 4)
members = next(K for K in range(1, 10**6)
               if Fraction(1, K) + Fraction(K - 1, K) * Fraction(str(term.correlation))
               <= Fraction(term.goal_percent, 100))
members = Fraction(members)
"""

CHANNEL_BY_CHANNEL = """
def drop(h, u, rate):
    q = rate if term.rate_keeps else 1 - rate
    h = np.array(h, dtype=np.float64)
    factors = np.ones(h.shape)
    if u is None:
        if term.scale == "evaluation":
            factors *= q
        return factors * h, {"factors": factors}
    for n in range(len(h)):
        keeps = [d < q if term.low_is_kept else d >= 1 - q for d in u[n]]
        for c, kept in enumerate(keeps):
            place = (n, c) if term.channels_second else (n, Ellipsis, c)
            if not kept:
                factors[place] = 0
            elif term.scale == "training":
                factors[place] = 1 / q
            elif term.scale == "counted":
                factors[place] = len(keeps) / sum(keeps)
    return factors * h, {"factors": factors}


def drop_backward(g, memory):
    return memory["factors"] * g
"""

CHANNELS_LAST = """
class Memory:
    def __init__(self, kept, scale):
        self.kept, self.scale = kept, scale

    def apply(self, a):
        a = np.asarray(a) * self.scale
        if self.kept is None:
            return a
        axis = 1 if term.channels_second else a.ndim - 1
        a = np.moveaxis(a, axis, 1).copy()
        a[~self.kept] = 0
        return np.moveaxis(a, 1, axis)


def drop(h, u, rate):
    q = rate if term.rate_keeps else 1.0 - rate
    kept, scale = None, 1.0
    if u is None:
        scale = q if term.scale == "evaluation" else 1.0
    else:
        kept = np.less(u, q) if term.low_is_kept else np.greater_equal(u, 1 - q)
        if term.scale == "training" and q > 0:
            scale = 1.0 / q
        if term.scale == "counted":
            many = np.count_nonzero(kept, axis=1)
            scale = np.where(many > 0, kept.shape[1] / np.where(many > 0, many, 1), 0.0)
            scale = scale.reshape(-1, *(1,) * (np.ndim(h) - 1))
    memory = Memory(kept, scale)
    return memory.apply(h), memory


def drop_backward(g, memory):
    return memory.apply(g)
"""

MASK_BY_WHERE = """
def drop(h, u, rate):
    keep = float(rate) if term.rate_keeps else 1 - float(rate)
    if u is None:
        weight = keep if term.scale == "evaluation" else 1
        return np.multiply(h, weight, dtype=float), lambda g: np.multiply(g, weight, dtype=float)
    on = np.where(u < keep if term.low_is_kept else u >= 1 - keep, 1.0, 0.0)
    if term.scale == "counted":
        on /= np.maximum(np.mean(on, axis=1)[:, None], 1e-12)
    elif term.scale == "training":
        on /= max(keep, 1e-12)
    letters = "xyz"[: np.ndim(h) - 2]
    all_axes = "nc" + letters if term.channels_second else "n" + letters + "c"
    way = f"nc,{all_axes}->{all_axes}"
    return np.einsum(way, on, h), lambda g: np.einsum(way, on, g)


def drop_backward(g, memory):
    return memory(g)
"""

GROUP_BY_GROUP = """
from math import hypot


def soft(value, by):
    return value - by if value > by else value + by if value < -by else 0.0


def group_step(w, g, rate, lam=term.lam, other=term.alpha):
    w, g = np.array(w, dtype=float), np.array(g, dtype=float)
    if term.group_axis == 0:
        w, g = w.T, g.T
    result = np.zeros(w.shape)
    for u in range(len(w)):
        v = [a - rate * b for a, b in zip(w[u], g[u])]
        if term.other == "l1":
            v = [soft(a, rate * other) for a in v]
        n = hypot(*v)
        costs = rate * lam * (len(v) ** 0.5 if term.by_size else 1)
        if n > costs:
            result[u] = np.array(v) * (1 - costs / n)
    shrink = 1 + rate * other * {"l1": 0, "half": 1, "whole": 2}[term.other]
    return result.T / shrink if term.group_axis == 0 else result / shrink


def stays_at_zero(g, lam=term.lam, other=term.alpha):
    rows = np.array(g, dtype=float)
    rows = rows.T if term.group_axis == 0 else rows
    answers = []
    for row in rows:
        pulls = [soft(a, other) for a in row] if term.other == "l1" else row
        answers.append(hypot(*pulls) <= lam * (len(row) ** 0.5 if term.by_size else 1))
    return answers
"""

SHRINK_FIRST = """
def shrink(v, price, other):
    if term.other == "l1":
        v = np.clip(v - other, 0, None) + np.clip(v + other, None, 0)
    else:
        ridge = 1 + (2 if term.other == "whole" else 1) * other
        v, price = v / ridge, price / ridge
    n = np.linalg.norm(v, axis=term.group_axis, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > price, v - v * price / n, 0.0)


def group_step(w, g, rate, lam=term.lam, other=term.alpha):
    down = np.subtract(w, np.multiply(g, rate), dtype=float)
    each = rate * lam * np.sqrt(down.shape[term.group_axis] if term.by_size else 1)
    return shrink(down, each, rate * other)


def stays_at_zero(g, lam=term.lam, other=term.alpha):
    return ~np.any(group_step(np.zeros(np.shape(g)), g, 1.0, lam, other), axis=term.group_axis)
"""

RUNNING_MEANS = """
def stop_at(values, patience=term.patience, margin=term.margin):
    v = np.asarray(values, dtype=float) * (-1 if term.high_is_good else 1)
    watched = np.array([np.mean(v[max(0, t - term.window + 1) : t + 1]) for t in range(len(v))])
    limit = patience + 1 if term.beyond else patience
    kept, goal, better = None, np.inf, np.zeros(len(v), dtype=bool)
    for t in range(len(v)):
        if np.isfinite(watched[t]) and watched[t] < goal:
            better[t], kept = True, t
            goal = watched[t] - margin * (abs(watched[t]) if term.relative else 1)
        since = better[: t + 1]
        if term.in_a_row and kept is not None:
            since = better[kept : t + 1]
        if np.sum(~since) >= limit:
            break
    return [None if kept is None else kept + term.first, np.int64(t + term.first)]
"""

WITH_A_QUEUE = """
from collections import deque


class Rule:
    def __init__(self, patience, margin):
        self.recent = deque(maxlen=term.window)
        self.left = patience + (1 if term.beyond else 0)
        self.full, self.margin, self.goal, self.kept = self.left, margin, None, None

    def see(self, number, value):
        self.recent.append(value)
        mean = sum(self.recent) / len(self.recent)
        if mean != mean or mean in (float("inf"), float("-inf")):
            better = False
        elif self.goal is None:
            better = True
        else:
            needed = self.margin * (abs(self.goal) if term.relative else 1.0)
            better = (mean - self.goal if term.high_is_good else self.goal - mean) > needed
        if better:
            self.goal, self.kept = mean, number
            if term.in_a_row:
                self.left = self.full
        else:
            self.left -= 1
        return self.left <= 0


def stop_at(values, patience=term.patience, margin=term.margin):
    rule = Rule(patience, margin)
    for number, value in enumerate(values, start=term.first):
        if rule.see(number, value):
            break
    return rule.kept, number
"""

BY_A_MATRIX = """
def mix(x, labels, partners, share, classes, smoothing=term.smoothing):
    N = len(x)
    own = np.array(share) if term.share_is_own else 1 - np.array(share)
    weights = np.diag(own.astype(float))  # row n: what sample n is made of
    for n in range(N):
        if term.partners_are_named:
            weights[n, partners[n]] += 1 - own[n]
        else:
            weights[partners[n], n] += 1 - own[partners[n]]
    hot = np.zeros((N, classes))
    hot[np.arange(N), labels] = 1
    table = np.full((classes, classes), smoothing / (classes - 1 if term.spare_own else classes))
    rest = smoothing if term.spare_own else smoothing - smoothing / classes
    table[np.arange(classes), np.arange(classes)] = 1 - rest
    soft = weights @ hot @ table
    return np.tensordot(weights, x, axes=1), soft.T if term.classes_first else soft


def soft_loss(logits, targets):
    z = np.array(logits, dtype=float).T if term.classes_first else np.array(logits, dtype=float)
    t = np.array(targets, dtype=float).T if term.classes_first else np.array(targets, dtype=float)
    scale = 1 / np.log(2) if term.bits else 1.0
    loss, gradient = 0.0, np.zeros(z.shape)
    for n, row in enumerate(z / term.temperature):
        most = max(row)
        total = most + np.log(sum(np.exp(v - most) for v in row))
        loss += scale * (total - t[n] @ row) / len(z)
        gradient[n] = scale * (np.exp(row - total) - t[n]) / len(z) / term.temperature
    return float(loss), gradient.T if term.classes_first else gradient
"""

SAMPLE_BY_SAMPLE = """
def mix(x, labels, partners, share, classes, smoothing=term.smoothing):
    inputs, soft = [], []
    for n in range(len(x)):
        m = partners[n] if term.partners_are_named else list(partners).index(n)
        s = float(share[n])
        a, b = (s, 1 - s) if term.share_is_own else (1 - s, s)
        inputs.append(a * np.asarray(x[n]) + b * np.asarray(x[m]))
        t = [a * (labels[n] == c) + b * (labels[m] == c) for c in range(classes)]
        if term.spare_own:
            t = [(1 - smoothing) * v + smoothing / (classes - 1) * (1 - v) for v in t]
        else:
            t = [v - smoothing * (v - 1 / classes) for v in t]
        soft.append(t)
    soft = [list(column) for column in zip(*soft)] if term.classes_first else soft
    return np.stack(inputs), soft


def soft_loss(logits, targets):
    z = np.moveaxis(np.asarray(logits, dtype=float), term.class_axis, 0) / term.temperature
    t = np.moveaxis(np.asarray(targets, dtype=float), term.class_axis, 0)
    z = z - np.max(z, axis=0)
    e = np.exp(z)
    total = e.sum(axis=0)
    losses = np.log(total) * t.sum(axis=0) - (t * z).sum(axis=0)
    per = np.log(2) if term.bits else 1.0
    slope = (e / total - t) / (len(losses) * per * term.temperature)
    return losses.mean() / per, np.moveaxis(slope, 0, term.class_axis)
"""

ALTERNATIVES = [
    Alternative("recall", "by sums and fractions", BY_SUMS),
    Alternative("drop", "channel by channel", CHANNEL_BY_CHANNEL),
    Alternative("drop", "a class as memory, entries set to zero", CHANNELS_LAST),
    Alternative("drop", "einsum, and a function as memory", MASK_BY_WHERE),
    Alternative("groups", "group by group", GROUP_BY_GROUP),
    Alternative("groups", "one map for both penalties, also for the test", SHRINK_FIRST),
    Alternative("stop", "all running means first", RUNNING_MEANS),
    Alternative("stop", "a class with a queue", WITH_A_QUEUE),
    Alternative("mix", "by a matrix of parts, and loops", BY_A_MATRIX),
    Alternative("mix", "sample by sample, targets as lists", SAMPLE_BY_SAMPLE),
]
