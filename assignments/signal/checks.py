"""What is expected of each answer. constants.py draws a term, oracles.py knows what is right."""

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
        Question("recall", "Four numbers", _recall(term)),
        Question("phi", "An activation with two slopes", _phi(term)),
        Question("weights", "First weights for any activation", _weights(term)),
        Question("backward", "Back through a network with a leak", _backward(term)),
        Question("clip", "A limit on the gradient", _clip(term)),
        Question("story", "Forty layers", rubric=RUBRIC),
    ]


RUBRIC = (
    (1, "all three keep the signal's size; for φ itself the gradient vanishes, the cosine nears 1"),
    (1, "a layer multiplies the gradient by σ_w √E[φ'²], and φ' is the same: σ_w differs"),
    (1, "σ_w counts the mean of φ as signal, so it is too small for what differs between inputs"),
    (1, "a small difference goes forward through the same Jacobians: one factor decides on both"),
    (1, "chooses with this factor near 1, and measures gradient and cosine, not the size alone"),
)


def _recall(term):
    size, area = term.kernel / term.stride, term.kernel * term.kernel
    layer, drift = 0, 1.0
    while max(drift, 1 / drift) <= term.ratio:
        layer, drift = layer + 1, drift * term.off
    return (
        check("fan_in", 1, "return answer_fan_in", area * term.channels_in / term.groups,
              "How many inputs does one output of a convolution see? Count channels, positions of "
              "the kernel, and what the groups leave."),
        check("reach", 1, "return answer_reach", size * size * term.channels_out / term.groups,
              "How many outputs does one input enter? Draw the places of the kernel that cover "
              "one pixel, for this stride, then count channels."),
        check("layer", 1, "return answer_layer", layer,
              "A factor on the weights is a factor on the size, once for every layer: which power "
              "passes the bound first?"),
        check("factor", 1, "return answer_factor", (term.receiving / term.averaged) ** 0.5,
              "How many terms does the sum have in this direction, and what is the variance of "
              "each? The size is the root of the mean square.", tolerance=1e-4),
    )  # fmt: skip


def _phi(term):
    both = np.random.default_rng(1).normal(0, 2, (4, 5))
    far, whole = np.array([-1e4, -800.0, -75.0, 75.0, 800.0, 1e4]), np.array([[-3, -1, 0, 1, 4]])
    args = [whole, np.array(0.7), both[0]]
    strict = "with np.errstate(over='raise', invalid='raise', divide='raise'):\n    "
    return (
        check("values", 2, "return phi(z)", right.curve_and_slope(term, both)[0],
              "The values on both sides of 0. Is A the number that makes φ' continuous, and does "
              "each side have its own formula?", z=both),
        check("slopes", 1, "return phi_slope(z)", right.curve_and_slope(term, both)[1],
              "The derivative on both sides of 0. Differentiate your formula once more, on paper: "
              "at 0 both sides must give the steep slope.", z=both),
        check("far", 1, strict + "return [phi(z), phi_slope(z)]", right.curve_and_slope(term, far),
              "Numbers far from 0, on both sides, with overflow and invalid operations as errors. "
              "exp must not see a large number, not even where its result is thrown away.", z=far),
        check("care", 1, "return [[phi(v), phi_slope(v)] for v in args], args",
              [[right.curve_and_slope(term, v) for v in args], args],
              "Whole numbers, an array of shape (), and the argument, which must stay as it was.",
              parts=("the values and slopes", "argument z"), args=args),
    )  # fmt: skip


def _weights(term):
    u = np.random.default_rng(2).random
    pair = (2,) * term.drawn
    dense, images = ((7, 3), (6, 4, 2, 3)) if term.kernel_last else ((3, 7), (2, 3, 4, 6))
    dense, images = u((*pair, *dense)), u((*pair, *images))
    smooth = [right.scale(term, np.tanh), right.scale(term, lambda z: z * z - 0.3 * z)]
    kinked = right.scale(term, lambda z: np.where(z > 0, z, 0.2 * z) + 0.4)
    scales = "return [weight_scale(np.tanh), weight_scale(lambda z: z * z - 0.3 * z)]"
    kink = "return weight_scale(lambda z: np.where(z > 0, z, 0.2 * z) + 0.4)"
    return (
        check("scale", 2, scales, smooth,
              "σ_w for activations that are curved: the expectation runs over z with variance q, "
              "of the square, and σ_w is a root.", 1e-4),
        check("kink", 1, kink, kinked,
              "σ_w for an activation with a kink and a mean. It is the mean square that counts, "
              "and the sum must be fine enough for the kink.", 1e-4),
        check("dense", 1, "return draw_weights(u, 0.9), u",
              [right.drawn(term, dense, 0.9, 3, 7), dense],
              "Weights of a linear layer that is not square: B, the fan, and draws that stay.",
              parts=("the weights", "argument draws"), u=dense),
        check("images", 2, "return draw_weights(u, 1.4)", right.drawn(term, images, 1.4, 24, 36),
              "Weights of a convolution, with different numbers of channels and a kernel that is "
              "not square: which axes are channels, and what does the kernel do to the fans?",
              u=images),
    )  # fmt: skip


