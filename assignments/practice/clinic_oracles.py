"""What the mended patients do, in numpy: for each fault what its check returns, and the whole."""

import math

import numpy as np


def of(term, who, given, about):
    """Code → right value; `about(value, off)` is a number that is drawn."""
    return {"a": _data, "b": _model, "c": _loop, "d": _validation, "e": _transfer}[who](
        term, given, about
    )


def _data(term, given, about):
    levels = sorted({float(image.flat[0]) for image in given["pixels"]})
    rows = [len(levels) - term.held, term.held, len(levels), 0]
    scale = np.array([-1 + 2 * level / 255 for level in levels])
    return {"data.label_mismatch": True, "data.leakage": rows, "data.not_normalized": scale,
            "whole": [True, rows, scale, True, True]}  # fmt: skip


def _model(term, given, about):
    std, p = term.right_weight_std, term.right_drop
    moments = [[about(0.0, 0.15 * std), about(std, 0.05 * std), about(std, 0.1 * std)]] * 2
    drops = [about(p, 0.02), about(0.0, 0.001), about(1 / (1 - p), 0.001)]
    slopes = [about(term.right_slope, 1e-3), about(1.0, 1e-3)]
    return {"init.symmetric": moments, "model.dropout": drops, "model.underpowered": slopes,
            "whole": [moments, drops, slopes, [about(0.0, 1e-6)] * 2]}  # fmt: skip


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def epoch(term, x, y, rate):
    """The weights of softmax regression after an epoch that starts at zero."""
    w = np.zeros((3, x.shape[2]))
    for start in range(0, len(x), term.batches):
        mean = np.zeros(w.shape)
        for a, b in zip(x[start : start + term.batches], y[start:], strict=False):
            p = _softmax(a @ w.T)
            for row, label, said in zip(a, b, p, strict=True):
                mean += np.outer(said - np.eye(3)[label], row) / len(a) / term.batches
        size = math.sqrt((mean**2).sum())
        w -= rate * mean * min(1.0, term.right_longest / max(size, 1e-300))
    return w


def _loop(term, given, about):
    y, many = given["y"], len(given["y"])
    small, large = epoch(term, given["small"], y, 3e4), epoch(term, given["large"], y, 0.5)
    return {"loop.train_in_eval_mode": [True, [True] * many], "loop.accumulation": small,
            "loop.clipping": large,
            "whole": [epoch(term, given["middle"], y, 0.3), small, large,
                      [True] * 3 * many]}  # fmt: skip


def _validation(term, given, about):
    def scores(x):
        z, y = x @ given["weight"].T, given["y"]
        p = _softmax(z)[np.arange(len(y)), y]
        share = float((z.argmax(1) == y).mean())
        found = [-float(np.log(p).mean()), 1 - share if term.count_wrong else share]
        return found[::-1] if term.loss_at else found

    normed = scores((given["x"] - given["mean"]) / np.sqrt(given["variance"] + 1e-5))
    plain = scores(given["x"])
    still = [True, True, given["mean"], given["weight"]]
    return {"loop.eval_in_train_mode": normed[term.share_at],
            "loop.samples_lost": plain[term.share_at], "loop.two_means": plain[term.loss_at],
            "whole": [[normed, plain], still]}  # fmt: skip


def _transfer(term, given, about):
    s = {k.removeprefix(term.right_prefix): v for k, v in given["state"].items()}
    z = given["x"] @ s["0.weight"].T + s["0.bias"]
    z = (z - s["1.running_mean"]) / np.sqrt(s["1.running_var"] + 1e-5)
    answers = z * s["1.weight"] + s["1.bias"]
    own, modes = [[False] * 4, [True] * 2], [[False] * 3, True]
    stayed = [s["1.running_mean"], int(s["1.num_batches_tracked"])]
    return {"transfer.not_loaded": answers, "transfer.thawed": own,
            "transfer.drift": [modes, stayed[1]],
            "whole": [answers, own, modes, stayed]}  # fmt: skip
