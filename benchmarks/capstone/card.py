"""The report card: what was aimed at, what came out, how, and what others report."""

import json
import os
from pathlib import Path
from statistics import mean, stdev

from benchmarks.capstone.records import RECORDS, Record
from benchmarks.capstone.run import Result

PREAMBLE = """\
Networks of the part *architectures*, trained with deeptricks' own initialization, batch norm,
activation, loss, optimizer, schedule, average of weights, augmentation and test-time average; the
framework does convolutions, pooling and gradients. Accuracies are those of the publisher's whole
test set (10 000 images), which each run was asked about once, at its end. Seeds are 0, 1, 2, … and
none was left out. A seed draws the labeled images (where not all are used), the first weights, the
order and the distortions. Seconds of a training are those of this process, over all of its threads,
with everything between the images in memory and the trained network; evaluation is counted apart.
The machine was shared with other work throughout: CPU-seconds leave out the waiting, not what
shared caches and memory cost, so that the same training differs by a tenth or so.
`python -m benchmarks capstone --store` measures all of it anew.
"""


def store(folder: Path, name: str, measured: dict) -> None:
    """Put a complete record beside the others, and write the card of all of them.

    Each file appears whole or not at all.
    """
    beside = folder / "capstone"
    beside.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measured, indent=1, ensure_ascii=False)
    replace(beside / f"{name}.json", f"{text}\n")
    replace(folder / "capstone.md", written(beside))


def replace(path: Path, text: str) -> None:
    """Write a file beside it, then give it the name."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    os.replace(part, path)


def written(folder: Path) -> str:
    """The card of the records in `folder`."""
    parts = [PREAMBLE]
    for name, record in RECORDS.items():
        path = folder / f"{name}.json"
        measured = json.loads(path.read_text("utf-8")) if path.exists() else None
        parts.append(section(record, measured))
    if (folder / "cost.json").exists():
        parts.append(cost(json.loads((folder / "cost.json").read_text("utf-8"))))
    return "\n".join(parts)


def cost(measured: dict) -> str:
    """The section on what our own parts cost."""
    how = measured["recipe"]
    text = (
        f"One training step of the recipe for 1 000 labels, {how['batch_size']} images, medians of "
        "rounds in which every row takes its turn. Each row replaces parts of the first."
    )
    lines = ["### What our own parts cost", "", text, ""]
    lines += [*cost_table(measured["steps"], measured["clock"]), "", conditions(measured), ""]
    return "\n".join(lines)


def cost_table(steps: dict[str, float], clock: str) -> list[str]:
    """A row for each variant: thousandths of a second, and the quotient with the first."""
    ours = next(iter(steps.values()))
    rows = [[name, f"{1000 * each:.1f}", f"{each / ours:.2f}"] for name, each in steps.items()]
    titles = ["parts", f"a step, milli-{clock}", "relative"]
    return [f"| {' | '.join(row)} |" for row in [titles, ["---", "---:", "---:"], *rows]]


def section(record: Record, measured: dict | None) -> str:
    """One record: goal and verdict, every run, the recipe, what was published."""
    lines = [f"### {record.title}", "", goal(record)]
    if measured is None:
        lines += ["", "Not measured yet."]
    else:
        results = [Result(**each) for each in measured["runs"]]
        clock = measured["clock"]
        lines[-1] += f" **{verdict(record, results)}**"
        lines += ["", *table(record, results, clock), "", conditions(measured)]
        lines += ["", f"Recipe: {recipe(measured['recipe'])}."]
    lines += ["", record.chosen, "", "Published beside it:", ""]
    return "\n".join([*lines, *(f"- {each}" for each in record.published), ""])


def goal(record: Record) -> str:
    """What was aimed at, before anything was measured."""
    within = (
        "" if record.seconds is None else f", each trained within {record.seconds:g} CPU-seconds"
    )
    return (
        f"Goal, set beforehand: a mean of at least {percent(record.mean)} over {record.runs} "
        f"runs{within}."
    )


def verdict(record: Record, results: list[Result]) -> str:
    """Whether it was reached, plainly."""
    accuracy, longest = mean(r.accuracy for r in results), max(r.training for r in results)
    missed = []
    if len(results) != record.runs:
        missed.append(f"{len(results)} runs instead of {record.runs}")
    if accuracy < record.mean:
        missed.append(f"the mean is {percent(accuracy)}")
    if record.seconds is not None and longest > record.seconds:
        missed.append(f"the longest training took {longest:.0f} seconds")
    return f"Missed: {'; '.join(missed)}." if missed else f"Reached: {percent(accuracy)}."


def table(record: Record, results: list[Result], clock: str) -> list[str]:
    """A row for each run, then mean ± standard deviation, or the distribution."""
    titles = ["seed", "accuracy", f"training, {clock}", "evaluation"]
    rows = [
        [str(r.seed), percent(r.accuracy), f"{r.training:.1f}", f"{r.evaluation:.1f}"]
        for r in results
    ]  # fmt: skip
    of = {name: [getattr(r, name) for r in results] for name in Result.__dataclass_fields__}
    if len(results) > 1:
        rows.append([
            "mean ± sd", spread(of["accuracy"], 100, 2, " %"),
            spread(of["training"]), spread(of["evaluation"]),
        ])  # fmt: skip
    lines = [f"| {' | '.join(row)} |" for row in [titles, ["---:"] * len(titles), *rows]]
    if record.reach is not None:
        reached = sum(r.accuracy >= record.reach for r in results)
        low, high = min(of["training"]), max(of["training"])
        lines += ["", f"{reached} of {len(results)} runs reach {percent(record.reach)}; accuracies "
                  f"from {percent(min(of['accuracy']))} to {percent(max(of['accuracy']))}, "
                  f"{clock} from {low:.1f} to {high:.1f}."]  # fmt: skip
    return lines


def conditions(measured: dict) -> str:
    """When and on what, in a sentence."""
    return (
        f"Measured on {measured['date']}, {measured['machine']}, {measured['threads']} thread(s), "
        f"products in {measured['products']}, torch {measured['torch']}."
    )


def recipe(settings: dict) -> str:
    """All settings of the recipe, by their names in recipe.py."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def line(result: Result) -> str:
    """A run as it is printed."""
    return (
        f"seed {result.seed}: {percent(result.accuracy)}, "
        f"training {result.training:.1f} s, evaluation {result.evaluation:.1f} s"
    )


def percent(part: float) -> str:
    return f"{100 * part:.2f} %"


def spread(values: list[float], times: float = 1, digits: int = 1, unit: str = "") -> str:
    return f"{times * mean(values):.{digits}f} ± {times * stdev(values):.{digits}f}{unit}"
