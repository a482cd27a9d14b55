"""A file as a program."""

import sys

import nbformat
import pytest

from deeptricks.practice.debugging.program import UnusableFileError, as_module, read_program


def notebook(path, *cells):
    made = [nbformat.v4.new_code_cell(text, metadata={"tags": tags}) for text, *tags in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return read_program(path)


@pytest.mark.parametrize(
    ("text", "defined"),
    [
        ("setup = {}", True),
        ("setup: dict = {}", True),
        ("a, setup = 1, 2", True),
        ("def setup(): pass", True),
        ("def setup(a=1): pass", True),
        ("def setup(rank): pass", False),
        ("def other():\n    setup = 1", False),
        ("print('setup')", False),
    ],
)
def test_what_a_file_defines(tmp_path, text, defined):
    (tmp_path / "a.py").write_text(text)
    assert read_program(tmp_path / "a.py").defines("setup") is defined


def test_magic_is_left_out_line_by_line(tmp_path):
    text = "%load_ext autoreload\nx = 7 % 4\nif x:\n    !ls\n    y = 1\nfiles = !ls\nx?\n"
    program = notebook(tmp_path / "n.ipynb", [text], ["%%html\n<b>"], ["%%time\nz = x + y"])
    with as_module(program, "anything", []) as module:
        program.run(module)
    assert (module.x, module.y, module.z) == (3, 1, 4)
    assert program.skipped == [
        "cell 1: %load_ext autoreload", "cell 1: !ls", "cell 1: files = !ls", "cell 1: x?",
        "cell 2: %%html …", "cell 3: %%time",
    ]  # fmt: skip


@pytest.mark.parametrize("tag", ["train", "checkup-stop"])
def test_a_tag_ends_a_notebook(tmp_path, tag):
    program = notebook(tmp_path / "n.ipynb", ["x = 1"], ["x = 2", tag], ["x = 3"])
    with as_module(program, "anything", []) as module:
        program.run(module)
    assert module.x == 1


def test_an_error_in_a_cell_shows_its_line(tmp_path):
    import traceback

    program = notebook(tmp_path / "n.ipynb", ["x = 1\nx / 0"])
    with as_module(program, "anything", []) as module:
        try:
            program.run(module)
        except ZeroDivisionError:
            said = traceback.format_exc()
    assert 'File "n.ipynb, cell 1", line 2' in said
    assert "x / 0" in said


def test_a_syntax_error_is_placed(tmp_path):
    with pytest.raises(UnusableFileError, match=r"n\.ipynb, cell 2, line 1"):
        notebook(tmp_path / "n.ipynb", ["x = 1"], ["x = = 2"])


def test_without_nbformat_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    (tmp_path / "n.ipynb").write_text("{}")
    with pytest.raises(UnusableFileError, match="pip install nbformat"):
        read_program(tmp_path / "n.ipynb")
