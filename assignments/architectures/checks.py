"""Architectures: the questions of a term.

constants.py draws it, oracles.py knows what is right. The checks of the two questions with whole
networks stand in network_checks.py.
"""

import numpy as np

from deeptricks.grading import Check, Question

from . import network_checks as networks
from . import oracles as right
from .constants import parameters

__all__ = ["parameters", "questions"]


def check(name, points, run, expected, says, tolerance=1e-6, **inputs):
    return Check(name, points, run, says, inputs, expected, tolerance=tolerance)


def questions(term):
    """The six questions, for the constants of `term`."""
    return [
        Question("recall", "Recall: count by hand", _recall(term)),
        Question("costs", "A table that is a network", _costs(term)),
        Question("matmul", "Convolution as a matrix product", _matmul(term)),
        Question("cut", "Cut AlexNet", networks.cut(term)),
        Question("block", "A residual block with a dial", networks.block(term), room="torch"),
        Question("story", "Leave one out", rubric=RUBRIC),
    ]


RUBRIC = (
    (1, "the finding: without any one of its blocks the plain chain is at chance, and the residual "
        "network loses a few points, most at the first blocks; without all of them far more than "
        "the sum of these"),
    (1, "why the chain breaks: its one path goes through every block, so the next block gets an "
        "input that it has never seen"),
    (2, "why the residual network does not: x + F, written out, is a sum over paths (one point), "
        "and one block is one of many terms beside x, so what later blocks get hardly changes"),
    (1, "why the losses do not add up: blocks stand in for each other, so an ablation of one says "
        "what it is worth beside all others, and no more"),
)  # fmt: skip


def _recall(term):
    parameters, products = right.conv_numbers(term)
    return (
        check("parameters", 1, "return float(conv_parameters)", float(parameters),
              "`conv_parameters`: how many channels does one output channel see, and is there a "
              "number that belongs to no window?"),
        check("products", 1, "return float(conv_products)", float(products),
              "`conv_products`: each output costs one product for each weight that it uses. How "
              "far does a dilated window reach, and how many outputs are there then?"),
        check("side", 1, "return float(side)", float(right.side_after(term)),
              "`side`: one layer after the other, the first one rounded down. And the second?"),
        check("reduction", 1, "return float(reduction)", float(right.widest_reduction(term)),
              "`reduction`: both convolutions of the branch grow with its width. Set their sum "
              "equal to what is allowed. Which side is the safe one to round to?"),
        check("share", 1, "return float(share)", right.share_left(term),
              "`share`: follow two variances from block to block, that of what is left of the "
              "input and that of everything. How does a factor act on a variance?", 2e-3),
        check("seeds", 1, "return float(seeds)", float(right.seeds(term)),
              "`seeds`: what is the variance of a difference of two numbers that have a common "
              "part? Its mean over the seeds must be 2.8 standard errors away from zero."),
    )  # fmt: skip


SHAPES = "return [network(layers, image)['shape'] for layers in tables]"
REFUSES = """
refused = []
for layers in tables:
    try:
        network(layers, image)
        refused.append("no error")
    except term.code_refusal:
        refused.append("refused")
    except Exception as error:
        refused.append(type(error).__name__)
return refused
"""
JOINS = """
found = []
for kind, image, paths, after in tables:
    alone = [network(path, image) for path in paths]
    whole = network([{"kind": kind, "paths": paths}], image)
    later = network([{"kind": kind, "paths": paths}, *after], image)
    found.append([whole["shape"], later["shape"]])
    for name in ("parameters", "work"):
        own = network(after, whole["shape"])[name]
        found.append([whole[name] - sum(one[name] for one in alone), later[name] - whole[name] - own])
return found
"""  # noqa: E501


