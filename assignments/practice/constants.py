"""The constants and conventions of a term, with the words for them in the text."""

import math
from types import SimpleNamespace

from . import oracles, reports
from .patients import patients

METHODS = {
    "complex": (1e-20, r"\frac{\operatorname{Im} L(w + i h e_j)}{h}",
                "the imaginary part of the loss, where $i h$ is added to the entry (the *complex "
                "step*; all losses here take complex numbers)"),
    "central": (0.05, r"\frac{L(w + h e_j) - L(w - h e_j)}{2h}",
                "a central difference, with a step so large that you see its own error"),
    "four": (0.1, r"\frac{8\,[L(w + h e_j) - L(w - h e_j)] - [L(w + 2h e_j) - L(w - 2h e_j)]}{12h}",
             "a difference of four points, with a step so large that you see its own error"),
}  # fmt: skip
JUDGED = {
    "last": "its **last** value, that after all of its epochs so far",
    "best": "the **best** value that it has had after any of its epochs so far",
    "mean": "the **mean** of its values after the epochs of this rung",
}
# What each makes of the derivative of w⁵ at 1.
FIFTH = {"complex": 5.0, "central": 5.02500625, "four": 4.9996}


def parameters(rng):
    """The constants and conventions of a term, drawn from a `numpy.random.Generator`."""

    def pick(*options):
        return options[int(rng.integers(len(options)))]

    def coin():
        return bool(rng.integers(2))

    return {
        **_of_recall(pick),
        **_of_gradient(pick, coin),
        **_of_halving(pick, coin),
        **_of_best(pick, coin),
        **patients(pick),
        **reports.parameters(pick, rng),
        **_of_experiment(pick),
        "data_seed": int(rng.integers(1000)),
    }


def _of_recall(pick):
    # Of the pairs none is where the noises are so close that thousands of labels are asked.
    wide, narrow, wide_noise, narrow_noise = pick(
        (60, 12, 1.0, 1.5), (90, 15, 0.8, 1.1), (48, 8, 1.2, 1.6), (70, 20, 0.9, 1.5)
    )
    shares = pick((60, 25, 15), (50, 30, 15, 5), (70, 20, 10), (40, 30, 20, 10))
    begin, eta, least = pick((50, 3, 2), (70, 4, 1), (40, 3, 1), (100, 4, 2), (45, 3, 2))
    return {
        "hit_trials": pick(20, 30, 40, 50),
        "hit_percent": pick(5, 8, 10),
        "shares_words": ", ".join(f"{s} %" for s in shares),
        "shares": [s / 100 for s in shares],
        "blind_classes": len(shares),
        "blind_smoothing": pick(0.1, 0.2, 0.3),
        "begin": begin,
        "rung_eta": eta,
        "least": least,
        "most": least * eta**3,
        "pair_images": pick(500, 800, 1000, 2000),
        "only_first": pick(34, 45, 52),
        "only_second": pick(11, 18, 23),
        "wide": wide,
        "narrow": narrow,
        "wide_noise": wide_noise,
        "narrow_noise": narrow_noise,
        "loss_size": pick(0.5, 2.0, 8.0),
        "third": pick(3.0, 30.0, 200.0),
        **_rounding(pick(6e-8, 1.1e-16)),
    }


def _rounding(value):
    digits, power = f"{value:.1e}".split("e")
    return {"rounding": value, "rounding_words": rf"{float(digits):g} \cdot 10^{{{int(power)}}}"}


def _of_gradient(pick, coin):
    # Never the chapter's own two: a central difference, divided by the sum of both norms.
    method, by_sum = pick("complex", "four", "central"), coin()
    by_sum = by_sum and method != "central"
    worst_first, (step, formula, words) = coin(), METHODS[method]
    both = r"\lVert g\rVert + \lVert m\rVert", r"\max(\lVert g\rVert, \lVert m\rVert)"
    return {
        "method": method,
        "step": step,
        "method_formula": formula,
        "method_words": words,
        "by_sum": by_sum,
        "bottom_words": both[0] if by_sum else both[1],
        "limit": pick(0.01, 0.015, 0.02),
        "worst_first": worst_first,
        "order_words": "the largest error first, and before all others those whose error is not a "
        "number" if worst_first else "in the order in which they stand in `weights`",
        "test_double": 0.33333 if by_sum else 0.5,
        "test_fifth": FIFTH[method],
        "test_suspects": ["b", "a"] if worst_first else ["a", "b"],
    }  # fmt: skip


