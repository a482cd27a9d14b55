"""The right answers, each reached by another way than the reference solution takes."""

import itertools
import math
from fractions import Fraction

import numpy as np

# --- 1. recall: counting, and sums


def hit(term):
    """Chance of two or more among the best: one trial after the other, 0, 1 and more so far."""
    none, one, q = 1.0, 0.0, term.hit_percent / 100
    for _ in range(term.hit_trials):
        none, one = none * (1 - q), one * (1 - q) + none * q
    return 1 - none - one


def blind(term):
    """Cross entropy, label by label: which target comes how often, and what it costs."""
    spare = term.blind_smoothing / term.blind_classes
    said = [(1 - term.blind_smoothing) * share + spare for share in term.shares]
    loss = 0.0
    for label, share in enumerate(term.shares):
        for c, p in enumerate(said):
            target = spare + (1 - term.blind_smoothing) * (c == label)
            loss += share * target * math.log(1 / p)
    return loss


def epochs(term):
    """Epoch by epoch: how many settings are still trained in it."""
    total, going, rung = 0, term.begin, term.least
    for epoch in range(1, term.most + 1):
        total += going
        if epoch == rung:
            going, rung = math.ceil(Fraction(going, term.rung_eta)), rung * term.rung_eta
    return total


def paired_error(term):
    """From the list of differences itself, image by image, in percentage points."""
    differences = np.zeros(term.pair_images)
    differences[: term.only_first] = 1
    differences[term.only_first : term.only_first + term.only_second] = -1
    return 100 * differences.std() / math.sqrt(term.pair_images)


def labels_needed(term):
    """Count up until the wide layer is the better one."""

    def error(noise, width, n):
        return noise * (1 + Fraction(width, n - width - 1))

    wide, narrow = (Fraction(str(x)) for x in (term.wide_noise, term.narrow_noise))
    n = term.wide + 2
    while error(wide, term.wide, n) >= error(narrow, term.narrow, n):
        n += 1
    return n


def best_step(term):
    """The least of the bound, by trisection of the logarithm."""

    def bound(log_h):
        h = math.exp(log_h)
        return term.rounding * term.loss_size / h + h * h * term.third / 6

    low, high = math.log(1e-12), math.log(10.0)
    for _ in range(300):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, b) if bound(a) < bound(b) else (a, high)
    return math.exp((low + high) / 2)


# --- 2. a gradient that is measured


