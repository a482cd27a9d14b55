"""The clinic from the command line.

python -m tests.practice.clinic [--half seen] [--only model.] [--tool checkup] [--json out]
"""

import argparse
import json
import os
from functools import partial
from pathlib import Path

from .cases import HALVES, cases
from .judge import as_dict, judge_in_processes, line, subset, table
from .tools import TOOLS, load


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.practice.clinic")
    parser.add_argument("--half", choices=HALVES, default="seen")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--tool", choices=TOOLS, default="checkup")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, choices=(1, 2), default=2)
    parser.add_argument("--json", help="write the verdicts to this file")
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    names = [c.name for c in subset(cases(asked.half, asked.only), asked.every)]
    verdicts = []
    tool = partial(load, asked.tool)
    for verdict in judge_in_processes(tool, names, asked.half, asked.seed, asked.processes):
        verdicts.append(verdict)
        print(line(verdict), flush=True)
    print()
    for name, (count, of) in table(verdicts).items():
        print(
            f"{name:24} {count:>7} of {of}" if isinstance(count, int) else f"{name:24} {count:>7}"
        )
    if asked.json:
        Path(asked.json).write_text(json.dumps([as_dict(v) for v in verdicts], indent=1), "utf-8")


if __name__ == "__main__":
    main()
