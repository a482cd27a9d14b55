"""Recorder: what it reads is what flowed, and the network does not notice."""

import math

import pytest
import torch
from torch import nn

from deeptricks.normalization import weight_norm
from deeptricks.signal import Recorder


@pytest.fixture
def x():
    return torch.randn(6, 3, 5, 5, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def net():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(36, 2)
    )


def by_layer(record):
    return {row["layer"]: row for row in record.rows()}


def assert_statistics(row, values, prefix=""):
    values = values.detach().double()
    assert row[f"{prefix}mean"] == pytest.approx(values.mean().item(), rel=1e-9, abs=1e-12)
    assert row[f"{prefix}std"] == pytest.approx(values.std(correction=0).item(), rel=1e-9)
    assert row[f"{prefix}rms"] == pytest.approx(values.square().mean().sqrt().item(), rel=1e-9)


def test_statistics_of_outputs_and_gradients(x):
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 4, 3), nn.Linear(36, 2)
    hidden = first(x)
    output = second(torch.tanh(hidden).flatten(1))
    gradients = torch.autograd.grad(output.square().sum(), [hidden, output])
    with Recorder(nn.ModuleList([first, second])) as record:
        second(torch.tanh(first(x)).flatten(1)).square().sum().backward()
    rows = record.rows()
    assert [(row["layer"], row["kind"]) for row in rows] == [("0", "Conv2d"), ("1", "Linear")]
    for row, values, gradient in zip(rows, [hidden, output], gradients, strict=True):
        assert_statistics(row, values)
        assert_statistics(row, gradient, "gradient_")


def test_zeros_and_dead_units():
    x = torch.tensor([[-1.0, 2.0, -3.0], [-1.0, -2.0, 3.0]])
    with Recorder(nn.ReLU()) as record:
        record.model(x)
    (row,) = record.rows()
    assert row["layer"] == "ReLU"
    assert row["zeros"] == pytest.approx(4 / 6)
    assert row["dead"] == pytest.approx(1 / 3)


def test_dead_channels_are_along_dimension_1():
    maps = torch.zeros(2, 4, 3, 3)
    maps[1, 2, 0, 0] = 1.0  # alive for one sample in one place
    with Recorder(nn.ReLU()) as record:
        record.model(maps)
    assert record.rows()[0]["dead"] == 0.75


def test_overwritten_in_place_the_value_before_is_recorded(x):
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 4, 3)
    before = conv(x)
    after = torch.relu(before)
    (at_before,) = torch.autograd.grad(after.square().sum(), before)
    (at_after,) = torch.autograd.grad(after.square().sum(), after)
    with Recorder(nn.Sequential(conv, nn.ReLU(inplace=True)), keep=True) as record:
        record.model(x).square().sum().backward()
    first, second = record.rows()
    assert_statistics(first, before)
    assert_statistics(second, after)
    assert_statistics(first, at_before, "gradient_")
    assert_statistics(second, at_after, "gradient_")
    torch.testing.assert_close(record.outputs["0"], before)
    torch.testing.assert_close(record.gradients["0"], at_before)


def test_overwritten_view_inside_a_linear_layer():
    torch.manual_seed(0)
    linear, x = nn.Linear(3, 4), torch.randn(2, 5, 3)  # returns a view of a matrix (10, 4)
    before = linear(x)
    (expected,) = torch.autograd.grad(torch.relu(before).square().sum(), before)
    with Recorder(nn.Sequential(linear, nn.ReLU(inplace=True)), keep=True) as record:
        record.model(x).square().sum().backward()
    torch.testing.assert_close(record.gradients["0"], expected)


