"""nbgrader's own formgrader, in a browser, on a course that the kit has graded.

What a student wrote is shown there by the same server that holds the grades and can start kernels:
a script in an answer would be a script of the instructor. So this looks for such scripts, too.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from book.browser import chromium, find_browser
from deeptricks.grading.handout.refusal import write_settings
from deeptricks.grading.results.gradebook import opened
from tests.grading.classroom import answered, cell_of, course_of, grade, hand_in, outcome
from tests.pages.conftest import missing

TOKEN = "a-token-for-this-test"
ANSWER = "The valley is slow along its **floor**."
RAN = "window.ran = (window.ran || 0) + 1"
HOSTILE = [
    f"<script>{RAN}</script>",
    f'<img src="x" onerror="{RAN}">',
    f"<svg onload='{RAN}'><animate onbegin='{RAN}' attributeName='x' dur='1s'></svg>",
    f"<svg><script>{RAN}</script></svg>",
    f'<iframe srcdoc="<script>parent.{RAN.replace("window", "parent")}</script>"></iframe>',
    f'<details open ontoggle="{RAN}">x</details>',
    f'<body onload="{RAN}"><input autofocus onfocus="{RAN}">',
    f"[a link](javascript:{RAN.replace(' ', '')})",
    f'<a href="JaVaScRiPt:{RAN}">another</a>',
    f"```\n</pre></div><script>{RAN}</script>\n```",
    f"`</code><script>{RAN}</script>`",
    f"$$ </script><script>{RAN}</script> $$",
    f'\n\n<math><mtext><table><mglyph><style><img src=x onerror="{RAN}">',
    f'<style>@import "/nowhere"</style><base href="https://elsewhere.invalid/"><p title="{RAN}">',
    '<input class="score" id="story"><form action="https://elsewhere.invalid/">',
    "![a picture](https://elsewhere.invalid/seen.png)",
]


def hostile(notebook):
    """The notebook, in which everything that a student can write wants to run a script."""
    cell_of(notebook, "story").source = "\n\n".join(HOSTILE)
    answer = cell_of(notebook, "recall")
    answer.source += "".join(f"\n# {text!r}" for text in HOSTILE)
    answer.outputs = [
        new_output("display_data", {"text/html": "".join(HOSTILE)}),
        new_output("display_data", {"application/javascript": RAN}),
        new_output("display_data", {"image/svg+xml": HOSTILE[3], "text/plain": HOSTILE[0]}),
        new_output("display_data", {"text/markdown": HOSTILE[0], "text/latex": HOSTILE[0]}),
        new_output("stream", name="stdout", text=HOSTILE[0]),
        new_output("error", ename=HOSTILE[0], evalue=HOSTILE[0], traceback=[HOSTILE[0]]),
    ]
    notebook.cells += [new_markdown_cell(text) for text in HOSTILE]
    notebook.cells += [new_raw_cell(HOSTILE[0], metadata={"format": "text/html"})]
    notebook.cells += [new_code_cell("pass", metadata={"tags": HOSTILE[:1], "name": HOSTILE[0]})]
    notebook.metadata["kernelspec"] = {"name": HOSTILE[0], "display_name": HOSTILE[0]}
    notebook.metadata["title"] = HOSTILE[0]
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Ada answered well, Mallory is hostile; both are where nbgrader's collect puts them."""
    course = course_of(tmp_path_factory.mktemp("formgrader"))
    write_settings(course.folder)
    submitted = course.folder / "submitted"
    hand_in(submitted, "ada", answered(course, story=ANSWER))
    hand_in(submitted, "mallory", hostile(answered(course)))
    assert grade(course, submitted) == 0
    return course


@pytest.fixture(scope="module")
def base(course, tmp_path_factory):
    """The address of a Jupyter server in the course's folder, started as an instructor does."""
    scratch = tmp_path_factory.mktemp("jupyter")
    with served(course.folder, scratch) as address:
        yield address


