"""Label smoothing: the framework's loss over weights, ignored samples, soft targets; the gap."""

import copy
import math
import pickle

import pytest
import torch
from torch import nn
from torch.func import vmap

from deeptricks.regularization import CrossEntropyLoss, smooth_labels, smoothed_gap
from tests.forbidden import KernelUsedError, forbidden

KERNELS = (
    *("_log_softmax", "_log_softmax_backward_data", "nll_loss_forward", "nll_loss_backward"),
    *("nll_loss2d_forward", "nll_loss2d_backward", "cross_entropy_loss", "_softmax"),
)
SHAPES = [(7, 5), (5,), (4, 5, 3), (2, 5, 3, 4)]
WEIGHT = torch.tensor([0.5, 2.0, 1.0, 0.0, 3.0], dtype=torch.float64)


def both(**arguments):
    return [kind(**arguments) for kind in (CrossEntropyLoss, nn.CrossEntropyLoss)]


def logits_and_numbers(shape, seed=0):
    torch.manual_seed(seed)
    logits = (3 * torch.randn(shape, dtype=torch.float64)).requires_grad_()
    places = shape[1:] if len(shape) == 1 else (shape[0], *shape[2:])
    return logits, torch.randint(0, 5, places)


def agree(losses, logits, target):
    """Values and gradients of ours and of the framework's."""
    results = []
    for loss in losses:
        value = loss(logits, target)
        results.append((value, torch.autograd.grad((value**2).sum(), logits)[0]))
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-13, equal_nan=True)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_class_numbers_and_probabilities(shape, reduction, smoothing, weight):
    arguments = {"weight": weight, "reduction": reduction, "label_smoothing": smoothing}
    logits, numbers = logits_and_numbers(shape)
    agree(both(**arguments), logits, numbers)
    soft = torch.rand(shape, dtype=torch.float64)
    agree(both(**arguments), logits, soft / soft.sum(int(len(shape) > 1), keepdim=True))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("ignore", [-100, 2, 255])
def test_ignored_samples_count_in_neither(smoothing, weight, reduction, ignore):
    logits, numbers = logits_and_numbers((9, 5))
    numbers[[1, 4]] = ignore
    arguments = {"weight": weight, "reduction": reduction, "label_smoothing": smoothing}
    agree(both(ignore_index=ignore, **arguments), logits, numbers)
    nothing = torch.full_like(numbers, ignore)
    a, b = (loss(logits, nothing) for loss in both(ignore_index=ignore, **arguments))
    torch.testing.assert_close(a, b, equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_other_precisions_large_logits_empty_batches(dtype):
    tolerance = {torch.float32: 1e-6, torch.float16: 2e-3, torch.bfloat16: 2e-2}[dtype]
    logits, numbers = logits_and_numbers((8, 5))
    for scale in (1, 100):
        a, b = (loss((scale * logits).to(dtype), numbers) for loss in both(label_smoothing=0.1))
        assert a.dtype == dtype
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)
    empty = torch.empty(0, 5), torch.empty(0, dtype=torch.long)
    a, b = (loss(*empty) for loss in both())
    assert a.isnan()
    assert b.isnan()
    a, b = (loss(logits.T.contiguous().T, numbers) for loss in both(label_smoothing=0.1))
    torch.testing.assert_close(a, b)
    assert torch.equal(
        CrossEntropyLoss()(logits, numbers.byte()), CrossEntropyLoss()(logits, numbers)
    )


def test_by_hand():
    logits = torch.tensor([[0.0, math.log(2.0), math.log(5.0)]], dtype=torch.float64)  # p = ⅛ ¼ ⅝
    target = torch.tensor([1])
    q = [0.1, 0.8, 0.1]  # ε = 0.3 over three classes
    expected = -sum(a * math.log(b) for a, b in zip(q, [1 / 8, 1 / 4, 5 / 8], strict=True))
    assert CrossEntropyLoss(label_smoothing=0.3)(logits, target).item() == pytest.approx(expected)
    torch.testing.assert_close(smooth_labels(target, 3, 0.3), torch.tensor([q]))
    assert smooth_labels(torch.zeros(2, 3, dtype=torch.long), 4, 0.0).shape == (2, 3, 4)
    given = smooth_labels(target, 3, 0.3, torch.float64)
    assert given.dtype == torch.float64
    hard = CrossEntropyLoss()(logits, given)
    assert hard.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("classes", "smoothing"), [(10, 0.1), (2, 0.5), (1000, 0.1), (10, 1.0)])
