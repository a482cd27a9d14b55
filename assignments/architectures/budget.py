"""What a cut costs, without a framework: the judges of a cut go where there is none."""

CONVS = (("conv1", 11, 4, 2), ("conv2", 5, 1, 2), ("conv3", 3, 1, 1), ("conv4", 3, 1, 1),
         ("conv5", 3, 1, 1))  # fmt: skip


def cut_costs(term, widths, head):
    """(parameters, products, neurons) of a cut; `oracles.cut_costs` has them from torch."""
    channels, side = 3, term.cut_side
    parameters = products = neurons = 0
    for (name, window, stride, pad), groups in zip(CONVS, term.cut_groups, strict=True):
        if widths[name]:
            weights = widths[name] * (channels // groups) * window**2
            channels, side = widths[name], (side + 2 * pad - window) // stride + 1
            parameters += weights + term.cut_conv_bias * channels
            products += weights * side**2
            neurons += channels * side**2
        if name in ("conv1", "conv2", "conv5"):
            side = (side - 3) // 2 + 1
            neurons += term.pools_count * channels * side**2
    features = channels if head == "mean" else channels * side**2
    for width in (widths["fc6"], widths["fc7"], term.cut_classes):
        if width:
            parameters += (features + term.cut_linear_bias) * width
            products += features * width
            neurons += width
            features = width
    return parameters, products, neurons
