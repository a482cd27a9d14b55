"""What the sandbox shows and what it does not, what it allows and what is left of it."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from deeptricks.grading import Assignment, Check, Question
from deeptricks.grading.sandbox import rooms, syscalls, walls, watch
from deeptricks.grading.sandbox.answers import Answers
from deeptricks.grading.sandbox.execute import Outcome, points, run
from deeptricks.grading.sandbox.ipython import as_python
from deeptricks.grading.sandbox.launch import launched
from deeptricks.grading.sandbox.limits import MB, Limits

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).parent / "toy"
SLOT = 200  # those of other test files, which may run at the same time, are others
PATIENT = Limits(seconds_a_room=300, seconds_a_cell=60, seconds_a_check=60, seconds_of_grace=60)
AS_ROOT = getattr(os, "getuid", lambda: None)() == 0


@pytest.fixture
def _room():
    try:
        walls.bubblewrap()
    except walls.NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error}")


needs_a_room = pytest.mark.usefixtures("_room")


def inside(code, room="numpy", limits=PATIENT, slot=SLOT, cells=()):
    """What `code` returns in the sandbox, as (value, error, reason why the run was ended)."""
    cells = [
        {"index": i, "name": f"cell {i}", "source": source, "python": as_python(source)}
        for i, source in enumerate(cells)
    ]
    task = {"cells": cells, "checks": [{"id": ["q", "c"], "run": code, "inputs": {}}]}
    answers = Answers(task)
    reason = launched(task, answers, room, limits, True, slot)
    return answers.values.get(("q", "c")), answers.errors.get(("q", "c")), reason


def value(code, *others, **options):
    """The value alone; the run must have reached its end."""
    result, error, reason = inside(code, *others, **options)
    assert (error, reason) == (None, None)
    return result


@needs_a_room
def test_only_the_system_the_interpreter_and_the_room_are_visible():
    top = {Path(place).parts[1] for place in [*walls.SYSTEM, *walls.LINKS, sys.base_prefix]}
    seen = value("import os\nreturn os.listdir('/'), os.listdir('/etc'), os.listdir('/tmp')")
    assert set(seen[0]) <= top | {"dev", "room", "tmp"}
    assert seen[1:] == (["ld.so.cache"], [])
    assert sorted(value("import os\nreturn os.listdir('/room')")) == [
        "cells.py", "packages", "wire.py", "worker.py",
    ]  # fmt: skip
    assert set(value("import os\nreturn os.listdir('/dev')")) == {*walls.DEVICES, "shm"}


@needs_a_room
def test_the_repository_the_home_and_files_of_others_are_not_visible(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a solution")
    places = [secret, ROOT / "pyproject.toml", TOY / "checks.py", Path.home() / ".bashrc",
              Path("/etc/passwd"), Path("/var/tmp"), Path("/sys"), Path("/home")]  # fmt: skip
    assert any(place.exists() for place in places)
    assert value(f"import os\nreturn [p for p in {[*map(str, places)]} if os.path.exists(p)]") == []


PROCESSES = """
import os
found = []
for other in range(1, 2**15):
    try: os.kill(other, 0)
    except ProcessLookupError: continue
    except PermissionError: pass
    found.append(other)
