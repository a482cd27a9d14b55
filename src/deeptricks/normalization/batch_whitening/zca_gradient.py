"""Σ^(−1/2) by eigendecomposition, its gradient written out: no eigenvalue gap divides."""

import torch
from torch.autograd.function import once_differentiable


class InverseSquareRoot(torch.autograd.Function):
    """(Σ + εI)^(−1/2) of symmetric positive semi-definite matrices (…, D, D).

    The derivative of a matrix function f along a direction E is, in the eigenvectors V of Σ,
    E multiplied entry by entry with the divided differences (f(λᵢ) − f(λⱼ)) / (λᵢ − λⱼ)
    (Daleckii and Krein; Higham, Functions of Matrices, 2008, Theorem 3.11). For f(λ) = λ^(−1/2)
    the gap cancels: they are −1 / (√λᵢ √λⱼ (√λᵢ + √λⱼ)), for i = j too.
    """

    @staticmethod
    def forward(ctx, covariance, eps):
        eigenvalues, V = torch.linalg.eigh(covariance)
        deviations = (eigenvalues.clamp_min(0) + eps).sqrt()  # below 0 is rounding
        ctx.save_for_backward(deviations, V)
        return (V / deviations.unsqueeze(-2)) @ V.mT

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        deviations, V = ctx.saved_tensors
        a, b = deviations.unsqueeze(-1), deviations.unsqueeze(-2)
        differences = -1 / (a * b * (a + b))
        inner = V.mT @ (gradient + gradient.mT) @ V / 2
        return V @ (differences * inner) @ V.mT, None


def inverse_square_root(covariance, eps=0.0):
    """(Σ + εI)^(−1/2): the ZCA whitening matrix of a covariance.

    Parameters
    ----------
    covariance : tensor (…, D, D), symmetric, without negative eigenvalues but for rounding;
        float32 or float64
    eps : added to each eigenvalue, a variance; without it a direction of no variance gives inf

    Returns a symmetric tensor of the same shape. Its gradient is finite wherever the result is,
    also where eigenvalues coincide; it can be taken once (a second backward raises RuntimeError).

    Raises ValueError if the matrices are not square.

    Source: Huang et al., "Decorrelated Batch Normalization", CVPR 2018, for ZCA in a layer; the
    gradient is theirs with the eigenvalue gaps cancelled.
    """
    if covariance.ndim < 2 or covariance.shape[-1] != covariance.shape[-2]:
        raise ValueError(f"covariance must be (…, D, D), got shape {tuple(covariance.shape)}")
    return InverseSquareRoot.apply(covariance, eps)
