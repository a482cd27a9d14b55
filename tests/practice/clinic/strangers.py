"""Three models that nobody here wrote, from PyPI: healthy and with planted faults.

python -m tests.practice.clinic.strangers            the checkup looks at them
python -m tests.practice.clinic.strangers --train    they are trained: as ill as they are said?

They need x-transformers, torch-geometric and pytorchcv (`pip install`, or PYTHONPATH to a folder
that holds them), which are no requirements of the book.
"""

import importlib
import sys
import time
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from tests.practice.clinic.unread_cases import accuracy, broken, healthy, loader, set_up
from tests.practice.clinic.unread_data import digits
from tests.practice.clinic.unread_relations import graphs
from tests.practice.clinic.unread_verify import train

NEEDED = {
    "transformer": ("x_transformers", "x-transformers"),
    "graphs": ("torch_geometric", "torch-geometric"),
    "pictures": ("pytorchcv", "pytorchcv"),
}


class MissingStrangerError(ImportError):
    """A package of another house is not installed."""


def package(of):
    """The package that a stranger comes from."""
    module, project = NEEDED[of]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingStrangerError(
            f"{of}: the package {module} is missing; pip install {project}, or set PYTHONPATH"
        ) from error


# --- a transformer of x-transformers on a toy language --------------------------------------------


def sentences(rng, n, length=12):
    """Counting by a step that the first two tokens give, in twelve tokens modulo eleven."""
    start, pace = rng.integers(0, 11, (n, 1)), rng.integers(1, 5, (n, 1))
    return torch.as_tensor((start + pace * np.arange(length + 1)) % 11)


def transformer(rng, fault=None):
    """TransformerWrapper(Decoder): the next token of a small language."""
    x = package("transformer")
    words = sentences(rng, 2000)
    causal = fault != "an encoder for a decoder"
    layers = (x.Decoder if causal else x.Encoder)(dim=32, depth=1, heads=2, attn_dim_head=16)
    model = x.TransformerWrapper(num_tokens=12, max_seq_len=16, attn_layers=layers)
    rate = 0.2 if fault == "rate of .2" else 3e-3
    decay = 30.0 if fault == "decay of 30" else 0.01
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=decay)

    def criterion(out, y):
        return F.cross_entropy(out.transpose(1, 2), y)

    def score():  # token by token, as one who writes has no future to look at
        model.eval()
        some = words[1900:]
        with torch.no_grad():
            right = [model(some[:, :t])[:, -1].argmax(-1) == some[:, t] for t in range(3, 12)]
        model.train()
        return (torch.stack(right).float().mean().item() - 1 / 11) * 11 / 10

    return set_up(
        model, loader(words[:1600, :-1], words[:1600, 1:], 20), criterion, optimizer, 300, score,
        val_batches=loader(words[1600:1900, :-1], words[1600:1900, 1:], 50, False),
    )  # fmt: skip


# --- a graph isomorphism network of PyTorch Geometric ---------------------------------------------


class Pooled(nn.Module):
    """GIN and global_add_pool; x is (features, edges, graph of each node)."""

    def __init__(self, depth=2):
        super().__init__()
        geometric = importlib.import_module("torch_geometric.nn")
        self.gnn = geometric.GIN(4, 24, depth, norm="layer_norm")
        self.pool, self.head = geometric.global_mean_pool, nn.Linear(24, 3)

    def forward(self, inputs):
        x, edges, member = inputs
        return self.head(self.pool(self.gnn(x, edges), member))


class Molecules:
    """Batches of graphs as PyTorch Geometric packs them: one disconnected graph."""

    def __init__(self, x, a, y, size, shuffle=True):
        self.data, self.size, self.shuffle = (x, a, y), size, shuffle

    def __len__(self):
        return len(self.data[2]) // self.size

    def __iter__(self):
        x, a, y = self.data
        order = torch.randperm(len(y)) if self.shuffle else torch.arange(len(y))
        for rows in order.split(self.size)[: len(self)]:
            yield self.pack(x[rows], a[rows]), y[rows]

    @staticmethod
    def pack(x, a):
        """(features, edge_index, graph of each node)."""
        n, nodes = x.shape[:2]
        graph, left, right = a.nonzero(as_tuple=True)
        edges = torch.stack([graph * nodes + left, graph * nodes + right])
        return x.reshape(n * nodes, -1), edges, torch.arange(n).repeat_interleave(nodes)


