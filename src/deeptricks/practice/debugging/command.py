"""``python -m deeptricks.practice my_training.py``: a checkup of a file of one's own.

How a file becomes a set-up, the first of these that applies:

1. It defines ``setup`` (or what ``--name`` says), a dictionary with the keys of a set-up or a
   function without arguments that returns one. The file is run under another name than
   ``__main__``, so that nothing behind ``if __name__ == "__main__":`` happens.
2. It trains. It is run as if it had been called, up to its first training step, which is not
   taken; the loop in which it stands is read (`loop_source`).
3. It trains in no loop that can be read, or not at all, but calls things by the usual names
   (`named_setup`).

What a program does before its first step (reading data, writing a file, logging in) it does here
too. ``except BaseException`` around the training, and steps taken in another process, are missed.
"""

import argparse
import contextlib
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from deeptricks.practice.debugging.assert_healthy import UnknownCodeError, known_codes
from deeptricks.practice.debugging.finding import SEVERITIES
from deeptricks.practice.debugging.interception import Caught, until_first_step
from deeptricks.practice.debugging.loop_setup import setup_of_loop
from deeptricks.practice.debugging.loop_source import UnreadableError
from deeptricks.practice.debugging.named_setup import (
    IncompleteSetupError,
    setup_of,
    setup_of_names,
)
from deeptricks.practice.debugging.program import (
    Program,
    UnusableFileError,
    as_module,
    read_program,
)

HEALTHY, ILL, UNCHECKED = 0, 1, 2
Setup = tuple[dict[str, Any], list[str]]


def main(arguments: Sequence[str] | None = None, check: Callable[..., Any] | None = None) -> int:
    """Run the command; returns 0 (healthy), 1 (ill) or 2 (it could not be checked).

    Parameters
    ----------
    arguments
        As on the command line; None: of the command line.
    check
        Called as `checkup` is; None: `checkup`.
    """
    asked = _parser().parse_args(arguments)
    try:
        asked.allow = known_codes(asked.allow)
        program = read_program(asked.file)
        explicit = asked.name or ("setup" if program.defines("setup") else None)
        name = "__checkup__" if explicit else "__main__"
        with as_module(program, name, asked.arguments) as module:
            setup, said = _setup(program, module, explicit)
            _tell(program, said, asked.quiet)
            report = _report(check, setup, asked)
    except (
        UnusableFileError,
        IncompleteSetupError,
        UnreadableError,
        OSError,
        UnknownCodeError,
    ) as error:
        print(f"cannot be checked: {error}", file=sys.stderr)
        return UNCHECKED
    return _deliver(report, asked)


def _setup(program: Program, module: ModuleType, explicit: str | None) -> Setup:
    """Run the program as far as is needed, and make a set-up of what it holds then."""
    caught = until_first_step(lambda: _run(program, module))
    names = vars(module)
    if explicit is not None:
        if explicit not in names:
            why = "its training starts before that line" if caught else "no such name"
            raise IncompleteSetupError(f"{program.path.name} gives no {explicit}: {why}")
        return setup_of(names[explicit], explicit), [f"set-up: {explicit}"]
    if caught is None:
        return setup_of_names(names)
    return _of_training(caught, names)


def _of_training(caught: Caught, names: dict[str, Any]) -> Setup:
    """Read the loop, or else fall back on the names; both reasons where neither works."""
    try:
        return setup_of_loop(caught)
    except UnreadableError as unreadable:
        frames = [frame for frame, _ in caught.frames[::-1]]
        visible = {**names, **{k: v for f in frames for k, v in f.f_locals.items()}}
        try:
            setup, said = setup_of_names(visible)
        except IncompleteSetupError as incomplete:
            advice = "define `setup`, a dict of model, batches, loss, optimizer"
            raise UnreadableError(f"{unreadable}; {incomplete}; {advice}") from None
        setup.setdefault("optimizer", caught.optimizer)
        return setup, [*said, f"the loop itself is not checked ({unreadable})"]


def _run(program: Program, module: ModuleType) -> None:
    """Run a program; what it raises is reported in one line that says where."""
    try:
        program.run(module)
    except SystemExit as error:
        if error.code not in (None, 0):
            hint = "; its own arguments go behind --" if error.code == 2 else ""
            said = f"{program.path.name} ended itself ({error.code}){hint}"
            raise UnusableFileError(said) from None
    except Exception as error:
        place, trace = "", error.__traceback__
        labels = {label for label, _ in program.parts}
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in labels:
                label = Path(trace.tb_frame.f_code.co_filename).name
                place = f"{label}, line {trace.tb_lineno}: "
            trace = trace.tb_next
        words = " ".join(str(error).split())[:200]
        raise UnusableFileError(f"{place}{type(error).__name__}: {words}") from error


def _report(check: Callable[..., Any] | None, setup: dict[str, Any], asked: Any) -> Any:
    """Run the checkup; what the author's step prints is kept quiet."""
    if check is None:
        from deeptricks.practice.debugging.checkup import checkup

        check = checkup
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return check(**setup, seconds=asked.seconds)


def _tell(program: Program, said: list[str], quiet: bool) -> None:
    if not quiet:
        print(f"How {program.path.name} was read")
        lines = [*said, *(f"not run, {line}" for line in program.skipped)]
        print("\n".join(f" - {line}" for line in lines), end="\n\n", flush=True)


def _deliver(report: Any, asked: Any) -> int:
    """Print the report, write the files that were asked for, return the exit code."""
    print(report)
    if asked.html:
        asked.html.write_text(report.to_html(f"Checkup of {asked.file.name}"), "utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(report.to_dict(), indent=1, allow_nan=False), "utf-8")
    if not report.examined:
        return UNCHECKED
    return ILL if report.at_least(asked.fail_on, asked.allow) else HEALTHY


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deeptricks.practice",
        description="Find out what is wrong with a training. Its first step is not taken.",
        epilog="Exit codes: 0 healthy, 1 ill, 2 could not be checked.",
    )
    parser.add_argument("file", type=Path, help="a script (.py) or a notebook (.ipynb)")
    parser.add_argument("arguments", nargs="*", help="for the script itself, behind --")
    parser.add_argument("--seconds", type=float, default=10.0, help="time for it (default 10)")
    parser.add_argument("--name", help="of the set-up in the file (default: setup, if defined)")
    parser.add_argument("--html", type=Path, help="write the report there as a page with figures")
    parser.add_argument("--json", type=Path, help="write the report there as JSON")
    parser.add_argument("--fail-on", choices=SEVERITIES, default="minor", metavar="SEVERITY",
                        help="exit with 1 from here on: fatal, major, minor (default)")  # fmt: skip
    parser.add_argument("--allow", action="append", default=[], metavar="CODE",
                        help="a code that does not count (may be given several times)")  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="do not say how the file was read")
    return parser
