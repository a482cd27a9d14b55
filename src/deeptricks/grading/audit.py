"""Does an assignment grade as it should? Blank 0, reference 100 %, mistakes less, alternatives all.

    python -m deeptricks.grading audit assignments/inputs [--seed 0] [--json FILE]
    python -m deeptricks.grading audit assignments/* --last-term 7 --seed 8 9 10 11

Each mistake and each alternative is graded on its own question, by the checks that students meet.
For a mistake the points stand twice: by the checks alone, and followed through (what it costs).
With `--last-term` the solutions of that term are handed in again: which seed keeps fewest points?
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from . import fairness
from .assignment import Assignment
from .cases import ALTERNATIVE, BLANK, MISTAKE, REFERENCE, Case, Result, cases
from .handout.lint import faults as lint_faults
from .last_term import last_term, rows
from .pool import each
from .sandbox.execute import points, run
from .table import bar, table

CAUGHT = 0.95  # of the mistakes must cost points


def blank(assignment: Assignment):
    """What a student begins with."""
    from nbgrader.preprocessors import ClearSolutions
    from traitlets.config import Config

    notebook, _ = ClearSolutions(config=Config()).preprocess(assignment.notebook(), {})
    return notebook


def score(assignment: Assignment, notebook, question: str | None = None, **how):
    """(earned, possible, reasons) over all checks, or those of one question; `how` as in `run`."""
    if question is not None:
        assignment = assignment.only(question)
    return _counted(assignment, run(assignment, notebook, **how))


def _counted(assignment, outcome):
    earned = points(assignment, outcome)
    most = sum(q.points for q in assignment.questions if not q.manual)
    return sum(p for p, _ in earned.values()), most, {k: w for k, (_, w) in earned.items() if w}


def result(assignment: Assignment, case: Case, known=None, **how) -> Result:
    """What one case earns; `how` is handed to `execute.run`.

    With what is `known` of mistakes, one is also followed through.
    """
    make = partial(Result, case.kind, case.question, case.name, cost=case.cost)
    if case.wrong:
        return make(0, 0, {}, case.wrong)
    notebook = blank(assignment) if case.kind == BLANK else assignment.notebook(case.answers)
    part = assignment if case.question is None else assignment.only(case.question)
    outcome = run(part, notebook, **how)
    earned, possible, reasons = _counted(part, outcome)
    told = {f"{q}: {c}": why for (q, c), why in reasons.items()}
    if known is None or case.kind != MISTAKE:
        return make(earned, possible, told)
    entry = fairness.followed(assignment, case.question, outcome, known)
    own = case.name in entry.get("mistakes", ())
    return make(earned, possible, told, after=entry["points"], hinted=own)


def results(assignment: Assignment, workers: int = 1, step: Callable = lambda: None, **how):
    """The results of all cases, `workers` at once; `step()` is called after each."""
    numbered, found = list(enumerate(cases(assignment))), {}
    broken = any(case.wrong for _, case in numbered)
    known = None if broken else fairness.known_mistakes(assignment, **how)
    for (number, _), one in each(
        lambda task, slot: result(assignment, task[1], known, slot=slot, **how), numbered, workers
    ):
        found[number] = one
        step()
    return [found[number] for number, _ in numbered]


def caught(found: list[Result]) -> tuple[int, int]:
    """(mistakes that cost points, mistakes)."""
    mistakes = [r for r in found if r.kind == MISTAKE]
    return sum(r.fault is None for r in mistakes), len(mistakes)


def faults(assignment: Assignment, **how) -> Iterator[str]:
    """Each way in which the assignment does not grade as it should, as a sentence."""
    yield from lint_faults(assignment)
    yield from (r.fault for r in results(assignment, **how) if r.fault)


def summary(assignment: Assignment, found: list[Result]) -> list[dict]:
    """A row for each question that checks decide: its points and what they told apart."""

    def tally(kind, name):
        mine = [r for r in found if r.kind == kind and r.question == name]
        return f"{sum(r.fault is None for r in mine)}/{len(mine)}" if mine else "–"

    return [
        {
            "question": q.name,
            "room": q.room,
            "points": q.points,
            "checks": len(q.checks),
            "mistakes caught": tally(MISTAKE, q.name),
            "alternatives kept": tally(ALTERNATIVE, q.name),
        }
        for q in assignment.questions
        if not q.manual
    ]


def report(assignment: Assignment, found: list[Result], wrong: list[str]) -> dict:
    """All of an audit, for a machine."""
    many, of = caught(found)
    return {
        "assignment": assignment.name,
        "seed": assignment.seed,
        "mistakes": of,
        "caught": many,
        "faults": wrong,
        "results": [asdict(r) | {"fault": r.fault} for r in found],
    }


def arguments(parser):
    """What the command takes."""
    parser.add_argument("folder", nargs="+", help="of an assignment")
    parser.add_argument(
        "--seed", type=int, nargs="+", default=[0], help="of the term, or of several (default 0)"
    )
    parser.add_argument("--workers", type=int, default=1, help="notebooks at once (default 1)")
    parser.add_argument(
        "--last-term", type=int, metavar="SEED", help="only: what that term's answers earn in this"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results there, too")
    parser.add_argument(
        "--unsafe-without-sandbox",
        action="store_true",
        help="run the masters' code as it is, where no sandbox is to be had",
    )


def main(options) -> int:
    """Print what is found; 1 where something is not as it should be."""
    folders = [options.folder] if isinstance(options.folder, str) else options.folder
    sandboxed = not options.unsafe_without_sandbox
    terms = [Assignment(folder, seed) for folder in folders for seed in options.seed]
    if options.last_term is not None:
        kept = [last_term(term, options.last_term, sandboxed=sandboxed) for term in terms]
        print("\n\n".join(map(table, rows(kept))))
        return 0
    reports = [audit(term, options) for term in terms]
    if options.json:
        options.json.write_text(json.dumps(reports, indent=1, default=str) + "\n", "utf-8")
    return int(any(r["faults"] for r in reports))


def audit(assignment: Assignment, options) -> dict:
    """Audit one assignment, print its table, and give its report."""
    wrong = lint_faults(assignment)
    with bar(len(cases(assignment)), assignment.name) as progress:
        sandboxed = not options.unsafe_without_sandbox
        found = results(assignment, options.workers, progress.update, sandboxed=sandboxed)
    wrong += [r.fault for r in found if r.fault]
    many, of = caught(found)
    unseen = []
    if not any(r.wrong for r in found):
        unseen = fairness.unseen(assignment, sandboxed=sandboxed)
        wrong += fairness.refused(assignment, sandboxed=sandboxed)
    wrong += fairness.faults(of, sum(r.hinted for r in found), of - len(unseen))
    print(f"{assignment.name}, seed {assignment.seed}\n\n{table(summary(assignment, found))}\n")
    if rows := fairness.costs(found):
        print(f"{table(rows)}\n")
    for kind in (BLANK, REFERENCE):
        print(*(f"{kind} {r.earned} of {r.possible}" for r in found if r.kind == kind))
    if of:
        enough = "" if many >= CAUGHT * of else f", fewer than {CAUGHT:.0%}"
        print(f"mistakes that cost points: {many} of {of} ({many / of:.0%}{enough})")
        hints, seen = sum(r.hinted for r in found), of - len(unseen)
        print(f"mistakes whose own hint is given: {hints} of {of}")
        print(f"mistakes that the visible tests catch: {seen} of {of}")
    print("\n".join(["", *wrong]) if wrong else "all as it should be")
    return report(assignment, found, wrong)
