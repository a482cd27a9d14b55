"""What students get wrong in the assignment on regularization."""

from functools import partial

from deeptricks.grading import Mistake

from .zeroing_mistakes import OF_DROP, OF_GROUPS

recall, stop, mix = (partial(Mistake, question) for question in ("recall", "stop", "mix"))

OF_RECALL = [
    recall(
        "variance for mean square",
        "term.pull_mean**2 + term.pull_deviation**2",
        "term.pull_deviation**2",
        "You took the variance of the column. The mask multiplies the whole number, its mean "
        "included, so it is the mean square that counts.",
        cost=1,
    ),
    recall(
        "kept and dropped exchanged",
        "(1 - term.pull_keep) / term.pull_keep",
        "term.pull_keep / (1 - term.pull_keep)",
        "Your factor is upside down: where all is kept, there is no penalty.",
        cost=1,
    ),
    recall(
        "the rule of thumb",
        "term.curvature * left / (1 - left)",
        "1 / (term.recall_rate * term.recall_steps)",
        "1/(ηt) is a rule of thumb for directions of small curvature. Here an exact number is "
        "asked, for this direction.",
        cost=1,
    ),
    recall(
        "in proportion to the blocks",
        "1 - (1 - term.middle_percent / 100) ** blocks",
        "term.middle_percent / 100 * blocks",
        "Probabilities to be dropped do not add up where blocks may overlap; those to be spared "
        "multiply.",
        cost=1,
    ),
    recall(
        "only the own label",
        "for p in (term.own_share, 1 - term.own_share)",
        "for p in (term.own_share,)",
        "You counted one of the two classes of a target. The partner's part costs too.",
        cost=1,
    ),
    recall(
        "as if independent",
        "np.ceil((1 - rho) / (term.goal_percent / 100 - rho))",
        "np.ceil(100 / term.goal_percent)",
        "1/K holds for errors that have nothing in common.",
        cost=1,
    ),
    recall(
        "one member too few",
        "np.ceil(",
        "np.floor(",
        "With so many the goal is not reached yet: round up, not down.",
        cost=1,
    ),
]

OF_STOP = [
    stop(
        "single values watched",
        "max(epoch + 1 - term.window, 0) : epoch + 1",
        "epoch : epoch + 1",
        "You watch single scores. It is their running mean that is watched.",
        cost=1,
    ),
    stop(
        "zeros before the beginning",
        "/ len(recent)",
        "/ term.window",
        "In the first epochs there are fewer scores; divide by as many as there are.",
        cost=1,
    ),
    stop(
        "the other direction",
        "if term.high_is_good else",
        "if not term.high_is_good else",
        "You look for the worst: are large or small values good here?",
        cost=1,
    ),
    stop(
        "numbered otherwise",
        ("epoch + term.first\n            bad", "return kept, epoch + term.first"),
        ("epoch + 1 - term.first\n            bad", "return kept, epoch + 1 - term.first"),
        "Your epochs are numbered from another number.",
        cost=1,
    ),
    stop(
        "count by the other rule",
        "if term.in_a_row",
        "if not term.in_a_row",
        "What becomes of the count of bad epochs after a better one? Read it again.",
        cost=1,
    ),
    stop(
        "one epoch too early or too late",
        "int(term.beyond)",
        "int(not term.beyond)",
        "You are one epoch off: does the count have to reach the patience, or to exceed it?",
        cost=1,
    ),
    stop(
        "margin of the other kind",
        "if term.relative",
        "if not term.relative",
        "Is the margin a difference, or a part of the best value?",
        cost=1,
    ),
    stop(
        "no margin",
        "gain > (margin * abs(best) if term.relative else margin)",
        "gain > 0",
        "Every gain counts with you, however small.",
        cost=1,
    ),
    stop(
        "equal is better",
        "gain > (",
        "gain >= (",
        "An epoch that is only as good as the margin asks is not better.",
        cost=1,
    ),
    stop(
        "small gains move the goal",
        "        if better:\n",
        "        if best is not None and (gain > 0 if np.isfinite(watched) else False):\n"
        "            best = watched\n        if better:\n",
        "A gain that is too small does not make an epoch better, so it does not move the value "
        "that the next one must beat.",
        cost=1,
    ),
    stop(
        "the last instead of the best",
        "return kept, epoch + term.first",
        "return epoch + term.first, epoch + term.first",
        "You keep the last epoch. The point of the rule is to keep the best.",
        cost=2,
    ),
    stop(
        "best single score kept",
        "return kept, epoch + term.first",
        "sign = -1 if term.high_is_good else 1\n"
        "    seen = [sign * float(v) for v in values[: epoch + 1]]\n"
        "    return seen.index(min(seen)) + term.first, epoch + term.first",
        "You keep the epoch with the best single score. The best by what is watched is kept.",
        cost=1,
    ),
    stop(
        "not a number as the best",
        "if not np.isfinite(watched):",
        "if False:",
        "Once your best value is not a number, nothing is ever better.",
        cost=1,
    ),
    stop(
        "bad epochs that are no numbers skipped",
        "        if not np.isfinite(watched):\n            better = False",
        "        if not np.isfinite(watched):\n            continue",
        "An epoch whose mean is not a number is a bad one, and counts.",
        cost=1,
    ),
]

