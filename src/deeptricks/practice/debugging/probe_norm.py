"""BatchNorm: whether it gets statistics worth the name, and the running averages arrive."""

import math

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.end_of_run import keepers
from deeptricks.practice.debugging.outcome import progress
from deeptricks.practice.debugging.trials import Trial

FEW = 3  # numbers per channel in train mode that are no statistic
GAP = 0.1  # of the way from chance to the best loss


def numbers_per_channel(case: Case) -> int | None:
    """Return the fewest numbers over which a module with running averages averages."""
    counts: list[int] = []

    def hook(module: nn.Module, args: tuple[Tensor, ...]) -> None:
        counts.append(args[0].numel() // max(1, module.running_mean.numel()))

    handles = [module.register_forward_pre_hook(hook) for module in keepers(case.setup.model)]
    try:
        with torch.no_grad():
            case.setup.model(case.x)
    except Exception:
        return min(counts, default=None)
    finally:
        for handle in handles:
            handle.remove()
        case.snapshot.restore()
    return min(counts, default=None)


def check_few(case: Case) -> None:
    """BatchNorm over one, two or three numbers."""
    count = numbers_per_channel(case)
    trained = any(step.training[-1:] == [True] for step in case.numbers.get("first steps", []))
    if count is not None and count < FEW and (trained or count == 1):
        case.findings.append(
            finding(
                "model.batchnorm",
                0.93,
                f"BatchNorm takes mean and variance of {count} numbers per channel.",
                {"numbers per channel": count},
                {"numbers per channel": "16 or more"},
                curves={"numbers per channel: here, enough": [float(count), 16.0]},
            )
        )


def check_averages(case: Case) -> None:
    """In eval mode the trained model is far worse than with averages counted anew."""
    if "fresh statistics" not in case.numbers:
        return
    planned: Trial = case.numbers["planned"]
    now, fresh = case.numbers["fresh statistics"]
    gap = progress(case, fresh) - max(progress(case, now), -1.0)
    if gap > GAP and math.isfinite(fresh) and len(planned.losses) >= 10:
        case.findings.append(
            finding(
                "model.batchnorm",
                0.88 + 0.1 * min(1.0, gap),
                f"After {len(planned.losses)} steps the loss in eval mode is {now:.3g}; with the "
                f"running averages of BatchNorm counted anew it is {fresh:.3g}.",
                {"loss": now, "with fresh averages": fresh},
                {"loss": f"about {fresh:.3g}"},
                where=tuple(n for n, m in case.setup.model.named_modules() if m in keepers_of(m))[
                    :8
                ],
                curves={"loss: as it is, averages anew": [now, fresh]},
            )
        )


def keepers_of(module: nn.Module) -> list[nn.Module]:
    """Return the module itself if it keeps running averages."""
    return [module] if isinstance(getattr(module, "running_mean", None), Tensor) else []
