"""What students get wrong where layers are counted and computed: questions 1 to 3."""

from deeptricks.grading import Mistake


def recall(name, old, new, hint, cost=1):
    return Mistake("recall", name, old, new, hint, cost)


def costs(name, old, new, hint, cost=1, when=None):
    return Mistake("costs", name, old, new, hint, cost, when)


def matmul(name, old, new, hint, cost=1):
    return Mistake("matmul", name, old, new, hint, cost)


OF_RECALL = [
    recall(
        "dilation forgotten",
        "term.c_dilation * (term.c_window - 1) + 1",
        "term.c_window",
        "A dilated window reaches farther than it has weights, so fewer of them fit. You counted "
        "places as if there were no dilation.",
    ),
    recall(
        "dilation fills the window",
        "each = window**2 * term.c_inputs // term.c_groups",
        "each = reach**2 * term.c_inputs // term.c_groups",
        "The gaps of a dilated window hold no weights: it reaches farther with as many as before.",
    ),
    recall(
        "groups forgotten",
        "term.c_inputs // term.c_groups",
        "term.c_inputs",
        "An output channel sees the inputs of its own group only.",
    ),
    recall(
        "the bias the other way",
        "(each + term.c_bias)",
        "(each + 1 - term.c_bias)",
        "Read again whether this convolution has a bias, one for each output channel.",
    ),
    recall(
        "padding on one side",
        "(size + 2 * term.c_pad - reach)",
        "(size + term.c_pad - reach)",
        "The padding stands on both ends of a row and of a column.",
    ),
    recall(
        "the pool rounded down",
        "int(np.ceil((first - 3) / term.side_pool))",
        "int(np.floor((first - 3) / term.side_pool))",
        "You rounded the pool down. In ceil mode a window over the edge counts.",
    ),
    recall(
        "a window at every step",
        "np.ceil((first - 3) / term.side_pool)",
        "np.ceil(first / term.side_pool)",
        "From the left end on a window of 3 must fit before another one comes: you count one too "
        "many.",
    ),
    recall(
        "reduction for nothing",
        "term.r_inputs + term.r_window**2 * term.r_outputs",
        "term.r_window**2 * term.r_outputs",
        "The 1 × 1 convolution costs something, too.",
    ),
    recall(
        "reduction rounded up",
        "// (100 * one_more)",
        "// (100 * one_more) + 1",
        "With so many channels the branch is too dear by a little: round down.",
    ),
    recall(
        "factor for the variance",
        "own = term.s_dial**2",
        "own = term.s_dial",
        "A factor s multiplies a standard deviation by s, and a variance by its square.",
    ),
    recall(
        "the other branch",
        "if term.s_normed",
        "if not term.s_normed",
        "Read again what variance the branch's output has: 1, or that of what comes in?",
    ),
    recall(
        "one recipe's variance",
        "2 * term.n_deviation**2",
        "term.n_deviation**2",
        "Both recipes vary: the variances of a difference's two parts add up.",
    ),
    recall(
        "as if unpaired",
        "(1 - term.n_correlation)",
        "1.0",
        "With common seeds a part of the noise is common, and is gone in the difference.",
    ),
    recall(
        "one seed too few",
        "int(np.ceil(2.8**2",
        "int(np.floor(2.8**2",
        "With so many seeds the difference is a little below 2.8 standard errors: round up.",
    ),
]

REFUSED = (
    'raise term.code_refusal(f"{groups}',
    'raise term.code_refusal(f"a window',
    'raise term.code_refusal("the images',
    'raise term.code_refusal("the numbers',
)
OTHER = "(RuntimeError if term.code_refusal is ValueError else ValueError)"