def _of_halving(pick, coin):
    # Never all as in the chapter: large is good, the last value judges, ⌊n/η⌋ stay, the first ones.
    high, first, judged, carry, eta = coin(), coin(), pick(*JUDGED), coin(), pick(3, 4, 5)
    down = coin() and not (high and first and judged == "last")
    drawn = {"eta": eta, "high_is_good": high, "first_stays": first, "judged": judged}
    drawn |= {"carry": carry, "rounded_down": down}
    term = SimpleNamespace(**drawn)
    curves = [[0.9, 0.1], [0.6, 0.6], [0.1, 0.8]]  # each way to judge has another winner
    if not high:
        curves = [[round(1 - v, 1) for v in curve] for curve in curves]
    many = 2 * eta + 1
    budget = 2 * (2 * many + eta)
    return {
        **drawn,
        "good_words": "**large** values are good" if high else "**small** values are good",
        "tie_words": "smaller" if first else "larger",
        "judged_words": JUDGED[judged],
        "stay_words": "rounded **down**, but at least one" if down else "rounded **up**",
        "left_words": "is added to what the next rung has to spend" if carry else "is lost",
        "test_better": [0.2, 0.8, 0.5] if high else [0.8, 0.2, 0.5],
        "test_tie": oracles.halved(term, [[0.5] * 9] * 3, 6, 3)[0],
        "test_curves": curves,
        "test_judged": oracles.halved(term, curves, 6, 3)[0],
        "test_many": many,
        "test_budget": budget,
        "test_spent": sorted(oracles.halved(term, [[0.5] * 99] * many, budget)[1]),
    }


_FORWARDS = {"start_words": "$a$", "end_words": "up to $b$", "log_end_words": "up to that of $b$",
             "first_words": "small", "order_of_entries": "in its order",
             "code_end": "b"}  # fmt: skip
_BACKWARDS = {"start_words": "$b$", "end_words": "down to $a$",
              "log_end_words": "down to that of $a$", "first_words": "large",
              "order_of_entries": "in reverse order, the last one for $u = 0$",
              "code_end": "a"}  # fmt: skip


def _of_best(pick, coin):
    # Never all as in most libraries: both ends, each name its own number, unused names left out.
    high, closed, own = coin(), coin(), coin()
    left_out = coin() and not (closed and own)
    again, backwards = coin(), coin()
    near, far = pick((0.5, 0.9), (0.8, 0.99), (0.9, 0.999))
    guess = pick(0.1, 0.2, 0.25)
    drawn = {"scores_high": high, "guess": guess if high else round(10 * guess, 1)}
    drawn |= {"again": again, "backwards": backwards, "closed": closed, "own_number": own}
    drawn["left_out"] = left_out
    term = SimpleNamespace(**drawn)
    scores, marks = [0.2, 0.4, 0.9], [0.3, 0.8, 0.5]
    failed = [math.nan, 0.5, math.nan]

    def first(u, *space):
        return oracles.drawn(term, {"": space}, {}, [u])[1][0]

    thirds = [first(u, "whole", 1, 3) for u in (0.0, 0.3, 0.5, 0.7, 0.95)]
    return {
        **drawn,
        "scores_words": "large scores are good"
        if high
        else "small scores are good (scores and marks are losses)",
        "whole_words": "both ends among them" if closed else "$a$ among them and $b$ not",
        "number_words": "The name in place $k$ of `space` (counted from 0) has the number `u[k]` "
        "for itself, whether it is in use or not."
        if own
        else "Only names in use take a number: the first of them `u[0]`, the next one `u[1]`, and "
        "so on.",
        "unused_words": "does not stand in the setting at all"
        if left_out
        else "stands in the setting with the value `None`",
        **(_BACKWARDS if backwards else _FORWARDS),
        "choose_words": "Choose $n$ times at random among all $M$ trainings, **with replacement** "
        "(one training may come several times)"
        if again
        else "Choose $n$ **different** trainings at random, each set of $n$ equally probable",
        "test_whole": thirds,
        "test_width": thirds[0],
        "test_near": near,
        "test_far": far,
        "test_ends": [far, near] if backwards else [near, far],
        "test_big": 0.1 if backwards else 0.9,
        "test_small": 0.9 if backwards else 0.1,
        "test_unused": ["kind"] if left_out else ["kind", "width"],
        "test_first": 0.1 if own else 0.5,
        "test_second": 0.5 if own else 0.1,
        "test_all": round(oracles.expected_mark(term, scores, marks, 3), 4),
        "test_two": round(oracles.expected_mark(term, scores, marks, 2), 4),
        "test_failed": round(oracles.expected_mark(term, failed, [9, 0.7, 9], 3), 4),
    }


def _of_experiment(pick):
    columns, span = pick((24, 10), (24, 8), (30, 12), (30, 10))
    return {
        "columns": columns,
        "span": span,
        "features": pick(4, 5),
        "labels": pick(40, 50, 60),
        "turn": pick(0.2, 0.3, 0.4),
    }
