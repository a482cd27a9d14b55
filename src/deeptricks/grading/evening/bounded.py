"""A process of its own that answers questions, within limits of memory and of processor time.

It may die of a question. Whoever asked is told how, and the next question finds a new process. All
such processes are forked from one that has loaded the kit and nothing else, so that they share it.
"""

import json
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import ModuleType

from . import allowance

MEMORY = 224 * 2**20  # bytes that a process may take, beyond what it begins with
LONGEST = 3600  # seconds until the answer: far more than all runs of one submission may take
LARGEST = 64 * 2**20  # bytes of an answer
TOO_MUCH = "it took more memory than there is for it"
_STARTING = threading.Lock()


class Died(Exception):  # noqa: N818 (a name that reads well)
    """The process ended, or failed, while it was at a question; the message says how."""


class Closed(Exception):  # noqa: N818 (a name that reads well)
    """Nobody is to answer any more: the program is ending."""


class Bounded:
    """Answers questions in another process, which is started when it is needed.

    Parameters
    ----------
    make, words
        ``make(*words)`` is called in the process, and gives the function that answers: it takes
        a dictionary and returns what JSON can hold.
    memory
        Bytes that the process may take beyond what it begins with.
    """

    def __init__(self, make: Callable[..., Callable], *words, memory: int | None = None):
        self._target = make, words, MEMORY if memory is None else memory
        self._process: multiprocessing.process.BaseProcess | None = None
        self._wire: Connection | None = None
        self._closed = False
        self._asked = 0  # of this process, so far

    def ask(self, **question):
        """The answer; `Died` where there is none, `Closed` after `close`.

        Where the memory is not enough, a new process tries once more: what one keeps of earlier
        questions is not the fault of this one.
        """
        if self._closed:
            raise Closed
        if self._process is None:
            self._start()
        self._asked += 1
        try:
            self._wire.send_bytes(json.dumps(question).encode())
            if not self._wire.poll(LONGEST):
                raise Died(f"it gave no answer within {LONGEST} seconds")
            told = json.loads(self._wire.recv_bytes(LARGEST))
        except (OSError, EOFError):
            how = self._ended()
            raise (Closed if self._closed else Died)(how) from None
        except Died:
            self._end()
            raise
        if told["worn"]:
            self._end()
        if told["failed"] == TOO_MUCH and self._asked > 1:
            return self.ask(**question)
        if told["failed"]:
            raise Died(told["failed"])
        return told["answer"]

    def close(self) -> None:
        """End the process; whoever waits for an answer gets `Closed`."""
        self._closed = True
        self._end()

    def _start(self):
        self._asked = 0
        kinds = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in kinds else "spawn")
        with _STARTING, _without_a_program():
            if hasattr(context, "set_forkserver_preload"):
                context.set_forkserver_preload([self._target[0].__module__])
            self._wire, theirs = context.Pipe()
            self._process = context.Process(
                target=_serve, args=(theirs, *self._target), daemon=True
            )
            self._process.start()
        theirs.close()

    def _ended(self):
        """How the process came to its end, in words."""
        process = self._process
        if process is None:
            return "it was ended"
        process.join(5)
        code = process.exitcode
        self._end()
        if code is None or code >= 0:
            return "its process ended by itself"
        if -code == getattr(signal, "SIGXCPU", None):
            return "it took too much time of the processor"
        return f"its process was ended by signal {-code}"

    def _end(self):
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                self._wire.close()
            process.kill()
            process.join(5)


@contextmanager
def _without_a_program() -> Iterator[None]:
    """The caller's own script is not run again in the new process, as Python would have it."""
    program, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _serve(wire, make, words, memory):
    """What the process does: answer, until nobody asks."""
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is the asker's affair
    asker = multiprocessing.parent_process().sentinel
    threading.Thread(target=_leave_with, args=(asker,), daemon=True).start()
    allowance.limit(memory)
    answer = make(*words)
    with suppress(EOFError, OSError):
        while True:
            told = _answered(answer, json.loads(wire.recv_bytes()))
            told["worn"] = told["worn"] or allowance.worn()
            wire.send_bytes(json.dumps(told).encode())


def _answered(answer, question):
    try:
        return {"answer": answer(**question), "failed": None, "worn": False}
    except MemoryError:
        return {"failed": TOO_MUCH, "worn": True}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:300], "worn": False}


def _leave_with(asker):
    """The asker was killed: leave as well."""
    wait([asker])
    signal.raise_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