@contextmanager
def served(folder: Path, scratch: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(scratch / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    scripts = str(Path(sys.executable).parent)  # where `alembic` is
    path = os.pathsep.join([scripts, os.environ.get("PATH", "")])
    with (scratch / "log").open("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", "--ServerApp.ip=127.0.0.1", "--no-browser",
             f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--allow-root"],
            cwd=folder, stdout=log, stderr=log,
            env=os.environ | own | {"HOME": str(scratch), "JUPYTER_TOKEN": TOKEN, "PATH": path},
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            answers(address, server, scratch / "log")
            yield address
        finally:
            server.terminate()
            server.wait(30)


def answers(address, server, log):
    """Wait until formgrader is there; it needs nbgrader's extension, which pip switches on."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/formgrader/api/status?token={TOKEN}", timeout=5)
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no formgrader within 60 s:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser():
    executable = find_browser()
    if not executable:
        missing("formgrader was not tried: no chromium found (Debian: apt-get install chromium)")
    with chromium(executable) as started:
        yield started


@pytest.fixture
def page(browser, base):
    """A page that has the token, may load from the server only, and remembers what it asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.route(lambda url: not url.startswith((base, "data:")), lambda route: route.abort())
    page.goto(f"{base}/formgrader?token={TOKEN}")
    yield page
    context.close()


def submission(course, student):
    """The address of a student's notebook in formgrader."""
    with opened(course) as book:
        notebook = book.find_submission_notebook("toy", "toy", student)
        return f"/formgrader/submissions/{notebook.id}/"


def shot(page, name):
    """A picture for whoever wants one: FORMGRADER_SHOTS=folder."""
    if folder := os.environ.get("FORMGRADER_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("path", ["manage_assignments", "api/students", "api/assignments"])
def test_without_the_token_nothing_is_shown(base, path):
    try:
        with urllib.request.urlopen(f"{base}/formgrader/{path}") as reply:
            refused = "/login" in reply.url
    except urllib.error.HTTPError as error:
        refused = error.code == 403
    assert refused


def test_the_assignment_and_its_submissions_are_listed(page, base):
    row = page.locator("tr", has_text="toy")
    row.locator(".num-submissions", has_text="2").wait_for()
    shot(page, "manage_assignments")
    page.goto(f"{base}/formgrader/manage_submissions/toy")
    for student in ("ada", "mallory"):
        row = page.locator("tr", has_text=student)
        row.get_by_text("needs manual grading").wait_for()
        row.get_by_text("6 / 9").wait_for()
    shot(page, "submissions")


def test_autograde_refuses_and_says_what_to_do(page, base, course):
    before = outcome(course)
    page.goto(f"{base}/formgrader/manage_submissions/toy")
    page.locator("tr", has_text="ada").locator(".autograde a").click()
    told = page.locator("#error-modal")
    told.wait_for(timeout=60_000)
    assert "deeptricks.grading grade" in told.inner_text()
    shot(page, "autograde_refuses")
    assert outcome(course) == before
    assert (course.folder / "autograded" / "ada" / "toy" / "toy.ipynb").is_file()


def test_generate_refuses_and_says_what_to_do(page, course):
    student = course.folder / "release" / "toy" / "toy.ipynb"
    before = student.read_bytes()
    page.locator("tr", has_text="toy").locator(".assign a").click()
    told = page.locator("#error-modal")
    told.wait_for(timeout=60_000)
    assert "deeptricks.grading release" in told.inner_text()
    assert student.read_bytes() == before


def test_a_person_grades_by_hand(page, base, course):
    from playwright.sync_api import expect

    page.goto(base + submission(course, "ada"))
    story = page.locator(".nbgrader_cell", has=page.locator("#story"))
    assert "The valley is slow along its floor." in story.inner_text()
    assert "/ 3" in story.inner_text()
    for points, line in course.assignment("toy").question("story").rubric:
        assert f"{points}: {line}" in page.locator("body").inner_text()
    expect(page.locator("#standardize_tests")).to_have_attribute("placeholder", "4")
    expect(page.locator("#story")).to_have_value("")
    with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
        page.locator("#story").fill("2")
        page.locator("#story").press("Tab")
    with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
        page.locator("#story-comment").fill("What would change it?")
        page.locator("#story-comment").press("Tab")
    shot(page, "grading_a_submission")
    with opened(course) as book:
        graded = book.find_submission_notebook("toy", "toy", "ada")
        grades = {g.name: g for g in graded.grades}
        comments = {c.name: c.manual_comment for c in graded.comments}
        assert (grades["story"].manual_score, grades["story"].needs_manual_grade) == (2, False)
        assert grades["standardize_tests"].manual_score is None
        assert comments["story"] == "What would change it?"
        assert graded.score == 8
    page.reload()
    expect(page.locator("#story")).to_have_value("2")

    page.goto(f"{base}/formgrader/gradebook/toy/toy")
    page.get_by_text("8 / 9").wait_for()
    shot(page, "gradebook")

    assert grade(course, course.folder / "submitted", "--feedback-only") == 0
    feedback = course.folder / "feedback" / "ada" / "toy" / "toy.html"
    assert "What would change it?" in feedback.read_text("utf-8")
    line = next(
        line for line in (course.folder / "grades.csv").read_text().splitlines() if "ada" in line
    )
    assert line.startswith("ada,ada,toy,8")


def test_nothing_that_a_student_wrote_runs_in_formgrader(page, base, course):
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.goto(base + submission(course, "mallory"))
    page.wait_for_load_state("networkidle")
    shot(page, "hostile")
    notebook = page.locator("#notebook").first
    for link in notebook.locator("a").all():
        target = link.get_attribute("href") or ""
        assert target.startswith(("#", "http://", "https://", "mailto:")) or not target, target
    assert page.evaluate("window.ran") is None
    assert page.locator("#story").count() == 1, "no input of the student has the place of ours"
    assert not [url for url in page.asked if "elsewhere" in url or "nowhere" in url]
    assert notebook.locator("iframe, form, style, svg, base, object").count() == 0
    # Everything is still to be read: a person shall see what was tried.
    assert "window.ran" in notebook.inner_text()


def test_the_hostile_notebook_would_run_if_it_were_not_made_harmless(page, base, course):
    """The test above can fail: formgrader itself stops nothing."""
    path = course.folder / "autograded" / "mallory" / "toy" / "toy.ipynb"
    kept = path.read_bytes()
    notebook = json.loads(kept)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "story":
            cell["source"] = HOSTILE[0] + "\n\n" + HOSTILE[1]
    try:
        path.write_text(json.dumps(notebook), "utf-8")
        page.goto(base + submission(course, "mallory"))
        page.wait_for_function("window.ran === 2")
    finally:
        path.write_bytes(kept)
