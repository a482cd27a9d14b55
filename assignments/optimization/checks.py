"""The assignment on optimization: constants and conventions of a term, and what is expected.

The expected values are worked out another way than the reference does: memories are written out as
weighted sums, units are gone through one by one, a schedule is a table, and finite differences
have closed forms.
"""

import itertools
import math
from types import SimpleNamespace

import numpy as np

from deeptricks.grading import Check, Question
from deeptricks.grading.compare import difference

SUMMED = r"$m \leftarrow \beta m + g$, $\theta \leftarrow \theta - \eta\, m$"
AVERAGED = r"$m \leftarrow \beta m + (1 - \beta)\, g$, $\theta \leftarrow \theta - \eta\, m$"


def parameters(rng):
    """The constants and conventions of a term."""

    def pick(*values):
        return values[int(rng.integers(len(values)))]

    def coin():
        return bool(rng.integers(2))

    return {
        **_of_recall(pick, coin),
        **_of_momentum(pick),
        **_of_unit_adam(pick, coin),
        **_of_schedule(pick),
        **_of_along(pick, coin),
        **_of_experiment(pick),
        "data_seed": int(rng.integers(1000)),
    }


def _of_recall(pick, coin):
    old_averages, silent = coin(), pick(3, 4, 5, 6, 7)
    return {
        "old_averages": old_averages,
        "old_form": AVERAGED if old_averages else SUMMED,
        "new_form": SUMMED if old_averages else AVERAGED,
        "old_rate": pick(0.02, 0.03, 0.04, 0.05),
        "old_beta": pick(0.8, 0.9, 0.95),
        "new_beta": pick(0.6, 0.7, 0.75, 0.85),
        "recall_beta1": pick(0.8, 0.85, 0.9),
        "recall_beta2": pick(0.98, 0.99, 0.995),
        "silent": silent,
        "first_heard": silent + 1,
        "pull": pick(0.2, 0.3, 0.4, -0.2, -0.3, -0.4),
        "recall_decay": pick(0.04, 0.05, 0.08, 0.1),
        "flat_rate": pick(0.01, 0.03, 0.2, 0.4),
        "warm_percent": pick(6, 10, 14),
        "drop_percent": pick(20, 30, 40),
    }


def _of_momentum(pick):
    # Never an undamped first gradient without a look ahead: that is the framework's own rule.
    flags = [f for f in itertools.product([False, True], repeat=3) if f[1:] != (False, True)]
    inside, ahead, undamped = pick(*flags)
    # The visible test: two steps with β = ½, τ = ¼, η = ½ and then ¼, g = 1 and then 2.
    two = SimpleNamespace(
        beta=0.5, dampening=0.25, rate_inside=inside, look_ahead=ahead, first_undamped=undamped
    )
    one, other = [np.ones(1)], [2 * np.ones(1)]
    push = r"a\,\eta\, g" if inside else r"a\, g"
    move = rf"{push} + \beta m" if ahead else "m"
    if not inside:
        move = rf"\eta\,({move})" if ahead else rf"\eta\, {move}"
    elif ahead:
        move = f"({move})"
    return {
        "beta": pick(*[n / 100 for n in range(80, 96)]),
        "dampening": pick(*[n / 100 for n in range(25, 61, 5)]),
        "rate_inside": inside,
        "look_ahead": ahead,
        "first_undamped": undamped,
        "test_first": float(momentum_places(two, one, [one], [0.5])[0][0]),
        "test_second": float(momentum_places(two, one, [one, other], [0.5, 0.25])[0][0]),
        "memory_equation": rf"\beta m + {push}",
        "move_equation": rf"\theta - {move}",
        "start_words": (
            r"Here $a = 1$ for the first gradient that a parameter gets, whenever that is, and "
            r"$a = 1 - \tau$ for all its later ones, with the dampening $\tau$."
            if undamped
            else r"Here $a = 1 - \tau$ for every gradient, a parameter's first one included; "
            r"$\tau$ is the dampening."
        ),
    }


