"""The instructor's kit: assignments that grade themselves, honestly.

An assignment is a master notebook and the checks that decide its points (`questions`,
`assignment`). Five commands use it: `release`, `grade`, `alike`, `audit` and `gradescope`. Behind
them:

    handout/   from the master to what students get: marks, faults, leaks, nbgrader's part
    sandbox/   a student's code, run where it can do no harm, for the values that come out
    evening/   submissions found, read, restored, run, judged and recorded
    results/   what people see: gradebook, formgrader, feedback, a table, the class (`of_class`)
    alike/     answers that are alike, as an aid
    otter/     the same assignments for Gradescope

The sandbox never sees an expected value; what comes out of it is compared outside (`compare`).
"""

try:
    from .answers import Alternative, Mistake
    from .assignment import Assignment, open_term
    from .questions import Check, Question
except ModuleNotFoundError as missing:
    raise ImportError(
        f"deeptricks.grading needs {missing.name.partition('.')[0]}, which is not installed: "
        "pip install 'deeptricks[teach]'"
    ) from missing

__all__ = ["Alternative", "Assignment", "Check", "Mistake", "Question", "open_term"]
