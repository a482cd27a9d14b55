"""What students get wrong in the two questions that set things to zero: channels, groups."""

from functools import partial

from deeptricks.grading import Mistake

drop, groups = (partial(Mistake, question) for question in ("drop", "groups"))

OF_DROP = [
    drop(
        "rate of the other kind",
        "rate if term.rate_keeps else 1 - rate",
        "1 - rate if term.rate_keeps else rate",
        "You read the rate as the other probability. Is it that of being kept, or of being "
        "dropped?",
        cost=1,
    ),
    drop(
        "kept what is to be dropped",
        "u < keep if term.low_is_kept else u >= 1 - keep",
        "u >= keep if term.low_is_kept else u < 1 - keep",
        "You keep just the channels that are to be dropped.",
        cost=1,
    ),
    drop(
        "the other end of the draws",
        "u < keep if term.low_is_kept else u >= 1 - keep",
        "u >= 1 - keep if term.low_is_kept else u < keep",
        "You keep as many as you should, and others: is it small draws or large ones that keep?",
        cost=1,
    ),
    drop(
        "border on the other side",
        "u < keep if term.low_is_kept else u >= 1 - keep",
        "u <= keep if term.low_is_kept else u > 1 - keep",
        "A draw that is exactly at the border is on the other side with you. Draws come from "
        "[0, 1): look at the rates 0 and 1.",
        cost=1,
    ),
    drop(
        "scaled in the other mode",
        (
            'keep if term.scale == "evaluation"',
            '"training": 1 / keep if keep else 0.0, "evaluation": 1.0, "counted": counted',
        ),
        (
            'keep if term.scale != "evaluation"',
            '"training": 1.0, "evaluation": 1 / keep if keep else 0.0, "counted": 1.0',
        ),
        "You repair the size in the other mode than this term: read what is done in training, and "
        "what in evaluation.",
        cost=1,
    ),
    drop(
        "never scaled",
        ('keep if term.scale == "evaluation" else 1.0', "mask * scales[term.scale]"),
        ("1.0", "mask * 1.0"),
        "Nothing makes up for what was dropped: in training and in evaluation the sizes differ.",
        cost=1,
    ),
    drop(
        "scaled by the count of the batch",
        "mask * scales[term.scale]",
        "mask * (mask.size / max(mask.sum(), 1))",
        "You scale by what was kept in the whole batch. Read again by what an entry is multiplied.",
        cost=1,
    ),
    drop(
        "one mask for all samples",
        "mask = u < keep if term.low_is_kept else u >= 1 - keep",
        "mask = u[:1] + 0 * u < keep if term.low_is_kept else u[:1] + 0 * u >= 1 - keep",
        "All samples have the coins of the first. Each has its own.",
        cost=1,
    ),
    drop(
        "another layout",
        "if term.channels_second else (samples, *ones, channels)",
        "if not term.channels_second else (samples, *ones, channels)",
        "You took another axis for the channels: where do they stand, and where the positions?",
        cost=2,
    ),
    drop(
        "only for one position axis",
        "ones = [1] * (h.ndim - 2)",
        "ones = [1] * min(h.ndim - 2, 1)",
        "Your mask has room for one position axis. There may be more.",
        cost=1,
    ),
    drop(
        "factor left out on the way back",
        "g, dtype=float) * memory",
        "g, dtype=float) * np.where(memory == 0, 0.0, 1.0)",
        "On the way back you use the mask without its factor, or forget the factor of evaluation.",
        cost=1,
    ),
    drop(
        "all gradients pass",
        "g, dtype=float) * memory",
        "g, dtype=float)",
        "A channel that was dropped had no part in the output, so its gradient is 0.",
        cost=1,
    ),
    drop(
        "written into the input",
        (
            "h = np.asarray(h, dtype=float)",
            "(mask * scales[term.scale]).reshape(shape)\n    return h * factor, factor",
        ),
        (
            "h = np.asarray(h)",
            "(mask * scales[term.scale]).reshape(shape)\n"
            "    h[...] = h * factor\n    return h, factor",
        ),
        "You write the output into the array that was given. It must stay as it was.",
        cost=1,
    ),
    drop(
        "whole numbers cut off",
        (
            "h = np.asarray(h, dtype=float)",
            "return h * factor, factor\n    u = np",
            ".reshape(shape)\n    return h * factor, factor",
        ),
        (
            "h = np.asarray(h)\n    out = np.zeros_like(h)",
            "out[...] = h * factor\n        return out, factor\n    u = np",
            ".reshape(shape)\n    out[...] = h * factor\n    return out, factor",
        ),
        "For whole numbers your output is cut off to whole numbers: zeros_like keeps their type.",
        cost=1,
    ),
]

