"""A class's results for the teacher: the numbers, the two lists, and a page that does no harm."""

import re
from dataclasses import replace

import pytest

from book.browser import chromium, find_browser
from deeptricks.grading import Mistake
from deeptricks.grading.results.gradebook import opened
from deeptricks.grading.results.of_class import misled, numbers, pages, students
from deeptricks.grading.results.of_class.work import Answer, Class, Work
from tests.grading.classroom import answered, blank, course_of, grade, hand_in, mistaken

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")

EVIL = "<script>window.ran = 1</script><img src=x onerror=alert(1)>\u202e"


def check(reason="the values differ from the right ones", value=None, says="The values."):
    return {"name": "values", "reason": reason, "value": value, "says": says}


def answer(points, *checks, flags=(), most=4.0, name="first", **entry):
    entry = {"manual": False, "points": points, "checks": list(checks), "hint": None} | entry
    return Answer(name, points, most, entry, flags)


def group(*works, missing=(), unread=(), name="one"):
    """A class in which each work is (first, second), two answers."""
    made = [
        Work(f"s{i:02}", {"first": first, "second": replace(second, question="second")})
        for i, (first, second) in enumerate(works)
    ]
    titles = {"first": "First", "second": "Second"}
    return Class(name, titles, dict.fromkeys(titles, 4.0), made, list(unread), list(missing))


RIGHT = answer(4.0, check(None))
WRONG = answer(0.0, check(value="p1"), visible=True)
EMPTY = answer(0.0, check("NotImplementedError: "), untouched=True)


def reasons(found, student):
    return " ".join(r for one in found if one["student"] == student for r in one["reasons"])


@pytest.mark.parametrize(
    ("values", "most", "told"),
    [
        ([0, 4, 4, 2.5], 4, {"0": 1, "1": 0, "2": 1, "3": 0, "4": 2}),
        ([30, 0, 29], 30, {"0–2": 1, "27–29": 1, "30": 1}),
        ([25], 24, {"24": 1}),  # a person may give more than there is
        ([-1], 4, {"0": 1}),
    ],
)
def test_a_histogram_counts_everybody_once(values, most, told):
    found = {bar["label"]: bar["count"] for bar in numbers.bars(values, most)}
    assert {label: found[label] for label in told} == told
    assert sum(found.values()) == len(values)
    assert len(found) <= numbers.BARS + 1
    assert max(bar["height"] for bar in numbers.bars(values, most)) == 1


def test_difficulty_is_of_attempts_and_the_mean_of_all():
    told = numbers.of_question(group((RIGHT, RIGHT), (WRONG, RIGHT), (EMPTY, RIGHT)), "first")
    assert told["mean"] == pytest.approx(4 / 3)
    assert told["difficulty"] == pytest.approx(1 / 2)
    assert (told["tried"], told["blank"], told["full"], told["zero"]) == (2, 1, 1, 2)
    assert told["fooled"] == 1


def test_how_a_question_goes_with_the_rest():
    against = group(*[(RIGHT, WRONG), (WRONG, RIGHT)] * 10)
    assert numbers.with_the_rest(against, "first") == pytest.approx(-1)
    assert numbers.with_the_rest(group(*[(RIGHT, WRONG), (WRONG, RIGHT)] * 9), "first") is None
    assert numbers.with_the_rest(group(*[(RIGHT, RIGHT)] * 20), "first") is None


def test_what_waits_for_a_person_is_in_no_total():
    waiting = answer(None, manual=True)
    told = numbers.of_class(group((RIGHT, waiting), (WRONG, RIGHT)))
    assert (told["of"], told["mean"], told["waiting"]) == (4.0, 2.0, 1)
    assert told["left_out"] == ["Second"]
    assert numbers.of_class(group((waiting, waiting)))["of"] == 0


def test_who_is_missing_unreadable_blank_or_flagged():
    broken = Work("eve", {}, "the file is empty")
    flagged = answer(2.0, check(), flags=("cell 3 stopped",))
    found = students.who(
        group((EMPTY, EMPTY), (RIGHT, flagged), (RIGHT, RIGHT), missing=["max"], unread=[broken]),
        [],
    )
    assert reasons(found, "max") == "No submission."
    assert "the file is empty" in reasons(found, "eve")
    assert reasons(found, "s00") == "Handed in, and nothing is answered."
    assert reasons(found, "s01") == "Flagged (Second): cell 3 stopped."
    assert reasons(found, "s02") == ""


