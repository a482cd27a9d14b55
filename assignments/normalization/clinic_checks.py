"""The clinic: each of three faults is judged by what the mended functions do; and its report."""

import numpy as np

from deeptricks.grading import Check

from . import oracles

# The models of the checks bring what a patch of the framework could stand in for: only the mended
# functions count. A subclass, so that a mend that looks for batch norms finds them.
BEGIN = """import torch
from torch import nn
torch.manual_seed(0)

class Norm(nn.BatchNorm1d):
    def forward(self, x):
        mean, variance = self.running_mean, self.running_var
        if self.training:
            variance, mean = torch.var_mean(x, 0, correction=0)
            with torch.no_grad():
                unbiased = variance * len(x) / max(len(x) - 1, 1)
                self.running_mean += self.momentum * (mean - self.running_mean)
                self.running_var += self.momentum * (unbiased - self.running_var)
                self.num_batches_tracked += 1
        return (x - mean) / (variance + self.eps).sqrt() * self.weight + self.bias

class Network(nn.Sequential):
    def named_parameters(self, *_, **__):
        return self._own("_parameters")
    def named_buffers(self, *_, **__):
        return self._own("_buffers")
    def _own(self, kind):
        for place, module in self._modules.items():
            for name, value in getattr(module, kind).items():
                if value is not None:
                    yield f"{place}.{name}", value
"""
# torch.optim imports the compiler at its first step, which takes seconds in each check.
OPTIMIZER = """class Plain:
    def __init__(self, parameters, rate):
        self.param_groups = [{"params": list(parameters), "lr": rate}]
    def zero_grad(self, set_to_none=True):
        for parameter in self.param_groups[0]["params"]:
            parameter.grad = None
    def step(self):
        with torch.no_grad():
            for parameter in self.param_groups[0]["params"]:
                if parameter.grad is not None:
                    parameter -= self.param_groups[0]["lr"] * parameter.grad
"""
FRESH = "model = Network(Norm(4), nn.Linear(4, 3, bias=False)).double()\n"
NORMED = f"""{FRESH}state = model.state_dict()
for place, value in (("0.running_mean", mean), ("0.running_var", variance), ("1.weight", weight)):
    state[place].copy_(torch.tensor(value))
"""


def clinic(term):
    """Which functions are ill, and what the mended ones do."""
    return (names(term), *evaluation(term), *snapshots(term), *third(term))


def names(term):
    """Which functions hold the faults; `restore` belongs to `snapshot`."""
    right = {"evaluate", "snapshot", term.third}

    def judge(value):
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            return "faults is not a list of names"
        named = {"snapshot" if v == "restore" else v for v in value}
        return None if len(value) == 3 and named == right else "these are not the three functions"

    return Check(
        "names", 1, "return faults", judge=judge,
        says="`faults` names the three functions with a fault, each once.",
    )  # fmt: skip


def arrays(rng, samples=13):
    """Inputs sorted by label, and the state of a small model."""
    labels = np.sort(np.arange(samples) % 3)
    return {
        "x": rng.normal(1, 1.5, (samples, 4)) + labels[:, None],
        "y": labels,
        "mean": rng.normal(1, 1, 4),
        "variance": rng.uniform(0.5, 3, 4),
        "weight": rng.normal(size=(3, 4)),
    }


def frozen(case, x):
    """What the small model says in evaluation mode."""
    return (x - case["mean"]) / np.sqrt(case["variance"] + 1e-5) @ case["weight"].T


def evaluation(term):
    """Fault 1: the statistics of the batch in evaluation, or the score of the last batch alone.

    The second has nothing to do with modes: who left it earns nothing, for the score counts twice.
    """
    case, few = arrays(np.random.default_rng(4)), arrays(np.random.default_rng(5), 7)

    def score(case):
        return oracles.scores(frozen(case, case["x"]), case["y"], term)

    return (
        Check(
            "evaluate", 2,
            f"{BEGIN}{NORMED}x, y = torch.tensor(x), torch.tensor(y)\n"
            "return evaluate(model, x, y, 4), evaluate(model, x, y, 1)",
            inputs=case, expected=(score(case),) * 2,
            parts=("batches of four", "batches of one"),
            says="`evaluate` must score the model as it will be used: a sample's answer does not "
            "depend on the other samples of its batch, nor the score on the size of the batches. "
            "Its docstring says which two numbers it returns.",
        ),
        Check(
            "modes", 1,
            f"{BEGIN}{NORMED}x, y = torch.tensor(x), torch.tensor(y)\nmodel.train()\n"
            "score = evaluate(model, x, y, 3)\n"
            "before = [t.clone() for t in list(model[0].buffers())[:2]]\n"
            f"{OPTIMIZER}train_epoch(model, Plain(model.parameters(), 0.01), x, y, len(x))\n"
            "norm = model[0]\n"
            "moved = norm.running_mean > torch.tensor(mean)\n"
            "return before, int(norm.num_batches_tracked), moved, score",
            inputs=few,
            expected=(
                [few["mean"], few["variance"]], 1, few["x"].mean(0) > few["mean"],
                score(few),
            ),
            parts=("the statistics after evaluation", "training after evaluation",
                   "the statistics after training", "the score"),
            says="`evaluate` leaves the model's statistics alone, and the training that follows "
            "an evaluation is training again.",
        ),
    )  # fmt: skip


