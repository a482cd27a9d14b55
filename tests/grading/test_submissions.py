"""What students hand in: found, and read, whatever it is."""

import json
import os

import nbformat
import pytest

from deeptricks.grading.evening import reading
from deeptricks.grading.evening.submissions import find, safe, survey
from deeptricks.grading.results import pictures

GOOD = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


def code(**other):
    return {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []} | other


def notebook(*cells, **other):
    return json.dumps(GOOD | {"cells": list(cells)} | other).encode()


def put(path, data=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook(code()) if data is None else data)
    return path


def students(found):
    return {one.student: one.refused for one in found}


@pytest.mark.parametrize("name", ["anna", "a.b-c@d_1", "Müller", "7", "_x", "x" * 100])
def test_a_name_that_is_safe(name):
    assert safe(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "=1+1", "+a", "-a", "@a", ".a", "a b", "a\n", "a\0", "x" * 101,
             "a'b", "<b>", "a;b", "Mu\u0308ller", "\u202eanna"],
)  # fmt: skip
def test_a_name_that_is_not(name):
    assert not safe(name)


def test_the_layout_of_collect(tmp_path):
    put(tmp_path / "anna/toy/toy.ipynb")
    (tmp_path / "anna/toy/timestamp.txt").write_text("2026-11-20 10:00:00 CET")
    put(tmp_path / "bob/toy/toy (1).ipynb")
    put(tmp_path / "cleo/other/other.ipynb")
    found = find(tmp_path, ["toy", "last"])
    anna, bob, cleo = found
    assert (anna.student, anna.assignment, anna.refused) == ("anna", "toy", None)
    assert anna.timestamp == "2026-11-20T09:00:00"
    assert bob.path.name == "toy (1).ipynb"
    assert bob.timestamp is None
    assert cleo.refused == "the folder holds none of the assignments toy, last"


@pytest.mark.parametrize("moment", ["", "tomorrow", "9" * 90, "\udcff", "1-1-1 1 1 1"])
def test_a_timestamp_that_is_none(tmp_path, moment):
    put(tmp_path / "anna/toy/toy.ipynb")
    (tmp_path / "anna/toy/timestamp.txt").write_bytes(moment.encode("utf-8", "surrogateescape"))
    assert find(tmp_path, ["toy"])[0].timestamp is None


def test_flat_files_need_an_assignment(tmp_path):
    put(tmp_path / "anna_12_toy.ipynb")
    with pytest.raises(ValueError, match=r"'anna_12_toy.ipynb' lies in the folder itself"):
        find(tmp_path, ["toy"])
    assert students(find(tmp_path, ["toy"], "toy")) == {"anna_12_toy": None}
    assert students(find(tmp_path, ["toy"], "toy", "_")) == {"anna": None}


def test_of_two_files_of_one_name_the_last_counts(tmp_path):
    put(tmp_path / "anna_1.ipynb")
    put(tmp_path / "anna_10.ipynb")
    put(tmp_path / "anna_9.ipynb")
    put(tmp_path / "bob_1.ipynb")
    found = survey(tmp_path, ["toy"], "toy", "_")
    assert [one.path.name for one in found.submissions] == ["anna_10.ipynb", "bob_1.ipynb"]
    assert [place for place, reason in found.others if "an earlier attempt of anna" in reason] == [
        "anna_1.ipynb", "anna_9.ipynb",
    ]  # fmt: skip


def test_where_nothing_tells_the_last_one_is_refused_and_counted_once(tmp_path):
    put(tmp_path / "anna_x.ipynb")
    put(tmp_path / "anna_y.ipynb")
    put(tmp_path / "Anna/x.ipynb")
    (found,) = find(tmp_path, ["toy"], "toy", "_")
    assert "nothing tells the last" in found.refused
    assert all(name in found.refused for name in ("anna_x", "anna_y", "Anna/x"))


def test_one_folder_for_each_student(tmp_path):
    put(tmp_path / "anna/my answers.ipynb")
    put(tmp_path / "bob/one.ipynb")
    put(tmp_path / "bob/two.ipynb")
    (tmp_path / "cleo").mkdir()
    found = students(find(tmp_path, ["toy"], "toy"))
    assert found["anna"] is None
    assert "2 notebooks are called otherwise" in found["bob"]
    assert "no notebook is there" in found["cleo"]


def test_of_one_assignment_those_who_handed_in_another_are_no_concern(tmp_path):
    put(tmp_path / "anna/toy/toy.ipynb")
    put(tmp_path / "bob/last/last.ipynb")
    (tmp_path / "cleo").mkdir()
    found = students(find(tmp_path, ["last", "toy"], "toy"))
    assert found["anna"] is None
    assert set(found) == {"anna", "cleo"}


