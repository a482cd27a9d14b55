"""Grade a folder of submissions: gradebook, grades.csv, feedback pages, a page of the class.

    python -m deeptricks.grading grade FOLDER --course course

FOLDER holds <student>/<assignment>/<assignment>.ipynb, as nbgrader's collect leaves it; with
--assignment also <student>.ipynb or <student>/<anything>.ipynb, as downloads from a learning
platform have it. What was graded before is kept; an interrupted run goes on where it stopped.
The exit status is 1 where an assignment, or a submission, could not be graded.
"""

import sys
from dataclasses import replace

from .course import Course
from .sandbox.walls import bubblewrap
from .settings import Settings

WITHOUT = (
    "WARNING: without a sandbox. The code of every student runs as you: it can read and change "
    "all your files, this course's grades among them, and reach the network."
)


def arguments(parser):
    """What the command takes."""
    parser.add_argument("folder", nargs="?", help="of the submissions")
    parser.add_argument("--course", default="course", help="folder of the term (default: course)")
    parser.add_argument("--assignment", help="grade this one only; names what flat files are of")
    parser.add_argument(
        "--student", metavar="ID", action="append",
        help="grade this one only (the id in grades.csv, or the name as it came); may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--until", metavar="TEXT",
        help="of flat files: the student's name ends at the first TEXT, as '_' in many downloads",
    )  # fmt: skip
    parser.add_argument(
        "--roster", metavar="CSV",
        help="the students: a column id, one with names, any others (else: settings.toml)",
    )  # fmt: skip
    parser.add_argument("--workers", type=int, default=2, help="sandboxes at a time (default 2)")
    parser.add_argument("--again", action="store_true", help="grade what was graded before, too")
    parser.add_argument(
        "--feedback-only", action="store_true",
        help="renew the pages and grades.csv after manual grading; grade nothing",
    )  # fmt: skip
    parser.add_argument(
        "--unsafe-without-sandbox", action="store_true",
        help="run students' code as yourself, where bubblewrap is not to be had",
    )  # fmt: skip


def main(options) -> int:
    """Grade, and tell what came out; 130 where it was interrupted."""
    from .evening.evening import evening
    from .evening.submissions import survey
    from .results import missing, report, tables  # nbgrader takes seconds to load
    from .results.of_class import pages

    course = Course.open(options.course)
    if options.feedback_only:
        return _renewed(course, options.assignment, options.student)
    if not options.folder:
        raise ValueError("folder is missing: where are the submissions?")
    if options.workers < 1:
        raise ValueError(f"workers is {options.workers}, it must be 1 or more")
    if options.unsafe_without_sandbox:
        print(WITHOUT, file=sys.stderr)
    else:
        bubblewrap()  # says at once what is missing
    settings = Settings.read(course.folder, course.names(), options.roster)
    there = survey(options.folder, course.names(), options.assignment, options.until,
                   settings.roster, settings.zone)  # fmt: skip
    if not there.submissions:
        raise ValueError(f"folder {options.folder!r} holds no submission")
    found = _of_students(there.submissions, options.student)
    try:
        records, sick = evening(
            course, found, options.workers, options.again, not options.unsafe_without_sandbox,
            settings,
        )  # fmt: skip
    except KeyboardInterrupt:
        print("\nInterrupted. What was graded is kept: the same command goes on.", file=sys.stderr)
        return 130
    found = [replace(one, refused=sick.get(one.assignment, one.refused)) for one in found]
    left_out = [one for one in found if one.assignment in sick]
    path = report.write_csv(course, [r for r in records if "grader" not in r], settings, left_out)
    print(report.summary(report.reviewed(course, records)))
    if not options.student:  # else most are missing, and files.csv keeps what it says of them
        print(missing.absent(records, settings.roster, there.others))
        files = tables.files(course, found, there.others)
    print(missing.untimed(course, {record["assignment"] for record in records}))
    print(f"\nGrades: {path}\nFeedback: {course.folder / 'feedback'}")
    print("" if options.student else f"Files: {files}\n", end="")
    print(f"The class: {pages.write(course)}")
    trouble = missing.trouble(records, left_out)
    print(trouble, end="", file=sys.stderr)
    return int(bool(trouble))


def _of_students(found, names):
    """The submissions of those who are named, by id or as their names came; all if nobody is."""
    if not names:
        return found
    for name in names:
        if not any(name in (one.student, one.name) for one in found):
            known = ", ".join(sorted({one.student for one in found})[:20])
            raise ValueError(f"student is {name!r}, of whom nothing is there; there are {known}")
    return [one for one in found if {one.student, one.name} & set(names)]


def _renewed(course, assignment, students):
    """The pages and the table, from the gradebook as it is now."""
    from .results import gradebook, lateness, missing, report
    from .results.feedback import Printer, graded_notebook
    from .results.of_class import pages

    names = [assignment] if assignment else course.names()
    with gradebook.opened(course) as book:
        lateness.applied(book, Settings.read(course.folder, course.names()))
        graded = [
            (student, name)
            for name in names
            for student in sorted(gradebook.known(book, name))
            if graded_notebook(course, student, name).is_file()
            and (not students or student in students)
        ]
    printer = Printer(course)
    for student, name in graded:
        printer.write(student, name)
    print(f"{len(graded)} pages\nGrades: {report.write_csv(course)}")
    print(missing.untimed(course, names))
    print(f"The class: {pages.write(course)}")
    return 0
