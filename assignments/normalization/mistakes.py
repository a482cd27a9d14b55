"""What students get wrong in the normalization assignment."""

from deeptricks.grading import Mistake


def _of(question, *rows):
    """Rows of (name, old, new, hint, cost), and when it is one, as mistakes of one question."""
    return [Mistake(question, *row) for row in rows]


MISTAKES = [
    *_of(
        "recall",
        (
            "momentum as the weight of the old value",
            "(1 - term.newest) * reading + term.newest * mean",
            "term.newest * reading + (1 - term.newest) * mean",
            "`reading`: the momentum is the weight of the newest batch here; you gave it to the "
            "old value.",
            1,
        ),
        (
            "start forgotten",
            "reading = 0.0",
            "reading = term.first_mean",
            "`reading`: the running mean starts at 0, and after so few batches one sees it.",
            1,
        ),
        (
            "the axis that is kept",
            '"NHW", "layer norm": "CHW", "instance norm": "HW"',
            '"C", "layer norm": "N", "instance norm": "NC"',
            "`axes`: you name the axes that are kept; asked are those that the mean runs over.",
            1,
        ),
        (
            "layer norm over the batch",
            '"layer norm": "CHW"',
            '"layer norm": "NCHW"',
            "`axes`: layer norm takes each image alone, so its mean does not run over N.",
            1,
        ),
        (
            "the root of B",
            "np.sqrt(term.outlier_samples - 1)",
            "np.sqrt(term.outlier_samples)",
            "`outlier`: the outlier is part of the mean and of the variance, too.",
            1,
        ),
        (
            "the factor upside down",
            "np.sqrt((term.values_per_channel - 1) / term.values_per_channel)",
            "np.sqrt(term.values_per_channel / (term.values_per_channel - 1))",
            "`evaluation_std`: the larger variance is in the denominator.",
            1,
        ),
    ),
    *_of(
        "batch_norm",
        (
            "momentum the wrong way round",
            "if term.momentum_is_new else",
            "if not term.momentum_is_new else",
            "The momentum is given to the wrong one of the old and the new value; the text says "
            "which it is this term.",
            1,
        ),
        (
            "the other divisor in the running variance",
            "ddof=int(term.unbiased_running)",
            "ddof=1 - int(term.unbiased_running)",
            "The running variance is made from batch variances with the other divisor (B or "
            "B − 1); the text says which it is this term.",
            1,
        ),
        (
            "unbiased variance in training",
            "x.mean(axes), x.var(axes)",
            "x.mean(axes), x.var(axes, ddof=1)",
            "In training mode the variance that divides has the divisor B, not B − 1.",
            1,
        ),
        (
            "ε on the other side of the root",
            "s = np.sqrt(variance + term.eps) if term.inside else",
            "s = np.sqrt(variance + term.eps) if not term.inside else",
            "ε stands on the wrong side of the square root; see the formula of s.",
            1,
        ),
        (
            "no square root",
            "s = np.sqrt(variance + term.eps) if term.inside else np.sqrt(variance) + term.eps",
            "s = variance + term.eps",
            "You divide by the variance; its square root is missing.",
            2,
        ),
        (
            "batch statistics in evaluation",
            "mean, variance = self.running_mean / total, self.running_var / total",
            "mean, variance = x.mean(axes), x.var(axes)",
            "In evaluation mode your layer still uses the statistics of the batch at hand.",
            2,
        ),
        (
            "statistics follow in evaluation",
            "        s = np.sqrt(variance + term.eps) if",
            "            self.running_mean = 0.9 * self.running_mean + 0.1 * x.mean(axes)\n"
            "        s = np.sqrt(variance + term.eps) if",
            "In evaluation mode your running statistics still move; they must stand still.",
            1,
        ),
        (
            "invented start left in",
            ("if self.batches or term.corrected:", "**self.batches if term.corrected else 1"),
            ("if True:", "**0 if False else 1"),
            "Your running statistics carry their start of zeros into evaluation; see what the "
            "text says about the first batch.",
            2,
        ),
        (
            "running standard deviation",
            ("x.var(axes, ddof=", "self.running_var / total"),
            ("x.std(axes, ddof=", "(self.running_var / total) ** 2"),
            "You average standard deviations; `running_var` averages variances.",
            1,
        ),
        (
            "β divided as well",
            "scale * (x - mean) + beta",
            "scale * (x - mean + beta)",
            "β is added after the scaling; yours is scaled with the rest.",
            1,
        ),
        (
            "one value per channel accepted",
            "x.size // x.shape[channel] < 2",
            "x.size // x.shape[channel] < 1",
            "One value per channel is its own mean; in training that must be refused.",
            1,
        ),
        (
            "evaluation before training accepted",
            "if self.batches == 0:",
            "if False:",
            "Before the first training batch there are no running statistics; evaluation must "
            "be refused then.",
            1,
        ),
        (
            "statistics of each sample",
            "x.mean(axes), x.var(axes)\n",
            "x[:1].mean(axes), x.var(axes)\n",
            "The mean runs over all samples and places of a channel, not over one sample.",
            3,
        ),
    ),
    *_of(
        "gradients",
        (
            "the chapter's formula",
            "ds = centered / (freedom * root)",
            "ds = x_hat / x.shape[axis]",
            "This is the book's backward pass. The s of this question is another one, so ds/dx "
            "is another one, too.",
            3,
        ),
        (
            "statistics taken as constants",
            "(g - mean_g - ds * sum_gx)",
            "g",
            "You take μ and s for constants. Both depend on every sample of the batch.",
            4,
        ),
        (
            "the way through s forgotten",
            "(g - mean_g - ds * sum_gx)",
            "(g - mean_g)",
            "The way through μ is there; the one through s is missing.",
            3,
        ),
        (
            "the way through μ forgotten",
            "(g - mean_g - ds * sum_gx)",
            "(g - ds * sum_gx)",
            "The way through s is there; the one through μ is missing.",
            2,
        ),
        (
            "ε on the other side of the root",
            "s = np.sqrt(sigma**2 + term.gradient_eps) if term.inside else",
            "s = np.sqrt(sigma**2 + term.gradient_eps) if not term.inside else",
            "ε stands on the wrong side of the square root; see the formula of s.",
            1,
        ),
        (
            "the other divisor",
            "int(term.unbiased)",
            "1 - int(term.unbiased)",
            "Your σ² has the other divisor (B or B − 1); see its formula in this question.",
            1,
        ),
        (
            "0/0 where a feature does not vary",
            "root = s if term.inside else np.where(sigma > 0, sigma, 1)",
            "root = sigma",
            "ds/dx is divided by a σ that may be 0: think of a feature that does not vary.",
            1,
        ),
        (
            "γ forgotten",
            "np.expand_dims(gamma, axis) / s",
            "1 / s",
            "The gradient of x̂ is γ times that of y; γ is missing in your gradient of x.",
            1,
        ),
        (
            "averaged over the batch",
            "(g * x_hat).sum(axis), g.sum(axis)",
            "(g * x_hat).mean(axis), g.mean(axis)",
            "γ and β collect the sum over the batch. If the loss is a mean, g knows it already.",
            1,
        ),
        (
            "x changed in place",
            "centered = x - x.mean(axis, keepdims=True)",
            "x -= x.mean(axis, keepdims=True)\n    centered = x",
            "`x -= …` changes the caller's batch, and fails for integers; make a new array.",
            1,
        ),
    ),
    *_of(
        "masked",
        (
            "mask not rescaled",
            "count = values.size",
            "count = x[n].size // groups",
            "You divide by the number of all positions; only the real ones were summed.",
            2,
        ),
        (
            "channels not counted",
            "count = values.size",
            "count = real[n].sum()",
            "You divide by the number of positions; each has several channels of the group.",
            2,
        ),
        (
            "mask the wrong way round",
            "~mask if term.mask_is_padding else mask",
            "mask if term.mask_is_padding else ~mask",
            "You normalize the padding; see what True means in this term's mask.",
            2,
        ),
        (
            "the other channels in a group",
            "if term.neighbors else",
            "if not term.neighbors else",
            "Your groups hold other channels than the text says (neighbors, or every G-th).",
            1,
        ),
        (
            "all channels together",
            "group_of == group",
            "group_of >= 0",
            "You take the mean over all channels; each group has its own.",
            2,
        ),
        (
            "unbiased variance",
            "((values - mean) ** 2).sum() / count",
            "((values - mean) ** 2).sum() / max(count - 1, 1)",
            "The variance is divided by the number of values, not by one less.",
            1,
        ),
        (
            "ε on the other side of the root",
            "if term.inside else np.sqrt(variance)",
            "if not term.inside else np.sqrt(variance)",
            "ε stands on the wrong side of the square root; see the formula of s.",
            1,
        ),
        (
            "padding multiplied by 0",
            "y = np.zeros(x.shape)",
            "y = 0.0 * x",
            "0 times “not a number” is not a number: choose the real positions, do not multiply.",
            1,
        ),
        (
            "padding left as it was",
            "y = np.zeros(x.shape)",
            "y = x.astype(float)",
            "Padding comes out as 0; yours comes out as it went in.",
            1,
        ),
        (
            "integers stay integers",
            "y = np.zeros(x.shape)",
            "y = np.zeros_like(x)",
            "For integers your output array holds integers, which cuts off the decimals.",
            1,
        ),
    ),
    *_of(
        "clinic",
        (
            "evaluate stays in training mode",
            "model.eval()",
            "model.train()",
            "`evaluate` still normalizes each batch by itself: no_grad does not change the mode.",
            3,
        ),
        (
            "evaluation mode left on",
            "model.train(training)",
            "pass",
            "After your `evaluate` nobody puts the model back to training mode.",
            1,
        ),
        (
            "the last batch alone",
            ("loss += cross", "right += (outputs"),
            ("loss = cross", "right = (outputs"),
            "`evaluate` still counts the last batch only: add up the sums of all batches.",
            3,
            lambda term: term.last_batch_only,
        ),
        (
            "snapshot of buffers only",
            ("value.clone()", "model.state_dict().items()", "load_state_dict(saved)"),
            ("value.clone()", "model.named_buffers()", "load_state_dict(saved, False)"),
            "Your snapshot holds the buffers, which are the running statistics. Where are the "
            "weights?",
            2,
            lambda term: term.buffers_only,
        ),
        (
            "snapshot of parameters only",
            ("value.clone()", "model.state_dict().items()", "load_state_dict(saved)"),
            ("value.detach().clone()", "model.named_parameters()", "load_state_dict(saved, False)"),
            "Your snapshot holds the parameters. The running statistics are none.",
            2,
        ),
        (
            "snapshot that is no copy",
            "value.clone()",
            "value",
            "`state_dict` hands out the model's own tensors: your snapshot trains on with it.",
            1,
        ),
        (
            "third fault left in",
            ("momentum=term.clinic_newest", 'reduction="mean"'),
            ("momentum=term.clinic_momentum", "reduction=term.reduction"),
            "One fault is left: compare what the functions hand to torch with their docstrings, "
            "word by word.",
            2,
        ),
        (
            "two halves of one fault named",
            'faults = ["evaluate", "snapshot", term.third]',
            'faults = ["evaluate", "snapshot", "restore"]',
            "`snapshot` and `restore` share one fault; there is another one elsewhere.",
            1,
        ),
        (
            "best epoch under suspicion",
            'faults = ["evaluate", "snapshot", term.third]',
            'faults = ["evaluate", "snapshot", "train"]',
            "`train` is right, as the text says; the third fault is in a function that it calls.",
            1,
        ),
    ),
]
