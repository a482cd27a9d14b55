"""Runs inside the sandbox: the student's cells, then each check. It knows no expected value.

A job comes in on standard input as one JSON object; each event goes out as one line of JSON on
the original standard output. Whatever the student's code does to this process, it can only change
which values come out. This file, cells.py and wire.py are all of the package that is mounted here.
"""

import builtins

__builtins__ = dict(vars(builtins))  # ours stay what they are, whatever becomes of the student's

import os
import signal
import sys
from contextlib import suppress
from json import JSONEncoder, loads
from time import monotonic, sleep

# Bound here, before the student's code can put something else into their modules.
write, leave, process_id = os.write, os._exit, os.getpid
fork, kill, wait = getattr(os, "fork", None), os.kill, getattr(os, "waitpid", None)
lead = getattr(os, "setpgid", None)
on_signal, set_timer = signal.signal, getattr(signal, "setitimer", None)
trace, profile, recursion = sys.settrace, sys.setprofile, sys.setrecursionlimit
SPARE = 8  # processes for checks
DEADLY = getattr(signal, "SIGKILL", signal.SIGTERM)
encode = JSONEncoder(ensure_ascii=True).encode
ORIGINAL = dict(vars(builtins))


class TimeIsUp(BaseException):
    """Not an Exception: `except Exception` must not swallow it."""

    @classmethod
    def ring(cls, *_):
        raise cls


def main():
    """Read the job, run it, and leave without a farewell."""
    with open(0, "rb", closefd=False) as told:
        job = loads(told.read())
    out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.closerange(3, out)
    os.closerange(out + 1, 256)
    sys.path[:0] = job["paths"]
    import cells
    import wire

    more_processes, me, names = _limit(job), process_id(), cells.names()
    tell = _teller(out, job["bytes_an_answer"], wire)
    tell({"event": "ready"})
    for cell in job["cells"]:
        error = _run_cell(cell, names, job, cells, wire)
        if process_id() != me:  # forked by the cell
            leave(0)
        tell({"event": "cell", "index": cell["index"], "error": error})
    more_processes()
    for check in job["checks"]:
        _settle(names)
        if job["alone"]:
            _end_all_others()
        run = _in_a_child if fork else _answer  # Windows has no fork: one after the other
        how = run(check, names, job, tell, wire)
        tell({"event": "done", "check": check["id"], "how": how})
    tell({"event": "end"})
    leave(0)


def _limit(job):
    """Limits of this process and of all that it starts; Python has none on Windows.

    Returns a function that lets checks start where threads of the student have used up the rest.
    """
    try:
        import resource
    except ImportError:
        return lambda: None
    for name, value in job["limits"].items():
        if hasattr(resource, name):
            ceiling = resource.getrlimit(getattr(resource, name))[1]
            value = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
            spare = SPARE if name == "RLIMIT_NPROC" else 0
            try:
                resource.setrlimit(getattr(resource, name), (value - spare, value))
            except (OSError, ValueError):  # macOS refuses some
                continue
    change, kind, most = resource.setrlimit, "RLIMIT_NPROC", job["limits"].get("RLIMIT_NPROC")
    return lambda: change(getattr(resource, kind), (most, most)) if most else None


def _teller(out, largest, wire):
    """A function that writes one event as a line of its own, even after half a line."""
    most, pieces = wire.PIECES, wire.pieces

    def tell(event):
        line = encode(event).encode()
        if len(line) > largest or pieces(line) > most:
            text = f"the value is too large: {len(line)} bytes as JSON, {largest} are read"
            line = encode({"event": event["event"], "check": event.get("check"),
                           "error": f"{text}, and {most} parts at most"}).encode()  # fmt: skip
        rest = b"\n" + line + b"\n"
        while rest:
            rest = rest[write(out, rest) :]

    return tell


def _run_cell(cell, names, job, cells, wire):
    """None, or what went wrong, in words."""
    try:
        if set_timer:
            on_signal(signal.SIGALRM, TimeIsUp.ring)
            set_timer(signal.ITIMER_REAL, job["seconds_a_cell"])
        cells.run(cell, cell["name"], names)
        return None
    except TimeIsUp:
        return f"TimeoutError: the cell took longer than {job['seconds_a_cell']:g} seconds"
    except BaseException as error:
        return wire.described(error)
    finally:
        if set_timer:
            set_timer(signal.ITIMER_REAL, 0)
        _settle(names)


def _settle(names):
    """What the student's code may have bent for everything that runs after it."""
    trace(None)
    profile(None)
    recursion(max(1000, sys.getrecursionlimit()))
    vars(builtins).update(ORIGINAL)
    names["__builtins__"] = builtins


def _end_all_others():  # whatever earlier code has left running
    with suppress(OSError):
        kill(-1, DEADLY)


def _forked():
    """As fork; None where there is no room for a process. Killed ones take a moment to go."""
    for _ in range(50):
        with suppress(OSError):
            return fork()
        sleep(0.02)


def _in_a_child(check, names, job, tell, wire):
    """Run a check in a process of its own; None, or how that process failed to answer."""
    child = _forked()
    if child is None:
        return "no process could be started for it"
    if not child:
        try:
            lead(0, 0)
            _answer(check, names, job, tell, wire)
        finally:
            leave(0)
    end, status = monotonic() + job["seconds_a_check"], None
    while status is None and monotonic() < end:
        done, code = wait(child, os.WNOHANG)
        status = code if done else sleep(0.002)
    for target in (-child, child) if status is None else (-child,):
        with suppress(OSError):
            kill(target, DEADLY)  # its children as well
    if status is None:
        wait(child, 0)
        return f"it took longer than {job['seconds_a_check']:g} seconds"
    return f"it was ended by signal {status & 127}" if status & 127 else None


def _answer(check, names, job, tell, wire):
    """Run a check and tell its value, or what went wrong."""
    try:
        tell({"event": "check", "check": check["id"], "value": _value(check, names, wire)})
    except BaseException as error:
        tell({"event": "check", "check": check["id"], "error": wire.described(error)})


def _value(check, names, wire):
    inputs = {name: wire.unpacked(value) for name, value in check["inputs"].items()}
    body = "\n".join("    " + line for line in check["run"].splitlines())
    exec(compile(f"def _check({', '.join(inputs)}):\n{body}\n", "<check>", "exec"), names)
    return wire.packed(names["_check"](**inputs))


if __name__ == "__main__":
    main()
