"""The assignment of the part `signal`."""

from tests.grading.real import AssignmentTests


class TestSignal(AssignmentTests):
    """See `AssignmentTests`."""

    part = "signal"
