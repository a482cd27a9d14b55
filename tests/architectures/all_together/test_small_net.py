"""The capstone's network against its layers written out by hand, and what may be put into it."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, gelu, pad

from deeptricks.architectures import SmallNet, WhiteningConv2d, multiply_adds, parameters
from deeptricks.normalization import BatchNorm2d
from deeptricks.regularization import Dropout
from deeptricks.signal import GELU


def images(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def by_hand(state, x, stages, pool):
    """Convolve, halve, norm, GELU; convolve, norm, GELU: with functions of torch alone."""

    def normed(x, name):
        mean, variance = x.mean((0, 2, 3), True), x.var((0, 2, 3), unbiased=False, keepdim=True)
        scale, shift = (state[f"{name}.{part}"].view(1, -1, 1, 1) for part in ("weight", "bias"))
        return gelu((x - mean) / (variance + 1e-5).sqrt() * scale + shift)

    if "whitening.weight" in state:
        x = conv2d(x, state["whitening.weight"])
    for i in range(stages):
        x = conv2d(x, state[f"stages.{i}.0.weight"], padding=1)
        odd = pad(x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2), value=-torch.inf)
        x = normed(odd.unfold(2, 2, 2).unfold(3, 2, 2).amax((-1, -2)), f"stages.{i}.2")
        x = normed(conv2d(x, state[f"stages.{i}.4.weight"], padding=1), f"stages.{i}.5")
    flat = x.flatten(2)
    x = flat.max(2).values if pool == "max" else flat.mean(2)
    return x @ state["fc.weight"].T + state["fc.bias"]


@pytest.mark.parametrize("pool", ["max", "mean"])
@pytest.mark.parametrize("whitened", [True, False])
@pytest.mark.parametrize(("size", "widths"), [(8, (4, 6, 5)), (28, (3, 4, 5)), (13, (4, 6))])
def test_forward_and_gradients_are_those_of_the_layers(pool, whitened, size, widths):
    x = images(6, 1, size, size)
    whitening = WhiteningConv2d(x) if whitened else None
    net = SmallNet(widths, pool=pool, whitening=whitening).double()
    for p in net.parameters():  # norms begin as 1 and 0, which would hide a mistake
        nn.init.normal_(p, std=0.5)
    logits = net(x)
    state = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    expected = by_hand(state, x, len(widths), pool)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-9)
    ours, theirs = (
        torch.autograd.grad(out.square().sum(), list(net.parameters()))
        for out in (logits, expected)
    )
    torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-7)


def test_shapes_of_the_table():
    for size, whitened, sides in [(28, True, [14, 7, 4]), (8, False, [4, 2, 1])]:
        x = images(2, 1, size, size).float()
        net = SmallNet(whitening=WhiteningConv2d(x) if whitened else None)
        y, seen = net.whitening(x), []
        for stage in net.stages:
            y = stage(y)
            seen.append(y.shape[1:])
        assert seen == [(c, side, side) for c, side in zip((32, 64, 128), sides, strict=True)]
        assert net(x).shape == (2, 10)


def test_counts():
    """By hand: 3 · 3 · in · out for each convolution, two numbers a channel for each norm."""
    weights = 9 * (4 * 32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
    norms, head = 2 * 2 * (32 + 64 + 128), 128 * 10 + 10
    with torch.device("meta"):
        net = SmallNet(in_channels=4)
    assert parameters(net) == weights + norms + head == 289_034
    convolutions = (4 * 32 * 27**2, 32 * 32 * 14**2, 32 * 64 * 14**2, 64 * 64 * 7**2,
                    64 * 128 * 7**2, 128 * 128 * 4**2)  # fmt: skip
    assert multiply_adds(net, (4, 27, 27)) == 9 * sum(convolutions) + 1280


def test_a_bias_only_where_there_is_no_norm():
    assert not any("0.bias" in n or "4.bias" in n for n, _ in SmallNet().named_parameters())
    plain = SmallNet(norm=None)
    assert sum(isinstance(m, nn.Conv2d) and m.bias is not None for m in plain.modules()) == 6
    assert not any(isinstance(m, nn.BatchNorm2d) for m in plain.modules())
    assert plain(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_the_book_s_own_parts_fit_in():
    net = SmallNet((4, 4), norm=BatchNorm2d, activation=GELU, dropout=lambda: Dropout(0.5))
    kinds = [type(m) for m in net.modules()]
    assert kinds.count(BatchNorm2d) == kinds.count(GELU) == 4
    torch.manual_seed(0)
    x = images(3, 1, 8, 8).float()
    net.eval()
    assert (net(x) == net(x)).all()
    net.train()
    assert (net(x) != net(x)).any()  # dropout, the only thing that draws


def test_each_stage_has_modules_of_its_own():
    net = SmallNet((4, 4), norm=nn.BatchNorm2d, activation=nn.PReLU)
    assert sum(isinstance(m, nn.PReLU) for m in net.modules()) == 4


@pytest.mark.parametrize(("stages", "least"), [(1, 2), (2, 3), (3, 5), (4, 9)])
def test_the_smallest_image(stages, least):
    net = SmallNet((3,) * stages)
    assert net(torch.rand(2, 1, least, least + 1)).shape == (2, 10)
    message = f"reach the {stages} stages .* at least {least} pixels a side"
    with pytest.raises(ValueError, match=message):
        net(torch.rand(2, 1, least + 1, least - 1))
    with pytest.raises(ValueError, match=message):
        net(torch.rand(1, least, least))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": ()}, r"widths must be .* got \(\)"),
        ({"widths": (4, 0)}, r"widths must be .* got \(4, 0\)"),
        ({"widths": (4.0,)}, r"widths must be .* got \(4.0,\)"),
        ({"num_classes": 0}, "num_classes must be .* got 0"),
        ({"in_channels": 1.5}, "in_channels must be .* got 1.5"),
        ({"pool": "avg"}, "pool must be 'max' or 'mean', got 'avg'"),
        ({"in_channels": 3, "whitening": WhiteningConv2d(torch.rand(2, 1, 5, 5))},
         "whitening must take the images' in_channels=3, got one for 1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        SmallNet(**arguments)
