"""200 submissions, killed in the middle, with one worker and with two: the same grades?

python -m tests.grading.two_hundred --assignment toy --submissions 200 --folder /tmp/two_hundred

Half of them references, blanks, every known mistake, every alternative, editors that strip
metadata and shuffled cells; half of them hostile ones and broken files. Prints the time per
submission; exit status 1 where grades differ, or where one is not what its kind must get.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from nbformat.v4 import new_code_cell

from deeptricks.grading.course import Course
from tests.grading import hostile
from tests.grading.classroom import (
    TOY,
    answered,
    blank,
    course_of,
    hand_in,
    mistaken,
    outcome,
    stripped,
    without_markers,
)

# Nothing was answered; wrong values were, on purpose and without a trace of a mishap.
HONEST_ZEROS = ("blank", "hostile the packer itself")
BROKEN = (b"", b'{"cells": [', b"[]", b"\xff\xfe", b"[" * 100_000, b'{"cells": 7}')


def kinds(course: Course, name: str):
    """(what it is, notebook or bytes, automatic points or None where several are honest)."""
    assignment = course.assignment(name)
    most = sum(q.points for q in assignment.questions if not q.manual)
    right = answered(course, name)
    yield "reference", right, most
    yield "blank", blank(course, name), 0
    yield "stripped", stripped(right), most
    shuffled = answered(course, name)
    random.Random(0).shuffle(shuffled.cells)
    yield "shuffled", shuffled, most
    for other in assignment.alternatives:
        source = without_markers(assignment.filled_in(other.source, code=True))
        yield f"alternative {other.name}", answered(course, name, **{other.question: source}), most
    for place, mistake in enumerate(assignment.mistakes):
        yield f"mistake {mistake.name}", mistaken(course, name, place), None
    for attack in hostile.attacks():
        if name == "toy":
            notebook = attack.submission(assignment)
            yield f"hostile {attack.name}", notebook, attack.earns
        elif attack.before or attack.after:
            yield f"hostile {attack.name}", _besieged(answered(course, name), attack), None
    for number, data in enumerate(BROKEN):
        yield f"broken {number}", data, 0


def _besieged(notebook, attack):
    """Another assignment's reference, with what an attack on the toy adds to it."""
    notebook.cells.insert(2, new_code_cell(attack.before))
    notebook.cells.append(new_code_cell(attack.after))
    return notebook


def classroom(course: Course, name: str, folder: Path, size: int) -> dict[str, tuple]:
    """Student → (kind, points): every second one is ordinary, the others hostile or broken."""
    every = list(kinds(course, name))
    harsh = [one for one in every if one[0].startswith(("hostile", "broken"))]
    turns = [one for one in every if one not in harsh], harsh
    chosen = {}
    for number in range(size):
        turn = turns[number % 2]
        kind, notebook, points = turn[number // 2 % len(turn)]
        chosen[f"s{number:03}"] = kind, points
        hand_in(folder, f"s{number:03}", notebook, name)
    return chosen


def graded(course: Course, folder: Path, workers: int, kill_at: int | None = None) -> float:
    """Run the command; its seconds. With `kill_at`, it is killed when there are so many records."""
    words = [sys.executable, "-m", "deeptricks.grading", "grade", str(folder)]
    words += ["--course", str(course.folder), "--workers", str(workers)]
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while kill_at and len(list(course.folder.glob("records/[!.]*/*.json"))) < kill_at:
        if process.poll() is not None:
            break
        time.sleep(0.05)
    if kill_at:
        process.send_signal(signal.SIGKILL)
    _, told = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        sys.exit(told.decode())
    return time.perf_counter() - start


def grades(course: Course) -> dict:
    """What must agree: points of each check, who is to be looked at, and the gradebook."""
    found = outcome(course)
    checks = {
        who: [[c["points"] for c in q["checks"]] for q in record["questions"].values()]
        for who, record in found["records"].items()
    }
    flags = {w: sorted(f["question"] for f in r["flags"]) for w, r in found["records"].items()}
    return {"checks": checks, "flags": flags, "gradebook": found["grades"]}


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignment", default="toy")
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--folder", type=Path, required=True, help="is emptied")
    options = parser.parse_args()
    name, size = options.assignment, options.submissions
    shutil.rmtree(options.folder, ignore_errors=True)
    masters = TOY.parent if name == "toy" else Path(__file__).parents[2] / "assignments"
    template = course_of(options.folder / "template", masters, name)
    told = classroom(template, name, options.folder / "in", size)
    runs = {}
    for label, workers, kill in (("2 workers", 2, False), ("killed and resumed", 2, True),
                                 ("1 worker", 1, False)):  # fmt: skip
        folder = options.folder / label.replace(" ", "_")
        shutil.copytree(template.folder, folder)
        course = Course.open(folder)
        if kill:
            graded(course, options.folder / "in", workers, kill_at=size // 2)
            print(f"killed at {len(list(folder.glob('records/*/*.json')))} of {size}")
        seconds = graded(course, options.folder / "in", workers)
        runs[label] = grades(course)
        print(f"{label}: {seconds:.0f} s, {seconds / size:.2f} s per submission", flush=True)
    return _compared(runs, told, name)


def _compared(runs, told, name):
    """Print each difference; 1 if there is one."""
    first, *others = runs
    wrong = [
        f"{other}: {part} of {key}: {runs[other][part].get(key)} instead of {value}"
        for other in others
        for part in runs[first]
        for key, value in runs[first][part].items()
        if runs[other][part].get(key) != value
    ]
    for student, (kind, points) in told.items():
        checks = runs[first]["checks"].get((student, name), [])
        got = sum(sum(question) for question in checks)
        if points is not None and got != points:
            wrong.append(f"{student} ({kind}): {got} points instead of {points}")
        if got == 0 and kind not in HONEST_ZEROS and not runs[first]["flags"][student, name]:
            wrong.append(f"{student} ({kind}): 0 points and no flag")
    print("\n".join(wrong or ["all grades agree, and each is what its kind must get"]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
