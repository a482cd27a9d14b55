"""What the worker tells, line by line. A line may be anything: it is read with suspicion.

A forged line can change what its own submission answers, and nothing else.
"""

from .parsing import parsed
from .wire import PIECES, readable, unpacked

LONGEST_TEXT = 300


class Answers:
    """What has come out of one run of one room.

    Parameters
    ----------
    job
        What the worker was told: only its cells and checks can be answered.
    """

    def __init__(self, job: dict):
        self.cells: dict[int, str | None] = {}
        self.values: dict[tuple[str, str], object] = {}
        self.errors: dict[tuple[str, str], str] = {}
        self.ready = self.ended = False
        self._cells = [cell["index"] for cell in job["cells"]]
        self._checks = [tuple(check["id"]) for check in job["checks"]]

    @property
    def most_lines(self) -> int:
        """Ten times what a worker writes that is left alone, and some more."""
        return 100 + 20 * (len(self._cells) + 2 * len(self._checks))

    def add(self, line: bytes) -> None:
        """Take one line in; whatever cannot be read, or answers no question, is passed over."""
        try:
            event = parsed(line, PIECES)  # the worker refuses more: such a line is forged
        except (ValueError, RecursionError, MemoryError):
            return
        if type(event) is not dict:
            return
        kind = event.get("event")
        if kind == "ready":
            self.ready = True
        elif kind == "end":
            self.ended = True
        elif kind == "cell":
            self._add_cell(event.get("index"), event.get("error"))
        elif kind in ("check", "done"):
            self._add_check(event)

    def _add_cell(self, index, error):
        if type(index) is int and index in self._cells and index not in self.cells:
            self.cells[index] = _text(error) if error is not None else None

    def _add_check(self, event):
        name = event.get("check")
        if type(name) is not list or not all(type(part) is str for part in name):
            return
        key = tuple(name)
        if key not in self._checks or key in self.values or key in self.errors:
            return  # the first answer counts
        if event["event"] == "done":
            how = event.get("how")
            self.errors[key] = _text(how) if how is not None else "it ended without an answer"
        elif "error" in event:
            self.errors[key] = _text(event["error"])
        else:
            try:
                self.values[key] = unpacked(event.get("value"))
            except (ValueError, RecursionError, MemoryError, OverflowError):
                self.errors[key] = "its answer cannot be read"

    def step(self) -> tuple[str, object] | None:
        """What the worker is at, ("cell", index) or ("check", key); None when all is told."""
        for index in self._cells:
            if index not in self.cells:
                return "cell", index
        for key in self._checks:
            if key not in self.values and key not in self.errors:
                return "check", key
        return None


def _text(error):
    """An error in words, of bounded length."""
    if type(error) is not str:
        return "an error without words"
    return readable(error[:LONGEST_TEXT])
