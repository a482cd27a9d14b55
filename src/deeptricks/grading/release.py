"""Make the students' versions of the assignments, and make sure that nothing leaks into them.

    python -m deeptricks.grading release [inputs …] --course course --seed 7

For each assignment the master is looked through, filled with the constants of the term, and handed
to nbgrader's generate_assignment; the result is searched for solutions and hidden tests, and
graded: untouched it must earn 0 points, with the solutions all. Only then it lies in
COURSE/release. Where something is wrong that folder keeps what it had, and the exit status is 1.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from .assignment import Assignment
from .audit import score
from .course import Course
from .handout.leaks import leaks
from .handout.lint import faults as lint_faults
from .table import bar, table

NUMBERED = re.compile(r"^## \d+\.", re.MULTILINE)


@dataclass
class Released:
    """What became of one assignment; `path` is None where it was not released.

    `assignment` is None where its own material is broken, so that nothing is known of it.
    """

    name: str
    assignment: Assignment | None = None
    blank: str = "–"
    reference: str = "–"
    path: Path | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def row(self) -> dict:
        """Its line in the summary table."""
        questions = self.assignment.questions if self.assignment else ()
        return {
            "assignment": self.name,
            "questions": _numbered(self.assignment) if self.assignment else 0,
            "automatic": sum(q.points for q in questions if not q.manual),
            "manual": sum(q.points for q in questions if q.manual),
            "blank": self.blank,
            "reference": self.reference,
            "student version": str(self.path or "not released"),
        }


def _numbered(assignment):
    """The questions as the text numbers them: checks and a person may each grade a part of one."""
    headings = [
        heading
        for cell in assignment.master().cells
        if cell.cell_type == "markdown"
        for heading in NUMBERED.findall(cell.source)
    ]
    return len(set(headings))


def release(course: Course, name: str, audit: bool = True, **how) -> Released:
    """Make, check and move one assignment; what is wrong stands in the result's `faults`.

    `how` is handed to `execute.run`, where the blank notebook and the reference are graded.
    """
    from .handout.staging import Stage  # nbgrader takes seconds to load

    try:
        result = Released(name, course.sound(name))
    except ValueError as error:
        return Released(name, faults=[str(error)])
    result.faults = lint_faults(result.assignment)
    if result.faults:
        return result
    with Stage.open(course, result.assignment) as stage:
        try:
            student = stage.generate()
            result.faults = leaks(result.assignment, student)
            if audit and not result.faults:
                _audit(result, student, **how)
            if not result.faults:
                result.notes = _notes(course, stage, student)
                stage.generate(course.gradebook)
                result.path = stage.move()
        except ValueError as error:
            result.faults.append(f"{name}: {error}")
    return result


def _audit(result, student, **how):
    """The student's version itself must earn nothing, the solutions everything."""
    assignment = result.assignment
    earned, possible, reasons = score(assignment, student, **how)
    result.blank = f"{earned} of {possible}"
    if earned:
        paid = [key for key in _keys(assignment) if key not in reasons]
        result.faults.append(f"{assignment.name}: untouched it earns {earned} points, for {paid}")
    earned, possible, reasons = score(assignment, assignment.notebook(), **how)
    result.reference = f"{earned} of {possible}"
    for (question, check), reason in reasons.items():
        result.faults.append(
            f"{assignment.name}: the reference fails {question}, {check}: {reason}"
        )


def _keys(assignment):
    return [(q.name, c.name) for q in assignment.questions for c in q.checks]


def _notes(course, stage, student):
    """What an instructor must know who releases an assignment for the second time."""
    from .handout.staging import submissions

    old, many = stage.place("release", course.folder), submissions(course, stage.assignment.name)
    if not many or not old.exists():
        return []
    before = [cell.source for cell in nbformat.read(old, as_version=4).cells]
    if before == [cell.source for cell in student.cells]:
        return []
    return [
        f"{stage.assignment.name}: {many} submissions answer the version before; their grades are "
        f"kept, with the points of this one. Grade them again."
    ]


def arguments(parser):
    """What the command takes."""
    parser.add_argument("names", nargs="*", help="of assignments (default: all)")
    parser.add_argument("--course", default="course", help="folder of the term (default course)")
    parser.add_argument("--masters", default="assignments", help="(default assignments)")
    parser.add_argument(
        "--seed",
        type=int,
        help="of the term: changes constants and shapes (default the course's, or 0)",
    )
    parser.add_argument("--no-audit", action="store_true", help="do not grade blank and reference")
    parser.add_argument(
        "--unsafe-without-sandbox",
        action="store_true",
        help="run the masters' code as it is, where no sandbox is to be had",
    )


def main(options) -> int:
    """Release what is asked for, print a table; 1 where something was not released."""
    from .handout.refusal import write_settings
    from .handout.staging import remove_leftovers

    course = Course.create(options.course, options.masters, options.seed)
    names = course.chosen(options.names)
    remove_leftovers(course)
    write_settings(course.folder)
    results = []
    with bar(len(names), "release") as progress:
        for name in names:
            sandboxed = not options.unsafe_without_sandbox
            results.append(release(course, name, not options.no_audit, sandboxed=sandboxed))
            progress.update()
    print(table([result.row() for result in results]))
    for kind in ("faults", "notes"):
        if lines := [line for result in results for line in getattr(result, kind)]:
            print("", *lines, sep="\n")
    return int(any(result.faults for result in results))
