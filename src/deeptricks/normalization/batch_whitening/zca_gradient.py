"""Σ^(−1/2) by eigendecomposition, its gradient written out: no eigenvalue gap divides."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class InverseSquareRoot(torch.autograd.Function):
    """(Σ + εI)^(−1/2) of symmetric positive semi-definite matrices (…, D, D).

    The derivative of a matrix function f along a direction E is, in the eigenvectors V of Σ,
    E multiplied entry by entry with the divided differences (f(λᵢ) − f(λⱼ)) / (λᵢ − λⱼ). For
    f(λ) = λ^(−1/2) the gap cancels: they are −1 / (√λᵢ √λⱼ (√λᵢ + √λⱼ)), for i = j too.

    References
    ----------
    Daleckii and Krein; N. J. Higham, "Functions of matrices", 2008, Theorem 3.11.
    """

    @staticmethod
    def forward(ctx: Any, covariance: Tensor, eps: float) -> Tensor:
        """Scale along the eigenvectors."""
        eigenvalues, V = torch.linalg.eigh(covariance)
        deviations = (eigenvalues.clamp_min(0) + eps).sqrt()  # below 0 is rounding
        ctx.save_for_backward(deviations, V)
        return (V / deviations.unsqueeze(-2)) @ V.mT

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Multiply by the divided differences, in the basis of the eigenvectors."""
        deviations, V = ctx.saved_tensors
        a, b = deviations.unsqueeze(-1), deviations.unsqueeze(-2)
        differences = -1 / (a * b * (a + b))
        inner = V.mT @ (gradient + gradient.mT) @ V / 2
        return V @ (differences * inner) @ V.mT, None


def inverse_square_root(covariance: Tensor, eps: float = 0.0) -> Tensor:
    """Return (Σ + εI)^(−1/2), the ZCA whitening matrix of a covariance.

    Parameters
    ----------
    covariance : Tensor
        (…, D, D), symmetric, without negative eigenvalues but for rounding; float32 or float64.
    eps : float, default 0
        Added to each eigenvalue, a variance; without it a direction of no variance gives inf.

    Returns
    -------
    Tensor
        Symmetric, of the same shape. Its gradient is finite wherever the result is, also where
        eigenvalues coincide; it can be taken once (a second backward raises RuntimeError).

    Raises
    ------
    ValueError
        The matrices are not square.

    References
    ----------
    L. Huang et al., "Decorrelated Batch Normalization", CVPR 2018, for ZCA in a layer; the
    gradient is theirs with the eigenvalue gaps canceled.
    """
    if covariance.ndim < 2 or covariance.shape[-1] != covariance.shape[-2]:
        raise ValueError(f"covariance must be (…, D, D), got shape {tuple(covariance.shape)}")
    return InverseSquareRoot.apply(covariance, eps)
