"""Whether the broken are ill and the healthy learn: each set-up trained as its author planned.

`python -m tests.practice.clinic.verify [--only model.]` prints a line a case.
"""

import argparse
import math

import torch

from .cases import cases


def train(setup):
    """Train for the planned steps; return the losses, and what was raised, or None."""
    model, opt, losses = setup["model"], setup["optimizer"], []

    def ordinary(x, y):
        opt.zero_grad()
        value = setup["loss"](model(x), y)
        value.backward()
        opt.step()
        return value

    step = setup["step"] or ordinary
    while True:
        for x, y in setup["batches"]:
            try:
                losses.append(float(step(x, y)))
            except Exception as error:  # whatever the author's code raises
                return losses, error
            if len(losses) == setup["steps"]:
                return losses, None
        if setup["val_batches"] is not None and setup["evaluate"]:
            setup["evaluate"](setup["val_batches"])


def score(setup, batches="batches"):
    """How good the model is: accuracy for classes, AUC for 0/1 targets, otherwise R2."""
    model = setup["model"]
    model.eval()
    outs, ys = [], []
    with torch.no_grad():
        for x, y in setup[batches]:
            outs.append(model(x))
            ys.append(y)
    if isinstance(outs[0], tuple) or isinstance(ys[0], tuple):
        return -sum(float(setup["loss"](o, y)) for o, y in zip(outs, ys, strict=True)) / len(ys)
    out, y = torch.cat(outs).double(), torch.cat(ys)
    if not torch.isfinite(out).all():
        return -math.inf
    if y.dtype == torch.long:
        return (out.argmax(1) == y).double().mean().item()
    y = y.double()
    if out.shape != y.shape:
        out = out.reshape(y.shape) if out.numel() == y.numel() else out
    if (y == y.round()).all() and len(y.unique()) == 2:
        return auc(out.flatten(), (y == y.max()).flatten())
    if y.dim() == 2 and torch.allclose(y.sum(1), torch.ones(len(y)).double()):
        return (out.argmax(1) == y.argmax(1)).double().mean().item()
    return 1 - ((out - y) ** 2).mean().item() / y.var(0).mean().item()


def auc(out, positive):
    """How often a positive lies above a negative."""
    ranks = out.argsort().argsort().double() + 1
    n, m = positive.sum().item(), (~positive).sum().item()
    return (ranks[positive].sum().item() - n * (n + 1) / 2) / (n * m)


def line(name, setup):
    """Losses at the start and at the end, score in training and in validation; as numbers, too."""
    losses, error = train(setup)
    tenth = max(1, len(losses) // 10)
    first = losses[0] if losses else math.nan
    last = sum(losses[-tenth:]) / tenth if losses else math.nan
    try:
        good = score(setup)
        val = score(setup, "val_batches") if setup["val_batches"] is not None else math.nan
    except Exception as again:
        good, val, error = math.nan, math.nan, error or again
    said = f"  {type(error).__name__}: {str(error)[:60]}" if error else ""
    text = f"  {name:6} loss {first:9.3g} -> {last:9.3g}  score {good:6.3f} val {val:6.3f}{said}"
    return text, {"loss": last, "score": good, "val": val, "raised": bool(error)}


def clear(ill, twin):
    """Whether the twin learned clearly more: by .03 in a score, or to half the loss."""
    if ill["raised"] or math.isnan(ill["loss"]):
        return True
    better = max(twin[k] - ill[k] for k in ("score", "val") if not math.isnan(twin[k]))
    return better > 0.03 or twin["loss"] < ill["loss"] / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", default="seen")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for case in cases(asked.half, asked.only):
        print(case.name, case.codes, flush=True)
        text, ill = line("ill" if case.twin else "well", case.make(asked.seed))
        print(text, flush=True)
        if case.twin:
            text, twin = line("twin", case.twin(asked.seed))
            print(text, flush=True)
            if not clear(ill, twin):
                print(f"  NOT CLEAR: {case.falls or 'and no reason is given'}", flush=True)


if __name__ == "__main__":
    main()