return found
"""


@needs_a_room
def test_an_error_names_the_innermost_line_of_a_cell():
    cells = ["import numpy as np\n\ndef f(x):\n    return np.linalg.inv(x)", "def g(x):\n    1 / x"]
    _, error, _ = inside("return f([1])", cells=cells)
    assert error.startswith("LinAlgError: ")
    assert error.endswith(" [cell 0, line 4]")
    assert (
        inside("return g(0)", cells=cells)[1]
        == "ZeroDivisionError: division by zero [cell 1, line 2]"
    )
    assert inside("return 1 / 0", cells=cells)[1] == "ZeroDivisionError: division by zero"


@needs_a_room
def test_only_its_own_processes_are_visible():
    assert len(value(PROCESSES)) <= 4


@needs_a_room
def test_nothing_of_the_environment_comes_in(monkeypatch):
    monkeypatch.setenv("MARKER_OF_THE_HOST", "secret")
    seen = value("import os\nreturn str(dict(os.environ)), os.path.exists('/proc')")
    assert "'USER': 'student'" in seen[0]
    assert "MARKER" not in seen[0]
    assert seen[1] is False, "there a process shows what it was started with, and where from"


@needs_a_room
def test_code_is_an_ordinary_user_without_any_right():
    seen = []

    def look():
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if "/room/worker.py" in process.cmdline() and "python" in process.name():
                    seen.append(Path(f"/proc/{process.pid}/status").read_text())

    with ThreadPoolExecutor() as pool:
        running = pool.submit(value, "import time\ntime.sleep(3)\nreturn 1")
        while not running.done():
            time.sleep(0.5)
            look()
    tables = [dict(line.split(":\t", 1) for line in one.strip().split("\n")) for one in seen]
    mine = str(walls.FIRST_USER + SLOT) if AS_ROOT else str(os.getuid())
    status = [one for one in tables if mine in one["Uid"].split()][-1]
    assert set(status["Uid"].split()) == set(status["Gid"].split()) == {mine}
    assert status["Groups"].strip() in ("", "65534")
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if AS_ROOT else [])):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    if syscalls.program():
        assert status["Seccomp"] == "2"


@needs_a_room
@pytest.mark.skipif(not AS_ROOT, reason="only root can give each slot a user of its own")
def test_each_slot_has_a_user_of_its_own():
    assert [value("import os\nreturn os.getuid()", slot=slot) for slot in (SLOT, SLOT + 1)] == [
        walls.FIRST_USER + SLOT, walls.FIRST_USER + SLOT + 1,
    ]  # fmt: skip


@needs_a_room
def test_no_network_not_even_that_of_the_machine():
    knock = "import socket\ntry:\n    socket.create_connection(('127.0.0.1', {}), 2)\n    {}\n"
    words = "not supported" if syscalls.program() else "refused"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 2).close()
        assert words in value(
            knock.format(port, "return 'connected'") + "except OSError as e:\n    return str(e)"
        )


@needs_a_room
@pytest.mark.parametrize("call", sorted(syscalls.FORBIDDEN))
def test_forbidden_system_calls_fail(call):
    if not syscalls.program():
        pytest.skip(f"no filter of system calls for a machine {os.uname().machine!r}")
    number = syscalls.FORBIDDEN[call][syscalls.MACHINES[os.uname().machine][0]]
    errno = value(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"return libc.syscall({number}, 0, 0, 0, 0, 0), ctypes.get_errno()"
    )
    assert errno == (-1, 1)


@needs_a_room
def test_clone_makes_no_namespace_of_users():
    if not syscalls.program():
        pytest.skip(f"no filter of system calls for a machine {os.uname().machine!r}")
    column = syscalls.MACHINES[os.uname().machine][0]
    code = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    code += "return libc.syscall({}, {}, 0, 0, 0, 0), ctypes.get_errno()"
    assert value(code.format(syscalls.CLONE[column], 0x10000000 | 17)) == (-1, 1)
    assert value(code.format(syscalls.CLONE3, 0)) == (-1, 38)


def test_an_unknown_machine_has_no_filter():
    assert syscalls.program("abacus") is None
    assert len(syscalls.program("aarch64")) % 8 == 0


FIND = "import importlib.util as u\nreturn [n for n in {} if u.find_spec(n)]"
OTHERS = ["scipy", "sklearn", "pandas", "deeptricks", "psutil", "pip", "setuptools"]


@needs_a_room
def test_the_numpy_room_has_numpy_and_matplotlib_only():
    wanted = ["numpy", "matplotlib", "mpl_toolkits", "PIL", "dateutil"]
    assert value(FIND.format([*wanted, *OTHERS, "torch"])) == wanted
    code = "import matplotlib.pyplot as p\np.plot([1])\nreturn p.get_backend().lower()"
    assert value(code) == "agg"


@needs_a_room
def test_the_torch_room_has_torch_and_no_other_framework():
    pytest.importorskip("torch")
    code = "import torch\nx = torch.ones(3, requires_grad=True)\n(x * x).sum().backward()\n"
    cell = code + "before = x.grad"  # a backward pass before the fork as well
    np.testing.assert_array_equal(value(code + "return x.grad", "torch", cells=[cell]), [2, 2, 2])
    assert value(FIND.format(OTHERS[:4]), "torch") == []


@needs_a_room
def test_packages_beside_the_rooms_are_covered():
    places = [str(folder) for folder in rooms.package_folders()]
    assert places
    assert value(f"import os\nreturn [len(os.listdir(p)) for p in {places}]") == [0] * len(places)


def test_a_room_that_is_none_and_one_that_is_not_installed(monkeypatch):
    with pytest.raises(ValueError, match="room is 'cellar', one of"):
        rooms.packages("cellar")
    monkeypatch.setitem(rooms.ROOMS, "numpy", ("no-such-thing",))
    with pytest.raises(ValueError, match="rooms need 'no-such-thing', which is not installed"):
        rooms.packages.__wrapped__("numpy")


@pytest.mark.parametrize("slot", [-1, 5000, 1.0, True, "0"])
def test_a_slot_that_is_none(slot):
    with pytest.raises(ValueError, match="slot must be a whole number from 0 to 4999"):
        walls.command("numpy", slot, Limits())


@pytest.mark.parametrize("name", ["seconds_a_cell", "memory", "processes"])
def test_a_limit_that_is_none(name):
    with pytest.raises(ValueError, match=f"{name} is 0, it must be above 0"):
        Limits(**{name: 0})
    with pytest.raises(ValueError, match="restarts is -1"):
        Limits(restarts=-1)


@needs_a_room
def test_a_worker_that_does_not_start_is_no_silent_zero(monkeypatch):
    monkeypatch.setattr(walls, "LINKS", ())  # nothing finds its libraries
    toy = Assignment(TOY, seed=1)
    outcome = run(toy, toy.notebook(), slot=SLOT)
    assert "the sandbox did not start: " in outcome.ended
    assert len(outcome.errors) == 3


def limited(**changes):
    return Limits(**(vars(PATIENT) | changes))


@needs_a_room
@pytest.mark.parametrize("size", [8 * MB, 24 * MB])
def test_files_have_a_size_together(size):
    code = """
    import os
    written = 0
    try:
        for name in range(100):
            with open(f"{'/tmp' if name % 2 else '/dev/shm'}/{name}", "wb", buffering=0) as file:
                written += file.write(bytes(2**20))
    except OSError:
        pass
    return written
    """
    assert size * 0.9 <= value(_dedented(code), limits=limited(files=size)) <= size


@needs_a_room
@pytest.mark.parametrize("most", [20, 50])
def test_processes_have_a_number_together(most):
    code = """
    import os, time
    for n in range(200):
        try:
            if not os.fork():
                time.sleep(100)
        except OSError:
            return n
    """
    assert most - 4 <= value(_dedented(code), limits=limited(processes=most)) <= most


@needs_a_room
@pytest.mark.parametrize("size", [600 * MB, 900 * MB])
def test_one_process_has_no_more_memory_than_all(size):
    code = "try:\n    return len(bytearray({}))\nexcept MemoryError:\n    return 'no'"
    assert value(code.format(size), limits=limited(memory=size)) == "no"
    assert value(code.format(size // 4), limits=limited(memory=size)) == size // 4


MANY = """
import os, time
for _ in range(8):
    if not os.fork():
        x = bytearray(100 * 2**20)
        x[::4096] = b"x" * len(x[::4096])
        time.sleep(1000)
