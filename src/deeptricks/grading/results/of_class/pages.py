"""Write the pages: <course>/results/<assignment>.html and an index over them.

They name students, and lie in the teacher's folder; nothing of them goes into feedback.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...course import Course
from ...evening.records import written
from .. import gradebook
from . import misled, numbers, students
from .work import Class, by_student, read

FOLDER = "results"


def environment() -> Environment:
    """Templates in which whatever is put is escaped."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    found.filters |= {
        "one": lambda number: "–" if number is None else f"{number:.1f}",
        "two": lambda number: "–" if number is None else f"{number:.2f}",
        "short": lambda number: f"{number:g}",
    }
    return found


def write(course: Course) -> Path:
    """Write a page for each assignment that somebody handed in, and the index; its path.

    An assignment whose own material is broken keeps the page that it had.
    """
    found, sound = by_student(course), _sound(course)
    with gradebook.opened(course) as book:
        known = {assignment.name for assignment in book.assignments}
        groups = [read(one, book, found) for name, one in sound.items() if name in known]
    groups = [group for group in groups if group.works or group.unread]
    templates, folder = environment(), course.folder / FOLDER
    when = f"{datetime.now():%Y-%m-%d %H:%M}"
    for group in groups:
        others = [other for other in groups if other is not group]
        told = page(group, others, sound[group.name].mistakes) | {"when": when}
        similar = folder / f"{group.name}-alike.html"
        told["similar"] = similar.name if similar.is_file() else None
        _put(folder / f"{group.name}.html", templates.get_template("class.html.jinja"), told)
    told = {"assignments": [numbers.of_class(g) | {"name": g.name} for g in groups], "when": when}
    return _put(folder / "index.html", templates.get_template("index.html.jinja"), told)


def _sound(course):
    """Name → assignment, of those that can be loaded."""
    found = {}
    for name in course.names():
        with suppress(ValueError):  # whoever grades it is told why
            found[name] = course.sound(name)
    return found


def _put(path, template, told):
    written(path, template.render(told).encode("utf-8", "replace"))
    return path


def page(group: Class, others: list[Class], mistakes) -> dict:
    """All that the template of an assignment's page needs."""
    of_all = numbers.of_class(group)
    points = {work.student: work.total(group.counted) for work in group.works}
    return {
        "name": group.name,
        "numbers": of_all,
        "head": _head(of_all),
        "limits": {"tried": misled.TRIED},
        "misled": misled.which(group),
        "who": [
            one | {"points": f"{points[one['student']]:g}" if one["student"] in points else "–"}
            for one in students.who(group, others)
        ],
        "everybody": len(group.works) + len(group.unread) + len(group.missing),
        "questions": [
            numbers.of_question(group, name)
            | {"failed": misled.failed_checks(group, name), "manual": group.manual(name)}
            for name in group.titles
        ],
        "mistakes": misled.known_mistakes(group, mistakes),
        "flags": misled.flags(group),
    }


def _head(of_all):
    shown = {"Submissions": "submissions", "Missing": "missing", "Unreadable": "unread",
             "Blank": "blank", "Flagged": "flagged"}  # fmt: skip
    found = [(label, of_all[key]) for label, key in shown.items()]
    if of_all["mean"] is not None:
        found.append(("Mean", f"{of_all['mean']:.1f} of {of_all['of']:g}"))
        found.append(("Median", f"{of_all['median']:.1f}"))
    return found
