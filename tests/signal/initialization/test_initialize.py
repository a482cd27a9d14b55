"""initialize_: every linear and convolutional layer, also those whose weight is calculated."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from deeptricks import normalization, signal


def test_initialize_reaches_every_linear_and_convolutional_layer_and_nothing_else():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False),
        nn.BatchNorm2d(4),
        nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)),
    )
    norm = model[1].weight.clone()
    seen = []

    def weight(tensor):
        seen.append(tuple(tensor.shape))
        return signal.constant_(tensor, 0.5)

    assert signal.initialize_(model, weight) is model
    assert seen == [(4, 1, 3, 3), (3, 16)]
    assert (model[0].weight == 0.5).all()
    assert not model[2][2].bias.any()
    assert torch.equal(model[1].weight, norm)
    with pytest.raises(ValueError, match="model must have a linear or convolutional layer"):
        signal.initialize_(nn.ReLU(), weight)


def layers(wrap):
    """A model of three kinds of layers; the first and the last are wrapped."""
    torch.manual_seed(0)
    return nn.Sequential(
        wrap(nn.Conv2d(1, 4, 3)), nn.ReLU(), nn.ConvTranspose2d(4, 2, 2), nn.Flatten(),
        wrap(nn.Linear(18, 3)),
    )  # fmt: skip


NORMED = [
    normalization.weight_norm,
    parametrizations.weight_norm,
    lambda layer: normalization.weight_norm(layer, dim=None),
    lambda layer: parametrizations.weight_norm(normalization.weight_norm(layer, "bias"), "weight"),
]


@pytest.mark.parametrize("wrap", NORMED)
def test_a_weight_normed_layer_gets_the_weights_that_a_plain_one_gets(wrap):
    plain, normed = layers(lambda layer: layer), layers(wrap)
    for model in (plain, normed):
        torch.manual_seed(5)
        signal.initialize_(model, signal.kaiming_normal_, lambda b: signal.constant_(b, 0.25))
    for i in (0, 2, 4):
        for which in ("weight", "bias"):
            ours, theirs = getattr(normed[i], which), getattr(plain[i], which)
            torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)
    x = torch.randn(6, 1, 4, 4)
    torch.testing.assert_close(normed(x), plain(x))
    names = [name for name, _ in normed.named_parameters()]
    assert names == [name for name, _ in layers(wrap).named_parameters()]
    assert all(p.is_leaf and p.requires_grad for p in normed.parameters())


def test_other_parametrizations_get_what_they_can_hold():
    """Spectral normalization keeps the direction, an orthogonal one the orthogonal matrix."""
    g = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    spectral = parametrizations.spectral_norm(nn.Linear(4, 4), n_power_iterations=200)
    signal.initialize_(spectral, lambda w: w.copy_(g))
    torch.testing.assert_close(spectral.weight, g / torch.linalg.matrix_norm(g, 2))
    turned = torch.linalg.qr(g).Q
    orthogonal = parametrizations.orthogonal(nn.Linear(4, 4))
    signal.initialize_(orthogonal, lambda w: w.copy_(turned))
    torch.testing.assert_close(orthogonal.weight, turned)


class Doubled(nn.Module):
    """A parametrization without a way back."""

    def forward(self, weight):
        return 2 * weight


def one_way(layer):
    parametrize.register_parametrization(layer, "weight", Doubled())
    return layer


NO_WAY_BACK = [
    one_way,
    lambda layer: parametrizations.orthogonal(
        layer, orthogonal_map="cayley", use_trivialization=False
    ),
    nn.utils.weight_norm,  # a hook writes the weight before each call, from `weight_g`, `weight_v`
    nn.utils.spectral_norm,
    lambda layer: prune.random_unstructured(layer, "weight", 0.5),
]


@pytest.mark.parametrize("wrap", NO_WAY_BACK)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_weight_that_cannot_be_set_is_an_error_that_names_the_layer(wrap):
    model = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.ReLU(), wrap(nn.Linear(3, 3))))
    with pytest.raises(ValueError, match=r"the weight of layer '1\.1' must be"):
        signal.initialize_(model, signal.kaiming_normal_)


def test_an_error_of_the_initializer_stays_what_it_is():
    with pytest.raises(ValueError, match="mode must be"):
        signal.initialize_(
            normalization.weight_norm(nn.Linear(2, 2)),
            lambda w: signal.kaiming_normal_(w, mode="both"),
        )
