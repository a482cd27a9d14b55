"""Does every claim hold with seeds that nobody has seen?

    python -m book.fresh_seeds [--runs 20] [notebook ...]

Runs each chapter again and again with its seeds shifted (DEEPTRICKS_SEED_OFFSET), two at a time,
and counts in how many runs each claim holds. Fails where one holds in fewer than 19 of 20. Stores
nothing: tests and pages stay with the chapter's own seeds.
"""

import argparse
import math
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import nbformat

from book.execution import AT_ONCE, ROOT, chapters
from book.fingerprint import code_cells
from book.guards import CLAIM
from book.kernel import run

ENOUGH = 0.95  # of the runs
SHIFT = 1000  # more seeds than any chapter uses


def claims(path: Path, number: int, root: Path = ROOT) -> list[tuple[str, bool]]:
    """(chapter, cell and sentence; whether it held) for every claim of one run, in order."""
    os.environ["DEEPTRICKS_SEED_OFFSET"] = str(SHIFT * number)
    notebook = run(nbformat.read(path, as_version=4), path.resolve(), root)
    return [
        (f"{path.stem} [{cell}] {record['sentence']}", record["held"])
        for cell, outputs in enumerate((c.outputs for c in code_cells(notebook)), start=1)
        for record in (output.get("data", {}).get(CLAIM) for output in outputs)
        if record
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m book.fresh_seeds", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all chapters")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    paths = options.notebooks or chapters(options.root)
    jobs = list(product(paths, range(1, options.runs + 1)))
    held = Counter()
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(claims, *zip(*jobs, strict=True), [options.root] * len(jobs)):
            for claim, holds in found:
                held[claim] += holds
    needed = math.ceil(ENOUGH * options.runs)
    for claim, count in held.items():
        print(f"{count:3} of {options.runs}  {'' if count >= needed else 'TOO FEW: '}{claim}")
    return 0 if min(held.values()) >= needed else 1


if __name__ == "__main__":
    sys.exit(main())
