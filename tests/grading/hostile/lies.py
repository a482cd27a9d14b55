"""Answers that are not what they seem."""

from . import Attack

EQUAL = """
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __abs__(self): return 0
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __float__(self): return 1.0
    __sub__ = __rsub__ = __add__ = __mul__ = __truediv__ = __getitem__ = __call__
    def __bool__(self): return True
    def __len__(self): return 6
variance = Equal()
"""

LYING_ARRAY = """
class Lying(np.ndarray):
    shape = property(lambda self: (6, 4))
    dtype = property(lambda self: np.dtype("f8"))
    size = property(lambda self: 24)
    def __eq__(self, other): return np.ones((6, 4), bool)
    def __array__(self, *a, **k): raise SystemExit
    def __array_function__(self, *a): return True
    def __array_ufunc__(self, *a, **k): return True
    def tobytes(self): return bytes(192)
    def astype(self, *a): return self
def standardize(x):
    return np.zeros((1, 1)).view(Lying)
"""

PICKLE = """
class Pickle:
    def __reduce__(self): return print, ("executed",)
    __getstate__ = __reduce_ex__ = __copy__ = __deepcopy__ = __reduce__
def standardize(x):
    return Pickle()
"""


def returns(value, before=""):
    """A solution that returns `value`."""
    return f"{before}\ndef standardize(x):\n    return {value}\n"


ATTACKS = [
    Attack("equal to everything", "an object that agrees with every test", recall=EQUAL, earns=4),
    Attack("equal to everything, returned", "the same, from a function", earns=3,
           standardize=EQUAL.replace("variance", "equal") + returns("equal")),
    Attack("lying array", "a subclass whose methods say what one likes to hear", earns=3,
           standardize=LYING_ARRAY),
    Attack("lying number", "a subclass of float", earns=4, recall="""
           class Number(float):
               def __eq__(self, other): return True
               def __repr__(self): return "1.0"
               def __float__(self): return 1.0
               __hash__ = None
           variance = Number(7)
           """),
    Attack("lying class", "says that it is an array", earns=3, standardize="""
           class Other:
               __class__ = np.ndarray
               shape, dtype, ndim = (6, 4), np.dtype("f8"), 2
               def __array__(self, *a, **k): return np.zeros((6, 4))
           def standardize(x): return Other()
           """),
    Attack("lying dictionary", "a subclass with other items than it has", earns=3, standardize="""
           class Lying(dict):
               def items(self): raise SystemExit
               def __iter__(self): raise SystemExit
               def __getattr__(self, name): return 0
           def standardize(x): return Lying(a=1)
           """),
    Attack("lying type", "a metaclass that claims every object", earns=3, standardize="""
           class Meta(type):
               def __instancecheck__(cls, thing): return True
               def __getattribute__(cls, name):
                   return ("detach", "numpy") if name == "mro" else type.__getattribute__(cls, name)
               __name__ = property(lambda cls: 1 / 0)
           class Lying(metaclass=Meta):
               detach = numpy = lambda self: self
               cpu = detach
           def standardize(x): return Lying()
           """),
    Attack("pickle", "code that runs when it is unpickled", standardize=PICKLE, earns=3),
    Attack("generator", "answers without end", standardize=returns("iter(int, 1)"), earns=3),
    Attack("objects in an array", "an array of Python objects", earns=3,
           standardize=returns("np.array([[print, object()]], dtype=object)")),
    Attack("list of itself", "nested without end", earns=3,
           standardize="def standardize(x):\n    y = []\n    y += [y, y]\n    return y\n"),
    Attack("impossible numbers", "a number of a million digits, and none", earns=1,
           recall="variance = 10**10**6", standardize=returns("x * np.nan")),
    Attack("impossible text", "half a character, and none", earns=1,
           recall="variance = chr(0xd800) + chr(0)", standardize=returns("chr(0xdfff) * 10**4")),
]  # fmt: skip
