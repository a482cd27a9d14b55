"""Run the benchmarks of all parts, or of those named: `python -m benchmarks [part …]`."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.compare import table

NOT_PARTS = {"__init__", "__main__", "compare"}
PARTS = sorted({p.stem for p in Path(__file__).parent.glob("*.py")} - NOT_PARTS)


def main() -> None:
    """Print one table a part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {PARTS}")
    parser.add_argument("--rounds", type=int, default=30, help="timings of each pair (%(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"part must be one of {PARTS}, got {sorted(unknown)}")
    for part in arguments.parts or PARTS:
        print(f"== {part}: medians of {arguments.rounds} rounds, the ratio taken within each")
        for line in table(import_module(f"benchmarks.{part}").pairs(), arguments.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
