"""A course of one term: a folder in nbgrader's own layout, and the seed of the term.

source/<assignment>/      with solutions, for this term's constants
release/<assignment>/     what students get
submitted/<student>/<assignment>/
autograded/…, feedback/…  after grading
gradebook.db, nbgrader_config.py, term.json, settings.toml
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL
from traitlets.config import Config

from . import settings
from .assignment import Assignment

NOTE = "term.json"


@dataclass(frozen=True)
class Course:
    """The course in `folder`, whose assignments are made from `masters` with the seed `seed`."""

    folder: Path
    masters: Path
    seed: int

    @classmethod
    def create(cls, folder: str | Path, masters: str | Path, seed: int | None = None) -> "Course":
        """The course in `folder`, made where it is missing.

        Without a seed it keeps the one it was made with; a new one gets 0.

        Raises
        ------
        ValueError
            Where the seed is none, or not the one the course was made with; where there are no
            masters; where nbgrader would not find the folder (to it * ? [ are a pattern).
        """
        folder, masters = Path(folder).resolve(), Path(masters).resolve()
        if isinstance(seed, bool) or not isinstance(seed, int | None) or (seed or 0) < 0:
            raise ValueError(f"seed must be a whole number, 0 or more; got {seed!r}")
        if set("*?[]+") & set(str(folder)):
            raise ValueError(f"folder {str(folder)!r}: nbgrader wants no * ? [ ] + in its path")
        if not list(masters.glob("*/checks.py")):
            raise ValueError(f"masters {str(masters)!r} has no folder with a checks.py")
        found = cls.open(folder) if (folder / NOTE).exists() else None
        if found and seed not in (None, found.seed):
            raise ValueError(
                f"seed is {seed}, but the course in {folder} was made with {found.seed}: "
                f"a new term needs a folder of its own"
            )
        seed = found.seed if found else seed or 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"folder {str(folder)!r} cannot be made: {error.strerror}") from None
        note = json.dumps({"seed": seed, "masters": str(masters)})
        (folder / NOTE).write_text(note + "\n", "utf-8")
        if not (folder / settings.FILE).exists():
            (folder / settings.FILE).write_text(settings.TEMPLATE, "utf-8")
        return cls(folder, masters, seed)

    @classmethod
    def open(cls, folder: str | Path) -> "Course":
        """The course that was made in `folder`; ValueError if there is none, or a broken one."""
        folder = Path(folder).resolve()
        try:
            note = json.loads((folder / NOTE).read_text("utf-8"))
            return cls(folder, Path(note["masters"]), int(note["seed"]))
        except (FileNotFoundError, NotADirectoryError):
            raise ValueError(
                f"{folder} is no course: run `release` first (make assignments)"
            ) from None
        except (ValueError, TypeError, KeyError):
            raise ValueError(
                f'{folder / NOTE} is broken: it must be like {{"seed": 0, "masters": "…"}}'
            ) from None

    def chosen(self, names: list[str]) -> list[str]:
        """The assignments called `names`, all if none is named; ValueError for one unknown."""
        known = self.names()
        for name in names:
            if name not in known:
                raise ValueError(f"no assignment {name!r} in {self.masters}: there are {known}")
        return list(dict.fromkeys(names)) or known

    def names(self) -> list[str]:
        """The assignments that there are masters for."""
        return sorted(p.parent.name for p in self.masters.glob("*/checks.py"))

    def assignment(self, name: str) -> Assignment:
        """One assignment, for this term."""
        return Assignment(self.masters / name, self.seed)

    def sound(self, name: str) -> Assignment:
        """One assignment, all of whose material loads; ValueError that says what does not.

        Whoever works on several assignments asks here: one that is broken must not stop the rest.
        """
        try:
            assignment = self.assignment(name)
            for part in ("term", "questions", "mistakes", "alternatives"):
                getattr(assignment, part)
            assignment.master()
        except (Exception, SystemExit) as error:  # whatever code of an assignment may raise
            told = str(error) if isinstance(error, ValueError) else repr(error)
            told = told.removeprefix(f"{name}: ")
            raise ValueError(f"{name}: its own material fails: {told}") from error
        return assignment

    @property
    def gradebook(self) -> str:
        """The address of nbgrader's database."""
        return address(self.folder / "gradebook.db")

    def config(self) -> Config:
        """What nbgrader's converters need to know."""
        config = Config()
        config.CourseDirectory.root = str(self.folder)
        config.CourseDirectory.course_id = "deeptricks"
        config.CourseDirectory.db_url = self.gradebook
        return config


def address(file: Path) -> str:
    """A database in a file, for SQLAlchemy: in its addresses a % has a meaning of its own."""
    return str(URL.create("sqlite", database=str(file)))
