"""The assignment of the part `architectures`."""

import math
import warnings

import numpy as np
import pytest

from deeptricks.grading.assignment import _module, grade_id
from deeptricks.grading.cases import MISTAKE
from tests.grading.real import AssignmentTests, UnlikeTheChapters

# What the chapters and the framework say: channels first, products, no default padding; …
AS_IN_THE_CHAPTERS = {
    "costs": """
def network(layers, image):
    c, h, w = image
    parameters = work = 0
    for layer in layers:
        k = layer.get("window", 1)
        if layer["kind"] == "conv":
            d, p, s, g = (layer.get(n, o) for n, o in
                          (("dilate", 1), ("pad", 0), ("stride", 1), ("groups", 1)))
            h, w = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n in (h, w))
            parameters += layer["out"] * (k * k * c // g + 1)
            work += h * w * layer["out"] * k * k * c // g
            c = layer["out"]
        elif layer["kind"] == "pool":
            s, p = layer.get("stride", k), layer.get("pad", 0)
            h, w = ((n + 2 * p - k) // s + 1 for n in (h, w))
        elif layer["kind"] == "mean":
            h = w = 1
        else:
            parameters += layer["out"] * (c * h * w + 1)
            work += layer["out"] * c * h * w
            c, h, w = layer["out"], 1, 1
    return {"shape": (c, h, w), "parameters": parameters, "work": work}
""",
    "matmul": """
from numpy.lib.stride_tricks import sliding_window_view


def convolve(x, w, stride=1, pad=0, dilation=1, groups=1):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    reach, n = dilation * (w.shape[-1] - 1) + 1, w.shape[1]
    seen = sliding_window_view(x, (reach, reach), (2, 3))
    seen = seen[:, :, ::stride, ::stride, ::dilation, ::dilation]
    parts = zip(np.split(seen, groups, 1), np.split(w, groups), strict=True)
    return np.concatenate([np.einsum("ncrsuv,ocuv->nors", a, b) for a, b in parts], 1)


def convolve_back(g, shape, w, stride=1, pad=0, dilation=1, groups=1):
    raise NotImplementedError
""",
    "cut": """
def count(widths, head):
    raise NotImplementedError

widths = {"conv1": 64, "conv2": 192, "conv3": 0, "conv4": 0, "conv5": 256, "fc6": 0, "fc7": 0}
head = "flatten"
""",
    "block": """
class Block(nn.Module):
    def __init__(self, inputs, outputs, stride=1, dial=1.0, silent=True):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.dial, self.stride, self.more = dial, stride, outputs - inputs
        if silent:
            nn.init.zeros_(self.norm2.weight)

    def forward(self, x):
        h = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        if self.stride > 1 or self.more:
            x = x[:, :, :: self.stride, :: self.stride]
            half = self.more // 2
            x = nn.functional.pad(x, (0, 0, 0, 0, half, self.more - half))
        return torch.relu(self.dial * x + h)


def twin(network, dial):
    raise NotImplementedError
""",
}
OF_THE_PACKAGE = """
from deeptricks.architectures import AlexNet, multiply_adds, parameters


def count(widths, head):
    return parameters(AlexNet()), multiply_adds(AlexNet(), (3, 224, 224)), 0


widths, head = {}, "mean"
"""
BEFORE = ("imports", "{}_table", "{}_imports", "{}", "{}_tests")


def fails_visibly(assignment, case):
    """Whether the tests that a student sees object to an answer."""
    cells = {grade_id(c): c.source for c in assignment.notebook(case.answers).cells}
    names = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in BEFORE:
                exec(cells.get(name.format(case.question), ""), names)
    except Exception:
        return True
    return False


class TestArchitectures(UnlikeTheChapters, AssignmentTests):
    """See `AssignmentTests`."""

    part = "architectures"
    as_in_the_chapters = AS_IN_THE_CHAPTERS
    of_the_package = ("cut", OF_THE_PACKAGE)

    @pytest.mark.parametrize("seed", range(3))
    def test_visible_tests_catch_half_of_the_mistakes_and_no_alternative(self, seed):
        assignment, seen = self.assignment(seed), []
        for case in self.cases():
            caught = fails_visibly(assignment, case)
            if case.kind == MISTAKE:
                seen.append(caught)
            else:
                assert not caught, case.name
        assert sum(seen) >= len(seen) / 2

    def test_there_are_enough_mistakes_and_each_says_what_it_costs(self):
        assignment = self.assignment()
        assert len(assignment.mistakes) >= 45
        assert len(assignment.alternatives) >= 8
        points = {q.name: q.points for q in assignment.questions}
        for mistake in assignment.mistakes:
            assert mistake.cost is not None, mistake.name
            assert mistake.cost <= points[mistake.question] / 2, mistake.name


