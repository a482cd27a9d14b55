"""What an exception says about its cause, where a measurement confirms it."""

import re
from typing import Any

import torch

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.finding import Finding
from deeptricks.practice.debugging.tensors import first_tensor

# words of the message → code, confidence
PATTERNS = [
    (r"backward through the graph a second time|modified by an inplace", "loop.graph_grows", 0.9),
    (r"more than 1 (value|spatial element) per channel|than 1 value", "model.batchnorm", 0.95),
    (r"between 0 and 1", "loss.activation_missing", 0.9),
    (r"target size .* (different|must be the same)|must be the same as", "loss.broadcast", 0.85),
    (r"size of tensor a|expand", "loss.broadcast", 0.5),
    (r"shapes cannot be multiplied|channels|input.size|expected input", "data.layout", 0.5),
    (r"expected (scalar type|dtype|object of)|dtype|not implemented for", "loss.unsuitable", 0.4),
    (r"batch_size|batch size", "model.batch_mixing", 0.5),
]

WHAT_IT_TAKES = (
    "The model is called as model(x): give it an x that it takes, or wrap a model of several "
    "inputs.",
    "def forward(self, x): return self.model(*x)",
)
CURES = [  # words of the message → code, confidence, cure, its line
    (
        r"only for scalar outputs|has no attribute 'backward'",
        ("loss.unsuitable", 0.9),
        ("Let the loss return one number, a tensor.", "loss = loss.mean()"),
    ),
    (
        r"required positional argument: 'closure'",
        ("loop.no_update", 0.9),
        ("Hand this optimizer a closure that computes the loss.", "optimizer.step(closure)"),
    ),
    (
        r"same dtype|expected scalar type|expected m1 and m2",
        ("data.layout", 0.5),
        ("Give inputs the type of the parameters.", "x = x.to(next(model.parameters()).dtype)"),
    ),
    (r"positional argument|unexpected keyword|must be Tensor", ("data.layout", 0.5), WHAT_IT_TAKES),
]


def attributed(case: Case, error: BaseException, stage: str, step: int = 0) -> Finding:
    """Return the finding that fits an exception raised in `stage`.

    Parameters
    ----------
    stage
        "forward", "loss", "backward", "step", "evaluate" or "batches".
    step
        In which training step it was raised, from 0.
    """
    text = f"{type(error).__name__}: {error}"
    said = f"{stage} raised {text.splitlines()[0][:160]}"
    told = {"stage": stage, "step": step}
    if stage == "batches":
        cure = "Repair what reads the samples: it fails before the model sees one."
        more: dict[str, Any] = {"cure": cure, "cure_code": "for x, y in batches: pass"}
        return finding("data.degenerate", 0.95, f"{said}.", told, **more)
    for pattern, (code, confidence), (cure, line) in CURES:
        if re.search(pattern, text) and (stage == "forward" or code != "data.layout"):
            more = {"severity": "fatal", "cure": cure, "cure_code": line}
            return finding(code, confidence, f"{said}.", told, **more)
    code, confidence, measured = _cause(case, str(error), stage, step)
    return finding(code, confidence, f"{said}.", {**told, **measured}, severity="fatal")


def _cause(case: Case, text: str, stage: str, step: int) -> tuple[str, float, dict[str, Any]]:
    model = case.setup.model
    if re.search("does not require grad|does not have a grad_fn", text):
        learning = sum(parameter.requires_grad for parameter in model.parameters())
        code = "model.detached" if learning else "model.frozen"
        if not learning and not list(model.parameters()):
            code = "model.unregistered"
        return code, 0.95, {"parameters with requires_grad": learning}
    if re.search("empty parameter list", text):
        return "model.unregistered", 0.95, {}
    if re.search("out of bounds|out of range|index .* (size|bound)|device-side", text, re.I):
        return _range(case, stage)
    for pattern, code, confidence in PATTERNS:
        if re.search(pattern, text, re.I):
            if code == "loop.graph_grows" and step == 0:
                return "model.detached", 0.5, {}
            return code, confidence, {}
    if stage == "loss" and _outputs_per_class(case) is not None:
        return _range(case, stage)
    return {"forward": ("data.layout", 0.3, {}), "loss": ("loss.unsuitable", 0.3, {})}.get(
        stage, ("loop.no_update", 0.2, {})
    )


def _outputs_per_class(case: Case) -> int | None:
    output, y = first_tensor(case.output), first_tensor(case.data[0][1] if case.data else None)
    if output is None or y is None or y.is_floating_point() or output.ndim < 2:
        return None
    return int(output.shape[1] if output.ndim == y.ndim + 1 else output.shape[-1])


def _range(case: Case, stage: str) -> tuple[str, float, dict[str, Any]]:
    """Explain an index out of range: a class that has no output, or a token that has no row."""
    classes = _outputs_per_class(case)
    targets = [y for _, y in case.data if isinstance(y, torch.Tensor)]
    if stage == "forward" or classes is None or not targets:
        return "data.label_range" if stage != "forward" else "data.layout", 0.4, {}
    least = min(int(y.min()) for y in targets)
    most = max(int(y.max()) for y in targets)
    measured = {"outputs": classes, "smallest target": least, "largest target": most}
    return "data.label_range", 0.97 if least < 0 or most >= classes else 0.4, measured
