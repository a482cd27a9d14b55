"""The checks of the three questions that are answered with a layer in numpy."""

import numpy as np

from deeptricks.grading import Check

from . import oracles


def batch_norm(term):
    """A class: training, running statistics, evaluation, and what it refuses."""
    rng = np.random.default_rng(1)
    known = {"gamma": rng.normal(1, 0.4, 3), "beta": rng.normal(0, 1, 3)}

    def draw(*sizes):
        x = rng.normal(size=(*sizes, 3)) * [1.0, 0.3, 2.0] + [2.0, -1.0, 0.5]
        return x if term.channels_last else np.moveaxis(x, -1, 1).copy()

    def right(x, statistics):
        return oracles.normalized(x, *statistics, known["gamma"], known["beta"], term)

    batches, served, other = [draw(6, 2), draw(3, 4), draw(5, 1)], draw(4, 2), draw(4, 2, 2)
    other = (4 * other).round().astype(int)
    other[(..., 1) if term.channels_last else (slice(None), 1)] = 7
    averages, final = oracles.running(batches, term), oracles.running(batches, term, corrected=True)
    learned = "layer = BatchNorm(3)\nlayer.gamma, layer.beta = gamma, beta\n"
    seen = "for batch in batches:\n    layer(batch)\n"
    return (
        Check(
            "training", 1, f"{learned}return layer(x)",
            inputs=known | {"x": batches[0]},
            expected=right(batches[0], oracles.moments(batches[0], term, unbiased=False)),
            says="In training mode: γ x̂ + β with the batch's own mean and variance (divided by "
            "the number of values), one of each per channel.",
        ),
        Check(
            "shapes", 1, f"{learned}return layer(x), x",
            inputs=known | {"x": other},
            expected=(right(other, oracles.moments(other, term, unbiased=False)), other),
            says="Batches of integers, with more axes, or with a channel that does not vary are "
            "normalized as well, and the batch itself stays as it was.",
        ),
        Check(
            "running_mean", 1, f"layer = BatchNorm(3)\n{seen}return layer.running_mean",
            inputs={"batches": batches}, expected=averages[0],
            says="The running mean after several training batches: the recursion, or its start.",
        ),
        Check(
            "running_var", 1, f"layer = BatchNorm(3)\n{seen}return layer.running_var",
            inputs={"batches": batches}, expected=averages[1],
            says="The running variance after several training batches, of different sizes: the "
            "recursion, its start, or the divisor of the batch's variance.",
        ),
        Check(
            "evaluation", 2,
            f"{learned}{seen}layer.training = False\n"
            "before = (layer.running_mean + 0, layer.running_var + 0)\n"
            "together, alone = layer(x), layer(x[:1])\n"
            "moved = [layer.running_mean - before[0], layer.running_var - before[1]]\n"
            "return together, alone, moved",
            inputs=known | {"batches": batches, "x": served},
            expected=(right(served, final), right(served[:1], final), np.zeros((2, 3))),
            says="In evaluation mode a sample's output comes from the running statistics alone, "
            "whoever else is in the batch, and nothing is updated.",
        ),
        Check(
            "refusals", 1, REFUSALS,
            inputs={"batch": batches[0], "one": draw(1)},
            expected=(["refused", "refused"], oracles.running(batches[:1], term)[0]),
            says="What cannot be computed is refused with a ValueError, before anything is "
            "updated: evaluation before training, training on one value per channel.",
        ),
    )  # fmt: skip


REFUSALS = """layer, answers = BatchNorm(3), []
for layer.training, x in ((False, batch), (True, one)):
    try:
        layer(x)
        answers.append("taken")
    except ValueError:
        answers.append("refused")
layer.training = True
layer(batch)
return answers, layer.running_mean"""


