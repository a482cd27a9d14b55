"""Every guard on a committed notebook finds the fault that it is there for."""

import re

import pytest
from nbformat import v4
from toys import CLAIM, CLAIM_MIME

from book import guards
from book.fingerprint import code_cells


def test_a_sound_chapter_passes(committed, execution):
    assert [f for guard in guards.COMMITTED for f in guard(committed)] == []
    assert [f for guard in guards.EXECUTED for f in guard(execution)] == []


def count_out_of_order(nb):
    code_cells(nb)[2].execution_count = 17


def never_run(nb):
    code_cells(nb)[0].execution_count = None


def no_code(nb):
    nb.cells = [cell for cell in nb.cells if cell.cell_type == "markdown"]


def empty_cell(nb):
    code_cells(nb)[0].source = "\n"


def stripped(nb):
    for cell in code_cells(nb):
        cell.outputs = []


def stored_picture(nb):
    code_cells(nb)[0].outputs[0].data["image/png"] = "aGVsbG8="


def stored_html(nb):
    code_cells(nb)[0].outputs[0].data["text/html"] = "<p>1</p>"


def stored_claim(nb):
    code_cells(nb)[1].outputs[0].data[CLAIM_MIME] = dict(CLAIM)


def widget_state(nb):
    nb.metadata.widgets = {}


def marker(nb):
    code_cells(nb)[0].source += "\n# NBVAL_IGNORE_OUTPUT"


def tag(nb):
    code_cells(nb)[0].metadata.tags = ["raises-exception"]


def skip_tag(nb):
    code_cells(nb)[0].metadata.tags = ["nbval-skip"]


def long_cell(nb):
    code_cells(nb)[0].source = "x = 1\n" * 21


def stderr(nb):
    code_cells(nb)[0].outputs.append(v4.new_output("stream", name="stderr", text="Warning"))


def progress_bar(nb):
    code_cells(nb)[0].outputs.append(v4.new_output("stream", text=" 50%|####    | 5/10"))


def carriage_return(nb):
    code_cells(nb)[0].outputs.append(v4.new_output("stream", text="1 of 2\r2 of 2"))


def stored_error(nb):
    code_cells(nb)[0].outputs = [v4.new_output("error", ename="E", evalue="e", traceback=[])]


def no_exercise(nb):
    nb.cells[-1].source = "## Slide check"


def no_slide_check(nb):
    nb.cells[-1].source = "```{exercise}\n```"


def no_citation(nb):
    nb.cells[0].source = "# A toy"


def picture_without_text(nb):
    nb.cells[0].source += "\n![](picture.png)"


@pytest.mark.parametrize(
    ("spoil", "guard", "message"),
    [
        (count_out_of_order, guards.run_in_order, r"\[3\] has execution count 17, expected 3"),
        (never_run, guards.run_in_order, r"\[1\] has execution count None"),
        (no_code, guards.run_in_order, "no code cell"),
        (empty_cell, guards.run_in_order, r"\[1\] is empty"),
        (stripped, guards.something_compared, "nothing is compared"),
        (stored_picture, guards.only_text_stored, "image/png"),
        (stored_html, guards.only_text_stored, "text/html"),
        (stored_claim, guards.only_text_stored, r"vnd\.deeptricks\.claim"),
        (widget_state, guards.only_text_stored, "widget state"),
        (marker, guards.comparison_is_on, "NBVAL_IGNORE_OUTPUT"),
        (tag, guards.comparison_is_on, "raises-exception"),
        (skip_tag, guards.comparison_is_on, "nbval-skip"),
        (long_cell, guards.short_cells, r"\[1\] has 21 lines, allowed are 20"),
        (stderr, guards.quiet, r"\[1\] writes to standard error: Warning"),
        (progress_bar, guards.quiet, "progress bar"),
        (carriage_return, guards.quiet, "progress bar"),
        (stored_error, guards.quiet, "stores an error"),
        (no_exercise, guards.anatomy, "no exercise"),
        (no_slide_check, guards.anatomy, "Slide check"),
        (no_citation, guards.anatomy, "cites nothing"),
        (picture_without_text, guards.anatomy, "without alternative text"),
    ],
)
def test_a_spoilt_chapter_is_found(committed, spoil, guard, message):
    spoil(committed)
    assert re.search(message, "\n".join(guard(committed)))
