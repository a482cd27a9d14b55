"""What each tool said of each case, kept, and the table of it that stands on the page.

    python -m tests.practice.clinic --half unread --tool checkup --json verdicts.json
    python -m tests.practice.clinic.record checkup unread verdicts.json

keeps the verdicts and writes the table anew into chapters/check_your_network.md.
"""

import argparse
import json
import statistics
from pathlib import Path

from .judge import Verdict, table

ROOT = Path(__file__).resolve().parents[3]
RECORDED = Path(__file__).with_name("recorded.json")
PAGE = ROOT / "chapters" / "check_your_network.md"
BEGIN, END = "<!-- the clinic: written by tests/practice/clinic/record.py -->", "<!-- end -->"
TOOLS = {
    "checkup_first": "checkup, as first judged",
    "checkup": "checkup, today",
    "torch_audit": "torch-audit 0.3.0",
    "torchdiag": "torchdiag 0.1.0",
    "torchmortem": "torchmortem 0.1.1",
}


def recorded():
    """{tool: {half: [verdicts]}}, as kept."""
    kept = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    return {
        tool: {half: [Verdict(**row) for row in rows] for half, rows in halves.items()}
        for tool, halves in kept.items()
    }


def keep(tool, half, rows):
    """Put the verdicts of one tool on one half into the record."""
    kept = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    slim = [
        {k: row[k] for k in ("name", "kind", "right")}
        | {"said": row["said"][:5], "altered": row["altered"], "error": row["error"]}
        | {"cpu": round(row["cpu"], 1), "wall": round(row["wall"], 1)}
        for row in rows
    ]
    kept.setdefault(tool, {})[half] = slim
    RECORDED.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n", "utf-8")


def rows_of_the_page(half):
    """The table of one half in Markdown."""
    lines = [
        "| tool | ill, found | right cause first | among three | healthy, blamed | CPU s, median |",
        "|---|---|---|---|---|---|",
    ]
    for tool, name in TOOLS.items():
        verdicts = recorded()[tool][half]
        counts = table(verdicts)
        shares = [
            "{} of {}".format(*counts[key])
            for key in ("detected", "right code first", "among the first three", "false alarms")
        ]
        middle = statistics.median(v.cpu for v in verdicts)
        lines.append(f"| {name} | {' | '.join(shares)} | {middle:.1f} |")
    return lines


def section():
    """What stands between the two marks on the page."""
    return "\n".join(
        [
            BEGIN, "", "The half that nobody who wrote the checkup had read:", "",
            *rows_of_the_page("unread"), "", "The half by which it was built:", "",
            *rows_of_the_page("seen"), "", END,
        ]
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.practice.clinic.record")
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("half", choices=("seen", "unread"))
    parser.add_argument("verdicts", type=Path)
    asked = parser.parse_args()
    keep(asked.tool, asked.half, json.loads(asked.verdicts.read_text("utf-8")))
    if all(half in recorded().get(t, {}) for t in TOOLS for half in ("seen", "unread")):
        text = PAGE.read_text("utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        PAGE.write_text(before + section() + after, "utf-8")


if __name__ == "__main__":
    main()
