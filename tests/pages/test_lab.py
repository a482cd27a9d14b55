"""Chapters in JupyterLab: as on the page, and they run."""

import hashlib
import json

import pytest

from book.lab import BUILT, JUPYTER, NAMES, ROOT, lab_names
from tests.pages.conftest import missing
from tests.pages.lab import PICTURE, opened, raw, run_all, served

RUN = "normalization/normalization_zoo"
SEEN = ("signal/activations", "architectures/all_together")


def depends_on(item):
    """For book.unchanged: the chapters, the package that they run, and how JupyterLab starts."""
    files = [ROOT / "chapters" / f"{chapter}.ipynb" for chapter in (RUN, *SEEN)]
    for folder in (JUPYTER, ROOT / "src" / "deeptricks"):
        files += sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".js", ".json"))
    files += [ROOT / "book" / "lab.py", ROOT / "book" / "plain" / "convert.py"]
    files += [BUILT] if BUILT.exists() else []
    return "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with served(tmp_path_factory.mktemp("lab")) as base:
        yield base


@pytest.mark.parametrize("notebook", SEEN)
def test_nothing_is_raw(browser, lab, notebook):
    with opened(browser, lab, notebook) as page:
        assert raw(page) == []
        assert page.locator(".myst .dt-named").count() > 5


def test_graders_stay_out_of_the_way_and_chapters_open_each_other(browser, lab):
    with opened(browser, lab, SEEN[0]) as page:
        bars = page.locator(".jp-SideBar, .lm-MenuBar").all_text_contents()
        assert not [text for text in bars if "grader" in text.lower() or "Assign" in text]
        assert page.locator(".myst details, .myst .exercise, .myst aside").count() > 3
        page.locator(".myst .dt-named a", has_text="Initialization").first.click()
        page.locator(".lm-TabBar-tabLabel", has_text="initialization.ipynb").wait_for()


def test_a_chapter_runs_and_its_figure_answers_to_the_keyboard(browser, lab):
    with opened(browser, lab, RUN) as page:
        run_all(page)
        errors = page.locator('.jp-OutputArea-output[data-mime-type*="stderr"], .jp-RenderedError')
        assert errors.all_text_contents() == []
        assert raw(page) == []
        slider = page.locator(".jp-OutputArea [role=slider]:visible").first
        before = slider.evaluate(PICTURE), slider.get_attribute("aria-valuenow")
        assert before[0]
        slider.focus()
        at_end = before[1] == slider.get_attribute("aria-valuemax")
        slider.press("ArrowLeft" if at_end else "ArrowRight")
        handle = slider.element_handle()
        page.wait_for_function(f"([e, was]) => ({PICTURE})(e) !== was", arg=[handle, before[0]])
        assert slider.get_attribute("aria-valuenow") != before[1]


def test_what_references_say_in_jupyterlab_is_what_they_say_on_the_page():
    if not BUILT.exists():
        missing("no names of references beside the book (make book)")
    current = lab_names(json.loads(BUILT.read_text("utf-8")))
    message = f"{NAMES} is not what the book says now: python -m book.lab --names"
    assert json.loads(NAMES.read_text("utf-8")) == current, message