def test_links_and_pipes_are_refused(tmp_path):
    secret = put(tmp_path / "secret.ipynb")
    folder = tmp_path / "in"
    put(folder / "good/toy/toy.ipynb")
    for student in ("file", "pipe", "folder"):
        (folder / student / "toy").mkdir(parents=True)
    (folder / "file/toy/toy.ipynb").symlink_to(secret)
    os.mkfifo(folder / "pipe/toy/toy.ipynb")
    (folder / "folder/toy/toy.ipynb").mkdir()
    (folder / "parent").mkdir()
    (folder / "parent/toy").symlink_to(folder / "good/toy")
    (folder / "student").symlink_to(folder / "good")
    found = students(find(folder, ["toy"]))
    assert found.pop("good") is None
    assert found == {
        "file": "what is called a notebook is a link",
        "pipe": "what is called a notebook is no file",
        "folder": "what is called a notebook is a folder",
        "parent": "'toy' is a link or a file where a folder is asked",
        "student": "it is a link, not a file or folder",
    }


def test_a_folder_that_cannot_be_read_stops_nobody(tmp_path, monkeypatch):
    put(tmp_path / "anna/toy/toy.ipynb")
    put(tmp_path / "bob/toy/toy.ipynb")
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("anna"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = students(find(tmp_path, ["toy"], "toy"))
    assert found == {"anna": "the folder cannot be read: Permission denied", "bob": None}


def test_a_link_that_took_the_place_of_a_file_is_not_followed(tmp_path):
    path = tmp_path / "toy.ipynb"
    path.symlink_to(put(tmp_path / "secret.ipynb"))
    with pytest.raises(reading.UnreadableError, match="the file cannot be opened"):
        reading.content(path)


def test_an_unsafe_name_becomes_a_safe_one(tmp_path):
    put(tmp_path / "=cmd|' C calc'!A0/toy/toy.ipynb")
    (found,) = find(tmp_path, ["toy"])
    assert found.student == "cmd_C_calc_A0"
    assert found.name == "=cmd|' C calc'!A0"
    assert found.path


def test_a_name_without_letters_is_told_in_quotes_and_its_file_left_alone(tmp_path):
    put(tmp_path / "=+-/toy/toy.ipynb")
    (found,) = find(tmp_path, ["toy"])
    assert found.student == "'=+-'"
    assert found.path is None
    assert not found.named


def test_an_unknown_assignment_and_folder(tmp_path):
    with pytest.raises(ValueError, match="assignment is 'tor'; the course has toy"):
        find(tmp_path, ["toy"], "tor")
    with pytest.raises(ValueError, match="is no folder"):
        find(tmp_path / "none", ["toy"])


UNREADABLE = {
    "empty": (b"  \n", "empty"),
    "broken": (b'{"cells": [', "JSON is broken"),
    "cut in a character": ("ü".encode()[:1], "no text"),
    "a list": (b"[]", "no notebook"),
    "a number": (b"1", "no notebook"),
    "no cells": (b'{"nbformat": 4}', "no cells"),
    "cells of a wrong type": (b'{"cells": {"a": 1}}', "no cells"),
    "deep": (b"[" * 10**5, "nested too deep"),
    "millions of lists": (b"[" + b"[]," * 4 * 10**6 + b"[]]", "more than 500000 values"),
    "millions of empty texts": (b'{"": [' + b'"",' * 4 * 10**6 + b'""]}', "more than 500000 texts"),
    "millions of numbers": (b"[" + b"1," * 6 * 10**5 + b"1]", "more than 500000 values"),
    "lists behind a quote": (b'["' + rb"\"" * 9 + b'", ' + b"{}," * 10**6, "500000 values"),
    "deep in a cell": (notebook()[:-2] + b'"' + b'{"a":' * 10**5, "no notebook|too deep"),
    "long numbers": (b"9" * 10**6, "no notebook"),
    "many cells": (notebook(*[code()] * 1001), "1001 cells"),
    "a huge cell": (notebook(code(source="x" * (10**6 + 1))), "cell 1 has 1000001 characters"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no text"),
    "UTF-16": ("{}".encode("utf-16"), "no text"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read(kind):
    data, reason = UNREADABLE[kind]
    with pytest.raises(reading.UnreadableError, match=reason):
        reading.notebook(data)


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "toy.ipynb"
    with open(path, "wb") as file:
        file.truncate(reading.LARGEST + 1)
    with pytest.raises(reading.UnreadableError, match="larger than 20 MB"):
        reading.content(path)


READABLE = {
    "lines": code(source=["x = 1"]),
    "no metadata": {"cell_type": "code", "source": "x = 1"},
    "metadata of a wrong type": code(metadata=[1]),
    "nbgrader of a wrong type": code(metadata={"nbgrader": "yes"}),
    "grade_id of a wrong type": code(metadata={"nbgrader": {"grade_id": {"a": 1}}}),
    "an id of a wrong type": code(id={"a": []}),
    "outputs of a wrong type": code(outputs={"a": 1}),
    "an output of a wrong type": code(outputs=[3, None, {"data": 7}, {"output_type": []}]),
    "a picture of a wrong type": code(outputs=[{"data": {"image/png": {"a": 1}}}]),
    "a stream of a wrong type": code(outputs=[{"output_type": "stream", "text": 7}]),
    "an unknown type between": {"cell_type": ["code"], "source": "y"},
    "nothing": None,
}


@pytest.mark.parametrize("kind", READABLE)
def test_a_cell_that_can_be_read(kind):
    read = reading.notebook(notebook(READABLE[kind], code(source="last")))
    nbformat.validate(read)
    assert [c.source for c in read.cells] == ["x = 1", "last"][-len(read.cells) :]


def test_source_of_another_type_is_empty():
    read = reading.notebook(notebook(code(source={"a": 1}), {"cell_type": "code"}))
    assert [c.source for c in read.cells] == ["", ""]


def test_numbers_that_are_none():
    data = notebook(code(), metadata={"a": "HERE"}).replace(b'"HERE"', b"[NaN, -Infinity, 1e999]")
    data = data.replace(b'"nbformat_minor": 5', b'"nbformat_minor": ' + b"9" * 5000)
    assert len(reading.notebook(data).cells) == 1


def test_characters_that_no_file_holds():
    read = reading.notebook(notebook(code(source="x = '\ud800\0'")))
    assert read.cells[0].source == "x = '\ufffd\ufffd'"
    assert nbformat.writes(read).encode()


def test_a_byte_order_mark_and_windows_lines():
    read = reading.notebook(b"\xef\xbb\xbf" + notebook(code(source="a\r\nb\rc")))
    assert read.cells[0].source == "a\nb\nc"


def test_version_3():
    cells = [{"cell_type": "heading", "level": 2, "source": ["T"]},
             {"cell_type": "code", "input": ["x = 1"],
              "outputs": [{"output_type": "pyout", "text": ["1"]}]}]  # fmt: skip
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}, "bent"]}).encode()
    read = reading.notebook(data)
    assert [(c.cell_type, c.source) for c in read.cells] == [("markdown", "# T"), ("code", "x = 1")]
    assert read.cells[1].outputs[0].text == "1"


