"""What is expected of the two questions with whole networks: AlexNet cut, the residual block."""

import numpy as np

from deeptricks.grading import Check

from . import oracles as right
from .budget import cut_costs
from .constants import ALEXNET

WIDTHS = "return {str(k): int(v) for k, v in widths.items()}, head"
NAMES = [name for name, _ in ALEXNET]


def cut(term):
    """The student's own counts on widths that nobody has seen, and four properties of the cut."""
    full = dict(ALEXNET) | {"conv2": 180, "fc6": 4000}
    thin = {"conv1": 24, "conv2": 80, "conv3": 96, "conv4": 136, "conv5": 72, "fc6": 520,
            "fc7": 1032}  # fmt: skip
    removed = [thin | {"conv3": 0}, thin | {"fc6": 0}, thin | {"conv2": 0, "fc7": 0},
               full | {"conv5": 0, "fc6": 0, "fc7": 0}]  # fmt: skip
    ways = [(w, head) for w in removed for head in ("flatten", "mean")]

    def counted(widths, head):
        return list(right.cut_costs(term, widths, head))

    def property_of(name, says, wrong):
        return Check(name, 1, WIDTHS, says, judge=lambda v: _invalid(term, v) or wrong(v))

    def share(place, most, least=0.0):
        def wrong(value):
            cost = cut_costs(term, *value)[place]
            if cost > most:
                return f"{cost:,} are more than allowed"
            return f"{cost:,} are less than the network should use" if cost < least * most else None

        return wrong

    return (
        Check("whole", 1, "return count(full, 'flatten'), count(thin, 'flatten'), "
              "count(thin, 'mean')",
              "Your `count` of networks with all their layers: parameters (which layers "
              "have biases this term?), products (as many as places times weights), neurons (do "
              "pools have any?); and what the first linear layer gets.",
              {"full": full, "thin": thin},
              [counted(full, "flatten"), counted(thin, "flatten"), counted(thin, "mean")]),
        Check("removed", 1,
              "return [count(*way)[k] - count(thin, way[1])[k] for way in ways for k in range(3)]",
              "Your `count` without some of the layers, compared with that of all: what does the "
              "next layer get, and does the pool stay?", {"ways": ways, "thin": thin},
              [a - b for w, head in ways
               for a, b in zip(counted(w, head), counted(thin, head), strict=True)]),
        property_of("rules", "The rules for a cut: names, widths, how many layers stay, and which "
                    "one keeps its width.",
                    lambda value: None),
        property_of("size", "The parameters of your network: below what is allowed, and not much.",
                    share(0, term.most_parameters, 0.8)),
        property_of("work", "The products of your network: below what is allowed, and not much.",
                    share(1, term.most_products, 0.9)),
        property_of("neurons", "The neurons of your network: below what is allowed.",
                    share(2, term.most_neurons)),
    )  # fmt: skip


def _invalid(term, value):
    """What breaks the rules, or None."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        return "these are not widths and a head"
    widths, head = value
    if not isinstance(widths, dict) or sorted(widths) != sorted(NAMES):
        return f"widths has not just the names {', '.join(NAMES)}"
    if head not in ("flatten", "mean"):
        return "head is neither 'flatten' nor 'mean'"
    for name, most in ALEXNET:
        width = widths[name]
        if type(width) is not int or width % term.cut_multiple:
            return f"the width of {name} is no multiple of {term.cut_multiple}"
        if width and not most / 4 <= width <= most:
            return f"the width of {name} is neither 0 nor between a quarter and the whole"
    if widths[term.cut_kept] != dict(ALEXNET)[term.cut_kept]:
        return f"{term.cut_kept} does not keep its width"
    if not widths["conv1"]:
        return "conv1 is removed"
    if sum(w > 0 for w in widths.values()) + 1 < term.cut_keep:
        return "too many layers are removed"
    return None


SET = """
import torch
from torch import nn
torch.manual_seed(0)

def filled(block, state):
    with torch.no_grad():
        for name, value in block.state_dict().items():
            if name in state:
                value.copy_(torch.tensor(state[name]).reshape(value.shape))
            elif name.endswith("bias"):
                value.zero_()
    return block.double().train()
"""
PARTS = (
    "found = []\nfor sizes in blocks:\n"
    "    named = Block(*sizes).named_parameters()\n"
    "    found.append(sorted([name, p.numel()] for name, p in named))\n"
    "return found"
)
START = f"""{SET}
still, loud = Block(4, 4, dial=dial).double(), Block(4, 4, dial=dial, silent=False).double()
x = torch.tensor(x)
one, other = still.train()(x), loud.train()(x)
return one, bool((one - other).abs().max() > 0.05), Block(4, 8, 2).double()(x).shape
"""
FORWARD = f"""{SET}
outputs = []
for sizes, state, dial in cases:
    block = filled(Block(*sizes, dial=dial), state)
    outputs.append(block(torch.tensor(x)).detach())
return outputs
"""
GRADIENT = f"""{SET}
block = Block(4, 8, 2, dial=0.7, silent=False).double().train()
with torch.no_grad():
    for p in block.parameters():
        p.add_(0.1 * torch.randn(p.shape, dtype=p.dtype))
