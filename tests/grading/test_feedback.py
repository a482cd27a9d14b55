"""Pages of feedback: they explain, give nothing away, and do nothing in a browser."""

import base64
import html
import re
import shutil
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader.handlers import template_path
from nbgrader.utils import notebook_hash

from deeptricks.grading import Assignment
from deeptricks.grading.compare import difference
from deeptricks.grading.evening import wording
from deeptricks.grading.evening.restore import Restored
from deeptricks.grading.evening.verdict import verdict
from deeptricks.grading.results import harmless
from deeptricks.grading.results.feedback import Printer, alone, graded_notebook
from deeptricks.grading.results.formulas import with_mathml
from deeptricks.grading.results.gradebook import opened
from deeptricks.grading.sandbox.execute import Outcome
from tests.grading.classroom import TOY, answered, blank, course_of, grade, hand_in, mistaken
from tests.grading.masters import doctored
from tests.grading.test_submissions import small_png

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")

SECRETS = (
    ('name="square"', 'name="zebraname"'),
    ('run="return standardize(x)"', 'run="driverword = word\\nreturn standardize(x)"'),
    ('inputs={"x": x}', 'inputs={"x": x, "word": "inputword"}'),
)
JUDGED = (
    "judge=lambda v: v if isinstance(v, str)"
    " else __import__('deeptricks.grading.compare').grading.compare.difference(v, x)"
)
PNG = base64.b64encode(small_png()).decode()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The toy with names, a driver and inputs that stand nowhere else."""
    folder = tmp_path_factory.mktemp("feedback")
    shutil.copytree(TOY, folder / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    checks = (folder / "toy/checks.py").read_text()
    for old, new in SECRETS:
        assert checks.count(old) == 1
        checks = checks.replace(old, new)
    (folder / "toy/checks.py").write_text(checks)
    return course_of(folder / "term", folder)


def page_of(course, student):
    return (course.folder / f"feedback/{student}/toy/toy.html").read_text("utf-8")


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", "", page, flags=re.DOTALL))


PEEKING = {
    "message": "raise ValueError(repr(x.tolist()) + 'inputword')",
    "text": "return repr(x.tolist())",
    "type": "raise type('inputword', (Exception,), {})('inputword')",
    "name": "raise NameError(\"name 'inputword' is not defined\")",
    "module": "raise ModuleNotFoundError(\"No module named 'inputword'\")",
    "number": "return float(x[0, 0])",
    "whole number": "return int(x[0, 0] * 10**12)",
    "key": "return {repr(x.tolist()): 1}",
    "shape": "return np.zeros((0, int(x[0, 0] * 10**10)))",
    "frame": "raise TypeError(str(__import__('sys')._getframe(1).f_locals))",
    "driver": "raise TypeError(str(__import__('sys')._getframe(1).f_code.co_consts))",
    "class": "return type(repr(x.tolist()), (), {})()",
    "complex": "return 'inputword' + 'driverword zebraname'",
}


@pytest.fixture(scope="module")
def peeked(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("peeking")
    for kind, body in PEEKING.items():
        source = f"def standardize(x):\n    {body}"
        notebook = answered(course, standardize=source)
        for cell in notebook.cells:  # their own code is no leak: leave it out of what is searched
            cell.outputs = [] if cell.cell_type == "code" else cell.get("outputs")
        hand_in(folder, kind.replace(" ", "_"), _without_none(notebook))
    grade(course, folder)
    return course


def _without_none(notebook):
    for cell in notebook.cells:
        if cell.get("outputs", 0) is None:
            del cell["outputs"]
    return notebook


@pytest.mark.parametrize("kind", PEEKING)
def test_a_page_tells_nothing_of_the_hidden_tests(peeked, kind):
    page = page_of(peeked, kind.replace(" ", "_"))
    graded = nbformat.read(graded_notebook(peeked, kind.replace(" ", "_"), "toy"), as_version=4)
    own = "\n".join(c.source for c in graded.cells if c.cell_type == "code")
    told = "\n".join(str(c.get("outputs")) for c in graded.cells)
    assert "0 of 3" in told
    for secret in ("zebraname", "driverword", "inputword", *_digits(peeked)):
        assert secret not in told
        if secret not in own:
            assert secret not in text_of(page)


def _digits(course):
    """The leading digits of inputs and expected values."""
    check = course.assignment("toy").question("standardize").checks[0]
    numbers = [*check.inputs["x"].ravel(), *check.expected.ravel()]
    return [f"{abs(number):.9f}"[:7].replace(".", dot) for number in numbers for dot in (".", "")]


def test_a_page_explains_what_failed(course, tmp_path):
    hand_in(tmp_path, "anna", mistaken(course))
    hand_in(tmp_path, "bob", blank(course))
    hand_in(tmp_path, "cleo", answered(course, standardize="def standardize(x):\n    return x[0]"))
    grade(course, tmp_path)
    anna = text_of(page_of(course, "anna"))
    for told in ("Standardize: 1 of 4 points", "1 of 2 hidden checks passed",
                 "The values for a batch of ordinary size are not the right ones.",
                 "What was seen: the values differ from the right ones.",
                 "These are the values with the unbiased variance"):  # fmt: skip
        assert told in anna
    assert "there is no answer yet" in text_of(page_of(course, "bob"))
    cleo = text_of(page_of(course, "cleo"))
    assert "the shape is (4,) where (6, 4) is asked" in cleo
    assert "unbiased" not in cleo  # fails the same check as the mistake, with other values
    assert "names the direction" not in anna  # the rubric is the instructor's
    rubric = graded_notebook(course, "anna", "toy").read_text()
    assert "names the direction that is slow" in rubric


def test_an_unreadable_submission_has_a_page(course, tmp_path):
    hand_in(tmp_path, "dora", b"{")
    grade(course, tmp_path)
    page = text_of(page_of(course, "dora"))
    assert "This submission could not be read: the file is no notebook" in page
    assert "A person will look at it" in page


def test_pages_after_manual_grading(course, tmp_path, capsys):
    hand_in(tmp_path, "eve", answered(course))
    grade(course, tmp_path)
    with opened(course) as book:
        book.find_grade("story", "toy", "toy", "eve").manual_score = 2.5
        book.find_comment("story", "toy", "toy", "eve").manual_comment = "Well seen, **Eve**."
        book.db.commit()
    before = text_of(page_of(course, "eve"))
    grade(course, tmp_path, "--feedback-only")
    after = text_of(page_of(course, "eve"))
    assert "Well seen" not in before
    assert "Well seen, Eve." in after
    assert "8.5 / 9.0" in after


@pytest.mark.parametrize(
    ("text", "has", "has_not"),
    [
        ("the mean $\\mu_j$ of", ["<math", "<mi>μ</mi>", "of"], ["$"]),
        ("$$\n\\frac{a}{b}\n$$", ['display="block"', "<mfrac>"], ["$"]),
        (r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$", ["<mtable"], ["&amp;", ">&<"]),
        ("`cost = $5` and $x$", ["`cost = $5`", "<mi>x</mi>"], []),
        ("from 3 $ to 5 $ each", ["from 3 $ to 5 $ each"], ["<math"]),
        (r"$\frac{$", [r"$\frac{$"], ["<math"]),
    ],
)
def test_formulas_become_mathml(text, has, has_not):
    made = html.unescape(with_mathml(text))
    assert all(one in made for one in has), made
    assert not any(one in made for one in has_not), made


def test_the_formulas_of_the_assignments_are_on_the_pages():
    """None is refused by the converter, none reaches a student as source."""
    for checks in sorted((TOY.parents[2] / "assignments").glob("*/checks.py")):
        for cell in Assignment(checks.parent, 0).notebook().cells:
            if cell.cell_type == "markdown":
                left = re.sub("`[^`]*`", "", with_mathml(cell.source))
                assert "$" not in left, f"{checks.parent.name}: {left[:300]}"


def test_pages_go_back_through_nbgraders_exchange(course, tmp_path):
    """To the one who handed in through it; a submission that did not stops nobody's page."""
    submitted = course.folder / "submitted"
    for student in ("ann", "bob"):
        hand_in(submitted, student, answered(course, "toy"), when="2026-11-20 10:00:00 UTC")
    (submitted / "ann/toy/submission_secret.txt").write_text("of ann")
    grade(course, submitted)
    config = course.config()
    config.Exchange.root = str(tmp_path / "exchange")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    answer = NbGraderAPI(CourseDirectory(config=config), config=config).release_feedback("toy")
    assert answer["success"], answer
    pages = tmp_path / "exchange/deeptricks/feedback"
    page = course.folder / "feedback/ann/toy/toy.html"
    of_ann = pages / f"{notebook_hash(secret='of ann', notebook_id='toy')}.html"
    assert of_ann.read_bytes() == page.read_bytes()
    assert (course.folder / "feedback/bob/toy/toy.html").read_bytes() in {
        path.read_bytes() for path in pages.iterdir()
    }


