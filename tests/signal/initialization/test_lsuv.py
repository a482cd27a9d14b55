"""LSUV: unit variance wherever the model goes, nothing else changed."""

import copy

import pytest
import torch
from torch import nn

from deeptricks.normalization import weight_norm
from deeptricks.signal import lsuv_

ACTIVATIONS = [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.SELU, nn.Hardtanh, nn.Softplus, nn.Identity]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def linear_net(activation=nn.ReLU):
    layers = [layer for _ in range(6) for layer in (nn.Linear(20, 20), activation())]
    return nn.Sequential(*layers, nn.Linear(20, 5))


def conv_net(activation=nn.ReLU):
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1), activation(),
        nn.Conv2d(6, 6, 3, groups=2), activation(),
        nn.ConvTranspose2d(6, 4, 2, stride=2), activation(),
        nn.Flatten(), nn.Linear(4 * 12 * 12, 3),
    )  # fmt: skip


def variances(model, inputs):
    """Measured from outside, by hooks of our own."""
    found, hooks = {}, []
    for name, module in model.named_modules():
        if hasattr(module, "weight") and module.weight.dim() > 1:

            def look(module, args, output, name=name):
                found[name] = output.var(correction=0).item()

            hooks.append(module.register_forward_hook(look))
    with torch.no_grad():
        model(inputs)
    for hook in hooks:
        hook.remove()
    return found


def nets():
    for activation in ACTIVATIONS:
        yield linear_net(activation), 3 + 2 * torch.randn(64, 20)
        yield conv_net(activation), 0.1 * torch.randn(8, 2, 8, 8)


def test_every_layer_ends_at_unit_variance():
    for model, inputs in nets():
        assert lsuv_(model, inputs, tol=1e-4) is model
        for name, variance in variances(model, inputs).items():
            assert variance == pytest.approx(1, abs=2e-4), (name, model)


def test_weights_are_orthogonal_up_to_a_factor_and_biases_zero():
    model, inputs = linear_net(), torch.randn(64, 20)
    lsuv_(model, inputs)
    for layer in model[::2]:
        values = torch.linalg.svdvals(layer.weight)
        torch.testing.assert_close(values, values[:1].expand_as(values), rtol=1e-4, atol=0)
        assert not layer.bias.any()


def test_a_model_that_has_converged_is_left_exactly_as_it_is():
    for model, inputs in nets():
        lsuv_(model, inputs)
        before = copy.deepcopy(model.state_dict())
        lsuv_(model, inputs, orthogonal=False)
        assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_without_orthogonal_only_the_scale_changes():
    model, inputs = linear_net(), torch.randn(64, 20)
    before = copy.deepcopy(model)
    lsuv_(model, inputs, orthogonal=False, tol=1e-3)
    for layer, old in zip(model[::2], before[::2], strict=True):
        ratio = layer.weight / old.weight
        torch.testing.assert_close(ratio, ratio[:1, :1].expand_as(ratio))
        assert torch.equal(layer.bias, old.bias)
    assert all(abs(v - 1) < 2e-3 for v in variances(model, inputs).values())


@pytest.mark.parametrize("training", [True, False])
def test_mode_buffers_gradients_and_hooks_stay(training):
    model = nn.Sequential(
        nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3)
    ).train(training)
    model[1].eval() if training else None
    model[0].weight.requires_grad_(False)
    nn.functional.mse_loss(model(torch.randn(9, 6)), torch.zeros(9, 3)).backward()
    gradient = model[4].weight.grad.clone()
    modes = [m.training for m in model.modules()]
    buffers = [(name, b, b.clone()) for name, b in model.named_buffers()]
    identities = [id(p) for p in model.parameters()]
    lsuv_(model, torch.randn(32, 6), tol=0.3)
    assert [m.training for m in model.modules()] == modes
    for name, buffer, value in buffers:
        assert model.get_buffer(name) is buffer
        assert torch.equal(buffer, value)
    assert torch.equal(model[4].weight.grad, gradient)
    assert not model[0].weight.requires_grad
    assert model[4].weight.requires_grad
    assert [id(p) for p in model.parameters()] == identities
    assert not any(m._forward_hooks for m in model.modules())