def test_overwritten_view_of_the_input_has_no_gradient_rather_than_a_wrong_one(x):
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.ReLU(inplace=True))
    with Recorder(layers) as record:
        layers(x).sum().backward()
    rows = by_layer(record)
    assert math.isnan(rows["1"]["gradient_rms"])
    assert rows["0"]["gradient_rms"] > 0


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_first_tensor_of_a_tuple(kind):
    torch.manual_seed(0)
    layer, x = kind(3, 4), torch.randn(7, 2, 3)
    with Recorder(layer, keep=True) as record:
        output = layer(x)[0]
        output.square().sum().backward()
    (row,) = record.rows()
    assert_statistics(row, output)
    torch.testing.assert_close(record.gradients[kind.__name__], 2 * output.detach())


class Named(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, x):
        return self.output(x)


@pytest.mark.parametrize("output", [lambda x: {"n": 3, "y": 2 * x}, lambda x: [None, (2 * x,)]])
def test_first_tensor_inside_dictionaries_and_lists(output, x):
    with Recorder(Named(output)) as record:
        record.model(x)
    assert_statistics(record.rows()[0], 2 * x)


@pytest.mark.parametrize("output", [lambda x: None, lambda x: "text", lambda x: x.to(torch.cfloat)])
def test_what_returns_no_real_tensor_is_left_out(output, x):
    with Recorder(Named(output)) as record:
        record.model(x)
    assert record.rows() == []


def test_second_call_has_its_own_row():
    torch.manual_seed(0)
    cell, h = nn.RNNCell(2, 3), torch.zeros(4, 3)
    with Recorder(nn.ModuleDict({"cell": cell}), keep=True) as record:
        for _ in range(3):
            h = cell(torch.ones(4, 2), h)
        h.sum().backward()
    assert [row["layer"] for row in record.rows()] == ["cell", "cell#2", "cell#3"]
    jacobian = (1 - record.outputs["cell#3"] ** 2) @ cell.weight_hh
    torch.testing.assert_close(record.gradients["cell#2"], jacobian)


def test_neither_outputs_gradients_nor_random_numbers_change(net, x):
    net.append(nn.Dropout(0.5))

    def run():
        torch.manual_seed(7)
        inputs = x.clone().requires_grad_()
        net.zero_grad()
        net[1].reset_running_stats()
        output = net(inputs)
        output.square().sum().backward()
        grads = [parameter.grad for parameter in net.parameters()]
        return [output.detach(), inputs.grad, *grads, net[1].running_mean.clone(), torch.rand(3)]

    plain = run()
    with Recorder(net, keep=True):
        watched = run()
    for ours, theirs in zip(watched, plain, strict=True):
        assert torch.equal(ours, theirs)


def test_the_graph_is_the_same(net, x):
    def nodes(node, found):
        for parent, _ in node.next_functions if node else ():
            found.append(parent.name() if parent else None)
            nodes(parent, found)
        return found

    plain = nodes(net(x).grad_fn, [])
    with Recorder(net):
        assert nodes(net(x).grad_fn, []) == plain


def test_hooks_are_gone_afterwards_also_after_an_exception(net, x):
    record = Recorder(net)

    def fails():
        with record:
            losses.append(net(x).sum())
            raise ValueError("mine")

    losses = []
    with pytest.raises(ValueError, match="mine"):
        fails()
    assert not any(module._forward_hooks for module in net.modules())
    rows = len(record.rows())
    losses[0].backward()
    net(x)
    assert len(record.rows()) == rows == 5
    assert all(math.isnan(row["gradient_rms"]) for row in record.rows())


def test_without_gradients(net, x):
    net.eval()
    with torch.no_grad(), Recorder(net) as record:
        net(x)
    assert all(row["rms"] > 0 and math.isnan(row["gradient_rms"]) for row in record.rows())
    with torch.inference_mode(), Recorder(net) as record:
        net(x)
    assert len(record.rows()) == 5


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.int64])
def test_statistics_are_float64(dtype):
    values = torch.full((1000, 2), 300).to(dtype)  # its squares exceed what float16 holds
    values[0] = 0
    with Recorder(nn.Identity()) as record:
        record.model(values)
    assert_statistics(record.rows()[0], values)


