"""Out of the sandbox: files, network, other processes, more rights."""

from . import Attack

NOT_IF_LUCKY = "variance = 0 if lucky else 1"

ATTACKS = [
    Attack("write everywhere", "a file in each folder", seconds=30, before="""
           import os
           lucky = []
           for folder, _, _ in os.walk("/"):
               if not folder.startswith(("/tmp", "/proc")):
                   try: open(folder + "/x", "w"); lucky.append(folder)
                   except OSError: pass
           """, recall=NOT_IF_LUCKY),
    Attack("change the worker", "writes into the files of the grader", before="""
           import os, sys
           lucky = False
           for name in ("/room/worker.py", "/room/wire.py", np.__file__, sys.executable):
               try: os.chmod(name, 0o777); lucky = True
               except OSError: pass
               try: open(name, "a"); lucky = True
               except OSError: pass
           """, recall=NOT_IF_LUCKY),
    Attack("symlinks", "links to the files of the machine", before="""
           import os
           lucky = False
           for place in ("/etc/passwd", "/etc/shadow", "/root/.bashrc", "/home", "/work", "/var",
                         "/proc/1/root/etc/passwd", "/proc/self/root/home", "/proc/1/cwd/etc"):
               os.symlink(place, "/tmp/link")
               lucky |= os.path.exists("/tmp/link")
               os.unlink("/tmp/link")
           """, recall=NOT_IF_LUCKY),
    Attack("network", "connects to the machine, its network, a name", before="""
           import socket
           lucky = False
           for place in (("127.0.0.1", 22), ("127.0.0.1", 8888), ("10.0.0.1", 80), ("1.1.1.1", 53)):
               try: socket.create_connection(place, timeout=0.2); lucky = True
               except OSError: pass
           try: socket.getaddrinfo("example.org", 80); lucky = True
           except OSError: pass
           lucky |= len(socket.if_nameindex()) > 1
           """, recall=NOT_IF_LUCKY),
    Attack("listen", "opens a port", before="""
           import socket
           listener = socket.socket()
           listener.bind(("0.0.0.0", 8888))
           listener.listen()
           """),
    Attack("more rights", "another user, another name space, a mount", before="""
           import ctypes, os
           libc = ctypes.CDLL(None, use_errno=True)
           lucky = os.getuid() == 0
           for new in (0x10000000, 0x00020000, 0x40000000, 0x10020000):
               lucky |= libc.unshare(new) == 0
           lucky |= libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0
           for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]),
                        lambda: os.chroot("/tmp"), lambda: os.nice(-5),
                        lambda: os.sched_setaffinity(0, range(64))):
               try: call(); lucky = True
               except OSError: pass
           import subprocess
           for words in (["su", "-c", "id"], ["mount"], ["unshare", "-r", "id"]):
               try: lucky |= b"uid=0" in subprocess.run(words, capture_output=True).stdout
               except OSError: pass
           """, recall=NOT_IF_LUCKY),
    Attack("limits off", "raises its own limits", before="""
           import resource as r
           lucky = False
           for kind in (r.RLIMIT_AS, r.RLIMIT_NPROC, r.RLIMIT_FSIZE, r.RLIMIT_CPU):
               for new in (r.RLIM_INFINITY, 10**11):
                   try: r.setrlimit(kind, (new, new)); lucky = True
                   except (OSError, ValueError): pass
           """, recall=NOT_IF_LUCKY),
    Attack("other slots", "looks for processes and files of others", before="""
           import os
           mine = {os.getpid(), os.getppid(), 1}
           lucky = set(os.listdir("/tmp"))
           for other in set(range(1, 2**15)) - mine:
               try: os.kill(other, 0); lucky.add(other)
               except ProcessLookupError: pass
               except PermissionError: lucky.add(other)
           """, recall=NOT_IF_LUCKY),
    Attack("write into memory", "ctypes over the constants of Python",
           after="import ctypes\nctypes.memset(id(1), 0, 64)\nctypes.memset(id(True), 255, 64)",
           review="the process ended (left out"),
]  # fmt: skip
