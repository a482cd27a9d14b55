"""What students get wrong with whole networks: AlexNet cut, the residual block."""

from deeptricks.grading import Mistake


def cut(name, old, new, hint, cost=1, when=None):
    return Mistake("cut", name, old, new, hint, cost, when)


def block(name, old, new, hint, cost=1):
    return Mistake("block", name, old, new, hint, cost)


EVERY = '[*(row[0] for row in LAYERS), "fc6", "fc7"]'

OF_CUT = [
    cut(
        "no biases",
        ("weights + term.cut_conv_bias * width", "width * (inputs + term.cut_linear_bias)"),
        ("weights", "width * inputs"),
        "This term's network has layers with biases, and these are parameters.",
        when=lambda term: term.cut_linear_bias,
    ),
    cut(
        "biases everywhere",
        ("weights + term.cut_conv_bias * width", "width * (inputs + term.cut_linear_bias)"),
        ("weights + width", "width * (inputs + 1)"),
        "Not all layers have biases this term: see the text in front of the table.",
        when=lambda term: not term.cut_conv_bias,
    ),
    cut(
        "pools the other way",
        "neurons += term.pools_count *",
        "neurons += (not term.pools_count) *",
        "Read again, in the table of what is allowed, whether the outputs of pools are neurons.",
    ),
    cut(
        "biases as products",
        ("products += weights * side**2", "products += width * inputs"),
        ("products += (weights + width) * side**2", "products += width * (inputs + 1)"),
        "A bias is added; it is no product.",
    ),
    cut(
        "mean and flattening alike",
        'channels if head == "mean" else channels * side**2',
        "channels * side**2",
        "Behind a mean the first linear layer gets one number for each channel.",
        cost=2,
    ),
    cut(
        "each weight once",
        "products += weights * side**2",
        "products += weights",
        "A weight of a convolution works at every place where the window stands.",
        cost=2,
    ),
    cut(
        "products at the places before the stride",
        "            side = (side + 2 * pad - window) // stride + 1\n",
        "            before = side\n"
        "            side = (side + 2 * pad - window) // stride + 1\n"
        "            products += width * window**2 * channels // groups * (before**2 - side**2)\n",
        "The products of a convolution are counted at the places of its outputs, not of its "
        "inputs.",
    ),
    cut(
        "the pool leaves with its layer",
        "        if pool:",
        "        if pool and width:",
        "A pool stays where it is if the convolution in front of it is taken out.",
    ),
    cut(
        "neurons behind the pool",
        "neurons += width * side**2",
        "neurons += width * ((side - 3) // 2 + 1 if pool else side) ** 2",
        "The neurons of a convolution are its own outputs, in front of the pool.",
    ),
    cut(
        "nothing behind a layer that is gone",
        "        if width:\n            parameters += width * (inputs",
        "        if True:\n            parameters += width * (inputs",
        "If a linear layer is taken out, the next one gets what that one would have got. With you "
        "it gets nothing.",
    ),
    cut(
        "fc8 forgotten",
        "for name, units in LINEAR:",
        "for name, units in LINEAR[:2]:",
        "fc8 has parameters, too, and what it gets depends on what was cut.",
    ),
    cut(
        "old widths for the next layer",
        "            channels = width\n",
        "            channels = _\n",
        "If a layer is made narrower, the next one has fewer inputs.",
        cost=2,
    ),
    cut(
        "window not squared",
        "width * window**2 * channels // groups",
        "width * window * channels // groups",
        "A window has as many weights for each input channel as pixels: its side, squared.",
        cost=2,
    ),
    cut(
        "as narrow as allowed",
        "widths, head = search()",
        f'widths, head = {{name: narrower(name, 0.0) for name in {EVERY}}}, "mean"',
        "Your network leaves most of a budget unused.",
        cost=1,
    ),
    cut(
        "not cut",
        "widths, head = search()",
        f'widths, head = {{name: narrower(name, 1.0) for name in {EVERY}}}, "flatten"',
        "This is the whole network.",
        cost=3,
    ),
    cut(
        "any width",
        "int(share * whole) // 8 * 8)",
        "int(share * whole) // 2 * 2 + 2) - 2",
        "Widths must be multiples, and no less than a quarter of the old ones: see the rules.",
        cost=2,
    ),
    cut(
        "the layer that others use made narrower",
        "widths[term.cut_kept] = narrower(term.cut_kept, 1.0)",
        "pass",
        "One layer keeps all of its channels this term: see the rules.",
        cost=2,
    ),
    cut(
        "conv1 taken out",
        "widths, head = search()",
        'widths, head = search()\nwidths["conv1"] = 0',
        "conv1 stays: it is in the rules.",
        cost=2,
    ),
]

