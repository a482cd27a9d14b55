"""The assignment of the part `optimization`."""

from tests.grading.real import AssignmentTests


class TestOptimization(AssignmentTests):
    """See `AssignmentTests`."""

    part = "optimization"
