"""From an executed notebook to the notebook that becomes a page. Knows nothing of Sphinx."""

import copy
import html
import re
from dataclasses import dataclass

from nbformat import NotebookNode

from book.guards import CHAPTER_BUDGET_S, CLAIM, FIGURE
from book.reading import reading_minutes

OURS = "application/vnd.deeptricks."
SLIDE_TYPES = ("-", "slide", "fragment", "notes", "skip")


@dataclass(frozen=True)
class Chapter:
    """What other pages say of a chapter."""

    docname: str
    title: str
    promise: str
    minutes: int
    seconds: float | None
    claims: list[dict]
    draws: dict | None = None


def chapter(docname: str, notebook: NotebookNode, draws: dict | None = None) -> Chapter:
    """The facts about one executed notebook; `draws` as in `fresh_seeds.recorded`.

    Raises:
        ValueError: it has no title.
    """
    text = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    title = re.search(r"^# (.+)$", text[0] if text else "", re.MULTILINE)
    if not title:
        raise ValueError(f"{docname}: the first cell must be Markdown with the title as '# …'")
    after = [p.strip() for p in re.split(r"\n\s*\n", text[0][title.end() :]) if p.strip()]
    promise = next((" ".join(p.split()) for p in after if p[0] not in "#:`|<({["), "")
    claims = [o.data[CLAIM] for o in _outputs(notebook) if CLAIM in o.get("data", {})]
    return Chapter(
        docname,
        title[1].strip(),
        promise,
        reading_minutes(notebook),
        _seconds(notebook.metadata.get("deeptricks", {})),
        claims,
        draws if draws and len(draws["held"]) == len(claims) else None,
    )


def _seconds(record: dict) -> float | None:
    """CPU seconds on the machine of the budgets: the page of a busy one says the same."""
    return record["cpu_seconds"] / record.get("slowdown", 1.0) if "cpu_seconds" in record else None


def page(notebook: NotebookNode, facts: Chapter) -> NotebookNode:
    """The same notebook with its times under the title, anchors at claims, numbered figures.

    What a cell is on the slides (`slideshow.slide_type`) is marked for `book.slides`: as a tag of a
    code cell, which becomes a class, and as comments around the text of a Markdown cell.
    """
    result = copy.deepcopy(notebook)
    _mark_slides(result.cells[1:], facts.docname)
    _add_times(result.cells[0], facts)
    _add_anchors(result)
    result.cells = [part for cell in result.cells for part in _split_at_figures(cell)]
    for output in _outputs(result):
        _mend_table(output)
        for mime in [m for m in output.get("data", {}) if m.startswith(OURS)]:
            del output.data[mime]
    return result


def _mark_slides(cells, docname):
    for cell in cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        if kind not in SLIDE_TYPES:
            where = f"{docname}, cell {cell.get('id')}"
            raise ValueError(f"{where}: slide_type is {kind!r}, expected one of {SLIDE_TYPES}")
        if kind == "-":
            continue
        if cell.cell_type == "code":
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), f"slide-type-{kind}"]
        else:
            marks = [f"<!-- slide_type: {mark} -->" for mark in (kind, "-")]
            cell.source = f"{marks[0]}\n\n{cell.source}\n\n{marks[1]}"


def duration(seconds: float) -> str:
    return "under 1 s" if seconds < 1 else f"{seconds:.0f} s"


def _add_times(cell, facts):
    run = ""
    if facts.seconds is not None:
        run = (
            f"<span>Runs in <b>{duration(facts.seconds)}</b> of CPU time on one core</span> "
            f"<span>Budget {CHAPTER_BUDGET_S:g} s</span>"
        )
    up = "../" * facts.docname.count("/")
    deck = f"{up}slides/{facts.docname.removeprefix('chapters/')}.html"
    slides = f'<span><a href="{deck}">Slides</a></span>'
    read = f"<span>Read in <b>{facts.minutes} min</b></span>"
    line = f'<p class="dt-times">{read} {run} {slides}</p>'
    cell.source = re.sub(
        r"^# .+$", lambda m: f"{m[0]}\n\n{line}\n", cell.source, count=1, flags=re.MULTILINE
    )


def _add_anchors(notebook):
    """``claim-1`` …: the ledger links to them, in the order of ``Chapter.claims``."""
    claims = [o for o in _outputs(notebook) if CLAIM in o.get("data", {})]
    for number, output in enumerate(claims, 1):
        body = output.data.get("text/html") or html.escape(output.data.get("text/plain", ""))
        output.data["text/html"] = f'<div id="claim-{number}">{body}</div>'


def _mend_table(output):
    """pandas leaves the corner of a table a head without a word; a screen reader stumbles on it."""
    text = output.get("data", {}).get("text/html", "")
    if 'class="dataframe"' in text:
        output.data["text/html"] = text.replace("<th></th>", "<td></td>")


def _split_at_figures(cell) -> list[NotebookNode]:
    """One cell for each figure among the outputs: a cell's figure options hold for all of it."""
    outputs = cell.get("outputs", [])
    if not any(FIGURE in o.get("data", {}) for o in outputs):
        return [cell]
    groups, previous = [], None
    for output in outputs:
        is_figure = FIGURE in output.get("data", {})
        if is_figure or previous is not False:
            groups.append([])
        groups[-1].append(output)
        previous = is_figure
    parts = [_part(cell, group, number) for number, group in enumerate(groups)]
    return parts


def _part(cell, outputs, number):
    part = copy.deepcopy(cell)
    part.outputs = copy.deepcopy(outputs)
    if number:
        part.id = f"{cell.get('id', 'cell')}-{number}"
        tags = set(part.metadata.get("tags", []))
        part.metadata["tags"] = sorted(tags - {"hide-input"} | {"remove-input"})
    figure = part.outputs[0].get("data", {}).get(FIGURE)
    if figure:
        options = {"name": f"fig-{figure['name']}", "caption": figure["caption"]}
        part.metadata["mystnb"] = {"figure": options, "image": {"alt": figure["alt"]}}
    return part


def _outputs(notebook):
    return [o for c in notebook.cells for o in c.get("outputs", [])]
