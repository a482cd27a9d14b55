"""What is expected of each answer. constants.py draws a term, oracles.py knows what is right.

A slip that one check is about should not cost the others: positions are compared with the same
layer without positions, gradients with differences of the student's own loss, and counts of bad
epochs are tried on curves that no average changes.
"""

import numpy as np

from deeptricks.grading import Check, Question

from . import oracles as right
from .constants import parameters

__all__ = ["parameters", "questions"]


def check(name, points, run, expected, says, tolerance=1e-6, parts=(), **inputs):
    return Check(name, points, run, says, inputs, expected, tolerance=tolerance, parts=parts)


def questions(term):
    """The six questions, for the constants of `term`."""
    return [
        Question("recall", "Recall", _recall(term)),
        Question("drop", "Channels at random", _drop(term)),
        Question("groups", "Whole groups at zero", _groups(term)),
        Question("stop", "When to stop", _stop(term)),
        Question("mix", "Two samples in one, and a loss for it", _mix(term)),
        Question("story", "The same penalty?", rubric=RUBRIC),
    ]


RUBRIC = (
    (1, "the finding: other units harm ridge and leave dropout as it was; another zero point harms "
        "dropout and leaves ridge as it was; some of what is harmed is worse than no remedy"),
    (2, "the mechanism of dropout: over the masks it adds a penalty w_j² times the mean square of "
        "the column (times (1 − q)/q): the mean counts as noise, and this is carried by the "
        "useful columns"),
    (1, "why units leave dropout alone: w_j shrinks as x_j grows, so w_j² E[x_j²] stays; and why "
        "the zero point leaves ridge alone: the constant, which pays nothing, takes it up"),
    (1, "why units harm ridge: the useful columns need larger weights and pay for them"),
    (1, "a remedy: subtract means and divide by deviations (of the training samples) before either "
        "one; and says of hidden units that outputs of one sign, as of ReLU, are in such a place"),
)  # fmt: skip


def _recall(term):
    return (
        check("pull", 1, "return float(pull)", right.pull(term),
              "A mask has the mean 1 and a variance, and it multiplies x: which moment of the "
              "column stands beside that variance?", 2e-3),
        check("same_penalty", 1, "return float(same_penalty)", right.same_penalty(term),
              "Write down which part of the way a direction of this curvature has gone, once after "
              "all the steps and once with the penalty, and set the two equal.", 2e-3),
        check("edge_share", 1, "return float(edge_share)", right.edge_share(term),
              "A place is spared if none of the blocks that could cover it begins. How many such "
              "blocks are there in the middle, and how many near the end?", 2e-3),
        check("least_loss", 1, "return float(least_loss)", right.least_loss(term),
              "The best answer to a soft label is that label itself; what does it then cost?",
              2e-3),
        check("members", 1, "return float(members)", float(right.members(term)),
              "The mean square of a mean of K errors is a sum over all pairs, divided by K². How "
              "many of the pairs are an error with itself?"),
    )  # fmt: skip


POSITIONS = """
factor = np.array(drop(np.ones(np.shape(u)), u, rate)[0], dtype=float)
left = []
for h in many:
    out = np.array(drop(h, u, rate)[0], dtype=float)
    place = factor.reshape(np.shape(factor) + (1,) * (np.ndim(h) - 2))
    left.append(out - np.moveaxis(place, 1, axis) * h)
return left, bool(np.any(factor != 0))
"""

BACKWARD = """
factor = np.array(drop(np.ones(np.shape(u)), u, rate)[0], dtype=float)
first, memory = drop(h, u, rate)
second, other = drop(h, 1 - u, rate)
back = np.array(drop_backward(g, memory), dtype=float)
place = np.moveaxis(factor.reshape(np.shape(factor) + (1,) * (np.ndim(h) - 2)), 1, axis)
return back - place * g, bool(np.any(factor != 0))
"""

EVALUATION = """
out, memory = drop(h, None, rate)
return out, drop_backward(g, memory), drop(whole, None, rate)[0]
"""

ENDS = """
ends = []
with np.errstate(divide="raise", invalid="raise"):
    for rate in rates:
        out, memory = drop(h, u, rate)
        ends.append([out, drop_backward(g, memory)])
return sorted(ends, key=lambda end: np.sum(end[0])), h, u, g
"""


