"""How many configurations are trained how far: the rungs of halving, the brackets of Hyperband."""

from typing import NamedTuple

from deeptricks.practice.hyperparameter_search.checks import check_whole


class Rung(NamedTuple):
    """So many configurations are trained until each has had so many epochs."""

    configurations: int
    epochs: int


def halving_rungs(configurations: int, least: int, most: int, eta: int = 3) -> list[Rung]:
    """n, ⌊n/η⌋, ⌊n/η²⌋ … configurations, trained for r, ηr, η²r … epochs.

    Parameters
    ----------
    configurations
        n, how many begin.
    least, most
        Epochs r of the first rung and R of the last. Where R/r is no power of η the last rung is
        reached by a shorter stride. At least one configuration is trained to the end.
    eta
        η: one in so many goes on.

    Returns
    -------
    list of Rung

    Raises
    ------
    ValueError
        For sizes that are not whole, ``eta`` below 2, or ``least`` above ``most``.

    References
    ----------
    K. Jamieson and A. Talwalkar, Non-stochastic best arm identification and hyperparameter
    optimization, AISTATS 2016.
    """
    check_whole(1, configurations=configurations, least=least, most=most)
    check_whole(2, eta=eta)
    if least > most:
        raise ValueError(f"least must be at most most, got {least} and {most}")
    rungs, epochs = [], least
    while epochs < most:
        rungs.append(Rung(configurations, epochs))
        configurations, epochs = max(1, configurations // eta), epochs * eta
    return [*rungs, Rung(configurations, most)]


def cost(rungs: list[Rung]) -> int:
    """Return the epochs that rungs take: each pays only for what it adds to the one below."""
    total = done = 0
    for rung in rungs:
        total += rung.configurations * (rung.epochs - done)
        done = rung.epochs
    return total


def hyperband_brackets(most: int, eta: int = 3) -> list[list[Rung]]:
    """s_max + 1 brackets: n = ⌈(s_max + 1) ηˢ/(s + 1)⌉ configurations begin with R η⁻ˢ epochs.

    The first bracket (s = s_max) trusts the first epochs most, the last one (s = 0) is random
    search. Each costs about as much as the others.

    Parameters
    ----------
    most
        R, epochs of a full training; s_max = ⌊log_η R⌋. Where Rη⁻ˢ is no whole number it is
        rounded down, to at least 1.
    eta
        η, a whole number of at least 2.

    Returns
    -------
    list of list of Rung
        A bracket for each s, the largest first; in each, the rungs from below.

    References
    ----------
    L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, Hyperband: a novel bandit-based
    approach to hyperparameter optimization, JMLR 18, 2018, Algorithm 1.
    """
    check_whole(1, most=most)
    check_whole(2, eta=eta)
    s_max = 0
    while eta ** (s_max + 1) <= most:
        s_max += 1
    brackets = []
    for s in range(s_max, -1, -1):
        n = -(-(s_max + 1) * eta**s // (s + 1))  # rounded up
        rungs = [Rung(n // eta**i, most // eta ** (s - i)) for i in range(s + 1)]
        brackets.append(rungs)
    return brackets


def affordable(budget: int, least: int, most: int, eta: int = 3) -> list[Rung]:
    """Return the rungs with the most configurations to begin with that `budget` epochs pay for.

    Raises
    ------
    ValueError
        If the budget is less than one full training.
    """
    check_whole(1, budget=budget)
    if budget < cost(halving_rungs(1, least, most, eta)):
        raise ValueError(f"budget must be at least most = {most} epochs, got {budget}")
    low, high = 1, budget + 1  # low can be paid for, high cannot or costs more than an epoch each
    while high - low > 1:
        middle = (low + high) // 2
        fits = cost(halving_rungs(middle, least, most, eta)) <= budget
        low, high = (middle, high) if fits else (low, middle)
    return halving_rungs(low, least, most, eta)