def test_a_page_needs_nothing_from_elsewhere(course, tmp_path):
    hand_in(tmp_path, "fred", answered(course))
    grade(course, tmp_path)
    page = page_of(course, "fred")
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert page.index("Content-Security-Policy") < page.index("<style")
    assert '<html lang="en">' in page


def test_another_head_is_noticed():
    with pytest.raises(ValueError, match="which version"):
        alone("<html><head></head></html>")


def test_no_page_without_a_grade(course):
    with pytest.raises(ValueError, match="has not been graded"):
        Printer(course).page("nobody", "toy")


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&colon;alert(1))",
    "[click][a]\n\n[a]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![track](https://evil.invalid/x.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](data:text/html;base64,PHN2Zz4=)",
    "![x](attachment:none.png)",
    '![x](attachment:bad.png)',
    "# standardize_tests",
    "submission_id\n===",
    '<h1 id="recall_tests">x</h1><a name="story">y</a>',
    "<iframe src=https://evil.invalid></iframe><form action=/x><input name=score></form>",
    "<style>* {display: none}</style><link rel=stylesheet href=//evil.invalid>",
    "<div\n\nonclick=alert(1)\n\n>x</div>",
    "\\[x\\]\\(javascript:alert(1))",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`</div>`\n\n<script>alert(1)</script>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "```html\n<script>alert(1)</script>\n```",
    "$$ </div><script>alert(1)</script> $$",
    "$\\href{javascript:alert(1)}{x}$",
    "</div></div></div></div><script>alert(1)</script>",
    "<!--\n\n--><img src=x onerror=alert(1)>",
    "<meta http-equiv=refresh content='0;url=//evil.invalid'><base href=//evil.invalid>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "1. <a href='javascript:alert(1)'>x</a>\n\n   <b onmouseover=alert(1)>y</b>",
    "```mermaid\nclick A href 'javascript:alert(1)'\n```",
    "[" * 5000 + "<b>" * 2000,
    "> " * 4000 + "<script>alert(1)</script>",
]  # fmt: skip


