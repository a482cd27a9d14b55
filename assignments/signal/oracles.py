"""The right answers, each reached by another way than the reference solution takes."""

import math

import numpy as np
import torch
from scipy.integrate import quad


def curve(term, z):
    """φ for complex z, by odd symmetry: the bend starts at 0 with the steep slope."""
    away = np.where(z.real < 0, -z, z)
    loss = (term.steep - term.shallow) * term.width
    bend = term.shallow * away + loss * (1 - np.exp(-away / term.width))
    bends = z.real < 0 if term.sign > 0 else z.real > 0
    return term.level + np.where(z.real < 0, -1, 1) * np.where(bends, bend, term.steep * away)


def curve_and_slope(term, z):
    """[φ, φ'], the derivative by a step in the imaginary direction, which cancels nothing."""
    z = np.asarray(z, dtype=complex)
    return [curve(term, z).real, curve(term, z + 1e-30j).imag / 1e-30]


def scale(term, activation):
    """σ_w by adaptive quadrature, on each side of the kink at 0."""

    def integrand(xi):
        return float(activation(math.sqrt(term.variance) * xi)) ** 2 * math.exp(-xi * xi / 2)

    sides = [quad(integrand, *ends, epsabs=1e-12)[0] for ends in ((-12, 0), (0, 12))]
    return math.sqrt(term.variance * math.sqrt(2 * math.pi) / sum(sides))


def drawn(term, draws, sigma_w, n_in, n_out):
    """The draws, standardized by the variance 1/12 of each, times the deviation asked for."""
    n = {"n_out": n_out, "mean": 0.5 * n_in + 0.5 * n_out, "geometric": (n_in * n_out) ** 0.5}
    centered = draws[0] - draws[1] if term.triangular else draws - 0.5
    return centered * sigma_w / math.sqrt(n[term.fan] * (2 if term.triangular else 1) / 12)


def backward_case(term, seed, steps, samples, inputs, units):
    """(arguments of `backward`, its result by automatic differentiation)."""
    rng = np.random.default_rng(seed)
    shapes = {"x": (steps, samples, inputs), "y": (steps, samples, units), "h0": (samples, units),
              "Wx": (units, inputs), "W": (units, units), "b": (units,)}  # fmt: skip
    v = {name: torch.tensor(rng.normal(size=shape)) for name, shape in shapes.items()}
    learned = [v[name].requires_grad_() for name in ("Wx", "W", "b", "h0")]
    h, states, loss = v["h0"], [v["h0"]], 0.0
    for x, y in zip(v["x"], v["y"], strict=True):
        h = torch.lerp(h, torch.tanh(x @ v["Wx"].mT + h @ v["W"].mT + v["b"]), term.leak)
        states.append(h)
        loss = loss + (h - y).square().sum() / 2
    counted = math.prod((steps, samples, units)[axis] for axis in term.averaged_axes)
    gradients = torch.autograd.grad(loss / counted, learned)
    given = {"x": v["x"], "y": v["y"], "states": torch.stack(states)}
    along = {k: np.moveaxis(a.detach().numpy(), 0, term.time_axis) for k, a in given.items()}
    along = {k: np.ascontiguousarray(a) for k, a in along.items()}
    parameters = {k: v[k].detach().numpy() for k in ("Wx", "W", "b")}
    names = ("Wx", "W", "b", "h0")
    return along | parameters, {k: g.numpy() for k, g in zip(names, gradients, strict=True)}


def clipped(term, gradients, limit):
    """[the clipped gradients, their size], by norms and logarithms."""
    there = [np.ravel(g) for g in gradients if g is not None]
    count, order = sum(g.size for g in there), 2 if term.root_mean_square else 1
    size = np.linalg.norm(np.concatenate(there), order) / count ** (1 / order)
    if not math.isfinite(size):
        return [[g if g is None else np.zeros(g.shape) for g in gradients], size]
    p = term.sharpness
    hard = limit / max(limit, size + term.eps)
    factor = math.exp(-math.log1p((size / limit) ** p) / p) if term.smooth else hard
    return [[g if g is None else g * factor for g in gradients], size]
