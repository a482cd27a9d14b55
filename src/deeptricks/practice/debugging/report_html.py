"""The report as HTML: one element for a notebook, one page for a file. It loads nothing.

Its ink is the page's own (`currentColor`), its lines and grounds are grays that let the page shine
through: so it is legible on the light and the dark pages of JupyterLab, VS Code, Colab and a book.
"""

import html
import itertools
import json
from typing import TYPE_CHECKING, Any

from deeptricks.practice.debugging.plain import plain
from deeptricks.practice.debugging.report_figure import describe, drawable, svg
from deeptricks.practice.debugging.report_text import checks_line, number, seconds, verdict

if TYPE_CHECKING:
    from deeptricks.practice.debugging.finding import Check, Finding, Note
    from deeptricks.practice.debugging.report import Report

STYLE = """
.dt-checkup{color:inherit;font-size:15px;line-height:1.45;max-width:46rem;text-align:left;
 font-family:var(--dt-sans,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif)}
.dt-checkup *{box-sizing:border-box}
.dt-checkup p{margin:.35em 0}
.dt-checkup .dt-head{font-weight:700;font-size:1.15em;border-bottom:2px solid currentColor;
 padding-bottom:.25em;margin:0 0 .6em}
.dt-checkup section{border:1px solid rgba(128,128,128,.45);border-left:5px solid #6b6b6b;
 border-radius:6px;padding:.6em .9em;margin:0 0 .8em;background:rgba(128,128,128,.06)}
.dt-checkup section.dt-fatal{border-left-color:#c8322b}
.dt-checkup section.dt-major{border-left-color:#b25810}
.dt-checkup .dt-name{font-weight:700;font-size:1.05em;margin:0 0 .3em}
.dt-checkup .dt-name code{font-weight:700;overflow-wrap:anywhere}
.dt-checkup .dt-badge{display:inline-block;color:#fff;background:#5b6068;border-radius:4px;
 font-size:.8em;padding:.05em .5em;margin-right:.4em}
.dt-checkup .dt-fatal .dt-badge{background:#b3261e}
.dt-checkup .dt-major .dt-badge{background:#96480b}
.dt-checkup code,.dt-checkup pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
 font-size:.92em;background:none;color:inherit;border:0;padding:0}
.dt-checkup pre{background:rgba(128,128,128,.14);border-radius:4px;padding:.45em .6em;
 margin:.35em 0;white-space:pre-wrap;overflow-wrap:anywhere}
.dt-checkup details{margin:.4em 0}
.dt-checkup summary{cursor:pointer}
.dt-checkup .dt-table{overflow-x:auto}
.dt-checkup table{border-collapse:collapse;margin:.4em 0;font-size:.93em;color:inherit;
 background:none}
.dt-checkup th,.dt-checkup td{text-align:left;vertical-align:top;padding:.15em .8em .15em 0;
 border:0;border-bottom:1px solid rgba(128,128,128,.3);background:none;color:inherit;
 overflow-wrap:anywhere}
.dt-checkup ul{margin:.3em 0;padding-left:1.2em}
"""
BRIGHT = "--dt-blue:#4f9cf5;--dt-orange:#e9a24f;--dt-green:#6fe6b4;--dt-purple:#f2a0dc;"
BRIGHT += "--dt-gray:#a6a6a6"
DARK = {  # how JupyterLab, VS Code and Colab say that their page is dark
    "JupyterLab": 'body[data-jp-theme-light="false"] .dt-checkup',
    "VS Code": "body.vscode-dark .dt-checkup",
    "Colab": "html[theme=dark] .dt-checkup",
}
STYLE += f"{','.join(DARK.values())}{{{BRIGHT}}}"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{margin:1rem;font-size:16px}}
@media (prefers-color-scheme:dark){{.dt-checkup{{{bright}}}}}</style>
</head><body>{body}</body></html>
"""
COUNTER = itertools.count()


def fragment(report: "Report") -> str:
    """Return the report as one HTML element with a style of its own."""
    head = f"Checkup: {verdict(report)}, {seconds(report.seconds)}"
    parts = [f'<div class="dt-head" role="heading" aria-level="3">{_safe(head)}</div>']
    parts += [_finding(rank, finding) for rank, finding in enumerate(report.findings, 1)]
    if report.notes:
        parts.append(_notes(report.notes))
    if report.checks:
        measured = report.healthy and report.examined
        parts.append(_checks(checks_line(report), report.checks, opened=measured))
    return f'<div class="dt-checkup"><style>{STYLE}</style>{"".join(parts)}</div>'


def document(report: "Report", title: str = "Checkup") -> str:
    """Return a whole page, light or dark as the reader's system is."""
    return PAGE.format(title=_safe(title), body=fragment(report), bright=BRIGHT)