def test_who_is_far_below_their_own_other_results():
    """Beside the middle of each class: an assignment that was hard for all needs no word."""
    other = group(*[(RIGHT, RIGHT)] * 2, *[(RIGHT, WRONG)] * 3)
    here = group((RIGHT, WRONG), *[(RIGHT, RIGHT)] * 3, (RIGHT, WRONG))
    found = students.who(here, [other])
    assert "here 50 of 100 points below the middle of the class, elsewhere 50 of 100 points above" \
        in reasons(found, "s00")  # fmt: skip
    assert "here 50 of 100 points below the middle of the class, elsewhere at it" in reasons(
        found, "s04"
    )
    assert reasons(found, "s01") == ""
    hard = group((RIGHT, WRONG), *[(RIGHT, WRONG)] * 4)
    assert students.who(hard, [other]) == []
    assert "below" not in str(students.who(here, []))
    always = group((WRONG, WRONG), *[(RIGHT, RIGHT)] * 4)
    assert "below" not in str(students.who(always, [always])), "as usual for them"


def test_who_misses_one_question_that_others_solved():
    found = students.who(group((WRONG, RIGHT), (EMPTY, RIGHT), *[(RIGHT, RIGHT)] * 6), [])
    assert "First: has nothing; the class has 3.0 of 4" in reasons(found, "s00")
    assert "First: left it out" in reasons(found, "s01")
    assert students.who(group((WRONG, RIGHT), *[(WRONG, RIGHT)] * 2, (RIGHT, RIGHT)), []) == []


@pytest.mark.parametrize(
    ("mark", "how_many", "hint", "named"),
    [
        ("tabc", 2, None, True),
        ("tabc", 3, None, True),
        ("tabc", 4, None, False),  # so many have it that it is no secret
        ("pabc", 2, None, False),  # a plain value, such as 0
        ("tabc", 2, "A known slip.", False),
        ("tabc", 1, None, False),
    ],
)
def test_who_shares_a_rare_wrong_answer(mark, how_many, hint, named):
    same = answer(1.0, check(value=mark), hint=hint)
    other = answer(1.0, check(value="tother"))
    found = students.who(
        group(*[(same, RIGHT)] * how_many, (other, RIGHT), *[(RIGHT, RIGHT)] * 9), []
    )
    assert ("same rare wrong answer" in reasons(found, "s00")) is named
    if named:
        assert "s01" in reasons(found, "s00")
        assert "s00" not in reasons(found, "s00")
    assert reasons(found, f"s{how_many:02}") == ""


def test_which_question_misled():
    fooled = group(*[(WRONG, RIGHT)] * 4, *[(RIGHT, RIGHT)] * 6)
    (found,) = misled.which(fooled)
    assert found["title"] == "First"
    told = " ".join(found["signs"])
    assert "4 of 10 attempts pass the visible tests and fail hidden checks" in told
    assert "“The values.” (4)" in told
    assert "4 of 10 attempts give one and the same wrong answer, and it is no known" in told
    seen = answer(0.0, check(), visible=False)
    assert misled.which(group(*[(seen, RIGHT)] * 4, *[(RIGHT, RIGHT)] * 6)) == []
    assert misled.which(group(*[(WRONG, RIGHT)] * 4, *[(EMPTY, RIGHT)] * 6)) == []


