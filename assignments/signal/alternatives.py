"""Other right answers to the assignment on signal."""

from deeptricks.grading import Alternative

WITH_LOOPS = """
from math import exp, inf


def one(z):
    A = (term.steep - term.shallow) * term.width
    if z * term.sign >= 0:
        return term.level + term.steep * z
    u = exp(-abs(z) / term.width)
    return term.level + term.shallow * z + (A * (u - 1) if term.sign > 0 else A * (1 - u))


def one_slope(z):
    away = inf if z * term.sign >= 0 else abs(z)
    if away == inf:
        return term.steep
    return term.shallow + (term.steep - term.shallow) * exp(-away / term.width)


def phi(z):
    out = np.empty(np.shape(z))
    for place in np.ndindex(out.shape):
        out[place] = one(float(z[place]))
    return out


def phi_slope(z):
    return np.array([one_slope(v) for v in np.ravel(z)]).reshape(np.shape(z))
"""

WITH_CLIP = '''
def inner(z):
    return np.clip(z, -np.inf, 0) if term.sign == 1 else np.clip(z, 0, np.inf)


def phi(z):
    """Two pieces that are each constant on the other side."""
    curved, straight = inner(z), z - inner(z)
    drop = 1 - np.exp(-np.abs(curved) / term.width)
    bend = term.sign * term.width * (term.steep - term.shallow) * drop
    return term.level + term.steep * straight + term.shallow * curved - bend


def phi_slope(z):
    """exp(0) is 1, so that the straight side comes out by itself."""
    share = np.exp(-np.abs(inner(z)) / term.width)
    return share * term.steep + (1 - share) * term.shallow
'''

WITH_MASKS = """
def phi(z):
    z = np.array(z, dtype=np.float64)
    out = np.asarray(term.level + term.steep * z)
    left = z < 0 if term.sign > 0 else z > 0
    A = term.width * term.steep - term.width * term.shallow
    inside = term.sign * z[left] / term.width
    out[left] = term.level + term.shallow * z[left] + term.sign * A * (np.exp(inside) - 1)
    return out


def phi_slope(z):
    z = np.array(z, dtype=np.float64)
    out = np.full(z.shape, float(term.steep))
    left = z < 0 if term.sign > 0 else z > 0
    out[left] = (term.steep - term.shallow) * np.exp(term.sign * z[left] / term.width)
    out[left] += term.shallow
    return out
"""

TRAPEZOIDS = '''
def weight_scale(activation):
    """Trapezoids over z itself, with its own density."""
    z = np.linspace(-9, 9, 9001) * term.variance**0.5
    p = np.exp(-(z**2) / (2 * term.variance)) / np.sqrt(2 * np.pi * term.variance)
    return float((term.variance / np.trapezoid(p * activation(z) ** 2, z)) ** 0.5)


def draw_weights(draws, sigma_w):
    """Standardize the distribution first, scale it afterwards."""
    if term.triangular:
        first, second = draws
        centered, shape = (first - second) * 6**0.5, first.shape
    else:
        centered, shape = (draws - 0.5) * 12**0.5, draws.shape
    if len(shape) == 2:
        area, ends = 1, shape
    else:
        area = shape[2] * shape[3] if term.kernel_last else shape[0] * shape[1]
        ends = shape[:2] if term.kernel_last else shape[2:]
    out, into = ends if term.kernel_last else ends[::-1]
    n = {"n_out": out, "mean": (into + out) / 2, "geometric": (into * out) ** 0.5}[term.fan] * area
    return centered * (sigma_w**2 / n) ** 0.5
'''

SIZES_ONLY = """
def expectation(f, points=40001, reach=9.0):
    xi = np.linspace(-reach, reach, points)
    return np.sum(f(xi) * np.exp(-xi * xi / 2)) * (xi[1] - xi[0]) / np.sqrt(2 * np.pi)


def weight_scale(activation):
    return np.sqrt(term.variance / expectation(lambda xi: activation(xi * term.variance**0.5) ** 2))


def draw_weights(draws, sigma_w):
    shape = np.shape(draws)[term.drawn :]
    whole = np.prod(shape)
    into, out = (shape[1], shape[0]) if term.kernel_last else (shape[-2], shape[-1])
    n_in, n_out = whole / out, whole / into
    n = {"n_out": n_out, "mean": np.mean([n_in, n_out]), "geometric": np.exp(
        (np.log(n_in) + np.log(n_out)) / 2)}[term.fan]
    bound = sigma_w * np.sqrt((6 if term.triangular else 3) / n)
    return bound * (draws[0] - draws[1]) if term.triangular else 2 * bound * draws - bound
"""