x, g = torch.tensor(x, requires_grad=True), torch.tensor(g)
(block(x) * g).sum().backward()
gaps, moved = [], []
for p in [x, *block.parameters()]:
    way, before = torch.randn(p.shape, dtype=p.dtype), p.detach().clone()
    ends = []
    with torch.no_grad():
        for step in (1e-6, -1e-6):
            p.copy_(before + step * way)
            ends.append((block(x) * g).sum())
        p.copy_(before)
    slope = (ends[0] - ends[1]) / 2e-6
    gaps.append((((p.grad * way).sum() - slope).abs() < 1e-4 * (1 + slope.abs())))
    moved.append(p.grad.abs().sum() > 0)
return bool(torch.stack(gaps).all()), bool(torch.stack(moved).all())
"""
MODES = f"""{SET}
block = Block(4, 8, 2, dial=0.7, silent=False).double().train()
x = torch.tensor(x)
for _ in range(3):
    block(x)
norms = [m for m in block.modules() if isinstance(m, nn.BatchNorm2d)]
seen = [int(m.num_batches_tracked) for m in norms]
moved = all(bool((m.running_var - 1).abs().max() > 1e-6) for m in norms)
slow = [float(m.momentum or 0) for m in norms]
block.eval()
before = [b.clone() for b in block.buffers()]
alone = torch.cat([block(one[None]) for one in x])
gap = (alone - block(x)).abs().max()
same = all(torch.equal(a, b) for a, b in zip(before, block.buffers()))
return seen, slow, float(gap), same, moved, bool((alone - block.train()(x)).abs().max() > 1e-3)
"""
TWINS = f"""{SET}
network = nn.Sequential(nn.Conv2d(4, 6, 1), nn.Sequential(Block(6, 6, dial=0.3), Block(6, 8, 2)),
                        Block(8, 8, silent=False)).double()
x = torch.tensor(x)
network.train()(x)
before, was = [t.clone() for t in network.state_dict().values()], network.eval()(x)
other = twin(network, 0.0)
mode = other.training
same = all(torch.equal(a, b) for a, b in zip(before, other.state_dict().values()))
own = {{p.data_ptr() for p in network.state_dict().values() if p.numel()}}
apart = not any(p.data_ptr() in own for p in other.state_dict().values() if p.numel())
back = twin(twin(network, 0.0), 1.0)
rest = twin(network, 1.0)
half = [m.dial for m in twin(network, 0.5).modules() if isinstance(m, Block)]
with torch.no_grad():
    for p in other.parameters():
        p.add_(1)
kept = torch.equal(network(x), was)
blocks = [m for m in rest.modules() if isinstance(m, Block)]
return mode, same, apart, kept, bool(torch.allclose(back(x), rest(x))), len(blocks), bool(
    torch.allclose(rest(x), was)), [float(dial) for dial in half]
"""


def block(term):
    """Parts, start, outputs, gradients, modes, twins."""
    rng = np.random.default_rng(term.data_seed + 2)
    x = rng.normal(0.3, 1, (3, 4, 6, 6))
    wide = 8
    keeps = [((4, 4), 0.6), ((4, 4), 1.0)]
    changes = [((4, wide, 2), 1.0), ((4, 12, 2), 0.5), ((4, 4, 3), 0.8)]

    def cases(sizes):
        made = []
        for size, dial in sizes:
            state = right.block_state(term, rng, *size)
            made.append((size, state, dial))
        return made

    def outputs(made):
        return [right.block(term, state, x, size[2] if len(size) > 2 else 1, dial)
                for size, state, dial in made]  # fmt: skip

    same, other = cases(keeps), cases(changes)
    silent = 0.5 * x / (1.25**0.5 if term.root else 1)
    norms = term.last + (term.around == "convolution")
    sizes = [(4, 4, 1), (4, wide, 2), (8, 8, 2)]
    return (
        Check("parts", 1, PARTS,
              "The parameters: which there are, their names and sizes, in blocks that keep the "
              "shape and in those that change it.", {"blocks": sizes},
              [right.block_parts(term, *size) for size in sizes]),
        Check("start", 1, START,
              "A fresh block is silent: what comes out is what the way around and the dial make "
              "of x. With `silent=False` it is not; and shapes of images and channels are right.",
              {"x": x, "dial": 0.5},
              [silent if term.before else np.maximum(silent, 0), True, [3, 8, 3, 3]]),
        Check("same", 1, FORWARD,
              "Outputs in training of blocks that keep the shape, under given parameters and two "
              "dials: the order of norm, ReLU and convolution, the scale, the sum.",
              {"x": x, "cases": same}, outputs(same), tolerance=1e-5),
        Check("change", 1, FORWARD,
              "Outputs in training of blocks that change the shape: the place of the stride, and "
              "what goes around.",
              {"x": x, "cases": other}, outputs(other), tolerance=1e-5),
        Check("gradients", 1, GRADIENT,
              "Gradients, of the input and of every parameter, compared with differences of your "
              "own block's outputs.",
              {"x": x, "g": rng.normal(size=(3, 8, 3, 3))}, [True, True]),
        Check("modes", 1, MODES,
              "Training and evaluation: every norm sees each batch once, and has the momentum of "
              "the text; in evaluation a sample depends on no neighbor and nothing is counted.",
              {"x": x}, [[3] * norms, [term.momentum] * norms, 0.0, True, True, True],
              tolerance=1e-6),
        Check("twins", 1, TWINS,
              "A twin has the same numbers (running statistics as well) in memory of its own, and "
              "the same mode; only its blocks' dials differ, as the text says; the network is as "
              "it was.",
              {"x": x},
              [False, True, True, True, not term.twin_times, 3, term.twin_times,
               [0.15, 0.5, 0.5] if term.twin_times else [0.5] * 3]),
    )  # fmt: skip
