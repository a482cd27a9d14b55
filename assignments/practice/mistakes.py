"""What students get wrong in the assignment on practice.

A slip costs one point, in however many checks it shows. What is another thing than was asked (a
sum of derivatives, a difference for a relative error) costs two.
"""

from deeptricks.grading import Mistake

from .clinic_mistakes import OF_CLINIC, OF_REPORT
from .search_mistakes import OF_BEST, OF_HALVING


def recall(name, old, new, hint):
    return Mistake("recall", name, old, new, hint, cost=1)


def gradient(name, old, new, hint, cost=1, when=None):
    return Mistake("gradient", name, old, new, hint, cost, when)


OF_RECALL = [
    recall(
        "at least one hit",
        " - n * q * (1 - q) ** (n - 1)",
        "",
        "That is the chance of at least one. Two are asked: take off the case of exactly one.",
    ),
    recall(
        "exactly two hits",
        "1 - (1 - q) ** n - n * q * (1 - q) ** (n - 1)",
        "n * (n - 1) / 2 * q**2 * (1 - q) ** (n - 2)",
        "That is the chance of exactly two. Three or more count too.",
    ),
    recall(
        "one place for the one hit",
        "n * q * (1 - q) ** (n - 1)",
        "q * (1 - q) ** (n - 1)",
        "The one hit may be any of the trials: there are as many ways as trials.",
    ),
    recall(
        "labels not smoothed",
        "(1 - term.blind_smoothing) * s + term.blind_smoothing / len(term.shares)",
        "s",
        "That is the entropy of the shares. The labels are smoothed, so their mean is, too.",
    ),
    recall(
        "smoothed over the others",
        "(1 - term.blind_smoothing) * s + term.blind_smoothing / len(term.shares)",
        "(1 - term.blind_smoothing) * s + term.blind_smoothing * (1 - s) / (len(term.shares) - 1)",
        "You spread the smoothing over the other classes. It goes to all of them, the label's own "
        "among them.",
    ),
    recall(
        "all classes equally likely",
        "-sum(p * math.log(p) for p in means)",
        "math.log(len(term.shares))",
        "ln C is the loss before anything is learned. This network knows how often each class "
        "comes.",
    ),
    recall(
        "in bits",
        "math.log(p)",
        "math.log2(p)",
        "Nats are asked: natural logarithms.",
    ),
    recall(
        "each rung anew",
        "(until - done)",
        "until",
        "A training that goes on pays for what is new: the epochs of the rung less those before.",
    ),
    recall(
        "settings rounded down",
        "-(-going // term.rung_eta)",
        "going // term.rung_eta",
        "You rounded the number of settings that go on down. Here it is rounded up.",
    ),
    recall(
        "a share for points",
        "100 * math.sqrt(",
        "math.sqrt(",
        "Percentage points are asked, and this is a share.",
    ),
    recall(
        "those right together counted out",
        "(b + c) / images",
        "(b - c) / images",
        "Both kinds of difference make the answer uncertain: their numbers add up in the variance.",
    ),
    recall(
        "divided by the number",
        "/ math.sqrt(images)",
        "/ images",
        "A standard error falls with the root of the number of images.",
    ),
    recall(
        "one label too few",
        "+ 1e-9) + 1, term.wide + 2)",
        "+ 1e-9), term.wide + 2)",
        "With so many labels the deep layer is not better yet: go on to the next whole number.",
    ),
    recall(
        "square root for cube root",
        "** (1 / 3)",
        "** (1 / 2)",
        "The curve's part grows with h², so the derivative gives h³: take the cube root. (The "
        "square root belongs to a one-sided difference.)",
    ),
    recall(
        "a factor lost in the derivative",
        "3 * term.rounding",
        "term.rounding",
        "The derivative of h²/6 is h/3. Where has the 3 gone?",
    ),
]

OF_GRADIENT = [
    gradient(
        "one side only",
        "h = term.step\n",
        "h = term.step\n    return ((at(h) - at(0)) / h).real\n",
        "You measure with a one-sided difference. Another formula is asked.",
    ),
    gradient(
        "not divided by the whole width",
        (".imag / h", ".real / (2 * h)", ".real / (12 * h)"),
        (".imag / (2 * h)", ".real / h", ".real / (6 * h)"),
        "Your derivatives are all off by one factor: what does the formula divide by?",
    ),
    gradient(
        "all entries moved at once",
        "moved[name][place] += step",
        "moved[name] += step",
        "You move all entries of an array at once, and get the sum of its derivatives. Move one.",
        cost=2,
    ),
    gradient(
        "divided by the other size",
        "sum(sizes) if term.by_sum else max(sizes)",
        "max(sizes) if term.by_sum else sum(sizes)",
        "Look at what stands below in the error: the sum of both norms, or the larger one?",
    ),
    gradient(
        "divided by what was said",
        "sum(sizes) if term.by_sum else max(sizes)",
        "sizes[0]",
        "You divide by the norm of the gradient that was said. A gradient that is said to be 0, "
        "and is not, would have an infinite error. Which norms stand below?",
    ),
    gradient(
        "absolute error",
        "float(off / bottom) if bottom != 0 else 0.0",
        "float(off)",
        "That is the difference. A relative error is asked, for gradients may be of any size.",
        cost=2,
    ),
    gradient(
        "zero by zero",
        "float(off / bottom) if bottom != 0 else 0.0",
        "float(off / bottom)",
        "Where said and measured gradients are both 0, you divide 0 by 0.",
    ),
    gradient(
        "largest entry for the norm",
        (
            "np.sqrt(np.sum(said**2)), np.sqrt(np.sum(seen**2))",
            "np.sqrt(np.sum((said - seen) ** 2))",
        ),
        ("np.max(np.abs(said)), np.max(np.abs(seen))", "np.max(np.abs(said - seen))"),
        "You took the largest entry of each array. A norm is the root of the sum of squares.",
    ),
    gradient(
        "not a number passes",
        "not error <= limit",
        "error > limit",
        "A comparison with something that is not a number is False. Ask whether the error is *not* "
        "at most the limit.",
    ),
    gradient(
        "in the other order",
        "if term.worst_first:",
        "if not term.worst_first:",
        "The suspects come in another order than is asked.",
    ),
    gradient(
        "one limit for all calls",
        "not error <= limit",
        "not error <= term.limit",
        "You compare with a number of your own. The argument `limit` may be another one.",
    ),
    gradient(
        "the others called suspect",
        "not error <= limit",
        "error <= limit",
        "These are the names that nobody need suspect.",
    ),
    gradient(
        "weights moved and not put back",
        "moved = {k: np.array(v, dtype=complex) for k, v in weights.items()}\n",
        "moved = weights\n        moved[name] = np.array(weights[name], dtype=complex)\n",
        "You write into the dictionary that was handed over, and nobody puts the entry back. Work "
        "on a copy.",
        cost=2,
        # +h and −h add up to nothing; i h stays, and then every number is another one.
        when=lambda term: term.method != "complex",
    ),
]

MISTAKES = [*OF_RECALL, *OF_GRADIENT, *OF_HALVING, *OF_BEST, *OF_CLINIC, *OF_REPORT]
