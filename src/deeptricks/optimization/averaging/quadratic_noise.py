"""SGD on a parabola with noisy gradients, and averages of its iterates: mean and variance, exactly.

One weight w with loss ½λw²; its gradient is λw + ξ with independent noise of mean 0 and variance
σ². A step is w ← (1 − ηλ)w − ηξ: the mean shrinks, the noise comes in. A quadratic in many weights
falls apart into such parabolas along the eigenvectors of its Hessian, if the noise does.
Formulas broadcast: pass arrays for many rates, curvatures or steps at once.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Moments(NamedTuple):
    """Mean and variance of a weight whose best value is 0."""

    mean: np.ndarray
    variance: np.ndarray

    def excess_loss(self, curvature: ArrayLike) -> np.ndarray:
        """Return the expected loss above the minimum, ½λ(mean² + variance)."""
        return np.asarray(curvature) * (self.mean**2 + self.variance) / 2


def last_iterate(
    steps: Any, *, rate: Any, curvature: Any = 1.0, noise: Any = 1.0, start: Any = 0.0
) -> Moments:
    """Moments of w after `steps` steps at a constant rate from `start`; `noise` is σ.

    With a = 1 − ηλ the noise of j steps ago has shrunk to −η aʲ ξ, so

        mean = aᵗ w₀,   variance = η²σ² (1 + a² + … + a²⁽ᵗ⁻¹⁾) = η²σ² (1 − a²ᵗ)/(1 − a²),

    which tends to ησ²/(λ(2 − ηλ)).

    Raises
    ------
    ValueError
        Unless 0 < ηλ < 2.
    """
    a = contraction(rate, curvature)
    variance = (rate * noise) ** 2 * (1 - a ** (2 * steps)) / (1 - a**2)
    return Moments(*np.broadcast_arrays(a**steps * start, variance))


def tail_average(
    steps: Any,
    *,
    rate: Any,
    curvature: Any = 1.0,
    noise: Any = 1.0,
    start: Any = 0.0,
    skipped: Any = 0,
) -> Moments:
    """Moments of the mean of the last n = steps − skipped iterates, w_{skipped+1} … w_steps.

    A noise ξ that enters when j iterates of the mean are still to come is in each of them, with
    −η(1 + a + … + aʲ⁻¹) = −(1 − aʲ)/λ in their sum; one that entered i steps before the mean
    begins adds −aⁱ(1 − aⁿ)/λ, with i = 1 … skipped. The squares are geometric series:

        mean = w₀ a^(skipped+1) (1 − aⁿ) / (n ηλ),
        variance = σ²/(nλ)² [ Σⱼ₌₁ⁿ (1 − aʲ)² + (1 − aⁿ)² Σᵢ a²ⁱ ].

    For large n the variance is σ²/(λ²n), whatever the rate: the best that n noisy gradients allow
    (Polyak & Juditsky 1992). Where nηλ is far below 1 the series nearly cancel, and digits with
    them; `moments` keeps them.

    Raises
    ------
    ValueError
        Unless 0 < ηλ < 2 and 0 ≤ skipped < steps.
    """
    steps, skipped = np.asarray(steps), np.asarray(skipped)
    if np.any(skipped < 0) or np.any(skipped >= steps):
        raise ValueError(f"skipped must be at least 0 and below steps, got {skipped} of {steps}")
    a = contraction(rate, curvature)
    n, end = steps - skipped, 1 - a ** (steps - skipped)
    inside = n - 2 * a * end / (1 - a) + a**2 * (1 - a ** (2 * n)) / (1 - a**2)
    before = end**2 * a**2 * (1 - a ** (2 * skipped)) / (1 - a**2)
    variance = (noise / (np.asarray(curvature) * n)) ** 2 * (inside + before)
    mean = start * a ** (skipped + 1) * end / (n * (1 - a))
    return Moments(*np.broadcast_arrays(mean, variance))


def moving_average_gain(decay: Any, *, rate: Any, curvature: Any = 1.0) -> Any:
    """By what factor an exponential moving average reduces the variance, in the long run.

    v ← βv + (1 − β)w of a stationary w whose correlation over j steps is aʲ:

        variance of v / variance of w = (1 − β)/(1 + β) · (1 + aβ)/(1 − aβ).

    Raises
    ------
    ValueError
        Unless 0 < ηλ < 2 and 0 ≤ β < 1.
    """
    if not np.all((np.asarray(decay) >= 0) & (np.asarray(decay) < 1)):
        raise ValueError(f"decay must be at least 0 and below 1, got {decay}")
    a = contraction(rate, curvature)
    return (1 - decay) / (1 + decay) * (1 + a * decay) / (1 - a * decay)


def moments(
    rates: ArrayLike,
    shares: ArrayLike,
    *,
    curvature: Any = 1.0,
    noise: Any = 1.0,
    start: Any = 0.0,
) -> tuple[Moments, Moments]:
    """Moments of iterate and average at every step, for any rates ηₜ and any average.

    The pair (w, v) is linear in (w, v, ξ), so its three second moments follow a
    linear recursion: with a = 1 − ηₜλ, b = 1 − γₜ, and w, v the values before the step,

        Var w' = a² Var w + η²σ²,   Cov' = b a Cov + γ Var w',
        Var v' = b² Var v + 2bγ a Cov + γ² Var w'.

    Parameters
    ----------
    rates, shares : array_like
        (T, …), the rate of each step, and the part γₜ in v ← v + γₜ(w − v) after it: 1/t for the
        plain mean, 1 − β for a moving average (1 at the first step, to begin it), 1 for as long as
        the average should only follow. Trailing axes are runs side by side.
    curvature, noise, start : array_like
        Numbers, or arrays that broadcast with a row of rates. v starts where w does.

    Returns
    -------
    tuple of Moments
        Of w and of v, of shape (T, …), after each step.
    """
    both = (np.asarray(given, dtype=float) for given in (rates, shares))
    rates, shares = np.broadcast_arrays(*both)
    if rates.ndim == 0:
        raise ValueError("rates or shares must have one entry for each step, got two numbers")
    row = np.broadcast(rates[0], curvature, noise, start)
    w, v, out = np.full(row.shape, start), np.full(row.shape, start), []
    var_w = cov = var_v = np.zeros(row.shape)
    for rate, share in zip(rates, shares, strict=True):
        a, b = 1 - rate * curvature, 1 - share
        w = a * w
        v = b * v + share * w
        var_w = a**2 * var_w + (rate * noise) ** 2
        var_v = b**2 * var_v + 2 * b * share * a * cov + share**2 * var_w
        cov = b * a * cov + share * var_w
        out.append((w, var_w, v, var_v))
    w, var_w, v, var_v = (np.array(values) for values in zip(*out, strict=True))
    return Moments(w, var_w), Moments(v, var_v)


def contraction(rate: ArrayLike, curvature: Any) -> Any:
    """Compute a = 1 − ηλ, by which a step without noise multiplies the weight."""
    product = np.asarray(rate, dtype=float) * curvature
    if not np.all((product > 0) & (product < 2)):
        raise ValueError(f"rate × curvature must lie between 0 and 2, got {product}")
    return 1 - product
