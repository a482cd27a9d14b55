"""The predicted size of the signal: powers in the simple cases, a wide network in the others."""

import pytest
import torch

from deeptricks import signal


def test_signal_sizes_of_a_linear_and_a_rectified_network_are_powers():
    linear = signal.signal_sizes(lambda z: z, 0.8, 4, mean_square=9.0)
    torch.testing.assert_close(torch.tensor(linear), 3 * 0.8 ** torch.arange(1.0, 5).double())
    relu = signal.signal_sizes(torch.relu, 1.0, 3)
    torch.testing.assert_close(torch.tensor(relu), 0.5 ** (torch.arange(1.0, 4).double() / 2))


def test_signal_sizes_are_those_of_a_wide_random_network():
    g = torch.Generator().manual_seed(0)
    h, measured = torch.randn(200, 800, generator=g), []
    for _ in range(4):
        h = torch.tanh(h @ (1.3 * torch.randn(800, 800, generator=g) / 800**0.5))
        measured.append(h.square().mean().sqrt().item())
    assert signal.signal_sizes(torch.tanh, 1.3, 4).tolist() == pytest.approx(measured, rel=0.02)
    with pytest.raises(ValueError, match="positive"):
        signal.signal_sizes(torch.tanh, 0.0, 2)
