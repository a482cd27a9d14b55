"""Alpha dropout: the framework's numbers and masks; mean 0 and variance 1 stay."""

import copy
import pickle

import pytest
import torch
from torch import nn

from deeptricks.regularization import AlphaDropout, FeatureAlphaDropout
from deeptricks.regularization.dropout.alpha_dropout import FLOOR, affine_correction
from tests.forbidden import KernelUsedError, forbidden

PAIRS = [(AlphaDropout, nn.AlphaDropout), (FeatureAlphaDropout, nn.FeatureAlphaDropout)]
KERNELS = ("alpha_dropout", "alpha_dropout_", "feature_alpha_dropout", "feature_alpha_dropout_")
FUNCTIONS = (
    "torch.nn.functional.alpha_dropout", "torch.nn.functional.feature_alpha_dropout",
    "torch._VF.alpha_dropout", "torch._VF.feature_alpha_dropout",
)  # fmt: skip
INPUTS = {
    "rows": lambda: torch.randn(5, 7, dtype=torch.float64),
    "images": lambda: torch.randn(2, 6, 3, 4, dtype=torch.float64),
    "empty": lambda: torch.randn(0, 3, dtype=torch.float64),
    "channels last": lambda: torch.randn(2, 5, 4, 3, dtype=torch.float64).permute(0, 3, 1, 2),
}


def results(layer, x):
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    torch.manual_seed(0)
    y = layer(x)
    return y.detach(), torch.autograd.grad(y.sum(), x)[0], torch.rand(2)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("p", [0, 0.1, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("training", [True, False])
def test_same_seed_same_outputs_and_gradients(ours, theirs, name, p, training):
    x = INPUTS[name]()
    a, b = results(ours(p).train(training), x), results(theirs(p).train(training), x)
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_half_precision_and_drop_in(ours, theirs):
    x = torch.randn(4, 6).half()
    torch.testing.assert_close(results(ours(0.3), x), results(theirs(0.3), x), rtol=0, atol=4e-3)
    assert isinstance(ours(), theirs)
    assert repr(ours(0.2, True)) == repr(theirs(0.2, True))
    with pytest.raises(ValueError, match="dropout probability"):
        ours(1.2)
    with pytest.raises(TypeError, match="generator"):
        ours(generator="cpu")
    x = torch.randn(3, 3)
    assert ours(0.5).eval()(x) is x
    seeded = ours(0.5, generator=torch.Generator().manual_seed(1))
    for again in (copy.deepcopy(seeded), pickle.loads(pickle.dumps(seeded))):
        assert torch.equal(again(x), copy.deepcopy(seeded)(x))


def test_floor_is_selus():
    lowest = nn.SELU()(torch.tensor(-1e9, dtype=torch.float64)).item()
    assert abs(lowest - FLOOR) < 1e-7
    y = AlphaDropout(0.4)(torch.full((500,), 9.0, dtype=torch.float64))
    a, b = affine_correction(0.4)
    assert len(y.unique()) == 2
    assert abs(y.min() - (a * FLOOR + b)) < 1e-12


@pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.9])
def test_mean_and_variance_stay_exactly(p):
    """In expectation over the mask, for any input of mean 0 and variance 1, say ±1."""
    a, b = affine_correction(p)
    values = torch.tensor([a + b, -a + b, a * FLOOR + b], dtype=torch.float64)
    weights = torch.tensor([(1 - p) / 2, (1 - p) / 2, p], dtype=torch.float64)
    mean = (weights * values).sum()
    assert abs(mean) < 1e-12
    assert abs((weights * values**2).sum() - mean**2 - 1) < 1e-12


@pytest.mark.parametrize("kind", [AlphaDropout, FeatureAlphaDropout])
def test_they_stay_in_samples(kind):
    y = kind(0.3)(torch.randn(300, 400, 2))
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.03


def test_masks_by_entry_and_by_channel():
    a, b = affine_correction(0.5)
    image = torch.full((8, 9, 4, 4), 3.0, dtype=torch.float64)
    dropped = FeatureAlphaDropout(0.5)(image) < 0
    assert (dropped == dropped[..., :1, :1]).all()
    assert not torch.equal(dropped[0], dropped[1])
    by_entry = AlphaDropout(0.5)(image) < 0
    assert not (by_entry == by_entry[..., :1, :1]).all()
    assert a * FLOOR + b < 0


def test_features_need_two_dimensions():
    for kind in (FeatureAlphaDropout, nn.FeatureAlphaDropout):
        with pytest.raises(RuntimeError, match="2 dimensions"):
            kind(0.5)(torch.ones(3))


def test_gradcheck_and_stacking():
    layer = AlphaDropout(0.4)

    def fixed(x):
        torch.manual_seed(3)
        return layer(x)

    assert torch.autograd.gradcheck(fixed, torch.randn(3, 4, dtype=torch.float64).requires_grad_())
    for kind in (AlphaDropout, FeatureAlphaDropout):
        drop = kind(0.5)
        y = torch.func.vmap(lambda w, d=drop: d(torch.ones(4, 9)) * w, randomness="different")(
            torch.ones(3)
        )
        assert len(y.flatten(1).unique(dim=0)) == 3


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_ours_calculates_and_a_fall_back_is_seen(ours, theirs):
    x = torch.ones(3, 4, requires_grad=True)
    with forbidden(*KERNELS, functions=FUNCTIONS):
        ours(0.5)(x).sum().backward()
        with pytest.raises(KernelUsedError):
            theirs(0.5)(x)