def gradients(term):
    """dx, dgamma, dbeta; a small batch; a feature that does not vary."""
    rng = np.random.default_rng(2)

    def laid_out(x):
        return x if term.rows else x.T.copy()

    def case(samples, features, spread=1.5):
        return {
            "g": laid_out(rng.normal(size=(samples, features))),
            "x": laid_out(rng.normal(1, spread, (samples, features))),
            "gamma": rng.normal(1, 0.5, features),
        }

    def right(case):
        return oracles.gradients(case["g"], case["x"], case["gamma"], term)

    usual, pair, still, whole = case(7, 4), case(2, 5, 0.3), case(6, 2), case(5, 3)
    still["x"][(slice(None), 1) if term.rows else 1] = 3.0
    whole["x"] = (3 * whole["x"]).round().astype(int)
    run = "return batch_norm_gradients(g, x, gamma)"
    return (
        Check(
            "parameters", 1, f"{run}[1:]", inputs=usual, expected=right(usual)[1:],
            says="The gradients of γ and β: one number per feature, two sums over the batch.",
        ),
        Check(
            "input", 2, f"{run}[0]", inputs=usual, expected=right(usual)[0],
            says="The gradient of x in a batch of ordinary size. Each x reaches the loss on three "
            "ways: directly, through μ, and through s. Compare with central differences.",
        ),
        Check(
            "pair", 1, f"{run}[0]", inputs=pair, expected=right(pair)[0],
            says="The gradient of x in a batch of two, where ε and the divisor of the variance "
            "count the most.",
        ),
        Check(
            "constant", 1, f"{run}[0]", inputs=still, expected=right(still)[0],
            says="A feature that is the same in the whole batch has a finite gradient, too.",
        ),
        Check(
            "untouched", 1, "gradients = batch_norm_gradients(g, x, gamma)\nreturn gradients, x, g",
            inputs=whole, expected=(right(whole), whole["x"], whole["g"]),
            says="The function takes batches of integers, and leaves its arguments as they were.",
        ),
    )  # fmt: skip


def masked(term):
    """Ordinary lengths, rubbish in the padding, an empty sequence, integers."""
    rng = np.random.default_rng(3)

    def case(lengths, length, channels, groups):
        sequences = rng.normal(1, 2, (len(lengths), length, channels))
        real = np.arange(length) < np.array(lengths)[:, None]
        real[1] = real[1][::-1]  # padding may stand in front, too
        x = sequences if term.channels_last else sequences.transpose(0, 2, 1).copy()
        inputs = {"x": x, "mask": ~real if term.mask_is_padding else real, "groups": groups}
        return inputs, oracles.masked(x, real, groups, term), real

    (usual, first, _), (spoilt, second, real) = case([5, 3, 1], 5, 6, 3), case([4, 2], 7, 4, 2)
    where = ~real[..., None] if term.channels_last else ~real[:, None, :]
    spoilt["x"] = np.where(where & (spoilt["x"] > 0), np.nan, np.where(where, np.inf, spoilt["x"]))
    (empty, third, _), (whole, *_, all_real) = case([4, 0, 2], 4, 4, 2), case([3, 5, 4], 5, 6, 6)
    whole["x"] = whole["x"].round().astype(int)
    run = "return masked_group_norm(x, mask, groups)"
    return (
        Check(
            "lengths", 2, run, inputs=usual, expected=first,
            says="Sequences of different lengths: mean and variance run over the real positions "
            "and the channels of one group, and nothing else counts.",
        ),
        Check(
            "rubbish", 1, run, inputs=spoilt, expected=second,
            says="What stands in the padding must not matter, not even if it is no number.",
        ),
        Check(
            "empty", 1, run, inputs=empty, expected=third,
            says="A sequence without any real position comes out as zeros, its neighbors as "
            "usual.",
        ),
        Check(
            "untouched", 1, "y = masked_group_norm(x, mask, groups)\nreturn y, x, mask",
            inputs=whole,
            expected=(oracles.masked(whole["x"], all_real, 6, term), whole["x"], whole["mask"]),
            says="One channel a group, and integers, are fine; the arguments stay as they were.",
        ),
    )  # fmt: skip
