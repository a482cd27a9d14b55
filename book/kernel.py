"""One run of a notebook in a fresh kernel, and the CPU seconds of every cell."""

import copy
import os
import re
import tempfile
from pathlib import Path

import nbformat
import psutil
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from book import pace
from book.fingerprint import code_cells, threads

CELL_TIMEOUT_S = 120  # wall clock; the budgets in CPU seconds stand in book/guards.py
COLOR = re.compile(r"\x1b\[[\d;]*m")


class ExecutionFailedError(Exception):
    """A notebook did not run through.

    `cell` counts code cells from 1, as Jupyter shows them; `partial` is the notebook as far as
    it came.
    """

    def __init__(self, notebook: str, cell: int, error: str, traceback: str, partial: NotebookNode):
        source = code_cells(partial)[cell - 1].source.strip()
        head = "\n".join("    " + line for line in source.splitlines()[:3])
        super().__init__(f"{notebook}, cell [{cell}]: {error}\n{head}")
        self.notebook, self.cell, self.error = notebook, cell, error
        self.traceback, self.partial = traceback, partial


def run(notebook: NotebookNode, path: Path, root: Path) -> NotebookNode:
    """A copy of `notebook` with new outputs; its metadata.deeptricks has the CPU seconds.

    `slowdown` stands beside them: how many times as long things took here and now, from cell to
    cell, as on the machine that the budgets are meant for.
    """
    fresh = copy.deepcopy(notebook)
    for cell in code_cells(fresh):
        cell.outputs, cell.execution_count = [], None
    meter = Meter()
    meter.client = NotebookClient(
        fresh,
        timeout=CELL_TIMEOUT_S,
        force_raise_errors=True,
        skip_cells_with_tag="",
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
        on_cell_execute=meter.start,
        on_cell_executed=meter.stop,
    )
    with tempfile.TemporaryDirectory() as scratch:
        meter.client.km = kernel_manager(scratch)
        environment = _environment(root, scratch)
        try:
            meter.client.execute(cleanup_kc=True, cwd=str(path.parent), env=environment)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            name = path.relative_to(root).as_posix()
            raise _failure(error, name, meter.current, fresh) from error
    fresh.metadata.deeptricks = nbformat.from_dict(meter.record(fresh))
    return fresh


def kernel_manager(scratch: str) -> AsyncKernelManager:
    """Talks to its kernel through files in `scratch`: two kernels never race for a port."""
    return AsyncKernelManager(
        kernel_spec_manager=ThisPython(),
        transport="ipc" if os.name == "posix" else "tcp",
        connection_file=os.path.join(scratch, "kernel.json"),
    )


class ThisPython(KernelSpecManager):
    """Notebooks run on the Python that runs us, whatever kernels are installed beside it."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class Meter:
    """Reads the kernel's CPU time before and after each cell, from outside the kernel.

    And the machine's pace between the cells: a neighbor may come and go while a chapter runs.
    """

    client: NotebookClient
    current = 0

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self.paces = [pace.work()]
        self.slow: dict[int, float] = {}

    def start(self, cell: NotebookNode, cell_index: int) -> None:
        self.current = cell_index
        self.seconds[cell_index] = -self.read()

    def stop(self, cell_index: int, **_) -> None:
        self.seconds[cell_index] += self.read()
        self.paces.append(pace.work(times=3))
        self.slow[cell_index] = pace.slowdown(*self.paces[-2:])

    def read(self) -> float:
        """CPU seconds of the kernel so far, with its living and its finished child processes."""
        kernel, total = psutil.Process(self.client.km.provisioner.pid), 0.0
        for process in (kernel, *kernel.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def record(self, notebook: NotebookNode) -> dict:
        indices = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        cells = [round(self.seconds.get(i, 0.0), 2) for i in indices]
        unhindered = sum(seconds / self.slow[i] for i, seconds in self.seconds.items())
        return {
            "cpu_seconds": round(sum(cells), 2),
            "cells": cells,
            "threads": threads(),
            "slowdown": round(sum(self.seconds.values()) / unhindered, 2) if unhindered else 1.0,
        }


def _environment(root: Path, scratch: str) -> dict[str, str]:
    """The caller's environment without what would change the outputs."""
    paths = [str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return kept | {
        "DEEPTRICKS_PAGE": "1",
        "OMP_NUM_THREADS": threads(),
        "OMP_WAIT_POLICY": "PASSIVE",  # two notebooks at once: who waits must not hold a core
        "PYTHONPATH": os.pathsep.join(paths),  # the source that the fingerprint hashed
        "IPYTHONDIR": scratch,  # no start-up files of the user
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _failure(
    error: Exception, name: str, index: int, partial: NotebookNode
) -> ExecutionFailedError:
    number = sum(cell.cell_type == "code" for cell in partial.cells[: index + 1])
    what, traceback = "the kernel died", ""
    if isinstance(error, CellTimeoutError):
        what = f"took longer than {CELL_TIMEOUT_S} s"
    elif isinstance(error, CellExecutionError):
        what = f"{error.ename}: {error.evalue}"
        raised = [o for o in partial.cells[index].outputs if o.output_type == "error"]
        traceback = COLOR.sub("", "\n".join(raised[-1].traceback)) if raised else ""
    return ExecutionFailedError(name, number, what, traceback, partial)