def _costs(term):
    rng = np.random.default_rng(term.data_seed)
    c, h, w = 12, int(rng.integers(37, 45)), int(rng.integers(50, 63))
    image = (h, w, c) if term.channels_last else (c, h, w)
    a, b = int(rng.integers(5, 9)) * 2, int(rng.integers(5, 9)) * 4

    def conv(out, window, **more):
        return {"kind": "conv", "out": out, "window": window, **more}

    def pool(window, **more):
        return {"kind": "pool", "window": window, **more}

    sizes = [
        [conv(a, 5, stride=3, pad=1)],
        [conv(a, 3), conv(b, 5, stride=2)],
        [conv(b, 3, dilate=3, stride=2), conv(a, 7)],
        [conv(a, 3, pad=2, dilate=2), {"kind": "mean"}, {"kind": "linear", "out": 9}],
    ]
    # At the sides 8 and 11 a last window would begin in the padding.
    edges = [(e, e, 4) if term.channels_last else (4, e, e) for e in (8, 11)]
    pools = [
        [pool(3, stride=2, pad=0), pool(2, stride=2, pad=0, ceil=True)],
        [pool(4, stride=3, pad=0, ceil=True), pool(3, stride=3, pad=1, ceil=True)],
        [pool(5, pad=2), pool(3, pad=1)],
        [pool(7, stride=5, pad=3, ceil=True), pool(3, stride=3, pad=1, ceil=True)],
        [pool(3)],
    ]
    shaped = [(table, image) for table in pools]
    shaped += [([pool(3, stride=3, pad=1, ceil=True)], edge) for edge in edges]
    same = {"stride": 1, "pad": 1}
    weights = [
        [conv(a, 3, **same)],
        [conv(24, 3, groups=4, **same), conv(b, 1, pad=0, groups=4)],
        [conv(24, 3, groups=12, **same), {"kind": "mean"}, {"kind": "linear", "out": b}],
        [conv(4, 1, pad=0), {"kind": "linear", "out": 7}, {"kind": "linear", "out": a}],
    ]
    joined = [
        ["concat", image, [[conv(a, 3, **same)], [conv(b, 1, pad=0), conv(a, 3, **same)]],
         [conv(8, 3, **same)]],
        ["concat", image, [[conv(a, 1, pad=0)], [], [pool(3, **same)],
                           [{"kind": "concat", "paths": [[conv(4, 3, **same)], []]}]],
         [{"kind": "mean"}, {"kind": "linear", "out": 5}]],
        ["sum", image, [[conv(c, 3, **same), conv(c, 1, pad=0)], []], [conv(a, 1, pad=0)]],
        ["sum", image, [[conv(b, 1, pad=0)], [conv(b, 3, groups=4, **same)], [conv(b, 1, pad=0)]],
         [{"kind": "linear", "out": 3}]],
    ]  # fmt: skip
    deep = [
        [conv(a, 3, **same)] * 3,
        [conv(a, 7, stride=2, pad=3), pool(3, stride=2, pad=1), conv(a, 3, dilate=2, pad=2),
         {"kind": "mean"}, {"kind": "linear", "out": 4}],
        [pool(2, stride=2, pad=0),
         {"kind": "concat", "paths": [[conv(a, 5, stride=1, pad=2)], [], [conv(a, 3, **same)] * 3]},
         conv(a, 3, **same)],
        [{"kind": "sum", "paths": [[conv(12, 3, stride=2, pad=1), conv(12, 3, **same)],
                                   [conv(12, 1, stride=2, pad=0)]]}, pool(3, **same)],
    ]  # fmt: skip
    bad = [
        [conv(a, 3, **same), conv(27, 3, groups=9, **same)],
        [conv(22, 3, groups=4, **same)],
        [conv(a, 3, **same), conv(a, 61, stride=1, pad=2)],
        [{"kind": "concat", "paths": [[conv(a, 3, **same)], [conv(a, 3, stride=2, pad=1)]]}],
        [{"kind": "sum", "paths": [[conv(a + 1, 3, **same)], []]}],
        [conv(a, 1)],
    ]

    def each(name, tables):
        return [right.costs(term, table, image)[name] for table in tables]

    return (
        check("sizes", 1, SHAPES, each("shape", sizes),
              "Shapes behind convolutions, a mean and a linear layer, of an image that is no "
              "square: stride, padding (also where none is given), dilation.",
              tables=sizes, image=image),
        check("pools", 1,
              "return [network(layers, image)['shape'] for layers, image in tables]",
              [right.costs(term, table, shape)["shape"] for table, shape in shaped],
              "Shapes behind pools: the stride where none is given, and the windows over the edge "
              "where `ceil` asks for them (the exception in the text as well).",
              tables=shaped),
        check("parameters", 1, "return [network(t, image)['parameters'] for t in tables]",
              each("parameters", weights),
              "Parameters, with groups, with biases as this term has them (convolutions and linear "
              "layers), and of linear layers behind an image.",
              tables=weights, image=image),
        check("work", 1, "return [network(t, image)['work'] for t in tables]",
              each("work", weights),
              "The work of single chains: how many numbers does one output add up, and how is "
              "that counted this term?",
              tables=weights, image=image),
        check("joins", 1, JOINS, _joins(term, joined),
              "Paths side by side, also an empty one and a table within a table: the shape behind "
              "them, what the joint itself costs, and what the next layer gets.",
              tables=joined),
        check("field", 1, "return [network(t, image)['field'] for t in tables]",
              each("field", deep),
              "How many pixels one place looks at, as this term counts them: strides make all "
              "later windows wider, not their own; of several paths the one that sees most counts.",
              tables=deep, image=image),
        check("refuse", 1, f"{REFUSES.rstrip()}, [sorted(layer) for layer in tables[-1]]",
              [["refused"] * 5 + ["no error"], [["kind", "out", "window"]]],
              f"Tables that are no network raise a {term.code_refusal}, and others do not: groups, "
              "windows that do not fit, paths that cannot be joined. The table stays as it was.",
              tables=bad, image=image),
    )  # fmt: skip


