"""NumPy's whole numbers and floats are numbers wherever ours are; `np.arange` gives no others."""

import numpy as np
import pytest
import torch

from deeptricks import signal

INTEGERS = [np.int64, np.int32, np.uint8]
FLOATS = [np.float64, np.float32]


@pytest.mark.parametrize("kind", INTEGERS)
def test_sizes(kind):
    maxout = signal.Maxout(kind(4), kind(3), pieces=kind(2))
    assert repr(maxout) == repr(signal.Maxout(4, 3, pieces=2))
    assert maxout(torch.ones(2, 4)).shape == (2, 3)
    assert signal.PReLU(kind(3))(torch.ones(2, 3)).shape == (2, 3)


@pytest.mark.parametrize("wrong", [np.int64(0), np.float64(2.0), np.array([2])])
def test_sizes_that_are_none(wrong):
    with pytest.raises(ValueError, match="pieces must be a whole number of at least 1"):
        signal.Maxout(4, 3, pieces=wrong)


@pytest.mark.parametrize("kind", [*INTEGERS, *FLOATS])
def test_slopes_and_gains(kind):
    assert signal.calculate_gain("leaky_relu", kind(2)) == signal.calculate_gain("leaky_relu", 2)
    ours, expected = torch.empty(3, 4), torch.empty(3, 4)
    for fill, a in ((ours, kind(2)), (expected, 2)):
        signal.kaiming_uniform_(fill, a=a, generator=torch.Generator().manual_seed(0))
    assert torch.equal(ours, expected)
    with pytest.raises(ValueError, match="param must be the negative slope"):
        signal.calculate_gain("leaky_relu", np.bool_(True))


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize(
    "make",
    [
        lambda a: signal.LeakyReLU(a),
        lambda a: signal.ELU(a),
        lambda a: signal.PReLU(init=a),
    ],
)
def test_arguments_of_activations(kind, make):
    x = torch.linspace(-2, 2, 7)
    torch.testing.assert_close(make(kind(0.5))(x), make(0.5)(x), rtol=0, atol=0)


@pytest.mark.parametrize("kind", INTEGERS)
def test_depths_steps_and_lengths(kind):
    for theory in (signal.signal_sizes, signal.gradient_factors):
        expected = theory(torch.tanh, 1.5, 3)
        assert theory(torch.tanh, 1.5, kind(3)).tolist() == expected.tolist()
        # NumPy multiplies a number of single precision in single precision.
        in_single = theory(torch.tanh, np.float32(1.5), kind(3)).tolist()
        assert in_single == pytest.approx(expected, rel=1e-6)
    assert signal.one_unit_loss(0.5, 0.1, steps=kind(4)) == signal.one_unit_loss(0.5, 0.1, steps=4)
    x, labels = signal.temporal_order(kind(1), kind(5), kind(12))
    assert (x.shape, labels.shape) == ((12, 5, 6), (5,))


@pytest.mark.parametrize("kind", INTEGERS)
def test_recurrent_networks(kind):
    def trained(whole, real):
        nets = signal.ManyRNN(whole(6), whole(5), whole(4), seeds=[whole(1)], radius=real(1.5))
        optimizer = torch.optim.SGD(nets.parameters.values(), lr=0.1)
        return signal.train_rnns(
            nets, [whole(1)], optimizer,
            max_norm=real(0.5), steps=whole(2), length=whole(10), batch=whole(3),
        )  # fmt: skip

    for ours, expected in zip(trained(kind, np.float32), trained(int, float), strict=True):
        assert torch.equal(ours, expected)


@pytest.mark.parametrize("kind", FLOATS)
def test_limits(kind):
    for clip in (signal.clip_grad_norm_, signal.clip_grad_value_):
        p = torch.zeros(2, requires_grad=True)
        p.grad = torch.tensor([3.0, 4.0])
        clip(p, kind(0.5))
        assert p.grad.max() <= 0.5
    norm = torch.tensor([1.0, 4.0])
    torch.testing.assert_close(
        signal.clip_coefficient(norm, kind(2)), signal.clip_coefficient(norm, 2.0)
    )


@pytest.mark.parametrize("kind", INTEGERS)
def test_iterations(kind):
    layer = torch.nn.Linear(8, 8)
    signal.lsuv_(layer, torch.randn(64, 8), tol=np.float32(0.1), max_iterations=kind(10))
    assert layer(torch.randn(1, 8)).shape == (1, 8)
