"""300 mixed submissions, graded once: seconds, and the peak memory of the grading process.

python -m tests.grading.three_hundred --submissions 300 --folder /tmp/three_hundred

Two of three are ordinary, one is hostile or broken (`two_hundred`), and ten are made to fill the
memory of whoever reads, compares or prints. The memory is what all processes of the command hold
together, each shared page counted once, without the sandboxes; it is looked at every half second.
Exit status 1 where one is not what its kind must get, or where the peak is above 1 GB.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from deeptricks.grading.evening import records
from tests.grading import two_hundred
from tests.grading.classroom import TOY, answered, course_of, hand_in

GB = 2**30
TEXTS = """
def standardize(x):
    return ["x" * 65_000, *[""] * 20_000]
"""
LISTS = """
def standardize(x):
    return [[]] * 60_000
"""


def heavy(course):
    """(what it is, notebook or bytes): memory for whoever has to do with it."""
    cells = answered(course)
    cells.cells += [new_code_cell("x = 1  # " + "a + b * " * 1500) for _ in range(900)]
    yield "11 MB in 900 code cells", cells
    text = answered(course)
    text.cells += [new_markdown_cell("*a* " * 4000) for _ in range(900)]
    yield "14 MB in 900 texts", text
    outputs = answered(course)
    told = [new_output("stream", text="1 <&> 2\n" * 1200) for _ in range(30)]
    outputs.cells += [new_code_cell("x", outputs=told) for _ in range(60)]
    yield "17 MB of outputs", outputs
    yield "millions of empty lists", b'{"cells": [' + b"[]," * 6 * 10**6 + b"[]]}"
    yield "millions of empty texts", b'{"cells": [' + b'"",' * 6 * 10**6 + b'""]}'
    yield "nested", b'{"a":' * 10**6
    wide = answered(course)
    wide.cells += [new_code_cell("# " + "\N{EARTH GLOBE AMERICAS}" * 10**5) for _ in range(40)]
    yield "16 MB of wide characters", json.dumps(wide, ensure_ascii=False).encode()
    yield "an array of texts", answered(course, standardize=TEXTS)
    yield "an array of lists", answered(course, standardize=LISTS)
    signs = answered(course)
    signs.cells += [new_code_cell("%" + "a?" * 40_000) for _ in range(20)]
    yield "magics without end", signs


def memory(root: int) -> int:
    """Bytes of a process and those it started, shared ones counted once, without the sandboxes."""
    total, waiting = 0, [psutil.Process(root)]
    while waiting:
        process = waiting.pop()
        with suppress(psutil.Error):
            words = process.cmdline()
            if any("bwrap" in word or "/room/" in word for word in words):
                continue
            total += process.memory_full_info().pss
            waiting += process.children()
    return total


def graded(course, folder, workers, most):
    """Seconds, the peak of the memory, and the exit status; interrupted after `most` seconds."""
    words = [sys.executable, "-m", "deeptricks.grading", "grade", str(folder)]
    words += ["--course", str(course.folder), "--workers", str(workers)]
    start, peak = time.perf_counter(), 0
    with open(folder.parent / "told.txt", "wb") as told:
        process = subprocess.Popen(words, stdout=told, stderr=told)
        while process.poll() is None:
            with suppress(psutil.Error):
                peak = max(peak, memory(process.pid))
            time.sleep(0.5)
            if time.perf_counter() - start > most:
                process.send_signal(signal.SIGINT)
                process.wait(60)
    return time.perf_counter() - start, peak, process.returncode


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3600, help="is interrupted then")
    parser.add_argument("--folder", type=Path, required=True, help="is emptied")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    course = course_of(options.folder / "template", TOY.parent, "toy")
    every = list(two_hundred.kinds(course, "toy"))
    harsh = [one for one in every if one[0].startswith(("hostile", "broken"))]
    calm = [one for one in every if one not in harsh]
    heavier = [(kind, notebook, None) for kind, notebook in heavy(course)]
    told, every_so_many = {}, max(3, options.submissions // len(heavier))
    for number in range(options.submissions):
        turn = heavier if number % every_so_many == 2 else harsh if number % 3 == 0 else calm
        place = number // (every_so_many if turn is heavier else 3)
        kind, notebook, points = turn[place % len(turn)]
        told[f"s{number:03}"] = kind, points
        hand_in(options.folder / "in", f"s{number:03}", notebook)
    seconds, peak, status = graded(course, options.folder / "in", options.workers, options.seconds)
    found = {r["student"]: r for r in records.all_records(course)}
    wrong = [f"exit status {status}: {len(found)} of {len(told)} were graded"] if status else []
    for who, (kind, points) in told.items():
        record = found.get(who)
        got = record and sum(q["points"] or 0 for q in record["questions"].values())
        if record and points is not None and got != points:
            wrong.append(f"{who} ({kind}): {got} points instead of {points}")
        if record and not got and kind not in two_hundred.HONEST_ZEROS and not record["flags"]:
            wrong.append(f"{who} ({kind}): 0 points and no flag")
    slow = sorted(found.values(), key=lambda r: -r["seconds"])[:5]
    print(f"{len(found)} submissions, {sum(bool(r['flags']) for r in found.values())} flagged, "
          f"{seconds:.0f} s, {seconds / max(1, len(found)):.2f} s each; "
          f"peak memory of the grading process {peak / GB:.2f} GB")  # fmt: skip
    print("slowest: " + ", ".join(f"{told[r['student']][0]} {r['seconds']:.0f} s" for r in slow))
    for who, (kind, _) in told.items():
        if kind in {name for name, _, _ in heavier} and who in found:
            flags = {flag["reason"] for flag in found[who]["flags"]}
            print(f"  {kind}: {found[who]['seconds']:.1f} s, {sorted(flags) or 'no flag'}"[:200])
    print("\n".join(wrong or ["each is what its kind must get"]))
    return int(bool(wrong) or peak > GB)


if __name__ == "__main__":
    sys.exit(main())
