"""What students get wrong in the assignment on regularization."""

from deeptricks.grading import Mistake


def recall(name, old, new, hint):
    return Mistake("recall", name, old, new, hint)


def drop(name, old, new, hint):
    return Mistake("drop", name, old, new, hint)


def groups(name, old, new, hint):
    return Mistake("groups", name, old, new, hint)


def stop(name, old, new, hint):
    return Mistake("stop", name, old, new, hint)


def mix(name, old, new, hint):
    return Mistake("mix", name, old, new, hint)


OF_RECALL = [
    recall(
        "variance for mean square",
        "term.pull_mean**2 + term.pull_deviation**2",
        "term.pull_deviation**2",
        "You took the variance of the column. The mask multiplies the whole number, its mean "
        "included, so it is the mean square that counts.",
    ),
    recall(
        "kept and dropped exchanged",
        "(1 - term.pull_keep) / term.pull_keep",
        "term.pull_keep / (1 - term.pull_keep)",
        "Your factor is upside down: where all is kept, there is no penalty.",
    ),
    recall(
        "variance of a mask that is not scaled",
        "(1 - term.pull_keep) / term.pull_keep",
        "(1 - term.pull_keep) * term.pull_keep",
        "That is the variance of the mask alone. What is kept is divided by q as well.",
    ),
    recall(
        "the rule of thumb",
        "term.curvature * left / (1 - left)",
        "1 / (term.recall_rate * term.recall_steps)",
        "1/(ηt) is a rule of thumb for directions of small curvature. Here an exact number is "
        "asked, for this direction.",
    ),
    recall(
        "left and gone exchanged",
        "left / (1 - left)",
        "(1 - left) / left",
        "Your α grows with the number of steps. The longer you train, the weaker the penalty.",
    ),
    recall(
        "in proportion to the blocks",
        "1 - (1 - term.middle_percent / 100) ** blocks",
        "term.middle_percent / 100 * blocks",
        "Probabilities to be dropped do not add up where blocks may overlap; those to be spared "
        "multiply.",
    ),
    recall(
        "only the own label",
        "for p in (term.own_share, 1 - term.own_share)",
        "for p in (term.own_share,)",
        "You counted one of the two classes of a target. The partner's part costs too.",
    ),
    recall(
        "sure of the own label",
        "-sum(p * np.log(p) for p in (term.own_share, 1 - term.own_share))",
        "-np.log(term.own_share)",
        "That is the loss of one sample whose label is hard. Write down the sum over the classes, "
        "with the target's parts as weights.",
    ),
    recall(
        "as if independent",
        "np.ceil((1 - rho) / (term.goal_percent / 100 - rho))",
        "np.ceil(100 / term.goal_percent)",
        "1/K holds for errors that have nothing in common.",
    ),
    recall(
        "one member too few",
        "np.ceil(",
        "np.floor(",
        "With so many the goal is not reached yet: round up, not down.",
    ),
]

