"""VGG against torchvision's: names, shapes, layers, counts, and the forward pass by hand."""

import math

import pytest
import torch
from torch.nn.functional import conv2d, max_pool2d

from deeptricks.architectures import layer_costs, make_layers, multiply_adds, parameters, vgg
from deeptricks.architectures.googlenet import vgg as rooms
from tests.architectures.published import torchvision_models

COUNTS = {
    11: (132_863_336, 7_609_090_048),
    13: (133_047_848, 11_308_466_176),
    16: (138_357_544, 15_470_264_320),
    19: (143_667_240, 19_632_062_464),
}


def on_meta(build, **kwargs):
    with torch.device("meta"):
        return build(init_weights=False, **kwargs)


@pytest.mark.parametrize("norm", ["", "_bn"])
@pytest.mark.parametrize("depth", COUNTS)
def test_names_shapes_and_layers_of_torchvision(depth, norm):
    theirs = on_meta(getattr(torchvision_models(), f"vgg{depth}{norm}"))
    ours = on_meta(getattr(rooms, f"vgg{depth}{norm}"))
    shapes = [[(k, v.shape) for k, v in m.state_dict().items()] for m in (ours, theirs)]
    assert shapes[0] == shapes[1]
    layers = [[repr(m) for m in n.modules() if not [*m.children()]] for n in (ours, theirs)]
    assert [t.replace("output_size=7", "output_size=(7, 7)") for t in layers[0]] == layers[1]


@pytest.mark.parametrize("depth", COUNTS)
def test_counts(depth):
    """Multiply–adds from the paper's column: 9 × in × out for each place of each convolution."""
    model = on_meta(vgg, depth=depth)
    assert (parameters(model), multiply_adds(model, (3, 224, 224))) == COUNTS[depth]
    before, products = 3, 0
    for row, per_row in enumerate({11: "11222", 13: "22222", 16: "22333", 19: "22444"}[depth]):
        filters, side = min(64 * 2**row, 512), 224 // 2**row
        for _ in range(int(per_row)):
            products += 9 * before * filters * side**2
            before = filters
    products += 25088 * 4096 + 4096 * 4096 + 4096 * 1000
    assert products == COUNTS[depth][1]


def test_two_layers_hold_most_parameters_and_few_operations():
    costs = {c.name: c for c in layer_costs(on_meta(vgg, depth=16), (3, 224, 224))}
    first = costs["classifier.0"]
    assert first.parameters == 25088 * 4096 + 4096 == 102_764_544
    assert first.multiply_adds == 25088 * 4096
    total = sum(c.multiply_adds for c in costs.values())
    linear = sum(c.multiply_adds for n, c in costs.items() if n.startswith("classifier"))
    assert total == COUNTS[16][1]
    assert linear / total < 0.01


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("training", [True, False])
def test_features_equal_torchvision(norm, training):
    rows = [[4, 5], [6], [7]]
    flat = [4, 5, "M", 6, "M", 7, "M"]
    theirs = torchvision_models().vgg.make_layers(flat, norm).double().train(training)
    ours = make_layers(rows, norm).double().train(training)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    pair = [torch.randn(2, 3, 17, 9, dtype=torch.float64).requires_grad_()]
    pair.append(pair[0].detach().clone().requires_grad_())
    answers = [ours(pair[0]), theirs(pair[1])]
    for answer in answers:
        answer.square().sum().backward()
    torch.testing.assert_close(*answers, rtol=0, atol=1e-12)
    torch.testing.assert_close(pair[0].grad, pair[1].grad, rtol=0, atol=1e-12)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=0, atol=1e-12)
    for p, q in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(p, q, rtol=0, atol=1e-12)


def test_forward_by_hand():
    """Convolutions with a border of one pixel, ReLU, halvings, means over 7 × 7, classifier."""
    model = on_meta(vgg, depth=11, num_classes=2)
    model.features = make_layers([[4], [5, 6]])
    model.classifier = torch.nn.Flatten()
    model.eval()
    x = torch.randn(2, 3, 56, 56)
    w = [*model.features.parameters()]
    out = max_pool2d(conv2d(x, w[0], w[1], padding=1).clamp(min=0), 2)
    out = conv2d(out, w[2], w[3], padding=1).clamp(min=0)
    out = max_pool2d(conv2d(out, w[4], w[5], padding=1).clamp(min=0), 2)
    expected = out.unflatten(2, (7, 2)).unflatten(4, (7, 2)).mean((3, 5)).flatten(1)
    torch.testing.assert_close(model(x), expected)


def test_weights_as_they_start():
    torch.manual_seed(0)
    features = make_layers([[64, 128]])
    features.apply(rooms.start)
    conv = features[2]  # its fan-in is half of its fan-out
    deviation = math.sqrt(2 / (128 * 9))
    assert abs(conv.weight.std().item() / deviation - 1) < 0.02
    assert not conv.bias.any()
    layer = torch.nn.Linear(300, 400).apply(rooms.start)
    assert abs(layer.weight.std().item() / 0.01 - 1) < 0.02
    assert not layer.bias.any()
    other = make_layers([[64]], batch_norm=True)
    other.apply(rooms.start)
    assert (other[1].weight == 1).all()


def test_refuses():
    with pytest.raises(ValueError, match="depth must be one of 11, 13, 16, 19, got 12"):
        vgg(12)
    with pytest.raises(ValueError, match="num_classes must be"):
        on_meta(vgg, depth=11, num_classes=0)
    with pytest.raises(ValueError, match="dropout must be in"):
        on_meta(vgg, depth=11, dropout=2.0)
    with pytest.raises(ValueError, match="at least 32 × 32"):
        on_meta(vgg, depth=11)(torch.zeros(1, 3, 31, 40, device="meta"))
    with pytest.raises(ValueError, match="filters must be"):
        make_layers([[0]])
    assert on_meta(vgg, depth=11)(torch.zeros(0, 3, 32, 32, device="meta")).shape == (0, 1000)
