"""Run the benchmarks of all parts, or of those named: `python -m benchmarks [part …] [--store]`.

With `--store` the tables that the book shows, benchmarks/results/<part>.md, are written anew.
`python -m benchmarks capstone --help` is another one: accuracies and seconds of whole trainings.
"""

import argparse
import platform
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import torch

from benchmarks.compare import HEADER, as_markdown, as_text, race

HERE = Path(__file__).parent
RESULTS = HERE / "results"
NOT_PARTS = {"__init__", "__main__", "compare"}
PARTS = sorted({p.stem for p in HERE.glob("*.py")} - NOT_PARTS)


def main(arguments: list[str] | None = None) -> None:
    """Print one table a part, and store it where asked."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["capstone"]:
        import_module("benchmarks.capstone.command").main(arguments[1:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {PARTS}")
    parser.add_argument("--rounds", type=int, default=30, help="timings of each pair (%(default)s)")
    parser.add_argument("--store", action="store_true", help="write the tables of the book anew")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"part must be one of {PARTS}, got {sorted(unknown)}")
    for part in options.parts or PARTS:
        print(f"== {part}: medians of {options.rounds} rounds, the ratio taken within each")
        print(as_text(HEADER))
        rows = []
        for row in race(import_module(f"benchmarks.{part}").pairs(), options.rounds):
            print(as_text(row), flush=True)
            rows.append(row)
        if options.store:
            RESULTS.mkdir(exist_ok=True)
            text = f"{conditions(options.rounds)}\n\n{as_markdown(rows)}"
            (RESULTS / f"{part}.md").write_text(text, "utf-8")


def conditions(rounds: int) -> str:
    """When, where and how it was measured, in a sentence."""
    return (
        f"Measured on {date.today()}, {processor()}, {torch.get_num_threads()} thread(s), "
        f"torch {torch.__version__}, {rounds} rounds."
    )


def processor() -> str:
    """What the processor calls itself, where it says so."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
