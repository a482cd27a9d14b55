"""The constants and conventions of a term, and the words for them in the text."""

from types import SimpleNamespace

import numpy as np

from . import oracles

# The faults of the clinic's `evaluate`, each as the body of that function but for its last line.
IN_TRAINING_MODE = """loss = right = 0
    with torch.no_grad():
        for inputs, labels in make_batches(x, y, size, shuffle=False):
            outputs = model(inputs)
            loss += cross_entropy(outputs, labels, reduction="sum").item()
            right += (outputs.argmax(1) == labels).sum().item()
"""
LAST_BATCH_ONLY = """was_training = model.training
    model.eval()
    with torch.no_grad():
        for inputs, labels in make_batches(x, y, size, shuffle=False):
            outputs = model(inputs)
            loss = cross_entropy(outputs, labels, reduction="sum").item()
            right = (outputs.argmax(1) == labels).sum().item()
    model.train(was_training)
"""
# Of these no two have the same answer, and none is a framework's (N, C, H, W or N, H, W, C).
ORDERS = [
    *("H, N, W, C", "C, H, N, W", "H, W, C, N", "N, H, C, W", "C, N, H, W"),
    *("H, W, N, C", "H, C, W, N", "H, N, C, W", "H, C, N, W", "C, H, W, N"),
]
# What `evaluate` may return beside the loss: how it is called, what it is where a `share` of the
# samples is right, and the accuracy [%] that it tells as one number of a `score`.
SCORES = {
    "accuracy": ("accuracy from 0 to 1", "{share}", "100 * score[{place}]"),
    "percent": ("accuracy in %", "100 * {share}", "score[{place}]"),
    "errors": ("share of errors", "1 - {share}", "100 - 100 * score[{place}]"),
}
THREE_RIGHT = np.array([0, 1, 2, 0])  # labels, of which a small test's logits hit three
# Never as in the chapters, (mean loss, accuracy from 0 to 1).
PAIRS = (
    ("percent", True), ("errors", True), ("accuracy", False), ("percent", False), ("errors", False)
)  # fmt: skip


def parameters(rng):
    """The constants and conventions of a term, drawn from a `numpy.random.Generator`."""
    drawn = _statistics(rng) | _gradients(rng) | _masked(rng) | _recall(rng) | _clinic(rng)
    return drawn | _words(drawn) | _shapes(**drawn) | _numbers(SimpleNamespace(**drawn))


def _statistics(rng):
    kept, momentum_is_new = float(rng.choice([0.6, 0.7, 0.8])), _coin(rng)
    return {
        "eps": float(rng.choice([0.02, 0.05, 0.1])),
        "inside": _coin(rng),
        "channels_last": _coin(rng),
        "momentum_is_new": momentum_is_new,
        "momentum": round(1 - kept, 2) if momentum_is_new else kept,
        "unbiased_running": _coin(rng),
        "corrected": _coin(rng),
    }


def _numbers(term):
    """What the visible tests expect of a few small numbers."""
    first, second = np.array([[-3.0], [3.0]]), np.array([[1.0], [5.0]])
    moments = oracles.moments(first, term, unbiased=False)
    out = oracles.normalized(first, *moments, np.array([2.0]), np.array([1.0]), term)
    mean, variance = oracles.running([first, second], term)
    line, one = np.array([[0.0], [3.0], [9.0]]), np.array([[1.0], [0.0], [0.0]])
    line, one = (line, one) if term.rows else (line.T, one.T)
    return {
        "test_second": round(float(out[1, 0]), 8),
        "test_mean": round(float(mean[0]), 8),
        "test_var": round(float(variance[0]), 8),
        "test_line": line.tolist(),
        "test_one": one.tolist(),
        "test_score": [round(v, 6) for v in oracles.scores(20 * np.eye(4), THREE_RIGHT, term)],
        "test_dx": oracles.gradients(one, line, np.ones(1), term)[0].round(8).tolist(),
    }


