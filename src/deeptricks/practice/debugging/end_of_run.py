"""What is measured when a run has ended, before everything is put back."""

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.outputs import class_axis
from deeptricks.practice.debugging.tensors import first_tensor
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
                    guesses.append((output > middle).long().reshape(-1).cpu())
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


