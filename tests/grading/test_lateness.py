"""Due dates, penalties, the roster, and what the terminal says after a resubmission."""

import csv
import json

import pytest

from deeptricks.grading.course import Course
from deeptricks.grading.results.gradebook import opened
from deeptricks.grading.settings import Settings
from tests.grading.classroom import answered, course_of, grade, hand_in

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")
SETTINGS = """
timezone = "Europe/Berlin"
roster = "roster.csv"
[due]
toy = 2026-11-20 12:00:00
[penalty]
percent_a_day = 10
grace_minutes = 15
[extensions.toy]
dora = "2026-11-22 12:00"
"""
ROSTER = "Student,ID,SIS Login ID,Section\n    Points Possible,,,\n"
ROSTER += '"Smith, Anna",101,anna,1\n"Ray, Bob",102,bob,1\n"Kay, Cleo",103,cleo,2\n'
ROSTER += '"Lee, Dora",104,dora,2\n"Fox, Emil",105,emil,2\n'


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return course_of(tmp_path_factory.mktemp("lateness"))


def table(path, key="student"):
    with open(path, newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def test_an_evening_with_settings(course, tmp_path, capsys):
    """Eleven o'clock in Berlin is ten in UTC; the due date is noon there."""
    assert "percent_a_day" in (course.folder / "settings.toml").read_text(), "a template"
    (course.folder / "settings.toml").write_text(SETTINGS)
    (course.folder / "roster.csv").write_text(ROSTER)
    folder = tmp_path / "in"
    for student, when in (("anna", "10:00:00"), ("bob", "11:10:00"), ("cleo", "11:20:00")):
        hand_in(folder, student, answered(course), when=f"2026-11-20 {when} UTC")
    hand_in(folder, "dora", answered(course), when="2026-11-23 13:00:00 UTC")
    hand_in(folder, "guest", answered(course), when="2026-11-22 11:20:00 UTC")
    (folder / "notes.txt").write_text("none")
    assert grade(course, folder) == 0
    told = capsys.readouterr().out
    assert "toy: of the roster, handed in nothing (1): 105" in told
    assert "toy: not on the roster (1): guest" in told
    assert "  notes.txt: it is not called a notebook" in told
    rows = table(course.folder / "grades.csv")
    assert {who: (row["score"], row["penalty"], row["final"]) for who, row in rows.items()} == {
        "101": ("6.0", "0.0", "6.0"), "102": ("6.0", "0.0", "6.0"), "103": ("6.0", "0.9", "5.1"),
        "104": ("6.0", "1.8", "4.2"), "105": ("", "", ""), "guest": ("6.0", "2.7", "3.3"),
    }  # fmt: skip
    assert (rows["102"]["late"], rows["103"]["late"]) == ("0.2 h", "0.3 h")
    assert rows["101"]["name"] == "Smith, Anna"
    page = (course.folder / "feedback/103/toy/toy.html").read_text("utf-8")
    assert "Late submission penalty (Score: -0.9)" in page
    with opened(course) as book:
        assert (book.find_student("101").first_name, book.find_student("101").last_name) == (
            "Anna", "Smith",
        )  # fmt: skip


def test_the_table_for_the_platform_is_the_roster_and_the_score(course):
    rows = table(course.folder / "import/toy.csv", "ID")
    assert list(rows) == ["101", "102", "103", "104", "105", "guest"]
    assert rows["103"]["Student"] == "Kay, Cleo"
    assert rows["103"]["SIS Login ID"] == "cleo"
    assert [row["toy"] for row in rows.values()] == ["6.0", "6.0", "5.1", "4.2", "", "3.3"]
    assert rows["103"]["toy: standardize"] == "4.0"


def test_where_no_time_is_known_the_names_are_told_and_nothing_is_taken_off(
    course, tmp_path, capsys
):
    """Emil's file comes from a platform that tells no time; Canvas calls another one late."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("Emil Fox_105_assignsubmission_file_toy", "guest_LATE_815_90210_toy"):
        (folder / f"{name}.ipynb").write_text(json.dumps(answered(course)))
    (course.folder / "settings.toml").write_text(SETTINGS)
    assert grade(course, folder, "--assignment", "toy") == 0
    (line,) = [n for n in capsys.readouterr().out.splitlines() if "no time is known" in n]
    assert line == (
        "toy: it has a due date, and no time is known of 2; nothing is taken off: 105, "
        "guest (late, says the platform)"
    )
    rows = table(course.folder / "grades.csv")
    told = {who: (rows[who]["late"], rows[who]["penalty"]) for who in ("101", "105", "guest")}
    assert told == {"101": ("no", "0.0"), "105": ("no time known", "0.0"),
                    "guest": ("says the platform", "0.0")}  # fmt: skip


def test_a_persons_score_wins_and_the_penalty_follows_the_settings(course):
    with opened(course) as book:
        for name, score in (("recall_tests", 1), ("story", 3)):
            found = book.find_grade(name, "toy", "toy", "103")
            found.manual_score, found.needs_manual_grade = score, False
        book.db.commit()
    (course.folder / "settings.toml").write_text(SETTINGS.replace("a_day = 10", "a_day = 50"))
    assert grade(course, course.folder, "--feedback-only") == 0
    row = table(course.folder / "grades.csv")["103"]
    assert (row["score"], row["penalty"], row["final"]) == ("8.0", "4.5", "3.5")
    assert row["toy: recall"] == "1.0"
    assert "-4.5)" in (course.folder / "feedback/103/toy/toy.html").read_text("utf-8")


def test_terminal_and_table_agree_after_a_resubmission(course, tmp_path, capsys):
    folder = hand_in(tmp_path / "in", "cleo", answered(course, story="Another.")).parents[2]
    for again in (False, True):
        if again:  # a person has looked at it
            with opened(course) as book:
                for grades in book.find_submission_notebook("toy", "toy", "103").grades:
                    grades.needs_manual_grade = False
                book.db.commit()
        capsys.readouterr()
        grade(course, folder)
        line = next(n for n in capsys.readouterr().out.splitlines() if n.startswith("toy "))
        row = table(course.folder / "grades.csv")["103"]
        assert row["needs review"] == ("no" if again else "yes")
        assert ("changed after" in row["reason"]) != again
        assert line.split()[4] == ("0" if again else "1"), "the terminal says the same"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("due = 3", r"\[due\] is 3, a table"),
        ("[due]\nother = 2026-11-20", r"\[due\] has 'other'; allowed are \['toy'\]"),
        ("[due]\ntoy = 2026-11-20", "due.toy is"),
        ("[due]\ntoy = 'soon'", "due.toy is 'soon'; a time like"),
        ("[penalty]\npercent_a_day = 101", "penalty.percent_a_day is 101; a number from 0 to 100"),
        ("[penalty]\npercent = 1", "has 'percent'; allowed are"),
        ("timezone = 'Berlin'", "timezone is 'Berlin'; a name like"),
        ("roster = 'none.csv'", "cannot be read"),
        ("dates = 1", "it has 'dates'; allowed are"),
        ("due", "is no TOML"),
        (
            "roster = 'r.csv'\n[extensions.toy]\nbo = 2026-11-20 10:00:00",
            "not one student of the roster",
        ),
    ],
)
def test_settings_that_are_none(tmp_path, text, message):
    (tmp_path / "r.csv").write_text("id,name\nann,Ann\n")
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(ValueError, match=message):
        Settings.read(tmp_path, ["toy"])


def test_a_percent_sign_in_every_path(tmp_path):
    course = course_of(tmp_path / "50%25 (term) %s")
    folder = tmp_path / "in 100%"
    hand_in(folder, "100%anna", answered(course))
    assert grade(course, folder) == 0
    assert Course.open(course.folder).seed == 0
    assert table(course.folder / "grades.csv")["100_anna"]["score"] == "6.0"
