"""Does every claim hold with seeds that nobody has seen?

    python -m book.fresh_seeds [--runs 20] [--store] [notebook ...]

Runs each chapter again and again with its seeds shifted (DEEPTRICKS_SEED_OFFSET), two at a time,
and counts in how many runs each claim holds. Fails where one holds in fewer than 19 of 20. What a
run found is kept in _build/fresh_seeds as long as nothing changes on which it depends, so that an
interrupted count goes on. `--store` writes the counts where the ledger reads them. Tests and pages
stay with the chapter's own seeds.
"""

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from book.execution import AT_ONCE, ROOT, chapters
from book.fingerprint import code_cells, fingerprint
from book.guards import CLAIM
from book.kernel import ExecutionFailedError, run

ENOUGH = 0.95  # of the runs
SHIFT = 1000  # more seeds than any chapter uses
RECORD = Path("book", "fresh_seeds.json")


def claims(path: Path, number: int, root: Path = ROOT) -> list[tuple[str, bool]]:
    """(sentence, whether it held) for every claim of one run, in order."""
    path, root = path.resolve(), root.resolve()
    os.environ["DEEPTRICKS_SEED_OFFSET"] = str(SHIFT * number)
    notebook = nbformat.read(path, as_version=4)
    kept = root / "_build/fresh_seeds" / docname(path, root) / f"{number}.json"
    key = fingerprint(notebook, root, shown=())
    if kept.exists() and (before := json.loads(kept.read_text("utf-8")))["key"] == key:
        return [tuple(claim) for claim in before["claims"]]
    found = _claims(run(notebook, path, root))
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps({"key": key, "claims": found}), "utf-8")
    part.replace(kept)
    return found


def _claims(notebook: NotebookNode) -> list[tuple[str, bool]]:
    return [
        (record["sentence"], record["held"])
        for cell in code_cells(notebook)
        for output in cell.outputs
        if (record := output.get("data", {}).get(CLAIM))
    ]


def docname(path: Path, root: Path = ROOT) -> str:
    """How Sphinx calls the page of a notebook."""
    return path.resolve().relative_to(root.resolve()).with_suffix("").as_posix()


def code_of(notebook: NotebookNode) -> str:
    """A short hash of a chapter's own code, by which the ledger knows whose counts it has."""
    sources = [cell.source for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]


def counted(path: Path, draws: Sequence[list[tuple[str, bool]]], root: Path = ROOT) -> dict:
    """What the record says of one chapter: in how many draws each of its claims held, in order.

    A claim's sentence may tell what was measured; its place in the chapter names it.
    """
    from benchmarks.__main__ import processor  # with torch: not whenever a page is made

    return {
        "code": code_of(nbformat.read(path, as_version=4)),
        "commit": _commit(root),
        "processor": processor(),
        "draws": len(draws),
        "held": [sum(holds for _, holds in claim) for claim in zip(*draws, strict=True)],
    }


def recorded(docname: str, notebook: NotebookNode, root: Path = ROOT) -> dict | None:
    """The counts of a chapter as it stands; None where its code has changed, or none were made."""
    file = root / RECORD
    record = json.loads(file.read_text("utf-8")).get(docname) if file.exists() else None
    return record if record and record["code"] == code_of(notebook) else None


def _commit(root: Path) -> str:
    said = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty"], capture_output=True, text=True
    )
    return said.stdout.strip() or "unknown"


def _outcome(root: Path, job: tuple[Path, int]) -> list[tuple[str, bool]] | str:
    """The claims of one run, or why it failed: one broken run does not end the count."""
    try:
        return claims(*job, root)
    except ExecutionFailedError as failure:
        return f"{docname(job[0], root)}, draw {job[1]}: {failure}"


def report(path: Path, draws: list[list[tuple[str, bool]]]) -> bool:
    """Print in how many draws each claim of a chapter held; whether it was enough for all."""
    needed = math.ceil(ENOUGH * len(draws))
    good = True
    for number, claim in enumerate(zip(*draws, strict=True), start=1):
        count = sum(holds for _, holds in claim)
        good &= count >= needed
        mark = "" if count >= needed else "TOO FEW: "
        print(f"{count:3} of {len(draws)}  {mark}{path.stem} [{number}] {claim[0][0]}")
    return good


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m book.fresh_seeds", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all chapters")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--store", action="store_true", help=f"write the counts to {RECORD}")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    paths = options.notebooks or chapters(options.root)
    jobs = list(product(paths, range(1, options.runs + 1)))
    file, good = options.root / RECORD, True
    record = json.loads(file.read_text("utf-8")) if file.exists() else {}
    with ProcessPoolExecutor(AT_ONCE) as pool:
        outcomes = pool.map(partial(_outcome, options.root), jobs)
        for path in paths:
            found = [next(outcomes) for _ in range(options.runs)]
            failed = [outcome for outcome in found if isinstance(outcome, str)]
            print("".join(f"FAILED: {why}\n" for why in failed), end="", flush=True)
            draws = [outcome for outcome in found if not isinstance(outcome, str)]
            good &= report(path, draws) and not failed
            if options.store and not failed:
                record[docname(path, options.root)] = counted(path, draws, options.root)
                file.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