def formgrader(course, student):
    """The page as formgrader renders it."""
    exporter = HTMLExporter(template_name="formgrade", extra_template_basedirs=[template_path])
    told = dict.fromkeys(("assignment_id", "notebook_id", "submission_id", "base_url", "student",
                          "last_name", "first_name", "notebook_path"), "x")  # fmt: skip
    path = graded_notebook(course, student, "toy")
    page, _ = exporter.from_filename(str(path), resources=told | {"index": 0, "total": 1})
    return page


class Framed(HTMLParser):
    """The texts of a page, and whether each stands in the frame of a student's own cell."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts = [], {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "link", "br", "hr", "img", "input"):
            self.open.append((tag, "border-left: 0.4em" in str(dict(attributes).get("style"))))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.texts[data.strip()] = any(framed for _, framed in self.open)


RUBRIC = "**Rubric** (6 points)\n\n- 6: {}"
FORGED = ["whatever is written", "</div></div>\n\n</div>after an end of the frame", "x " * 6000]


@pytest.mark.parametrize("kind", ["formgrader", "feedback"])
def test_a_cell_of_the_students_own_is_not_taken_for_ours(course, tmp_path, kind):
    notebook = answered(course, story="An answer.")
    own = [new_markdown_cell(RUBRIC.format(text)) for text in FORGED]
    notebook.cells += [*own, new_code_cell("assert 'hidden tests'", outputs=[
        new_output("stream", text="Standardize: 4 of 4 points")])]  # fmt: skip
    hand_in(tmp_path, f"forger_{kind}", notebook)
    grade(course, tmp_path)
    page = (formgrader if kind == "formgrader" else page_of)(course, f"forger_{kind}")
    texts = Framed(page).texts
    for text in ("6: whatever is written", "after an end of the frame", "x x x"):
        found = [framed for told, framed in texts.items() if text in told]
        assert found == [True], text
    assert not [t for t, framed in texts.items() if framed and "names the direction" in t]
    code, label = page.index("hidden tests"), page.index(harmless.OWN)
    assert page.rindex(harmless.OWN, 0, code) > page.index("x x x") > label, "and above code"


def test_outputs_under_locked_code_are_said_to_be_the_submissions(course, tmp_path):
    notebook = answered(course)
    locked = next(c for c in notebook.cells if c.cell_type == "code"
                  and not c.metadata.nbgrader.grade and c.metadata.nbgrader.locked)  # fmt: skip
    locked.outputs = [new_output("stream", text="a fine curve")]
    hand_in(tmp_path, "gina", notebook)
    grade(course, tmp_path)
    text = text_of(page_of(course, "gina"))
    assert "[As it was handed in; it was not run again:] a fine curve" in text


class Seen(HTMLParser):
    """What a browser could act upon, in the order of the page."""

    ACTIVE = frozenset({"script", "style", "link", "iframe", "object", "embed", "form", "input",
                        "meta", "base", "svg", "math", "button", "textarea"})  # fmt: skip

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag in self.ACTIVE:
            self.found.append((tag, dict(attributes).get("id")))
        for name, value in attributes:
            link = name in ("href", "src", "action", "srcset", "poster", "background")
            outside = link and not (value or "").startswith(("#", "data:image/png;base64,"))
            if name.startswith("on") or name in ("id", "name", "style") or outside:
                self.found.append((tag, name, value))


@pytest.fixture(scope="module")
def attacked(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    for number, attack in enumerate(ATTACKS):
        notebook = answered(course, story=attack)
        story = next(c for c in notebook.cells if c.id == "story")
        story.attachments = {"bad.png": {"image/png": "<script>"}, "good.png": {"image/png": PNG}}
        notebook.cells.append(new_markdown_cell(attack))
        cell = new_code_cell(attack, metadata={"tags": ['"><script>alert(1)</script>']})
        cell.outputs = [
            new_output("display_data", {"text/html": attack, "image/svg+xml": attack}),
            new_output("display_data", {"application/javascript": "alert(1)"}),
            new_output("execute_result", {"text/plain": attack}),
            new_output("stream", text=attack),
            new_output("error", ename=attack, evalue=attack, traceback=[attack]),
        ]
        notebook.cells.append(cell)
        hand_in(folder, f"attack{number:02}", notebook)
    notebook = answered(course, story="plain")
    notebook.cells += [new_markdown_cell("plain"), new_code_cell("plain")]
    hand_in(folder, "plain", notebook)
    grade(course, folder)
    return course


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=lambda n: ATTACKS[n][:24])
@pytest.mark.parametrize("kind", ["formgrader", "feedback"])
def test_nothing_of_a_student_acts_in_a_browser(attacked, number, kind):
    render = formgrader if kind == "formgrader" else page_of
    plain = Seen(render(attacked, "plain")).found
    found = Seen(render(attacked, f"attack{number:02}")).found
    ours = ("div", "style", "white-space: pre-wrap")
    assert [seen for seen in found if seen != ours and seen not in plain] == []
    assert len([s for s in found if s != ours]) == len([s for s in plain if s != ours])


def test_a_pasted_picture_is_shown():
    cell = new_markdown_cell("See ![mine](attachment:good.png) **here**")
    cell.attachments = {"good.png": {"image/png": PNG}}
    shown = harmless.source(cell)
    assert f'src="data:image/png;base64,{PNG}"' in shown
    assert "<strong>here</strong>" in shown


def test_plain_text_stays_as_it_is():
    text = "The *long* direction is slow: $\\kappa = 10$.\n\n- one\n- two"
    assert harmless.source(new_markdown_cell(text)) == text


def test_a_long_text_is_shortened():
    shown = harmless.source(new_markdown_cell("<b>" * 10_000))
    assert len(shown) < 60_000
    assert "the rest is not shown" in shown


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("it returns None where numbers are asked", "it returns None where numbers are asked"),
        ("it returns the text 'secret' where numbers are asked",
         "it returns something else where numbers are asked"),
        ("value 2 of 3: value 1 of 2: the shape is (1, 3) where (3, 1) is asked",
         "the shape is (1, 3) where (3, 1) is asked"),
        ("value 2 of 3: the shape is (2,) where (3, 1) is asked",
         "the shape is (?,) where (3, 1) is asked"),
        ("the shape is (12345, 1, 3, 67890) where (3, 12) is asked",
         "the shape is (?, 1, 3, ?) where (3, 12) is asked"),
        ("the shape is (271,) where a single number is asked",
         "the shape is (?,) where a single number is asked"),
        ("it returns an array of shape (12345, 6) where a dictionary is asked",
         "it returns an array with 2 axes where a dictionary is asked"),
        ("it returns an array of shape (7,) where 2 values are asked",
         "it returns an array with 1 axis where 2 values are asked"),
        ("it returns 271 values where 3 are asked",
         "it returns more values than the 3 that are asked"),
        ("at the key 'W': it returns 0 values where 3 are asked",
         "at the key 'W': it returns fewer values than the 3 that are asked"),
        ("value 2 of 3: it returns 3.25 where another answer is right",
         "it returns something else where another answer is right"),
        ("the mean: value 2 of 3: the values differ from the right ones",
         "the mean: the values differ from the right ones"),
        ("the function changes its argument x",) * 2,
        ("the function changes its argument secret", None),
        ("it returns the text 'the mean: it returns x' where numbers are asked",
         "it returns something else where numbers are asked"),
        ("the secret: the values differ from the right ones", None),
        ("it returns an array of shape (123456, 0) where numbers are asked",
         "it returns something else where numbers are asked"),
        ("it returns secret, which is no number, text, array or collection of these",
         wording.NO_VALUE),
        ("it took longer than 5 seconds",) * 2,
        ("secret", None),
    ],
)  # fmt: skip
def test_what_a_student_reads_of_a_comparison(reason, told):
    assert wording.of_comparison(reason, ("the mean", "argument x")) == told


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("NameError: name 'mean' is not defined", "'mean' is not defined"),
        ("NameError: name 'secret' is not defined", "a name is not defined"),
        ("ModuleNotFoundError: No module named 'torch.nn'",
         "ModuleNotFoundError: No module named 'torch'"),
        ("ModuleNotFoundError: No module named 'secret'", "ModuleNotFoundError"),
        ("TypeError: secret", "it stops with TypeError"),
        ("Secret: secret", None),
        ("NotImplementedError: secret", "there is no answer yet"),
        ("ValueError: secret [cell 5, line 2]", "it stops with ValueError in cell 5, line 2"),
        ("ValueError: secret [cell 5, line 4]", "it stops with ValueError"),
        ("ValueError: secret [cell 6, line 1]", "it stops with ValueError"),
        ("ValueError: [cell 5, line 1] secret", "it stops with ValueError"),
    ],
)  # fmt: skip
def test_what_a_student_reads_of_an_error(reason, told):
    assert wording.of_error(reason, {"mean"}, {5: 3}) == told


@pytest.mark.parametrize("own", ["a sentence of the judge", None])
def test_what_a_judge_says_of_a_comparison_tells_no_more_than_a_comparison(tmp_path, own):
    """A judge may hand on what `difference` says, and in it a shape of the student's choice."""
    toy = doctored(tmp_path, checks=("expected=right(x, term.epsilon, term.axis)", JUDGED))
    outcome = Outcome()
    outcome.values["standardize", "square"] = own or np.zeros((31415, 926))
    entry = verdict(toy, Restored(toy.notebook()), outcome)["questions"]["standardize"]["checks"][0]
    assert entry["told"] == (own or "the shape is (?, ?) where (6, 4) is asked")
    assert entry["reason"] == (own or "the shape is (31415, 926) where (6, 4) is asked")


def test_every_sentence_of_compare_is_known_to_the_wording():
    """A sentence that is worded anew there would vanish from the pages."""
    array = np.ones((2, 3))
    pairs = [(None, array), ({}, array), ([[1], [2, 3]], array), (array[0], array), (1, array),
             (array * np.nan, array), (array * 2, array), (None, {"a": 1}), ({}, {"a": 1}),
             (1, [1, 2]), ([1], [1, 2]), ([1, 1], [1, 2]), (None, "a"), (array, 1.0)]  # fmt: skip
    for value, expected in pairs:
        reason = difference(value, expected)
        assert reason
        assert wording.of_comparison(reason), reason
