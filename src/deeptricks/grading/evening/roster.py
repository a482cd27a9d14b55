"""The roster: who takes part, under which names their files may come, and who handed in nothing."""

import csv
import re
import unicodedata
from pathlib import Path

from .names import safe

IDS = ("id", "student id", "username", "user name", "login", "id number", "sis login id", "email",
       "email address")  # fmt: skip
NAMES = ("name", "student", "full name")
FIRST, LAST = ("first name", "given name", "firstname"), ("last name", "surname", "lastname")


class Roster:
    """A CSV file of the students: a column for their ids, one or two for their names, any others.

    Whatever stands in a row may be the name under which a file of that student comes.
    """

    def __init__(self, columns: list[str], column: str, rows: dict[str, dict[str, str]]):
        self.columns, self.column, self.rows = columns, column, rows
        self._known: dict[str, set[str]] = {}
        for student, row in rows.items():
            for text in {*row.values(), self.name(student), *_turned(self.name(student))}:
                for key in _keys(text):
                    self._known.setdefault(key, set()).add(student)

    @classmethod
    def read(cls, path: str | Path) -> "Roster":
        """The roster in a file; ValueError where it has no ids, or two times the same.

        Rows without an id are passed over, as Canvas has one with the points of the columns.
        """
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                text = file.read()
            head = text.partition("\n")[0]
            sign = max(",;\t", key=head.count)
            lines = list(csv.DictReader(text.splitlines(), delimiter=sign))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"roster {str(path)!r} cannot be read as CSV: {error}") from None
        columns = [c for c in (lines[0] if lines else {}) if c]
        column = _first(columns, IDS)
        if column is None:
            raise ValueError(
                f"roster {str(path)!r} has the columns {columns}: one must be called id "
                f"(or {', '.join(IDS[1:])})"
            )
        rows = {}
        for number, line in enumerate(lines, start=2):
            row = {c: unicodedata.normalize("NFC", (line[c] or "").strip()) for c in columns}
            student = row[column]
            if not student:
                continue
            if not safe(student):
                raise ValueError(
                    f"roster {str(path)!r}, line {number}: id is {student!r}; letters, digits and "
                    "._-@ are allowed"
                )
            if student.casefold() in {known.casefold() for known in rows}:
                raise ValueError(f"roster {str(path)!r}, line {number}: {student!r} stands twice")
            rows[student] = row
        return cls(columns, column, rows)

    def name(self, student: str) -> str:
        """What a student is called; "" for one who is not on the roster."""
        row = self.rows.get(student, {})
        if whole := _first(list(row), NAMES):
            return row[whole]
        parts = [_first(list(row), kind) for kind in (FIRST, LAST)]
        return " ".join(row[part] for part in parts if part)

    def parts(self, student: str) -> tuple[str, str]:
        """First and last name, as far as they can be told apart."""
        name = self.name(student)
        if "," in name:
            last, _, first = name.partition(",")
        else:
            first, _, last = name.rpartition(" ")
        return first.strip(), last.strip()

    def find(self, name: str, number: str | None = None) -> list[str]:
        """The ids of those whom a name of a file may mean; the number decides where it is known."""
        if number and len(found := self._known.get(_key(number), set())) == 1:
            return sorted(found)
        after_a_group = name.partition("-")[2]
        of_a_hub = re.sub(r"-([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), name)
        for text in (name, of_a_hub, after_a_group):
            if found := self._known.get(_key(text)):
                return sorted(found)
        return []


def _first(columns, wanted):
    """The first of the wanted columns that there is."""
    lower = {column.strip().casefold(): column for column in columns}
    return next((lower[name] for name in wanted if name in lower), None)


def _turned(name):
    """A name with what comes last in front: Müller, Anna and Anna Müller."""
    if "," in name:
        last, _, first = name.partition(",")
        return (f"{first} {last}",)
    first, _, last = name.rpartition(" ")
    return (f"{last} {first}",)


def _keys(text):
    """What a text is compared by: as a whole, and for an address its part before the @."""
    return {key for key in (_key(text), _key(text.partition("@")[0])) if key}


def _key(text):
    """Letters and digits, without capitals and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())
