"""Export assignments for Gradescope, by otter-grader, from the same masters.

    python -m deeptricks.grading gradescope --seed 7 --out gradescope
    python -m deeptricks.grading gradescope inputs signal --seed 7 --out gradescope

For each assignment: what students get, and an autograder.zip for Gradescope. The checks, their
points and their sentences are those of `grade`; how they are run is not. There is no sandbox
between the student's code and the checks: otter runs both in one process. A student who means to
cheat can read the inputs and expected values, and can give themselves any score. What hidden tests
protect against there is honest error and guessing; for more, grade with `grade`.

Where an assignment needs torch for some questions there are two zips, one for each kind, so that no
question that asks for an implementation is answered by torch's own. Every zip is tried here, by
`otter run`, before it is kept: the reference must earn everything, the blank notebook nothing.
Gradescope itself was never tried. Each README.md says how to set it up, and what is not protected.
"""

from pathlib import Path

import nbformat

from .assignment import Assignment
from .audit import blank
from .otter.files import graded, rooms
from .otter.readme import readme
from .otter.zipped import make, results, score

IGNORED = "otter_ignore"


def export(assignment: Assignment, out: str | Path) -> list[tuple[str, float]]:
    """Write an assignment's folder for Gradescope into `out`.

    Parameters
    ----------
    assignment
        The assignment, for its term.
    out
        Gets a folder named after the assignment: `<name>.ipynb`, README.md and a zip for each room.

    Returns
    -------
    The zips' names, each with the points that are to be had in it.

    Raises
    ------
    ValueError
        Where the zip does not grade as it should: the reference fully, the blank notebook with 0.
    """
    folder = Path(out) / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    student = for_otter(blank(assignment))
    nbformat.write(student, folder / f"{assignment.name}.ipynb")
    made = []
    for room in rooms(assignment):
        name = "autograder.zip" if len(rooms(assignment)) == 1 else f"autograder-{room}.zip"
        trial = folder / f".{name}"
        try:
            make(assignment, room, trial)
            made.append((name, _tried(assignment, room, trial, student)))
            trial.replace(folder / name)
        finally:
            trial.unlink(missing_ok=True)
    (folder / "README.md").write_text(readme(assignment, made), "utf-8")
    return made


def for_otter(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook, in which experiments and visible tests have the tag that otter passes over.

    Otter runs the visible tests once more by itself, on a copy of the student's names: in the
    notebook a variable of a test could take the place of an answer.
    """
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        tests = cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
        if (tests or "experiment" in tags) and IGNORED not in tags:
            cell.metadata["tags"] = [*tags, IGNORED]
    return notebook


def _tried(assignment, room, archive, student):
    """The points of a zip; ValueError where it does not grade as it should."""
    most = sum(question.points for question in graded(assignment, room))
    reference = for_otter(assignment.notebook())
    told = results(archive, room, reference, student)
    for one, right, what in zip(told, (most, 0), ("reference", "blank notebook"), strict=True):
        if score(one) != (right, most):
            raise ValueError(
                f"{assignment.name}, room {room}: under otter the {what} earns {score(one)} where "
                f"{(right, most)} is right: {[t for t in one['tests'] if t.get('max_score')]}"
            )
    return most


def arguments(parser):
    """What the command takes."""
    parser.add_argument("names", nargs="*", help="of assignments (default: all there are)")
    parser.add_argument("--masters", default="assignments", help="their folder (assignments)")
    parser.add_argument("--seed", type=int, default=0, help="of the term (default 0)")
    parser.add_argument("--out", default="gradescope", help="folder to write to (gradescope)")


def main(options) -> int:
    """Export, and print what was made."""
    known = sorted(p.parent.name for p in Path(options.masters).glob("*/checks.py"))
    names = options.names or known
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"names are {unknown}; in {options.masters} there are {known}")
    if not names:
        raise ValueError(f"masters is {options.masters!r}: there is no assignment in it")
    for name in names:
        print(f"{name}: exporting and trying it under otter …", flush=True)
        for file, most in export(
            Assignment(Path(options.masters) / name, options.seed), options.out
        ):
            print(f"  {file}: reference {most} of {most}, blank 0 of {most}", flush=True)
    print(f"Read README.md in each folder of {options.out} before you upload anything.")
    return 0
