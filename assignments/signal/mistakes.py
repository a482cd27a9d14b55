"""What students get wrong in the assignment on signal."""

from functools import partial

from deeptricks.grading import Mistake

recall, phi, weights, backward, clip = (
    partial(Mistake, question) for question in ("recall", "phi", "weights", "backward", "clip")
)

OF_RECALL = [
    recall(
        "groups forgotten",
        "term.channels_in // term.groups *",
        "term.channels_in *",
        "You counted all input channels. Each output sees those of its own group only.",
        cost=1,
    ),
    recall(
        "stride forgotten",
        "(term.kernel // term.stride) ** 2",
        "term.kernel**2",
        "You let an input enter every position of the kernel. With this stride the kernel is put "
        "down at some places only, so an input meets fewer of its positions.",
        cost=1,
    ),
    recall(
        "one layer too early",
        "np.ceil(",
        "np.floor(",
        "At that layer the bound is not passed yet: round up, not down.",
        cost=1,
    ),
    recall(
        "the wrong direction",
        "term.receiving / term.averaged",
        "term.averaged / term.receiving",
        "Your factor is upside down. How many terms does the sum have in this direction?",
        cost=1,
    ),
    recall(
        "a mean square for a size",
        "np.sqrt(term.receiving / term.averaged)",
        "term.receiving / term.averaged",
        "That is the factor of the mean square. Its root is asked.",
        cost=1,
    ),
]

OF_PHI = [
    phi(
        "A without the width",
        "A = term.width * (term.steep - term.shallow)",
        "A = term.steep - term.shallow",
        "Your A lacks the width: the derivative of exp(z/w) brings a factor 1/w.",
        cost=2,
    ),
    phi(
        "A without the shallow line",
        "A = term.width * (term.steep - term.shallow)",
        "A = term.width * term.steep",
        "Your A makes up for the whole steep slope, but the shallow line has a slope as well.",
        cost=2,
    ),
    phi(
        "constant on one side only",
        "term.level + np.where(curved, bent, term.steep * z)",
        "np.where(curved, bent, term.level + term.steep * z)",
        "You added c on the straight side only. It stands on both sides.",
        cost=1,
    ),
    phi(
        "sides exchanged",
        "term.level + np.where(curved, bent, term.steep * z)",
        "term.level + np.where(curved, term.steep * z, bent)",
        "The formulas of the two sides are exchanged.",
        cost=2,
    ),
    phi(
        "slope without the line",
        "term.shallow + (term.steep - term.shallow) * decay, term.steep",
        "(term.steep - term.shallow) * decay, term.steep",
        "In your derivative the shallow line is missing: far out, its slope remains.",
        cost=1,
    ),
    phi(
        "inner derivative forgotten",
        "term.shallow + (term.steep - term.shallow) * decay, term.steep",
        "term.shallow + term.width * (term.steep - term.shallow) * decay, term.steep",
        "In your derivative the factor 1/w of the inner function is missing.",
        cost=1,
    ),
    phi(
        "exp sees everything",
        ("term.sign * safe / term.width", "np.where(curved, z, 0.0) / term.width"),
        ("term.sign * z / term.width", "z / term.width"),
        "np.where computes both branches: exp overflows on the side that is thrown away. Choose "
        "its input as well.",
        cost=1,
    ),
    phi(
        "whole numbers cut off",
        (
            "z = np.asarray(z, dtype=float)",
            "return term.level + np.where(curved, bent, term.steep * z)",
        ),
        (
            "out = np.zeros_like(z)",
            "out[...] = term.level + np.where(curved, bent, term.steep * z)\n    return out",
        ),
        "For whole numbers your result is cut off to whole numbers: zeros_like keeps their type.",
        cost=1,
    ),
    phi(
        "written into the argument",
        "return term.level + np.where(curved, bent, term.steep * z)",
        "z[...] = term.level + np.where(curved, bent, term.steep * z)\n    return z",
        "You wrote the result into the array that was given. np.asarray makes no copy of an array "
        "that is floating-point already.",
        cost=1,
    ),
]