def _of_unit_adam(pick, coin):
    rows, inside, decoupled = coin(), coin(), coin()
    quotient = (
        r"\frac{\hat m}{\sqrt{\hat v + \varepsilon}}"
        if inside
        else r"\frac{\hat m}{\sqrt{\hat v} + \varepsilon}"
    )
    before = r"(1 - \eta\lambda)\,\theta" if decoupled else r"\theta"
    return {
        "units_are_rows": rows,
        "unit_axis": 1 if rows else 0,
        "unit_word": "row" if rows else "column",
        "epsilon_inside": inside,
        "test_seven": -0.75 if inside else -0.3,  # 3/√(9 + 7), 3/(3 + 7)
        "decoupled": decoupled,
        "beta1": pick(0.75, 0.8, 0.85, 0.88, 0.91),
        "beta2": pick(0.93, 0.95, 0.97, 0.98, 0.99),
        "epsilon": pick(1e-4, 2e-4, 3e-4, 5e-4),
        "decay": pick(0.05, 0.1, 0.15, 0.2),
        "adam_equation": rf"{before} - \eta\, {quotient}",
        "coupled_line": "" if decoupled else r"g &\leftarrow g + \lambda\theta, & & \\" + "\n",
        "decay_words": (
            r"The decay $\lambda$ is decoupled: it stands in the last line only."
            if decoupled
            else r"The decay $\lambda$ is coupled: it enters by the first line, and by no other."
        ),
    }


def _of_schedule(pick):
    # Without the two that come out as the chapter's t/W and half cosine of t, one after the other.
    known = [(0, True, False, True), (1, False, True, True)]
    ways = itertools.product([0, 1], [False, True], [False, True], [False, True])
    first, from_zero, lands, cosine = pick(*[way for way in ways if way not in known])
    left = 0.0 if lands else (1 + math.cos(math.pi * 19 / 20)) / 2 if cosine else 1 - 0.95**0.5
    shape = r"\frac{1 + \cos(\pi f)}{2}" if cosine else r"(1 - \sqrt{f})"
    peak = r"\eta_{\max}"
    return {
        "first": first,
        "second": first + 1,
        "last_words": "$T$" if first else "$T - 1$",
        "from_zero": from_zero,
        "lands": lands,
        "cosine": cosine,
        "test_end": 100 + first,
        "test_many": 100,
        "test_start": 0.0 if from_zero else 0.03,
        "test_last": round(0.01 + 0.29 * left, 12),
        "steps": pick(60, 70, 80, 90),
        "warmup": pick(7, 9, 11, 12),
        "tail": pick(13, 16, 21, 24),
        "peak_rate": pick(0.2, 0.4, 0.5, 0.8),
        "floor_rate": pick(0.01, 0.02, 0.03),
        "warm_equation": rf"{peak}\,(k - 1)/W" if from_zero else rf"{peak}\,k/W",
        "warm_words": (
            "So its first step has the rate 0, and the first step after the warm-up the peak."
            if from_zero
            else "So no step has the rate 0, and its last step has the peak."
        ),
        "tail_equation": rf"\eta_{{\min}} + ({peak} - \eta_{{\min}})\,{shape}",
        "f_equation": "j/D" if lands else "(j - 1)/D",
        "tail_words": (
            "So the last step of the run has the floor."
            if lands
            else "So the first step of the tail still has the peak, "
            "and the last step of the run lies above the floor."
        ),
    }


def _of_along(pick, coin):
    central, absolute = coin(), coin()
    return {
        "central": central,
        "absolute": absolute,
        "h": pick(*[n / 100 for n in range(5, 21)]),
        "longest": pick(*[n / 10 for n in range(20, 41)]),
        "difference_words": "a central difference" if central else "a forward difference",
        "difference_equation": (
            r"\frac{1}{2h} \big(\nabla L(w + hu) - \nabla L(w - hu)\big)^\top u"
            if central
            else r"\frac1h \big(\nabla L(w + hu) - \nabla L(w)\big)^\top u"
        ),
        "distance_equation": (
            r"-s/|c| & \text{if } c \ne 0," if absolute else r"-s/c & \text{if } c > 0,"
        ),
        "distance_words": (
            "Where the loss curves downwards the parabola has a top and no bottom; we go as far as "
            "the top is away, but to the other side."
            if absolute
            else "Where the loss does not curve upwards there is no bottom, and we go as far as "
            "allowed."
        ),
    }