OF_COSTS = [
    costs(
        "shape in the other layout",
        "shape = (*sides, channels) if term.channels_last",
        "shape = (*sides, channels) if not term.channels_last",
        "You read images in this term's layout and return shapes in the other one.",
    ),
    costs(
        "image read in the other layout",
        (
            "np.roll(image, 1).tolist() if term.channels_last",
            "shape = (*sides, channels) if term.channels_last",
        ),
        (
            "np.roll(image, 1).tolist() if not term.channels_last",
            "shape = (*sides, channels) if not term.channels_last",
        ),
        "You took another number of the shape for the channels: do they stand first or last?",
        cost=2,
    ),
    costs(
        "another padding where none is given",
        "default = term.pad_halves * (reach - 1)",
        "default = (term.pad_halves == 0) * (reach - 1)",
        "Read again what the padding of a convolution is where none is given.",
    ),
    costs(
        "another stride of pools",
        '"window": window}[term.pool_step]',
        '"window": window}["one" if term.pool_step == "window" else "window"]',
        "Read again what the stride of a pool is where none is given.",
    ),
    costs(
        "ceil not looked at",
        'if layer.get("ceil", False) and left',
        "if False and left",
        "With `ceil` a window over the edge counts; you always round down.",
    ),
    costs(
        "a window in the padding",
        " and count * stride < side + pad:",
        ":",
        "With `ceil` there is no window that would begin in the padding on the far side.",
    ),
    costs(
        "always rounded up",
        'if layer.get("ceil", False) and left',
        "if left",
        "You round all layers up. Only pools with `ceil` are.",
    ),
    costs(
        "dilation not looked at",
        'layer.get("dilate", 1) * (window - 1) + 1',
        "window",
        "A dilated window reaches farther: dilation times (window − 1), and 1.",
    ),
    costs(
        "dilation times the window",
        'layer.get("dilate", 1) * (window - 1) + 1',
        'layer.get("dilate", 1) * window',
        "Between the first and the last weight of a window there are (window − 1) gaps, not as "
        "many as it has weights.",
    ),
    costs(
        "groups not looked at",
        'layer["window"] ** 2 * channels // groups',
        'layer["window"] ** 2 * channels',
        "An output channel adds up the inputs of its own group only.",
    ),
    costs(
        "biases the other way",
        "channels // groups, term.biased",
        "channels // groups, not term.biased",
        "Read again whether convolutions have a bias this term.",
    ),
    costs(
        "biases of linear layers the other way",
        "channels * shape[1] * shape[2], term.linear_biased",
        "channels * shape[1] * shape[2], not term.linear_biased",
        "Read again whether linear layers have a bias this term.",
    ),
    costs(
        "linear layers on channels",
        "channels * shape[1] * shape[2], term",
        "channels, term",
        "A linear layer takes all numbers that come in: channels times rows times columns.",
    ),
    costs(
        "work the other way",
        '"operations": fused + sums}[term.work]',
        '"operations": fused + sums}["operations" if term.work == "products" else "products"]',
        "Read again what counts as work: products alone, or sums (and biases) too?",
    ),
    costs(
        "work as two for each product",
        '{"products": fan_in, "fused": fused, "operations": fused + sums}[term.work]',
        "2 * fan_in",
        "You count two for each product, as many tools do. The text counts otherwise.",
        # It is right where each of n products has a sum, as the bias makes them n.
        when=lambda term: term.work != "operations" or not (term.biased and term.linear_biased),
    ),
    costs(
        "work at one place",
        "shape[0] * shape[1] * shape[2] * one",
        "shape[0] * one",
        "A weight works at every place of the image.",
    ),
    costs(
        "concat as wide as one path",
        "(sum(shape[0] for shape in shapes), *first[1:])",
        "first",
        "Laid behind each other, the channels of all paths add up.",
    ),
    costs(
        "the joint of a sum the other way",
        'if kind == "sum" and term.work != "products"',
        'if kind == "sum" and term.work == "products"',
        "Read again what the joint of a `sum` counts.",
    ),
    costs(
        "stride before its window",
        "field = field + (reach - 1) * jump\n            jump = jump * step\n",
        "jump = jump * step\n            field = field + (reach - 1) * jump\n",
        "A layer's stride widens the windows of all layers behind it, not its own.",
    ),
    costs(
        "field without strides",
        "(reach - 1) * jump",
        "(reach - 1)",
        "Behind a stride one step is several pixels of the image.",
    ),
    costs(
        "field of the first path",
        "max(path[3] for path in paths)",
        "paths[0][3]",
        "Of several paths the one that sees most counts; you took the first.",
    ),
    costs(
        "field counted the other way",
        "field**term.field_power",
        "field ** (3 - term.field_power)",
        "Read again what `field` counts: the pixels along one side, or those in the square?",
    ),
    costs(
        "refused by the other error",
        REFUSED,
        tuple(old.replace("term.code_refusal", OTHER) for old in REFUSED),
        "Your tables are refused, but not by the error that the text names.",
    ),
    costs(
        "any groups",
        "raise term.code_refusal(f\"{groups} groups of {channels} or {layer['out']} channels\")",
        "pass",
        "Channels that cannot be divided among the groups are no error with you.",
    ),
    costs(
        "groups of the inputs alone",
        'channels % groups or layer["out"] % groups',
        "channels % groups",
        "The outputs, too, are divided among the groups.",
    ),
    costs(
        "windows that do not fit",
        'raise term.code_refusal(f"a window of {reach} does not fit")',
        "pass",
        "A window that is larger than the image (with its padding) is no error with you.",
    ),
    costs(
        "joints of any size",
        'raise term.code_refusal("the images have different sizes")',
        "pass",
        "Paths that end at images of different sizes cannot be joined; with you they can.",
    ),
    costs(
        "written into the table",
        'layer.get("pad", default)',
        'layer.setdefault("pad", default)',
        "You write into the table that was given (`setdefault` does). It must stay as it was.",
    ),
]

