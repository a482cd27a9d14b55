"""More of everything than there is."""

from . import Attack

ATTACKS = [
    Attack("memory at once", "10 GB in one piece", after="x = bytearray(10**10)\nx[::4096] = b'x'"),
    Attack("memory bit by bit", "all there is",
           after="x = []\nwhile True: x.append(bytearray(10**7))"),
    Attack("memory in a check", "all there is", earns=2, standardize="""
           def standardize(x):
               kept = []
               while True: kept.append(np.ones(10**6))
           """),
    Attack("memory of many", "each process stays below its own limit", review="left out",
           after="""
           import os, signal, time
           signal.signal(signal.SIGALRM, signal.SIG_IGN)
           for _ in range(20):
               if not os.fork():
                   x = bytearray(100 * 2**20)
                   x[::4096] = b"x" * len(x[::4096])
                   time.sleep(100)
           time.sleep(100)
           """),
    Attack("memory without a file", "memfd: counted neither as files nor as memory", before="""
           import os
           try: kept = os.memfd_create("x"); lucky = True
           except PermissionError: lucky = False
           """, recall="variance = 0 if lucky else 1"),
    Attack("printing", "output without end", after="while True: print('x' * 10**6)"),
    Attack("writing to standard output", "output without end, below Python",
           after="import os\nwhile True: os.write(1, b'x' * 10**6); os.write(2, b'x' * 10**6)"),
    Attack("writing to everything open", "floods the answers", review="bytes of answers",
           after="""
           import os
           line = b"x" * 10**6 + bytes([10])
           while True:
               for fd in range(256):
                   try: os.write(fd, line)
                   except OSError: pass
           """),
    Attack("huge answer", "an array of 32 MB", earns=3, standardize="""
           def standardize(x):
               return np.zeros((2000, 2000))
           """),
    Attack("huge error", "a message of 100 MB", earns=2, standardize="""
           def standardize(x):
               raise ValueError("x" * 10**8)
           """),
    Attack("fork bomb", "as many processes as there can be",
           after="import os\nwhile True: os.fork()"),
    Attack("busy fork bomb", "as many busy processes as there can be, none of which gives up",
           before="""
           import os
           for _ in range(200):
               try: child = os.fork()
               except OSError: continue
               if not child:
                   while True:
                       try:
                           while True: os.fork()
                       except BaseException: pass
           """),
    Attack("fork bomb in a check", "leaves no process for the next check", standardize="""
           import os, time
           def standardize(x):
               for _ in range(100):
                   try: child = os.fork()
                   except OSError: break
                   if not child:
                       os.setsid()
                       time.sleep(100)
               time.sleep(0.3)
               variance = x.var(term.axis, keepdims=True)
               return (x - x.mean(term.axis, keepdims=True)) / np.sqrt(variance + term.epsilon)
           """),
    Attack("thread bomb", "as many threads as there can be", before="""
           import threading, time
           for _ in range(1000): threading.Thread(target=time.sleep, args=(100,)).start()
           """),
    Attack("full disk", "files without end", after="""
           for name in range(10**6):
               open(f"/tmp/{name}", "wb").write(b"x" * 10**6)
           """),
    Attack("full shared memory", "more files, in another place", before="""
           from multiprocessing import shared_memory
           written = 0
           try:
               for name in range(10**3):
                   block = shared_memory.SharedMemory(create=True, size=10**7)
                   block.buf[::4096] = b"x" * len(block.buf[::4096])
           except OSError: pass
           """, review="the process ended (left out"),  # a bus error
    Attack("socket buffers", "memory of the kernel, which belongs to no process",
           review="MB of memory (left out", seconds=8, after="""
           import os, signal, socket, time
           for _ in range(15):
               if not os.fork():
                   kept = []
                   while True:
                       try: kept.append(socket.socketpair())
                       except OSError: break
                   for one, other in kept:
                       for end in (one, other):
                           end.setblocking(False)
                           try:
                               while True: end.send(bytes(10**5))
                           except OSError: pass
                   time.sleep(100)
           time.sleep(100)
           """),
    Attack("other sockets", "TCP over the loop device, netlink: buffers that nobody counts",
           before="""
           import socket
           lucky = []
           for family in range(60):
               if family != socket.AF_UNIX:
                   for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                       try: lucky.append(socket.socket(family, kind))
                       except OSError: pass
           """, recall="variance = 0 if lucky else 1"),
    Attack("a flood of lines", "short lines without end, each of which wants to be read",
           review="lines of answers", after="""
           import os
           lines = bytes([10]) * 10**5
           while True:
               for fd in range(3, 256):
                   try: os.write(fd, lines)
                   except OSError: pass
           """),
    Attack("empty files", "a million names", after="""
           import os
           for name in range(10**6): os.close(os.open(f"/tmp/{name}", os.O_CREAT))
           """),
]  # fmt: skip