def test_known_mistakes_by_frequency_with_their_hints():
    slips = [Mistake("first", f"slip {i}", "a", "b", f"Hint {i}.") for i in (1, 2)]
    old = answer(0.0, check(), hint="Hint 1.")  # a record without names
    new = answer(0.0, check(), hint="Hint 1. Hint 2.", mistakes=["slip 1", "slip 2"])
    found = misled.known_mistakes(group((old, RIGHT), (new, RIGHT), (RIGHT, RIGHT)), slips)
    assert [(m["name"], m["count"], m["hint"]) for m in found] == [
        ("slip 1", 2, "Hint 1."), ("slip 2", 1, "Hint 2.")]  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Graded, with a student who is missing, one whose file is broken and one who means harm."""
    course = course_of(tmp_path_factory.mktemp("class"))
    folder = tmp_path_factory.mktemp("in")
    with opened(course) as book:
        book.update_or_create_student("missing-max")
    hand_in(folder, "anna", answered(course))
    hand_in(folder, "bob", mistaken(course))
    hand_in(folder, "cleo", blank(course))
    hand_in(folder, "dora", b"{")
    evil = answered(course, standardize=f"raise ValueError('{EVIL}')", story=EVIL)
    hand_in(folder, "mallory", evil)
    assert grade(course, folder) == 0
    return course


def page(course, name="toy"):
    return (course.folder / f"results/{name}.html").read_text("utf-8")


def text(html):
    html = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_grading_leaves_a_page_of_the_class(course):
    told = text(page(course))
    for known in ("Submissions 5", "Missing 1", "Unreadable 1", "Flagged 1", "unbiased variance",
                  "These are the values with the unbiased variance", "missing-max – No submission",
                  "could not be read: the file is no notebook", "nothing is answered",
                  "Totals leave out What the experiment shows: 3 answers wait"):  # fmt: skip
        assert known in told, known
    assert "toy 5 1 1" in text(re.sub("<svg.*?</svg>", "", page(course, "index"), flags=re.DOTALL))


def test_what_a_student_wrote_is_text(course):
    for html in (page(course), page(course, "index")):
        assert "<script" not in html
        assert not re.search(r"<[^>]+\son\w+=", html)
        assert not re.search(r"(src|href)=[\"']?(https?:)?//", html)
        assert "default-src 'none'; style-src 'unsafe-inline'" in html
        assert "\u202e" not in html
    assert "&lt;script&gt;window.ran = 1" in page(course), "and it can be read"


def test_no_other_students_name_is_in_a_students_feedback(course):
    names = {path.name for path in (course.folder / "feedback").iterdir()} | {"missing-max"}
    for student in names - {"missing-max"}:
        html = (course.folder / f"feedback/{student}/toy/toy.html").read_text("utf-8")
        assert not [name for name in names - {student} if name in text(html)]


def test_a_figure_and_a_table_say_what_they_are(course):
    html = page(course)
    for figure in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        name = re.search(r'role="img" aria-labelledby="([\w-]+)"', figure)[1]
        assert html.count(f'id="{name}"') == 1
        assert re.search(r"<title id=.*?points, \d+", figure)
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert "<th scope=" in table


def test_manual_scores_renew_the_page(course):
    with opened(course) as book:
        for student, score in {"anna": 3, "bob": 1, "mallory": 0}.items():
            given = book.find_grade("story", "toy", "toy", student)
            given.manual_score, given.needs_manual_grade = score, False
        book.db.commit()
    assert "of 9" not in text(page(course))
    assert grade(course, course.folder, "--feedback-only") == 0
    told = text(page(course))
    assert "Mean 3.8 of 9" in told  # anna 6 + 3, bob 3 + 1, cleo 0, mallory 2; dora was not read
    assert "Totals leave out" not in told


# What is cut at the right; heads of columns that are only read aloud are no matter of paper.
CUT = """() => [...document.querySelectorAll("main *")].filter(one => {
    if (getComputedStyle(one.closest("thead") || one).position === "absolute") return false;
    const right = one.getBoundingClientRect().right;
    return right > document.documentElement.clientWidth + 1 || one.scrollWidth > one.clientWidth + 1
        && getComputedStyle(one).display !== "inline" && !one.closest("svg");
}).map(one => one.tagName + " " + one.textContent.trim().slice(0, 40))"""


@pytest.mark.parametrize("width", [718, 480])  # what a browser leaves of A4 and of A5
def test_on_paper_no_table_is_cut(width, printer):
    """With a log-in and a reason in one word each, which are as long as such things get."""
    long = "first.middle.von-und-zu-lastname-lastname.2026.winter@students.university.example.edu"
    flags = (f"cell 3 stopped: NameError: {'_'.join(['name'] * 40)}",)
    told = group((answer(2.0, check(), flags=flags), RIGHT), (RIGHT, RIGHT), missing=[long])
    shown = pages.page(told, [], []) | {"when": "today", "similar": None}
    html = pages.environment().get_template("class.html.jinja").render(shown)
    assert long in html
    assert flags[0] in html
    printer.set_viewport_size({"width": width, "height": 1000})
    printer.set_content(html)
    assert printer.evaluate(CUT) == []


@pytest.fixture(scope="module")
def printer():
    """A page of a browser that shows what it would print."""
    executable = find_browser()
    if executable is None:
        pytest.skip("there is no browser here")
    with chromium(executable) as browser:
        page = browser.new_page()
        page.emulate_media(media="print")
        yield page
