"""The answer in the input, and targets of validation data coded otherwise."""

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.changed_data import pooled
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.finding import Finding
from deeptricks.practice.debugging.outcome import at_end
from deeptricks.practice.debugging.own_loss import computes_its_loss, is_given_targets
from deeptricks.practice.debugging.tensors import first_tensor

EXACT = 1e-9  # share of the target's variance that a column leaves, below which it is the target


def check_answer(case: Case) -> None:
    """Find one column of the input from which the target can be read, while no other comes near."""
    if computes_its_loss(case) and is_given_targets(case):
        return
    x, y = pooled(case, 3000)
    floats = first_tensor(case.data[0][0])
    if y is None or len(x) < 30 or not bool(torch.isfinite(x).all()) or x.shape[1] < 2:
        return
    target = y.reshape(len(y), -1).double()
    if target.shape[1] != 1 or float(target.std()) == 0 or floats is None:
        return
    target = target[:, 0]
    shares = told_by_columns(x, target, classes=case.kind in ("classes", "binary"))
    order = shares.argsort(descending=True)
    best, second = float(shares[order[0]]), float(shares[order[1]])
    case.numbers["told by one column"] = (best, second)
    exact = 1 - best < EXACT and 1 - second > 1e3 * EXACT  # neighbors in a series come near, too
    if (exact or (best > 0.97 and second < 0.9 * best)) and x.shape[1] >= 3:
        column = int(order[0])
        case.findings.append(
            finding(
                "data.leakage",
                0.95 if exact else 0.8 + 0.15 * min(1.0, (best - second) * 2),
                f"Column {column} of the input tells {best:.1%} of the target by itself, the next "
                f"best {second:.1%}.",
                {"column": column, "told": best, "next best": second},
                {"told": "no column nearly everything"},
                where=(f"column {column}",),
                curves={"told by each column": shares[:200].tolist()},
            )
        )


def told_by_columns(x: Tensor, target: Tensor, *, classes: bool) -> Tensor:
    """Return the share of the target's variance that each column of the input tells linearly.

    Of class numbers: the largest over the classes' indicators, averaged over the classes.
    """
    columns = x - x.mean(0)
    size = columns.norm(dim=0)
    columns = columns / torch.where(size > 0, size, 1.0)
    if classes and len(target.unique()) > 2:
        groups = torch.stack([(target == value).double() for value in target.unique()[:50]], 1)
        weight = groups.mean(0)
        means = (groups.T @ columns) / (len(x) * weight).unsqueeze(1)
        return (means.square() * (len(x) * weight).unsqueeze(1)).sum(0)
    centered = target - target.mean()
    centered = centered / centered.norm()
    return (centered @ columns).square()


def check_next(case: Case) -> None:
    """Find targets that are the next element of the input, which the model can look at."""
    x, y, output = case.x, case.y, first_tensor(case.output)
    if not isinstance(x, Tensor) or not isinstance(y, Tensor) or output is None:
        return
    axis = 1 - case.axis if case.axis < 2 else 1
    if x.ndim < 2 or x.shape != y.shape or x.shape[axis] < 4 or output.ndim <= axis:
        return
    length = x.shape[axis]
    later, target = x.narrow(axis, 1, length - 1), y.narrow(axis, 0, length - 1)
    same = float((later == target).double().mean())
    if same < 0.99 or float((x == y).double().mean()) > 0.9 or output.shape[axis] != length:
        return
    middle = length // 2
    changed = x.clone()
    changed.select(axis, middle).copy_(x.select(axis, middle).roll(1, 0))
    case.setup.model.eval()
    with torch.no_grad():
        before = first_tensor(case.setup.model(x)).narrow(axis, middle - 1, 1)
        case.snapshot.restore()  # a model may keep a state from call to call
        case.setup.model.eval()
        after = first_tensor(case.setup.model(changed)).narrow(axis, middle - 1, 1)
    change = float((after - before).abs().mean())
    if change > 1e-5 * float(before.abs().mean() + 1e-9):
        case.findings.append(
            finding(
                "data.leakage",
                0.95,
                f"The target of a position is the input of the next in {same:.0%} of the places, "
                f"and the output of position {middle - 1} depends on the input of {middle}.",
                {"same": same, "change of the output": change},
                {"change of the output": 0},
                cure="Mask what comes later.",
                cure_code="mask = nn.Transformer.generate_square_subsequent_mask(length)",
                curves={"change of the output, expected": [change, 0.0]},
            )
        )


