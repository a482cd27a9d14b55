"""The settings of a course, in one place: due dates, what a late day costs, the roster."""

import math
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .evening.roster import Roster

FILE = "settings.toml"
TEMPLATE = """\
# Settings of this course; whatever is left out has no effect. `grade --feedback-only` applies what
# changed here to submissions that are graded already.

# timezone = "Europe/Berlin"      # of times without one (else UTC)
# roster = "roster.csv"           # in this folder: a column id, one with names, any others

# [due]
# inputs = 2026-11-22 23:59:00

# [penalty]
# percent_a_day = 10              # of the assignment's points, for each day that has begun
# grace_minutes = 15

# [extensions.inputs]             # by the student's id
# anna = 2026-11-25 23:59:00
"""
KNOWN = {"timezone", "roster", "due", "penalty", "extensions"}


@dataclass(frozen=True)
class Settings:
    """What `settings.toml` says. Times are in UTC, without saying so, as nbgrader keeps them."""

    zone: tzinfo = UTC
    roster: Roster | None = None
    due: dict[str, datetime] = field(default_factory=dict)
    extensions: dict[tuple[str, str], datetime] = field(default_factory=dict)
    percent_a_day: float = 0.0
    grace_minutes: float = 0.0

    @classmethod
    def read(
        cls, folder: Path, assignments: list[str], roster: str | Path | None = None
    ) -> "Settings":
        """The settings in the folder of a course; `roster` takes the place of theirs.

        Raises
        ------
        ValueError
            Where something in the file is not a setting, or not of its kind.
        """
        path = folder / FILE
        try:
            told = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is no TOML: {error}") from None
        _only(path, "it", told, KNOWN)
        zone = _zone(path, told.get("timezone", "UTC"))
        due, extended = told.get("due", {}), told.get("extensions", {})
        _only(path, "[due]", due, assignments)
        _only(path, "[extensions]", extended, assignments)
        penalty = told.get("penalty", {})
        _only(path, "[penalty]", penalty, {"percent_a_day", "grace_minutes"})
        file = roster or (folder / told["roster"] if "roster" in told else None)
        people = Roster.read(file) if file else None
        return cls(
            zone,
            people,
            {name: _moment(path, f"due.{name}", when, zone) for name, when in due.items()},
            {
                (name, _student(path, people, student)): _moment(
                    path, f"extensions.{name}.{student}", when, zone
                )
                for name, students in extended.items()
                for student, when in students.items()
            },
            _number(path, "penalty.percent_a_day", penalty.get("percent_a_day", 0), 100),
            _number(path, "penalty.grace_minutes", penalty.get("grace_minutes", 0), math.inf),
        )

    def penalty(self, seconds_late: float, most: float) -> float:
        """Points that are taken off a submission to an assignment of `most` points."""
        if seconds_late <= 60 * self.grace_minutes:
            return 0.0
        days = math.ceil(seconds_late / 86400)
        return min(most, most * self.percent_a_day / 100 * days)


def _only(path, where, found, known):
    if not isinstance(found, dict):
        raise ValueError(f"{path}: {where} is {found!r}, a table is needed")
    for name in found:
        if name not in known:
            raise ValueError(f"{path}: {where} has {name!r}; allowed are {sorted(known)}")


def _zone(path, name):
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise ValueError(
            f"{path}: timezone is {name!r}; a name like Europe/Berlin is needed"
        ) from None


def _moment(path, name, when, zone):
    if isinstance(when, str):
        with suppress(ValueError):
            when = datetime.fromisoformat(when)
    if not isinstance(when, datetime):
        raise ValueError(f"{path}: {name} is {when!r}; a time like 2026-11-22 23:59:00 is needed")
    when = when if when.tzinfo else when.replace(tzinfo=zone)
    return when.astimezone(UTC).replace(tzinfo=None)


def _student(path, people, name):
    """The id of a student, who may be named in any way that the roster knows."""
    found = [name] if people is None or name in people.rows else people.find(name)
    if len(found) != 1:
        raise ValueError(
            f"{path}: [extensions] has {name!r}, who is not one student of the roster: {found}"
        )
    return found[0]


def _number(path, name, value, most):
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{path}: {name} is {value!r}; a number from 0 to {most} is allowed")
    return float(value)