OF_GROUPS = [
    groups(
        "groups along the other axis",
        (
            "np.sum(v**2, axis=term.group_axis, keepdims=True)",
            "v.shape[term.group_axis]",
            "float), term.group_axis",
        ),
        (
            "np.sum(v**2, axis=1 - term.group_axis, keepdims=True)",
            "v.shape[1 - term.group_axis]",
            "float), 1 - term.group_axis",
        ),
        "You took the groups along the other axis: is it a row or a column that belongs together?",
        cost=1,
    ),
    groups(
        "price of a group by the other rule",
        (
            "np.sqrt(v.shape[term.group_axis]) if term.by_size",
            "g.shape[axis] ** 0.5 if term.by_size",
        ),
        (
            "np.sqrt(v.shape[term.group_axis]) if not term.by_size",
            "g.shape[axis] ** 0.5 if not term.by_size",
        ),
        "Look again at the first penalty: does the price of a group depend on its size?",
        cost=1,
    ),
    groups(
        "price without the rate",
        "length - rate * price",
        "length - price",
        "The penalties are multiplied by the rate, like the gradient.",
        cost=1,
    ),
    groups(
        "each weight for itself",
        "length = np.sqrt(np.sum(v**2, axis=term.group_axis, keepdims=True))",
        "length = np.abs(v)",
        "You move each weight toward zero for itself. It is the length of the group that gets "
        "shorter.",
        cost=2,
    ),
    groups(
        "past zero",
        "left = np.maximum(length - rate * price, 0)",
        "left = (length - rate * price)",
        "A group that is shorter than the price comes out on the other side of zero. It stops "
        "there.",
        cost=1,
    ),
    groups(
        "removed or left alone",
        "left = np.maximum(length - rate * price, 0) / np.where(length > 0, length, 1)",
        "left = (length > rate * price) * 1.0",
        "You remove short groups and leave the others as long as they were. Those get shorter too.",
        cost=2,
    ),
    groups(
        "penalties before the gradient",
        (
            "np.asarray(w, dtype=float) - rate * np.asarray(g, dtype=float)",
            "return left * v / (1 + rate * term.other_factor * other)",
        ),
        (
            "np.asarray(w, dtype=float)",
            "return left * v / (1 + rate * term.other_factor * other) - rate * np.asarray(g)",
        ),
        "You take the penalties first and the gradient afterwards, so that nothing ends at zero.",
        cost=1,
    ),
    groups(
        "zero by zero",
        "np.where(length > 0, length, 1)",
        "length",
        "A group of zeros has the length 0, by which you divide.",
        cost=1,
    ),
    groups(
        "second penalty without the rate",
        ("np.abs(v) - rate * other", "1 + rate * term.other_factor * other"),
        ("np.abs(v) - other", "1 + term.other_factor * other"),
        "The second penalty is multiplied by the rate as well.",
        cost=1,
    ),
    groups(
        "second penalty by its slope",
        (
            "v = np.sign(v) * np.maximum(np.abs(v) - rate * other, 0)",
            "v / (1 + rate * term.other_factor * other)",
        ),
        ("v = v - rate * other * np.sign(v)", "v * (1 - rate * term.other_factor * other)"),
        "You take a step down the slope of the second penalty. Solve for the best w' instead: for "
        "squares a quotient comes out, for absolute values nothing crosses zero.",
        cost=1,
    ),
    groups(
        "second penalty in the wrong order",
        (
            "v = np.sign(v) * np.maximum(np.abs(v) - rate * other, 0)",
            "length = np.sqrt(",
            "return left * v / (1 + rate * term.other_factor * other)",
        ),
        (
            "v = 1 * v",
            "v = v / (1 + rate * term.other_factor * other)\n    length = np.sqrt(",
            "v = left * v\n    cut = rate * other if term.other == 'l1' else 0.0\n"
            "    return np.sign(v) * np.maximum(np.abs(v) - cut, 0)",
        ),
        "The order matters: first absolute values, then lengths, then squares. Yours is another "
        "one.",
        cost=1,
    ),
    groups(
        "weights changed in place",
        "v = np.asarray(w, dtype=float) - rate * np.asarray(g, dtype=float)",
        "v = np.asarray(w)\n    v -= (rate * np.asarray(g)).astype(v.dtype)",
        "You subtract from the array that was given. It must stay as it was.",
        cost=1,
    ),
    groups(
        "which groups leave",
        "np.sqrt(np.sum(pull**2, axis=axis)) <= holds",
        "np.sqrt(np.sum(pull**2, axis=axis)) > holds",
        "Your test says which groups leave zero. It is asked which stay.",
        cost=1,
    ),
    groups(
        "second penalty in the zero test",
        (
            'np.maximum(np.abs(g) - other, 0) if term.other == "l1" else g',
            "<= holds",
        ),
        ("g", "<= holds + term.other_factor * other"),
        "At zero absolute values hold with their whole slope, and squares do not hold at all: "
        "which is your second penalty, and what does it do in the test?",
        cost=1,
    ),
    groups(
        "the strongest pull",
        "np.sqrt(np.sum(pull**2, axis=axis)) <= holds",
        "np.max(np.abs(pull), axis=axis) <= holds",
        "You compare the largest entry of a group. They pull together: it is the length.",
        cost=1,
    ),
]
