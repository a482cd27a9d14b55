"""The assignment of the part `normalization`."""

import pytest

from deeptricks.grading.audit import score
from tests.grading.real import AssignmentTests

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


class TestNormalization(AssignmentTests):
    """See `AssignmentTests`."""

    part = "normalization"

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
