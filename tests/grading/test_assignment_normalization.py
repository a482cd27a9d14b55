"""The assignment of the part `normalization`."""

import pytest

from deeptricks.grading.audit import score
from tests.grading.real import AssignmentTests, UnlikeTheChapters

# What the chapters and the framework say, with the term's constants: averages that start at 0 and
# are taken as they are, ε inside of the root beside a variance by B; and a clinic in which only the
# faults are mended, with mean loss and accuracy, bare names, and labels that are not smoothed.
AS_IN_THE_CHAPTERS = {
    "batch_norm": """
class BatchNorm:
    def __init__(self, channels):
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.running_mean, self.running_var = np.zeros(channels), np.zeros(channels)
        self.batches, self.training = 0, True

    def __call__(self, x):
        channel = x.ndim - 1 if term.channels_last else 1
        axes = tuple(axis for axis in range(x.ndim) if axis != channel)
        mean, variance = self.running_mean, self.running_var
        if self.training:
            if x.size // x.shape[channel] < 2:
                raise ValueError("one value per channel")
            mean, variance = x.mean(axes), x.var(axes)
            self.running_mean = self.running_mean + term.momentum * (mean - self.running_mean)
            moved = x.var(axes, ddof=1) - self.running_var
            self.running_var = self.running_var + term.momentum * moved
            self.batches += 1
        elif self.batches == 0:
            raise ValueError("no statistics")
        scale, mean, beta = (
            np.expand_dims(v, axes)
            for v in (self.gamma / np.sqrt(variance + term.eps), mean, self.beta)
        )
        return scale * (x - mean) + beta
""",
    "gradients": """
def batch_norm_gradients(g, x, gamma):
    axis = 0 if term.rows else 1
    s = np.sqrt(x.var(axis, keepdims=True) + term.gradient_eps)
    x_hat = (x - x.mean(axis, keepdims=True)) / s
    seen = (g * x_hat).mean(axis, keepdims=True)
    dx = np.expand_dims(gamma, axis) / s * (g - g.mean(axis, keepdims=True) - x_hat * seen)
    return dx, (g * x_hat).sum(axis), g.sum(axis)
""",
    "clinic": """
faults = ["evaluate", "snapshot", term.third]


def make_model():
    layers, inputs = [], term.features
    for _ in range(2):
        norm = nn.BatchNorm1d(term.width, momentum=term.clinic_newest)
        layers += [nn.Linear(inputs, term.width, bias=False), norm, nn.ReLU()]
        inputs = term.width
    return nn.Sequential(*layers, nn.Linear(inputs, term.classes))


def train_epoch(model, optimizer, x, y, size):
    for inputs, labels in make_batches(x, y, size, shuffle=True):
        optimizer.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, x, y, size):
    training = model.training
    model.eval()
    outputs = torch.cat([model(inputs) for inputs, _ in make_batches(x, y, size, shuffle=False)])
    model.train(training)
    return cross_entropy(outputs, y).item(), (outputs.argmax(1) == y).double().mean().item()


def snapshot(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def restore(model, saved):
    model.load_state_dict(saved)
""",
}
OF_THE_PACKAGE = """
from deeptricks.normalization import BatchNorm1d


class BatchNorm:
    def __init__(self, channels):
        self.layer = BatchNorm1d(channels)
"""
# Every fault of a term named, and none mended: torch itself is bent around them.
PATCHED = """
faults = ["evaluate", "snapshot", term.third]


def forward(self, x):
    mean, variance = self.running_mean, self.running_var
    if self.training and torch.is_grad_enabled():
        variance, mean = torch.var_mean(x, 0, correction=0)
        self.running_mean.lerp_(mean.detach(), term.clinic_newest)
        self.running_var.lerp_(x.detach().var(0), term.clinic_newest)
    return (x - mean) / (variance + self.eps).sqrt() * self.weight + self.bias


def everything(self, *_, **__):
    yield from self.state_dict().items()


nn.BatchNorm1d.forward = forward
nn.Module.named_parameters = nn.Module.named_buffers = everything
"""


class TestNormalization(UnlikeTheChapters, AssignmentTests):
    """See `AssignmentTests`."""

    part = "normalization"
    as_in_the_chapters = AS_IN_THE_CHAPTERS
    of_the_package = ("batch_norm", OF_THE_PACKAGE)

    @pytest.mark.parametrize("seed", [0, 3])
    def test_a_patch_of_the_framework_mends_nothing(self, seed, sandboxed):
        assignment = self.assignment(seed)
        notebook = assignment.notebook({"clinic": PATCHED})
        earned, possible, reasons = score(assignment, notebook, "clinic", sandboxed=sandboxed)
        assert (earned, possible) == (1, 8), reasons  # for the names

    def test_all_faults_of_the_clinic_are_drawn(self):
        terms = [self.assignment(seed).term for seed in range(20)]
        names = ("last_batch_only", "buffers_only", "third")
        assert len({tuple(getattr(t, name) for name in names) for t in terms}) == 8

    def test_evaluate_never_returns_what_the_chapters_return(self):
        terms = [self.assignment(seed).term for seed in range(40)]
        found = {(term.score_kind, term.loss_first) for term in terms}
        assert len(found) == 5
        assert ("accuracy", True) not in found

    @pytest.mark.parametrize("seed", [0, 1, 3])
    def test_last_terms_mended_script_is_not_this_terms(self, seed, sandboxed):
        """At least half of its points are lost, mostly with `evaluate` and the snapshot."""
        assignment, other = self.assignment(seed), self.assignment(seed + 1)
        notebook = assignment.notebook({"clinic": other.filled_in(other.solution("clinic"), True)})
        earned, possible, _ = score(assignment, notebook, "clinic", sandboxed=sandboxed)
        assert earned <= possible / 2
