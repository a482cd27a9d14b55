"""Functions replaced by others: those that compare, and those that the worker needs."""

from . import WRONG, Attack

ATTACKS = [
    Attack("numpy compares equal", "replaces what tests call", standardize=WRONG, earns=3,
           before="""
           import numpy.testing
           yes = lambda *a, **k: True
           for name in ("allclose", "isclose", "array_equal", "all", "any", "equal", "testing"):
               setattr(np, name, yes)
           numpy.testing.assert_allclose = numpy.testing.assert_array_equal = yes
           """),
    Attack("a torch of my own", "puts a module in the place of torch", standardize=WRONG, earns=3,
           before="""
           import sys, types
           sys.modules["torch"] = torch = types.ModuleType("torch")
           torch.allclose = torch.equal = lambda *a, **k: True
           """),
    Attack("unittest and pytest", "every assertion holds", standardize=WRONG, earns=3, before="""
           import sys, unittest
           for name in dir(unittest.TestCase):
               if name.startswith("assert"): setattr(unittest.TestCase, name, lambda *a, **k: None)
           sys.modules["pytest"] = sys.modules["deeptricks"] = unittest
           """),
    Attack("builtins", "all, abs, isinstance, len, print, __import__ and more", before="""
           import builtins
           for name in ("all", "any", "abs", "isinstance", "issubclass", "len", "print", "repr",
                        "getattr", "hasattr", "list", "dict", "str", "BaseException", "compile"):
               setattr(builtins, name, lambda *a, **k: True)
           builtins.__import__ = builtins.exec = None
           raise ValueError("who will catch it?")
           """),
    Attack("no builtins", "takes them away", before="__builtins__ = {}"),
    Attack("json, os, base64, wire", "replaces what the worker needs", before="""
           import sys, json, os, signal, time, base64
           nothing = lambda *a, **k: None
           wire = sys.modules["wire"]
           for module, names in {
               json: "dumps loads JSONEncoder",
               os: "write fork waitpid kill _exit dup getpid setpgid",
               signal: "signal setitimer", time: "monotonic sleep", base64: "b64encode b64decode",
               sys: "settrace setprofile setrecursionlimit stdout", np: "asarray ndarray generic",
               wire: "np math base64",
           }.items():
               for name in names.split(): setattr(module, name, nothing)
           """),
    Attack("a wire of my own", "replaces the module that packs values", before="""
           import sys, types
           sys.modules["wire"] = types.ModuleType("wire")
           sys.modules["cells"] = sys.modules["json"] = None
           """),
    Attack("the packer itself", "what comes out is what it likes: its own values, wrong ones",
           earns=0, before="""
           import sys
           sys.modules["wire"].packed = lambda *a, **k: {"is": "float", "text": "nan"}
           """),
    Attack("display and kernel", "replaces hooks of the notebook", standardize=WRONG, earns=3,
           before="""
           import sys
           sys.displayhook = sys.excepthook = sys.unraisablehook = lambda *a: None
           get_ipython().run_cell = display = print
           get_ipython().ast_node_interactivity = "none"
           get_ipython().events.register("post_run_cell", print)
           """),
    Attack("trace", "a tracer that changes what functions do, and one that fails", before="""
           import sys, threading
           def tracer(frame, event, value): raise ValueError("no")
           threading.settrace(tracer)
           sys.setprofile(lambda *a: 1 / 0)
           sys.settrace(tracer)
           """),
    Attack("low recursion limit", "nobody after it can call a function",
           before="import sys\nsys.setrecursionlimit(30)"),
    Attack("patched main", "replaces the functions of the worker where it finds them", before="""
           import sys
           frame = sys._getframe()
           while frame:
               frame.f_globals.update(standardize=None, variance=None)
               frame = frame.f_back
           """),
]  # fmt: skip
