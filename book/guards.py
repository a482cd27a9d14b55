"""What every chapter must satisfy: each guard yields the faults that it finds in a notebook.

`COMMITTED` guards look at the notebook as it is in the repository, `EXECUTED` guards at what
`book.execution.executed` returns.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbval.plugin import comment_markers, metadata_tags

from book.fingerprint import code_cells

CHAPTER_BUDGET_S = 30.0  # CPU seconds on one core
CELL_BUDGET_S = 15.0
LONGEST_CELL = 20  # lines; a longer cell is a function that belongs in the package
SHORTEST_ALT = 40  # characters
FEWEST_CLAIMS = 3

CLAIM = "application/vnd.deeptricks.claim+json"
FIGURE = "application/vnd.deeptricks.figure+json"
TEXT_MIMES = {"text/plain", "text/latex"}
SWITCHES = {*metadata_tags, "skip-execution"}
PROGRESS_BAR = re.compile(r"\r|\d+%\||\d(it/s|s/it)\b")
PICTURE_IN_HTML = re.compile(r"<(svg|img|canvas|video)\b")

Faults = Iterator[str]


def _data(notebook: NotebookNode) -> Iterator[tuple[int, dict]]:
    """(cell number, mime bundle) of every rich output."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            if "data" in output:
                yield number, output.data


def run_in_order(notebook: NotebookNode) -> Faults:
    """In nbval nothing is compared in a cell whose execution count is missing."""
    if not code_cells(notebook):
        yield "has no code cell"
    for number, cell in enumerate(code_cells(notebook), start=1):
        if not cell.source.strip():
            yield f"cell [{number}] is empty"
        elif cell.execution_count != number:
            count = cell.execution_count
            yield f"cell [{number}] has execution count {count}, expected {number}: make refresh"


def something_compared(notebook: NotebookNode) -> Faults:
    """Something is stored, or nothing is compared."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    texts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs]
    if not any(text.strip() for text in texts):
        yield "stores no output, so that nothing is compared: make refresh"


def only_text_stored(notebook: NotebookNode) -> Faults:
    """Pictures, claims and widgets are made anew; stored, they would only differ."""
    if "widgets" in notebook.metadata:
        yield "stores widget state: make refresh"
    for number, data in _data(notebook):
        if others := sorted(set(data) - TEXT_MIMES):
            yield f"cell [{number}] stores {', '.join(others)}: make refresh"


def comparison_is_on(notebook: NotebookNode) -> Faults:
    """No comment or tag may switch off that a cell is compared."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        marks = [mark for mark in comment_markers if mark.lower() in cell.source.lower()]
        tags = [tag for tag in cell.metadata.get("tags", []) if tag.lower() in SWITCHES]
        if marks or tags:
            yield f"cell [{number}] switches its comparison off: {', '.join(marks + tags)}"


def short_cells(notebook: NotebookNode) -> Faults:
    """Cells are short; a long one is a function that belongs in the package."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        lines = len(cell.source.splitlines())
        if lines > LONGEST_CELL:
            yield f"cell [{number}] has {lines} lines, allowed are {LONGEST_CELL}"


def quiet(notebook: NotebookNode) -> Faults:
    """No warning, no progress bar, no error is part of a chapter."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            text = output.get("text", "")
            if output.get("name") == "stderr":
                yield f"cell [{number}] writes to standard error: {text.strip()}"
            elif PROGRESS_BAR.search(text):
                yield f"cell [{number}] prints a progress bar: {text.strip()[:100]!r}"
            elif output.output_type == "error":
                yield f"cell [{number}] stores an error: {output.ename}: {output.evalue}"


def anatomy(notebook: NotebookNode) -> Faults:
    """Look for the parts of a chapter that can be told by their form."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    if not re.search(r"^(```+|:::+)\{exercise", text, re.MULTILINE):
        yield "has no exercise ({exercise})"
    if not re.search(r"^#+ .*slide check", text, re.MULTILINE | re.IGNORECASE):
        yield "has no heading 'Slide check'"
    if not re.search(r"\{cite(:\w+)?\}`", text):
        yield "cites nothing ({cite})"
    if re.search(r"!\[\s*\]\(", text):
        yield "has a picture without alternative text: ![](…)"


def claims_hold(notebook: NotebookNode) -> Faults:
    """Every claim holds, and would not hold of nothing."""
    for number, data in _data(notebook):
        if CLAIM in data and data[CLAIM]["held"] is not True:
            yield f"cell [{number}], {failed_claim(data[CLAIM])}"


def failed_claim(claim: dict) -> str:
    """Why a claim fails: it was measured and is not so, or it would hold of nothing at all."""
    if claim.get("null_excluded") is False:
        return (
            f"claim proves nothing: {claim['sentence']}\n"
            f"  its condition: {claim['condition']}\n"
            f"  also holds if nothing were there: {claim['null']}"
        )
    over = f" over {claim['n']} {claim.get('over', 'seeds')}" if claim["n"] else ""
    return (
        f"claim does not hold: {claim['sentence']}\n"
        f"  expected: {claim['condition']}\n"
        f"  got:      {claim['value']}{over}; measured: {claim['measured']}"
    )


def enough_claims(notebook: NotebookNode) -> Faults:
    """Claims are made, that could have been wrong."""
    made = sum(CLAIM in data for _, data in _data(notebook))
    if made < FEWEST_CLAIMS:
        yield f"makes {made} claims, expected at least {FEWEST_CLAIMS}"


def figures_described(notebook: NotebookNode) -> Faults:
    """Every figure has words for those who do not see it, and a name of its own."""
    names = set()
    for number, data in _data(notebook):
        figure = data.get(FIGURE)
        if figure is None:
            pictured = any(mime.startswith("image/") for mime in data)
            if pictured or PICTURE_IN_HTML.search(data.get("text/html", "")):
                yield f"cell [{number}] shows a picture without a description: use show(fig, …)"
            continue
        if len((figure.get("alt") or "").strip()) < SHORTEST_ALT:
            yield (
                f"cell [{number}], figure {figure['name']!r}: alternative text is "
                f"{figure.get('alt')!r}, expected at least {SHORTEST_ALT} characters"
            )
        if figure["name"] in names:
            yield f"cell [{number}]: a second figure is named {figure['name']!r}"
        names.add(figure["name"])


def within_budget(notebook: NotebookNode) -> Faults:
    """Time on one core is limited, in proportion to the pace of the machine."""
    record = notebook.metadata.deeptricks
    if record.threads != "1":
        return  # a budget is for one thread: several wait for each other, and waiting counts as CPU
    budget = record.get("budget_s", CHAPTER_BUDGET_S)
    if budget > CHAPTER_BUDGET_S:
        yield f"asks for a budget of {budget} s CPU, allowed are {CHAPTER_BUDGET_S:g} s"
    slow = f", {record.slowdown:g} times that on this machine" if record.slowdown > 1 else ""
    if record.cpu_seconds > min(budget, CHAPTER_BUDGET_S) * record.slowdown:
        yield f"took {record.cpu_seconds} s CPU, budget {min(budget, CHAPTER_BUDGET_S):g} s{slow}"
    for number, seconds in enumerate(record.cells, start=1):
        if seconds > CELL_BUDGET_S * record.slowdown:
            yield f"cell [{number}] took {seconds} s CPU, budget {CELL_BUDGET_S:g} s{slow}"


COMMITTED = (
    run_in_order,
    something_compared,
    only_text_stored,
    comparison_is_on,
    short_cells,
    quiet,
    anatomy,
)
EXECUTED = (claims_hold, enough_claims, figures_described, within_budget)