def _gradients(rng):
    return {
        "rows": _coin(rng),
        "unbiased": _coin(rng),
        "gradient_eps": float(rng.choice([0.03, 0.2, 0.5])),
    }


def _masked(rng):
    return {
        "mask_is_padding": _coin(rng),
        "neighbors": _coin(rng),
        "masked_eps": float(rng.choice([0.01, 0.04, 0.3])),
    }


def _shapes(channels_last, rows, mask_is_padding, **_):
    """What the visible tests need, so that a student reads shapes and not conventions."""
    return {
        "batch_shape": (4, 2, 3) if channels_last else (4, 3, 2),
        "batch_axes": (0, 1) if channels_last else (0, 2),
        "single_shape": (1, 1, 3) if channels_last else (1, 3, 1),
        "pair_shape": (2, 6, 4) if rows else (2, 4, 6),
        "sample_axis": 0 if rows else 1,
        "sequences_shape": (2, 5, 4) if channels_last else (2, 4, 5),
        "code_padded": "y[1, 3:]" if channels_last else "y[1, :, 3:]",
        "real": not mask_is_padding,
        "padding": mask_is_padding,
    }


def _recall(rng):
    return {
        "newest": float(rng.choice([0.05, 0.15, 0.25])),
        "first_mean": int(rng.integers(4, 9)),
        "first_batches": int(rng.integers(3, 6)),
        "second_mean": -int(rng.integers(2, 7)),
        "second_batches": int(rng.integers(2, 5)),
        "image_axes": str(rng.choice(ORDERS)),
        "outlier_samples": int(rng.choice([10, 17, 26, 37, 50, 65, 82, 101])),
        "values_per_channel": int(rng.integers(3, 11)),
    }


def _clinic(rng):
    third = str(rng.choice(["make_model", "train_epoch"]))
    weight = float(rng.choice([0.04, 0.05, 0.06, 0.08, 0.1, 0.12]))
    last, kept = _coin(rng), str(rng.choice(["parameters", "buffers"]))
    drawn = {
        "last_batch_only": last,
        "buffers_only": kept == "buffers",
        "third": third,
        "clinic_newest": weight,
        "clinic_percent": round(100 * weight),
        "clinic_momentum": round(1 - weight, 2) if third == "make_model" else weight,
        "reduction": "sum" if third == "train_epoch" else "mean",
        "features": int(rng.integers(9, 13)),
        "classes": int(rng.integers(4, 7)),
        "width": int(rng.choice([24, 32])),
        "each": int(rng.choice([97, 103])),
        "size": int(rng.choice([48, 64])),
        "rate": float(rng.choice([0.08, 0.1])),
        "smoothing": float(rng.choice([0.05, 0.1, 0.15, 0.2])),
        "prefix": str(rng.choice(["net.", "model.", "module.", "best.", "trained."])),
    }
    drawn |= _pair(*PAIRS[int(rng.integers(len(PAIRS)))])
    body, name = LAST_BATCH_ONLY if last else IN_TRAINING_MODE, f'"{drawn["prefix"]}" + name'
    items = f"for name, value in model.named_{kept}()"
    drawn["code_evaluate"] = f"{body}    return {drawn['code_returned']}"
    drawn["code_snapshot"] = f"{{{name}: value.detach().clone() {items}}}"
    return drawn


def _pair(kind, loss_first):
    """What `evaluate` returns in this term: a kind of SCORES, before or after the loss."""
    words, told, percent = SCORES[kind]
    other = "percent" if kind == "accuracy" else "accuracy"

    def ordered(loss, score, loss_first=loss_first):
        return f"{loss}, {score}" if loss_first else f"{score}, {loss}"

    loss, share = "loss / len(y)", "right / len(y)"
    right, wrong = (SCORES[name][1].format(share=share) for name in (kind, other))
    return {
        "score_kind": kind,
        "loss_first": loss_first,
        "loss_place": 0 if loss_first else 1,
        "code_pair": f"({ordered('mean loss', words)})",
        "code_returned": ordered(loss, right),
        "code_exchanged": ordered(loss, right, not loss_first),
        "code_other_score": ordered(loss, wrong),
        "code_told": told.format(share="share"),
        "code_percent": percent.format(place=1 if loss_first else 0),
    }