def small_png(width=1, height=1):
    head = (
        pictures.SIGNATURE + b"\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    )
    return head + b"\x08\x06\0\0\0" + bytes(20)


@pytest.mark.parametrize(
    ("data", "passes"),
    [
        (small_png(), True),
        (small_png(4001, 1), False),
        (small_png(0, 1), False),
        (b"GIF89a\0\0" + small_png()[8:], False),
        (small_png()[:30], False),
        (small_png() + bytes(2**20), False),
    ],
)
def test_only_small_png_pictures_pass(data, passes):
    import base64

    told = pictures.png(base64.b64encode(data).decode())
    assert (told is not None) == passes


@pytest.mark.parametrize("value", ["<script>", 'iVBOR"onerror=x', None, 7, ["a", 1]])
def test_what_is_no_base64_is_no_picture(value):
    assert pictures.png(value) is None


def test_outputs_are_text_and_pictures_only():
    found = [
        {"output_type": "display_data", "data": {"text/html": "<script>x</script>"}},
        {"output_type": "execute_result", "data": {"text/plain": ["4", "2"], "text/html": "<b>"}},
        {
            "output_type": "error",
            "ename": "E",
            "evalue": "\x1b[31mred\x1b[0m",
            "traceback": ["<b>"],
        },
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}},
        {"output_type": "stream", "name": "<b>", "text": "y" * 10**6},
    ]
    html, number, error, script, flood = pictures.outputs(found * 10)[:5]
    assert html.text == script.text == pictures.LEFT_OUT
    assert number.text == "42"
    assert error.text == "E: red\n"
    assert len(flood.text) < 11_000
    assert {o.output_type for o in (html, number, error, script, flood)} == {"stream"}
    assert pictures.outputs(found * 10)[-1].text == "[20 more outputs are left out]\n"
