"""The assignment of the part `normalization`."""

from tests.grading.real import AssignmentTests


class TestNormalization(AssignmentTests):
    """See `AssignmentTests`."""

    part = "normalization"