def _of_experiment(pick):
    pieces = pick(16, 20, 25)
    return {"pieces": pieces, "rarity": 1 / pieces, "run_length": 4000}


def questions(term):
    """The questions with these constants."""
    return [
        Question("recall", "Recall", tuple(_recall(term))),
        Question("momentum", "A step of momentum", tuple(_momentum(term))),
        Question("unit_adam", "Adam with one step size for a unit", tuple(_unit_adam(term))),
        Question("schedule", "Up, along, and down", tuple(_schedule(term))),
        Question("along", "A rate from the curvature", tuple(_along(term))),
        Question("memory", "Where does Adam arrive?", rubric=RUBRIC),
    ]


RUBRIC = (
    (
        2,
        "The finding: with a short memory Adam leaves the minimum and settles far below 1, "
        "toward what most days say; with a memory of many times the gap between orders it stays.",
    ),
    (
        2,
        "The mechanism: a rare large gradient is in v when it is in m, so it is divided by its own "
        "size; the mean of the quotient vanishes elsewhere than the mean of the gradient.",
    ),
    (
        1,
        "A lower rate or an average does not help, since this is no noise around a right place "
        "but a wrong place: all steps scale alike.",
    ),
    (
        1,
        "What helps (long memory, shared v, larger batches), with the common reason: v then "
        "hardly depends on the single gradient that it divides.",
    ),
)


def _recall(term):
    far = 100_000
    flat = term.old_rate * (1.0 if term.old_averages else _total(term.old_beta, far))
    new = _total(term.new_beta, far) if term.old_averages else 1.0
    ages = np.arange(term.silent, -1, -1)
    heard = [0.0] * term.silent + [0.7]
    m = np.average(heard, weights=term.recall_beta1**ages)
    v = np.average(np.square(heard), weights=term.recall_beta2**ages)
    areas = [term.warm_percent / 2, 100 - term.warm_percent - term.drop_percent]
    areas.append(term.drop_percent / 2)
    yield Check(
        "same rate", 1, "return same_rate", expected=flat / new, tolerance=2e-3,
        says="Add up what a steady gradient leaves in the memory, in either form: that, times the "
        "rate, is how far a step goes in the long run.",
    )  # fmt: skip
    yield Check(
        "late step", 1, "return late_step", expected=m / math.sqrt(v), tolerance=2e-3,
        says="The step number in the corrections counts all steps, the silent ones too; only the "
        "last gradient is in the two memories.",
    )  # fmt: skip
    yield Check(
        "rests", 1, "return float(rest_coupled), float(rest_decoupled)",
        expected=(-term.pull / term.recall_decay, math.copysign(1 / term.recall_decay, -term.pull)),
        tolerance=2e-3,
        says="At rest a step has length 0: write down the step under a steady gradient for either "
        "form of decay, and solve for w. Mind the sign.",
    )  # fmt: skip
    yield Check(
        "peak", 1, "return peak", expected=term.flat_rate * 100 / sum(areas), tolerance=2e-3,
        says="In a flat direction only the area under the schedule counts.",
    )  # fmt: skip


def _total(beta, steps):
    return float(np.sum(beta ** np.arange(steps)))


MANY_STEPS = """
state = None
for g, rate in zip(gradients, rates):
    parameters, state = momentum_step(parameters, g, state, rate)
return list(parameters)
"""

BOTH_KINDS = """
def end(parameters, gradients):
    state = None
    for g, rate in zip(gradients, rates):
        parameters, state = momentum_step(parameters, g, state, rate)
    return list(parameters)
return end(parameters, gradients), end(whole, slopes)
"""

TWICE = """
first, state = momentum_step(parameters, gradients, None, 0.1)
second, later = momentum_step(first, gradients, state, 0.3)
again, later = momentum_step(first, gradients, state, 0.3)
return list(second), list(again), list(first), parameters, gradients
"""