def _words(drawn):
    """The conventions as phrases for the text."""
    drawn["unbiased"] = drawn["unbiased"] or drawn["inside"]  # the chapter's formula never fits
    choice = {
        "s_formula": (
            "inside",
            r"s = \sqrt{\sigma^2 + \varepsilon}",
            r"s = \sqrt{\sigma^2} + \varepsilon",
        ),
        "s_words": ("inside", "ε **inside** of the root", "ε **outside** of the root"),
        "x_shape": ("channels_last", "(N, …, C)", "(N, C, …)"),
        "channel_words": ("channels_last", "the last one", "the second one"),
        "sequence_shape": ("channels_last", "(N, L, C)", "(N, C, L)"),
        "momentum_words": ("momentum_is_new", "new", "old"),
        "running_divisor": ("unbiased_running", "B − 1", "B"),
        "matrix_shape": ("rows", "(B, D)", "(D, B)"),
        "sample_words": ("rows", "rows", "columns"),
        "gradient_divisor": ("unbiased", "B-1", "B"),
        "true_words": ("mask_is_padding", "padding", "a real position"),
        "start_words": (
            "corrected",
            "The averages start at 0, and this invented start is taken out in evaluation: both "
            "averages are divided by the total weight that the batches seen so far have in them "
            "(which is less than 1). `running_mean` and `running_var` themselves stay as the "
            "recursion gives them.",
            "The averages have no invented start: the first training batch's statistics are taken "
            "as they are, and the recursion begins with the second batch.",
        ),
        "third_words": (
            "third_is_model",
            "`make_model` passes a momentum from a library in which it is the weight of the old "
            "value. Here it is that of the new one, so the running statistics are nearly those of "
            "the last batch, which is a small one: what the model says in evaluation mode changes "
            "from epoch to epoch by more than its training explains. Seen by `running_mean` after "
            "one batch, which is nearly that batch's mean",
            "`train_epoch` sums the losses of a batch where the mean is meant, so the gradient is "
            "as many times too large as the batch has samples, and the learning rate is not the "
            "one that is written down. Training does not converge, and changes with the batch "
            "size. Seen by repeating every sample of a batch: a step must not change",
        ),
        "evaluate_words": (
            "last_batch_only",
            "`evaluate` kept the sums of the last batch instead of adding up all of them, and "
            "divided by the number of all samples. The held-out samples are sorted, so the log "
            "scored a part of the last class: the right panel shows the same network from nearly "
            "nothing up to its true accuracy, by the size of the batch alone. The best epoch was "
            "chosen by what it knew of one class.",
            "`evaluate` never left training mode. The held-out samples are sorted, so each batch "
            "is of nearly one class, and its own mean takes away what makes it that class: the "
            "right panel shows the same network between guessing and its true accuracy, by the "
            "size of the batch alone. It also moved the running statistics, so that the served "
            "model had those of the last class of the held-out samples in it, and the best epoch "
            "was chosen by a wrong score.",
        ),
        "snapshot_words": (
            "buffers_only",
            "`snapshot` copied the buffers, which are the running statistics, and not one weight: "
            "the server's fresh model kept the weights that it was born with",
            "`snapshot` copied the parameters. Running statistics are buffers: the server's fresh "
            "model kept mean 0 and variance 1",
        ),
        "whole_words": (
            "last_batch_only",
            "that of an epoch which was chosen by one class",
            "its statistics are those of sorted held-out samples",
        ),
        "groups_words": (
            "neighbors",
            "group j holds the C/G **neighboring** channels j·C/G, …, (j + 1)·C/G − 1",
            "group j holds **every G-th** channel: j, j + G, j + 2G, …",
        ),
    }
    flags = drawn | {"third_is_model": drawn["third"] == "make_model"}
    return {name: yes if flags[flag] else no for name, (flag, yes, no) in choice.items()}


def _coin(rng):
    return bool(rng.integers(2))
