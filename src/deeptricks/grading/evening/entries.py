"""What lies in a folder of submissions, entry by entry: candidates, and files that are none."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from . import names
from .handed_in import Candidate, Submission, opened

DEEPEST, MOST = 5, 2000  # folders in folders, and entries of one folder, that are looked at
TWICE = "another file of the same student counts"


class Found:
    """Candidates and other files, collected entry by entry."""

    def __init__(self, folder, known, assignment, until):
        self.folder, self.known, self.assignment, self.until = folder, known, assignment, until
        self.candidates: list[Candidate] = []
        self.others: list[tuple[str, str]] = []

    def take(self, entry):
        """What lies in the folder of all itself."""
        if names.is_litter(entry.name):
            self._leave(entry, "what archives and editors leave")
        elif entry.is_symlink():
            self._refuse(entry.name, self.assignment, "it is a link, not a file or folder", entry)
        elif entry.is_dir(follow_symlinks=False):
            told = names.read(entry.name, folder=True)
            try:
                self._take_folder(entry, told)
            except OSError as error:
                reason = f"the folder cannot be read: {error.strerror}"
                self._refuse(told, told.assignment or self.assignment, reason, entry)
        elif names.is_notebook(entry.name):
            if self.assignment is None:
                raise ValueError(
                    f"{entry.name!r} lies in the folder itself: --assignment must say what it is of"
                )
            told = names.read(names.stem(entry.name), self.until)
            self._take_file(told, self.assignment, entry)
        elif entry.name not in names.OF_NBGRADER:
            told, reason = names.read(names.stem(entry.name), self.until), _no_notebook(entry.name)
            if self.assignment and (told.number or told.when or self.until):  # a platform's name
                self._refuse(told, self.assignment, reason, entry)
            else:
                self._leave(entry, reason)

    def _take_folder(self, entry, told):
        """What lies in the folder of one student."""
        if told.assignment in self.known:  # nbgrader's inbound folder
            if self.assignment in (None, told.assignment):
                self._take_one(told, told.assignment, entry)
            return
        inside = {one.name: one for one in os.scandir(entry.path)}
        wanted = [self.assignment] if self.assignment else self.known
        folders = {name: one for name, one in inside.items() if name in wanted}
        if not folders and self.assignment:
            notebooks = any(names.is_notebook(name) for name in inside)
            if notebooks or not set(inside) & set(self.known):  # else of something else
                self._take_one(told, self.assignment, entry)
        elif not folders:
            reason = f"the folder holds none of the assignments {', '.join(self.known)}"
            self._refuse(told, None, reason, entry)
        for name, one in sorted(folders.items()):
            if one.is_dir(follow_symlinks=False):
                self._take_one(told, name, one)
            else:
                reason = f"{name!r} is a link or a file where a folder is asked"
                self._refuse(told, name, reason, one)

    def _take_one(self, told, assignment, folder):
        """The one notebook of a folder; what lies beside it is told."""
        files = [one for one in _files(folder) if one.name not in names.OF_NBGRADER]
        notebooks = [one for one in files if names.is_notebook(one.name)]
        right = [one for one in notebooks if names.stem(one.name).casefold() == assignment]
        chosen = (right or notebooks or [None])[0]
        for one in files:
            if one is not chosen:
                own = names.is_notebook(one.name)
                self._leave(one, TWICE if own and chosen else _no_notebook(one.name))
        if chosen is None:
            names_of = ", ".join(repr(ascii(one.name)[1:-1][:60]) for one in files[:5])
            reason = f"there is no {assignment}.ipynb in the folder: no notebook is there"
            self._refuse(told, assignment, f"{reason}{names_of and ', but '}{names_of}", folder)
        elif not right and len(notebooks) > 1:
            reason = (
                f"there is no {assignment}.ipynb in the folder: {len(notebooks)} notebooks are "
            )
            self._refuse(told, assignment, f"{reason}called otherwise", folder)
        else:
            moment = _timestamp(Path(folder.path) / "timestamp.txt") or told.when
            self._take_file(replace(told, when=moment), assignment, chosen)

    def _take_file(self, told, assignment, entry):
        path = Path(entry.path)
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            kind = (
                "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no file"
            )
            self._refuse(told, assignment, f"what is called a notebook is {kind}", entry)
        else:
            self._add(told, Submission(told.student, assignment, path), entry)

    def _refuse(self, told, assignment, reason, entry):
        told = names.Named(told) if isinstance(told, str) else told
        self._add(told, Submission(told.student, assignment or "", refused=reason), entry)

    def _add(self, told, submission, entry):
        self.candidates.append(Candidate(told, submission, self._place(entry)))

    def _leave(self, entry, reason):
        self.others.append((self._place(entry), reason))

    def _place(self, entry):
        return os.path.relpath(entry.path, self.folder)


def _files(folder, depth=0) -> Iterator[os.DirEntry]:
    """The files in a folder and in its folders, those above first, without litter."""
    entries = sorted(os.scandir(folder.path), key=lambda entry: entry.name)[:MOST]
    entries = [entry for entry in entries if not names.is_litter(entry.name)]
    called = [entry for entry in entries if names.is_notebook(entry.name)]
    folders = [e for e in entries if e.is_dir(follow_symlinks=False) and e not in called]
    yield from (entry for entry in entries if entry not in folders)
    for entry in folders if depth < DEEPEST else ():
        yield from _files(entry, depth + 1)


def _no_notebook(name):
    kind = name.rpartition(".")[2].lower()
    if kind in ("zip", "tar", "gz", "tgz", "7z", "rar"):
        return "it is an archive: unpack it, and grade again"
    return "it is not called a notebook (.ipynb)"


def _timestamp(path):
    """When it was handed in, as nbgrader's collect has noted; None where it has not."""
    try:
        with open(opened(path), "rb") as file:
            return file.read(100).decode()
    except (OSError, ValueError):
        return None
