"""Whose a file is, and which of several counts: the last attempt. The others are named."""

import hashlib
import unicodedata
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

from nbgrader.utils import parse_utc

from .names import safe_id

UNSAFE = "a name needs letters or digits"


def counted(candidates, roster=None, zone=UTC):
    """(submissions, others): of each student and assignment one, in the order of the names."""
    chosen, others = [], []
    for (student, _), group in sorted(_grouped(candidates, roster).items()):
        one, left = _last(student, group, zone)
        chosen.append(one)
        others += left
    return sorted(chosen, key=lambda one: (one.student, one.assignment)), others


def _grouped(candidates, roster):
    """(student's id, assignment) → candidates."""
    ids, groups = _ids(candidates, roster), defaultdict(list)
    for candidate in candidates:
        student = ids[_person(candidate)]
        groups[student.casefold(), candidate.submission.assignment].append((student, candidate))
    return groups


def _person(candidate):
    """What tells one person from another where no roster does: the name, a platform's number."""
    told = candidate.told
    return unicodedata.normalize("NFC", told.student), told.number


def _ids(candidates, roster):
    """Person → id: from the roster, else made of the name. Nobody gets the id of another."""
    people = sorted({_person(one) for one in candidates}, key=str)
    ids = {person: _on_roster(roster, *person) for person in people}
    namesakes = defaultdict(set)
    for name, number in people:
        namesakes[name.casefold()].add(number)
    for name, number in people:
        if ids[name, number]:
            continue
        several = number and len(namesakes[name.casefold()]) > 1
        ids[name, number] = safe_id(f"{name}_{number}" if several else name) or ascii(name)[:80]
    owners = defaultdict(set)
    for (name, _), student in ids.items():
        owners[student.casefold()].add(name.casefold())
    for (name, number), student in ids.items():
        taken = len(owners[student.casefold()]) > 1 and student != name
        if taken and not (roster and student in roster.rows):
            ids[name, number] = f"{student}-{hashlib.sha256(name.encode()).hexdigest()[:4]}"
    return ids


def _on_roster(roster, name, number):
    found = roster.find(name, number) if roster else []
    return found[0] if len(found) == 1 else None


def _last(student, group, zone):
    """The submission that counts, and the others with the reason why they do not."""
    name = group[0][1].told.student
    files = [one for _, one in group if one.submission.path]
    best = files or [one for _, one in group]
    order = _order(best)
    if order is None and len(files) > 1:
        places = ", ".join(repr(one.place[:80]) for one in files)
        refused = f"of several submissions of this name nothing tells the last: {places}"
        best, left = [replace(files[0], submission=replace(
            files[0].submission, path=None, refused=refused))], files[1:]  # fmt: skip
    else:
        best = sorted(best, key=order or (lambda one: one.place))
        left = best[:-1]
    last = best[-1]
    left += [one for _, one in group if files and not one.submission.path]
    why = f"an earlier attempt of {student}: the last counts"
    others = [(one.place, one.submission.refused or why) for one in left]
    ids = sorted({own for own, _ in group})
    made = replace(last.submission, student=ids[0], name=name, late=last.told.late,
                   place=last.place, timestamp=_moment(last.told.when, zone))  # fmt: skip
    if not safe_id(made.student) or made.student != safe_id(made.student):
        made = replace(made, path=None, refused=made.refused or UNSAFE)
    return made, others


def _order(candidates):
    """What orders attempts, where all tell it and no two are equal: a time, else a number."""
    for of in (lambda one: _moment(one.told.when), lambda one: one.told.upload,
               lambda one: one.told.times):  # fmt: skip
        values = [of(one) for one in candidates]
        if None not in values and len(set(values)) == len(values):
            return of
    return None


def _moment(text, zone=UTC):
    """A time as nbgrader keeps it, in UTC; None where it is none. Blackboard's is of `zone`."""
    if not text:
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=zone)
        return local.astimezone(UTC).replace(tzinfo=None).isoformat()
    except ValueError:
        pass
    try:
        return parse_utc(text).isoformat()
    except (ValueError, OverflowError, AttributeError, TypeError):
        return None
