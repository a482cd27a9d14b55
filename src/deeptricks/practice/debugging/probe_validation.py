"""What the author's validation does: its mode, what it changes, how it leaves the model."""

import torch

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.errors import attributed
from deeptricks.practice.debugging.random_state import seed_all
from deeptricks.practice.debugging.trials import endless
from deeptricks.practice.debugging.watch import Watch


def check_validation(case: Case) -> None:
    """Call the author's validation once, watch the mode, then one more training step."""
    setup, model = case.setup, case.setup.model
    if setup.evaluate is None or setup.val_batches is None:
        return
    modes: list[bool] = []
    handle = model.register_forward_pre_hook(lambda module, _: modes.append(module.training))
    parameters = [p.detach().clone() for p in model.parameters()]
    buffers = [b.detach().clone() for b in model.buffers()]
    seed_all(case.seed)
    model.train()
    try:
        setup.evaluate(setup.val_batches)
        handle.remove()
        weights = _changed(parameters, list(model.parameters()))
        statistics = _changed(buffers, list(model.buffers()))
        left_in_eval = not model.training
        after = _mode_of_next_step(case) if left_in_eval else True
    except Exception as error:
        case.findings.append(attributed(case, error, "evaluate"))
        return
    finally:
        handle.remove()
        case.snapshot.restore()
    if any(modes) and (case.numbers.get("modes_matter") or statistics):
        case.findings.append(
            finding(
                "loop.eval_in_train_mode",
                0.95,
                f"In {sum(modes)} of {len(modes)} calls of the validation the model was in train "
                f"mode; {'running averages moved; ' if statistics else ''}outputs differ by mode.",
                {"calls in train mode": sum(modes), "calls": len(modes)},
                {"calls in train mode": 0},
                curves={"train mode in each call": [float(mode) for mode in modes]},
            )
        )
    if weights:
        case.findings.append(
            finding(
                "data.leakage",
                0.9,
                "Validation changes the weights: the model is trained on validation data.",
                {"weights changed": True},
                {"weights changed": False},
            )
        )
    if not after and case.numbers.get("modes_matter"):
        case.findings.append(
            finding(
                "loop.train_in_eval_mode",
                0.94,
                "Validation leaves the model in eval mode, and the next training step runs in it.",
                {"train mode of the next step": False},
                {"train mode of the next step": True},
                curves={"train mode: before, after validation": [1.0, 0.0]},
            )
        )


def _changed(before: list[torch.Tensor], after: list[torch.Tensor]) -> bool:
    return any(not torch.equal(a, b) for a, b in zip(before, after, strict=False))


def _mode_of_next_step(case: Case) -> bool:
    watch = Watch(case.setup.model)
    for _, (x, y) in endless(case.setup.batches):
        seen = watch.run(case.setup.author_step(), x, y)
        return all(seen.training)
    return True
