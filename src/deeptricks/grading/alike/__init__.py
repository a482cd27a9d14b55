"""Answers that are alike: an aid for whoever reads them, and no evidence.

    python -m deeptricks.grading alike --course course [--assignment inputs]
    python -m deeptricks.grading alike --measure assignments/inputs [--seed 7]

The first writes <course>/results/<assignment>-alike.html from what has been graded. The second
prints how often it would be wrong: on right answers that were written independently, and on copies
that were made to look otherwise.
"""

from pathlib import Path


def arguments(parser):
    """What the command takes."""
    parser.add_argument("--course", default="course", help="folder of the term (default: course)")
    parser.add_argument("--assignment", help="this one only")
    parser.add_argument(
        "--measure", nargs="+", metavar="FOLDER", help="of assignments: false alarms"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the term to measure (default 0)")


def main(options) -> int:
    """Write the pages, or print the table."""
    from ..assignment import Assignment
    from ..course import Course
    from ..results.of_class import pages
    from ..table import table
    from . import measure, page

    if options.measure:
        assignments = [Assignment(folder, options.seed) for folder in options.measure]
        print(table(measure.rows(assignments)))
        return 0
    course = Course.open(options.course)
    for name in course.chosen([options.assignment] if options.assignment else []):
        if list(Path(course.folder / "autograded").glob(f"*/{name}/{name}.ipynb")):
            path, many = page.write(course, name)
            print(f"{name}: {many} pairs, {path}")
    pages.write(course)  # they link to it
    return 0
