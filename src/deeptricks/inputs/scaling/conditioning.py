"""How uneven the curvature of a bowl is: the condition number."""

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.checks import finite


def curvatures(H: ArrayLike) -> np.ndarray:
    """Curvatures of a quadratic along its principal axes: the eigenvalues of its Hessian.

    An eigenvalue within D · 2.2e-16 · |λ|max of zero comes out as 0, the relative tolerance of
    `numpy.linalg.matrix_rank`: so much is rounding.

    Parameters
    ----------
    H : array_like, shape (D, D), symmetric

    Returns
    -------
    ndarray, shape (D,)
        Largest first; negative where the surface bends down.

    Raises
    ------
    ValueError
        `H` is not square, not symmetric, or not finite.
    """
    return principal_axes(H)[0]


def principal_axes(H: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Find the axes along which a quadratic is a sum of parabolas, H = U diag(λ) Uᵀ.

    Parameters
    ----------
    H : array_like, shape (D, D), symmetric

    Returns
    -------
    curvatures : ndarray, shape (D,)
        λ, largest first; see `curvatures`.
    axes : ndarray, shape (D, D)
        The columns of U, in the same order.

    Raises
    ------
    ValueError
        `H` is not square, not symmetric, or not finite.
    """
    H = finite("H", H, ndim=2)
    if H.shape[0] != H.shape[1] or H.size == 0:
        raise ValueError(f"H must be a square matrix (D, D) with D ≥ 1, got shape {H.shape}")
    if not np.allclose(H, H.T, rtol=1e-8, atol=1e-12 * np.abs(H).max()):
        raise ValueError("H must be symmetric, got a matrix that differs from its transpose")
    eigenvalues, axes = np.linalg.eigh(H)
    rounding = len(H) * np.finfo(np.float64).eps * np.abs(eigenvalues).max()
    eigenvalues[np.abs(eigenvalues) <= rounding] = 0.0
    return eigenvalues[::-1], axes[:, ::-1]


def condition_number(H: ArrayLike, *, ignore_null: bool = False) -> float:
    """Largest over smallest curvature, κ = λmax / λmin, of a symmetric positive semidefinite H.

    κ = 1 is a round bowl; the contours are √κ times as long as they are wide. With the rate
    2 / (λmax + λmin) each iteration of gradient descent multiplies the error by (κ - 1) / (κ + 1)
    at most: κ bounds the iterations from every start, it does not foretell those from yours.

    A flat direction, whose eigenvalue is zero within rounding (see `curvatures`), makes κ infinite.

    Parameters
    ----------
    H : array_like, shape (D, D), symmetric
    ignore_null : bool, default False
        Leave flat directions out. On least squares this is the κ that gradient descent meets: its
        gradient has no part along them, so it never moves there.

    Returns
    -------
    float
        From 1 to infinity; infinite for a matrix without any curvature.

    Raises
    ------
    ValueError
        `H` is not square, not symmetric, not finite, or has negative curvature.
    """
    eigenvalues = curvatures(H)
    if eigenvalues[-1] < 0:
        raise ValueError(f"H must be positive semidefinite, got a curvature {eigenvalues[-1]:.3g}")
    curved = eigenvalues[eigenvalues > 0]
    flat = len(curved) < len(eigenvalues)
    if len(curved) == 0 or (flat and not ignore_null):
        return np.inf
    return float(curved[0] / curved[-1])