class TestConventions:
    """What is drawn for a term: never all as in the chapters, and never more than can be done."""

    @pytest.mark.parametrize("seed", range(41))
    def test_one_of_them_at_least_is_not_that_of_the_chapters(self, seed):
        term = TestArchitectures.assignment(seed).term
        layers = not term.channels_last and term.biased and term.linear_biased
        assert not (layers and term.work == "products")
        assert not (term.cut_conv_bias and not term.pools_count)
        assert term.momentum != 0.1

    def test_each_of_them_occurs(self):
        terms = [TestArchitectures.assignment(seed).term for seed in range(41)]
        for name, many in (("pad_halves", 3), ("pool_step", 3), ("work", 3), ("field_power", 2),
                           ("code_refusal", 2), ("cut_kept", 4), ("pools_count", 2),
                           ("twin_times", 2), ("momentum", 3)):  # fmt: skip
            assert len({getattr(term, name) for term in terms}) == many, name

    @pytest.mark.parametrize("seed", range(41))
    def test_the_reference_finds_a_cut_that_keeps_to_the_rules(self, seed):
        """Also where the layer that must stay is a dear one."""
        assignment = TestArchitectures.assignment(seed)
        cells = {grade_id(c): c.source for c in assignment.notebook().cells}
        names = {"np": np}
        for cell in ("cut_table", "cut"):
            exec(cells[cell], names)
        value = ({name: int(width) for name, width in names["widths"].items()}, names["head"])
        judges = [check.judge for check in assignment.question("cut").checks if check.judge]
        assert [judge(value) for judge in judges] == [None] * 4

    @pytest.mark.parametrize("seed", range(4))
    def test_the_layer_that_others_use_keeps_its_width(self, seed):
        assignment = TestArchitectures.assignment(seed)
        checks, kept = _module(assignment.folder / "network_checks.py"), assignment.term.cut_kept
        whole = dict(checks.ALEXNET)
        assert checks._invalid(assignment.term, (whole, "mean")) is None
        for width in (0, whole[kept] // 2):
            assert kept in checks._invalid(assignment.term, (whole | {kept: width}, "mean"))


class TestOracles:
    """What is expected comes from elsewhere than the reference; here a third way, by hand."""

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("removed", [(), ("conv3",), ("fc6", "fc7"), ("conv2", "conv5")])
    def test_a_cut_costs_without_torch_what_it_costs_with_it(self, seed, removed):
        """The judges of a cut go to machines without torch; what is expected comes from torch."""
        assignment = TestArchitectures.assignment(seed)
        checks = _module(assignment.folder / "network_checks.py")
        widths = {name: 0 if name in removed else most // 2 for name, most in checks.ALEXNET}
        for head in ("mean", "flatten"):
            costs = checks.cut_costs(assignment.term, widths, head)
            assert costs == checks.right.cut_costs(assignment.term, widths, head)

    def expected(self, question, check, seed=0):
        for one in TestArchitectures.assignment(seed).question(question).checks:
            if one.name == check:
                return one
        raise AssertionError(check)

    @pytest.mark.parametrize("seed", range(4))
    def test_the_share_of_the_input_has_a_closed_form(self, seed):
        term = TestArchitectures.assignment(seed).term
        q = term.s_dial**2
        n = term.s_blocks
        total = (1 - q ** (n + 1)) / (1 - q) if term.s_normed else (1 + q) ** n
        assert math.isclose(self.expected("recall", "share", seed).expected, q**n / total)

    @pytest.mark.parametrize("seed", range(4))
    def test_outputs_of_the_block_keep_to_the_sign_of_its_form(self, seed):
        term = TestArchitectures.assignment(seed).term
        outputs = self.expected("block", "same", seed).expected
        assert bool(min(map(np.min, outputs)) >= 0) != term.before
