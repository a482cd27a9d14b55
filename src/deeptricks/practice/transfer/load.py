"""Weights by name: what a file offers, what a network wants, and a report of the difference."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from torch import Tensor, nn


class Loaded(NamedTuple):
    """What `load_by_name` did; printed, it is a report.

    Attributes
    ----------
    loaded
        Names of the model whose values were taken.
    missing
        Names of the model that the state does not have.
    unexpected
        Names of the state that the model does not have.
    mismatched
        Names that both have, with the model's shape and the state's.
    skipped
        Names that were passed over because `skip` says so.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]
    skipped: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether everything found its place, but for what was skipped on purpose."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        shapes = [f"{name} {have} ≠ {got}" for name, have, got in self.mismatched]
        rows = {
            "missing from the state": self.missing,
            "not in the model": self.unexpected,
            "of another shape (model ≠ state)": shapes,
            "skipped": self.skipped,
        }
        lines = [f"{label}: {len(names)}: {few(names)}" for label, names in rows.items() if names]
        return "\n".join([f"loaded: {len(self.loaded)}", *lines])


def load_by_name(
    model: nn.Module,
    state: Mapping[str, Tensor],
    *,
    rename: Callable[[str], str] | Mapping[str, str] | None = None,
    skip: Sequence[str] = (),
    strict: bool = True,
) -> Loaded:
    """Copy the values of `state` to the parameters and buffers of `model` that bear their names.

    `nn.Module.load_state_dict` does the copying. It alone would stop at a head of another shape
    even if told not to be strict, and would have overwritten half of the model before it raises.

    Parameters
    ----------
    model
        Changed in place, and only if no error is raised.
    state
        Names and tensors, as ``torch.load(path, weights_only=True)`` returns them.
    rename
        Maps a name in the state to a name in the model: a function, or a dictionary of beginnings,
        ``{"module.": "", "fc.": "head."}``, of which the first that fits is exchanged.
    skip
        Names in the model that keep what they have; ``*`` stands for anything: ``("_fc.*",)``.
    strict
        Whether anything else that does not fit is an error. Otherwise it is only reported.

    Returns
    -------
    Loaded
        What was loaded, and what not.

    Raises
    ------
    TypeError
        If `state` holds something that is not a tensor; a checkpoint often keeps the weights one
        level deeper, beside the epoch.
    ValueError
        If something does not fit and `strict` asks for it; if two names become one; if nothing at
        all would be loaded, or a name in `skip` is nowhere. The message is the whole report.
    """
    check_state(state)
    if isinstance(skip, str):
        raise TypeError(f"skip must be a sequence of names, got the string {skip!r}")
    named = renamed(state, rename)
    own = model.state_dict()
    for pattern in skip:
        if not any(fnmatchcase(name, pattern) for name in (*own, *named)):
            raise ValueError(f"skip: neither model nor state has a name like {pattern!r}")

    def kept(name: str) -> bool:
        return not any(fnmatchcase(name, pattern) for pattern in skip)

    both = [name for name in own if name in named and kept(name)]
    fit = [name for name in both if own[name].shape == named[name].shape]
    report = Loaded(
        loaded=tuple(fit),
        missing=tuple(name for name in own if name not in named and kept(name)),
        unexpected=tuple(name for name in named if name not in own and kept(name)),
        mismatched=tuple(
            (name, tuple(own[name].shape), tuple(named[name].shape))
            for name in both
            if name not in fit
        ),
        skipped=tuple(name for name in dict.fromkeys((*own, *named)) if not kept(name)),
    )
    if not fit:
        raise ValueError(f"nothing to load{hint(list(own), list(named))}\n{report}")
    if strict and not report.complete:
        raise ValueError(f"state and model do not fit; nothing was changed\n{report}")
    model.load_state_dict({name: named[name] for name in fit}, strict=False)
    return report


def renamed(
    state: Mapping[str, Tensor], rename: Callable[[str], str] | Mapping[str, str] | None
) -> dict[str, Tensor]:
    """Return the state under the model's names."""

    def exchanged(name: str) -> str:
        if rename is None:
            return name
        if callable(rename):
            return rename(name)
        for old, new in rename.items():
            if name.startswith(old):
                return new + name.removeprefix(old)
        return name

    named: dict[str, Tensor] = {}
    for name, value in state.items():
        new = exchanged(name)
        if new in named:
            raise ValueError(f"rename makes {new!r} of {name!r} and of another name")
        named[new] = value
    return named


def hint(own: list[str], named: list[str]) -> str:
    """Say which beginning would have to go, if one does it."""
    for wanted, offered in ((own, named), (named, own)):
        for name in offered:
            beginnings = [name[: -len(w)] for w in wanted if w and name.endswith("." + w)]
            if beginnings:
                mapping = {beginnings[0]: ""} if offered is named else {"": beginnings[0]}
                return f"; rename={mapping!r} would make {named[0]!r} fit"
    return ""


def check_state(state: Any) -> None:
    """Raise TypeError unless `state` maps names to tensors."""
    if not isinstance(state, Mapping):
        raise TypeError(f"state must map names to tensors, got {type(state).__name__}")
    for name, value in state.items():
        if not isinstance(value, Tensor):
            inner = [key for key, within in state.items() if isinstance(within, Mapping)]
            where = f"; did you mean state[{inner[0]!r}]?" if inner else ""
            kind = type(value).__name__
            raise TypeError(f"state must map names to tensors, {name!r} is a {kind}{where}")


def few(names: Sequence[str], most: int = 6) -> str:
    """List some of the names."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f", and {rest} more" if rest > 0 else "")
