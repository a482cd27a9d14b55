"""What is measured when a run has ended, before everything is put back."""

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.outputs import class_axis
from deeptricks.practice.debugging.tensors import first_tensor, rows
from deeptricks.practice.debugging.trials import score, some


def keepers(model: nn.Module) -> list[nn.Module]:
    """Return the modules that keep running averages."""
    kept = [m for m in model.modules() if isinstance(getattr(m, "running_mean", None), Tensor)]
    return [m for m in kept if getattr(m, "running_var", None) is not None]


def fresh_statistics(case: Case) -> None:
    """Measure, at the end of a run: the loss in eval mode, and with averages counted anew."""
    model = case.setup.model
    modules = keepers(model)
    if not modules:
        return
    now = score(case)
    for module in modules:
        module.reset_running_stats()
        module.momentum = None  # a plain average over the batches that follow
    for module in model.modules():
        module.training = module in modules
    with torch.no_grad():
        for x, _ in some(case.data, 12):
            model(case.setup.moved(x))
    case.numbers["fresh statistics"] = (now, score(case))


def recalls(case: Case) -> dict[int, tuple[float, float]]:
    """Return, by class, its share and how many of its samples the model as it is now finds."""
    model = case.setup.model
    modes = [(module, module.training) for module in model.modules()]
    guesses, targets = [], []
    takes = case.numbers.get("loss takes")
    model.eval()
    try:
        with torch.no_grad():
            for x, y in case.data[:60]:
                output = first_tensor(model(case.setup.moved(x)))
                if case.kind == "classes":
                    axis = class_axis(output, y)
                    guesses.append(output.argmax(axis).reshape(-1).cpu())
                else:
                    middle = 0.0 if takes == "logits" else 0.5
                    guesses.append(torch.gt(output, middle).long().reshape(-1).cpu())
                targets.append(y.reshape(-1).long().cpu())
    finally:
        for module, mode in modes:
            module.training = mode
    guess, target = torch.cat(guesses), torch.cat(targets)
    shares = {}
    for label in target.unique().tolist():
        members = target == label
        right = float((guess[members] == label).double().mean())
        shares[int(label)] = (float(members.double().mean()), right)
    return shares


def remember_recalls(case: Case) -> None:
    """Measure the recalls at the end of a run, where targets are one class per sample."""
    y = case.data[0][1]
    if isinstance(y, Tensor) and case.kind in ("classes", "binary") and y.numel() == len(y):
        case.numbers["recalls"] = recalls(case)


def validation_scores(case: Case) -> None:
    """Measure the loss on validation data, as they are and with columns like those in training."""
    if not case.val:
        return
    aligned = like_training(case)
    modes = [(module, module.training) for module in case.setup.model.modules()]
    now = score(case, case.val)
    case.numbers["validation"] = (now, score(case, aligned) if aligned else now)
    for module, mode in modes:
        module.training = mode


def validation_classes(case: Case) -> None:
    """Measure how many validation samples are right, and how many if classes were renamed."""
    y = case.val[0][1] if case.val else None
    if case.kind != "classes" or not isinstance(y, Tensor) or y.ndim != 1:
        return
    output = first_tensor(case.output)
    count = output.shape[1]
    table = torch.zeros(count, count)
    case.setup.model.eval()
    with torch.no_grad():
        for x, y in case.val[:40]:
            guess = first_tensor(case.setup.model(case.setup.moved(x))).argmax(1).cpu()
            table += torch.bincount(y.cpu() * count + guess, minlength=count**2).view(count, -1)
    best = table.argmax(1)
    renamed = table.amax(1).sum() if len(best.unique()) == count else table.diagonal().sum()
    case.numbers["validation classes"] = (
        float(table.diagonal().sum() / table.sum()),
        float(renamed / table.sum()),
    )


def like_training(case: Case) -> list[tuple[object, object]]:
    """Return the validation batches with the column means and spreads of the training inputs."""
    parts = [[x for x, _ in data] for data in (case.data, case.val)]
    if not all(isinstance(x, Tensor) and x.is_floating_point() for part in parts for x in part):
        return []
    train, val = (torch.cat([rows(x, case.axis) for x in part[:40]]) for part in parts)
    if train.shape[1] != val.shape[1]:
        return []
    known, own = train.std(0), val.std(0)
    factor = torch.where(own > 1e-6 * known, known / own.clamp_min(1e-300), 1.0)
    made = []
    for x, y in case.val:
        flat = (rows(x, case.axis) - val.mean(0)) * factor + train.mean(0)
        shape = x.movedim(case.axis if x.ndim > case.axis else 0, 0).shape
        tensor = flat.reshape(shape).movedim(0, case.axis if x.ndim > case.axis else 0)
        made.append((tensor.to(x.dtype), y))
    return made


def at_the_end(case: Case) -> None:
    """Measure all of it; the averages of BatchNorm last, for that alters them."""
    for part in (remember_recalls, validation_scores, validation_classes, fresh_statistics):
        try:
            part(case)
        except (RuntimeError, ValueError, IndexError, TypeError):
            continue
