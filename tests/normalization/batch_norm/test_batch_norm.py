"""BatchNorm1d, 2d, 3d: equal to torch's, forward and backward, and right where input is awkward."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from deeptricks.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, fast, normalize

F64, F32, F16, BF16 = torch.float64, torch.float32, torch.float16, torch.bfloat16
OURS = {1: BatchNorm1d, 2: BatchNorm2d, 3: BatchNorm3d}
THEIRS = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
quick = settings(max_examples=60, deadline=None, derandomize=True)
# Relative to numbers of order 1: rounding of the type of the output.
CLOSE = {F64: 1e-10, F32: 2e-4, F16: 1e-2, BF16: 8e-2}
options = st.fixed_dictionaries(
    {
        "eps": st.sampled_from([1e-5, 1e-3, 0.5]),
        "momentum": st.sampled_from([0.1, 0.0, 1.0, 0.7, None]),
        "affine": st.booleans(),
        "track_running_stats": st.booleans(),
        "bias": st.booleans(),
    }
)
shapes = st.one_of(
    st.tuples(st.just(1), st.tuples(st.integers(0, 6), st.integers(1, 4))),
    st.tuples(st.just(1), st.tuples(*[st.integers(1, 4)] * 3)),
    st.tuples(st.just(2), st.tuples(*[st.integers(1, 4)] * 4)),
    st.tuples(st.just(3), st.tuples(*[st.integers(1, 3)] * 5)),
).filter(lambda s: s[1][0] * torch.Size(s[1][2:]).numel() != 1)


def twins(dimensions, channels, *, dtype=F64, seed=0, **options):
    """Our layer and theirs with the same random parameters and running statistics."""
    ours, theirs = (kind[dimensions](channels, dtype=dtype, **options) for kind in (OURS, THEIRS))
    draws = torch.Generator().manual_seed(seed)
    state = theirs.state_dict()
    for name, values in state.items():
        if values.is_floating_point():
            state[name] = torch.rand(values.shape, generator=draws).to(dtype) + 0.5
    ours.load_state_dict(state)
    theirs.load_state_dict(state)
    return ours, theirs


def normal(shape, dtype=F64, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64).to(dtype)


def assert_same(ours, theirs, x, tolerance):
    """Outputs, gradients and buffers of both layers for x, over three steps."""
    for step in range(3):
        inputs, outputs = [], []
        for layer in (ours, theirs):
            layer.zero_grad()
            inputs.append(x.clone(memory_format=torch.preserve_format).requires_grad_())
            outputs.append(layer(inputs[-1] + step))
            outputs[-1].backward(normal(x.shape, x.dtype, seed=2))
        pairs = [outputs, [i.grad for i in inputs]]
        ours_own, theirs_own = (dict(m.named_parameters()) for m in (ours, theirs))
        assert ours_own.keys() == theirs_own.keys()
        pairs += [(ours_own[n].grad, theirs_own[n].grad) for n in ours_own]
        assert list(ours.state_dict()) == list(theirs.state_dict())
        pairs += zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True)
        for a, b in pairs:
            torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


@quick
@given(shapes, options, st.booleans())
def test_equals_torch_in_double_precision(shape, options, training):
    dimensions, shape = shape
    ours, theirs = twins(dimensions, shape[1], **options)
    x = 3 * normal(shape) + 1
    assert_same(ours.train(training), theirs.train(training), x, CLOSE[F64])


@quick
@given(
    st.sampled_from([(F32, F32), (F16, F16), (F16, F32), (BF16, BF16), (BF16, F32)]),
    options,
    st.booleans(),
)
def test_equals_torch_in_single_and_half_precision(dtypes, options, training):
    x_dtype, dtype = dtypes
    ours, theirs = twins(2, 3, dtype=dtype, **options)
    x = normal((6, 3, 4, 2), x_dtype)
    assert_same(ours.train(training), theirs.train(training), x, CLOSE[x_dtype])


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(9, 5, 101, 101), (300, 3, 8, 8), (2, 5, 160, 161)])
def test_large_batches(shape, training):
    ours, theirs = twins(2, shape[1])
    assert_same(ours.train(training), theirs.train(training), normal(shape) + 5, 1e-9)


@pytest.mark.parametrize("layout", ["strided", "transposed", "channels_last"])
def test_layout_of_the_input_does_not_matter(layout):
    x = normal((4, 6, 6, 5))
    if layout == "strided":
        x = x[::2, :, ::3]
    elif layout == "transposed":
        x = x.transpose(0, 2)
    else:
        x = x.contiguous(memory_format=torch.channels_last)
    assert_same(*twins(2, 6), x, CLOSE[F64])
    if layout != "transposed":  # which ours keeps, and the framework's puts in order
        y = BatchNorm2d(6, dtype=F64)(x)
        assert y.stride() == nn.BatchNorm2d(6, dtype=F64)(x).stride()
    expanded = torch.ones((), dtype=F64).expand(x.shape)  # the gradient of y.sum()
    x.requires_grad_()
    ours, theirs = twins(2, 6)
    a, b = (torch.autograd.grad(m(x), x, expanded)[0] for m in (ours, theirs))
    torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(0, 3, 2, 2), (2, 3, 0, 2)])
@pytest.mark.parametrize("training", [True, False])
def test_empty_batch_changes_nothing_but_the_count(shape, training):
    ours, theirs = twins(2, 3)
    assert_same(ours.train(training), theirs.train(training), normal(shape), 0)


def test_channel_without_variance_becomes_the_shift():
    x = normal((5, 3, 2, 2))
    x[:, 1] = 1e4 / 3
    ours, theirs = twins(2, 3)
    y = copy.deepcopy(ours)(x)
    torch.testing.assert_close(y[:, 1], ours.bias[1].expand(5, 2, 2), rtol=0, atol=1e-6)
    assert_same(ours, theirs, x, 1e-6)  # rounding of x, divided by the root of eps


@pytest.mark.parametrize("shape", [(64, 2), (8, 2, 30)])
@pytest.mark.parametrize("power", [6, 12])
def test_small_variation_far_from_zero_is_not_lost(shape, power):
    x = (2**power + normal(shape)).to(F32)
    gradient = normal(shape, F32, seed=2)
    found = []
    for layer, x_ in ((BatchNorm1d(2), x), (nn.BatchNorm1d(2, dtype=F64), x.double())):
        x_.requires_grad_()
        y = layer(x_)
        dx, of_weight = torch.autograd.grad(y, [x_, layer.weight], gradient.to(y.dtype))
        found.append([y, dx, of_weight / x[:, 0].numel()])  # a sum over that many, as their mean
    for ours, exact in zip(*found, strict=True):
        # Numbers around 2^12 are apart by 2^-11; their spread is 1.
        torch.testing.assert_close(ours.double(), exact, rtol=0, atol=2.0 ** (power - 23))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_gradients_of_gradients(training, bias):
    layer, _ = twins(1, 2, bias=bias)
    layer.train(training)
    names = [n for n, _ in layer.named_parameters()]
    x = normal((4, 2, 3)).requires_grad_()

    def call(x, *parameters):
        layer.reset_running_stats()  # each call is to find the same
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x,))

    inputs = (x, *layer.parameters())
    assert torch.autograd.gradcheck(call, inputs)
    assert torch.autograd.gradgradcheck(call, inputs)


LAYOUTS = {
    "rows": lambda: normal((7, 3)),
    "few sequences": lambda: normal((3, 3, 4)),
    "many sequences": lambda: normal((9, 3, 4)),
    "images": lambda: normal((5, 3, 4, 2)),
    "channels last": lambda: normal((5, 3, 4, 2)).contiguous(memory_format=torch.channels_last),
    "volumes, last": lambda: normal((2, 3, 2, 2, 2)).contiguous(
        memory_format=torch.channels_last_3d
    ),
    "far from zero": lambda: normal((5, 3, 4)) + 100,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("affine", [True, False])
def test_the_fast_passes_are_those_of_the_formula(layout, affine):
    x, shape = LAYOUTS[layout](), (1, 3) + (1,) * (LAYOUTS[layout]().dim() - 2)
    assert fast.pays(x)
    weight, bias = (normal(shape if affine else (), seed=s) for s in (3, 4))
    inputs = [t.clone().requires_grad_() for t in (x, weight, bias)]
    options, g = ((0, *range(2, x.dim())), 1e-3), normal(x.shape, seed=2)
    found = []
    for function in (fast.FastNormalize.apply, normalize.normalized):
        outputs = function(*inputs, *options)
        found.append([*outputs, *torch.autograd.grad(outputs[0], inputs, g)])
    for quick, formula in zip(*found, strict=True):
        torch.testing.assert_close(quick, formula, rtol=1e-11, atol=1e-11)
    assert found[0][0].stride() == found[1][0].stride()


def test_the_fast_passes_stay_out_of_what_they_cannot_do():
    x = normal((4, 3, 5))
    assert not fast.pays(x.mT)
    assert not fast.pays(x[:0])
    assert not fast.pays(x.to("meta"))
    inside = []
    torch.func.vmap(lambda row: inside.append(fast.pays(row)) or row)(x)
    torch.compile(lambda t: inside.append(fast.pays(t)) or t, backend="eager")(x)
    assert inside == [False, False]


@pytest.mark.parametrize("of", ["x", "weight", "bias"])
@pytest.mark.parametrize("training", [True, False])
def test_gradient_of_one_input_alone(of, training):
    x = normal((4, 3))
    ours, theirs = (m.train(training).requires_grad_(False) for m in twins(1, 3))
    found = []
    for layer in (ours, theirs):
        mine = x.clone()
        target = mine if of == "x" else getattr(layer, of)
        target.requires_grad_()
        found += torch.autograd.grad(layer(mine), target, normal((4, 3), seed=2))
    torch.testing.assert_close(*found, rtol=0, atol=1e-12)


def test_cumulative_average_weighs_batches_alike():
    layer = BatchNorm1d(2, momentum=None, dtype=F64)
    batches = [normal((n, 2), seed=n) for n in (3, 5, 8)]
    for batch in batches:
        layer(batch)
    for running, name in ((layer.running_mean, "mean"), (layer.running_var, "var")):
        average = sum(getattr(b, name)(0) for b in batches) / 3
        torch.testing.assert_close(running, average, rtol=0, atol=1e-12)


def test_state_dicts_of_both_fit_both():
    ours, theirs = BatchNorm2d(3), nn.BatchNorm2d(3)
    x = normal((4, 3, 2, 2), F32)
    ours(x)
    theirs.load_state_dict(ours.state_dict())
    theirs(x)
    ours.load_state_dict(theirs.state_dict())
    assert ours.num_batches_tracked == 2
    assert ours.state_dict()._metadata == theirs.state_dict()._metadata


@pytest.mark.parametrize("versioned", [True, False])
def test_state_dict_from_before_batches_were_counted(versioned):
    model = nn.Sequential(BatchNorm1d(2))
    model(normal((3, 2), F32))
    state = model.state_dict()
    del state["0.num_batches_tracked"]
    if versioned:
        with pytest.raises(
            RuntimeError, match="Missing key"
        ):  # the version says it has to be there
            model.load_state_dict(state)
        state._metadata["0"]["version"] = 1
    else:
        state = dict(state)  # without metadata, as written by hand or by old releases
    fresh = nn.Sequential(BatchNorm1d(2))
    fresh.load_state_dict(state)
    assert fresh[0].num_batches_tracked == 0
    assert torch.equal(fresh[0].running_mean, model[0].running_mean)


def test_copies_and_pickles():
    layer = BatchNorm1d(3, momentum=0.3)
    x = normal((5, 3), F32)
    layer(x)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert other.state_dict().keys() == layer.state_dict().keys()
        assert torch.equal(other.eval()(x), copy.deepcopy(layer).eval()(x))


@quick
@given(options)
def test_shows_and_resets_itself_as_torch_does(options):
    ours, theirs = twins(3, 4, **options)
    assert repr(ours) == repr(theirs)
    ours.reset_parameters()
    theirs.reset_parameters()
    for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_device_and_dtype_of_what_is_made():
    layer = BatchNorm2d(3, device="meta", dtype=F16)
    kinds = {name: (t.device.type, t.dtype) for name, t in layer.state_dict().items()}
    theirs = nn.BatchNorm2d(3, device="meta", dtype=F16).state_dict()
    assert kinds == {name: (t.device.type, t.dtype) for name, t in theirs.items()}


BAD = {
    "one value a channel": (1, {}, lambda: torch.ones(1, 3), "more than 1 value"),
    "the same in evaluation": (
        1, {"track_running_stats": False, "training": False}, lambda: torch.ones(1, 3), "more than",
    ),
    "dimensions, 1d": (1, {}, lambda: torch.ones(2, 3, 4, 5), "expected 2D or 3D input"),
    "dimensions, 2d": (2, {}, lambda: torch.ones(2, 3), "expected 4D input"),
    "dimensions, 3d": (3, {}, lambda: torch.ones(2, 3), "expected 5D input"),
    "channels": (1, {}, lambda: torch.ones(2, 4), r"must have 3 channels.*\(2, 4\)"),
    "channels, no affine": (1, {"affine": False}, lambda: torch.ones(2, 4), "must have 3 channels"),
    "integers": (1, {}, lambda: torch.ones(2, 3).long(), "floating-point type, got torch.int64"),
    "double in single": (1, {}, lambda: torch.ones(2, 3).double(), "mixed type"),
    "single in half": (1, {"dtype": F16}, lambda: torch.ones(2, 3), "mixed type"),
    "eps": (1, {"eps": 0.0}, lambda: torch.ones(2, 3), "eps must be positive"),
    "eps below 0": (1, {"eps": -1.0, "training": False}, lambda: torch.ones(2, 3), "eps must be"),
    "an array": (1, {}, lambda: torch.ones(2, 3).numpy(), "dim"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_as_torch_refuses_it(case):
    dimensions, options, x, message = BAD[case]
    options = dict(options)
    training = options.pop("training", True)
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        THEIRS[dimensions](3, **options).train(training)(x())
    layer = OURS[dimensions](3, **options).train(training)
    before = copy.deepcopy(layer.state_dict())
    with pytest.raises(theirs.type, match=message):
        layer(x())
    if case != "one value a channel":  # refused before anything is counted
        for a, b in zip(before.values(), layer.state_dict().values(), strict=True):
            assert torch.equal(a, b)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("dtype", [F64, F32])
def test_equals_torch_on_a_gpu(dtype):
    ours, theirs = (m.cuda() for m in twins(2, 3, dtype=dtype))
    draws = torch.Generator("cuda").manual_seed(0)
    x = torch.randn(8, 3, 5, 5, generator=draws, device="cuda", dtype=dtype).requires_grad_()
    results = []
    for layer in (ours, theirs):
        y = layer(x)
        results.append([y, *torch.autograd.grad(y.square().sum(), [x, *layer.parameters()])])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=CLOSE[dtype], atol=CLOSE[dtype])
