"""The clinic: each patient is judged by what it does with small tables and models, and torch too.

Of a patient that is ill one check looks at its fault alone, and one at all that it is meant to do,
so that half of the points are for what was right before. A repair that bends torch itself instead
of the patient fails both: `sound` tries the same parts of torch in other ways.
"""

import numpy as np

from deeptricks.grading import Check
from deeptricks.grading.compare import difference

from . import clinic_oracles as right
from .patients import FAULTS

BEGIN = """import torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(0)
def sound():
    z, y = torch.tensor([[1.0, 2.0], [0.0, 3.0], [5.0, 1.0]]), torch.tensor([0, 1, 1])
    total = F.cross_entropy(z, y, reduction="sum")
    net = nn.Sequential(nn.Linear(2, 1, bias=False), nn.BatchNorm1d(1))
    modes = [net.train(mode)[1].training for mode in (False, True)]
    names = net.load_state_dict({"0.weight": torch.ones(1, 2), "odd": z}, strict=False)
    free = [net.requires_grad_(on)[0].weight.requires_grad for on in (True, False)]
    net[1](z[:, :1])
    weight = nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([3.0, 4.0])
    nn.utils.clip_grad_norm_([weight], 0.05)
    loader = torch.utils.data.DataLoader(list(range(5)), batch_size=2, drop_last=True)
    dropped = (nn.Dropout(0.9)(torch.ones(4000)) == 0).float().mean().item()
    rows = torch.arange(20)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(3))
    return all([
        torch.isclose(total, 3 * F.cross_entropy(z, y)).item(), modes == [False, True],
        names.unexpected_keys == ["odd"], net[0].weight.sum().item() == 2, free == [True, False],
        abs(net[1].running_mean.item() - 0.2) < 1e-6, abs(weight.grad.norm().item() - 0.05) < 1e-4,
        [len(b) for b in loader] == [2, 2], abs(dropped - 0.9) < 0.05,
        nn.LeakyReLU(1.0)(torch.tensor(-2.0)).item() == -2,
        torch.equal(nn.init.normal_(torch.zeros(3), mean=0.5, std=0.0), torch.full((3,), 0.5)),
        torch.equal(shuffled(rows, 3), order), not torch.equal(shuffled(rows, 4), order),
    ])
"""

