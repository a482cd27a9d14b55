"""Practice: the questions of a term. constants.py draws it, oracles.py knows what is right.

A slip that one check is about should not cost the others: order and limit of suspects are tried on
losses that every difference gets right, budgets on values that are all equal, ties and directions
on values that do not change while a training goes on.
"""

import math
from types import SimpleNamespace

import numpy as np

from deeptricks.grading import Check, Question

from . import clinic_checks as clinic
from . import oracles as right
from .constants import JUDGED, parameters

__all__ = ["parameters", "questions"]


def check(name, points, run, expected, says, tolerance=1e-6, **inputs):
    return Check(name, points, run, says, inputs, expected, tolerance=tolerance)


def questions(term):
    """The seven questions, for the constants of `term`; the sixth has two parts."""
    return [
        Question("recall", "Recall", _recall(term)),
        Question("gradient", "Which gradient is wrong?", _gradient(term)),
        Question("halving", "Halving with a fixed budget", _halving(term)),
        Question("best", "What a search draws, and what it is worth", _best(term)),
        Question("clinic", "The clinic", clinic.checks(term), room="torch"),
        Question("report", "A report", _report(term)),
        Question("doubt", "A doubt", rubric=_doubt(term)),
        Question("story", "The better network", rubric=STORY),
    ]


def _doubt(term):
    return (
        (1, f"{term.report_false}: {term.report_why}"),
        (1, f"{term.report_missed}: {term.report_unseen}; would call it with its own function"),
        (1, f"{term.report_symptom} was measured while {term.report_cause} was there, so says "
            "little: mend the cause and what was missed, then ask again"),
    )  # fmt: skip


STORY = (
    (1, "the finding: validation prefers `all` (and cannot tell it from the third way); anywhere "
        "it is many times worse than the probe, worse than always 0; the third way has both"),
    (1, "the gradient of B is v times a sum of training inputs: the rows of B move only within "
        "their directions, and in the others B stays"),
    (1, "a random head: the body is bent toward a head that is wrong, and in the directions that "
        "never varied the OLD features meet the new head; what comes out is arbitrary"),
    (1, "head first: it has learned what the old features mean, residuals are small, the body "
        "moves little, and elsewhere it still fits"),
    (1, "more samples of the same place, or more search by them, ask the same question again; "
        "a few samples of elsewhere (or how far B has moved) would tell"),
)  # fmt: skip


def _recall(term):
    return (
        check("hit", 1, "return float(hit)", right.hit(term),
              "At least two is all but none and exactly one; the one can be any of the trials.",
              2e-3),
        check("blind", 1, "return float(blind)", right.blind(term),
              "Cross entropy is linear in the target, so only the mean target counts: smoothed "
              "shares. The best answer is that mean; what does it cost?", 2e-3),
        check("epochs", 1, "return float(epochs)", float(right.epochs(term)),
              "Each rung pays for the epochs that it adds, for as many settings as are left; the "
              "numbers left are rounded up.", 1e-9),
        check("paired", 1, "return float(paired)", right.paired_error(term),
              "Both networks saw the same images: take the difference image by image, 1, 0 or −1, "
              "and its deviation.", 2e-3),
        check("labels", 1, "return float(labels)", float(right.labels_needed(term)),
              "Set the two errors equal, solve for n, and go on to the next whole number.", 1e-9),
        check("step", 1, "return float(step)", right.best_step(term),
              "The derivative of the bound with respect to h is 0 where it is least.", 2e-3),
    )  # fmt: skip


LINEAR = """
def loss(w):
    return sum(np.sum(np.asarray(slopes[k]) * w[k]) for k in slopes)
"""

MEASURED = """
def loss(w):
    return offset + sum(
        np.sum(c * w[name] ** k) for name in powers for k, c in enumerate(powers[name])
    )
return errors(loss, weights, gradients)
"""

RATIO = LINEAR + "return errors(loss, weights, gradients)"

ZEROS = (
    LINEAR
    + """
with np.errstate(divide="raise", invalid="raise"):
    found = errors(loss, weights, gradients)
names = suspects(loss, weights, gradients, 0.5)
return found, names
"""
)

NAMES = (
    LINEAR
    + """
every = [[suspects(loss, weights, g), suspects(loss, weights, g, bound)] for g in said]
return every
"""
)

CARE = """
def loss(w):
    return np.sum(w["a"] ** 2) * np.sum(w["b"]) + np.sum(w["single"])
found = errors(loss, weights, gradients)
return found, suspects(loss, weights, gradients), weights, gradients
"""


