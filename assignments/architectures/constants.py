"""The constants and conventions of a term, with the words for them in the text."""

BACKED = {  # what goes around a block whose shape changes
    "behind": "of every {s}-th row and column the pixel is taken (the first ones included), and "
    "channels of zeros are laid **behind** the old ones (then `outputs` is never less than "
    "`inputs`)",
    "average": "the mean is taken of every square of `stride` × `stride` pixels, and channels of "
    "zeros are laid **before** the old ones (then `outputs` is never less than `inputs`)",
    "convolution": "a 1 × 1 convolution `around_conv`, without bias, takes the step `stride` and "
    "makes the channels; behind it stands a norm `around_norm`",
    "mean_first": "the mean is taken of every square of `stride` × `stride` pixels, then a 1 × 1 "
    "convolution `around_conv`, without bias and with the stride 1, makes the channels; there is "
    "no norm on this way",
}
PADS = {  # of a convolution, where none is given: its words, and how many halves of the overhang
    "none": ("0", 0),
    "half": (
        "half of what the window, dilation included, reaches beyond one pixel, so that with the "
        "stride 1 the image keeps its size (windows are odd then)",
        1,
    ),
    "full": (
        "all of what the window, dilation included, reaches beyond one pixel, so that the first "
        "window shares just one pixel with the image",
        2,
    ),
}
POOLS = {  # the stride of a pool, where none is given
    "one": "1",
    "half": "half as large as the window, rounded up",
    "window": "as large as the window",
}
WORK = {  # of an output
    "products": r"$n$: only products count, neither sums nor biases",
    "fused": r"$n$, and one more if there is a bias (a product and its sum are one step)",
    "operations": r"$2n - 1$, and one more if there is a bias",
}
BIASED = {  # convolutions, linear layers
    (True, True): "Convolutions and linear layers have biases.",
    (False, True): "Convolutions have **no** bias, linear layers have one.",
    (True, False): "Convolutions have biases, linear layers have **none**.",
}
CUT_BIASED = {
    (True, True): "All layers have biases.",
    (False, True): "Linear layers have biases, convolutions have **none**.",
    (False, False): "**No** layer has a bias.",
}
SCALES = {
    "norm": "the weight of the last norm of $F$",
    "number": "a parameter `scale` with one number, of the shape `(1,)`, which multiplies the "
    "whole of $F(x)$",
    "channels": "a parameter `scale` of the shape `(outputs,)`, whose numbers multiply the "
    "channels of $F(x)$",
}
ALEXNET = (("conv1", 64), ("conv2", 192), ("conv3", 384), ("conv4", 256), ("conv5", 256),
           ("fc6", 4096), ("fc7", 4096))  # fmt: skip


def parameters(rng):
    """The constants and conventions of a term, drawn from a `numpy.random.Generator`."""

    def pick(*options):
        return options[int(rng.integers(len(options)))]

    def coin():
        return bool(rng.integers(2))

    return {
        **_of_count(pick, coin),
        **_of_costs(pick, coin),
        **_of_matmul(pick, coin),
        **_of_cut(pick, coin),
        **_of_block(pick, coin),
        **_of_story(pick),
        "data_seed": int(rng.integers(1000)),
    }


def _of_count(pick, coin):
    # A pool that ends over the edge; rounding down twice would give another number.
    side, pool = pick((57, 2), (58, 2), (66, 2), (69, 3), (70, 3), (82, 3))
    bias, window = coin(), pick(3, 5)
    return {
        "c_window": window,
        "c_dilation": pick(3, 4) if window == 3 else pick(2, 3),
        "c_stride": pick(2, 3),
        "c_pad": pick(3, 4),
        "c_groups": pick(2, 3, 4),
        "c_inputs": pick(24, 36, 48),
        "c_outputs": pick(60, 72, 96),
        "c_height": pick(40, 45, 50),
        "c_width": pick(61, 66, 70),
        "c_bias": bias,
        "c_bias_words": "with a bias" if bias else "without bias",
        "side": side,
        "side_pool": pool,
        "r_window": pick(3, 5),
        "r_inputs": pick(192, 256, 320, 480),
        "r_outputs": pick(48, 64, 96, 128),
        "r_percent": pick(15, 20, 25, 30),
        "s_dial": pick(0.8, 0.9, 0.95),
        "s_blocks": pick(4, 6, 9),
        "s_normed": (normed := coin()),
        "s_words": "the branch ends with a norm: whatever comes in, its output has the variance 1"
        if normed
        else "there is no norm: the branch's output has the variance of its input",
        "n_deviation": pick(0.8, 1.1, 1.4),
        "n_correlation": pick(0.3, 0.4, 0.6),
        "n_difference": pick(0.4, 0.5, 0.7),
    }