def _joins(term, tables):
    """Of each: shapes; then what joint and order add to the parts."""
    found = []
    for kind, image, paths, after in tables:
        joint = [{"kind": kind, "paths": paths}]
        whole, later = right.costs(term, joint, image), right.costs(term, joint + after, image)
        found.append([whole["shape"], later["shape"]])
        for name in ("parameters", "work"):
            alone = sum(right.costs(term, path, image)[name] for path in paths)
            found.append([whole[name] - alone, 0])
    return found


BACK = """
several = []
for shape, w, how in cases:
    size = int(np.prod(shape))
    base = np.array(convolve(np.eye(size).reshape(size, *shape), w, *how), dtype=float)
    rng = np.random.default_rng(size)
    g = rng.normal(size=(2, *base.shape[1:]))
    wanted = np.tensordot(g, base, axes=([1, 2, 3], [1, 2, 3])).reshape(2, *shape)
    got = np.array(convolve_back(g, (2, *shape), w, *how), dtype=float)
    several += [got - wanted, bool(np.any(wanted != 0))]
return several
"""


def _matmul(term):
    rng = np.random.default_rng(term.data_seed + 1)

    def image(many, channels, height, width, whole=False):
        shape = (height, width, channels) if term.image_last else (channels, height, width)
        draw = rng.integers(-4, 5, (many, *shape)) if whole else rng.normal(size=(many, *shape))
        return draw

    def weights(outputs, each, k, whole=False):
        shape = (k, k, each, outputs) if term.weights_last else (outputs, each, k, k)
        return rng.integers(-4, 5, shape) if whole else rng.normal(size=shape)

    def done(x, w, *how):
        return right.convolved(term, x, w, *how)

    x, w = image(3, 4, 6, 8), weights(5, 4, 3)
    small = weights(6, 4, 1)
    ways = [(2, 0, 1, 1), (1, 0, 2, 1), (3, 2, 1, 1), (1, 2, 2, 1), (2, 1, 1, 1)]
    grouped = [(image(2, 6, 4, 5), weights(9, 2, 1), (1, 0, 1, 3)),
               (image(2, 4, 4, 5), weights(8, 1, 1), (1, 0, 1, 4)),
               (image(1, 6, 5, 4), weights(4, 3, 3), (1, 0, 1, 2))]  # fmt: skip
    back = [(image(1, 4, 5, 4)[0].shape, weights(6, 2, 3), (2, 1, 1, 2)),
            (image(1, 2, 6, 5)[0].shape, weights(3, 2, 2), (1, 0, 1, 1)),
            (image(1, 3, 5, 6)[0].shape, weights(2, 3, 3), (1, 2, 2, 1))]  # fmt: skip
    whole, kernel = image(2, 2, 4, 5, True), weights(3, 2, 3, True)
    first = done(whole, kernel, 1, 1, 1, 1)
    return (
        check("plain", 1, "return convolve(x, w), convolve(x, small)",
              [done(x, w, 1, 0, 1, 1), done(x, small, 1, 0, 1, 1)],
              "One group, the stride 1, nothing beyond the edge: which weight meets which pixel? "
              "The image is no square, and its layout is this term's.", x=x, w=w, small=small),
        check("geometry", 1, "return [convolve(x, w, *how) for how in ways]",
              [done(x, w, *how) for how in ways],
              "Stride, dilation and padding: where windows stand, and what is found beyond the "
              "edge of the image.", x=x, w=w, ways=ways),
        check("groups", 1, "return [convolve(x, w, *how) for x, w, how in cases]",
              [done(*case[:2], *case[2]) for case in grouped],
              "Groups: which inputs does an output see, and in which order stand the outputs?",
              cases=grouped),
        check("back", 1, BACK,
              [v for shape, _, _ in back for v in (np.zeros((2, *shape)), True)],
              "The way back, compared with your own `convolve` on images with a single one: each "
              "pixel collects from all the windows in which it stood.",
              1e-6, cases=back),
        check("care", 1,
              "return convolve(x, w, 1, 1), convolve(x.astype('f4'), w, 1, 1), "
              "convolve(x, w / 2, 1, 1), x, w, np.shape(convolve_back(g, x.shape, w, 1, 1)), g",
              [first, first, first / 2, whole, kernel, list(whole.shape), np.ones(first.shape)],
              "Whole numbers and single precision, nothing rounded; arguments that stay as they "
              "were; the gradient has the shape of the image.",
              1e-5, x=whole, w=kernel, g=np.ones(first.shape)),
    )  # fmt: skip