def _gradient(term):
    rng = np.random.default_rng(term.data_seed)
    powers = {"w": [0, 1, -2, 0, 1, 1], "bias": [2, 0, 1, 3, 0, -1]}
    at = {"w": rng.integers(2, 9, (2, 3)) / 8, "bias": np.array(5 / 8)}
    seen = {k: np.vectorize(lambda x, p=powers[k]: right.slope(term, p, x))(v)
            for k, v in at.items()}  # fmt: skip
    said = {"w": seen["w"] * rng.uniform(0.8, 1.1, (2, 3)), "bias": 0.7 * seen["bias"]}
    offset = 1e9 if term.method == "complex" else 0.0

    slopes = {"first": rng.normal(size=(3, 3)), "second": rng.normal(size=4),
              "third": rng.normal(size=(2, 1, 2)), "fourth": rng.normal(size=3)}  # fmt: skip
    weights = {k: rng.normal(size=v.shape) for k, v in slopes.items()}
    wrong = {"first": slopes["first"].T, "second": -slopes["second"],
             "third": 2.5 * slopes["third"], "fourth": slopes["fourth"]}  # fmt: skip

    still = {"none": np.zeros(2), "all": np.zeros((2, 2)), "number": np.array(3.0),
             "lost": np.array([1.0, 2.0])}  # fmt: skip
    zero = {"none": np.zeros(2), "all": np.ones((2, 2)), "number": np.array(0.0),
            "lost": np.array([1.0, math.nan])}  # fmt: skip
    of_zero = {k: math.nan if k == "lost" else right.gradient_error(term, zero[k], still[k])
               for k in still}  # fmt: skip

    # In units of the limit, and so far from it that the other size below decides nothing.
    bound = 12 * term.limit
    sizes = [{"first": 30, "second": 0.05, "third": 4, "fourth": 36},
             {"first": 0.1, "second": 10, "third": 4.5, "fourth": 33}]  # fmt: skip
    of_names, called = [], []
    for size in sizes:
        share = {k: s * term.limit for k, s in size.items()}
        factor = {k: (1 - e) / (1 + e) if term.by_sum else 1 - e for k, e in share.items()}
        of_names.append({k: factor[k] * slopes[k] for k in slopes})
        share |= {"second": math.nan} if len(of_names) == 2 else {}
        called.append([right.suspects(term, share, term.limit), right.suspects(term, share, bound)])
    of_names[1]["second"] = np.full(4, math.nan)

    whole = {"a": rng.integers(1, 5, (2, 2)), "b": rng.integers(1, 4, 3),
             "single": np.array([0.1, 0.7], dtype=np.float32)}  # fmt: skip
    exact = {"a": 2 * whole["a"] * whole["b"].sum(),
             "b": np.full(3, np.sum(whole["a"] ** 2)), "single": np.ones(2)}  # fmt: skip
    given = {"a": exact["a"] + 40, "b": exact["b"], "single": [1.0, 4.0]}
    of_care = {k: right.gradient_error(term, given[k], exact[k]) for k in whole}
    return (
        check("measured", 1, MEASURED,
              {k: right.gradient_error(term, said[k], seen[k]) for k in at},
              "The derivative, entry by entry, as the formula of this question measures it: its "
              "own small error included.",
              weights=at, gradients=said, powers=powers, offset=offset),
        check("ratio", 1, RATIO,
              {k: right.gradient_error(term, wrong[k], slopes[k]) for k in slopes},
              "The relative error of a whole array: which norms, and what stands below?",
              weights=weights, gradients=wrong, slopes=slopes),
        check("zeros", 1, ZEROS,
              [of_zero, right.suspects(term, of_zero, 0.5)],
              "Arrays without influence, single numbers, and gradients that are not a number: "
              "nothing may be divided by 0, and what is not a number is suspect.",
              weights={k: v + 1.0 for k, v in still.items()}, gradients=zero, slopes=still),
        check("names", 1, NAMES, called,
              "Which names are suspect for a limit (also another than yours), and in which order?",
              weights=weights, said=of_names, slopes=slopes, bound=bound),
        check("care", 1, CARE,
              [of_care, right.suspects(term, of_care, term.limit), whole, given],
              "Weights that are whole numbers or of single precision, all of which the loss needs; "
              "gradients in a list; and all of it must be there, unchanged, afterwards.",
              1e-5, weights=whole, gradients=given),
    )  # fmt: skip


MORE = """
def trained(curves):
    done = [0] * len(curves)
    def more(i, epochs):
        assert epochs == max(int(epochs), 1), f"more was asked for {epochs} epochs"
        done[i] += epochs
        return [float(v) for v in curves[i][done[i] - epochs : done[i]]]
    return more
def found(curves, budget):
    winner, spent = halve(trained(curves), len(curves), budget)
    return [winner, list(spent)]
"""

