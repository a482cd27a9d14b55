"""The right answers, each reached by another way than the reference solution takes."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .budget import CONVS

# Question 1: counted one by one.


def conv_numbers(term):
    """(parameters, products) of the convolution, by torch on its device without numbers."""
    with torch.device("meta"):
        layer = nn.Conv2d(
            term.c_inputs, term.c_outputs, term.c_window, term.c_stride, term.c_pad,
            term.c_dilation, term.c_groups, term.c_bias,
        )  # fmt: skip
        image = torch.empty(1, term.c_inputs, term.c_height, term.c_width)
        places = layer(image).numel()
    each = layer.weight.numel() // term.c_outputs
    return sum(p.numel() for p in layer.parameters()), places * each


def side_after(term):
    """Run the two layers on an image of zeros."""
    image = torch.zeros(1, 1, term.side, term.side)
    image = functional.conv2d(image, torch.zeros(1, 1, 7, 7), stride=2, padding=2)
    return functional.max_pool2d(image, 3, term.side_pool, ceil_mode=True).shape[-1]


def widest_reduction(term):
    """Make the reduction wider until the branch is too dear."""
    k, c, out = term.r_window, term.r_inputs, term.r_outputs
    width = 0
    while 100 * ((width + 1) * c + k * k * (width + 1) * out) <= term.r_percent * k * k * c * out:
        width += 1
    return width


def share_left(term):
    """Two variances, block by block."""
    own, all_of_it = Fraction(1), Fraction(1)
    for _ in range(term.s_blocks):
        branch = 1 if term.s_normed else all_of_it
        own = own * Fraction(str(term.s_dial)) ** 2
        all_of_it = all_of_it * Fraction(str(term.s_dial)) ** 2 + branch
    return float(own / all_of_it)


def seeds(term):
    """More seeds until the standard error is small enough."""
    s, many = term.n_deviation, 1
    covariance = s * s * np.array([[1, term.n_correlation], [term.n_correlation, 1]])
    variance = np.array([1, -1]) @ covariance @ np.array([1, -1])
    while (1.96 + 0.84) * math.sqrt(variance / many) > term.n_difference:
        many += 1
    return many


# Question 2: by running each layer on the `meta` device.


def costs(term, layers, image):
    """{shape, parameters, work, field} by torch's own layers; ValueError as in the text."""
    channels, *sides = (image[2], *image[:2]) if term.channels_last else image
    found = _run(term, layers, (channels, *sides), {0}, 1)
    (c, h, w), parameters, work, seen, _ = found
    return {
        "shape": (h, w, c) if term.channels_last else (c, h, w),
        "parameters": parameters,
        "work": work,
        "field": math.prod([max(seen) - min(seen) + 1] * term.field_power),
    }


def _run(term, layers, shape, seen, jump):
    """(shape, parameters, work, pixels seen from one place along one side, jump)"""
    parameters = work = 0
    for layer in layers:
        kind = layer["kind"]
        if kind in ("concat", "sum"):
            paths = [_run(term, path, shape, seen, jump) for path in layer["paths"]]
            shape = _joined(kind, [path[0] for path in paths])
            parameters += sum(path[1] for path in paths)
            work += sum(path[2] for path in paths)
            if kind == "sum" and term.work != "products":
                work += (len(paths) - 1) * math.prod(shape)
            seen, jump = set().union(*(path[3] for path in paths)), max(p[4] for p in paths)
            continue
        try:
            with torch.device("meta"):
                step, module = _module(term, layer, shape)
                shape = tuple(module(torch.empty(1, *shape)).shape[1:])
        except (RuntimeError, ValueError) as error:
            raise ValueError(str(error)) from None
        mine = [p.numel() for p in module.parameters()]
        parameters += sum(mine)
        if mine:
            summed = mine[0] // layer["out"]
            sums = summed - 1 if term.work == "operations" else 0
            biases = 0 if term.work == "products" else len(mine) - 1
            work += math.prod(shape) * (summed + sums + biases)
        if kind in ("conv", "pool"):
            reach = [j * layer.get("dilate", 1) * jump for j in range(layer["window"])]
            seen, jump = {a + b for a in seen for b in reach}, jump * step
        if kind == "linear":
            shape = (*shape, 1, 1)
    return shape, parameters, work, seen, jump


