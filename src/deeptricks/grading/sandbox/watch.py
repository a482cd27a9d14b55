"""Watch a process that runs a student's code: read what it tells, and end it where it must end.

Nothing here waits for the process: it has a time, its output and memory have a size, and in the end
nothing of it is left.
"""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

TICK = 0.01  # seconds
LOOK = 0.1  # seconds between two looks at the memory
A_FILE = 1024  # bytes in the kernel for each file, however empty


class Pipe:
    """Reads a pipe in a thread of its own, as many bytes as are allowed."""

    def __init__(self, stream, most: int):
        self.stream, self.most, self.size = stream, most, 0
        self._waiting, self._rest, self._lock = [], b"", threading.Lock()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        with suppress(OSError, ValueError):
            while self.size <= self.most and (chunk := os.read(self.stream.fileno(), 1 << 16)):
                with self._lock:
                    self._waiting.append(chunk)
                    self.size += len(chunk)

    def lines(self) -> list[bytes]:
        """The lines that have become complete since the last time."""
        with self._lock:
            new, self._waiting = self._waiting, []
        if not new:
            return []
        *lines, self._rest = b"".join([self._rest, *new]).split(b"\n")
        return [line for line in lines if line]


def watched(
    process: subprocess.Popen,
    tell: Callable[[bytes], float],
    *,
    seconds: float,
    answers: int,
    memory: int,
) -> str | None:
    """Read the standard output of `process` until it ends; None, or why it had to be ended.

    Parameters
    ----------
    process
        Started with a pipe as its standard output.
    tell
        Takes each line, and says how many seconds the next line may take.
    seconds, answers, memory
        What all of it may take: time, bytes of output, bytes of memory with files in memory.
    """
    begin = time.monotonic()
    pipe, next_line, next_look = Pipe(process.stdout, answers), begin + seconds, begin + LOOK
    try:
        while True:
            over = process.poll() is not None
            if over:
                pipe.thread.join(1)
            for line in pipe.lines():
                next_line = time.monotonic() + tell(line)
            now = time.monotonic()
            if pipe.size > answers:
                return f"it wrote more than {answers} bytes of answers"
            if over:
                return None
            if now > begin + seconds:
                return f"the run took longer than {seconds:g} seconds"
            if now > next_line:
                return "it took too long and ignored its interruption"
            if now > next_look:
                if _memory(process.pid, memory) > memory:
                    return f"its processes and files took more than {memory // 2**20} MB of memory"
                next_look = time.monotonic() + LOOK
            time.sleep(TICK)
    finally:
        end(process)
        for line in pipe.lines():
            tell(line)
        pipe.thread.join(1)
        process.stdout.close()


def end(process: subprocess.Popen) -> None:
    """Kill a process and all that descends from it, and wait until they are gone.

    The first child of bubblewrap is the first process of its namespace: with it the kernel ends
    all others there, and bubblewrap itself ends when that is done.
    """
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        family = []
    for one in family:
        with suppress(psutil.Error):
            one.kill()
    try:
        process.wait(0.5 if family else 0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    psutil.wait_procs(family, timeout=10)


def _memory(root: int, most: int) -> int:
    """Bytes of a process, its descendants, and the files that they have in memory.

    What processes share is counted for each of them at first, and shared out only where that would
    be more than `most`: it takes longer.
    """
    try:
        family = psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return 0
    files = max(map(_files, family), default=0)
    rough = files + sum(_bytes(one, "memory_info", "rss") for one in family)
    return rough if rough <= most else files + sum(_own_share(one) for one in family)


def _own_share(process):
    return _bytes(process, "memory_full_info", "pss") or _bytes(process, "memory_info", "rss")


def _bytes(process, kind, name):
    try:
        return getattr(getattr(process, kind)(), name, 0)
    except (psutil.Error, OSError):
        return 0


def _files(process):
    """What lies in /tmp as this process sees it, if that is a file system of its own."""
    inside = f"/proc/{process.pid}/root/tmp"
    try:
        if os.stat(inside).st_dev == os.stat("/tmp").st_dev:
            return 0
        place = os.statvfs(inside)
    except (OSError, AttributeError):
        return 0
    used = (place.f_blocks - place.f_bfree) * place.f_frsize
    return used + (place.f_files - place.f_ffree) * A_FILE