# Of each patient: the part that comes first in all of its checks, and what is returned for a fault.
# Images have rising values, so that the rank of one tells which it is, whatever the scale.
DATA = """images, labels = torch.tensor(pixels), torch.tensor(truth)
parts = patient_a(images, labels)
def layout(part):
    several = isinstance(part, (tuple, list))
    return [layout(one) for one in part] if several else part.ndim > 1
if layout(parts) != term.layout:
    return "another layout", str(layout(parts))
x, y, other, told = term.code_parts
values = torch.cat([x, other]).flatten(1)[:, 0]
seen, rank = torch.unique(values, return_inverse=True)
train, valid = rank[: len(x)], rank[len(x) :]
"""
MODEL = """model = patient_b(30, 400, 20)
linear = [m for m in model.modules() if isinstance(m, nn.Linear)]
kept = []
linear[-1].register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0].detach()))
x = torch.randn(200, 30)
model.eval()
model(x)
model.train()
model(x)
calm, busy = kept
before = linear[0](x).detach()
def moments():
    return [[w.mean(), w.std(), w.std(0).mean()] for w in (m.weight.detach() for m in linear)]
def drops():
    zero = busy == 0
    return [zero.float().mean(), (calm == 0).float().mean(), (busy / calm)[~zero].mean()]
def slopes():
    ratio = calm / before
    return [ratio[before < 0].mean(), ratio[before > 0].mean()]
"""
LOOP = """modes = []
def run(x, y, rate):
    model = nn.Sequential(nn.Linear(x.shape[-1], 3, bias=False)).double()
    model[0].weight.data.zero_()
    model.eval()
    model.register_forward_pre_hook(lambda module, inputs: modes.append(module.training))
    patient_c(model, [(torch.tensor(a), torch.tensor(b)) for a, b in zip(x, y)], rate)
    return model[0].weight.detach()
"""
VALIDATION = """def made(normed):
    layers = [nn.BatchNorm1d(4)] if normed else []
    model = nn.Sequential(*layers, nn.Linear(4, 3, bias=False)).double()
    model[-1].weight.data = torch.tensor(weight)
    if normed:
        model[0].running_mean.copy_(torch.tensor(mean))
        model[0].running_var.copy_(torch.tensor(variance))
    return model.train()
inputs, labels = torch.tensor(x), torch.tensor(y)
"""
TRANSFER = """body = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).double()
head = nn.Linear(3, 2).double().eval().requires_grad_(False)
given = {name: torch.tensor(value) for name, value in state.items()}
whole = patient_e(body, head, given)
own = [p.requires_grad for p in body.parameters()], [p.requires_grad for p in head.parameters()]
modes = [m.training for m in body.modules()], head.training
parts = dict(whole.named_children())
if list(parts) != term.names:
    return "other names", str(list(parts))
parts[term.names[0]](torch.tensor(x))
stayed = body[1].running_mean.clone(), int(body[1].num_batches_tracked)
body.eval()
answers = body(torch.tensor(x))
"""
# What is handed over otherwise than the term wants is returned, not raised: a slip that is known by
# its values is marked once.
FIRST = {"a": DATA, "b": MODEL, "c": LOOP, "d": VALIDATION, "e": TRANSFER}
PAIRS = "torch.equal(labels[rank], torch.cat([y, told]))"
ROWS = "[len(x), len(other), len(seen), len(set(train.tolist()) & set(valid.tolist()))]"
RETURNED = {
    "data.label_mismatch": PAIRS,
    "data.leakage": ROWS,
    "data.not_normalized": "seen",
    "init.symmetric": "moments()",
    "model.dropout": "drops()",
    "model.underpowered": "slopes()",
    "loop.train_in_eval_mode": "run(small, y, 1.0) is not None, modes",
    "loop.accumulation": "run(small, y, 3e4)",
    "loop.clipping": "run(large, y, 0.5)",
    "loop.eval_in_train_mode": "patient_d(made(True), inputs, labels, len(y))[term.share_at]",
    "loop.samples_lost": "patient_d(made(False), inputs, labels, 5)[term.share_at]",
    "loop.two_means": "patient_d(made(False), inputs, labels, len(y))[term.loss_at]",
    "transfer.not_loaded": "answers",
    "transfer.thawed": "own",
    "transfer.drift": "modes, stayed[1]",
}
WHOLE = {
    "a": f"{PAIRS}, {ROWS}, seen, bool((train[1:] < train[:-1]).any()), "
    "torch.equal(images, torch.tensor(pixels))",
    "b": "moments(), drops(), slopes(), [m.bias.abs().max() for m in linear]",
    "c": "run(middle, y, 0.3), run(small, y, 3e4), run(large, y, 0.5), modes",
    "d": "[patient_d(model, inputs, labels, 5) for model in (made(True), made(False))], "
    "validated()",
    "e": "answers, own, modes, stayed",
}
VALIDATED = """def validated():
    model = made(True)
    patient_d(model, inputs, labels, 3)
    return model.training, model[0].training, model[0].running_mean, model[-1].weight.detach()
"""
SAYS = {
    "data.label_mismatch": "After the shuffling each label must belong to its image.",
    "data.leakage": "No image may train and validate; together the two parts are the table.",
    "data.not_normalized": "Gray levels from 0 to 255 must become numbers from −1 to 1.",
    "init.symmetric": "Weights must be drawn, with the mean and the deviation of the docstring.",
    "model.dropout": "Which share of the hidden units does the docstring want dropped?",
    "model.underpowered": "Below zero the activation has another slope than above.",
    "loop.train_in_eval_mode": "An epoch of training must run in training mode.",
    "loop.accumulation": "The step is against the mean gradient of several batches.",
    "loop.clipping": "Long gradients are shortened to the length in the docstring.",
    "loop.eval_in_train_mode": "The model must be scored as it will serve.",
    "loop.samples_lost": "The score is over all samples, also those of a last, smaller batch.",
    "loop.two_means": "The loss is the mean over samples, whatever the size of the batches.",
    "transfer.not_loaded": "The trained weights and statistics must arrive in the body.",
    "transfer.thawed": "The body must not learn, and the head must.",
    "transfer.drift": "Nothing in the body may move while images pass through it.",
}


