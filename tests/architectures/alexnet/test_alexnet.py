"""AlexNet in one tower: torchvision's network, and a forward pass written out by hand."""

import copy

import pytest
import torch
from torch.nn import functional

from deeptricks.architectures import AlexNet, layer_costs, multiply_adds, parameters
from tests.architectures.published import torchvision_models

PARAMETERS = {
    "features.0": 23_296,
    "features.3": 307_392,
    "features.6": 663_936,
    "features.8": 884_992,
    "features.10": 590_080,
    "classifier.1": 37_752_832,
    "classifier.4": 16_781_312,
    "classifier.6": 4_097_000,
}


@pytest.fixture(scope="module")
def pair():
    """Ours and torchvision's with the same random weights, seven classes."""
    theirs = torchvision_models().alexnet(num_classes=7)
    ours = AlexNet(num_classes=7)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def meta(**arguments):
    with torch.device("meta"):
        return AlexNet(**arguments)


def test_counts():
    costs = {c.name: c for c in layer_costs(meta(), (3, 224, 224))}
    assert {name: c.parameters for name, c in costs.items() if c.parameters} == PARAMETERS
    assert parameters(meta()) == sum(PARAMETERS.values()) == 61_100_840
    assert multiply_adds(meta(), (3, 224, 224)) == 714_188_480
    shapes = [costs[name].output_shape[-1] for name in PARAMETERS]
    assert shapes == [55, 27, 13, 13, 13, 4096, 4096, 1000]


def test_keys_and_shapes_are_the_published_ones_in_the_same_order():
    with torch.device("meta"):
        theirs = torchvision_models().alexnet()
    shapes = [(key, value.shape) for key, value in meta().state_dict().items()]
    assert shapes == [(key, value.shape) for key, value in theirs.state_dict().items()]
    theirs.load_state_dict(meta().state_dict())  # and back
    assert [key.rsplit(".", 1)[0] for key, _ in shapes[::2]] == list(PARAMETERS)


@pytest.mark.parametrize(("training", "sides"), [(True, (63, 90)), (False, (224, 224))])
def test_outputs_and_gradients_are_torchvisions(pair, training, sides):
    images, results = torch.randn(2, 3, *sides), []
    for network in pair:
        network.train(training).zero_grad()
        x = images.clone().requires_grad_()
        torch.manual_seed(5)  # the same units drop
        scores = network(x)
        scores.square().sum().backward()
        results.append([scores.detach(), x.grad, *(p.grad for p in network.parameters())])
    torch.testing.assert_close(results[0], results[1], rtol=0, atol=0)


def test_a_forward_pass_written_out(pair):
    network = copy.deepcopy(pair[0]).eval()
    w = network.state_dict()
    images = torch.randn(2, 3, 80, 80)

    def convolve(x, name, **where):
        return functional.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], **where).clamp(min=0)

    x = functional.max_pool2d(convolve(images, "features.0", stride=4, padding=2), 3, 2)
    x = functional.max_pool2d(convolve(x, "features.3", padding=2), 3, 2)
    x = convolve(x, "features.6", padding=1)
    x = convolve(x, "features.8", padding=1)
    x = functional.max_pool2d(convolve(x, "features.10", padding=1), 3, 2)
    assert x.shape == (2, 256, 1, 1)
    x = x.expand(2, 256, 6, 6).reshape(2, 9216)  # the mean over one pixel, 36 times
    for name in ("classifier.1", "classifier.4"):
        x = (x @ w[f"{name}.weight"].T + w[f"{name}.bias"]).clamp(min=0)
    x = x @ w["classifier.6.weight"].T + w["classifier.6.bias"]
    torch.testing.assert_close(network(images), x, rtol=1e-4, atol=1e-5)


def test_dropout_stands_in_front_of_fc6_and_fc7_and_has_the_probability_given():
    kinds = [type(module).__name__ for module in meta().classifier]
    assert kinds == ["Dropout", "Linear", "ReLU", "Dropout", "Linear", "ReLU", "Linear"]
    assert [meta(dropout=0.3).classifier[i].p for i in (0, 3)] == [0.3, 0.3]
    assert [meta().classifier[i].p for i in (0, 3)] == [0.5, 0.5]


def test_images_too_small_are_refused_and_the_smallest_is_not():
    network = meta(num_classes=2)
    with torch.device("meta"):
        assert network(torch.zeros(1, 3, 63, 200)).shape == (1, 2)
        for shape in [(1, 3, 62, 200), (1, 3, 200, 62), (3, 224, 224), (1, 1, 224, 224)]:
            with pytest.raises(
                ValueError, match=r"x must be images .* at least 63 pixels"
            ) as error:
                network(torch.zeros(shape))
            assert str(shape) in str(error.value)


@pytest.mark.parametrize("num_classes", [0, -1, 2.5, "10"])
def test_a_bad_number_of_classes_is_named(num_classes):
    with pytest.raises(ValueError, match=f"num_classes must be .* got {num_classes!r}"):
        AlexNet(num_classes)


def test_a_bad_probability_is_named():
    with pytest.raises(ValueError, match="dropout probability"), torch.device("meta"):
        AlexNet(dropout=1.5)