time.sleep(1000)
"""


@needs_a_room
def test_all_processes_together_have_a_memory():
    _, _, reason = inside("return 1", limits=limited(memory=600 * MB), cells=[MANY])
    assert reason == "its processes and files took more than 600 MB of memory"


@needs_a_room
def test_empty_files_count_as_memory(monkeypatch):
    monkeypatch.setattr(watch, "A_FILE", MB)
    cell = "import time\nfor n in range(700): open(f'/tmp/{n}', 'w')\ntime.sleep(1000)"
    _, _, reason = inside("return 1", limits=limited(memory=600 * MB), cells=[cell])
    assert reason == "its processes and files took more than 600 MB of memory"


TABLES = """
import ctypes, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
print(libc.mmap(None, 2**30, 1, 0x8022, -1, 0), flush=True)  # MAP_POPULATE, only to be read
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells of them")
def test_page_tables_count_as_memory():
    with subprocess.Popen(
        [sys.executable, "-c", TABLES], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert int(process.stdout.readline()) > 0
        assert 2 * MB <= watch._beside(process) < 8 * MB, "8 bytes for each of 2**18 pages"
        process.stdin.close()


@needs_a_room
def test_files_of_the_machine_do_not_count_as_memory():
    assert watch._files(psutil.Process()) == 0


@needs_a_room
@pytest.mark.parametrize("most", [MB, 3 * MB])
def test_answers_have_a_size_together(most):
    cell = "import os\nfor fd in range(3, 99):\n"
    cell += "    try: os.write(fd, bytes({}))\n    except OSError: pass"
    limits = limited(answers=most, seconds_a_cell=5, seconds_of_grace=5)
    assert inside("return 1", limits=limits, cells=[cell.format(most // 2)])[2] is None
    _, _, reason = inside("return 1", limits=limits, cells=[cell.format(most * 2)])
    assert reason == f"it wrote more than {most} bytes of answers"


@needs_a_room
def test_one_answer_gets_its_share():
    _, error, reason = inside("return 'x' * 10**6", limits=limited(answers=MB))
    assert "the value is too large: 10000" in error
    assert reason is None


@needs_a_room
def test_a_run_has_a_time():
    """Answers that keep coming do not make it longer."""
    cell = "import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass"
    begin = time.monotonic()
    _, _, reason = inside("return 1", limits=limited(seconds_a_room=2), cells=[cell])
    assert reason == "the run took longer than 2 seconds"
    assert time.monotonic() - begin < 30


@needs_a_room
def test_nothing_is_left_after_a_run_that_is_ended():
    cell = MANY.replace("100 * 2**20", "10").replace("  x =", "  os.setsid()\n        x =")
    before = {*psutil.Process().children(recursive=True)}  # servers of other tests
    seen = []

    def look():
        while not seen or watching.is_set():
            seen.append(len(children()))
            time.sleep(0.05)

    def children():
        return [p for p in psutil.Process().children(recursive=True) if p not in before]

    watching = threading.Event()
    watching.set()
    spy = threading.Thread(target=look)
    spy.start()
    try:
        inside("return 1", limits=limited(seconds_a_room=4), cells=[cell])
        alive = [p for p in children() if p.name() != "git"]
    finally:
        watching.clear()
        spy.join()
    assert max(seen) >= 8, "the processes were there"
    assert not alive


@needs_a_room
def test_each_slot_stays_on_its_own_processor():
    code = "import os\nreturn list(os.sched_getaffinity(0))"
    seen = [value(code, slot=slot) for slot in (SLOT, SLOT + 1)]
    assert [len(one) for one in seen] == [1, 1]
    assert seen[0] != seen[1] or len(os.sched_getaffinity(0)) == 1


@needs_a_room
def test_several_at_once_have_no_file_in_common():
    code = """
    import os, time
    open(f"/tmp/{os.urandom(4).hex()}", "w")
    time.sleep(1)
    return len(os.listdir("/tmp"))
    """
    with ThreadPoolExecutor(4) as pool:
        seen = pool.map(lambda n: value(_dedented(code), slot=SLOT + n), range(4))
        assert list(seen) == [1] * 4


ODD_CELLS = [
    "%matplotlib inline\nfirst = 1", "!pip install torch\nsecond = 2", "np?\nthird = 3\n?np",
    "%%time\nfourth = 4", "%%bash\nrm -rf /", "fifth = !ls\nif True:\n    %timeit 1\nfifth = 5",
    "display(first)\nget_ipython().run_line_magic('matplotlib', 'inline')\nsixth = 6",
    "from IPython.display import HTML, display\ndisplay(HTML('x'))\nseventh = 7",
    "import warnings, sys\nwarnings.warn('old')\nprint('x', file=sys.stderr)\neighth = 8",
    "ninth = (27\n    %10) + 2\n",
    "import dataclasses, pickle\n@dataclasses.dataclass\nclass Tenth:\n    x: int = 10\n"
    "tenth = pickle.loads(pickle.dumps(Tenth())).x",
]  # fmt: skip


@needs_a_room
def test_what_only_a_notebook_understands_breaks_nothing():
    names = "first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth"
    assert value(f"return [{names}]", cells=ODD_CELLS) == [*range(1, 11)]


LINES_FOR_IPYTHON = {
    "a magic that runs its line": ("%time x = 3", 3),
    "the value of a magic": ("x = %time 1 + 2", 3),
    "options": ("x = 0\n%timeit -n 1 -r 1 globals().update(x=3)", 3),
    "a magic of several lines": ("%time x = (1 + \\\n    2)", 3),
    "a shell line of several": ("!pip install \\\n   torch\nx = 3", 3),
    "a loop behind a magic": ("x = 0\n%time for i in range(3): x += i", 3),
    "inside a text": ("x = '''\n%time y\n!ls\n'''.count('%')\n!ls\nx += 2", 3),
    "the rest of a division": ("x = (13\n  % 10\n)\n%matplotlib inline", 3),
    "pip alone": ("pip install torch", None),
    "below pip": ("import math\npip install torch\nx = 3", 3),
    "pip in a text": ("x = len('''\npip install x''')\n!ls\nx -= 11", 3),
    "a question": ("x = 3\nx?\nlen??", 3),
    "await": ("import asyncio\nx = await asyncio.sleep(0, 3)", 3),
    "await below a magic": ("import asyncio\n%time y = 1\nx = y + await asyncio.sleep(0, 2)", 3),
    "async for": ("async def f():\n    yield 3\nasync for x in f():\n    pass", 3),
    "capture with a name": ("%%capture told\nx = 3\ntold.show()", 3),
    "two magics of a cell": ("%%time\n%%capture\nx = 3\n%matplotlib inline", 3),
    "a prompt that was copied": (">>> x = 3", 3),
    "a help page": ("x = 3\nhelp(x)\nget_ipython().system('ls')", 3),
    "a file that is written": ("%%writefile x.py\nx = 4", None),
}


@needs_a_room
def test_lines_for_ipython():
    """Each cell sets x, as it would in a notebook; None: it sets nothing and does no harm."""
    cells = ["seen = []"]
    for source, _ in LINES_FOR_IPYTHON.values():
        cells += ["x = None", source, "seen.append(x)"]
    expected = {name: x for name, (_, x) in LINES_FOR_IPYTHON.items()}
    seen = value("return seen", cells=cells)
    assert dict(zip(LINES_FOR_IPYTHON, seen, strict=True)) == expected


def test_a_cell_that_ipython_cannot_read_stays_as_it_is():
    for source in ("x = (", "'", "%time x = (", "if:\n  \n pass"):
        assert source.split()[-1] in as_python(source)
    assert as_python("%%time\n" * 5000 + "x = 1").split() == ["x", "=", "1"]


def honest(**options):
    """Points and notes of the right solution of the toy."""
    toy = Assignment(TOY, seed=1)
    outcome = run(toy, toy.notebook(), slot=SLOT, **options)
    return sum(p for p, _ in points(toy, outcome).values()), outcome.ended


def test_without_a_sandbox_the_same_comes_out(monkeypatch):
    monkeypatch.setattr(walls, "bubblewrap", None)
    assert honest(sandboxed=False) == (6, None)


def test_the_worker_runs_where_python_has_neither_fork_nor_alarm_nor_limits(tmp_path):
    """As on Windows: the checks follow one another in the same process."""
    worker = Path(walls.__file__).with_name("worker.py")
    script = "import os, runpy, signal, sys\nsys.modules['resource'] = None\n"
    script += "del os.fork, os.waitpid, os.setpgid, signal.setitimer\n"
    script += f"runpy.run_path({str(worker)!r}, run_name='__main__')"
    job = {"cells": [{"index": 0, "name": "cell 1", "source": "x = 3"}],
           "limits": {"RLIMIT_AS": 1}, "alone": False,
           "checks": [{"id": ["q", "a"], "run": "return x", "inputs": {}},
                      {"id": ["q", "b"], "run": "return y", "inputs": {}}],
           "seconds_a_cell": 1, "seconds_a_check": 1, "bytes_an_answer": 999,
           "paths": [str(worker.parent)]}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], input=json.dumps(job), text=True,
                          capture_output=True, cwd=tmp_path, check=True)  # fmt: skip
    answers = Answers(job)
    for line in done.stdout.encode().splitlines():
        answers.add(line)
    assert answers.ended, done.stderr
    assert (answers.values, set(answers.errors)) == ({("q", "a"): 3}, {("q", "b")})


@pytest.fixture
def forgotten():
    """As if nobody had looked for bubblewrap yet."""
    walls._tried.cache_clear()
    yield
    walls._tried.cache_clear()


@pytest.mark.usefixtures("forgotten")
def test_a_missing_sandbox_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(walls.NoSandbox, match="bwrap is not installed: install bubblewrap"):
        honest()
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho no namespaces here >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    with pytest.raises(walls.NoSandbox, match="refuses: no namespaces here"):
        honest()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(walls.NoSandbox, match=r"there is none on darwin.*--unsafe-without-sandbox"):
        honest()


ORDINARY = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.grading import test_hostile, test_sandbox
from deeptricks.grading.sandbox.walls import FIRST_USER
toy = test_sandbox.Assignment(test_sandbox.TOY, seed=1)
names = ("busy fork bomb", "kill all", "more rights", "read the processes", "other slots",
         "network", "write everywhere", "change the worker")
attacks = [attack for attack in test_hostile.ALL if attack.name in names]
scores = [test_hostile.score(toy, test_sandbox.run(
              toy, a.submission(toy), limits=test_hostile.limits_for(a))) for a in attacks]
user = test_sandbox.value("import os\\nreturn os.getuid()")
print(json.dumps([user, test_sandbox.honest(), scores]))
"""


@needs_a_room
@pytest.mark.skipif(not AS_ROOT, reason="this session is that of an ordinary user already")
def test_an_ordinary_user_gets_the_same(tmp_path):
    """As root: become one, where every folder above the interpreter may be passed."""
    needed = [Path(p).resolve() for p in (sys.base_prefix, sys.prefix, ROOT)]
    closed = {above for place in needed for above in place.parents if not above.stat().st_mode & 1}
    words = ["bwrap", "--dev-bind", "/", "/"]
    for folder in sorted(closed):
        words += ["--perms", "0755", "--tmpfs", str(folder)]
    for place in needed:
        if closed & set(place.parents):
            for above in [*place.parents][::-1]:
                if closed & {above, *above.parents}:
                    words += ["--perms", "0755", "--dir", str(above)]
            words += ["--ro-bind", str(place), str(place)]
    words += ["--", shutil.which("setpriv"), "--reuid=65533", "--regid=65533", "--clear-groups"]
    words += [sys.executable, "-B", "-c", ORDINARY, str(ROOT)]
    told = {"PATH": os.environ["PATH"], "MARKER_OF_THE_HOST": "secret",
            "PYTHONPATH": str(ROOT / "src")}  # fmt: skip
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=300, cwd="/tmp", env=told
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    user, ours, scores = json.loads(done.stdout)
    assert (user, ours) == (65534, [6, None])
    assert scores == [[6, None]] * 8


def test_an_answer_that_the_judge_is_not_ready_for_earns_nothing_and_has_a_reason():
    check = Check("a", 2, "return x", "Look again.", judge=lambda answer: answer["key"][0])
    toy = SimpleNamespace(questions=[Question("q", "Q", checks=(check,))])
    for answer in (None, 3, {}, {"key": 1}, [[]]):
        earned, reason = points(toy, Outcome(values={("q", "a"): answer}))["q", "a"]
        assert earned == 0
        assert "cannot be judged" in reason
    assert points(toy, Outcome())["q", "a"] == (0, "it gave no answer")
    assert points(toy, Outcome(values={("q", "a"): {"key": [None]}}))["q", "a"] == (2, None)


def _dedented(code):
    lines = [line[4:] if line.startswith("    ") else line for line in code.split("\n")]
    return "\n".join(lines)
