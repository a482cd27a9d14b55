"""Processes that end, or end others, at every stage."""

from . import Attack

NO_ANSWER = "import os, sys, signal, ctypes\ndef standardize(x):\n    {}\n"

ATTACKS = [
    Attack("sys.exit", "ends the process in a cell", before="import sys\nsys.exit(0)"),
    Attack("SystemExit", "ends the process in a function", earns=2,
           standardize="def standardize(x):\n    raise SystemExit(0)\n"),
    Attack("exit()", "ends the process as in a notebook", after="exit()"),
    Attack("os._exit in a cell", "ends the process at once, before anything is checked",
           before="import os\nos._exit(0)", review="the process ended (left out"),
    Attack("os._exit in two cells", "ends it again when it is run again",
           before="import os\nos._exit(0)", after="import os\nos._exit(1)",
           review="the process ended (left out"),
    Attack("os._exit in a function", "ends the process of a check", earns=2,
           standardize=NO_ANSWER.format("os._exit(0)")),
    Attack("os._exit at import", "a module that ends whoever imports it",
           before="""
           import sys
           open("/tmp/evil.py", "w").write("import os; os._exit(0)")
           sys.path.insert(0, "/tmp")
           import evil
           """, review="the process ended (left out"),
    Attack("os._exit at exit", "ends the process with another status",
           before="import atexit, os\natexit.register(os._exit, 3)"),
    Attack("kill myself", "signal 9 in a cell", before="import os\nos.kill(os.getpid(), 9)",
           review="the process ended (left out"),
    Attack("kill myself in a check", "signal 9 in a function", earns=2,
           standardize=NO_ANSWER.format("os.kill(os.getpid(), 9)")),
    Attack("kill the parent", "signal 9 to the process that runs the checks", earns=2,
           standardize=NO_ANSWER.format("os.kill(os.getppid(), 9); signal.pause()"),
           review="check 'untouched' of 'standardize'"),
    Attack("kill all", "signal 9 to every process there is",
           before="import os, signal\nos.kill(-1, 9)\nos.kill(1, 9)"),
    Attack("stop myself", "sleeps until someone wakes it", review="ignored its interruption",
           before="import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    Attack("stop the parent", "nobody is left to interrupt the check", earns=2,
           standardize=NO_ANSWER.format("os.kill(os.getppid(), signal.SIGSTOP); x[:] = 0"),
           review="ignored its interruption"),
    Attack("crash in a cell", "reads at address 0", before="import ctypes\nctypes.string_at(0)",
           review="the process ended (left out"),
    Attack("crash in a check", "reads at address 0", earns=2,
           standardize=NO_ANSWER.format("ctypes.string_at(0)")),
    Attack("recursion without a floor", "overflows the stack", review="the process ended (left out",
           before="""
           import sys
           sys.setrecursionlimit(10**9)
           class Deep:
               def __repr__(self): return f"{self!r:}"
           repr(Deep())
           """),
    Attack("daemon", "leaves a process behind in a session of its own",
           before="""
           import os, time
           if not os.fork():
               os.setsid()
               if not os.fork():
                   time.sleep(10**6)
               os._exit(0)
           """),
    Attack("fork and go on", "two processes answer",
           before="import os\nos.fork()", recall="variance = 1 if os.getpid() else 0"),
]  # fmt: skip