def test_a_batch_norm_in_training_counts_no_batch():
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).train()
    inputs = 5 + torch.randn(32, 6)
    lsuv_(model, inputs)
    assert model[1].num_batches_tracked == 0
    assert not model[1].running_mean.any()
    assert all(abs(v - 1) < 0.02 for v in variances(model, inputs).values())


class Forked(nn.Module):
    """Two arguments, a layer that is called by keyword, one called twice, one never."""

    def __init__(self):
        super().__init__()
        self.one, self.twice, self.unused = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x, scale):
        return self.twice(self.twice(torch.relu(self.one(input=scale * x))))


def test_models_with_several_arguments_shared_and_unused_layers():
    model, inputs = Forked(), (torch.randn(128, 4), torch.tensor(7.0))
    unused = model.unused.weight.clone()
    lsuv_(model, inputs, orthogonal=False)
    assert torch.equal(model.unused.weight, unused)
    with torch.no_grad():
        first = model.one(7 * inputs[0])
        assert first.var(correction=0).item() == pytest.approx(1, abs=0.02)
        assert model.twice(torch.relu(first)).var(correction=0).item() == pytest.approx(1, abs=0.02)


def test_the_generator_decides_the_draws():
    a, b = linear_net(), linear_net()
    for model in (a, b):
        lsuv_(model, torch.ones(3, 20).cumsum(0), generator=torch.Generator().manual_seed(4))
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions(dtype):
    model = linear_net().to(dtype)
    inputs = torch.randn(256, 20).to(dtype)
    lsuv_(model, inputs, tol=0.05, orthogonal=dtype == torch.float64)
    assert all(abs(v - 1) < 0.1 for v in variances(model, inputs).values())
    assert {p.dtype for p in model.parameters()} == {dtype}


@pytest.mark.parametrize("wrap", [weight_norm, nn.utils.parametrizations.weight_norm])
@pytest.mark.parametrize("orthogonal", [True, False])
def test_layers_under_weight_normalization_are_scaled_as_plain_ones(wrap, orthogonal):
    plain = linear_net()
    normed, inputs = copy.deepcopy(plain), torch.randn(64, 20)
    for layer in normed[::2]:
        wrap(layer)
    for model in (plain, normed):
        torch.manual_seed(3)
        lsuv_(model, inputs, orthogonal=orthogonal)
    for ours, theirs in zip(normed[::2], plain[::2], strict=True):
        torch.testing.assert_close(ours.weight, theirs.weight, rtol=1e-4, atol=1e-5)


def test_a_layer_without_variance_is_named():
    with pytest.raises(ValueError, match="layer '0' must vary, but its variance is 0"):
        lsuv_(linear_net(), torch.zeros(8, 20))
    dead = linear_net(lambda: nn.Threshold(1e9, 0.0))
    with pytest.raises(ValueError, match="layer '2' must vary, but its variance is 0"):
        lsuv_(dead, torch.randn(8, 20))
    with pytest.raises(ValueError, match="layer '0' must vary, but its variance is nan"):
        lsuv_(linear_net(), torch.full((8, 20), float("nan")))
    assert not any(m._forward_hooks for m in dead.modules())


def test_bad_arguments():
    with pytest.raises(ValueError, match="model must have a linear or convolutional layer"):
        lsuv_(nn.ReLU(), torch.randn(3, 3))
    with pytest.raises(ValueError, match="tol must be positive, got 0"):
        lsuv_(linear_net(), torch.randn(3, 20), tol=0)
    model = nn.Linear(4, 4)
    nn.init.normal_(model.bias, 0, 100.0)  # no weight makes up for the spread of these
    with pytest.raises(RuntimeError, match="raise max_iterations, or set its biases to 0"):
        lsuv_(model, torch.randn(8, 4), orthogonal=False)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU: the model lives there")
def test_on_a_gpu():
    model, inputs = linear_net().cuda(), torch.randn(64, 20).cuda()
    lsuv_(model, inputs)
    assert all(abs(v - 1) < 0.02 for v in variances(model, inputs).values())
