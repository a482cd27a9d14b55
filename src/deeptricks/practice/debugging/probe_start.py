"""The start: whether there are data, the model reads them, and where the samples lie."""

import itertools
import math
import time
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.errors import attributed
from deeptricks.practice.debugging.setup import NoPairsError, pair
from deeptricks.practice.debugging.tensors import each, first_tensor, number, tensors

MOST_BATCHES, MOST_NUMBERS = 300, 20_000_000


def read_data(case: Case) -> None:
    """Read one epoch (as much as the time allows), and see whether a second one comes."""
    try:
        case.data = _read(case.setup.batches, 0.1 * case.clock.seconds)
    except NoPairsError:
        raise
    except Exception as error:
        case.findings.append(attributed(case, error, "batches"))
        return
    if not case.data:
        raise NoPairsError("batches has no batch: an epoch must give at least one pair (x, y)")
    if not _read(case.setup.batches, 0.1, most=1):
        case.numbers["exhausted"] = True
        case.note(
            "batches",
            "A second epoch has no batches: batches is exhausted after one pass (a generator, an "
            "iterator?). Use a DataLoader or a list.",
            epochs=1,
        )
        case.setup.batches = case.data
    if case.setup.val_batches is not None:
        case.val = _read(case.setup.val_batches, 0.05 * case.clock.seconds)
        if case.val and not _read(case.setup.val_batches, 0.1, most=1):
            case.setup.val_batches = case.val


def _read(batches: Any, seconds: float, most: int = MOST_BATCHES) -> list[tuple[Any, Any]]:
    start, data, numbers = time.perf_counter(), [], 0
    for batch in itertools.islice(iter(batches), most):
        x, y = pair(batch)
        data.append((each(x, _kept), each(y, _kept)))
        numbers += sum(tensor.numel() for tensor in tensors(x))
        if numbers > MOST_NUMBERS or time.perf_counter() - start > seconds:
            break
    return data


def _kept(tensor: Tensor) -> Tensor:
    return tensor.detach().clone()


def first_output(case: Case) -> bool:
    """Run the model and the loss on the first batch; say whether that went well."""
    model, setup = case.setup.model, case.setup
    modes = [(module, module.training) for module in model.modules()]
    stage = "forward"
    try:
        model.eval()
        with torch.no_grad():
            case.output = model(case.x)
            stage = "loss"
            case.numbers["first loss"] = number(setup.loss(case.output, case.y))
        model.train()
        stage = "forward"
        with torch.no_grad():
            training = model(case.x)
        case.numbers["modes_matter"] = _differ(case.output, training)
        again = _evaluated_twice(case)
        case.numbers["random in eval"] = again
    except Exception as error:
        case.findings.append(attributed(case, error, stage))
        return False
    finally:
        for module, mode in modes:
            module.training = mode
        case.snapshot.restore()
    return True


def _evaluated_twice(case: Case) -> bool:
    case.setup.model.eval()
    with torch.no_grad():
        return _differ(case.setup.model(case.x), case.setup.model(case.x), 1e-4)


def _differ(one: Any, other: Any, tolerance: float = 1e-6) -> bool:
    pairs = zip(tensors(one), tensors(other), strict=False)
    return any(a.shape != b.shape or _far(a.double(), b.double(), tolerance) for a, b in pairs)


def _far(a: Tensor, b: Tensor, tolerance: float) -> bool:
    size = float(a.abs().mean()) + 1e-12
    return bool((a - b).abs().nan_to_num().max() > tolerance * size) if a.numel() else False


def find_axes(case: Case) -> None:
    """Find the axis of the samples by exchanging one sample and seeing which outputs change.

    The first pair of axes (of x, of the output) for which only the exchanged sample's output
    changes is that of the samples; if there is none, samples are mixed, and the axis is the first.
    """
    output, y = first_tensor(case.output), first_tensor(case.y)
    x = first_tensor(case.x)
    case.numbers["mixing"] = None
    if output is None or x is None or output.ndim == 0 or x.ndim == 0:
        return
    shapes = [tensor.shape for tensor in tensors(case.x)]
    pairs = [
        (a, b)
        for b in range(min(2, output.ndim))
        for a in range(min(3, x.ndim))
        if x.shape[a] == output.shape[b] > 1
        and (y is None or y.ndim == 0 or output.shape[b] in y.shape)
        and all(len(shape) > a or len(shape) == 1 for shape in shapes)
    ]
    pairs.sort(key=lambda pair: (pair[0] != pair[1], pair[0]))
    spread = {pair: influence(case, *pair) for pair in pairs}
    clean = [pair for pair in pairs if spread[pair] <= 1e-6]
    chosen = clean or pairs
    if not chosen:
        return
    case.axis, case.y_axis = chosen[0]
    size = output.shape[case.y_axis]
    if y is not None and y.ndim and (case.y_axis >= y.ndim or y.shape[case.y_axis] != size):
        case.numbers["y axis differs"] = True
        case.y_axis = list(y.shape).index(size) if size in y.shape else 0
    if not clean:
        case.numbers["mixing"] = spread[chosen[0]]


def influence(case: Case, axis: int, output_axis: int) -> float:
    """How much exchanging one sample changes the outputs of the others, relative to its own."""
    model = case.setup.model
    modes = [(module, module.training) for module in model.modules()]
    state = torch.get_rng_state()
    largest = 0.0
    model.eval()
    try:
        with torch.no_grad():
            case.snapshot.restore()
            model.eval()
            torch.set_rng_state(state)
            before = first_tensor(model(case.x))
            size = before.shape[output_axis]
            for index, other in ((size // 2, 0), (0, size - 1)):
                case.snapshot.restore()  # a model may keep a state from call to call
                model.eval()
                torch.set_rng_state(state)
                after = first_tensor(model(_exchanged(case.x, axis, index, other, size)))
                change = (after - before).double().abs().nan_to_num().movedim(output_axis, 0)
                change = change.reshape(size, -1).amax(1)
                own = float(change[index])
                change[index] = 0.0
                noise = 1e-5 * float(before.double().abs().nan_to_num().mean())
                if float(change.max()) > noise:
                    largest = max(largest, float(change.max()) / max(own, noise))
    except Exception:
        return math.inf
    finally:
        for module, mode in modes:
            module.training = mode
        torch.set_rng_state(state)
        case.snapshot.restore()
    return largest


def _exchanged(x: Any, axis: int, index: int, other: int, size: int) -> Any:
    def put(tensor: Tensor) -> Tensor:
        where = axis if axis < tensor.ndim else 0
        if tensor.ndim == 0 or tensor.shape[where] != size:
            return tensor
        changed = tensor.clone()
        changed.select(where, index).copy_(tensor.select(where, other))
        return changed

    return each(x, put)
