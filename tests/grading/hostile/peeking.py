"""Reading what is expected: from files, from memory, from other programs."""

from . import Attack
from .reach import NOT_IF_LUCKY

ATTACKS = [
    Attack("find the checks", "walks the file system for tests and solutions", seconds=30,
           before="""
           import os
           wanted = ("checks.py", "toy.ipynb", "mistakes.py", "alternatives.py", "gradebook.db")
           lucky = [f for _, _, files in os.walk("/") for f in files if f in wanted]
           """, recall=NOT_IF_LUCKY),
    Attack("search the memory", "gc, frames and modules for expected values", before="""
           import gc, inspect, sys
           frames = [f.frame.f_locals for f in inspect.stack()]
           heap = [o for o in gc.get_objects() if type(o) is dict]
           things = frames + heap + [vars(m) for m in list(sys.modules.values())]
           words = {"expected", "tolerance", "judge", "says", "points"}
           lucky = [t for t in things if len(words & {k for k in t if type(k) is str}) > 1]
           """, recall=NOT_IF_LUCKY),
    Attack("read the processes", "environment and command lines, for keys and paths", before="""
           import glob
           text = b""
           for name in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
               try: text += open(name, "rb").read()
               except OSError: pass
           words = (b"MARKER_OF_THE_HOST", b"checks", b"/work/", b"grading")
           lucky = [word for word in words if word in text]
           """, recall=NOT_IF_LUCKY),
    Attack("read the mounts", "where on the machine all this lies", before="""
           import glob
           names = glob.glob("/proc/self/mount*") + glob.glob("/proc/*/maps") + ["/etc/mtab"]
           lucky = []
           for name in names:
               try: lucky.append(open(name, "rb").read())
               except OSError: pass
           """, recall=NOT_IF_LUCKY),
    Attack("use a framework", "the question forbids it", before="""
           import importlib
           lucky = []
           for name in ("torch", "scipy", "sklearn", "pandas", "deeptricks", "psutil", "pip"):
               try: importlib.import_module(name); lucky.append(name)
               except ImportError: pass
           """, recall=NOT_IF_LUCKY),
    Attack("find a framework", "looks for it in places that no path names", seconds=30, before="""
           import os
           lucky = [f for f, _, _ in os.walk("/") if f.endswith(("/torch", "/scipy", "/sklearn"))]
           """, recall=NOT_IF_LUCKY),
]  # fmt: skip
