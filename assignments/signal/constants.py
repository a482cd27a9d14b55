"""The constants, shapes and conventions of a term, with the words for them."""

FAN_WORDS = {
    "n_out": r"$n_\text{out}$, the fan-out",
    "mean": r"the arithmetic mean $(n_\text{in} + n_\text{out})/2$",
    "geometric": r"the geometric mean $\sqrt{n_\text{in}\, n_\text{out} }$",
}
LOSS_WORDS = {
    (1,): r"averaged over the samples and summed over steps and units: $L = \frac{1}{2N}",
    (0, 1): r"averaged over steps and samples and summed over the units: $L = \frac{1}{2TN}",
    (0, 1, 2): r"averaged over steps, samples and units: $L = \frac{1}{2TNH}",
}


def parameters(rng):
    """Constants, shapes and conventions of a term, with the words for them."""

    def pick(*options):
        return options[rng.integers(len(options))]

    def between(low, high):
        return round(float(rng.uniform(low, high)), 2)

    recall = _of_recall(pick)
    left, layout, steps_first = pick(True, False), pick(True, False), pick(True, False)
    triangular, axes = pick(True, False), pick(*LOSS_WORDS)
    smooth, squares, fan = pick(True, False), pick(True, False), pick(*FAN_WORDS)
    sharpness, eps = between(2.5, 5.5), between(0.02, 0.3)
    return recall | {
        "sign": 1 if left else -1,
        "level": between(0.4, 0.6) * (1 if left else -1),
        "steep": between(0.8, 1.2),
        "shallow": between(0.05, 0.2),
        "width": between(0.4, 0.9),
        "formula": _formula(left),
        "variance": between(0.5, 0.8),
        "fan": fan,
        "fan_words": FAN_WORDS[fan],
        "kernel_last": layout,
        "layout_words": (
            r"$(D_\text{out}, D_\text{in})$ for a linear layer and "
            r"$(C_\text{out}, C_\text{in}, k_h, k_w)$ for a convolution"
            if layout
            else r"$(D_\text{in}, D_\text{out})$ for a linear layer (so that it computes $hW + b$) "
            r"and $(k_h, k_w, C_\text{in}, C_\text{out})$ for a convolution"
        ),
        "triangular": triangular,
        "drawn": int(triangular),
        "test_shape": (2, 4, 3) if triangular else (4, 3),
        "draws_words": (
            "The weights have a triangular distribution. `draws` holds two draws for each weight, "
            r"in the shape (2, *shape of the weight*): a weight is $B\,(u_1 - u_2)$ with "
            "$u_1$ from `draws[0]` and $u_2$ from `draws[1]`."
            if triangular
            else "The weights have a uniform distribution. `draws` has the shape of the weight: "
            r"a draw $u$ becomes the weight $B\,(2u - 1)$."
        ),
        "leak": between(0.2, 0.45),
        "time_axis": 0 if steps_first else 1,
        "code_steps": "x" if steps_first else "x.swapaxes(0, 1)",
        "code_errors": "states[1:] - y" if steps_first else "(states[:, 1:] - y).swapaxes(0, 1)",
        "averaged_axes": axes,
        "loss_words": f"half the squared error, {LOSS_WORDS[axes]}"
        + r" \sum_{t,n,i} (h_{tni} - y_{tni})^2$",
        "x_shape": r"$(T, N, D)$" if steps_first else r"$(N, T, D)$",
        "y_shape": r"$(T, N, H)$" if steps_first else r"$(N, T, H)$",
        "states_shape": r"$(T + 1, N, H)$" if steps_first else r"$(N, T + 1, H)$",
        "small_x": (5, 4, 3) if steps_first else (4, 5, 3),
        "small_y": (5, 4, 2) if steps_first else (4, 5, 2),
        "root_mean_square": squares,
        "test_size": 2.5 if squares else 1.75,  # of 3, −4, 0 and 0
        "size_words": "the root mean square" if squares else "the mean absolute value",
        "smooth": smooth,
        "sharpness": sharpness,
        "eps": eps,
        "clip_formula": (
            r"\Big(1 + \big(s/c\big)^{p}\Big)^{-1/p}, \qquad "
            if smooth
            else r"\min\Big(1,\; \frac{c}{s + \varepsilon}\Big), \qquad "
        )
        + (f"p = {sharpness}." if smooth else rf"\varepsilon = {eps}."),
    }


def _of_recall(pick):
    groups, (kernel, stride) = pick(2, 3, 4), pick((4, 2), (6, 2), (6, 3), (8, 4))
    shrinks, ratio, inwards = pick(True, False), pick(500, 2000, 5000), pick(True, False)
    width_in, width_out = pick((600, 150), (512, 96), (300, 40), (96, 320), (50, 450))
    verb = "less than one" if shrinks else "more than"
    return {
        "channels_in": groups * pick(5, 6, 8),
        "channels_out": groups * pick(7, 9, 10),
        "kernel": kernel,
        "stride": stride,
        "groups": groups,
        "off": pick(0.7, 0.8, 0.85) if shrinks else pick(1.2, 1.25, 1.4),
        "ratio": ratio,
        "drift_words": f"$r_l$ is {verb} {ratio}" + ("th of $r_0$" if shrinks else " times $r_0$"),
        "width_in": width_in,
        "width_out": width_out,
        "receiving": width_out if inwards else width_in,
        "averaged": width_in if inwards else width_out,
        "rule_words": r"$1/n_\text{in}$" if inwards else r"$1/n_\text{out}$",
        "passing_words": "the gradient, on its way back from the layer's outputs to its inputs"
        if inwards
        else "the signal, on its way forward from the layer's inputs to its outputs",
    }


def _formula(left):
    line, bend = r"c + a z & \text{for } z ", r"c + b z + A\,"
    if left:
        return (
            rf"\varphi(z) = \begin{{cases}} {line} > 0 \\ "
            rf"{bend}(e^{{z/w}} - 1) & \text{{for }} z \le 0 \end{{cases}}"
        )
    return (
        rf"\varphi(z) = \begin{{cases}} {line} \le 0 \\ "
        rf"{bend}(1 - e^{{-z/w}}) & \text{{for }} z > 0 \end{{cases}}"
    )
