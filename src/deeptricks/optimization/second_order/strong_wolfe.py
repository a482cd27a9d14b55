"""A line search: how far to go along a direction, by the strong Wolfe conditions."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Trial(NamedTuple):
    """What is known of one step along the direction; the slope is a tensor without dimensions."""

    step: Any
    loss: Any
    slope: Any  # derivative of the loss with respect to the step: gradient · direction
    gradient: Any = None


class WolfeConditions(NamedTuple):
    """Far enough down for the step taken, and on ground flat enough to stop on.

    References
    ----------
    Nocedal and Wright, Numerical Optimization, 2nd edition, equation 3.7.
    """

    start: Trial
    sufficient_decrease: float = 1e-4  # c₁
    curvature: float = 0.9  # c₂

    def too_high(self, trial: Trial) -> Any:
        """Whether the loss lies above a line from the start with the fraction c₁ of its slope."""
        line = self.start.loss + self.sufficient_decrease * trial.step * self.start.slope
        return trial.loss > line

    def flat(self, trial: Trial) -> Any:
        """Whether the slope, up or down, is at most the fraction c₂ of the slope at the start."""
        return abs(trial.slope) <= -self.curvature * self.start.slope


def strong_wolfe(
    evaluate: Callable[[Any], Trial],
    start: Trial,
    step: Any,
    *,
    size: Any = 1.0,
    tolerance_change: float = 1e-9,
    max_trials: int = 25,
) -> tuple[Trial, int]:
    """Find a step that meets both conditions, by cubics: (its Trial, evaluations made).

    `evaluate(step)` returns a Trial; `start` is the one of step 0, its slope must be negative;
    `step` is tried first. Two ways to fail: the bracket becomes shorter than tolerance_change /
    size (`size` is the largest entry of the direction), or `max_trials` evaluations after the first
    are spent. Then the lower end of the bracket is returned, which may be the start.

    Follows the framework's search number by number, with NaN too: a loss of NaN is higher than
    nothing.

    References
    ----------
    Nocedal and Wright, section 3.5.
    """
    wolfe = WolfeConditions(start)
    ends, trials = bracket(evaluate, wolfe, step, max_trials)
    if len(ends) == 1:
        return ends[0], trials + 1

    def too_short(ends):
        return abs(ends[1].step - ends[0].step) * size < tolerance_change

    found, trials = zoom(evaluate, wolfe, ends, trials, max_trials, too_short)
    return found, trials + 1


def bracket(
    evaluate: Callable[[Any], Trial], wolfe: WolfeConditions, step: Any, max_trials: int
) -> tuple[list[Trial], int]:
    """Longer and longer steps, until an acceptable one lies between the last two.

    Returns these two Trials, or a single one that is acceptable itself, and how many trials
    followed the first.

    References
    ----------
    Nocedal and Wright, algorithm 3.5.
    """
    before, trial = wolfe.start, evaluate(step)
    for trials in range(max_trials):
        # The book compares with the trial before from the second on, the framework from the third.
        if wolfe.too_high(trial) or (trials > 1 and trial.loss >= before.loss):
            return [before, trial], trials
        if wolfe.flat(trial):
            return [trial], trials
        if trial.slope >= 0:
            return [before, trial], trials
        nearest = trial.step + 0.01 * (trial.step - before.step)
        step = cubic_minimum(before, trial, bounds=(nearest, trial.step * 10))
        before, trial = trial, evaluate(step)
    return [wolfe.start, trial], max(max_trials, 0)


def zoom(
    evaluate: Callable[[Any], Trial],
    wolfe: WolfeConditions,
    ends: list[Trial],
    trials: int,
    max_trials: int,
    too_short: Callable[[list[Trial]], Any],
) -> tuple[Trial, int]:
    """Shorter and shorter brackets around an acceptable step: (that Trial, trials so far).

    From the lower end the loss falls into the bracket, so there is a minimum inside.

    References
    ----------
    Nocedal and Wright, algorithm 3.6.
    """
    low, high = lower_first(ends)
    near_end = False
    while trials < max_trials and not too_short(ends):
        step, near_end = keep_away_from_ends(cubic_minimum(ends[0], ends[1]), ends, near_end)
        trial, trials = evaluate(step), trials + 1
        if wolfe.too_high(trial) or trial.loss >= ends[low].loss:
            ends[high] = trial
            # The book never makes this trial the lower end. The framework does if it is lower.
            low, high = lower_first(ends)
            continue
        if wolfe.flat(trial):
            return trial, trials
        if trial.slope * (ends[high].step - ends[low].step) >= 0:
            ends[high] = ends[low]
        ends[low] = trial
    return ends[low], trials


def lower_first(ends: list[Trial]) -> tuple[int, int]:
    """Return the places of the lower and the higher end; of equal losses the first is lower."""
    return (0, 1) if ends[0].loss <= ends[1].loss else (1, 0)


def keep_away_from_ends(step: Any, ends: list[Trial], near_end: bool) -> tuple[Any, bool]:
    """Return (a step inside the bracket, whether it lies within a tenth of it from an end).

    One step near an end may pass; a second in a row, or one at the end itself, is moved inwards,
    for a bracket that shrinks by slivers never ends.
    """
    left, right = min(end.step for end in ends), max(end.step for end in ends)
    margin = 0.1 * (right - left)
    if not min(right - step, step - left) < margin:
        return step, False
    if not (near_end or step >= right or step <= left):
        return step, True
    return (right - margin if abs(step - right) < abs(step - left) else left + margin), False


def cubic_minimum(one: Trial, other: Trial, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic with the losses and slopes of two Trials has its minimum, within bounds.

    The bounds are the two steps, unless given. A cubic without a minimum: the middle of them.

    References
    ----------
    Nocedal and Wright, equation 3.59.
    """
    left, right = (one, other) if one.step <= other.step else (other, one)
    low, high = bounds or (left.step, right.step)
    d1 = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.step - right.step)
    square = d1 * d1 - left.slope * right.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square**0.5
    part = (right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2)
    return min(max(right.step - (right.step - left.step) * part, low), high)
