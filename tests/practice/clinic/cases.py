"""What a case of the clinic is: a set-up made from a seed, and the codes that name its fault."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

HALVES = {
    "seen": [
        *("seen_data", "seen_targets", "seen_model", "seen_gradient", "seen_parameters"),
        *("seen_loss", "seen_optimizer", "seen_loop", "seen_graphs", "seen_init"),
        *("seen_healthy", "seen_healthy_trained", "seen_healthy_more", "seen_healthy_losses"),
        "seen_healthy_loops",
    ],
}
CASES: dict[str, "Case"] = {}


@dataclass(frozen=True)
class Case:
    """One patient.

    `make(seed)` gives the set-up, a dict as in checkup.md; `twin(seed)` the same without the
    fault (None for a healthy case). Any of `codes` names the fault; `says` is what is wrong or odd.
    `falls` says that the loss falls although something is wrong: the harm shows elsewhere.
    """

    name: str
    make: Callable[[int], dict]
    codes: tuple[str, ...]
    kind: str
    says: str
    twin: Callable[[int], dict] | None = None
    falls: str = ""


def broken(name, *codes, says, falls=""):
    """Register `build(seed, ill)` as a broken case and, with ill=False, as its healthy twin."""

    def register(build):
        make, twin = partial(build, ill=True), partial(build, ill=False)
        return _add(build, Case(name, make, codes, "broken", says, twin, falls))

    return register


def healthy(name, *, says):
    """Register `build(seed)` as a healthy case that looks odd."""

    def register(build):
        return _add(build, Case(f"healthy.{name}", build, (), "healthy", says))

    return register


def _add(build, case):
    if case.name in CASES:
        raise ValueError(f"two cases are named {case.name!r}")
    CASES[case.name] = case
    return build


def cases(half="seen", only=""):
    """The cases of one half in the order of their files, those whose name begins with `only`."""
    modules = [importlib.import_module(f"{__package__}.{name}") for name in HALVES[half]]
    names = {module.__name__ for module in modules}
    home = {n: getattr(c.make, "func", c.make).__module__ for n, c in CASES.items()}
    return [c for n, c in CASES.items() if home[n] in names and n.startswith(only)]