SPENT = MORE + "return [sorted(found(c, b)[1]) for c, b in zip(tables, budgets)]"
FOUND = MORE + "return [found(c, b) for c, b in zip(tables, budgets)]"
WINNER = MORE + "return [found(c, b)[0] for c, b in zip(tables, budgets)]"


def _halving(term):
    rng = np.random.default_rng(term.data_seed + 1)
    eta, sign = term.eta, 1 if term.high_is_good else -1

    def plain(n):
        """A budget with which no rung leaves anything over, and a table that is long enough."""
        left, sizes = n, []
        while left > 1:
            sizes.append(left)
            left = right.staying(term, left, eta)
        return math.lcm(*sizes) * len(sizes)

    def flat(n, length=9):
        return np.full((n, length), 0.5)

    def answers(tables, budgets):
        return [right.halved(term, t.tolist(), b) for t, b in zip(tables, budgets, strict=True)]

    def asked(tables, budgets):
        return {"tables": tables, "budgets": budgets}

    sizes = [eta**2, eta**3, eta**2 + 1, 2 * eta, eta - 1]
    plans = asked([flat(n, 200) for n in sizes], [plain(n) for n in sizes])

    def results(table, budget):
        """How many different ones there are, where a setting is judged in each of the ways."""
        ways = [SimpleNamespace(**{**vars(term), "judged": way}) for way in JUDGED]
        return len({str(right.halved(way, table.tolist(), budget)) for way in ways})

    def rises(n):
        late, end = rng.uniform(5, 60, (n, 1)), rng.uniform(0.3, 1, (n, 1))
        return sign * (end * (1 - np.exp(-np.arange(1, 200) / late)) - 0.5)

    def shakes(n):
        return sign * rng.uniform(0.1, 0.9, (n, 200))

    def until(wanted, curves, n, budget):
        while results(table := curves(n), budget) != wanted:
            pass
        return table

    many = (eta**2, eta + 2, eta, eta**2)
    firsts = [plain(n) for n in many]
    rising = [until(1, rises, *size) for size in zip(many, firsts, strict=True)]
    longer = [3 * budget for budget in firsts]
    noisy = [until(len(JUDGED), shakes, *size) for size in zip(many, longer, strict=True)]

    ties = [np.repeat(rng.integers(1, 3, (n, 1)), 200, axis=1) for n in (3, eta, eta + 2, 2 * eta)]
    even = [plain(len(table)) for table in ties]

    broken = [np.repeat(rng.permutation([math.nan, math.inf, -math.inf, 0.4, 0.6, 0.2, -0.3,
                                         math.nan])[: eta + 3, None], 200, axis=1)
              for _ in range(3)]  # fmt: skip
    broken.append(np.full((eta + 1, 200), math.nan))
    halt = [plain(len(table)) for table in broken]

    left = asked([flat(n, 300) for n in (eta + 2, eta**2 - 1, eta**2 + 2, 2 * eta, eta + 1, 1)],
                 [8 * eta + 11, 10 * eta**2 + 7, 10 * eta**2 + 14, 1, 2 * eta + 5, 5])  # fmt: skip
    return (
        check("plan", 1, SPENT, [sorted(spent) for _, spent in answers(*plans.values())],
              "Values that are all equal, and budgets that divide: how many rungs are there, how "
              "many settings stay, and how many epochs has each of them had?", **plans),
        check("winner", 1, WINNER, [w for w, _ in answers(rising, firsts)],
              "Values that get better from epoch to epoch, some early and some late: which setting "
              "is left?", **asked(rising, firsts)),
        check("judged", 1, FOUND, answers(noisy, longer),
              "Values that go up and down: which of its values is a setting judged by, and does "
              "it remember those of the rungs before?", **asked(noisy, longer)),
        check("ties", 1, FOUND, answers(ties, even),
              "Settings that are equal: which of them stays?", **asked(ties, even)),
        check("broken", 1, FOUND, answers(broken, halt),
              "Values that are infinite or not a number: they never win against a number, and are "
              "equal among themselves.", **asked(broken, halt)),
        check("leftover", 1, SPENT, [sorted(spent) for _, spent in answers(*left.values())],
              "Budgets that do not divide, and budgets that are too small: what becomes of what a "
              "rung leaves over, and what does each setting get at least?", **left),
    )  # fmt: skip


DRAWN = """
found = [draw(space, only, u) for u in many]
return [[list(one), list(one.values())] for one in found]
"""