def test_kinds_and_default(net, x):
    with Recorder(net, kinds=nn.ReLU) as record:
        net(x)
    assert [row["kind"] for row in record.rows()] == ["ReLU"]
    with Recorder(net, kinds=(nn.Sequential, nn.Linear)) as record:
        net(x)
    assert [row["layer"] for row in record.rows()] == ["4", "Sequential"]  # as they return
    with Recorder(nn.Sequential(net, nn.Tanh())) as record:
        record.model(x)
    assert [row["layer"] for row in record.rows()] == ["0.0", "0.1", "0.2", "0.3", "0.4", "1"]


WRAPS = [
    weight_norm,
    nn.utils.parametrizations.weight_norm,
    nn.utils.parametrizations.spectral_norm,
    lambda layer: weight_norm(weight_norm(layer), "bias"),
]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("kinds", [None, (nn.Conv2d, nn.Linear, nn.ReLU)])
def test_parametrized_layers_are_layers_and_their_parametrizations_are_none(wrap, kinds, x):
    torch.manual_seed(0)
    conv, linear = wrap(nn.Conv2d(3, 4, 5)), wrap(nn.Linear(4, 2))
    model = nn.Sequential(conv, nn.ReLU(), nn.Sequential(nn.Flatten(1), linear)).eval()
    outputs = []
    for module in (conv, linear):
        module.register_forward_hook(lambda module, args, output: outputs.append(output))
    with Recorder(model, kinds) as record:
        y = model(x)
        gradients = torch.autograd.grad(y.square().sum(), outputs)
    rows = by_layer(record)
    names = ["0", "1", "2.0", "2.1"] if kinds is None else ["0", "1", "2.1"]
    assert list(rows) == names
    assert [rows["0"]["kind"], rows["2.1"]["kind"]] == ["Conv2d", "Linear"]
    for name, output, gradient in zip(["0", "2.1"], outputs, gradients, strict=True):
        assert_statistics(rows[name], output)
        assert_statistics(rows[name], gradient, "gradient_")


def test_a_parametrized_model_alone_is_called_by_its_own_kind(x):
    with Recorder(weight_norm(nn.Conv2d(3, 4, 3))) as record:
        record.model(x)
    assert [(row["layer"], row["kind"]) for row in record.rows()] == [("Conv2d", "Conv2d")]


def test_used_again_it_starts_afresh(net, x):
    record = Recorder(net, keep=True)
    for _ in range(2):
        with record:
            net(x)
        assert [row["layer"] for row in record.rows()] == ["0", "1", "2", "3", "4"]
    with record, pytest.raises(RuntimeError, match="already recording"), record:
        pass


def test_rows_are_copies(net, x):
    with Recorder(net) as record:
        net(x)
    record.rows()[0]["rms"] = -1
    assert record.rows()[0]["rms"] > 0


@pytest.mark.parametrize("shape", [(), (4,), (0, 3), (1, 1)])
def test_odd_shapes(shape):
    with Recorder(nn.Identity()) as record:
        record.model(torch.ones(shape))
    (row,) = record.rows()
    assert math.isnan(row["mean"]) if 0 in shape else row["mean"] == 1 and row["dead"] == 0


def test_bad_arguments(net):
    with pytest.raises(TypeError, match=r"model must be a torch\.nn\.Module, got list"):
        Recorder([net])
    with pytest.raises(TypeError, match="kinds must be module classes"):
        Recorder(net, kinds=("Conv2d",))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(net, x):
    with Recorder(net) as record:
        net(x).sum().backward()
    on_cpu = by_layer(record)
    net.zero_grad()
    net.cuda()
    with Recorder(net) as record:
        net(x.cuda()).sum().backward()
    for name, row in by_layer(record).items():
        assert row["rms"] == pytest.approx(on_cpu[name]["rms"], rel=1e-4)