def check_copied(case: Case) -> None:
    """Find targets that are the input itself, of a model that reads from left to right."""
    x, y, output = case.x, case.y, first_tensor(case.output)
    if not isinstance(x, Tensor) or not isinstance(y, Tensor) or case.kind != "classes":
        return
    if x.ndim != 2 or case.axis != 0 or x.shape != y.shape or output.shape[:2] != x.shape:
        return
    same = float((x == y).double().mean())
    middle = x.shape[1] // 2
    if same < 0.99 or middle < 2:
        return
    changed = x.clone()
    changed[:, middle] = x[:, middle].roll(1, 0)
    outputs = []
    for tokens in (x, changed):
        case.setup.model.eval()
        with torch.no_grad():
            outputs.append(first_tensor(case.setup.model(tokens)).double())
        case.snapshot.restore()  # a model may keep a state from call to call
    change = (outputs[1] - outputs[0]).abs().mean((0, 2))
    before, there = float(change[:middle].max()), float(change[middle])
    if there > 0 and before < 1e-5 * there:
        case.findings.append(
            finding(
                "data.leakage",
                0.95,
                f"In {same:.0%} of the places the target is the input of the same place, which a "
                "model that reads from left to right has just seen.",
                {"same": same, "change of the output there": there, "before": before},
                {"same": "as by chance"},
                cure="Let the target of a place be the input of the next.",
                cure_code="x, y = tokens[:, :-1], tokens[:, 1:]",
                curves={"change of the output by place": change.tolist()},
            )
        )


def check_targets(case: Case) -> None:
    """Compare the targets of training and validation data."""
    parts = [[y for _, y in data] for data in (case.data, case.val)]
    if not case.val or not all(isinstance(y, Tensor) for part in parts for y in part):
        return
    train, val = (torch.cat([y.reshape(-1).double().cpu() for y in part]) for part in parts)
    if min(len(train), len(val)) < 20 or not bool(torch.isfinite(torch.cat([train, val])).all()):
        return
    if case.kind == "soft":
        return  # mixed or smoothed in training, and as they are in validation
    if case.kind == "values":
        spread = float(train.std()) or 1.0
        shift, ratio = abs(float(val.mean() - train.mean())) / spread, float(val.std()) / spread
        odd = shift > 2.0 or not 1 / 4 < ratio < 4
        measured = {"shift": shift, "ratio of spreads": ratio}
        said = f"lie {shift:.2g} spreads from those of training, with {ratio:.2g} times the spread"
    else:
        strange = float((~torch.isin(val, train.unique())).double().mean())
        odd, measured = strange > 0.1, {"unknown in training": strange}
        said = f"have values that training does not know ({strange:.0%})"
    if odd:
        case.findings.append(_other_targets(said, measured))


def _other_targets(said: str, measured: dict[str, float]) -> Finding:
    return finding(
        "data.train_val_mismatch",
        0.88,
        f"The targets of the validation data {said}.",
        measured,
        {"targets": "as in training"},
        curves={"measured": list(measured.values())},
    )


def check_mapping(case: Case) -> None:
    """After training: classes of the validation data are told apart, but under other numbers."""
    told = case.numbers.get("validation classes")
    if not told or at_end(case) < 0.4:
        return
    right, renamed = told
    if renamed > 0.6 and right < 0.4 * renamed:
        case.findings.append(
            _other_targets(
                f"are found in {right:.0%} of the cases, and in {renamed:.0%} if the classes get "
                "other numbers",
                {"right": right, "right under other numbers": renamed},
            )
        )
