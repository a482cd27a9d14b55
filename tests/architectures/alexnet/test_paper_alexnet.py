"""The AlexNet of 2012: its table of layers, two towers written out by hand, its sizes."""

import pytest
import torch
from torch.nn import functional

from deeptricks.architectures import PaperAlexNet, layer_costs, multiply_adds, parameters

WEIGHTS = {  # section 3.5: kernels, their shape, and a bias for each kernel
    "features.0": 96 * 11 * 11 * 3 + 96,
    "features.4": 256 * 5 * 5 * 48 + 256,
    "features.8": 384 * 3 * 3 * 256 + 384,
    "features.10": 384 * 3 * 3 * 192 + 384,
    "features.12": 256 * 3 * 3 * 192 + 256,
    "classifier.0": 4096 * 9216 + 4096,
    "classifier.3": 4096 * 4096 + 4096,
    "classifier.6": 1000 * 4096 + 1000,
}
NEURONS = [
    55 * 55 * 96,
    186_624,
    64_896,
    64_896,
    43_264,
    4096,
    4096,
    1000,
]  # figure 2 but the first


def meta(**arguments):
    with torch.device("meta"):
        return PaperAlexNet(**arguments)


def test_counts():
    costs = {c.name: c for c in layer_costs(meta(), (3, 227, 227)) if c.parameters}
    assert {name: c.parameters for name, c in costs.items()} == WEIGHTS
    assert [torch.Size(c.output_shape).numel() for c in costs.values()] == NEURONS
    assert parameters(meta()) == sum(WEIGHTS.values()) == 60_965_224
    assert multiply_adds(meta(), (3, 227, 227)) == 724_406_816


def test_one_gpu_sees_twice_as_much_in_three_layers():
    more = 256 * 25 * 48 + 384 * 9 * 192 + 256 * 9 * 192
    assert parameters(meta(groups=1)) == 60_965_224 + more == 62_378_344


def normalized(a):
    """Section 3.3 with n = 5, channel by channel."""
    squares = functional.pad(a**2, (0, 0, 0, 0, 2, 2))
    total = torch.stack([squares[:, i : i + 5].sum(1) for i in range(a.shape[1])], 1)
    return a / (2 + 1e-4 * total) ** 0.75


def by_hand(w, images):
    """Two towers, each with its half of the channels; they meet at conv3 and at fc6."""

    def convolve(x, name, half, **where):
        weight, bias = (w[f"{name}.{part}"].chunk(2)[half] for part in ("weight", "bias"))
        return functional.conv2d(x, weight, bias, **where).relu()

    def together(towers):
        return torch.cat(towers, 1)

    x = together([convolve(images, "features.0", half, stride=4) for half in (0, 1)])
    x = functional.max_pool2d(normalized(x), 3, 2).chunk(2, 1)
    x = together([convolve(x[half], "features.4", half, padding=2) for half in (0, 1)])
    x = functional.max_pool2d(normalized(x), 3, 2)
    towers = [convolve(x, "features.8", half, padding=1) for half in (0, 1)]
    for name in ("features.10", "features.12"):
        towers = [convolve(towers[half], name, half, padding=1) for half in (0, 1)]
    x = functional.max_pool2d(together(towers), 3, 2).flatten(1)
    for name in ("classifier.0", "classifier.3"):
        x = functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"]).relu()
    return functional.linear(x, w["classifier.6.weight"], w["classifier.6.bias"])


def test_two_towers_written_out():
    torch.manual_seed(0)
    network = PaperAlexNet(num_classes=5).eval()
    images = 100 * torch.randn(2, 3, 227, 227)  # strong enough for the normalization to bite
    expected = by_hand(network.state_dict(), images)
    torch.testing.assert_close(
        network(images), expected, rtol=1e-4, atol=1e-4 * expected.abs().max()
    )
    network.features[2].alpha = 1e-4
    assert ((network(images) - expected).abs() > 0.01 * expected.abs()).any()


def test_dropout_stands_behind_fc6_and_fc7():
    kinds = [type(module).__name__ for module in meta().classifier]
    assert kinds == ["Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    assert [meta(dropout=0.3).classifier[i].p for i in (2, 5)] == [0.3, 0.3]


def test_images_of_another_size_are_refused():
    network = meta(num_classes=2)
    with torch.device("meta"):
        for side in (227, 258):
            assert network(torch.zeros(1, 3, side, side)).shape == (1, 2)
        for shape in [(1, 3, 224, 224), (1, 3, 226, 227), (1, 3, 227, 259), (3, 227, 227)]:
            with pytest.raises(ValueError, match="sides of 227 to 258 pixels") as error:
                network(torch.zeros(shape))
            assert str(shape) in str(error.value)


@pytest.mark.parametrize("groups", [0, 3, 4, "2"])
def test_bad_groups_are_named(groups):
    with pytest.raises(ValueError, match=f"groups must be 1 or 2, got {groups!r}"):
        PaperAlexNet(groups=groups)


def test_a_bad_number_of_classes_is_named():
    with pytest.raises(ValueError, match="num_classes must be"):
        PaperAlexNet(num_classes=0)