def momentum_places(term, parameters, gradients, rates, beta=None):
    """Where the parameters end: every memory as a weighted sum of what it has heard."""
    beta, ends = term.beta if beta is None else beta, []
    for i, theta in enumerate(parameters):
        heard, theta = [], np.array(theta, dtype=float)
        for row, rate in zip(gradients, rates, strict=True):
            if row[i] is None:
                continue
            a = 1.0 if term.first_undamped and not heard else 1 - term.dampening
            heard.append(a * (rate if term.rate_inside else 1.0) * np.asarray(row[i], dtype=float))
            # Looking ahead, one hears the last gradient once more.
            told = heard + heard[-1:] if term.look_ahead else heard
            memory = sum(beta**age * g for age, g in enumerate(reversed(told)))
            theta -= memory if term.rate_inside else rate * memory
        ends.append(theta)
    return ends


def _momentum(term):
    rng = np.random.default_rng(term.data_seed)
    shapes = [(3, 2), (4,), (2, 1, 3)]
    start = [rng.normal(size=s) for s in shapes]
    slopes = [[rng.normal(size=s) for s in shapes] for _ in range(6)]
    whole = [rng.integers(-9, 9, size=s) for s in shapes]
    whole_slopes = [rng.integers(1, 9, size=s) for s in shapes]
    gaps = [list(row) for row in slopes]
    gaps[0][1] = gaps[1][1] = gaps[3][1] = gaps[2][0] = gaps[5][2] = None
    # After a first gradient of zeros the weight of the first gradient does not show.
    late = [[np.zeros(s) for s in shapes], *slopes[1:]]
    gaps[4][0] = np.zeros(shapes[0])  # a gradient, and the memory moves on
    steady, changing = [0.1] * 6, [0.1, 0.2, 0.2, 0.02, 0.01, 0.05]
    yield Check(
        "first step", 1,
        "new, state = momentum_step(parameters, gradients, None, 0.25, momentum=0.0)\n"
        "return list(new)",
        inputs={"parameters": whole, "gradients": whole_slopes},
        expected=momentum_places(term, whole, [whole_slopes], [0.25], beta=0.0),
        says="The first step, without momentum, from arrays of integers: which weight has the "
        "first gradient, and is the result computed with floats?",
    )  # fmt: skip
    yield Check(
        "steady rate", 1, BOTH_KINDS,
        inputs={"parameters": start, "gradients": late, "rates": steady, "whole": whole,
                "slopes": [whole_slopes] * 3},
        expected=(momentum_places(term, start, late, steady),
                  momentum_places(term, whole, [whole_slopes] * 3, steady[:3])),
        parts=("floats", "whole numbers"),
        says="Several steps at one rate, of floats and of whole numbers: what stays in the memory, "
        "with which weights gradients enter, and which combination of memory and gradient moves "
        "the weights.",
    )  # fmt: skip
    yield Check(
        "changing rate", 2, MANY_STEPS,
        inputs={"parameters": start, "gradients": late, "rates": changing},
        expected=momentum_places(term, start, late, changing),
        says="The rate changes between the steps. Does a gradient in the memory have the rate of "
        "its own day, or that of the present step? The formulas say which.",
    )  # fmt: skip
    yield Check(
        "no gradient", 1, MANY_STEPS,
        inputs={"parameters": start, "gradients": gaps, "rates": steady},
        expected=momentum_places(term, start, gaps, steady),
        says="Gradients that are None, at the first step or later: parameter and memory wait, and "
        "what is a parameter's first gradient is that parameter's own affair.",
    )  # fmt: skip
    yield Check(
        "untouched", 1, TWICE, inputs={"parameters": start, "gradients": slopes[0]},
        judge=_leaves_alone(term, start, slopes[0]),
        says="Two calls with the same state must do the same, and parameters, gradients and state "
        "must stay as they were: beware of +=, *= and out= on arrays that came from outside.",
    )  # fmt: skip


def _leaves_alone(term, start, slopes):
    """A judge of TWICE that asks for a step of momentum, of whichever convention."""
    parts = ("the second step", "the same step again", "the first step",
             "argument parameters", "argument gradients")  # fmt: skip
    allowed = []
    for flags in itertools.product([False, True], repeat=3):
        names = ("rate_inside", "look_ahead", "first_undamped")
        other = SimpleNamespace(**{**vars(term), **dict(zip(names, flags, strict=True))})
        once = momentum_places(other, start, [slopes], [0.1])
        twice = momentum_places(other, start, [slopes] * 2, [0.1, 0.3])
        allowed.append((twice, twice, once, start, slopes))

    def judge(value):
        wrongs = [difference(value, expected, parts=parts) for expected in allowed]
        return None if None in wrongs else max(wrongs, key=wrongs.count)

    return judge


