"""The sandbox: a command line of bubblewrap, which shows a process next to nothing.

No network, no file of the machine but the system's libraries, the interpreter and the packages of
one room, a small `/tmp` in memory, and no right of any kind. There is no `/proc`: it would tell
where on the machine all this lies (`mountinfo`), and the memory of processes can be written there.
"""

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from . import rooms
from .limits import Limits

HERE = Path(__file__).parent
ROOM = Path("/room")  # where the worker and the packages lie, inside
FIRST_USER = 60001  # started as root, each slot has a user of its own: this one plus the slot
SYSTEM = ("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")
LINKS = ("/bin", "/lib", "/lib32", "/lib64")
DEVICES = ("null", "zero", "full", "random", "urandom")
SETTINGS = {
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
PLACE = {"PATH": "/usr/bin", "HOME": "/tmp", "USER": "student", "LANG": "C.UTF-8"}


class NoSandbox(ValueError):  # noqa: N818 (a name that reads well)
    """There is no sandbox to be had on this machine; the message says what to do."""


def command(room: str, slot: int, limits: Limits, *script: str) -> list[str]:
    """What bubblewrap is told: to run Python in `room`, on the worker or on `script`.

    Raises
    ------
    ValueError
        Where the slot is not a whole number from 0 to 4999.
    """
    if isinstance(slot, bool) or not isinstance(slot, int) or not 0 <= slot < 5000:
        raise ValueError(f"slot must be a whole number from 0 to 4999; got {slot!r}")
    script = script or (str(ROOM / "worker.py"),)
    python = [str(rooms.interpreter()), "-I", "-S", "-B", *script]
    words = [*_nothing_shared(), *_system(limits), *_room(room), "--remount-ro", "/"]
    return [*words, "--", *_another_user(slot), *python]


def _nothing_shared():
    """Namespaces. Root gives its rights away by `setpriv`, since it may bind what others may not;
    and no limit of processes holds for root, not even for one in a user namespace."""
    yield from ("--die-with-parent", "--new-session", "--clearenv", "--hostname", "room")
    for name, value in (SETTINGS | PLACE | {"MPLCONFIGDIR": "/tmp"}).items():
        yield from ("--setenv", name, value)
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--cap-drop", "ALL")
    if os.getuid() == 0:
        for right in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            yield from ("--cap-add", right)
    else:
        yield from ("--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534")


def _another_user(slot):
    """What root runs first inside."""
    if os.getuid() != 0:
        return []
    user = str(FIRST_USER + slot)
    words = ["--reuid", user, "--regid", user, "--clear-groups", "--inh-caps=-all"]
    return [shutil.which("setpriv") or "/usr/bin/setpriv", *words, "--bounding-set=-all",
            "--no-new-privs"]  # fmt: skip


def _system(limits):
    """The system's libraries, devices without a danger, and a small /tmp."""
    for place in SYSTEM:
        if os.path.exists(place):
            yield from _shown(Path(place), Path(place))
    for link in LINKS:
        if os.path.islink(link):
            yield from ("--symlink", os.readlink(link), link)
        elif os.path.isdir(link):
            yield from _shown(Path(link), Path(link))
    yield from ("--perms", "0755", "--tmpfs", "/dev")
    for device in DEVICES:
        yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    yield from ("--symlink", "/tmp", "/dev/shm", "--remount-ro", "/dev")
    yield from ("--perms", "1777", "--size", str(limits.files), "--tmpfs", "/tmp")
    yield from ("--chdir", "/tmp")


def _room(room):
    """The interpreter, the packages of one room and the worker; other packages are covered."""
    for place in rooms.interpreter_files():
        yield from _shown(place, place)
    for folder in rooms.package_folders():
        yield from ("--perms", "0755", "--tmpfs", str(folder), "--remount-ro", str(folder))
    for name, place in rooms.packages(room).items():
        yield from _shown(place, ROOM / "packages" / name)
    for name in ("worker.py", "cells.py", "wire.py"):
        yield from _shown(HERE / name, ROOM / name)


def _shown(place, inside):
    """A file or folder that can be read and not written; others may pass the folders above it."""
    for folder in [*inside.parents][-2::-1]:
        yield from ("--perms", "0755", "--dir", str(folder))
    yield from ("--ro-bind", str(place), str(inside))


def bubblewrap() -> str:
    """The program, found and tried once; NoSandbox where it is missing or refuses."""
    return _tried(os.getuid()) if hasattr(os, "getuid") else _missing()


def _missing():
    raise NoSandbox(
        f"students' code runs in a sandbox, and there is none on {sys.platform}: bubblewrap needs "
        "Linux. Grade on a Linux machine (a virtual one will do), or run the code unprotected, "
        "with your own rights, if you trust every one of your students: --unsafe-without-sandbox"
    )


@lru_cache
def _tried(user):
    program = shutil.which("bwrap")
    if sys.platform != "linux":
        _missing()
    if not program:
        raise NoSandbox(
            "students' code runs in a sandbox, and bwrap is not installed: install bubblewrap "
            "(0.8 or newer; apt install bubblewrap, dnf install bubblewrap)"
        )
    words = command("numpy", 0, Limits(), "-c", "pass")
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=120, env={})
    if done.returncode:
        raise NoSandbox(
            f"students' code runs in a sandbox, and bwrap refuses: {done.stderr.strip()[-300:]}. "
            "It must be version 0.8 or newer, and users must be allowed namespaces of their own: "
            "on Ubuntu 24.04 an AppArmor profile for bwrap permits it, in a container the options "
            "that its manager has for it (docker run --privileged, for one)"
        )
    return program