def geometric(rng, fault=None):
    """GIN: rings, stars and pairs of cliques."""
    package("graphs")
    x, a, y = (torch.as_tensor(part) for part in graphs(rng, 1200))
    model = Pooled()
    rate = 5e-3
    if fault == "labels of another order":
        y[:900] = y[:900][torch.as_tensor(rng.permutation(900))]
        y[900:1000] = y[900:1000].roll(3)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    if fault == "only the head":
        optimizer = torch.optim.Adam(model.head.parameters(), rate)
    return set_up(
        model, Molecules(x[:900], a[:900], y[:900], 30), nn.CrossEntropyLoss(), optimizer, 300,
        lambda: accuracy(model, Molecules.pack(x[1000:], a[1000:]), y[1000:]),
        val_batches=Molecules(x[900:1000], a[900:1000], y[900:1000], 50, False),
    )  # fmt: skip


# --- a ResNet of pytorchcv on digits --------------------------------------------------------------


def pictures(rng, fault=None):
    """CIFARResNet with three units, for pictures of 8 x 8."""
    package("pictures")
    net = importlib.import_module("pytorchcv.models.resnet_cifar").CIFARResNet
    (xt, yt), (xv, yv), (xs, ys) = digits(rng)
    xt, xv, xs = [(x - 0.305) / 0.376 for x in (xt, xv, xs)]
    model = net([[8], [12], [16]], 8, False, in_channels=1, in_size=(8, 8))
    model.features.final_pool = nn.AdaptiveAvgPool2d(1)
    if fault == "softmax before the loss":
        model = nn.Sequential(model, nn.Softmax(1))
    if fault == "frozen but for the head":
        model.features.requires_grad_(False)
        for module in model.features.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, 0, 0.05)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=5e-4)
    return set_up(
        model, loader(xt, yt, 40), nn.CrossEntropyLoss(), optimizer, 180,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


K = tuple(NEEDED)
CASES = [
    healthy(transformer, "x-transformers", K[0], odd=False),
    broken(transformer, "rate of .2", "optimizer.lr_too_high", "AdamW at 0.2", K[0]),
    broken(transformer, "decay of 30", "optimizer.weight_decay",
           "AdamW(weight_decay=30): a tenth of every weight is lost per step", K[0]),
    broken(transformer, "an encoder for a decoder", "data.leakage",
           "without a causal mask a position sees the next token: the answer is in the input",
           K[0], "the loss falls to nothing; writing fails"),
    healthy(geometric, "PyTorch Geometric's GIN", K[1], odd=False),
    broken(geometric, "labels of another order", "data.label_mismatch",
           "graphs and labels were shuffled apart", K[1]),
    broken(geometric, "only the head", "optimizer.missing_params",
           "the GIN is not in the optimizer", K[1]),
    healthy(pictures, "pytorchcv's CIFARResNet", K[2], odd=False),
    broken(pictures, "softmax before the loss", "loss.activation_twice",
           "softmax before CrossEntropyLoss", K[2]),
    broken(pictures, "frozen but for the head", "model.frozen",
           "frozen layers that were never trained, yet in the optimizer", K[2]),
]  # fmt: skip


def trained(case):
    """How well the case learns, in words."""
    score, seconds, losses, raised = train(case.make(0))
    ends = [sum(ls) / max(len(ls), 1) for ls in (losses[:5], losses[-20:])]
    speed = f"{seconds * 1e3:.1f} ms a step"
    return f"score {score:.2f}, {speed}, loss {ends[0]:.3g} -> {ends[1]:.3g} {raised}"


def examined(case):
    """What the checkup says, in words."""
    from deeptricks.practice import checkup

    start = time.process_time()
    report = checkup(**case.make(0))
    codes = [f.code for f in report.findings]
    if case.right:
        place = next((i + 1 for i, code in enumerate(codes) if code in case.right), None)
        verdict = f"right at place {place}" if place else "MISSED" if codes else "NOT DETECTED"
    else:
        verdict = "FALSE ALARM" if codes else "right: healthy"
    took = time.process_time() - start
    lines = [f"{verdict} ({took:.1f} s); expected {', '.join(case.right) or 'nothing'}"]
    return "\n    ".join(lines + [f"{f.severity:6s} {f.confidence:.2f} {f.code}: {f.evidence}"
                                  for f in report.findings])  # fmt: skip


def main(*arguments):
    """Print what is found."""
    look = trained if "--train" in arguments else examined
    if look is examined:
        try:
            from deeptricks.practice import checkup  # noqa: F401
        except ImportError:
            sys.exit("deeptricks.practice has no checkup yet; --train trains the strangers")
    absent = 0
    for case in CASES:
        try:
            print(f"{case.name}\n    {look(case)}", flush=True)
        except MissingStrangerError as error:
            absent += 1
            print(f"{case.name}\n    {error}")
    return absent


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sys.exit(main(*sys.argv[1:]) and 1)
