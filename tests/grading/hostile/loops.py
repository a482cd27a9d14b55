"""Code that does not end."""

from . import Attack

STUCK = "def standardize(x):\n    while True:\n        pass\n"

ATTACKS = [
    Attack("loop", "a cell that does not end", after="while True: pass"),
    Attack("sleep", "a cell that waits for ever", after="import time\ntime.sleep(10**6)"),
    Attack(
        "loop that catches everything", "a cell that does not let itself be interrupted",
        after="""
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """,
        review="ignored its interruption",
    ),
    Attack(
        "loop in C", "a cell in which Python never looks at its signals",
        after="import itertools\nsum(itertools.repeat(0))", review="ignored its interruption",
    ),
    Attack(
        "signals off", "the alarm is canceled, its handler replaced, its signal blocked",
        after="""
        import signal
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
        while True: pass
        """,
        review="ignored its interruption",
    ),
    Attack("loop in a check", "an answer that does not come", standardize=STUCK, earns=2),
    Attack(
        "loop in a check that catches everything", "an answer that does not come",
        standardize="""
        import signal
        def standardize(x):
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
            while True:
                try:
                    while True: pass
                except BaseException: pass
        """,
        earns=2,
    ),
    Attack(
        "loop in a thread", "keeps the process alive after its end",
        before="import threading\ndef f():\n    while True: pass\n"
        "threading.Thread(target=f).start()",
    ),
    Attack(
        "loop at exit", "keeps the process alive after its end",
        before="import atexit\n@atexit.register\ndef f():\n    while True: pass",
    ),
    Attack(
        "loop in an error message", "stops whoever reports the error",
        after="""
        class Error(Exception):
            def __str__(self):
                while True:
                    try:
                        for _ in iter(int, 1): pass
                    except BaseException: pass
        raise Error
        """,
        review="ignored its interruption",
    ),
    Attack(
        "error without words", "breaks whoever reports the error",
        after="class Error(Exception):\n    def __str__(self): raise SystemExit\nraise Error",
    ),
]  # fmt: skip