ADAM_STEPS = """
state = None
for g, rate in zip(gradients, rates):
    theta, state = unit_adam(theta, g, state, rate, **options)
return theta
"""

ADAM_TWICE = """
first, state = unit_adam(theta, gradient, None, 0.1, **options)
second, later = unit_adam(first, gradient, state, 0.2, **options)
again, later = unit_adam(first, gradient, state, 0.2, **options)
unit_adam(theta, gradient, None, 0.1)  # with decay, which may change an argument as well
return second, again, first, theta, gradient
"""


def adam_place(term, theta, gradients, rates, epsilon=None, decay=None):
    """Where the array ends, unit by unit; a corrected memory is a weighted mean of the past."""
    epsilon = term.epsilon if epsilon is None else epsilon
    theta = np.array(theta, dtype=float)
    decay = 0.0 if theta.ndim == 1 else term.decay if decay is None else decay
    for unit in _units(term, theta.shape):
        past, squares = {place: [] for place in unit}, []
        for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
            ages = np.arange(t, -1, -1)
            for place in unit:
                penalty = 0.0 if term.decoupled else decay * theta[place]
                past[place].append(float(gradient[place]) + penalty)
            squares.append(sum(past[place][-1] ** 2 for place in unit) / len(unit))
            v = np.average(squares, weights=term.beta2**ages)
            divisor = math.sqrt(v + epsilon) if term.epsilon_inside else math.sqrt(v) + epsilon
            for place in unit:
                m = np.average(past[place], weights=term.beta1**ages)
                step = m / divisor + (decay * theta[place] if term.decoupled else 0.0)
                theta[place] -= rate * step
    return theta


def _units(term, shape):
    """The places of each unit's weights."""
    places = list(np.ndindex(*shape))
    if len(shape) == 1:
        return [[place] for place in places]
    own = 0 if term.units_are_rows else 1
    return [[place for place in places if place[own] == n] for n in range(shape[own])]


def _unit_adam(term):
    rng = np.random.default_rng(term.data_seed + 1)
    shape = (3, 5)
    theta = rng.normal(0, 2, shape)
    scale = np.outer([1, 0.1, 3], [1, 2, 0.5, 0.2, 1])
    slopes = [scale * rng.normal(0.3, 1, shape) for _ in range(7)]
    rates = [0.1, 0.1, 0.2, 0.2, 0.05, 0.05, 0.01]
    small = 0.01 * rng.normal(0, 1, shape)
    bias = rng.integers(-5, 5, 4)
    pushes = [rng.integers(-3, 4, 4) * np.array([1, 1, 0, 1]) for _ in range(5)]
    # With these, neither ε nor the decay shows: each has a check of its own.
    plain = {"epsilon": 1e-30, "decay": 0.0}
    once = adam_place(term, theta, slopes[:1], [0.1], **plain)
    twice = adam_place(term, theta, [slopes[0]] * 2, [0.1, 0.2], **plain)
    yield Check(
        "first step", 1,
        "new, state = unit_adam(theta, gradient, None, 0.1, **options)\nreturn new",
        inputs={"theta": theta, "gradient": slopes[0], "options": plain}, expected=once,
        says="The first step of a matrix that is not square, without decay: which weights share a "
        "step size, and what their v is.",
    )  # fmt: skip
    yield Check(
        "several steps", 1, ADAM_STEPS,
        inputs={"theta": theta, "gradients": slopes, "rates": rates, "options": plain},
        expected=adam_place(term, theta, slopes, rates, **plain),
        says="Several steps without decay, with rates that change: what is remembered and what is "
        "corrected, with which power, at which step.",
    )  # fmt: skip
    yield Check(
        "decay", 1, ADAM_STEPS,
        inputs={"theta": theta, "gradients": slopes, "rates": rates, "options": {}},
        expected=adam_place(term, theta, slopes, rates),
        says="Several steps with the default decay and the default ε: which way does λθ take?",
    )  # fmt: skip
    yield Check(
        "small gradients", 1, ADAM_STEPS,
        inputs={"theta": theta, "gradients": [small, small], "rates": rates[:2],
                "options": {"decay": 0.0}},
        expected=adam_place(term, theta, [small, small], rates[:2], decay=0.0),
        says="Without decay, where gradients are so small that ε counts: where does it stand?",
    )  # fmt: skip
    yield Check(
        "one dimension", 1, ADAM_STEPS,
        inputs={"theta": bias, "gradients": pushes, "rates": rates[:5],
                "options": {"epsilon": 1e-30}},
        expected=adam_place(term, bias, pushes, rates[:5], epsilon=1e-30),
        says="An array of one dimension, of integers: each entry is a unit of its own, there is no "
        "decay, and an entry whose gradient is always 0 stays where it is.",
    )  # fmt: skip
    yield Check(
        "untouched", 1, ADAM_TWICE,
        inputs={"theta": theta, "gradient": slopes[0], "options": plain},
        expected=(twice, twice, once, theta, slopes[0]),
        parts=("the second step", "the same step again", "the first step",
               "argument theta", "argument gradient"),
        says="Two calls with the same state must do the same, and weights, gradient and state must "
        "stay as they were: beware of +=, *= and out= on arrays that came from outside.",
    )  # fmt: skip