OF_BLOCK = [
    block(
        "never silent",
        "0.0 if silent else 1.0",
        "1.0",
        "A fresh block should be silent: its scale starts at 0 unless it is told otherwise.",
    ),
    block(
        "always silent",
        "0.0 if silent else 1.0",
        "0.0",
        "With `silent=False` the scale starts at 1.",
    ),
    block(
        "the sum by the other rule",
        "** 0.5 if term.root else y",
        "** 0.5 if not term.root else y",
        "Look at the formula again: is the sum divided by something?",
    ),
    block(
        "dial on the branch",
        "self.dial * self.around(x) + h",
        "self.around(x) + self.dial * h",
        "The dial is on the way around. Yours turns the branch.",
    ),
    block(
        "dial on both",
        "self.dial * self.around(x) + h",
        "self.dial * (self.around(x) + h)",
        "The dial is on the way around, and leaves the branch alone.",
    ),
    block(
        "ReLU behind the sum the other way",
        "return y if term.before else torch.relu(y)",
        "return torch.relu(y) if term.before else y",
        "Look at the formula again: does the sum go through a ReLU?",
    ),
    block(
        "stride elsewhere",
        "step = stride if n == term.stride_at else 1\n            conv",
        "step = stride if n == (2 if term.stride_at == 1 else 1) else 1\n            conv",
        "Another convolution takes the stride: it is in the text. All shapes come out right, and "
        "the numbers do not.",
    ),
    block(
        "order of the other kind",
        (
            "widths[n - 1] if term.before else widths[n]",
            "            if term.before:\n                h = conv",
        ),
        (
            "widths[n - 1] if not term.before else widths[n]",
            "            if not term.before:\n                h = conv",
        ),
        "Your norms stand on the other side of their convolutions.",
        cost=2,
    ),
    block(
        "one ReLU more or less",
        (
            "h = conv(torch.relu(norm(h)))",
            "h = torch.relu(h) if n < term.last else h",
        ),
        (
            "h = conv(torch.relu(norm(h)) if n > 1 else norm(h))",
            "h = torch.relu(h)",
        ),
        "Count the ReLUs of the branch again: one is missing in front of the first convolution, or "
        "there is one too many behind the last norm.",
    ),
    block(
        "ReLU on the way around",
        "self.dial * self.around(x) + h",
        "self.dial * torch.relu(self.around(x)) + h",
        "Nothing but the dial touches x on its way around. You put a ReLU there.",
    ),
    block(
        "what the branch got goes around",
        (
            "        h = x\n",
            "self.dial * self.around(x) + h",
        ),
        (
            "        h = x = torch.relu(x)\n",
            "self.dial * self.around(x) + h",
        ),
        "x goes around as it came in. You put a ReLU in front of the whole block.",
    ),
    block(
        "biases",
        "window, step, window // 2, bias=False)",
        "window, step, window // 2)",
        "Your convolutions have biases. The framework gives them one unless it is told not to.",
    ),
    block(
        "sides halved in the other way",
        (
            "x = nn.functional.avg_pool2d(x, self.stride)",
            "x = x[:, :, :: self.stride, :: self.stride]",
            "x = self.around_conv(x)\n",
        ),
        (
            "x = x[..., :: self.stride, :: self.stride]",
            "x = nn.functional.avg_pool2d(x, self.stride)",
            "step = self.around_conv.stride\n            x = nn.functional.conv2d("
            "nn.functional.avg_pool2d(x, step), self.around_conv.weight)\n",
        ),
        "On the way around, is one pixel of a square taken, or the mean of all?",
    ),
    block(
        "a stride alone changes nothing",
        "stride != 1 or inputs != outputs",
        "inputs != outputs",
        "A block with a stride changes the shape, also where the channels stay.",
    ),
    block(
        "something on every way around",
        ("stride != 1 or inputs != outputs", "if not self.changes:\n            return x"),
        ("True", "if self.stride == 1 and x.shape[1] == self.outputs:\n            return 0.9 * x"),
        "Where the shape stays, x goes around as it is.",
    ),
    block(
        "the dial learns",
        "self.dial, self.stride, self.outputs = dial, stride, outputs",
        "self.stride, self.outputs = stride, outputs\n"
        "        self.dial = nn.Parameter(torch.tensor(float(dial)))",
        "The dial is a number. As a parameter it would be trained.",
    ),
    block(
        "no gradient into the branch",
        "        h = x\n",
        "        h = x.detach()\n",
        "`detach` (or `.data`) cuts the gradient off: the layers below learn through the way "
        "around alone.",
    ),
    block(
        "norm without memory",
        "(normed, momentum=term.momentum)",
        "(normed, momentum=0.0)",
        "With the momentum 0 running statistics never move: in evaluation the norm does not know "
        "its inputs.",
    ),
    block(
        "the momentum of the framework",
        ("(normed, momentum=term.momentum)", "(outputs, momentum=term.momentum)"),
        ("(normed)", "(outputs)"),
        "Your norms have the momentum that the framework gives them. The text names another.",
    ),
    block(
        "statistics of the batch in evaluation",
        ("h = norm(conv(h))", "h = conv(torch.relu(norm(h)))"),
        ("h = norm.train()(conv(h))", "h = conv(torch.relu(norm.train()(h)))"),
        "In evaluation your norms go on using the batch, and a sample's answer depends on its "
        "neighbors.",
    ),
    block(
        "the same network twice",
        "other = deepcopy(network)",
        "other = network",
        "Your twin is the network itself: turning the one's dial turns the other's.",
    ),
    block(
        "blocks at the surface only",
        "other.modules()",
        "other.children()",
        "A block may lie deep within a network: `children` sees the first floor, `modules` all.",
    ),
    block(
        "dials of the twin the other way",
        "module.dial * dial if term.twin_times else dial",
        "dial if term.twin_times else module.dial * dial",
        "Which dial has a block of the twin: the one that is given, or its own times that?",
    ),
    block(
        "a twin that trains",
        "other = deepcopy(network)",
        "other = deepcopy(network).train()",
        "Your twin is in another mode than the network.",
    ),
    block(
        "a twin without memory",
        "if term.twin_times else dial\n",
        "if term.twin_times else dial\n        if isinstance(module, nn.BatchNorm2d):\n"
        "            module.reset_running_stats()\n",
        "Running statistics belong to the numbers that a twin shares.",
    ),
]
