"""The assignment of the part `inputs`."""

from tests.grading.real import AssignmentTests


class TestInputs(AssignmentTests):
    """See `AssignmentTests`."""

    part = "inputs"