OF_WEIGHTS = [
    weights(
        "no root",
        "return np.sqrt(term.variance / mean_square)",
        "return term.variance / mean_square",
        "That is σ_w². Its root is asked.",
        cost=1,
    ),
    weights(
        "variance for mean square",
        "mean_square = np.sum(density * activation(np.sqrt(term.variance) * xi) ** 2)",
        "y = activation(np.sqrt(term.variance) * xi)\n"
        "    mean_square = np.sum(density * (y - np.sum(density * y)) ** 2)",
        "You took the variance of φ(z). The next layer does not subtract a mean: it is the mean "
        "square that counts.",
        cost=1,
    ),
    weights(
        "standard normal pre-activations",
        "activation(np.sqrt(term.variance) * xi)",
        "activation(xi)",
        "You let z have variance 1. It has variance q.",
        cost=2,
    ),
    weights(
        "variance for deviation",
        "activation(np.sqrt(term.variance) * xi)",
        "activation(term.variance * xi)",
        "You multiplied ξ by q. A factor on ξ is squared in the variance, so it is √q.",
        cost=1,
    ),
    weights(
        "a gain for variance 1",
        "return np.sqrt(term.variance / mean_square)",
        "return np.sqrt(1 / mean_square)",
        "Your weights bring the variance to 1. It is to stay q.",
        cost=1,
    ),
    weights(
        "mean absolute value",
        "mean_square = np.sum(density * activation(np.sqrt(term.variance) * xi) ** 2)",
        "mean_square = np.sum(density * np.abs(activation(np.sqrt(term.variance) * xi)))",
        "The square of φ is missing in your expectation.",
        cost=1,
    ),
    weights(
        "grid too short",
        "np.linspace(-10, 10, 20001)",
        "np.linspace(-2, 2, 20001)",
        "Your sum ends too early: beyond two deviations there is still one z in twenty.",
        cost=1,
    ),
    weights(
        "kernel not counted",
        "channels_in * np.prod(kernel), channels_out * np.prod(kernel)",
        "channels_in, channels_out",
        "You counted channels only. Each position of the kernel is a term of the sum as well.",
        cost=1,
    ),
    weights(
        "fans exchanged, or another mean",
        '"n_out": n_out, "mean": (n_in + n_out) / 2, "geometric": np.sqrt(n_in * n_out)',
        '"n_out": n_in, "mean": np.sqrt(n_in * n_out), "geometric": (n_in + n_out) / 2',
        "Your n is not the one that is asked. Read again which fan, or which mean of the two.",
        cost=1,
    ),
    weights(
        "fan-in, as everywhere",
        "averages[term.fan]",
        "n_in",
        "You divided by the fan-in. This term uses another n.",
        cost=1,
    ),
    weights(
        "layout of another framework",
        "if term.kernel_last:",
        "if not term.kernel_last:",
        "You read the axes of the weight in the other order: which are channels, which the kernel?",
        cost=1,
    ),
    weights(
        "bound for deviation",
        ("np.sqrt(6) * deviation", "np.sqrt(3) * deviation"),
        ("deviation", "deviation"),
        "You took the standard deviation for B. The weights of your distribution vary less than "
        "their bound.",
        cost=2,
    ),
    weights(
        "bound of the other distribution",
        ("np.sqrt(6) * deviation * (d", "np.sqrt(3) * deviation * (2"),
        ("np.sqrt(3) * deviation * (d", "np.sqrt(6) * deviation * (2"),
        "Your B belongs to another distribution. Calculate the variance of the expression that B "
        "multiplies: each draw has variance 1/12.",
        cost=1,
    ),
    weights(
        "fan outside of the root",
        "sigma_w / np.sqrt(averages[term.fan])",
        "sigma_w / averages[term.fan]",
        "You divided σ_w by n. The variance has 1/n, the deviation its root.",
        cost=1,
    ),
]

OF_BACKWARD = [
    backward(
        "state taken for tanh",
        "squashed = np.tanh(x[t] @ Wx.T + states[t] @ W.T + b)",
        "squashed = states[t + 1]",
        "You took the state for tanh(z_t). With a leak it is a mixture of that and of the state "
        "before.",
        cost=2,
    ),
    backward(
        "path of the leak forgotten",
        "g = (1 - term.leak) * g + g_z @ W",
        "g = g_z @ W",
        "The part of the state that is kept is a path for the gradient too: 1 − λ is missing.",
        cost=2,
    ),
    backward(
        "leak missing in the slope",
        "term.leak * g * (1 - squashed**2)",
        "g * (1 - squashed**2)",
        "The factor λ in front of tanh is missing in your gradient.",
        cost=2,
    ),
    backward(
        "matrix transposed",
        "g_z @ W\n",
        "g_z @ W.T\n",
        "On the way back you multiplied by the transposed matrix. Forward it is Wᵀ, so backward W.",
        cost=2,
    ),
    backward(
        "summed, not averaged",
        "errors / np.prod([errors.shape[axis] for axis in term.averaged_axes])",
        "errors / 1.0",
        "Your gradient belongs to the summed loss. Divide by what the loss is averaged over.",
        cost=1,
    ),
    backward(
        "averaged over the wrong axes",
        "for axis in term.averaged_axes",
        "for axis in ([0, 2] if 0 in term.averaged_axes else [0])",
        "You averaged over other axes than the loss does. Which are steps, samples and units?",
        cost=1,
    ),
    backward(
        "factor two",
        "errors = states[1:] - y",
        "errors = 2 * (states[1:] - y)",
        "Your gradient is twice too large: the loss is half of the squared error.",
        cost=1,
    ),
    backward(
        "sign",
        "errors = states[1:] - y",
        "errors = y - states[1:]",
        "Your gradient has the opposite sign. Differentiate (h − y)² with respect to h.",
        cost=1,
    ),
    backward(
        "target of the last step only",
        "g = g + errors[t]",
        "g = g + errors[t] * (t == len(x) - 1)",
        "You let only the last error enter. There is a target at every step.",
        cost=3,
    ),
    backward(
        "message overwritten",
        "g = g + errors[t]",
        "g = errors[t]",
        "At each step you forget the message of the later steps: the error is added to it.",
        cost=3,
    ),
    backward(
        "a step too late",
        "g_z.T @ states[t]",
        "g_z.T @ states[t + 1]",
        "You used h_t for the recurrent weights. They were multiplied by the state before.",
        cost=1,
    ),
    backward(
        "last share only",
        'by["Wx"] += g_z.T @ x[t]',
        'by["Wx"] = g_z.T @ x[t]',
        "Wx is used at every step: add the shares, do not replace them.",
        cost=1,
    ),
    backward(
        "slope of tanh without the square",
        "(1 - squashed**2)",
        "(1 - squashed)",
        "The derivative of tanh is 1 − tanh², with the square.",
        cost=2,
    ),
    backward(
        "errors taken in place",
        "errors = states[1:] - y\n",
        "errors = states[1:]\n    errors -= y\n    states = states.copy()\n    states[1:] += y\n",
        "You changed the given states: a slice is a view, and -= writes into the array behind it.",
        cost=1,
    ),
    backward(
        "first state counted among the targets",
        'return by | {"h0": g}',
        'return by | {"h0": g + errors[0]}',
        "You added an error to the gradient of h_0, which has no target.",
        cost=1,
    ),
]

