"""Make the zip that Gradescope is given, by `otter generate`, and try it by `otter run`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from ..assignment import Assignment
from ..questions import ROOMS
from .files import PACKAGE, data, graded, python, requirements, test_file

KIT = Path(__file__).parents[1]
SHIPPED = ("compare.py", *(f"{room}/__init__.py" for room in ("otter", "sandbox")),
           "otter/check.py", "sandbox/wire.py")  # fmt: skip
NOTE = '"""The checks of a term, for Gradescope. Made by deeptricks.grading; not for students."""\n'
# show_hidden: what a check says appears when grades are published, and not before.
SETTINGS = {"show_hidden": True, "show_stdout": False, "logo": False}

# The commands `otter generate` and `otter run`; for two notebooks otter is loaded once.
GENERATE = """
import sys
from otter.generate import main
main(config="otter_config.json", requirements="requirements.txt", no_environment=True,
     python_version=sys.argv[1], files=sys.argv[2:])
"""
RUN = """
import sys
from otter.run import main
for place in sys.argv[2:]:
    main(f"{place}/notebook.ipynb", autograder=sys.argv[1], output_dir=place, no_logo=True)
"""
ABSENT = {"deeptricks", "torch", "scipy", "sklearn"}  # here, but not in every image of Gradescope
ABSENCE = """
import sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, *more):
        return None if name.partition(".")[0] in {names} else self.finder.find_spec(name, *more)

sys.meta_path[:] = map(Without, sys.meta_path)
"""


def make(assignment: Assignment, room: str, target: Path) -> None:
    """Write the zip for one room of an assignment to `target`.

    Raises
    ------
    ValueError
        Where a check cannot be written to a file, or otter refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepare(assignment, room, Path(folder))
        _python(Path(folder), GENERATE, python(), PACKAGE)
        shutil.move(Path(folder) / "autograder.zip", target)


def prepare(assignment: Assignment, room: str, folder: Path) -> None:
    """Write into `folder` what `otter generate` makes a zip of."""
    tests, package = folder / "tests", folder / PACKAGE
    tests.mkdir()
    package.mkdir()
    for question in graded(assignment, room):
        (tests / f"{question.name}.py").write_text(test_file(question), "utf-8")
    for name in SHIPPED:
        (package / name).parent.mkdir(exist_ok=True)
        shutil.copy(KIT / name, package / name)
    (package / "__init__.py").write_text(NOTE, "utf-8")
    (package / "checks.json").write_text(json.dumps(data(assignment, room)), "utf-8")
    (folder / "requirements.txt").write_text(requirements(room), "utf-8")
    (folder / "otter_config.json").write_text(json.dumps(SETTINGS), "utf-8")


def results(archive: Path, room: str, *notebooks: nbformat.NotebookNode) -> list[dict]:
    """What Gradescope would be told of each notebook, graded on this machine by `otter run`.

    What the room does not have cannot be imported, and the package itself neither. This runs the
    notebooks without any sandbox: only for notebooks that are ours.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(absence(room), "utf-8")
        places = [Path(folder) / str(number) for number in range(len(notebooks))]
        for place, notebook in zip(places, notebooks, strict=True):
            place.mkdir()
            nbformat.write(notebook, place / "notebook.ipynb")
        _python(Path(folder), RUN, archive.resolve(), *places)
        return [json.loads((place / "results.json").read_text("utf-8")) for place in places]


def absence(room: str) -> str:
    """A `sitecustomize.py` by which nothing can be imported that the image will not have."""
    return ABSENCE.format(names=ABSENT - set(ROOMS[room]))


def score(told: dict) -> tuple[float, float]:
    """(earned, possible) in what Gradescope is told."""
    tests = told["tests"]
    return sum(t.get("score", 0) for t in tests), sum(t.get("max_score", 0) for t in tests)


def _python(folder: Path, *words) -> None:
    """Have otter work in a process of its own: it changes the folder and prints much."""
    done = subprocess.run(
        [sys.executable, "-c", *map(str, words)],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    if done.returncode:
        raise ValueError(f"otter does not do its work:\n{done.stderr[-2000:]}")