OF_MATMUL = [
    matmul(
        "window upside down",
        "if term.flipped",
        "if not term.flipped",
        "Your window is upside down: look at the formula, does the place in the image grow or fall "
        "with u?",
    ),
    matmul(
        "groups otherwise",
        "if term.mixed",
        "if not term.mixed",
        "You divide the channels among the groups in another way than the text.",
    ),
    matmul(
        "something else beyond the edge",
        ('"wrap" if term.wrapped', "if not term.wrapped:"),
        ('"wrap" if not term.wrapped', "if term.wrapped:"),
        "Read again what lies beyond the edge of the image.",
    ),
    matmul(
        "edge repeated",
        (
            'mode="wrap" if term.wrapped else "constant"',
            "i, j = rows[:, u] - pad, columns[:, v] - pad",
        ),
        (
            'mode="edge"',
            "i = np.clip(rows[:, u] - pad, 0, height - 1)\n"
            "                j = np.clip(columns[:, v] - pad, 0, width - 1)",
        ),
        "You repeat the pixels at the edge. Read again what lies beyond it.",
    ),
    matmul(
        "dilation not looked at",
        "+ dilation * np.arange(window)",
        "+ np.arange(window)",
        "The pixels of a dilated window are not neighbors.",
    ),
    matmul(
        "one place too few",
        "side + 2 * pad - reach + 1, stride)",
        "side + 2 * pad - reach, stride)",
        "The last window that fits is missing: `arange` stops before its end.",
    ),
    matmul(
        "square images only",
        ("places(x.shape[2:], ", "places((height, width), "),
        ("places((x.shape[2], x.shape[2]), ", "places((height, height), "),
        "You take as many columns as rows.",
    ),
    matmul(
        "rows and columns exchanged",
        "rows[:, None, :, None], columns[None, :, None, :]",
        "rows[:, None, None, :], columns[None, :, :, None]",
        "Within a window you exchange rows and columns: filters are transposed.",
    ),
    matmul(
        "rounded to whole numbers",
        ("np.moveaxis(np.asarray(x, dtype=float)", "rows.shape[0], columns.shape[0]))"),
        ("np.moveaxis(np.asarray(x)", "rows.shape[0], columns.shape[0]), dtype=x.dtype)"),
        "For images of whole numbers your outputs are cut off to whole numbers.",
    ),
    matmul(
        "gradients overwritten",
        "np.add.at(result, where, part)",
        "result[where] = part",
        "A pixel stands in several windows: their shares add up, yours replace each other.",
    ),
    matmul(
        "gradient beyond the edge",
        "i, j = rows[:, u] - pad, columns[:, v] - pad",
        "i = np.clip(rows[:, u] - pad, 0, height - 1)\n"
        "                j = np.clip(columns[:, v] - pad, 0, width - 1)",
        "On the way back, what fell beyond the edge goes to the pixels at the edge with you.",
    ),
    matmul(
        "gradient upside down",
        "        back = np.moveaxis(g[:, outputs], 1, 3) @ matrix",
        "        matrix = kernel[outputs][:, :, ::-1, ::-1].reshape(len(outputs), -1)\n"
        "        back = np.moveaxis(g[:, outputs], 1, 3) @ matrix",
        "On the way back each pixel meets the weight that it met on the way there. Yours meets the "
        "one on the other side of the window.",
    ),
    matmul(
        "gradient of one sample",
        "return np.moveaxis(result, 1, term.channel_axis)",
        "return np.moveaxis(result, 1, term.channel_axis) / many",
        "You divided by the number of images; the loss already has its mean in it, if it is one.",
    ),
]