MOVED = """with torch.no_grad():
    for value in model.state_dict().values():
        value.add_(1)
"""


def snapshots(term):
    """Fault 2: the running statistics, or the weights, are no part of the snapshot."""
    case, other = arrays(np.random.default_rng(6)), arrays(np.random.default_rng(7))
    answer = (
        "begin = sorted({name.split('.')[0] for name in saved})\n"
        "model.eval()\nreturn model(torch.tensor(x)), begin"
    )
    begin, parts = [term.prefix.rstrip(".")], ("the answers", "how the names begin")
    return (
        Check(
            "fresh", 1,
            f"{BEGIN}{NORMED}saved = snapshot(model)\n{MOVED}{FRESH}"
            f"restore(model, saved)\n{answer}",
            inputs=case, expected=(frozen(case, case["x"]), begin), parts=parts,
            says="A snapshot, restored into a fresh model, gives a model with the same answers. "
            "Its names are those of the docstring.",
        ),
        Check(
            "later", 1,
            f"{BEGIN}{NORMED}saved = snapshot(model)\n{MOVED}restore(model, saved)\n{answer}",
            inputs=other, expected=(frozen(other, other["x"]), begin), parts=parts,
            says="A snapshot stays as it is while the model trains on: restored, the model gives "
            "the answers that it gave then. Its names are those of the docstring.",
        ),
    )  # fmt: skip


def third(term):
    """Fault 3: another one in another term."""
    rng = np.random.default_rng(8)
    if term.third == "make_model":
        says = (
            "The running statistics of the first batch norm move to the newest batch by the share "
            "that the script's author wants.",
            "So do those of the second batch norm.",
        )
        batch = {"x": rng.normal(1, 2, (40, term.features)).astype(np.float32)}
        return tuple(
            Check(
                f"newest_{place}", 1, f"{BEGIN}place = {place}\n{SHARE}", inputs=batch,
                expected=np.full(2, term.clinic_newest), says=text, tolerance=1e-3,
            )
            for place, text in enumerate(says)
        )  # fmt: skip
    case, few = arrays(rng), arrays(rng, 5)

    def after_step(case, rate):
        return oracles.linear_step(case["x"], case["y"], case["weight"], rate, term.smoothing)

    twice = few | {"x": np.tile(few["x"], (4, 1)), "y": np.tile(few["y"], 4)}
    return (
        Check(
            "step", 1, STEP, inputs=case | {"rate": 0.3},
            expected=after_step(case, 0.3),
            says="One step on one batch moves the weights by the learning rate times the gradient "
            "of the loss that the script's author wants.",
        ),
        Check(
            "repeated", 1, STEP, inputs=twice | {"rate": 0.1},
            expected=after_step(few, 0.1),
            says="A batch in which every sample stands several times gives the same step as the "
            "samples alone.",
        ),
    )  # fmt: skip


SHARE = """model = make_model().train()
norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
for norm in norms:
    norm.__class__ = Norm
seen = []
norms[place].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
model(torch.tensor(x))
variance, mean = torch.var_mean(seen[0], 0)
to_mean, to_variance = norms[place].running_mean, norms[place].running_var - 1
return torch.stack([to_mean @ mean / (mean @ mean),
                    to_variance @ (variance - 1) / ((variance - 1) @ (variance - 1))])"""

STEP = f"""{BEGIN}{OPTIMIZER}model = nn.Sequential(nn.Linear(4, 3, bias=False)).double().train()
model[0].weight.data = torch.tensor(weight)
train_epoch(model, Plain(model.parameters(), rate), torch.tensor(x), torch.tensor(y), len(x))
return model[0].weight"""


def rubric(term):
    """For the person who reads the report."""
    if term.third == "make_model":
        last = "the running statistics are those of the newest, small batch (momentum of the new)"
    else:
        last = "the gradient is a sum over the batch, so the rate grows with the batch's size"
    if term.last_batch_only:
        score = "only the last batch is counted, and divided by all samples: a part of one class"
        more = "the choice of the best epoch rests on a score of the last class"
    else:
        score = (
            "each batch of the sorted samples is of nearly one class, and its own mean takes away "
            "what makes the class (right panel: the same weights, another size)"
        )
        more = (
            "evaluate also moves the running statistics, so held-out samples leak into the model "
            "that is served; or: the choice of the best epoch rests on a wrong score"
        )
    if term.buffers_only:
        kept = "weights are no buffers; the served model has the weights that it was born with"
    else:
        kept = "buffers are no parameters; the served model has mean 0 and variance 1"
    return (
        (1, f"evaluate: {score}"),
        (1, more),
        (1, f"snapshot: {kept}, and strict=False kept the framework from saying so"),
        (1, f"{term.third}: {last}"),
        (1, "reads the figure: no single mend brings both numbers up, since the faults hide each "
            "other, so 'I mended it and nothing improved' does not acquit a function"),
        (1, "for each fault a small test that would have shown it before training was over"),
    )  # fmt: skip
