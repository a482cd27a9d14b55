"""Runs a tool over cases: what it finds, what it costs, and whether it leaves everything as it was.

A tool is a callable ``tool(**setup)`` that returns an object with `findings`, each with a `code`,
the most likely first (`checkup` is one), or such codes as a list of strings.
"""

import random
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing import get_context

from .cases import cases
from .state import altered, photograph


@dataclass(frozen=True)
class Verdict:
    """What a tool said of a case, and how that compares with what is right."""

    name: str
    kind: str
    right: tuple[str, ...]
    said: list[str] = field(default_factory=list)
    error: str = ""
    altered: list[str] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0

    @property
    def detected(self):
        """Whether there is any finding (in a healthy case: a false alarm)."""
        return bool(self.said)

    def within(self, first):
        """Whether a right code is among the first so many findings."""
        return any(self.names(message) for message in self.said[:first])

    def names(self, message):
        """Whether a message names a right code; a rival's message may stand for several, a|b."""
        return any(code in self.right for code in message.split("|"))


def codes_of(report):
    """The codes of a report's findings, each once, in its order."""
    findings = getattr(report, "findings", report)
    return list(dict.fromkeys(getattr(f, "code", f) for f in findings))


def judge_case(case, tool, seed=0):
    """Hand one set-up to the tool."""
    setup = case.make(seed)
    before = photograph(setup)
    cpu, wall = time.process_time(), time.perf_counter()
    said, error = [], ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            said = codes_of(tool(**setup))
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    changed = altered(before, photograph(setup))
    return Verdict(case.name, case.kind, case.codes, said, error, changed, cpu, wall)


def judge(tool, chosen, seed=0):
    """Yield the verdict on each of the chosen cases, in this process."""
    for case in chosen:
        yield judge_case(case, tool, seed)


def subset(chosen, every=1, start=0):
    """Return every so-manieth case, from `start` on: a sample that no one picks by its result."""
    return list(chosen)[start::every]


def table(verdicts):
    """The shares by which a tool is judged, as a dict of name to (how many, of how many)."""
    ill = [v for v in verdicts if v.kind == "broken"]
    well = [v for v in verdicts if v.kind == "healthy"]
    everyone = len(verdicts)
    return {
        "detected": (sum(v.detected for v in ill), len(ill)),
        "right code first": (sum(v.within(1) for v in ill), len(ill)),
        "among the first three": (sum(v.within(3) for v in ill), len(ill)),
        "false alarms": (sum(v.detected for v in well), len(well)),
        "errors": (sum(bool(v.error) for v in verdicts), everyone),
        "left altered": (sum(bool(v.altered) for v in verdicts), everyone),
        "CPU seconds": (round(sum(v.cpu for v in verdicts), 1), everyone),
        "longest, wall seconds": (round(max((v.wall for v in verdicts), default=0), 1), everyone),
    }


def line(verdict):
    """One verdict as a line of text."""
    if verdict.kind == "healthy":
        mark = "ALARM" if verdict.detected else "fine"
    else:
        ranks = [i + 1 for i, said in enumerate(verdict.said) if verdict.names(said)]
        mark = f"#{ranks[0]}" if ranks else ("other" if verdict.detected else "MISSED")
    said = ", ".join(verdict.said[:4]) + (" ..." if len(verdict.said) > 4 else "")
    tail = f"  ! {verdict.error[:80]}" if verdict.error else ""
    tail += f"  altered: {', '.join(verdict.altered)}" if verdict.altered else ""
    return f"{mark:7} {verdict.cpu:5.1f}s {verdict.name:30} {said}{tail}"


def as_dict(verdict):
    """Return a verdict as JSON takes it."""
    return asdict(verdict)


def _by_name(name, half, load_tool, seed):
    """One case in a process of its own: a case and a tool are named, not sent."""
    import torch

    torch.set_num_threads(1)
    random.seed(seed)
    (case,) = [c for c in cases(half) if c.name == name]
    return judge_case(case, load_tool(), seed)


def judge_in_processes(load_tool, names, half, seed=0, processes=2):
    """Yield verdicts in the order of `names`; `load_tool()` gives the tool in each process."""
    run = partial(_by_name, half=half, load_tool=load_tool, seed=seed)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run, names)