def _of_costs(pick, coin):
    last, square, runtime = coin(), coin(), coin()
    pad, pool, work = pick(*PADS), pick(*POOLS), pick(*WORK)
    conv_bias, linear_bias = biased = pick(*BIASED)
    if not last and all(biased) and work == "products":  # the chapters' way
        work = "operations"
    each = {"products": 3, "fused": 3 + conv_bias, "operations": 5 + conv_bias}[work]
    return {
        "channels_last": last,
        "shape_words": "(height, width, channels)" if last else "(channels, height, width)",
        "flat_words": "(1, 1, units)" if last else "(units, 1, 1)",
        "pad_words": PADS[pad][0],
        "pad_halves": PADS[pad][1],
        "pool_step": pool,
        "pool_words": POOLS[pool],
        "biased": conv_bias,
        "linear_biased": linear_bias,
        "bias_words": BIASED[biased],
        "work": work,
        "work_words": WORK[work],
        "sum_words": "nothing"
        if work == "products"
        else "one addition for each number of each path after the first",
        "field_power": 2 if square else 1,
        "field_words": "in a square whose sides reach from" if square else "along one side, from",
        "code_refusal": (refusal := "RuntimeError" if runtime else "ValueError"),
        "refusal_words": f"`{refusal}`",
        "test_image": (8, 6, 3) if last else (3, 8, 6),
        "test_shape": (4, 3, 5) if last else (5, 4, 3),
        "test_joined": (8, 6, 8) if last else (8, 8, 6),
        "test_flat": (1, 1, 7) if last else (7, 1, 1),
        "test_unpadded": sorted([5, 4 + 4 * PADS[pad][1], 2 + 4 * PADS[pad][1]]),
        "test_pooled": {"one": [3, 4, 6], "half": [2, 3, 3], "window": [2, 2, 3]}[pool],
        "test_parameters": 15 + 5 * conv_bias,
        "test_linear": 35 + 7 * linear_bias,
        "test_work": 8 * 6 * 5 * each,
        "test_fields": [n**2 if square else n for n in (1, 3, 5, 7)],
    }


def _of_matmul(pick, coin):
    last, weights_last, mixed, flipped, wrapped = coin(), coin(), coin(), coin(), coin()
    if not (last or weights_last or mixed or flipped or wrapped):  # the framework's way
        mixed = True
    places = r"i \bmod G" if mixed else r"\lfloor i / n \rfloor"
    row = [1.0, 2.0, 3.0, 0.0, 0.0]  # the image; the filter looks to one side only
    kernel = [1.0, 0.0, 10.0]
    ends = (0.0, 1.0) if wrapped else (0.0, 0.0)
    padded = [ends[0], *row, ends[1]]
    taps = kernel[::-1] if flipped else kernel
    answer = [sum(taps[k] * padded[i + k] for k in range(3)) for i in range(5)]
    return {
        "image_last": last,
        "image_words": "(N, H, W, C)" if last else "(N, C, H, W)",
        "channel_axis": 3 if last else 1,
        "image_rows": (1, 2) if last else (2, 3),
        "weights_last": weights_last,
        "weight_words": "(K, K, C / G, C′)" if weights_last else "(C′, C / G, K, K)",
        "mixed": mixed,
        "group_words": rf"${places}$"
        + ("" if mixed else ", where $n$ is how many there are in each group"),
        "flipped": flipped,
        "u_words": "(K - 1 - u)\\, d" if flipped else "d u",
        "v_words": "(K - 1 - v)\\, d" if flipped else "d v",
        "wrapped": wrapped,
        "beyond_words": "**goes on on the other side**: the row above the first one is the last "
        "one, and so on, and likewise for columns"
        if wrapped
        else "is **zeros**",
        "row": row,
        "row_shape": (1, 1, 5, 1) if last else (1, 1, 1, 5),
        "kernel": kernel,
        "kernel_shape": (3, 3, 1, 1) if weights_last else (1, 1, 3, 3),
        "tall_shape": (2, 7, 5, 4) if last else (2, 4, 7, 5),
        "pair_shape": (1, 1, 2, 6) if weights_last else (6, 2, 1, 1),
        "numbers_shape": (4,) if last else (4, 1, 1),
        "group_sums": [10, 101] * 3 if mixed else [1] * 3 + [110] * 3,
        "row_answer": answer,
    }