def test_at_the_gap_the_gradient_is_zero_and_nowhere_else(classes, smoothing):
    gap = smoothed_gap(classes, smoothing)
    loss = CrossEntropyLoss(label_smoothing=smoothing)
    target = torch.tensor([classes - 1])
    for shift, zero in ((0.0, True), (0.1, False), (-0.1, False)):
        logits = torch.zeros(1, classes, dtype=torch.float64)
        logits[0, -1] = gap + shift
        logits.requires_grad_()
        (slope,) = torch.autograd.grad(loss(logits, target), logits)
        assert (slope.abs().max() < 1e-12) == zero
    q = smooth_labels(target, classes, smoothing)[0].double()
    assert gap == pytest.approx((q[-1].log() - q[0].log()).item(), abs=1e-5)


def test_gap_of_no_smoothing_and_of_the_usual_one():
    assert smoothed_gap(10, 0) == math.inf
    assert smoothed_gap(10, 0.1) == pytest.approx(math.log(91))


def test_gradients_by_differences_and_stacked_networks():
    loss = CrossEntropyLoss(weight=WEIGHT, label_smoothing=0.1)
    logits, numbers = logits_and_numbers((4, 5))
    assert torch.autograd.gradcheck(lambda z: loss(z, numbers), logits)
    stacked = torch.stack([logits, 2 * logits])
    each = vmap(loss)(stacked, torch.stack([numbers, numbers.flip(0)]))
    alone = [loss(stacked[0], numbers), loss(stacked[1], numbers.flip(0))]
    torch.testing.assert_close(each, torch.stack(alone))


def test_the_framework_does_none_of_it():
    logits, numbers = logits_and_numbers((4, 5))
    mine, theirs = both(label_smoothing=0.1)
    with forbidden(*KERNELS, functions=["torch.nn.functional.cross_entropy"]):
        mine(logits, numbers).backward()
        with pytest.raises(KernelUsedError):
            theirs(logits, numbers)


def test_constructor_state_copies():
    mine, theirs = both(weight=WEIGHT, label_smoothing=0.1, ignore_index=3)
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict()) == ["weight"]
    logits, numbers = logits_and_numbers((4, 5))
    for again in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine))):
        assert torch.equal(again(logits, numbers), mine(logits, numbers))


def test_bad_arguments_are_named():
    logits, numbers = logits_and_numbers((4, 5))
    with pytest.raises(ValueError, match="label_smoothing must be a probability"):
        CrossEntropyLoss(label_smoothing=1.5)(logits, numbers)
    with pytest.raises(ValueError, match="target must have the shape"):
        CrossEntropyLoss()(logits, numbers[:3])
    with pytest.raises(TypeError, match=r"floating-point, got torch\.int64"):
        CrossEntropyLoss()(logits, torch.ones(4, 5, dtype=torch.long))
    with pytest.raises(TypeError, match=r"whole numbers, got torch\.float64"):
        CrossEntropyLoss()(logits, numbers.double())
    with pytest.raises(RuntimeError, match="weight must have shape"):
        CrossEntropyLoss(weight=torch.ones(4))(logits, numbers)
    with pytest.raises((IndexError, RuntimeError), match="out of bounds"):
        CrossEntropyLoss()(logits, numbers + 5)
    with pytest.raises(ValueError, match="label_smoothing"):
        smooth_labels(numbers, 5, -0.1)
    with pytest.raises(ValueError, match="classes"):
        smoothed_gap(1, 0.1)