def rate_table(term, steps, warmup, tail, peak, floor, after=10):
    """The rates of all steps of a run, and of some after it, one by one."""
    rates = [peak * (k - 1 if term.from_zero else k) / warmup for k in range(1, warmup + 1)]
    rates += [peak] * (steps - warmup - tail)
    for j in range(1, tail + 1):
        f = (j if term.lands else j - 1) / tail
        left = math.cos(math.pi * f / 2) ** 2 if term.cosine else 1 - math.sqrt(f)
        rates.append(floor * (1 - left) + peak * left)
    return np.array(rates + [floor] * after)


def _schedule(term):
    usual = (term.steps, term.warmup, term.tail, term.peak_rate, term.floor_rate)
    first, begins = term.first, term.steps - term.tail
    table = rate_table(term, *usual)
    others = [(14, 6, 8), (30, 0, 12), (30, 8, 0), (30, 0, 0)]
    # The plainest places: the stretch, and steps after the end.
    plain = np.array([[begins - 5, term.steps + 1, begins - 3], [term.steps + 5, begins - 2, 20]])
    yield Check(
        "warm-up", 1, "return schedule(step)",
        inputs={"step": np.arange(first, first + begins)}, expected=table[:begins],
        says="Warm-up and stretch with the default lengths: the number of the first step, and the "
        "rates at both ends of the warm-up.",
    )  # fmt: skip
    yield Check(
        "tail", 1, "return schedule(step)",
        inputs={"step": np.arange(first + begins - 2, first + term.steps + 3)},
        expected=table[begins - 2 : term.steps + 3],
        says="The tail with the default lengths, and two steps on either side of it: its shape, "
        "and the rates at both of its ends.",
    )  # fmt: skip
    yield Check(
        "other lengths", 1,
        "return [schedule(step, t, w, d, peak=2.0, floor=0.5) for t, w, d in lengths]",
        inputs={"step": np.arange(first, first + 33), "lengths": others},
        expected=[rate_table(term, *lengths, 2.0, 0.5, after=20)[:33] for lengths in others],
        says="Other lengths and rates: runs without a stretch, without a warm-up, without a tail, "
        "and with neither.",
    )  # fmt: skip
    yield Check(
        "numbers and shapes", 1, "return schedule(number), schedule(steps), steps",
        inputs={"number": begins - 2 + first, "steps": plain + first},
        expected=(term.peak_rate, table[plain], plain + first),
        parts=("for a number", "for an array", "argument step"),
        says="A step that is a number, and steps in an array of two dimensions, which stays as it "
        "was; some of them after the end of the run.",
    )  # fmt: skip


BOWL = """
calls = []
def gradient(w):
    calls.append(1)
    return matrix @ w
return rate_along(gradient, w, d, longest=100.0), len(calls) <= 3
"""