COUNTS = """
values = [draw(space, {}, [u, u])["units"] for u in grid]
return [values.count(v) for v in range(12)], space, grid
"""

LARGE = """
with np.errstate(over="raise", invalid="raise"):
    many = [expected_mark(large, of_large, n) for n in (1, 900, 1790)]
return [expected_mark(scores, marks, n) for n in range(1, 8)], many
"""

MARKS = "return [expected_mark(scores, marks, n) for n in range(1, len(scores) + 1)], scores, marks"


def _best(term):
    rng = np.random.default_rng(term.data_seed + 2)
    wide, near = float(rng.choice([1e-6, 1e-4])), (0.3, 0.97)
    space = {"rate": ("log", wide, 3.0), "rule": ("one of", ["sgd", "adam", "lion"], None),
             "momentum": ("near one", *near), "layers": ("whole", 2, 7),
             "dropout": ("linear", 0.1, 0.7)}  # fmt: skip
    many = rng.integers(1000, size=(6, 5)) / 1000  # to round could give 1
    many[:, 1], many[5] = (0.3, 0.7, 0.1, 0.5, 0.95, 0.0), 0.0
    chain = {"rule": ("one of", ["sgd", "adam"], None), "clip": ("one of", [None, 1, 5], None),
             "decay": ("linear", 0.0, 1.0), "width": ("whole", 1, 9),
             "rate": ("log", 1e-3, 1.0)}  # fmt: skip
    only = {"clip": ("rule", "sgd"), "decay": ("clip", None)}
    paths = [[r, k, *(rng.integers(1000, size=3) / 1000)] for r in (0.2, 0.8) for k in (0.2, 0.8)]
    grid = ((np.arange(60) + 0.5) / 60).tolist()
    units = {"units": ("whole", 1, 11 - int(term.closed)), "x": ("linear", 0, 1)}
    counts = [6 * (1 <= v <= 10) for v in range(12)]

    scores, marks = rng.permutation(7) / 8, rng.integers(1, 9, 7) / 8
    M = 1800
    order = rng.permutation(M)
    of_large = rng.integers(1, 99, M) / 100
    large, of_order = np.empty(M), np.empty(M)
    large[order] = np.arange(M) if term.scores_high else -np.arange(M)
    of_order[order] = of_large
    tied, of_tied = [2, 1, 2, 3, 3, 1, 3], rng.integers(1, 9, 7) / 8
    failed = [0.5, math.nan, 0.25, math.inf, math.nan, -math.inf, 0.75]
    return (
        check("kinds", 1, DRAWN, [right.drawn(term, space, {}, u) for u in many],
              "Each kind, with no condition: on which scale is the number spread evenly, and where "
              "are its ends?", space=space, only={}, many=many),
        check("only", 1, DRAWN, [right.drawn(term, chain, only, u) for u in paths],
              "Names with conditions, and conditions on names that are not in use: what stands in "
              "the setting, and whose is which number?", space=chain, only=only, many=paths),
        check("counts", 1, COUNTS, [counts, units, grid],
              "Whole numbers are equally probable, from the first one to the last one allowed; and "
              "space and numbers stay as they were.", space=units, grid=grid),
        check("mean", 1, LARGE,
              [[right.expected_mark(term, scores, marks, n) for n in range(1, 8)],
               [right.expected_mark_of_many(term, of_large, n, 0) for n in (1, 900, 1790)]],
              "Scores that are all different, in small tables and large ones: which one of the n "
              "is handed in, and what is its mark?",
              scores=scores, marks=marks, large=large, of_large=of_order),
        check("ties", 1, MARKS,
              [[right.expected_mark(term, tied, of_tied, n) for n in range(1, 8)], tied, of_tied],
              "Several with one and the same best score: each is handed in equally often.",
              scores=tied, marks=of_tied),
        check("failed", 1, "return [expected_mark(scores, marks, n) for n in range(1, 8)]",
              [right.expected_mark(term, failed, of_tied, n) for n in range(1, 8)],
              "Trainings whose score is not finite, also more than n of them: when are they handed "
              "in, and what is the mark then?", scores=failed, marks=of_tied),
    )  # fmt: skip


def _report(term):
    return (
        check("cause", 1, "return cause", term.report_cause,
              "`cause`: which finding explains another one, and is not on purpose?"),
        check("false_alarm", 1, "return false_alarm", term.report_false,
              "`false_alarm`: read what the text says that the factory wants, and compare it with "
              "the evidence, finding by finding."),
        check("missed", 1, "return missed", term.report_missed,
              "`missed`: compare the call of the checkup with the program, line by line: what does "
              "the program do that the checkup was not handed?"),
    )  # fmt: skip