def checks(term):
    """The diagnosis, then two checks for each patient that is ill."""
    well = term.healthy
    found = {who: getattr(term, f"fault_{who}") for who in FAULTS}
    listed = [who for who in FAULTS if who != well]
    run = "ill = sorted(k for k in diagnosis if diagnosis[k].lower() != 'healthy')\n"
    result = [
        Check("codes", 1, "return diagnosis", expected=found,
              says="`diagnosis` names what each patient has."),
        Check("ill", 1, f"{run}{_run(well, WHOLE[well])}, ill", inputs=_inputs(term, well, 1),
              judge=_judge([_whole(term, well, 1), True, listed]),
              says="Which four are ill? And the healthy one must be left as it was."),
    ]  # fmt: skip
    for who in listed:
        fault = found[who]
        result += [
            Check(f"{who}_fault", 1, _run(who, RETURNED[fault]), inputs=_inputs(term, who, 2),
                  judge=_judge([_of_fault(term, fault, 2), True]), says=SAYS[fault]),
            Check(f"{who}_whole", 1, _run(who, WHOLE[who]), inputs=_inputs(term, who, 3),
                  judge=_judge([_whole(term, who, 3), True]),
                  says=f"`patient_{who}` must do all that its docstring says, and what was right "
                  "before must still be so."),
        ]  # fmt: skip
    return tuple(result)


def _run(who, returned):
    extra = VALIDATED if who == "d" else ""
    return f"{BEGIN}{FIRST[who]}{extra}result = {returned}\nreturn result, sound()"


class About:
    """A number that is drawn: it may be off by so much."""

    def __init__(self, value, off):
        self.value, self.off = value, off


def _judge(expected):
    def judge(value):
        return _wrong(value, expected)

    return judge


def _wrong(value, expected):
    """What is wrong, also where drawn numbers are among what is expected."""
    if isinstance(expected, About):
        off = abs(float(value) - expected.value)
        return None if off <= expected.off else "a number is not what it should be on average"
    if isinstance(expected, list):
        if not isinstance(value, list | tuple | np.ndarray) or len(value) != len(expected):
            return "it returns something of another length"
        return next((w for v, e in zip(value, expected, strict=True) if (w := _wrong(v, e))), None)
    return difference(value, expected, 1e-5)


def _inputs(term, who, seed):
    """What a patient is tried with: arrays, other ones for each check."""
    rng = np.random.default_rng(term.data_seed + 10 * seed)
    if who == "a":
        many = 90 + 10 * seed
        levels = np.arange(many) + 30 * (seed == 2)
        shape = (many, 1, 2) if seed == 2 else (many, 3)
        pixels = np.broadcast_to(levels.reshape(-1, *[1] * (len(shape) - 1)), shape)
        kind = np.float32 if seed == 2 else np.uint8
        return {"pixels": pixels.astype(kind), "truth": rng.integers(0, 9, many)}
    if who == "c":
        x, y = rng.normal(size=(2 * term.batches, 6, 4)), rng.integers(0, 3, (2 * term.batches, 6))
        return {"small": 1e-4 * x, "middle": x, "large": 1e4 * x, "y": y}
    if who == "d":
        return _scored(rng)
    if who == "e":
        state = {"0.weight": rng.normal(size=(3, 4)), "0.bias": rng.normal(size=3),
                 "1.weight": rng.uniform(0.5, 2, 3), "1.bias": rng.normal(size=3),
                 "1.running_mean": rng.normal(size=3), "1.running_var": rng.uniform(0.5, 2, 3),
                 "1.num_batches_tracked": np.array(7)}  # fmt: skip
        state = {term.right_prefix + name: value for name, value in state.items()}
        return {"state": state | {"head.weight": np.ones((5, 3))}, "x": rng.normal(size=(9, 4))}
    return {}


def _scored(rng):
    """Samples of which batch statistics judge others, and of which the last ones count."""
    while True:
        y = np.sort(np.arange(18) % 3)
        x = rng.normal(1, 1.5, (18, 4)) + y[:, None]
        given = {"x": x, "y": y, "mean": rng.normal(1, 1, 4), "variance": rng.uniform(0.5, 3, 4),
                 "weight": rng.normal(size=(3, 4))}  # fmt: skip
        batch, service = (
            ((x - m) / s @ given["weight"].T).argmax(1) == y
            for m, s in ((x.mean(0), x.std(0)), (given["mean"], given["variance"] ** 0.5))
        )
        plain = (x @ given["weight"].T).argmax(1) == y
        if abs(int(batch.sum()) - int(service.sum())) > 1 and 0 < plain[-3:].sum() < 3:
            return given


def _of_fault(term, fault, seed):
    who = next(k for k, faults in FAULTS.items() if fault in faults)
    return right.of(term, who, _inputs(term, who, seed), About)[fault]


def _whole(term, who, seed):
    return right.of(term, who, _inputs(term, who, seed), About)["whole"]