QUARTIC = """
def gradient(w):
    return w**3
return rate_along(gradient, w, d), w, d
"""


def rate_to_bottom(term, slope, curvature, length, longest):
    """The rate for a slope and a curvature along a direction of that length."""
    curvature = abs(curvature) if term.absolute else max(curvature, 0.0)
    bottom = -slope / curvature if curvature else math.inf
    return min(bottom, longest) / length


def along_quartic(term, w, d, h, longest):
    """The same for the loss Σw⁴/4, whose differences of gradients are polynomials in h."""
    length = math.sqrt(sum(float(x) ** 2 for x in d.ravel()))
    slope = curvature = 0.0
    for x, y in zip(w.ravel().tolist(), (d / length).ravel().tolist(), strict=True):
        slope += x**3 * y
        curvature += y**2 * (3 * x**2 + h**2 * y**2 + (0 if term.central else 3 * h * x * y))
    return rate_to_bottom(term, slope, curvature, length, longest)


def _bowl(term, matrix, w, d, longest):
    """The same for the loss wᵀAw/2, whose curvature no finite difference gets wrong."""
    length = float(np.linalg.norm(d))
    slope, curvature = w @ matrix @ d / length, d @ matrix @ d / length**2
    return rate_to_bottom(term, slope, curvature, length, longest)


def _along(term):
    rng = np.random.default_rng(term.data_seed + 2)
    root = rng.normal(size=(4, 4))
    matrix = root @ root.T + np.eye(4)
    w = rng.normal(size=4)
    d = -(matrix @ w) * rng.uniform(0.5, 3, 4)
    place, down = np.array([[2, -1, 1], [1, 3, -2]]), np.array([[-1.0, 0.5, -2.0], [0.3, -2, 0.1]])
    saddle, at, leave = np.diag([1.0, -3.0]), np.array([0.2, 0.5]), np.array([-0.1, 0.8])
    yield Check(
        "a bowl", 1, BOWL, inputs={"matrix": matrix, "w": w, "d": d},
        expected=(_bowl(term, matrix, w, d, 100.0), True),
        parts=("the rate", "at most three calls"),
        says="A parabola, and a direction that is neither −g nor of length 1, with at most three "
        "calls of the gradient.",
    )  # fmt: skip
    yield Check(
        "not a parabola", 1, QUARTIC, inputs={"w": place, "d": down},
        expected=(along_quartic(term, place, down, term.h, term.longest), place, down),
        parts=("the rate", "argument w", "argument d"),
        says="A loss of a matrix of integers that is no parabola, so that it matters how the "
        "curvature is measured: from which places, and how far apart along u.",
    )  # fmt: skip
    # An ordinary step, along a d of length 1, that each of the two special ones goes with.
    u = d / float(np.linalg.norm(d))
    ordinary = {"matrix": matrix, "w": w, "u": u}
    bottom = _bowl(term, matrix, w, u, 100.0)
    yield Check(
        "no bottom", 1,
        "return (rate_along(lambda w: matrix @ w, w, u, longest=100.0), "
        "rate_along(lambda w: saddle @ w, at, leave), rate_along(lambda w: slope, at, leave))",
        inputs={**ordinary, "saddle": saddle, "at": at, "leave": leave,
                "slope": np.array([1.0, -2.0])},
        expected=(bottom, _bowl(term, saddle, at, leave, term.longest),
                  term.longest / float(np.linalg.norm(leave))),
        parts=("an ordinary direction", "curving downwards", "a straight line"),
        says="Directions along which the loss curves downwards, or not at all; and an ordinary "
        "one, with a bottom.",
    )  # fmt: skip
    yield Check(
        "a long way", 1,
        "return (rate_along(lambda w: matrix @ w, w, u, longest=100.0), "
        "rate_along(lambda w: matrix @ w, far, d))",
        inputs={**ordinary, "far": 1000 * w, "d": d},
        expected=(bottom, term.longest / float(np.linalg.norm(d))),
        parts=("an ordinary step", "a long way"),
        says="The bottom is farther away than a step may be long, along a d whose length is not 1; "
        "and an ordinary step.",
    )  # fmt: skip