def _of_cut(pick, coin):
    # Never all biases and no pools, as in the chapters.
    biased, pools = pick(*((b, p) for b in CUT_BIASED for p in (True, False) if p or not all(b)))
    kept, grouped = pick("conv2", "conv3", "conv4", "conv5"), coin()
    side = pick(127, 143, 159, 175, 191)
    classes = pick(100, 150, 200, 250)
    groups = [1, 2, 1, 2, 2] if grouped else [1, 1, 1, 1, 1]
    products, parameters, neurons = pick(18, 24, 30), pick(5, 6, 8), pick(50, 56, 62)
    if kept == "conv2":  # it is wide where the image is large
        products, neurons = max(products, 24), max(neurons, 56)
    whole = _costs_of_all(side, classes, groups, *biased, pools)
    most = [
        round(whole[0] * parameters / 1e6) * 10**4,
        round(whole[1] * products / 1e7) * 10**5,
        round(whole[2] * neurons / 1e5) * 10**3,
    ]
    return {
        "cut_groups": groups,
        "second_groups": groups[1],
        "cut_side": side,
        "cut_classes": classes,
        "most_parameters": most[0],
        "most_products": most[1],
        "most_neurons": most[2],
        "cut_keep": pick(6, 7),
        "cut_multiple": pick(4, 8),
        "cut_kept": kept,
        "cut_conv_bias": int(biased[0]),
        "cut_linear_bias": int(biased[1]),
        "cut_bias_words": CUT_BIASED[biased],
        "pools_count": int(pools),
        "neuron_words": "convolutions, pools and linear layers together"
        if pools
        else "convolutions and linear layers together (pools have none)",
        "whole_counts": whole,
        "whole_parameters": f"{whole[0]:,}",
        "whole_products": f"{whole[1]:,}",
        "whole_neurons": f"{whole[2]:,}",
        "parameters_words": f"{most[0]:,}",
        "products_words": f"{most[1]:,}",
        "neurons_words": f"{most[2]:,}",
    }


def _costs_of_all(side, classes, groups, conv_bias, linear_bias, pools):
    """Parameters, products and neurons of the uncut network."""
    window, stride, pad = (11, 5, 3, 3, 3), (4, 1, 1, 1, 1), (2, 2, 1, 1, 1)
    costs, channels = [0, 0, 0], 3
    for i, (name, width) in enumerate((*ALEXNET, ("fc8", classes))):
        if name.startswith("conv"):
            side = (side + 2 * pad[i] - window[i]) // stride[i] + 1
            weights = width * channels // groups[i] * window[i] ** 2
        elif name == "fc6":
            weights, side = width * channels * side**2, 1
        else:
            weights = width * channels
        biases = width * (conv_bias if name.startswith("conv") else linear_bias)
        more = (weights + biases, weights * side**2, width * side**2)
        costs = [a + b for a, b in zip(costs, more, strict=True)]
        channels = width
        if name in ("conv1", "conv2", "conv5"):
            side = (side - 3) // 2 + 1
            costs[2] += pools * width * side**2
    return costs


def _of_block(pick, coin):
    narrow, before = coin(), coin()
    squeeze = pick(2, 4) if narrow else 1
    place = pick(1, 3) if narrow else pick(1, 2, 2)
    around = pick(*BACKED)
    scale = pick("number", "channels") if before else pick("norm", "number", "channels")
    root, times = coin(), coin()
    total = r"s \cdot a(x) + F(x)"
    total = rf"\frac{{{total}}}{{\sqrt{{1 + s^2}}}}" if root else total
    windows = [1, 3, 1] if narrow else [3, 3]
    last = len(windows)
    return {
        "narrow": narrow,
        "windows": windows,
        "window_words": "1 × 1, 3 × 3, 1 × 1" if narrow else "3 × 3 and 3 × 3",
        "how_many": "three" if narrow else "two",
        "squeeze": squeeze,
        "inner_words": f"The first two make `outputs // {squeeze}` channels, the last `outputs`."
        if narrow
        else "Both make `outputs` channels.",
        "before": before,
        "order_words": "In front of **each** convolution stand its norm and a ReLU, in this order "
        f"(`norm1`, ReLU, `conv1`, …, ReLU, `conv{last}`); nothing stands behind the sum."
        if before
        else "Behind **each** convolution stands its norm, and a ReLU between one norm and the "
        f"next convolution (`conv1`, `norm1`, ReLU, …, `norm{last}`); the sum goes through a ReLU.",
        "last": last,
        "stride_at": place,
        "stride_words": f"`conv{place}`",
        "stride_name": f"conv{place}",
        "part_names": [f"{kind}{n}" for n in range(1, last + 1) for kind in ("conv", "norm")],
        "around": around,
        "around_words": BACKED[around].format(s="`stride`"),
        "has_conv": around in ("convolution", "mean_first"),
        "momentum": pick(0.02, 0.05, 0.2),  # the framework's is 0.1
        "twin_times": times,
        "twin_words": "its own dial times `dial`" if times else "the dial `dial`",
        "test_dials": [0.25, 0.5] if times else [0.5, 0.5],
        "scale": scale,
        "scale_words": SCALES[scale].replace("the last norm", f"`norm{last}`, the last norm"),
        "root": root,
        "y_formula": f"y = {total}" if before else rf"y = \mathrm{{ReLU}}\left( {total} \right)",
        "test_start": round(0.5 / 1.25**0.5, 6) if root else 0.5,
        "test_names": _names(windows, scale, around),
    }


def _names(windows, scale, around):
    """How many parameters a block whose shape changes has, as tensors."""
    many = 3 * len(windows) + (scale != "norm")
    return many + {"convolution": 3, "mean_first": 1}.get(around, 0)


def _of_story(pick):
    return {"story_blocks": pick(10, 12), "story_width": pick(28, 32, 36), "story_seed": pick(1, 2)}