def slope(term, coefficients, w):
    """What the formula makes of a polynomial in one number, by Taylor's series, exactly."""
    derivatives, p = [], [Fraction(c) for c in coefficients]  # p[k] belongs to wᵏ
    while p:
        derivatives.append(sum(c * Fraction(w) ** k for k, c in enumerate(p)))
        p = [k * c for k, c in enumerate(p)][1:]
    h, found = Fraction(term.step), Fraction(0)
    for k in range(1, len(derivatives), 2):  # the even ones cancel
        part = derivatives[k] * h ** (k - 1) / math.factorial(k)
        found += part * {"complex": (-1) ** ((k - 1) // 2), "central": 1,
                         "four": Fraction(8 - 2**k, 6)}[term.method]  # fmt: skip
    return float(found)


def gradient_error(term, given, measured):
    """The relative error of one array."""
    g, m = np.ravel(np.array(given, dtype=float)), np.ravel(np.array(measured, dtype=float))
    sizes = [math.sqrt(math.fsum(x * x for x in a)) for a in (g, m)]
    bottom = math.fsum(sizes) if term.by_sum else max(sizes)
    return math.sqrt(math.fsum((g - m) ** 2)) / bottom if bottom else 0.0


def suspects(term, errors, limit):
    """Names from errors: whatever is not at most the limit."""
    found = [name for name, e in errors.items() if math.isnan(e) or e > limit]
    if term.worst_first:
        found = [n for n in found if math.isnan(errors[n])] + sorted(
            (n for n in found if not math.isnan(errors[n])), key=errors.get, reverse=True
        )
    return found


# --- 3. halving


def staying(term, m, eta):
    """How many of m settings stay."""
    share = Fraction(m, eta)
    return max(1, math.floor(share)) if term.rounded_down else math.ceil(share)


def halved(term, curves, budget, eta=None):
    """[winner, epochs of each], by duels: a setting stays if fewer than so many beat it."""
    n, eta = len(curves), eta or term.eta
    spent, alive, rungs = [0] * n, set(range(n)), 0
    # Rounded down again and again or once is the same, so that below 2 of n/ηᵏ one is left.
    while (left := Fraction(n, eta**rungs)) > 1 and (left >= 2 or not term.rounded_down):
        rungs += 1
    over = 0
    for _ in range(rungs):
        purse = math.floor(Fraction(budget, rungs)) + (over if term.carry else 0)
        each = max(1, math.floor(Fraction(purse, len(alive))))
        over = max(0, purse - each * len(alive))
        for i in alive:
            spent[i] += each

        def worth(i, each=each):
            seen = curves[i][: spent[i]]
            if term.judged != "best":
                seen = seen[-1 if term.judged == "last" else -each :]
                seen = [math.fsum(seen) / len(seen)]
            seen = [(v if term.high_is_good else -v) for v in seen if math.isfinite(v)]
            return max(seen, default=-math.inf)

        def beats(i, j):
            if worth(i) != worth(j):
                return worth(i) > worth(j)
            return i < j if term.first_stays else i > j

        stay = staying(term, len(alive), eta)
        alive = {i for i in alive if sum(beats(j, i) for j in alive if j != i) < stay}
    (winner,) = alive
    return [winner, spent]


# --- 4. drawing, and the best of n


def drawn(term, space, only, u):
    """[names, values] of one setting."""
    setting, numbers = {}, list(u)
    for k, (name, (kind, a, b)) in enumerate(space.items()):
        used = name not in only or setting.get(only[name][0], ("unused",)) == (only[name][1],)
        if not used:
            setting[name] = ("unused",)
            continue
        t = numbers[k] if term.own_number else numbers.pop(0)
        way = -1 if term.backwards else 1
        if term.backwards and kind not in ("whole", "one of"):
            t = 1 - t
        if kind == "linear":
            value = (1 - t) * a + t * b
        elif kind == "log":
            value = math.exp((1 - t) * math.log(a) + t * math.log(b))
        elif kind == "near one":
            value = 1 - math.exp((1 - t) * math.log(1 - a) + t * math.log(1 - b))
        elif kind == "whole":
            allowed = list(range(a, b + 1 if term.closed else b))
            value = allowed[::way][math.floor(t * len(allowed))]
        else:
            value = a[::way][math.floor(t * len(a))]
        setting[name] = (value,)
    if term.left_out:
        setting = {name: v for name, v in setting.items() if v != ("unused",)}
    return [list(setting), [None if v == ("unused",) else v[0] for v in setting.values()]]


def expected_mark(term, scores, marks, n):
    """Over all choices of n, one by one; of what may come again, each in all of its orders."""
    total, many = Fraction(0), 0
    choices = itertools.combinations_with_replacement if term.again else itertools.combinations
    for chosen in choices(range(len(scores)), n):
        orders = math.factorial(n)
        for i in set(chosen):
            orders //= math.factorial(chosen.count(i))
        fine = [i for i in chosen if math.isfinite(scores[i])]
        if fine:
            best = (max if term.scores_high else min)(scores[i] for i in fine)
            winners = [Fraction(marks[i]) for i in fine if scores[i] == best]
            total += orders * sum(winners) / len(winners)
        else:
            total += orders * Fraction(term.guess)
        many += orders
    return float(total / many)


def expected_mark_of_many(term, marks, n, failed):
    """The same, of distinct scores that rise with the number (large good), by logarithms."""
    M = len(marks) + failed
    total = 0.0

    def ways(m):
        if term.again:
            return n * math.log(m)
        return math.lgamma(m + 1) - math.lgamma(n + 1) - math.lgamma(m - n + 1)

    if failed >= (1 if term.again else n):
        total += term.guess * math.exp(ways(failed) - ways(M))
    for k, mark in enumerate(marks, start=failed + 1):  # the best is number k: it is among n of k
        if term.again:
            total += mark * math.exp(ways(k) - ways(M)) * (1 - (1 - 1 / k) ** n)
        elif k >= n:
            total += mark * math.exp(ways(k) - ways(M)) * n / k
    return total
