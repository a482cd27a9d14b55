"""A submission: a student's file for an assignment, or why there is none. No link is followed."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .names import Named, safe


@dataclass(frozen=True)
class Submission:
    """One student's file for one assignment; or `refused`, why there is none that can be read."""

    student: str
    assignment: str
    path: Path | None = None
    refused: str | None = None
    timestamp: str | None = None
    late: bool = False  # says the platform
    name: str = ""  # of the student, as it came
    place: str = ""  # of the file or folder, in the folder of all

    @property
    def named(self) -> bool:
        """Whether the student's name may be a path's."""
        return safe(self.student)


@dataclass(frozen=True)
class Candidate:
    """A file or folder that may be a submission, with what its name tells."""

    told: Named
    submission: Submission
    place: str  # relative to the folder of all


def opened(path: Path) -> int:
    """A file descriptor of an ordinary file; OSError for a link, a pipe or anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no ordinary file")
    return descriptor