def _drop(term):
    rng = np.random.default_rng(term.data_seed)
    axis = 1 if term.channels_second else -1

    def shaped(samples, *positions, channels):
        places = (channels, *positions) if term.channels_second else (*positions, channels)
        return (samples, *places)

    eighths = rng.permuted(np.tile(np.arange(8) / 8, (4, 1)), axis=1)
    u = rng.random((5, 6))
    draws = rng.permuted(np.tile([0.1, 0.3, 0.5, 0.7, 0.9], (3, 1)), axis=1)
    h, g = rng.normal(size=(5, 6)), rng.normal(size=(5, 6))
    whole = rng.integers(1, 9, shaped(3, 4, channels=5))
    images = rng.normal(size=shaped(3, 2, 3, channels=5)).astype(np.float32)
    sequence = rng.normal(size=shaped(3, 4, channels=5))
    back = rng.normal(size=sequence.shape)
    q = term.keeping_all
    nothing, everything = np.zeros((2, 4)), np.full((2, 4), 3)
    kept = right.dropped(term, np.ones((4, 8)), eighths, 0.25, np.ones((4, 8)))[0] != 0
    whole_u = rng.random((2, 4))
    return (
        check("kept", 1, "return drop(h, u, 0.25)[0] != 0", kept,
              "Which entries are kept: what the rate is the probability of, which draws keep, and "
              "what becomes of a draw that is exactly at the border.",
              h=np.full((4, 8), 2.0), u=eighths),
        check("values", 1, "return drop(h, u, 0.375)[0]", right.dropped(term, h, u, 0.375, g)[0],
              "The outputs in training, without positions: what kept entries are multiplied with.",
              h=h, u=u),
        check("positions", 1, POSITIONS,
              [[np.zeros(a.shape) for a in (whole, images, sequence)], True],
              "Arrays with one position axis or two, of whole numbers and of single precision: all "
              "positions of a channel must be treated like that channel without positions.",
              1e-5, ("all positions", "any channel is kept"),
              many=[whole, images, sequence], u=draws, rate=0.375, axis=axis),
        check("evaluation", 1, EVALUATION,
              [*right.dropped(term, sequence, None, 0.375, back),
               right.dropped(term, whole, None, 0.375, back)[0]],
              "Evaluation (u is None), forward and backward, also of whole numbers: what becomes "
              "of every entry?", parts=("the output", "the gradient", "of whole numbers"),
              h=sequence, g=back, whole=whole, rate=0.375),
        check("backward", 1, BACKWARD, [np.zeros(sequence.shape), True],
              "The gradient takes the way of the signal: what multiplied an entry forward, "
              "multiplies its gradient, also if another batch has gone forward in between.",
              parts=("the gradient", "any channel is kept"),
              h=sequence, g=back, u=draws, rate=0.375, axis=axis),
        check("ends", 1, ENDS,
              [[[nothing, nothing], [everything, nothing + 1]],
              everything, whole_u, nothing + 1],
              "Rates of 0 and 1, without a division by 0, whole numbers, and arguments that must "
              "stay as they were.",
              parts=("outputs and gradients", "argument h", "argument u", "argument g"),
              h=everything, u=whole_u, g=nothing + 1, rates=[q, 1 - q]),
    )  # fmt: skip