def _module(term, layer, shape):
    kind, window, dilate = layer["kind"], layer.get("window"), layer.get("dilate", 1)
    if kind == "mean":
        return 1, nn.AdaptiveAvgPool2d(1)
    if kind == "linear":
        return 1, nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), layer["out"],
                                                          term.linear_biased))  # fmt: skip
    over = dilate * (window - 1) if kind == "conv" else 0
    pad = layer.get("pad", (0, over // 2, over)[term.pad_halves])
    if kind == "conv":
        step = layer.get("stride", 1)
        return step, nn.Conv2d(shape[0], layer["out"], window, step, pad, dilate,
                               layer.get("groups", 1), term.biased)  # fmt: skip
    step = layer.get("stride", {"one": 1, "half": -(-window // 2)}.get(term.pool_step, window))
    return step, nn.MaxPool2d(window, step, pad, ceil_mode=layer.get("ceil", False))


def _joined(kind, shapes):
    sides = {s[1:] for s in shapes}
    if len(sides) > 1 or (kind == "sum" and len(set(shapes)) > 1):
        raise ValueError("these shapes cannot be joined")
    return shapes[0] if kind == "sum" else (sum(s[0] for s in shapes), *shapes[0][1:])


# Question 3: one number after the other, at remainders where the image goes on.


def convolved(term, x, w, stride, pad, dilation, groups):
    """The outputs, in the term's layout, by the sum that stands in the text."""
    x, w = np.array(x, dtype=float), np.array(w, dtype=float)
    x = np.moveaxis(x, 3, 1) if term.image_last else x
    w = w.transpose(3, 2, 0, 1) if term.weights_last else w
    (many, channels, height, width), (outputs, each, k, _) = x.shape, w.shape
    sides = [(s + 2 * pad - dilation * (k - 1) - 1) // stride + 1 for s in (height, width)]
    y = np.zeros((many, outputs, *sides))

    def group(i, of):
        return i % groups if term.mixed else i * groups // of

    for o, row, column in np.ndindex(outputs, *sides):
        mine = [c for c in range(channels) if group(c, channels) == group(o, outputs)]
        for place, u, v in np.ndindex(each, k, k):
            i, j = row * stride + u * dilation - pad, column * stride + v * dilation - pad
            if not term.wrapped and not (0 <= i < height and 0 <= j < width):
                continue
            weight = w[o, place, k - 1 - u, k - 1 - v] if term.flipped else w[o, place, u, v]
            y[:, o, row, column] += weight * x[:, mine[place], i % height, j % width]
    return np.moveaxis(y, 1, 3) if term.image_last else y


# Question 4: by building the network.


def cut_costs(term, widths, head):
    """(parameters, products, neurons) of the cut network, built without numbers."""
    with torch.device("meta"):
        x, parameters, products, neurons = torch.empty(1, 3, term.cut_side, term.cut_side), 0, 0, 0
        for (name, window, stride, pad), groups in zip(CONVS, term.cut_groups, strict=True):
            if widths[name]:
                layer = nn.Conv2d(x.shape[1], widths[name], window, stride, pad, groups=groups,
                                  bias=bool(term.cut_conv_bias))  # fmt: skip
                x = layer(x)
                parameters += sum(p.numel() for p in layer.parameters())
                products += layer.weight.numel() * math.prod(x.shape[2:])
                neurons += x.numel()
            if name in ("conv1", "conv2", "conv5"):
                x = functional.max_pool2d(x, 3, 2)
                neurons += x.numel() if term.pools_count else 0
        x = x.mean((2, 3)) if head == "mean" else x.flatten(1)
        for width in (widths["fc6"], widths["fc7"], term.cut_classes):
            if width:
                layer = nn.Linear(x.shape[1], width, bool(term.cut_linear_bias))
                x = layer(x)
                parameters += sum(p.numel() for p in layer.parameters())
                products += layer.weight.numel()
                neurons += width
    return parameters, products, neurons


# Question 5: without a module; the norm is written out.


def block_state(term, rng, inputs, outputs, stride=1):
    """A full set of numbers for a block, by the names of the text; in their order."""
    inner, last = outputs // term.squeeze, term.last
    ends = [inputs, *[inner] * (last - 1), outputs]
    state = {}
    for n, (a, b, k) in enumerate(
        zip(ends[:-1], ends[1:], term.windows, strict=True), start=1
    ):  # fmt: skip
        state[f"conv{n}.weight"] = rng.normal(0, (1.5 / (a * k * k)) ** 0.5, (b, a, k, k))
        state |= _norm_state(rng, f"norm{n}", a if term.before else b)
    if (inputs != outputs or stride != 1) and term.has_conv:
        state["around_conv.weight"] = rng.normal(0, inputs**-0.5, (outputs, inputs, 1, 1))
        if term.around == "convolution":
            state |= _norm_state(rng, "around_norm", outputs)
    if term.scale != "norm":
        state["scale"] = rng.uniform(0.5, 1.5, 1 if term.scale == "number" else outputs)
    return state


def _norm_state(rng, name, channels):
    return {f"{name}.weight": rng.uniform(0.6, 1.4, channels),
            f"{name}.bias": rng.normal(0, 0.4, channels)}  # fmt: skip


def block(term, state, x, stride, dial):
    """The output in training."""
    p = {name: torch.tensor(value) for name, value in state.items()}
    x = torch.tensor(x)

    def norm(h, name):
        mean, variance = h.mean((0, 2, 3), keepdim=True), h.var((0, 2, 3), False, keepdim=True)
        h = (h - mean) / torch.sqrt(variance + 1e-5)
        return (
            torch.einsum("nchw,c->nchw", h, p[f"{name}.weight"]) + p[f"{name}.bias"][:, None, None]
        )

    h = x
    for n in range(1, term.last + 1):
        w = p[f"conv{n}.weight"]
        if term.before:
            h = norm(h, f"norm{n}").clamp(min=0)
        h = functional.conv2d(h, w, None, stride if n == term.stride_at else 1, w.shape[-1] // 2)
        if not term.before:
            h = norm(h, f"norm{n}")
            h = h.clamp(min=0) if n < term.last else h
    if "scale" in p:
        h = h * p["scale"].reshape(1, -1, 1, 1)
    around = x
    if h.shape != x.shape:
        around = _around(term, x, h, p, stride)
        if term.around == "convolution":
            around = norm(around, "around_norm")
    y = dial * around + h
    y = y / math.sqrt(1 + dial * dial) if term.root else y
    return (y if term.before else y.clamp(min=0)).numpy()


def _around(term, x, h, p, stride):
    if term.around in ("average", "mean_first"):
        x = x.unfold(2, stride, stride).unfold(3, stride, stride).mean((4, 5))
    else:
        x = x[:, :, ::stride, ::stride]
    if term.has_conv:
        return torch.einsum("oi,nihw->nohw", p["around_conv.weight"][:, :, 0, 0], x)
    around = torch.zeros(h.shape, dtype=x.dtype)
    if term.around == "behind":
        around[:, : x.shape[1]] = x
    else:
        around[:, h.shape[1] - x.shape[1] :] = x
    return around


def block_parts(term, inputs, outputs, stride):
    """[name, size] of each parameter, by name."""
    state = block_state(term, np.random.default_rng(0), inputs, outputs, stride)
    return sorted([name, int(np.size(value))] for name, value in state.items())
