"""Newton–Schulz: an inverse square root from matrix products alone."""

import torch
from torch import Tensor


def newton_schulz_inverse_sqrt(
    covariance: Tensor, steps: int = 5, normalize: bool = True
) -> list[Tensor]:
    """Return approximations of Σ^(−1/2), one for each step: [P₀, P₁, …, P_steps].

    Parameters
    ----------
    covariance : Tensor
        (…, D, D), symmetric and positive definite.
    steps : int, default 5
        How many; each squares the error 1 − λp² of an eigenvalue once that is small, and
        multiplies a small λp² by 2.25 until then.
    normalize : bool, default True
        Divide Σ by its trace first, and P by the root of the trace in the end. Without
        it the iteration diverges where an eigenvalue exceeds 5; above 3 a sign may turn.

    Raises
    ------
    ValueError
        `steps` is below 1, or the matrices are not square.

    Notes
    -----
    P is carried along with its partner Y → Σ^(1/2), which is Pₖ₊₁ = (3Pₖ − Pₖ³Σ) / 2 in exact
    arithmetic. That shorter recurrence lets rounding grow without bound when Σ is
    ill-conditioned; the pair does not (Higham, Functions of Matrices, 2008, chapter 6).

    References
    ----------
    L. Huang et al., "Iterative Normalization", CVPR 2019.
    """
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a whole number of at least 1, got {steps!r}")
    if covariance.ndim < 2 or covariance.shape[-1] != covariance.shape[-2]:
        raise ValueError(f"covariance must be (…, D, D), got shape {tuple(covariance.shape)}")
    eye = torch.eye(covariance.shape[-1], dtype=covariance.dtype, device=covariance.device)
    scale = trace(covariance) if normalize else torch.ones_like(trace(covariance))
    Y, P = covariance / scale, eye.expand_as(covariance)
    history = [P]
    for _ in range(steps):
        T = (3 * eye - P @ Y) / 2
        Y, P = Y @ T, T @ P
        history.append(P)
    return [P / scale.sqrt() for P in history]


def trace(matrices: Tensor) -> Tensor:
    """Return the traces of (…, D, D), shaped (…, 1, 1) to divide by: no eigenvalue is larger."""
    return matrices.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
