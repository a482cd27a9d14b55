"""Submissions that mean harm, for the toy assignment: what they try, and what must come of it.

Where an attack can succeed or fail, its answers depend on that: `variance` is 1, the right answer,
only if it failed.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from textwrap import dedent

EVERYTHING = 6  # points of the toy: 2 for the variance, 3 and 1 for standardize
WRONG = "def standardize(x):\n    return 0 * x + 7\n"  # an answer that earns the point `untouched`


@dataclass(frozen=True)
class Attack:
    """One submission.

    Parameters
    ----------
    name, tries
        What tables call it, and what it would like to bring about.
    before, after
        Source of a cell that is added at the beginning (after the imports), and at the end.
    recall, standardize
        Source that stands in the place of these two solutions; None: the right one.
    earns
        The honest score.
    review
        A part of the reason for which a person is asked to look; None: nobody is.
    seconds
        What a cell may take.
    """

    name: str
    tries: str
    before: str = ""
    after: str = ""
    recall: str | None = None
    standardize: str | None = None
    earns: int = EVERYTHING
    review: str | None = None
    seconds: float = 1

    def submission(self, assignment):
        """The notebook that this student hands in."""
        mine = {"recall": self.recall, "standardize": self.standardize}
        notebook = assignment.notebook({k: dedent(v) for k, v in mine.items() if v is not None})
        extra = {2: self.before, len(notebook.cells): self.after}
        for place in sorted(extra, reverse=True):
            if extra[place]:
                cell = assignment.master().cells[2].copy()
                cell.update(source=dedent(extra[place]), metadata={})
                notebook.cells.insert(place, cell)
        return notebook


def attacks():
    """All of them, from the files of this folder."""
    for file in sorted(pkgutil.iter_modules(__path__), key=lambda f: f.name):
        yield from importlib.import_module(f"{__name__}.{file.name}").ATTACKS