OF_CLIP = [
    clip(
        "another size",
        "power = 2 if term.root_mean_square else 1",
        "power = 1 if term.root_mean_square else 2",
        "Your size is another one: read again how the entries are averaged.",
        cost=1,
    ),
    clip(
        "norm for mean",
        "np.mean(np.abs(entries) ** power)",
        "np.sum(np.abs(entries) ** power)",
        "You summed over the entries. The size is a mean over them.",
        cost=1,
    ),
    clip(
        "average of averages",
        "size = np.mean(np.abs(entries) ** power) ** (1 / power)",
        "size = np.mean([np.mean(np.abs(g) ** power) ** (1 / power) "
        "for g in gradients if g is not None])",
        "You averaged the sizes of the arrays. A small array then counts as much as a large one.",
        cost=2,
    ),
    clip(
        "each array on its own",
        "return [None if g is None else factor * g for g in gradients], size",
        "own = [g if g is None else np.mean(np.abs(g) ** power) ** (1 / power) for g in gradients]"
        "\n    return [None if g is None else g * min(1.0, limit / (s + 1e-12))"
        " for g, s in zip(gradients, own, strict=True)], size",
        "You clipped each array by its own size. One factor for all keeps the direction.",
        cost=2,
    ),
    clip(
        "exactly to the limit",
        (
            "(1 + (size / limit) ** term.sharpness) ** (-1 / term.sharpness)",
            "limit / (size + term.eps)",
        ),
        ("min(1.0, limit / size) if size else 1.0", "limit / size if size else 1.0"),
        "You clip sharply and exactly to the limit. The factor is another one here: follow its "
        "formula to the letter.",
        cost=2,
    ),
    clip(
        "short gradients made longer",
        (
            "(1 + (size / limit) ** term.sharpness) ** (-1 / term.sharpness)",
            "min(1.0, limit / (size + term.eps))",
        ),
        ("limit / (size + 1e-12)", "limit / (size + term.eps)"),
        "You lengthen gradients that are shorter than the limit. The factor is never above 1.",
        cost=1,
    ),
    clip(
        "zero times infinity",
        "return [None if g is None else np.zeros(np.shape(g)) for g in gradients], size",
        "return [None if g is None else 0 * g for g in gradients], size",
        "Zero times infinity is not a number. Make new zeros.",
        cost=1,
    ),
    clip(
        "broken gradients let through",
        "if not np.isfinite(size):",
        "if False:",
        "A gradient with infinite entries, or with entries that are not a number, must not come "
        "through: zeros are asked.",
        cost=1,
    ),
    clip(
        "whole numbers cut off",
        "return [None if g is None else factor * g for g in gradients], size",
        "return [None if g is None else (factor * g).astype(g.dtype) for g in gradients], size",
        "A gradient of whole numbers comes back cut off to whole numbers: its type was kept.",
        cost=1,
    ),
    clip(
        "size after clipping",
        "return [None if g is None else factor * g for g in gradients], size",
        "return [None if g is None else factor * g for g in gradients], factor * size",
        "You return the size after clipping. The one before is asked: it is the one to plot.",
        cost=1,
    ),
    clip(
        "gaps dropped",
        "return [None if g is None else factor * g for g in gradients], size",
        "return [factor * g for g in gradients if g is not None], size",
        "You left the gaps out: the list must be as long as before, with None in its places.",
        cost=1,
    ),
    clip(
        "in place",
        "return [None if g is None else factor * g for g in gradients], size",
        "for g in gradients:\n        if g is not None:\n            g *= factor\n"
        "    return gradients, size",
        "You multiplied the given arrays in place. They must stay as they were.",
        cost=1,
    ),
]

MISTAKES = [*OF_RECALL, *OF_PHI, *OF_WEIGHTS, *OF_BACKWARD, *OF_CLIP]