OF_MIX = [
    mix(
        "share of the other",
        "share if term.share_is_own else 1 - share",
        "1 - share if term.share_is_own else share",
        "Whose share is given, the sample's own or that of its partner?",
        cost=1,
    ),
    mix(
        "partners read backwards",
        "np.asarray(partners) if term.partners_are_named else np.argsort(partners)",
        "np.argsort(partners) if term.partners_are_named else np.asarray(partners)",
        "You read `partners` the other way round: who is whose partner?",
        cost=1,
    ),
    mix(
        "labels not mixed",
        "own[:, None] * hot + (1 - own[:, None]) * hot[partner]",
        "1.0 * hot",
        "Your labels are not mixed: each sample keeps its own alone.",
        cost=1,
    ),
    mix(
        "the first share for all",
        "own = share if term.share_is_own else 1 - share",
        "own = share[0] + 0 * share if term.share_is_own else 1 - share[0] + 0 * share",
        "You use the first share for the whole batch. Each sample has its own.",
        cost=1,
    ),
    mix(
        "room for two axes",
        "[1] * (x.ndim - 1)",
        "[1]",
        "Your shares have room for inputs of two axes. There may be more, or one.",
        cost=1,
    ),
    mix(
        "written into the input",
        "mixed = part * x + (1 - part) * x[partner]",
        "mixed = x\n    mixed[...] = part * x + (1 - part) * x[partner]",
        "You write into the array that was given. np.asarray makes no copy of an array of floats.",
        cost=1,
    ),
    mix(
        "smoothed by the other rule",
        "if term.spare_own",
        "if not term.spare_own",
        "Look again at what ε is spread over: all classes, or those that a label does not name.",
        cost=1,
    ),
    mix(
        "not smoothed",
        "soft = (1 - smoothing) * soft + smoothing * spread",
        "soft = 1.0 * soft",
        "Your labels are not smoothed.",
        cost=1,
    ),
    mix(
        "targets in the other layout",
        ("soft.T if term.classes_first else soft",),
        ("soft if term.classes_first else soft.T",),
        "Your targets are the transposed ones: do the classes stand first or last?",
        cost=1,
    ),
    mix(
        "probabilities along the other axis",
        "axis = term.class_axis",
        "axis = 1 - term.class_axis",
        "Your probabilities sum to 1 over the samples. They must over the classes.",
        cost=1,
    ),
    mix(
        "temperature forgotten",
        ("float) / term.temperature", "many * term.temperature"),
        ("float) / 1.0", "many * 1.0"),
        "The temperature is missing.",
        cost=1,
    ),
    mix(
        "temperature missing on the way back",
        "(many * term.temperature)",
        "many",
        "In your gradient the factor 1/T of the inner function is missing.",
        cost=1,
    ),
    mix(
        "the other logarithm",
        "np.log(2) if term.bits else 1",
        "1 if term.bits else np.log(2)",
        "You took another logarithm: look at its base.",
        cost=1,
    ),
    mix(
        "summed, not averaged",
        "many = z.shape[1 - axis] *",
        "many = 1 *",
        "You summed over the samples. The loss is their mean.",
        cost=1,
    ),
    mix(
        "gradient of the sum",
        "/ (many * term.temperature)",
        "/ (many / z.shape[1 - axis] * term.temperature)",
        "Your gradient is that of the sum over the samples, and your loss their mean.",
        cost=1,
    ),
    mix(
        "exp of large logits",
        "z = z - z.max(axis=axis, keepdims=True)",
        "z = 1.0 * z",
        "exp overflows for large logits. Subtract the largest of each sample first.",
        cost=1,
    ),
    mix(
        "logarithm of zero",
        "log_p = z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))",
        "log_p = np.log(np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True))",
        "A probability can be so small that it is rounded to 0, and you take its logarithm. Write "
        "the logarithm of the quotient as a difference.",
        cost=1,
    ),
]

MISTAKES = [*OF_RECALL, *OF_DROP, *OF_GROUPS, *OF_STOP, *OF_MIX]
