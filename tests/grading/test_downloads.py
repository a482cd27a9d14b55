"""Downloads as learning platforms make them: every file accounted for, every student found."""

import unicodedata

import pytest

from deeptricks.grading.evening.names import safe, safe_id
from deeptricks.grading.evening.roster import Roster
from deeptricks.grading.evening.submissions import survey

NOTEBOOK = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'


def downloaded(folder, *names):
    """Files of these names; those that are no notebooks hold a text."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(NOTEBOOK if ".ipynb" in name.lower() else b"a text")
    return folder


def seen(folder, roster=None, until=None):
    """Student → the file that counts, or why there is none; and the other files."""
    found = survey(folder, ["inputs", "signal"], "inputs", until, roster)
    counted = {
        one.student: str(one.path.relative_to(folder)) if one.path else one.refused
        for one in found.submissions
    }
    assert len(counted) == len(found.submissions), "one for each student"
    return counted, dict(found.others)


MOODLE = "{}_{}_assignsubmission_file_"
DECOMPOSED = unicodedata.normalize("NFD", "Jürgen Müller")


def test_moodle_flat(tmp_path):
    downloaded(tmp_path, MOODLE.format("Anna O'Brien", 11) + "inputs.ipynb",
               MOODLE.format(DECOMPOSED, 12) + "my work (2).ipynb",
               MOODLE.format("Bo_Li", 13) + "inputs.ipynb",
               "Cleo Kay_14_assignsubmission_onlinetext_onlinetext.html")  # fmt: skip
    counted, others = seen(tmp_path)
    assert set(counted) == {"Anna_O_Brien", "Jürgen_Müller", "Bo_Li", "Cleo_Kay"}
    assert "not called a notebook" in counted["Cleo_Kay"]
    assert not others
    names = {one.student: one.name for one in survey(tmp_path, ["inputs"], "inputs").submissions}
    assert names["Anna_O_Brien"] == "Anna O'Brien", "and back"
    assert names["Jürgen_Müller"] == "Jürgen Müller"


def test_moodle_in_folders(tmp_path):
    downloaded(tmp_path, MOODLE.format("Anna Smith", 11) + "/inputs.ipynb",
               MOODLE.format("Bob Ray", 12) + "/deep/er/whatever.ipynb",
               MOODLE.format("Bob Ray", 12) + "/deep/data.csv",
               MOODLE.format("Cleo Kay", 13) + "/inputs.zip",
               MOODLE.format("Dora Lee", 14)[:-1] + "/INPUTS.IPYNB")  # fmt: skip
    counted, others = seen(tmp_path)
    assert counted["Bob_Ray"].endswith("er/whatever.ipynb")
    assert "'inputs.zip'" in counted["Cleo_Kay"]
    assert counted["Dora_Lee"].endswith("INPUTS.IPYNB")
    assert len(others) == 2
    assert all(reason for reason in others.values())


def test_moodle_knows_two_people_of_one_name_by_their_numbers(tmp_path):
    downloaded(tmp_path, MOODLE.format("Li Wei", 11) + "a.ipynb",
               MOODLE.format("Li Wei", 12) + "a.ipynb",
               MOODLE.format("Participant", 13) + "a.ipynb")  # fmt: skip
    assert set(seen(tmp_path)[0]) == {"Li_Wei_11", "Li_Wei_12", "Participant_13"}


def test_canvas(tmp_path):
    downloaded(tmp_path, "smithanna_815_90210_inputs.ipynb", "smithanna_815_90333_inputs-1.ipynb",
               "raybob_LATE_816_90211_inputs.ipynb", "kaycleo_817_90212_inputs.py")  # fmt: skip
    counted, others = seen(tmp_path)
    assert counted["smithanna"] == "smithanna_815_90333_inputs-1.ipynb"
    assert others == {"smithanna_815_90210_inputs.ipynb":
                      "an earlier attempt of smithanna: the last counts"}  # fmt: skip
    assert "not called a notebook" in counted["kaycleo"]
    found = survey(tmp_path, ["inputs"], "inputs").submissions
    assert [one.student for one in found if one.late] == ["raybob"]


def test_blackboard(tmp_path):
    downloaded(tmp_path, "Inputs_anna42_attempt_2026-11-20-10-15-30_inputs.ipynb",
               "Inputs_anna42_attempt_2026-11-21-09-00-00_inputs.ipynb",
               "Inputs_anna42_attempt_2026-11-21-09-00-00.txt",
               "Inputs_bob_attempt_2026-11-21-09-00-00.txt")  # fmt: skip
    counted, others = seen(tmp_path)
    assert counted["anna42"] == "Inputs_anna42_attempt_2026-11-21-09-00-00_inputs.ipynb"
    assert "not called a notebook" in counted["bob"]
    assert len(others) == 2


def test_nbgraders_inbound_folder(tmp_path):
    downloaded(tmp_path, "anna@uni.edu+inputs+2026-11-20 10:15:30 UTC+x/inputs.ipynb",
               "anna@uni.edu+inputs+2026-11-20 23:15:30 UTC+y/inputs.ipynb",
               "anna@uni.edu+signal+2026-11-24 23:15:30 UTC+y/signal.ipynb")  # fmt: skip
    counted, others = seen(tmp_path)
    assert "23:15:30" in counted["anna@uni.edu"]
    assert len(others) == 1
    (one,) = survey(tmp_path, ["inputs", "signal"], "inputs").submissions
    assert one.timestamp == "2026-11-20T23:15:30"


def test_litter_is_no_student(tmp_path):
    downloaded(tmp_path, "anna/inputs.ipynb", "anna/._inputs.ipynb", "._anna.ipynb",
               "anna/.ipynb_checkpoints/inputs-checkpoint.ipynb", "__MACOSX/anna/._inputs.ipynb",
               ".DS_Store", ".ipynb_checkpoints/x.ipynb")  # fmt: skip
    counted, others = seen(tmp_path)
    assert counted == {"anna": "anna/inputs.ipynb"}
    assert set(others) == {"._anna.ipynb", "__MACOSX", ".DS_Store", ".ipynb_checkpoints"}


def test_no_file_is_lost(tmp_path):
    names = ["anna.ipynb.txt", "bob.IPYNB", "cleo.zip", "dora.py", "emil.ipynb", "notes",
             "fay.ipynb.json", "gus/x.txt", "hal/inputs/inputs.ipynb", "hal/inputs/table.csv",
             "ida/inputs.ipynb",
             "ida/signal/signal.ipynb"]  # fmt: skip
    downloaded(tmp_path, *names)
    counted, others = seen(tmp_path)
    assert set(counted) == {"anna", "bob", "emil", "fay", "gus", "hal", "ida"}
    accounted = {*counted.values(), *others}
    assert "'x.txt'" in counted["gus"]
    missing = {n for n in names if n not in accounted} - {"gus/x.txt", "ida/signal/signal.ipynb"}
    assert not missing
    assert "unpack it" in others["cleo.zip"]


def test_browsers_number_what_is_there_twice(tmp_path):
    downloaded(tmp_path, "anna.ipynb", "anna (1).ipynb", "anna (10).ipynb", "anna (9).ipynb")
    assert seen(tmp_path)[0] == {"anna": "anna (10).ipynb"}


@pytest.mark.parametrize("name", ["Anna O'Brien", "100% Anna", "a/../b", "Mu\u0308ller", "李伟",
                                  "x" * 300,
                                  "=HYPERLINK(1)", "anna\u202egro", " anna ", "a\tb"])  # fmt: skip
def test_an_id_is_safe_and_stays(name):
    assert safe(safe_id(name))
    assert safe_id(safe_id(name)) == safe_id(name)


def test_nobody_gets_the_id_of_another(tmp_path):
    downloaded(tmp_path, "anna_li.ipynb", "anna li.ipynb", "anna'li.ipynb")
    counted, _ = seen(tmp_path)
    assert counted["anna_li"] == "anna_li.ipynb"
    assert len(counted) == 3


ROSTER = (
    "\ufeffID;Name;Email;Canvas\nam1;Müller, Anna;anna.m@uni.edu;815\nbr2;Bob Ray;bob@uni.edu;816\n"
)
ROSTER += "lw3;Li Wei;lw@uni.edu;817\nlw4;Li Wei;liwei@uni.edu;818\n;Points possible;;\n"


@pytest.fixture
def roster(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, "utf-8")
    return Roster.read(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    ("file", "student"),
    [
        (MOODLE.format("Anna Müller", 7) + "x.ipynb", "am1"),
        (MOODLE.format(unicodedata.normalize("NFD", "Anna Müller"), 7) + "/x.ipynb", "am1"),
        (MOODLE.format("Group 3-Bob Ray", 7) + "x.ipynb", "br2"),
        ("mulleranna_815_1_x.ipynb", "am1"),
        ("weili_818_1_x.ipynb", "lw4"),
        ("Inputs_bob_attempt_2026-11-21-09-00-00_x.ipynb", "br2"),
        ("anna.m@uni.edu/inputs/inputs.ipynb", "am1"),
        ("anna.m-40uni-2eedu/inputs.ipynb", "am1"),
        ("AM1.ipynb", "am1"),
        (MOODLE.format("Li Wei", 7) + "x.ipynb", "Li_Wei"),
        ("nobody.ipynb", "nobody"),
    ],
)
def test_a_roster_knows_whose_a_file_is(tmp_path, roster, file, student):
    folder = downloaded(tmp_path / "in", file)
    assert list(seen(folder, roster)[0]) == [student]


def test_names_of_a_roster(roster):
    assert roster.name("am1") == "Müller, Anna"
    assert list(roster.rows) == ["am1", "br2", "lw3", "lw4"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("name\nAnna\n", "one must be called id"), ("id,name\na b,Anna\n", "line 2: id is 'a b'"),
     ("id,name\nann,Anna\nAnn,Ann\n", "line 3: 'Ann' stands twice"), ("", "one must be called")],
)  # fmt: skip
def test_a_roster_that_is_none(tmp_path, text, message):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        Roster.read(tmp_path / "roster.csv")