OF_DROP = [
    drop(
        "rate of the other kind",
        "rate if term.rate_keeps else 1 - rate",
        "1 - rate if term.rate_keeps else rate",
        "You read the rate as the other probability. Is it that of being kept, or of being "
        "dropped?",
    ),
    drop(
        "kept what is to be dropped",
        "u < keep if term.low_is_kept else u >= 1 - keep",
        "u >= keep if term.low_is_kept else u < 1 - keep",
        "You keep just the channels that are to be dropped.",
    ),
    drop(
        "the other end of the draws",
        "u < keep if term.low_is_kept else u >= 1 - keep",
        "u >= 1 - keep if term.low_is_kept else u < keep",
        "You keep as many as you should, and others: is it small draws or large ones that keep?",
    ),
    drop(
        "border on the other side",
        "u < keep if term.low_is_kept else u >= 1 - keep",
        "u <= keep if term.low_is_kept else u > 1 - keep",
        "A draw that is exactly at the border is on the other side with you. Draws come from "
        "[0, 1): look at the rates 0 and 1.",
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
    ),
    drop(
        "never scaled",
        ('keep if term.scale == "evaluation" else 1.0', "mask * scales[term.scale]"),
        ("1.0", "mask * 1.0"),
        "Nothing makes up for what was dropped: in training and in evaluation the sizes differ.",
    ),
    drop(
        "scaled by the dropped share",
        (
            'keep if term.scale == "evaluation"',
            "1 / keep if keep else 0.0",
            "mask.shape[1] / np.maximum(mask.sum(axis=1, keepdims=True), 1)",
        ),
        (
            '1 - keep if term.scale == "evaluation"',
            "1 / (1 - keep) if keep < 1 else 0.0",
            "mask.shape[1] / np.maximum((~mask).sum(axis=1, keepdims=True), 1)",
        ),
        "You scale by the part that is dropped. It is the part that is kept which counts.",
    ),
    drop(
        "scaled by the count of the batch",
        "mask * scales[term.scale]",
        "mask * (mask.size / max(mask.sum(), 1))",
        "You scale by what was kept in the whole batch. Read again by what an entry is multiplied.",
    ),
    drop(
        "one mask for all samples",
        "mask = u < keep if term.low_is_kept else u >= 1 - keep",
        "mask = u[:1] + 0 * u < keep if term.low_is_kept else u[:1] + 0 * u >= 1 - keep",
        "All samples have the coins of the first. Each has its own.",
    ),
    drop(
        "another layout",
        "if term.channels_second else (samples, *ones, channels)",
        "if not term.channels_second else (samples, *ones, channels)",
        "You took another axis for the channels: where do they stand, and where the positions?",
    ),
    drop(
        "only for one position axis",
        "ones = [1] * (h.ndim - 2)",
        "ones = [1] * min(h.ndim - 2, 1)",
        "Your mask has room for one position axis. There may be more.",
    ),
    drop(
        "factor left out on the way back",
        "g, dtype=float) * memory",
        "g, dtype=float) * np.where(memory == 0, 0.0, 1.0)",
        "On the way back you use the mask without its factor, or forget the factor of evaluation.",
    ),
    drop(
        "all gradients pass",
        "g, dtype=float) * memory",
        "g, dtype=float)",
        "A channel that was dropped had no part in the output, so its gradient is 0.",
    ),
    drop(
        "output for factor",
        "factor = (mask * scales[term.scale]).reshape(shape)\n    return h * factor, factor",
        "factor = (mask * scales[term.scale]).reshape(shape)\n    return h * factor, h * factor",
        "You multiply the gradient with the output. The derivative of a product with respect to h "
        "is the other factor.",
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
    ),
    groups(
        "price without the rate",
        "length - rate * price",
        "length - price",
        "The penalties are multiplied by the rate, like the gradient.",
    ),
    groups(
        "each weight for itself",
        "length = np.sqrt(np.sum(v**2, axis=term.group_axis, keepdims=True))",
        "length = np.abs(v)",
        "You move each weight towards zero for itself. It is the length of the group that gets "
        "shorter.",
    ),
    groups(
        "past zero",
        "left = np.maximum(length - rate * price, 0)",
        "left = (length - rate * price)",
        "A group that is shorter than the price comes out on the other side of zero. It stops "
        "there.",
    ),
    groups(
        "removed or left alone",
        "left = np.maximum(length - rate * price, 0) / np.where(length > 0, length, 1)",
        "left = (length > rate * price) * 1.0",
        "You remove short groups and leave the others as long as they were. Those get shorter too.",
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
    ),
    groups(
        "zero by zero",
        "np.where(length > 0, length, 1)",
        "length",
        "A group of zeros has the length 0, by which you divide.",
    ),
    groups(
        "square for length",
        "length = np.sqrt(np.sum(v**2, axis=term.group_axis, keepdims=True))",
        "length = np.sum(v**2, axis=term.group_axis, keepdims=True)",
        "That is the square of the length.",
    ),
    groups(
        "second penalty without the rate",
        ("np.abs(v) - rate * other", "1 + rate * term.other_factor * other"),
        ("np.abs(v) - other", "1 + term.other_factor * other"),
        "The second penalty is multiplied by the rate as well.",
    ),
    groups(
        "second penalty left out",
        ("np.abs(v) - rate * other", "1 + rate * term.other_factor * other"),
        ("np.abs(v)", "1"),
        "The second penalty is missing in your step.",
    ),
    groups(
        "second penalty by its slope",
        (
            'v = np.sign(v) * np.maximum(np.abs(v) - rate * other, 0)',
            "v / (1 + rate * term.other_factor * other)",
        ),
        ("v = v - rate * other * np.sign(v)", "v * (1 - rate * term.other_factor * other)"),
        "You take a step down the slope of the second penalty. Solve for the best w' instead: for "
        "squares a quotient comes out, for absolute values nothing crosses zero.",
    ),
    groups(
        "second penalty in the wrong order",
        (
            'v = np.sign(v) * np.maximum(np.abs(v) - rate * other, 0)',
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
    ),
    groups(
        "uphill",
        "float) - rate * np.asarray(g",
        "float) + rate * np.asarray(g",
        "The sign: this goes uphill.",
    ),
    groups(
        "weights changed in place",
        "v = np.asarray(w, dtype=float) - rate * np.asarray(g, dtype=float)",
        "v = np.asarray(w)\n    v -= (rate * np.asarray(g)).astype(v.dtype)",
        "You subtract from the array that was given. It must stay as it was.",
    ),
    groups(
        "which groups leave",
        "np.sqrt(np.sum(pull**2, axis=axis)) <= holds",
        "np.sqrt(np.sum(pull**2, axis=axis)) > holds",
        "Your test says which groups leave zero. It is asked which stay.",
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
    ),
    groups(
        "the strongest pull",
        "np.sqrt(np.sum(pull**2, axis=axis)) <= holds",
        "np.max(np.abs(pull), axis=axis) <= holds",
        "You compare the largest entry of a group. They pull together: it is the length.",
    ),
]

OF_STOP = [
    stop(
        "single values watched",
        "max(epoch + 1 - term.window, 0) : epoch + 1",
        "epoch : epoch + 1",
        "You watch single scores. It is their running mean that is watched.",
    ),
    stop(
        "mean over one score too few",
        "epoch + 1 - term.window",
        "epoch + 2 - term.window",
        "Your mean is over one score too few: count those of the slice.",
    ),
    stop(
        "zeros before the beginning",
        "/ len(recent)",
        "/ term.window",
        "In the first epochs there are fewer scores; divide by as many as there are.",
    ),
    stop(
        "the other direction",
        "if term.high_is_good else",
        "if not term.high_is_good else",
        "You look for the worst: are large or small values good here?",
    ),
    stop(
        "numbered otherwise",
        ("epoch + term.first\n            bad", "return kept, epoch + term.first"),
        ("epoch + 1 - term.first\n            bad", "return kept, epoch + 1 - term.first"),
        "Your epochs are numbered from another number.",
    ),
    stop(
        "count by the other rule",
        "if term.in_a_row",
        "if not term.in_a_row",
        "What becomes of the count of bad epochs after a better one? Read it again.",
    ),
    stop(
        "one epoch too early or too late",
        "int(term.beyond)",
        "int(not term.beyond)",
        "You are one epoch off: does the count have to reach the patience, or to exceed it?",
    ),
    stop(
        "margin of the other kind",
        "if term.relative",
        "if not term.relative",
        "Is the margin a difference, or a part of the best value?",
    ),
    stop(
        "no margin",
        "gain > (margin * abs(best) if term.relative else margin)",
        "gain > 0",
        "Every gain counts with you, however small.",
    ),
    stop(
        "equal is better",
        "gain > (",
        "gain >= (",
        "An epoch that is only as good as the margin asks is not better.",
    ),
    stop(
        "small gains move the goal",
        "        if better:\n",
        "        if best is not None and (gain > 0 if np.isfinite(watched) else False):\n"
        "            best = watched\n        if better:\n",
        "A gain that is too small does not make an epoch better, so it does not move the value "
        "that the next one must beat.",
    ),
    stop(
        "the last instead of the best",
        "return kept, epoch + term.first",
        "return epoch + term.first, epoch + term.first",
        "You keep the last epoch. The point of the rule is to keep the best.",
    ),
    stop(
        "best single score kept",
        "return kept, epoch + term.first",
        "sign = -1 if term.high_is_good else 1\n"
        "    seen = [sign * float(v) for v in values[: epoch + 1]]\n"
        "    return seen.index(min(seen)) + term.first, epoch + term.first",
        "You keep the epoch with the best single score. The best by what is watched is kept.",
    ),
    stop(
        "not a number as the best",
        "if not np.isfinite(watched):",
        "if False:",
        "Once your best value is not a number, nothing is ever better.",
    ),
    stop(
        "bad epochs that are no numbers skipped",
        "        if not np.isfinite(watched):\n            better = False",
        "        if not np.isfinite(watched):\n            continue",
        "An epoch whose mean is not a number is a bad one, and counts.",
    ),
    stop(
        "epoch of the stop not counted",
        "return kept, epoch + term.first",
        "return kept, max(epoch - 1, 0) + term.first",
        "The epoch at which the count is full has been trained: it is the last one.",
    ),
]

OF_MIX = [
    mix(
        "share of the other",
        "share if term.share_is_own else 1 - share",
        "1 - share if term.share_is_own else share",
        "Whose share is given, the sample's own or that of its partner?",
    ),
    mix(
        "partners read backwards",
        "np.asarray(partners) if term.partners_are_named else np.argsort(partners)",
        "np.argsort(partners) if term.partners_are_named else np.asarray(partners)",
        "You read `partners` the other way round: who is whose partner?",
    ),
    mix(
        "labels not mixed",
        "own[:, None] * hot + (1 - own[:, None]) * hot[partner]",
        "1.0 * hot",
        "Your labels are not mixed: each sample keeps its own alone.",
    ),
    mix(
        "inputs not mixed",
        "part * x + (1 - part) * x[partner]",
        "1.0 * x",
        "Your inputs are not mixed.",
    ),
    mix(
        "labels mixed half and half",
        "own[:, None] * hot + (1 - own[:, None]) * hot[partner]",
        "0.5 * hot + 0.5 * hot[partner]",
        "You mix all labels half and half. The parts are those of the inputs.",
    ),
    mix(
        "the first share for all",
        "own = share if term.share_is_own else 1 - share",
        "own = share[0] + 0 * share if term.share_is_own else 1 - share[0] + 0 * share",
        "You use the first share for the whole batch. Each sample has its own.",
    ),
    mix(
        "room for two axes",
        "[1] * (x.ndim - 1)",
        "[1]",
        "Your shares have room for inputs of two axes. There may be more, or one.",
    ),
    mix(
        "written into the input",
        "mixed = part * x + (1 - part) * x[partner]",
        "mixed = x\n    mixed[...] = part * x + (1 - part) * x[partner]",
        "You write into the array that was given. np.asarray makes no copy of an array of floats.",
    ),
    mix(
        "smoothed by the other rule",
        "if term.spare_own",
        "if not term.spare_own",
        "Look again at what ε is spread over: all classes, or those that a label does not name.",
    ),
    mix(
        "not smoothed",
        "soft = (1 - smoothing) * soft + smoothing * spread",
        "soft = 1.0 * soft",
        "Your labels are not smoothed.",
    ),
    mix(
        "too much after smoothing",
        "(1 - smoothing) * soft + smoothing * spread",
        "soft + smoothing * spread",
        "Your targets sum to more than 1: what the other classes get must be taken from somewhere.",
    ),
    mix(
        "targets in the other layout",
        ("soft.T if term.classes_first else soft",),
        ("soft if term.classes_first else soft.T",),
        "Your targets are the transposed ones: do the classes stand first or last?",
    ),
    mix(
        "probabilities along the other axis",
        "axis = term.class_axis",
        "axis = 1 - term.class_axis",
        "Your probabilities sum to 1 over the samples. They must over the classes.",
    ),
    mix(
        "temperature forgotten",
        ("float) / term.temperature", "many * term.temperature"),
        ("float) / 1.0", "many * 1.0"),
        "The temperature is missing.",
    ),
    mix(
        "temperature upside down",
        ("float) / term.temperature", "many * term.temperature"),
        ("float) * term.temperature", "many / term.temperature"),
        "Logits are divided by the temperature. You multiply.",
    ),
    mix(
        "temperature missing on the way back",
        "(many * term.temperature)",
        "many",
        "In your gradient the factor 1/T of the inner function is missing.",
    ),
    mix(
        "the other logarithm",
        "np.log(2) if term.bits else 1",
        "1 if term.bits else np.log(2)",
        "You took another logarithm: look at its base.",
    ),
    mix(
        "summed, not averaged",
        "many = z.shape[1 - axis] *",
        "many = 1 *",
        "You summed over the samples. The loss is their mean.",
    ),
    mix(
        "averaged over classes too",
        "many = z.shape[1 - axis] *",
        "many = z.size *",
        "You averaged over the classes as well. Over these it is a sum.",
    ),
    mix(
        "gradient of the sum",
        "/ (many * term.temperature)",
        "/ (many / z.shape[1 - axis] * term.temperature)",
        "Your gradient is that of the sum over the samples, and your loss their mean.",
    ),
    mix(
        "sign of the gradient",
        "(np.exp(log_p) - targets)",
        "(targets - np.exp(log_p))",
        "Your gradient has the opposite sign: if a logit above its target grows, the loss grows.",
    ),
    mix(
        "exp of large logits",
        "z = z - z.max(axis=axis, keepdims=True)",
        "z = 1.0 * z",
        "exp overflows for large logits. Subtract the largest of each sample first.",
    ),
    mix(
        "logarithm of zero",
        "log_p = z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))",
        "log_p = np.log(np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True))",
        "A probability can be so small that it is rounded to 0, and you take its logarithm. Write "
        "the logarithm of the quotient as a difference.",
    ),
]

MISTAKES = [*OF_RECALL, *OF_DROP, *OF_GROUPS, *OF_STOP, *OF_MIX]
