"""The README beside a zip for Gradescope: what to do, what is not protected, what was not tried."""

from importlib.metadata import version

from ..assignment import Assignment
from .check import SECONDS
from .files import python, rooms

TEXT = """# {name}, for Gradescope

Made from the master for the term with the seed {seed}, by otter-grader {version}.

| file | for whom | what |
|---|---|---|
| `{name}.ipynb` | students | the notebook without solutions |
{rows}

Keep the zips to yourself: they hold the hidden checks, with inputs and expected values. In the
notebook, otter passes over visible tests and experiments, by a tag: the visible tests run from the
zip. The notebook of `make assignments` has no such tags; it is graded, too, but slower, and a
variable of a visible test may take the place of an answer.

## Set-up

1. For each zip, create a programming assignment in Gradescope, with the points of the table.
2. "Configure Autograder": upload the zip, with the newest Ubuntu base image. Building takes some
   minutes; it downloads Miniforge and the versions that `environment.yml` in the zip pins.
3. "Test Autograder" with a notebook of your own: your solution must earn everything.
4. Students upload one file, `{name}.ipynb`, to each of these assignments.
5. Until you publish the grades, students see one entry, "Public Tests": do the visible tests pass
   there, too? Afterwards they also read each question's points, and the sentence of each check that
   failed.
{manual}
## What is not protected here

Otter runs the student's notebook and the tests in one process, as root of the container.

- A student who means to can read the hidden inputs and expected values, write them into what they
  see of the results, or give themselves any score. Look at perfect scores, or grade a second time
  with `python -m deeptricks.grading grade`: it takes the same notebooks, and its sandbox never sees
  an expected value.
- An endless loop in a cell lasts until Gradescope stops the container; then nothing of that
  notebook is graded. A check has {seconds} seconds. Code that ends its process costs the whole
  notebook, too: Gradescope then shows "Autograder Failed".
- Deleted, renamed or reordered cells are not restored. `os.chdir` in a cell hides the tests.
- The checks share one process: what one changes among the student's names, the next one finds.
- Each check counts alone: a known mistake costs all the checks that it fails, not what one slip is
  worth (otter's points belong to single tests), and the hints of our feedback pages are missing.

What holds here too: only returned values are compared (an object with an `==` of its own is no
answer); messages of failed checks quote no value, no input and no text of the student's errors;
{rooms}. pandas is there, because otter needs it.

## What was tried, and what was not

On the machine that made them, `otter run` gave the reference all points and the blank notebook none
with each zip, and could import nothing that the image will not have. Building the image and grading
in Gradescope itself were not tried: the kit works without a network. The image gets Python
{python}, the versions in the zip's `environment.yml`, and for the rest what otter asks for in the
versions of the day on which it is built.
"""
MANUAL = """
## Questions for a person: {points} points

The zips do not know them. Tick "Manual grading" in the assignment's settings (or create another
assignment for it) and copy the rubric:

{rubrics}
"""


def readme(assignment: Assignment, made: list[tuple[str, int]]) -> str:
    """The text; `made` gives each zip's name and its points."""
    rows = [f"| `{name}` | you | a Gradescope assignment of {most} points |" for name, most in made]
    several = "torch can be imported only in the assignment whose questions ask for it"
    torch = "torch can be imported, since the questions ask for it"
    none = "torch, scipy and scikit-learn are not installed there"
    alone = torch if rooms(assignment) == ["torch"] else none
    return TEXT.format(
        name=assignment.name,
        seed=assignment.seed,
        version=version("otter-grader"),
        rows="\n".join(rows),
        manual=_manual(assignment),
        rooms=several if len(made) > 1 else alone,
        python=python(),
        seconds=SECONDS,
    )


def _manual(assignment):
    questions = [q for q in assignment.questions if q.manual]
    if not questions:
        return ""
    rubrics = []
    for question in questions:
        lines = [f"- {points}: {what}" for points, what in question.rubric]
        rubrics.append("\n".join([f"**{question.title}** ({question.points} points)", "", *lines]))
    points = sum(question.points for question in questions)
    return MANUAL.format(points=points, rubrics="\n\n".join(rubrics))
