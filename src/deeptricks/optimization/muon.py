"""Muon: step by an orthogonal matrix, so that every direction of a weight matrix moves alike."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero

FAST = (3.4445, -4.7750, 2.0315)
CONVERGENT = (15 / 8, -10 / 8, 3 / 8)


@torch.no_grad()
def orthogonalize(
    matrix: Tensor,
    steps: int = 5,
    coefficients: tuple[float, float, float] = FAST,
    eps: float = 1e-7,
    dtype: torch.dtype = torch.bfloat16,
) -> Tensor:
    """About U Vᵀ for a matrix U S Vᵀ: its singular vectors stay, its singular values go to 1.

    Each step is X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X. In the basis of the singular vectors that is
    an odd polynomial, σ ← a σ + b σ³ + c σ⁵, and no decomposition is ever computed.

    Args:
        matrix: (rows, columns), real; left as it is.
        steps: how often, 0 to 99.
        coefficients: a, b, c. `FAST` lifts small singular values 3.4-fold a step and keeps large
            ones between 0.68 and 1.21: it never converges. `CONVERGENT` goes to exactly 1, from
            anywhere between 0 and √(7/3), but lifts small ones only 1.9-fold.
        eps: a matrix of smaller norm is divided by `eps` instead of its norm.
        dtype: of the arithmetic and the result. bfloat16, the framework's, keeps 8 bits, enough
            for singular values that are not meant to be exact. Take float64, and `CONVERGENT`, to
            see that U Vᵀ = G (Gᵀ G)^(−1/2) for a tall G, which is ZCA whitening of its rows (not
            centred, and N times smaller in variance), or (G Gᵀ)^(−1/2) G for a wide one.

    Raises ValueError for `steps`, `coefficients`, `eps` or a shape that is not as above.

    Source: K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024,
    https://kellerjordan.github.io/posts/muon/; `CONVERGENT`: N. J. Higham, Functions of Matrices,
    2008, §8.5 (the Padé family of iterations for the polar decomposition).
    """
    if matrix.ndim != 2 or matrix.is_complex():
        kind = f"{matrix.dtype} of shape {tuple(matrix.shape)}"
        raise ValueError(f"matrix must be real and have two dimensions, got {kind}")
    check_iteration(steps, coefficients, eps)
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    X = matrix.to(dtype)
    X = X.T if tall else X  # X Xᵀ is then the smaller of the two Gram matrices
    X = X / X.norm().clamp(min=eps)  # no singular value exceeds the root of the sum of squares
    for _ in range(steps):
        gram = X @ X.T
        X = torch.addmm(X, torch.addmm(gram, gram, gram, beta=b, alpha=c), X, beta=a)
    return X.T if tall else X


def rate_for_shape(lr: float, shape: torch.Size, adjust_lr_fn: str | None) -> float:
    """The learning rate of a matrix, since U Vᵀ has entries of size 1 / √max(rows, columns).

    "original", or None: lr √max(1, rows / columns), for outputs that change alike whatever the
    shape of the layer. "match_rms_adamw": 0.2 lr √max(rows, columns), for entries of the size that
    AdamW's steps typically have (J. Liu et al., Muon is scalable for LLM training, 2025, §2.2).
    """
    rows, columns = shape
    if adjust_lr_fn == "match_rms_adamw":
        return lr * (0.2 * math.sqrt(max(rows, columns)))
    return lr * math.sqrt(max(1, rows / max(columns, 1)))


class Muon(torch.optim.Optimizer):
    """`torch.optim.Muon`: θ ← (1 − ηλ) θ − η′ O, with O the momentum, orthogonalized.

    Args:
        params: matrices, or groups of them. Biases, gains, embeddings and the last layer go to
            another optimizer, such as AdamW.
        lr: η; η′ = `rate_for_shape(η, …)`.
        weight_decay: λ, decoupled from the gradient as in AdamW.
        momentum: β of the running mean m ← β m + (1 − β) g.
        nesterov: orthogonalize (1 − β) g + β m instead of m.
        ns_coefficients, eps, ns_steps: of `orthogonalize`.
        adjust_lr_fn: None, "original" or "match_rms_adamw".

    State of a parameter: `momentum_buffer`. Raises ValueError for arguments out of range and for
    parameters that are not matrices, RuntimeError for complex parameters and sparse gradients.

    Version 2.13 of the framework normalizes bfloat16 momentum in place where nesterov is False,
    so that earlier gradients lose their weight (pull request 194664 mends it). Ours does not.

    Source: K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = FAST,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ):
        check_at_least_zero(lr=lr, momentum=momentum, weight_decay=weight_decay)
        check_iteration(ns_steps, ns_coefficients, eps, prefix="ns_")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            allowed = 'None, "original" or "match_rms_adamw"'
            raise ValueError(f"adjust_lr_fn must be {allowed}, got {adjust_lr_fn!r}")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict) -> None:
        """As of every optimizer; raises ValueError for a parameter that is not a matrix."""
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            if p.ndim != 2:
                del self.param_groups[-1]
                shape = tuple(p.shape)
                raise ValueError(f"params must have two dimensions each, got one of shape {shape}")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move every matrix that has a gradient. Returns what `closure` returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr = float(group["lr"])
            for p in (p for p in group["params"] if p.grad is not None):
                rate = rate_for_shape(lr, p.shape, group["adjust_lr_fn"])
                update = self._orthogonal_momentum(p, group)
                p.mul_(1 - lr * group["weight_decay"]).add_(update, alpha=-rate)
        return loss

    def _orthogonal_momentum(self, p: Tensor, group: dict) -> Tensor:
        if p.is_complex() or p.grad.is_sparse:
            fault = "sparse gradients" if p.grad.is_sparse else "complex parameters"
            raise RuntimeError(f"Muon does not support {fault}")
        state, beta = self.state[p], group["momentum"]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p.grad)
        mean = state["momentum_buffer"].lerp_(p.grad, 1 - beta)
        direction = p.grad.lerp(mean, beta) if group["nesterov"] else mean
        return orthogonalize(direction, group["ns_steps"], group["ns_coefficients"], group["eps"])


def check_iteration(steps, coefficients, eps, prefix: str = "") -> None:
    """Raise ValueError for what `orthogonalize` cannot use; `prefix` comes before two names."""
    if not isinstance(steps, int) or not 0 <= steps < 100:
        raise ValueError(f"{prefix}steps must be a whole number from 0 to 99, got {steps!r}")
    if len(coefficients) != 3:
        raise ValueError(f"{prefix}coefficients must be three numbers, got {coefficients!r}")
    check_at_least_zero(eps=eps)
