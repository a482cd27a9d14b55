"""How far a training came: between the loss of a constant output (0) and the best loss (1)."""

import math

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.end_of_run import at_the_end
from deeptricks.practice.debugging.trials import Trial, run, score

HALT = 0.03  # progress over the second half of a run below which it stands still
WELL = 0.9  # progress from which on a training needs no other explanation


def bounds(case: Case) -> tuple[float, float]:
    """Return the loss of chance and the best loss; the start and the lowest seen where unknown."""
    start = case.numbers.get("start", math.nan)
    known = math.isfinite(case.chance) and case.chance > -1e4 * (1 + abs(start))
    chance = case.chance if known else start
    seen = [value for value in case.numbers.get("scores", []) if math.isfinite(value)]
    floor = case.floor
    if not math.isfinite(floor) or floor < chance - 1e4 * (1 + abs(chance)) or floor >= chance:
        floor = min([*seen, chance - 1e-6])
    return chance, floor


def progress(case: Case, loss: float) -> float:
    """Return 0 for chance, 1 for the best loss possible; below 0 for worse than chance."""
    chance, floor = bounds(case)
    if not math.isfinite(loss) or not math.isfinite(chance) or chance - floor <= 0:
        return -9.0
    return max(-9.0, (chance - loss) / (chance - floor))


def best_score(case: Case, trial: Trial) -> float:
    """Return the better of the scores in eval mode and in train mode at the end of a trial."""
    last = max(trial.scores, default=-1)
    values = [trial.scores.get(last, math.inf), trial.train_scores.get(last, math.inf)]
    finite = [value for value in values if math.isfinite(value)]
    return min(finite, default=math.inf)


def planned(case: Case, seconds: float) -> Trial:
    """Run the training as the author planned it, or as much as the time allows."""
    case.numbers["start"] = score(case)
    steps = case.setup.steps or max(100, 3 * len(case.data))
    first = case.numbers.get("first steps") or []
    each = sorted(step.seconds for step in first)[len(first) // 2] if first else 0.01
    # controls are compared after as many steps as three of them can afford
    short = max(10, min(steps, int(0.1 * case.clock.seconds / max(each, 1e-5))))
    marks = tuple({short, max(1, steps // 4), max(1, steps // 2), max(1, 3 * steps // 4)})
    trial = run(
        case,
        steps,
        checkpoints=marks,
        seconds=seconds,
        evaluate=True,
        measure=lambda: at_the_end(case),
    )
    done = len(trial.losses)
    case.numbers["short"] = min(short, done) if min(short, done) in trial.scores else done
    case.numbers["planned"] = trial
    case.numbers["scores"] = [*trial.scores.values(), *trial.train_scores.values()]
    return trial


def control(
    case: Case, name: str, steps: int | None = None, share: float = 0.15, **changes: object
) -> Trial:
    """Run a control over as many steps as the planned run is compared at; it is kept by name.

    Where `steps` is given, over so many; `share` is the part of the whole time it may take.
    """
    kept = case.numbers.setdefault("controls", {})
    if name not in kept:
        seconds = max(0.3, min(share * case.clock.seconds, case.clock.left))
        count = steps or case.numbers["short"]
        trial = run(case, count, seconds=seconds, **changes)  # type: ignore[arg-type]
        kept[name] = trial
        case.numbers["scores"].append(best_score(case, trial))
    return kept[name]


def at_short(case: Case) -> float:
    """Return the progress of the planned run where controls are compared with it."""
    trial: Trial = case.numbers["planned"]
    short = case.numbers["short"]
    value = trial.scores.get(short, math.inf)
    if short == max(trial.scores, default=-1):
        value = best_score(case, trial)
    return progress(case, value)


def reached(case: Case) -> float:
    """Return the best progress that the planned run came to, at any of its marks."""
    trial: Trial = case.numbers["planned"]
    return max([at_short(case), *[progress(case, value) for value in trial.scores.values()]])


def at_end(case: Case) -> float:
    """Return the progress at the end of the planned run."""
    return progress(case, best_score(case, case.numbers["planned"]))


def stalled(case: Case) -> bool:
    """Whether the planned run has come to a halt: next to no progress over its second half."""
    trial: Trial = case.numbers["planned"]
    done = max(trial.scores, default=0)
    early = [v for k, v in trial.scores.items() if 0 < k <= 0.6 * done]
    if not early:
        return at_end(case) < 0.02
    return at_end(case) - max(progress(case, value) for value in early) < HALT


def gained(case: Case, trial: Trial) -> float:
    """Return the progress of a control."""
    return progress(case, best_score(case, trial))
