"""The computed first layer: what comes out is white, whatever went in, and nothing moves it."""

import pickle

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from deeptricks.architectures import WhiteningConv2d, whitening_filters
from deeptricks.optimization import SGD
from deeptricks.signal import initialize_, kaiming_normal_


@pytest.fixture
def images():
    """Smooth in both directions, three correlated channels, a mean far from 0."""
    noise = torch.randn(40, 3, 14, 14, generator=torch.Generator().manual_seed(0)).double()
    smooth = nn.functional.avg_pool2d(noise, 3, stride=1)
    mixed = torch.tensor([[1.0, 0.5, 0.2], [0.0, 1.0, 0.7], [0.0, 0.0, 0.4]]).double()
    return torch.einsum("ij,njhw->nihw", mixed, smooth) * 3 + 7


def output_covariance(outputs):
    """Of the channels, over all images and places."""
    return torch.cov(outputs.transpose(0, 1).flatten(1))


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
def test_outputs_are_white(images, kernel_size):
    outputs = WhiteningConv2d(images, kernel_size, eps=0.0)(images)
    identity = torch.eye(3 * kernel_size**2, dtype=torch.float64)
    torch.testing.assert_close(output_covariance(outputs), identity, rtol=0, atol=1e-9)


def test_variances_with_epsilon_are_those_of_the_formula(images):
    """λ/(λ + ε), with λ the singular values of centered patches cut out one by one."""
    eps = 0.3
    rows = [
        image[:, i : i + 2, j : j + 2].flatten() for image in images for i in range(11)
        for j in range(11)
    ]  # fmt: skip
    patches = torch.stack(rows)
    variances = torch.linalg.svdvals(patches - patches.mean(0)) ** 2 / (len(rows) - 1)
    found = output_covariance(WhiteningConv2d(images, 2, eps)(images))
    expected = torch.diag(variances / (variances + eps))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def test_a_filter_reads_the_patch_it_stands_on(images):
    layer = WhiteningConv2d(images, 2)
    outputs, patch = layer(images), images[5, :, 3:5, 8:10]
    torch.testing.assert_close(outputs[5, :, 3, 8], (layer.weight * patch).sum((1, 2, 3)))
    assert outputs.shape == (40, 12, 11, 11)


def test_nothing_is_lost(images):
    filters = whitening_filters(images).flatten(1)
    assert torch.linalg.matrix_rank(filters) == 12
    sizes = filters.norm(dim=1)
    assert (sizes.diff() > 0).all()  # what varies least is magnified most


def test_signs_do_not_depend_on_the_machine(images):
    filters = whitening_filters(images).flatten(1)
    assert (filters.amax(1) > -filters.amin(1)).all()


def test_it_is_frozen(images):
    """Through training with weight decay, through an initializer, and in the state on disk."""
    first = WhiteningConv2d(images.float())
    net = nn.Sequential(first, nn.Flatten(), nn.Linear(12 * 11 * 11, 2))
    before = first.weight.clone()
    assert not list(first.parameters())
    assert initialize_(net, kaiming_normal_) is net
    optimizer = SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        net(images.float()).square().mean().backward()
        optimizer.step()
    assert (first.weight == before).all()
    other = WhiteningConv2d(torch.rand(4, 3, 5, 5))
    other.load_state_dict(pickle.loads(pickle.dumps(first.state_dict())))
    assert (other.weight == before).all()


def test_the_gradient_passes_through_it(images):
    layer, x = WhiteningConv2d(images, 2), images[:2].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(layer(x).sum(), x)
    expected = conv2d(x, layer.weight)
    assert expected.shape == layer(x).shape
    torch.testing.assert_close(gradient[0, :, 5, 5], layer.weight.sum((0, 2, 3)))


def test_white_to_single_precision(images):
    layer = WhiteningConv2d(images.float(), 2, eps=0.0)
    assert layer.weight.dtype == torch.float32
    found = output_covariance(layer(images.float()).double())
    torch.testing.assert_close(found, torch.eye(12).double(), rtol=0, atol=1e-4)


def test_images_without_variance_come_out_finite():
    layer = WhiteningConv2d(torch.full((3, 1, 6, 6), 5.0))
    assert layer(torch.full((3, 1, 6, 6), 5.0)).isfinite().all()
    with pytest.raises(ValueError, match="eps must be above 0 where patches have a direction"):
        WhiteningConv2d(torch.full((3, 1, 6, 6), 5.0), eps=0.0)


def test_it_says_what_it_is(images):
    layer = WhiteningConv2d(images, 3, eps=0.5)
    assert (layer.in_channels, layer.out_channels, layer.kernel_size) == (3, 27, 3)
    assert repr(layer) == "WhiteningConv2d(3, 27, kernel_size=3, eps=0.5)"


@pytest.mark.parametrize(
    ("images", "arguments", "error", "message"),
    [
        (torch.zeros(2, 1, 5, 5, dtype=torch.uint8), {}, TypeError, "images .* got torch.uint8"),
        ([1.0], {}, TypeError, "images must be a floating-point tensor, got list"),
        (torch.rand(2, 5, 5), {}, ValueError, r"images must have the shape .* got \(2, 5, 5\)"),
        (torch.rand(0, 1, 5, 5), {}, ValueError, r"images must have the shape .* got \(0, "),
        (torch.rand(2, 1, 5, 4), {"kernel_size": 5}, ValueError, "kernel_size must be 1 … 4.*5"),
        (torch.rand(2, 1, 5, 5), {"kernel_size": 0}, ValueError, "kernel_size must be .* got 0"),
        (torch.rand(2, 1, 5, 5), {"kernel_size": 2.0}, ValueError, "kernel_size .* got 2.0"),
        (torch.rand(1, 1, 2, 2), {}, ValueError, "images must hold at least two patches"),
        (torch.rand(2, 1, 5, 5), {"eps": -1.0}, ValueError, "eps must be .* got -1.0"),
        (torch.rand(2, 1, 5, 5), {"eps": float("nan")}, ValueError, "eps must be .* got nan"),
        (torch.full((2, 1, 5, 5), float("nan")), {}, ValueError, "images must hold finite"),
    ],
)
def test_bad_input_is_named(images, arguments, error, message):
    with pytest.raises(error, match=message):
        WhiteningConv2d(images, **arguments)
