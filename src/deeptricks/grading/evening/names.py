"""Names of files and folders as learning platforms give them: whose, which attempt, and when.

Moodle      Anna Müller_4711_assignsubmission_file_inputs.ipynb, or a folder of that name
Canvas      mulleranna_LATE_815_90210_inputs-1.ipynb
Blackboard  Inputs_anna42_attempt_2026-11-20-10-15-30_inputs.ipynb
JupyterHub  anna+inputs+2026-11-20 10:15:30 UTC+secret/, nbgrader's inbound folder
"""

import re
import unicodedata
from dataclasses import dataclass

NAME = re.compile(r"\w[\w.@-]{0,99}")
KINDS = (
    re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(_(?P<file>.*))?"),
    re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)"),
    re.compile(r"(.+_)?(?P<name>[^_]+)_attempt_(?P<when>\d{4}(-\d\d){5})(_(?P<file>.+))?(\.txt)?"),
    re.compile(r"(?P<name>[^+]+)\+(?P<assignment>[^+]+)\+(?P<when>[^+]+)(\+.*)?"),
)
AGAIN = re.compile(r"(?P<rest>.*?)[ _-]?\(?(?P<times>\d{1,3})\)?")  # x (1), x-1, x_1
NOTEBOOK = re.compile(r"(.*)\.ipynb(\.txt|\.json)?", re.IGNORECASE | re.DOTALL)
LITTER = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini", "__pycache__"}
OF_NBGRADER = {"timestamp.txt", "submission_secret.txt", "gradebook.db"}


@dataclass(frozen=True)
class Named:
    """What a name tells.

    Attributes
    ----------
    student, number
        The name as the platform writes it, and its number for that person, if it has one.
    assignment
        Where the name tells it for sure.
    when, upload, times
        What orders the attempts: a moment, the platform's number of the upload, a number at the
        end of the file's own name.
    late
        Whether the platform says so.
    """

    student: str
    number: str | None = None
    assignment: str | None = None
    when: str | None = None
    upload: int | None = None
    times: int = 0
    late: bool = False


def read(text: str, until: str | None = None, folder: bool = False) -> Named:
    """What the name of a file (without its ending) or folder tells.

    Parameters
    ----------
    text
        The name.
    until
        The student's name ends where this text first stands; the platforms' names are not looked
        for then.
    folder
        Browsers number files that are there twice, and no folders.
    """
    text = unicodedata.normalize("NFC", text)
    if until:
        student, _, rest = text.partition(until)
        return Named(student, times=_times(rest)[1])
    for kind in KINDS:
        if found := kind.fullmatch(text):
            told = found.groupdict()
            name = told["name"]
            if name == "Participant":  # Moodle, where nobody is to know who it is
                name = f"{name} {told['number']}"
            return Named(
                name.strip(), told.get("number"), told.get("assignment"), told.get("when"),
                int(told["upload"]) if told.get("upload") else None,
                _times(told.get("file") or "")[1], bool(told.get("late")),
            )  # fmt: skip
    rest, times = (text, 0) if folder or not text.endswith(")") else _times(text)
    return Named(rest.strip(), times=times)


def _times(text):
    """A name without the number at its end, and the number."""
    found = AGAIN.fullmatch(text)
    return (found["rest"], int(found["times"])) if found else (text, 0)


def is_notebook(name: str) -> bool:
    """Whether a file is called a notebook, also by browsers that append an ending of their own."""
    return bool(NOTEBOOK.fullmatch(name))


def stem(name: str) -> str:
    """The name of a file without its ending."""
    found = NOTEBOOK.fullmatch(name)
    return found[1] if found else name.rpartition(".")[0] or name


def is_litter(name: str) -> bool:
    """Whether archives and editors leave such files, which nobody has written."""
    return name in LITTER or name.startswith("._")


def safe(name: str) -> bool:
    """Whether `name` can be a folder and a cell of a spreadsheet: letters, digits, ``._-@``."""
    return bool(NAME.fullmatch(name)) and unicodedata.normalize("NFC", name) == name


def safe_id(name: str) -> str:
    """A safe name for any other; "" where nothing of it is left."""
    name = unicodedata.normalize("NFC", name)
    if safe(name):
        return name
    words = re.sub(r"[^\w.@-]+", "_", re.sub(r"[^\w.@ -]", " ", name))
    made = words.strip("_.@-")[:100]
    return made if safe(made) else ""