ALL_STEPS = '''
def steps_first(v):
    return v.swapaxes(0, 1) if term.time_axis == 1 else v


def backward(x, y, states, Wx, W, b):
    """The slopes of all steps at once from the states, the shares added up by einsum."""
    x, y, h = steps_first(x), steps_first(y), steps_first(states)
    slope = 1 - ((h[1:] - (1 - term.leak) * h[:-1]) / term.leak) ** 2
    count = 1
    for axis in term.averaged_axes:
        count *= y.shape[axis]
    to_sums, message = [], 0.0
    for error, s in zip((h[1:] - y)[::-1], slope[::-1]):
        message = message + error / count
        to_sums.append(message * s * term.leak)
        message = message * (1 - term.leak) + np.einsum("ni,ij->nj", to_sums[-1], W)
    to_sums = np.array(to_sums[::-1])
    return {
        "h0": message,
        "b": np.einsum("tni->i", to_sums),
        "W": np.einsum("tni,tnj->ij", to_sums, h[:-1]),
        "Wx": np.einsum("tni,tnj->ij", to_sums, x),
    }
'''

BY_RECURSION = '''
def backward(x, y, states, Wx, W, b):
    """Each step hands on the gradient of its first state; sums of outer products, by sample."""
    at = [np.take(states, t, axis=term.time_axis) for t in range(states.shape[term.time_axis])]
    sizes = [len(at) - 1, *at[0].shape]
    scale = 1.0
    for axis in term.averaged_axes:
        scale = scale / sizes[axis]
    total = {"Wx": 0.0 * Wx, "W": 0.0 * W, "b": 0.0 * b}

    def to_state(t):
        if t == len(at):
            return np.zeros_like(at[0])
        own = scale * (at[t] - np.take(y, t - 1, axis=term.time_axis)) if t else 0.0
        later = to_state(t + 1)
        if t + 1 < len(at):
            inputs = np.take(x, t, axis=term.time_axis)
            z = inputs @ Wx.T + at[t] @ W.T + b
            g_z = term.leak * later / np.cosh(z) ** 2
            for n in range(len(g_z)):
                total["Wx"] += np.outer(g_z[n], inputs[n])
                total["W"] += np.outer(g_z[n], at[t][n])
                total["b"] += g_z[n]
            later = (1 - term.leak) * later + g_z @ W
        return own + later

    h0 = to_state(0)
    return dict(total, h0=h0)
'''

RUNNING_SUM = """
class Clipper:
    def __init__(self, gradients):
        self.total, self.count, self.gradients = 0.0, 0, gradients
        for g in gradients:
            if g is not None:
                self.total += float((g * g if term.root_mean_square else abs(g)).sum())
                self.count += g.size

    @property
    def size(self):
        mean = self.total / self.count
        return mean**0.5 if term.root_mean_square else mean

    def factor(self, limit):
        if term.smooth:
            return 1 / (1 + (self.size / limit) ** term.sharpness) ** (1 / term.sharpness)
        bounded = self.size + term.eps
        return limit / bounded if bounded > limit else 1.0


def clip(gradients, limit):
    clipper = Clipper(gradients)
    broken = np.isnan(clipper.size) or np.isinf(clipper.size)
    result = []
    for g in gradients:
        if g is None:
            result.append(None)
        else:
            result.append(np.zeros_like(g) if broken else g * clipper.factor(limit))
    return result, clipper.size
"""

AS_A_TUPLE = """
def clip(gradients, limit):
    there = [g for g in gradients if g is not None]
    flat = np.hstack([g.reshape(-1) for g in there])
    finite = all(np.all(np.isfinite(g)) for g in there)
    size = np.linalg.norm(flat) / len(flat) ** 0.5 if term.root_mean_square else abs(flat).mean()
    if term.smooth:
        factor = limit / (limit**term.sharpness + size**term.sharpness) ** (1 / term.sharpness)
    else:
        factor = limit / max(limit, size + term.eps)
    take = (lambda g: factor * g) if finite else (lambda g: np.zeros(g.shape, g.dtype))
    return tuple(g if g is None else take(g) for g in gradients), np.array(size)
"""

LAYER_BY_LAYER = """
share_in, share_out = term.channels_in / term.groups, term.channels_out / term.groups
answer_fan_in = np.prod([share_in, term.kernel, term.kernel])
answer_reach = share_out * term.kernel * term.kernel / term.stride**2
size, answer_layer = 1.0, 0
while 1 / term.ratio <= size <= term.ratio:
    size *= term.off
    answer_layer += 1
answer_factor = (term.receiving / term.averaged) ** 0.5
"""

ALTERNATIVES = [
    Alternative("recall", "multiplied layer by layer", LAYER_BY_LAYER),
    Alternative("phi", "one number at a time", WITH_LOOPS),
    Alternative("phi", "two pieces, by clipping", WITH_CLIP),
    Alternative("phi", "by masks", WITH_MASKS),
    Alternative("weights", "trapezoids, standardized draws", TRAPEZOIDS),
    Alternative("weights", "an expectation as a helper, fans from the whole", SIZES_ONLY),
    Alternative("backward", "all steps at once by einsum", ALL_STEPS),
    Alternative("backward", "by recursion and outer products", BY_RECURSION),
    Alternative("clip", "running sums in a class", RUNNING_SUM),
    Alternative("clip", "a tuple, and other algebra", AS_A_TUPLE),
]