def _groups(term):
    rng = np.random.default_rng(term.data_seed + 1)
    lam, alpha = term.lam, term.alpha
    # After the gradient two groups are shorter than their price, and three are longer.
    lengths = np.array([0.3, 3, 0.8, 8, 1.6]) * 0.4 * right.price_of(term, lam, 4)
    turns = rng.normal(size=(5, 4))
    g = rng.normal(size=(5, 4))
    w = turns * (lengths / np.linalg.norm(turns, axis=1))[:, None] + 0.4 * g
    w, g = (w, g) if term.group_axis == 1 else (w.T, g.T)
    # Of one direction and of several, around what holds a group without the second penalty.
    holds = right.price_of(term, lam, 3)
    lengths = np.array([0.4, 0.95, 1.2, 2.5, 4]) * holds
    lengths[1] = holds + 0.3 * alpha
    turns = np.array([[1, 1, 1], [1, -1, 1], [-1, 1, 1], [2, 0, 1], [1, 3, -2]])
    pulls = turns * (lengths / np.linalg.norm(turns, axis=1))[:, None]
    pulls = pulls if term.group_axis == 1 else pulls.T
    near = 0.001 * rng.normal(size=(3, 4))
    small = [np.zeros((3, 4)), near]
    whole, slope = rng.integers(-5, 6, (3, 2)), rng.integers(-3, 4, (3, 2))
    zeros = (
        "with np.errstate(divide='raise', invalid='raise'):\n"
        "    return [group_step(v, 0 * v, 0.5, 2.0, 0.0) for v in small] + ["
        "group_step(far, 0 * far, 0.5, 0.0, 0.0)]"
    )
    return (
        check("step", 1, "return group_step(w, g, 0.4, other=0.0)",
              right.group_step(term, w, g, 0.4, lam, 0.0),
              "The step with the penalty on groups only: the gradient first, then each group is "
              "shortened, and no farther than to zero.", w=w, g=g),
        check("both", 1, "return group_step(w, g, 0.4, 0.5), group_step(w, g, 0.3)",
              [right.group_step(term, w, g, 0.4, 0.5, alpha),
               right.group_step(term, w, g, 0.3, lam, alpha)],
              "Both penalties: what is the second one's map, what is its size for this rate, and "
              "in which order do the two come?", parts=("another λ", "the default λ"), w=w, g=g),
        check("zeros", 1, zeros, [np.zeros((3, 4)), np.zeros((3, 4)), 5 + np.abs(near)],
              "Groups of zeros and of very small weights must become exactly zero, and nothing may "
              "be divided by 0; without penalties nothing happens.",
              parts=("groups of zeros", "very small groups", "without penalties"),
              small=small, far=5 + np.abs(near)),
        check("zero_test", 1,
              "return stays_at_zero(g, lam, 0.0), stays_at_zero(g, lam, alpha)",
              [right.stays(term, pulls, lam, 0.0), right.stays(term, pulls, lam, alpha)],
              "Which groups stay at zero against these gradients: what pulls, what holds, and what "
              "does the second penalty do to a group that is at zero?",
              parts=("without the second penalty", "with both penalties"),
              g=pulls, lam=lam, alpha=alpha),
        check("care", 1,
              "return group_step(w, g, 0.5, 0.0, 0.0), group_step(w.tolist(), g.tolist(), 0.5, "
              "0.0, 0.0), group_step(w.astype('f4'), g, 0.5, 0.0, 0.0), w, g",
              [whole - 0.5 * slope] * 3 + [whole, slope],
              "Without penalties it is a step of gradient descent: for weights that are whole "
              "numbers, lists, or of single precision. The arguments stay as they were.",
              parts=("whole numbers", "lists", "single precision", "argument w", "argument g"),
              w=whole, g=slope),
    )  # fmt: skip


KEPT = """
first = stop_at([0.0], 99, margin)[0]
return [stop_at(values, 99, margin)[0] - first for values in curves]
"""

BUMPS = """
first = stop_at([0.0], 99, 0.0)[1]
return [stop_at(values, patience, 0.0)[1] - first for values in curves + broken], broken
"""


def _stop(term):
    rng = np.random.default_rng(term.data_seed + 2)

    def turned(curve):
        return [20.0 - v if term.high_is_good else v for v in curve]

    def kept(curves, margin):
        return [right.stopped(term, c, 99, margin)[0] - term.first for c in curves]

    def ends(curves, patience):
        return [right.stopped(term, c, patience, 0.0)[1] - term.first for c in curves]

    flat = [[0] * 12, [0.0] * 3, np.zeros(9), [0]]
    nan = float("nan")
    valleys = [[nan, nan, *turned([9.0 - t for t in range(8)])]]
    for bottom in (5, 9, 13):
        curve = 6 + 0.06 * (np.arange(24) - bottom) ** 2 + rng.normal(0, 0.3, 24)
        valleys.append(turned(curve.tolist()))
    # No gain of these equals its margin, so that no rounding decides.
    slow = [turned([9 - 0.09 * t for t in range(30)]), turned([9.03 - 0.61 * t for t in range(12)]),
            turned([0.43 - 0.053 * t for t in range(16)]),
            turned([9.0, 8.97, 8.94, 8.91, 8.5, 8.49, 8.47, 8.46, 8.0, 7.9, 7.9, 7.9])]  # fmt: skip
    bumps = []
    for t in range(5):
        curve = 8 - 0.2 * np.arange(40) + 2.5 * (np.arange(40) % (4 + t) == 0)
        bumps.append(turned((curve + rng.normal(0, 0.2, 40)).tolist()))
    broken = [[nan, nan] + [4.0] * 7, [5.0] * 2 + [nan] + [5.0] * 9, [nan] * 9, [4, 4, 4]]
    return (
        check("count", 1, "return [stop_at(values, 3, 0.0)[1] for values in curves], "
              "stop_at(curves[0])[1], stop_at(curves[3])",
              [[right.stopped(term, c, 3, 0.0)[1] for c in flat],
               right.stopped(term, flat[0], term.patience, term.margin)[1],
               (term.first, term.first)],
              "Values that do not change, so that no average matters: the numbers of the epochs, "
              "at which count the training ends, and a run that is over before.", curves=flat),
        check("average", 1, KEPT.rstrip() + ", stop_at(nothing, 9)[0]",
              [kept(valleys, 0.0), None],
              "Curves that get better and then worse: what is watched is an average over the last "
              "values, in the right direction, and what is kept is the best epoch. A mean that is "
              "not a number is never better.",
              curves=valleys, margin=0.0, nothing=[nan] * 9),
        check("margin", 1, KEPT, kept(slow, 0.1),
              "Curves that improve by little: how much is needed, compared with what, and does "
              "a gain that is too small move the best value?", curves=slow, margin=0.1),
        check("bumps", 1, BUMPS,
              [ends(bumps + broken, 6), broken],
              "Curves with many bumps, where it matters what becomes of the count after a better "
              "epoch; values that are not a number; and lists that stay as they were.",
              parts=("the last epochs", "argument values"),
              curves=bumps, patience=6, broken=broken),
    )  # fmt: skip


