"""Muon: step by an orthogonal matrix, so that every direction of a weight matrix moves alike."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero, check_whole
from deeptricks.optimization.each_parameter import EachParameter

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
    """About U Vᵀ for a matrix U S Vᵀ: singular vectors stay, singular values go to 1.

    Each step is X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X. In the basis of the singular
    vectors that is an odd polynomial, σ ← a σ + b σ³ + c σ⁵, and no decomposition is
    ever computed. A step takes three products of matrices.

    Parameters
    ----------
    matrix : Tensor
        (rows, columns), real; left as it is.
    steps : int
        How often, 0 to 99.
    coefficients : tuple of float
        a, b, c. `FAST` lifts small singular values 3.4-fold a step and keeps large ones between
        0.68 and 1.21: it never converges. `CONVERGENT` goes to exactly 1, from anywhere between 0
        and √(7/3), but lifts small ones only 1.9-fold.
    eps : float
        A matrix of smaller norm is divided by `eps` instead of its norm.
    dtype : torch.dtype
        Of the arithmetic and the result. bfloat16, the framework's, keeps 8 bits, enough for
        singular values that are not meant to be exact. Take float64, and `CONVERGENT`, to see that
        U Vᵀ = G (Gᵀ G)^(−1/2) for a tall G, which is ZCA whitening of its rows (not centered, and N
        times smaller in variance), or (G Gᵀ)^(−1/2) G for a wide one.

    Returns
    -------
    Tensor
        (rows, columns), of type `dtype`.

    Raises
    ------
    ValueError
        For `steps`, `coefficients`, `eps` or a shape that is not as above.

    References
    ----------
    K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024,
    https://kellerjordan.github.io/posts/muon/; `CONVERGENT`: N. J. Higham, Functions of Matrices,
    2008 (iterations for the polar decomposition).
    """
    if matrix.ndim != 2 or matrix.is_complex():
        raise ValueError(
            "matrix must be real and have two dimensions, got "
            f"{matrix.dtype} of shape {tuple(matrix.shape)}"
        )
    check_whole(0, steps=steps)
    check_at_least_zero(eps=eps)
    if steps > 99 or len(coefficients) != 3:
        raise ValueError(f"at most 99 steps, 3 coefficients: got {steps}, {coefficients}")
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    X = matrix.to(dtype)
    X = X.T if tall else X  # X Xᵀ is then the smaller of the two Gram matrices
    X = X / X.norm().clamp(min=eps)  # singular values are then at most 1
    for _ in range(int(steps)):
        gram = X @ X.T
        X = torch.addmm(X, torch.addmm(gram, gram, gram, beta=b, alpha=c), X, beta=a)
    return X.T if tall else X


def rate_for_shape(lr: float, shape: torch.Size, adjust_lr_fn: str | None) -> float:
    """Fit the rate to a matrix, since U Vᵀ has entries of size 1 / √max(rows, columns).

    Parameters
    ----------
    lr : float
        η.
    shape : torch.Size
        (rows, columns).
    adjust_lr_fn : str, optional
        "original", or None: η √max(1, rows / columns), for outputs that change alike whatever the
        shape of the layer. "match_rms_adamw": 0.2 η √max(rows, columns), for entries of the size
        that AdamW's steps typically have (J. Liu et al., Muon is scalable for LLM training, 2025).

    Returns
    -------
    float
        η′.
    """
    rows, columns = shape
    if adjust_lr_fn == "match_rms_adamw":
        return lr * (0.2 * math.sqrt(max(rows, columns)))
    return lr * math.sqrt(max(1, rows / max(columns, 1)))


class Muon(EachParameter, torch.optim.Muon):
    """`torch.optim.Muon`: θ ← (1 − ηλ) θ − η′ O, with O the momentum, orthogonalized.

    The momentum is m ← β m + (1 − β) g, or with `nesterov` (1 − β) g + β m; O is
    `orthogonalize` of it and η′ is `rate_for_shape(η, …)`. All parameters are matrices; biases,
    gains, embeddings and the last layer go to another optimizer, such as AdamW. Arguments, checks
    and state (`momentum_buffer`) are the framework's; see `EachParameter`.

    Version 2.13 of the framework normalizes bfloat16 momentum in place where nesterov is False,
    so that earlier gradients lose their weight (pull request 194664 mends it). Ours does not.

    References
    ----------
    K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024.
    """

    def move(self, p: Tensor, group: dict[str, Any]) -> None:
        """Move one matrix.

        Raises
        ------
        RuntimeError
            For a complex matrix, and on a sparse gradient.
        """
        if p.is_complex() or p.grad.is_sparse:
            fault = "sparse gradients" if p.grad.is_sparse else "complex parameters"
            raise RuntimeError(f"Muon does not support {fault}")
        lr, beta = float(group["lr"]), group["momentum"]
        (mean,) = self.remembered(p, "momentum_buffer")
        mean.lerp_(p.grad, 1 - beta)
        seen = p.grad.lerp(mean, beta) if group["nesterov"] else mean
        update = orthogonalize(seen, group["ns_steps"], group["ns_coefficients"], group["eps"])
        rate = rate_for_shape(lr, p.shape, group["adjust_lr_fn"])
        p.mul_(1 - lr * group["weight_decay"]).add_(update, alpha=-rate)
