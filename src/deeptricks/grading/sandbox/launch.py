"""Start the worker in its room, and listen to it until it ends or has to be ended."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from . import syscalls, walls
from .answers import Answers
from .limits import Limits
from .watch import watched

START = 30  # seconds until the worker is ready, on a machine that has much else to do
LIBRARIES = 16 * 2**30  # bytes of addresses, not of memory: torch for GPUs maps some gigabytes
WORKER = Path(__file__).with_name("worker.py")


def launched(
    task: dict, answers: Answers, room: str, limits: Limits, sandboxed: bool, slot: int
) -> str | None:
    """Run a task and collect its answers; None, or why the run had to be ended.

    Parameters
    ----------
    task
        The cells and the checks (`execute.job`).
    answers
        Takes what is told.
    room, limits, sandboxed, slot
        As in `execute.run`.

    Raises
    ------
    NoSandbox
        Where there is none.
    """

    at = None

    def tell(line):
        nonlocal at
        answers.add(line)
        before, at = at, (answers.ready, answers.step())
        return None if at == before else _patience(answers, limits)

    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as trouble:
        told.write(json.dumps(_in_full(task, room, limits, sandboxed)).encode())
        told.seek(0)
        start = _started_inside if sandboxed else _started_unprotected
        process = start(room, slot, limits, told, trouble)
        reason = watched(
            process, tell, seconds=limits.seconds_a_room,
            answers=limits.answers, lines=answers.most_lines, memory=limits.bytes_of(room),
        )  # fmt: skip
        if not answers.ready:
            trouble.seek(0)
            said = trouble.read(2000).decode("utf-8", "replace").strip()
            reason = f"the sandbox did not start: {said or reason or 'it said nothing'}"
    return reason


def _patience(answers, limits):
    """How many seconds the next line may take."""
    if not answers.ready:
        return START
    at = answers.step()
    own = limits.seconds_a_cell if at and at[0] == "cell" else limits.seconds_a_check
    return own + limits.seconds_of_grace


def _in_full(task, room, limits, sandboxed):
    """The task with all that the worker must know of its room."""
    size = {
        "RLIMIT_DATA": limits.bytes_of(room),
        "RLIMIT_AS": limits.bytes_of(room) + LIBRARIES,
        "RLIMIT_FSIZE": limits.files,
        "RLIMIT_CPU": int(limits.seconds_a_room) + 1,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if sandboxed:  # outside, it would count all processes of the caller
        size["RLIMIT_NPROC"] = limits.processes
    return task | {
        "limits": size,
        "seconds_a_cell": limits.seconds_a_cell,
        "seconds_a_check": limits.seconds_a_check,
        "bytes_an_answer": limits.answers // (len(task["checks"]) + 1),
        "alone": sandboxed,
        "paths": ["/room", "/room/packages"] if sandboxed else _own_paths(),
    }


def _own_paths():
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return [str(WORKER.parent), *sorted(paths)]


def _started_inside(room, slot, limits, told, trouble):
    """The worker in the sandbox, on a processor of its own where there are enough.

    bubblewrap gets an empty environment, and its options from a file: nothing of the machine is to
    be found in the memory of the sandbox's first process.
    """
    program = walls.bubblewrap()
    words = walls.command(room, slot, limits)
    inner = words.index("--")
    with tempfile.TemporaryFile() as options, tempfile.TemporaryFile() as rules:
        options.write("\0".join(words[:inner]).encode() + b"\0")
        descriptors, filtered = [options.fileno()], []
        if program_of_rules := syscalls.program():
            rules.write(program_of_rules)
            filtered = ["--seccomp", str(rules.fileno())]
            descriptors.append(rules.fileno())
        for file in (options, rules):
            file.seek(0)
        return subprocess.Popen(
            [*_on_one_processor(slot), program, "--args", str(options.fileno()), *filtered,
             *words[inner:]],
            stdin=told, stdout=subprocess.PIPE, stderr=trouble, cwd="/", env={"PATH": "/usr/bin"},
            pass_fds=descriptors, start_new_session=True,
        )  # fmt: skip


def _on_one_processor(slot):
    """A crowd of busy processes then slows down no neighbor."""
    mine, program = sorted(os.sched_getaffinity(0)), shutil.which("taskset")
    return [program, "-c", str(mine[slot % len(mine)])] if program else []


def _started_unprotected(room, slot, limits, told, trouble):
    """The worker as any other process, with all rights of the caller."""
    environment = os.environ | walls.SETTINGS
    return subprocess.Popen(
        [sys.executable, "-I", "-B", str(WORKER)],
        stdin=told, stdout=subprocess.PIPE, stderr=trouble, env=environment,
        cwd=tempfile.gettempdir(), start_new_session=True,
    )  # fmt: skip
