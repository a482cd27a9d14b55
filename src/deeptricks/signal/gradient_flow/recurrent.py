"""Many small recurrent networks as one batch, with backpropagation through time written out.

A recurrent network of 32 units spends its time waiting for the next step, not calculating. Here
M networks of one shape lie along a first axis and take every step together; each has its own
weights and none sees another.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


class ManyRNN:
    """M Elman networks: hₜ = tanh(xₜ Wₓ + hₜ₋₁ W + b), read out once, at the end: o = h_T V + c.

    Shapes: inputs (T, M, N, D), states (T + 1, M, N, H), outputs (M, N, C). Inputs and readout
    start N(0, 1/fan_in), biases at 0.

    Parameters
    ----------
    inputs, hidden, outputs : int
        D, H and C.
    seeds : iterable of int
        One a network; everything it draws comes from its seed.
    radius : float or sequence of float
        The recurrent matrix has entries N(0, radius²/hidden), so that its largest eigenvalue has
        a size near `radius`. One for all networks, or one for each.
    orthogonal : bool
        It is radius times an orthogonal matrix instead.

    References
    ----------
    J. Elman, Finding structure in time, Cognitive Science, 1990.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        outputs: int,
        seeds: Iterable[int],
        radius: float | Sequence[float] = 1.0,
        orthogonal: bool = False,
    ):
        generators = [torch.Generator().manual_seed(int(seed)) for seed in seeds]

        def drawn(rows, columns):
            return torch.stack([torch.randn(rows, columns, generator=g) for g in generators])

        recurrent = drawn(hidden, hidden) / math.sqrt(hidden)
        if orthogonal:
            recurrent = torch.linalg.qr(recurrent).Q
        self.parameters = {
            "Wx": drawn(inputs, hidden) / math.sqrt(inputs),
            "W": torch.as_tensor(radius).float().view(-1, 1, 1) * recurrent,
            "b": torch.zeros(len(generators), 1, hidden),
            "V": drawn(hidden, outputs) / math.sqrt(hidden),
            "c": torch.zeros(len(generators), 1, outputs),
        }

    def states(self, x: Tensor) -> Tensor:
        """Compute all hidden states, the first of them 0: (T + 1, M, N, H)."""
        p = self.parameters
        driven = x @ p["Wx"] + p["b"]
        states = [torch.zeros_like(driven[0])]
        for drive in driven:
            states.append(torch.baddbmm(drive, states[-1], p["W"]).tanh_())
        return torch.stack(states)

    def outputs(self, states: Tensor) -> Tensor:
        """Read out the last state: (M, N, C)."""
        return torch.baddbmm(self.parameters["c"], states[-1], self.parameters["V"])

    def backward(
        self, x: Tensor, states: Tensor, outputs_gradient: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Compute the gradients of the parameters, by name, and of every state (T + 1, M, N, H)."""
        to_last = outputs_gradient @ self.parameters["V"].mT
        to_states, to_sums = backpropagate_through_time(self.parameters["W"], states, to_last)
        rows = to_sums.movedim(0, 1).flatten(1, 2)  # time and samples together: (M, T·N, H)
        gradients = {
            "Wx": x.movedim(0, 1).flatten(1, 2).mT @ rows,
            "W": states[:-1].movedim(0, 1).flatten(1, 2).mT @ rows,
            "b": rows.sum(dim=1, keepdim=True),
            "V": states[-1].mT @ outputs_gradient,
            "c": outputs_gradient.sum(dim=1, keepdim=True),
        }
        return gradients, to_states


def backpropagate_through_time(
    W: Tensor,
    states: Tensor,
    to_last: Tensor,
) -> tuple[Tensor, Tensor]:
    """Carry the gradient of the last state back to every one, and to the sums in tanh.

    Each step is one product with a Jacobian, diag(1 − hₜ²) first, then Wᵀ:

        δ_t = ∂L/∂h_t · (1 − h_t²),    ∂L/∂h_{t−1} = δ_t Wᵀ

    Parameters
    ----------
    W : Tensor
        (M, H, H).
    states : Tensor
        (T + 1, M, N, H).
    to_last : Tensor
        (M, N, H), the gradient of the last state.

    Returns
    -------
    tuple of Tensor
        Gradients of the states (T + 1, M, N, H) and of the sums (T, M, N, H).
    """
    slopes = 1 - states[1:] ** 2
    to_states, to_sums = [to_last], []
    for slope in reversed(slopes):
        to_sums.append(to_states[-1] * slope)
        to_states.append(torch.bmm(to_sums[-1], W.mT))
    return torch.stack(to_states[::-1]), torch.stack(to_sums[::-1])
