"""A pytest plug-in: nbval compares the chapters with a replay of their one execution.

nbval collects the notebooks and compares cell by cell, as always. Instead of starting a kernel it
is handed the outputs of `book.execution.executed`, cut down to what is committed. Whatever nbval
collects as `IPyNbFile` becomes a `ChapterFile` here; nothing in nbval itself is altered.
"""

import copy
from collections import defaultdict
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from book import guards
from book.execution import executed
from book.fingerprint import code_cells
from book.kernel import ExecutionFailedError
from book.refresh import slim_outputs


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector):
    found = yield
    return [
        ChapterFile.from_parent(parent, path=file_path) if isinstance(one, IPyNbFile) else one
        for one in found
    ]


class Replay:
    """Stands in for nbval's kernel: "running" a cell returns what its execution put out."""

    def __init__(self) -> None:
        self.messages: list[dict] = []

    def load(self, outputs: list) -> None:
        idle = {"msg_type": "status", "content": {"execution_state": "idle"}}
        played = [{"msg_type": o.output_type, "content": copy.deepcopy(o)} for o in outputs]
        self.messages = [*played, idle]

    def execute_cell_input(self, source: str, allow_stdin: bool | None = None) -> str:
        return "replay"

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        return {**self.messages.pop(0), "parent_header": {"msg_id": "replay"}}

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        pass

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None:
        pass


class ChapterFile(IPyNbFile):
    """A notebook: its cells, compared by nbval, then the guards."""

    failure: ExecutionFailedError | None = None

    def collect(self):
        for cell in super().collect():
            yield ChapterCell.from_parent(
                self,
                name=f"Cell {cell.cell_num + 1}",
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=defaultdict(bool, check=True),  # no marker and no tag switches it off
            )
        for guard in guards.COMMITTED + guards.EXECUTED:
            yield ChapterGuard.from_parent(self, name=guard.__name__, guard=guard)

    def setup(self) -> None:
        self.kernel = Replay()
        try:
            self.execution = executed(self.path, self.config.rootpath)
        except ExecutionFailedError as failure:
            self.failure, self.execution = failure, failure.partial
        self.setup_sanitize_files()


class ChapterCell(IPyNbCell):
    def runtest(self) -> None:
        failure, number = self.parent.failure, self.cell_num + 1
        if failure and number > failure.cell:
            pytest.skip(f"not run: cell [{failure.cell}] failed")
        if failure and number == failure.cell:
            self.raise_cell_error(failure.error, failure.traceback)
        if self.cell.execution_count is None:
            self.raise_cell_error("no stored execution, so that nothing is compared: make refresh")
        outputs = code_cells(self.parent.execution)[self.cell_num].outputs
        self.refuse(outputs)
        self.parent.kernel.load(slim_outputs(code_cells(self.parent.execution)[self.cell_num]))
        super().runtest()

    def refuse(self, outputs: list) -> None:
        """Fails on what may not stand in any execution, whatever the notebook has stored."""
        for output in outputs:
            claim = output.get("data", {}).get(guards.CLAIM)
            if claim is not None and claim["held"] is not True:
                self.raise_cell_error(guards.failed_claim(claim))
            if output.get("name") == "stderr":
                self.raise_cell_error(f"wrote to standard error:\n{output.text.strip()}")

    def format_output_compare(self, key: str, left: object, right: object) -> None:
        self.comparison_traceback += [
            f"{key} differs",
            f"expected (stored in the notebook):\n{_indented(left)}",
            f"got (this execution):\n{_indented(right)}",
        ]

    def repr_failure(self, excinfo) -> str:
        error = excinfo.value
        if not isinstance(error, NbCellError):
            return super().repr_failure(excinfo)
        return "\n".join(
            [
                f"{_name(self)}, cell [{self.cell_num + 1}]: {error}",
                *([error.inner_traceback] if error.inner_traceback else []),
                f"the cell:\n{_indented(error.source)}",
            ]
        )

    def reportinfo(self):
        return self.path, 0, f"{_name(self)}::{self.name}"


class ChapterGuard(pytest.Item):
    def __init__(self, guard, **kwargs):
        super().__init__(**kwargs)
        self.guard = guard

    def runtest(self) -> None:
        failure = self.parent.failure
        if failure and self.guard in guards.EXECUTED:
            pytest.skip(f"not run: cell [{failure.cell}] failed")
        notebook = self.parent.nb if self.guard in guards.COMMITTED else self.parent.execution
        if faults := list(self.guard(notebook)):
            pytest.fail("\n".join(f"{_name(self)}, {fault}" for fault in faults), pytrace=False)

    def reportinfo(self):
        return self.path, 0, f"{_name(self)}::{self.name}"


def _name(item: pytest.Item) -> str:
    return item.path.relative_to(item.config.rootpath).as_posix()


def _indented(text: object) -> str:
    return "\n".join(f"    {line}" for line in str(text).splitlines())
