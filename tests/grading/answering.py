"""What the processes of `test_bounded` answer."""

import os
import signal
import subprocess
import sys
import time

from deeptricks.grading.evening.allowance import allow, uncounted

LIFTED = """
import resource
resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)
x = bytearray(2**28)
print("lifted")
"""


class Counter:
    """Counts its questions, and does what they say."""

    def __init__(self, start):
        self.count = start

    def __call__(self, do="count", **about):
        self.count += 1
        return getattr(self, f"_{do}")(**about)

    def _count(self):
        return self.count

    def _who(self):
        return os.getpid()

    def _fill(self, size):
        return len(bytearray(size))

    def _keep(self, size):
        self.kept = bytearray(size)
        return len(self.kept)

    def _prepare(self, size):
        with uncounted():
            self.kept = bytearray(size)
        return len(self.kept)

    def _fail(self):
        raise KeyError("x")

    def _die(self, how):
        os.kill(os.getpid(), how) if how else os._exit(0)

    def _spin(self):
        allow(1)
        while True:
            pass

    def _interrupt(self):
        signal.raise_signal(signal.SIGINT)
        return self.count

    def _sleep(self, seconds):
        time.sleep(seconds)

    def _start(self):
        done = subprocess.run(
            [sys.executable, "-c", LIFTED], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr
