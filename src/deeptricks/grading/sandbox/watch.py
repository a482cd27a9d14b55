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
from pathlib import Path

import psutil

TICK = 0.01  # seconds
LOOK = 0.1  # seconds between two looks at the memory
A_FILE = 1024  # bytes in the kernel for each file, however empty
A_SOCKET = 640 * 1024  # what a socket can hold: three times Linux's usual `wmem_max`


class Pipe:
    """Reads a pipe in a thread of its own, as many bytes and lines as are allowed."""

    def __init__(self, stream, most: int, lines: int):
        self.stream, self.most, self.most_lines = stream, most, lines
        self.size = self.count = 0
        self._waiting, self._rest, self._lock = [], b"", threading.Lock()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        with suppress(OSError, ValueError):
            while not self.flooded and (chunk := os.read(self.stream.fileno(), 1 << 16)):
                with self._lock:
                    self._waiting.append(chunk)
                    self.size += len(chunk)
                    self.count += chunk.count(b"\n")

    @property
    def flooded(self) -> str | None:
        """In words, when more came than is allowed."""
        if self.size > self.most:
            return f"it wrote more than {self.most} bytes of answers"
        if self.count > self.most_lines:
            return f"it wrote more than {self.most_lines} lines of answers"
        return None

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
    tell: Callable[[bytes], float | None],
    *,
    seconds: float,
    answers: int,
    lines: int,
    memory: int,
) -> str | None:
    """Read the standard output of `process` until it ends; None, or why it had to be ended.

    Parameters
    ----------
    process
        Started with a pipe as its standard output.
    tell
        Takes each line, and says how many seconds the next step may take; None: it is no new step.
    seconds, answers, lines, memory
        What all of it may take: time, bytes and lines of output, bytes of memory with files in
        memory.
    """
    begin = time.monotonic()
    pipe = Pipe(process.stdout, answers, lines)
    next_step, next_look = begin + seconds, begin + LOOK
    try:
        while True:
            over = process.poll() is not None
            if over:
                pipe.thread.join(1)
            for line in pipe.lines():
                if patience := tell(line):
                    next_step = time.monotonic() + patience
            now = time.monotonic()
            if pipe.flooded:
                return pipe.flooded
            if over:
                return None
            if now > begin + seconds:
                return f"the run took longer than {seconds:g} seconds"
            if now > next_step:
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
    """Bytes of a process, its descendants, and what the kernel holds for them: files, sockets.

    What processes share is counted for each of them at first, and shared out only where that would
    be more than `most`: it takes longer.
    """
    try:
        family = psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return 0
    kernel = max(map(_files, family), default=0) + max(map(_sockets, family), default=0)
    kernel += sum(map(_beside, family))
    rough = kernel + sum(_bytes(one, "memory_info", "rss") for one in family)
    return rough if rough <= most else kernel + sum(_own_share(one) for one in family)


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


def _beside(process):
    """What a process takes beside its memory: page tables, and what lies in the swap."""
    with suppress(OSError, ValueError):
        lines = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
        told = dict(line.split(":", 1) for line in lines)
        return 1024 * sum(
            int(told[name].split()[0]) for name in ("VmPTE", "VmSwap") if name in told
        )
    return 0


def _sockets(process):
    """What the sockets may hold that there are in a sandbox: those on their way are listed too."""
    here = f"/proc/{process.pid}"
    with suppress(OSError):
        if os.stat(f"{here}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino:
            with open(f"{here}/net/unix", "rb") as table:
                return A_SOCKET * sum(1 for _ in table)
    return 0