GRADIENT = """
loss, gradient = soft_loss(logits, targets)
gradient = np.array(gradient, dtype=float)
measured = np.zeros(np.shape(logits))
for place in np.ndindex(*np.shape(logits)):
    step = np.zeros(np.shape(logits))
    step[place] = 1e-5
    up, down = soft_loss(logits + step, targets)[0], soft_loss(logits - step, targets)[0]
    measured[place] = (up - down) / 2e-5
return gradient - measured, bool(np.any(np.abs(measured) > 1e-3))
"""

FAR = """
with np.errstate(over="raise", invalid="raise", divide="raise"):
    loss, gradient = soft_loss(far, targets)
return loss, bool(np.all(np.isfinite(gradient))), far, targets
"""


def _mix(term):
    rng = np.random.default_rng(term.data_seed + 3)
    n, classes = 6, 4
    partners = np.array([2, 0, 3, 5, 1, 4])
    labels, share = np.array([0, 3, 1, 2, 0, 1]), rng.uniform(0.1, 0.9, n).round(3)
    x, whole = rng.normal(size=(n, 2, 3)), rng.integers(0, 9, (n, 5))
    ones = np.array([1.0, 1, 0, 1, 0, 0])
    logits = rng.normal(0, 1.5, (classes, 5) if term.classes_first else (5, classes))
    targets = rng.dirichlet(np.ones(classes), 5)
    targets = targets.T if term.classes_first else targets
    far = (logits * 3000).round()
    call = "partners, share, 4"
    itself = np.arange(n)

    def mixed(x, partners=partners, share=share, smoothing=0.0):
        return right.mixed(term, x, labels, partners, share, classes, smoothing)

    given = {"labels": labels, "partners": partners, "share": share}
    return (
        check("inputs", 1,
              f"return [mix(v, labels, {call}, 0.0)[0] for v in many], many, share",
              [[mixed(v)[0] for v in (x, whole, x[:, 0, 0].astype(np.float32))],
               [x, whole, x[:, 0, 0].astype(np.float32)], share],
              "Mixed inputs, of whole numbers and of any number of axes: who is whose partner, "
              "and whose share is given, sample by sample? Arguments stay as they were.",
              parts=("the mixed inputs", "argument x", "argument share"),
              many=[x, whole, x[:, 0, 0].astype(np.float32)], **given),
        check("targets", 1, f"return mix(x, labels, {call}, 0.0)[1]", mixed(x)[1],
              "The targets without smoothing: labels are mixed as inputs are.", x=whole, **given),
        check("smoothing", 1,
              "return mix(x, labels, itself, share, 4)[1], mix(x, labels, itself, half, 4)[1], "
              "mix(x, labels.tolist(), itself.tolist(), share.tolist(), 4, 0.3)[1]",
              [mixed(x, itself, ones, term.smoothing)[1],
               mixed(x, itself, 0 * ones + 0.5, term.smoothing)[1], mixed(x, itself, ones, 0.3)[1]],
              "Samples that are their own partners, so that nothing is mixed: what smoothing does "
              "to a label, by default and with another ε, also for lists.",
              parts=("the default ε", "shares of a half", "another ε, and lists"),
              x=whole, labels=labels, itself=itself, share=ones, half=0 * ones + 0.5),
        check("loss", 1, "return soft_loss(logits, targets)[0]",
              right.soft_loss(term, logits, targets)[0],
              "The loss: along which axis the probabilities sum to 1, the temperature, the "
              "logarithm, and what it is averaged over.", logits=logits, targets=targets),
        check("gradient", 1, GRADIENT, [np.zeros(logits.shape), True],
              "The gradient, compared with differences of your own loss.",
              1e-6, ("the gradient", "any difference at all"), logits=logits, targets=targets),
        check("far", 1, FAR, [right.soft_loss(term, far, targets)[0], True, far, targets],
              "Logits of several thousand, with overflow and invalid operations as errors; and "
              "arguments that must stay as they were.",
              parts=("the loss", "a finite gradient", "argument logits", "argument targets"),
              far=far, targets=targets),
    )  # fmt: skip