def _finding(rank: int, finding: "Finding") -> str:
    because = finding.because_of
    rows = [
        f'<section class="dt-{finding.severity}">'
        f'<div class="dt-name" role="heading" aria-level="4">{rank}. '
        f'<span class="dt-badge">{_safe(finding.severity)}</span>'
        f"<code>{_safe(finding.code)}</code></div>",
        f"<p>{_safe(finding.evidence)}</p>",
        f"<p>Because of <code>{_safe(because)}</code>: cure that first.</p>" if because else "",
        f"<p><b>Cure.</b> {_safe(finding.cure)}</p>",
        f"<pre>{_safe(finding.cure_code)}</pre>" if finding.cure_code else "",
        _figure(finding),
        _details(finding),
        "</section>",
    ]
    return "".join(rows)


def _figure(finding: "Finding") -> str:
    """Return the curves as a picture with its words for who cannot see it."""
    if not drawable(finding.curves):
        return ""
    axis = finding.curve_axis
    picture = svg(finding.curves, axis, salt=f"{finding.code}-{next(COUNTER)}")
    words = _safe(describe(finding.curves, axis))
    return f"{picture}<details><summary>The figure in words</summary><p>{words}</p></details>"


def _details(finding: "Finding") -> str:
    names = list(dict.fromkeys([*finding.measured, *finding.expected]))
    both = [(n, finding.measured.get(n, ""), finding.expected.get(n, "")) for n in names]
    facts = [("confidence", f"{finding.confidence:.2f}"), ("read", finding.read)]
    if finding.where:
        facts.append(("where", ", ".join(map(str, finding.where))))
    listed = "".join(f"<li>{_safe(name)}: {_safe(value)}</li>" for name, value in facts)
    measured = _table(("number", "measured", "expected"), both) if both else ""
    return f"<details><summary>Numbers and places</summary>{measured}<ul>{listed}</ul></details>"


def _notes(notes: "list[Note]") -> str:
    rows = "".join(f"<li><b>{_safe(note.about)}</b>: {_safe(note.text)}</li>" for note in notes)
    return f"<p><b>Unusual, but no fault</b></p><ul>{rows}</ul>"


def _checks(line: str, checks: "list[Check]", opened: bool) -> str:
    rows = []
    for check in checks:
        said = ", ".join(f"{name} {_value(value)}" for name, value in check.numbers.items())
        why = "; ".join(filter(None, [check.reason, said]))
        rows.append((check.name.replace("_", " "), check.state, why, seconds(check.seconds)))
    table = _table(("check", "outcome", "what was measured, or why not", "time"), rows)
    return f"<details{' open' * opened}><summary>{_safe(line)}</summary>{table}</details>"


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    first = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{_safe(row[0])}</th>'
        + "".join(f"<td>{_safe(_value(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f'<div class="dt-table"><table><tr>{first}</tr>{body}</table></div>'


def _value(value: Any) -> str:
    """Return a number short, anything else as JSON would have it, cut where it is long."""
    if isinstance(value, list | tuple | dict | set):
        said = json.dumps(plain(value), ensure_ascii=False)
        return said if len(said) <= 200 else said[:197] + "…"
    return number(value)


def _safe(value: Any) -> str:
    return html.escape(str(value), quote=True)
