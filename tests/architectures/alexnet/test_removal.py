"""Layers removed: what goes, what is made to fit, what stays as it was; the lecture's counts."""

import copy

import pytest
import torch
from torch import nn

from deeptricks.architectures import (
    AlexNet,
    PaperAlexNet,
    multiply_adds,
    numbered_layers,
    parameters,
    remove_layers,
)

FC7, FC67, CONV34 = ["fc7"], ["fc6", "fc7"], ["conv3", "conv4"]
EIGHT = [*(f"conv{i}" for i in range(1, 6)), "fc6", "fc7", "fc8"]
DROPPED = {  # by pen: weights and biases that go, minus what the following layer gains
    "paper, one GPU": (
        lambda: PaperAlexNet(groups=1),
        {
            "fc7": 4096 * 4096 + 4096,
            "fc6 fc7": 9216 * 4096 + 4096 + 4096 * 4096 + 4096 - 1000 * (9216 - 4096),
            "conv3 conv4": 384 * 2304 + 384 + 384 * 3456 + 384 + 256 * 9 * (384 - 256),
            "conv3 conv4 fc6 fc7": 51_921_664,
        },
    ),
    "one tower": (
        AlexNet,
        {
            "fc7": 16_781_312,
            "fc6 fc7": 49_414_144,
            "conv3 conv4": 384 * 1728 + 384 + 256 * 3456 + 256 + 256 * 9 * (256 - 192),
            "conv3 conv4 fc6 fc7": 49_414_144 + 1_696_384,
        },
    ),
}


class Small(nn.Module):
    """The plan of AlexNet on 8 × 8 pixels; one dropout behind, none in front."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(4, 6, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1, groups=2, bias=False),
            nn.ReLU(),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(128, 16), nn.Tanh(), nn.Linear(16, 9), nn.ReLU(),
            nn.Dropout(), nn.Linear(9, 3, bias=False),
        )  # fmt: skip
        self.to(dtype)

    def forward(self, x):
        return self.classifier(self.features(x))


@pytest.mark.parametrize("form", DROPPED)
@pytest.mark.parametrize("layers", DROPPED["one tower"][1])
def test_the_lectures_removals_counted(form, layers):
    build, dropped = DROPPED[form]
    with torch.device("meta"):
        whole, cut = build(), remove_layers(build(), layers.split())
        side = 224 if form == "one tower" else 227
        assert cut(torch.zeros(1, 3, side, side)).shape == (1, 1000)
    assert parameters(whole) - parameters(cut) == dropped[layers]
    assert multiply_adds(cut, (3, side, side)) < multiply_adds(whole, (3, side, side))


@pytest.mark.parametrize("build", [AlexNet, PaperAlexNet])
def test_what_is_left_of_each_sequence(build):
    with torch.device("meta"):
        cut = remove_layers(build(), CONV34 + FC67)
    assert list(numbered_layers(cut)) == ["conv1", "conv2", "conv3", "fc4"]
    kinds = [type(module).__name__ for module in cut.features if not hasattr(module, "k")]
    assert kinds == ["Conv2d", "ReLU", "MaxPool2d"] * 3
    assert [type(module).__name__ for module in cut.classifier] == ["Linear"]


@pytest.mark.parametrize(
    ("build", "kinds"),
    [
        (AlexNet, ["Dropout", "Linear", "ReLU", "Linear"]),
        (PaperAlexNet, ["Linear", "ReLU", "Dropout", "Linear"]),
    ],
)
@pytest.mark.parametrize("layers", ["fc6", "fc7"])
def test_a_linear_layer_goes_with_its_activation_and_one_dropout(build, kinds, layers):
    with torch.device("meta"):
        cut = remove_layers(build(num_classes=4), layers)
    assert [type(module).__name__ for module in cut.classifier] == kinds
    assert cut.classifier[-1].out_features == 4


def test_eight_layers_have_the_papers_names():
    with torch.device("meta"):
        for network in (AlexNet(), PaperAlexNet()):
            assert list(numbered_layers(network)) == EIGHT
            assert numbered_layers(network)["fc7"].layer.in_features == 4096


def test_what_stays_keeps_its_names_and_weights_and_what_follows_is_new():
    torch.manual_seed(1)
    whole = Small()
    before = copy.deepcopy(whole.state_dict())
    cut = remove_layers(whole, ["conv2", "fc5"])
    assert cut is whole
    after = cut.state_dict()
    gone = {key for key in before if key.split(".weight")[0] in ("features.2", "classifier.3")}
    assert set(before) - set(after) == gone | {"classifier.3.bias"}
    assert list(after) == [key for key in before if key in after]  # in the same order
    for key in after:
        same = after[key].shape == before[key].shape
        assert same == (key not in ("features.5.weight", "classifier.6.weight"))
        assert not same or torch.equal(after[key], before[key])
    assert after["features.5.weight"].shape == (8, 2, 3, 3)  # four channels in two groups
    assert after["classifier.6.weight"].shape == (3, 16)
    assert cut(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
    kinds = [type(module).__name__ for module in cut.features]
    assert kinds == ["Conv2d", "ReLU", "MaxPool2d", "Conv2d", "ReLU"]  # the maximum stays


def test_new_layers_keep_precision_bias_padding_and_are_drawn():
    torch.manual_seed(2)
    cut = remove_layers(Small(torch.float64), ["conv2"])
    assert {p.dtype for p in cut.parameters()} == {torch.float64}
    new = cut.features[3]
    assert (new.bias, new.padding, new.groups) == (None, (1, 1), 2)
    bound = (2 * 9) ** -0.5  # the framework's draw, from the new number of inputs
    assert 0.8 * bound < new.weight.abs().max() <= bound


def test_nothing_removed_is_the_whole_network():
    whole = Small()
    before = copy.deepcopy(whole.state_dict())
    torch.testing.assert_close(dict(remove_layers(whole, []).state_dict()), dict(before))


@pytest.mark.parametrize("change", [{"stride": 2, "padding": 1}, {"padding": 0}])
def test_a_convolution_that_changes_the_sides_cannot_go(change):
    network = Small()
    network.features[2] = nn.Conv2d(4, 6, 3, **change)
    with pytest.raises(ValueError, match="layers must be among conv1, fc4, fc5; got conv2"):
        remove_layers(network, "conv2")


@pytest.mark.parametrize("layers", ["conv1", "conv5", "fc8", "fc9", "pool1"])
def test_what_cannot_go_is_named_and_nothing_has_gone(layers):
    with torch.device("meta"):
        network = AlexNet()
    with pytest.raises(ValueError, match="conv2, conv3, conv4, fc6, fc7; got " + layers):
        remove_layers(network, ["fc7", layers])
    assert parameters(network) == 61_100_840