def _backward(term):
    one, one_right = right.backward_case(term, 3, steps=1, samples=5, inputs=3, units=4)
    long, long_right = right.backward_case(term, 4, steps=7, samples=3, inputs=5, units=4)
    alone, alone_right = right.backward_case(term, 5, steps=4, samples=1, inputs=2, units=3)
    call = "got = backward(x, y, states, Wx, W, b)\n"
    outer = {name: long_right[name] for name in ("Wx", "b")}
    return (
        check("one_step", 1, call + "return got", one_right,
              "One step, all four gradients: the loss, its average, the slope of tanh, the leak.",
              **one),
        check("inputs", 2, call + "return {'Wx': got['Wx'], 'b': got['b']}", outer,
              "The gradients of the input weights and of the bias over several steps: every step "
              "adds its share, and the message comes back along two paths.", **long),
        check("recurrent", 1, call + "return got['W']", long_right["W"],
              "The gradient of the recurrent weights: which state went into each step?", **long),
        check("start", 1, call + "return got['h0']", long_right["h0"],
              "The gradient of the first state, after all steps. No target belongs to it.", **long),
        check("alone", 1, call + "return got, x, y, states, Wx, W, b",
              [alone_right, *(alone[k] for k in ("x", "y", "states", "Wx", "W", "b"))],
              "A batch of one sample; and all arguments must be afterwards what they were.",
              parts=("the gradients", *(f"argument {k}" for k in ("x", "y", "states", "Wx", "W",
                                                                  "b"))), **alone),
    )  # fmt: skip


def _clip(term):
    draw = np.random.default_rng(6).normal
    long = [draw(0, 4, (3, 5)), draw(0, 0.1, 7), draw(2, 9, (2, 2, 2))]
    gaps = [None, draw(0, 1, (4, 3)), None, draw(0, 5, 6)]
    size = right.clipped(term, gaps, 1.0)[1]
    broken = [[np.array([1.0, np.inf]), np.ones((2, 2))], [np.array([[np.nan, 2.0]]), np.ones(3)]]
    zero = [np.zeros((2, 3)), np.zeros(4)]
    near = size + 0.5 * term.eps
    whole = [*gaps, np.random.default_rng(7).integers(-9, 9, (2, 3))]
    finite = (
        "def whether(g):\n    got, size = clip(g, 1.5)\n    return got, bool(np.isfinite(size))\n"
    )
    return (
        check("long", 1, "return clip(g, 0.8), g", [right.clipped(term, long, 0.8), long],
              "Gradients that are much too long: one size for all arrays together, counted in "
              "entries, one factor; and the given arrays stay as they were.",
              parts=("the result", "argument gradients"), g=long),
        check("gaps", 1, "return clip(g, 1.1)", right.clipped(term, whole, 1.1),
              "A list in which some gradients are None: they stay None and count for nothing. One "
              "gradient has whole numbers; what comes back has not.",
              parts=("the clipped gradients", "their size"), g=whole),
        check("short", 1, "return [clip(g, near), clip(g, high), clip(zero, 0.5)]",
              [right.clipped(term, g, c) for g, c in ((gaps[1::2], near), (gaps[1::2], 9 * size),
                                                      (zero, 0.5))],
              "Gradients near the limit, far below it, and all zero: the factor follows its "
              "formula to the letter, and is never above 1.",
              g=gaps[1::2], near=near, high=9 * size, zero=zero),
        check("broken", 1, finite + "return clip(g, 1.5), [whether(v) for v in broken]",
              [right.clipped(term, long, 1.5),
               [[right.clipped(term, g, 1.5)[0], False] for g in broken]],
              "A gradient with an entry that is infinite or not a number, after an ordinary one: "
              "zeros come back, and the size as it is.", g=long, broken=broken),
    )  # fmt: skip
