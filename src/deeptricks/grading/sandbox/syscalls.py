"""A filter of system calls: what no homework needs and a sandbox is weaker for.

Memory that belongs to no process and no file (memfd, System V) would not be counted, and of sockets
only those of the kind that Python's event loop needs are (`watch`); a new namespace would bring
file systems without a limit of size; another choice of processors would slow down the neighbors.
The program is classic BPF, as in `man 2 seccomp`; each forbidden call fails with EPERM, and
`clone3`, whose flags a filter cannot read, with ENOSYS: the C library then falls back on `clone`.
"""

import errno
import platform
import struct

# From the kernel's tables: name → (number on x86_64, number on aarch64).
FORBIDDEN = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "fsopen": (430, 430),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "sched_setaffinity": (203, 122),
    "ptrace": (101, 117),
    "process_vm_writev": (311, 271),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
}
CLONE, CLONE3, SOCKET = (56, 220), 435, (41, 198)
NEW_USER_NAMESPACE, UNIX = 0x10000000, 1
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH_…

LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06  # BPF_LD | BPF_W | BPF_ABS, …
ALLOW, FAIL, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data


def program(machine: str | None = None) -> bytes | None:
    """The filter for a machine, as bubblewrap's `--seccomp` reads it; None where it is unknown."""
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return None
    column, audit = MACHINES[machine]
    steps = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL)]
    steps += [(LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":  # calls of the x32 interface carry a bit of their own
        steps += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, KILL)]
    for numbers in FORBIDDEN.values():
        steps += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, FAIL | errno.EPERM)]
    steps += [(EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    steps += [(EQUAL, 0, 3, SOCKET[column]), (LOAD, 0, 0, FIRST_ARGUMENT)]
    steps += [(EQUAL, 1, 0, UNIX), (RETURN, 0, 0, FAIL | errno.EAFNOSUPPORT)]
    steps += [(LOAD, 0, 0, NUMBER)]
    steps += [(EQUAL, 0, 3, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT)]
    steps += [(ANY_BIT, 0, 1, NEW_USER_NAMESPACE), (RETURN, 0, 0, FAIL | errno.EPERM)]
    steps += [(RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
