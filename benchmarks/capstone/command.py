"""Train, and write the report card: `python -m benchmarks capstone [--only record …] [--store]`.

MNIST and Fashion-MNIST come from the folder DEEPTRICKS_DATA, or are downloaded. Records that are
not named keep what the card says of them.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

import torch

from benchmarks.capstone import card
from benchmarks.capstone.cost import costs
from benchmarks.capstone.records import RECORDS, Record, drawn
from benchmarks.capstone.run import Result, half, run
from deeptricks.lab import data

COST = "cost"  # what our own parts cost beside the framework's, the last section of the card
RESULTS = Path(__file__).parents[1] / "results"


def main(arguments: list[str] | None = None) -> None:
    """Print each run; store the card where asked, record by record, each once it is complete."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks capstone", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=[*RECORDS, COST], default=[*RECORDS, COST], metavar="record",
        help=f"of {', '.join([*RECORDS, COST])}",
    )  # fmt: skip
    parser.add_argument("--store", action="store_true", help="write the card anew")
    parser.add_argument(
        "--validate", action="store_true",
        help="what settings are chosen by: other draws, asked about training images that were "
        "held out; the test set is not looked at",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if options.validate and options.store:
        parser.error("--store must not come with --validate: the card is about the test set")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    for name in [name for name in RECORDS if name in options.only]:
        record, results = RECORDS[name], []
        print(f"== {record.title}")
        for result in runs(record, device, options.validate):
            print(card.line(result), flush=True)
            results.append(result)
        if options.store:
            measured = {
                **conditions(device),
                "recipe": asdict(record.recipe),
                "runs": [asdict(result) for result in results],
            }
            card.store(RESULTS, name, measured)
    if COST in options.only:
        recipe = RECORDS["thousand"].recipe
        measured = {**conditions(device), "recipe": asdict(recipe), "steps": costs(recipe, device)}
        print("\n".join(card.cost_table(measured["steps"], measured["clock"])))
        if options.store:
            card.store(RESULTS, COST, measured)


def runs(record: Record, device: torch.device, validate: bool = False) -> Iterator[Result]:
    """One after the other, each with a draw of its own."""
    dataset = getattr(data, record.data)()
    for seed in record.seeds():
        splits = drawn(record, dataset, seed, validate)
        yield run(record.recipe, splits.train, splits.test, seed, device)


def conditions(device: torch.device) -> dict:
    """When and on what it was measured."""
    from benchmarks.__main__ import processor

    gpu = device.type == "cuda"
    return {
        "date": str(date.today()),
        "machine": torch.cuda.get_device_name() if gpu else processor(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "products": "bfloat16" if half(device) else "float32",
        "clock": "seconds" if gpu else "CPU-seconds",
    }
