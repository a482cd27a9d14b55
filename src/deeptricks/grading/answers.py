"""Answers that an author knows: what students get wrong, and other ways of being right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .questions import points_needed, text_needed


@dataclass(frozen=True)
class Mistake:
    """What students get wrong, written as a change of the reference solution.

    The change serves twice: the audit makes sure that it costs points on its question, and where a
    student's values are those of a mistake, the feedback gives its `hint`.

    Parameters
    ----------
    question, name
        The question whose solution is changed, and how tables call the mistake.
    old, new
        Text in the solution cell of the master (it must stand there exactly once) and what
        stands there instead. More than one change: tuples of texts, of equal length.
    hint
        A sentence for the student who made this mistake.
    cost
        Points that the slip is worth, where an answer equals the reference with this mistake,
        check for check; None: all that the failed checks are worth.
    when
        Whether it is a mistake with the constants of a term (an attribute each); None: always.
    """

    question: str
    name: str
    old: str | tuple[str, ...]
    new: str | tuple[str, ...]
    hint: str
    cost: int | None = None
    when: Callable[[Any], bool] | None = None

    def __post_init__(self):
        here = f"mistake {self.name!r}"
        text_needed(
            here, question=self.question, name=self.name, hint=self.hint, old="".join(self._olds)
        )
        if self.cost is not None:
            points_needed(here, self.cost, "cost")
        if len(self._olds) != len(self._news):
            raise ValueError(f"{here}: {len(self._olds)} texts in old, {len(self._news)} in new")

    @property
    def _olds(self):
        return (self.old,) if isinstance(self.old, str) else tuple(self.old)

    @property
    def _news(self):
        return (self.new,) if isinstance(self.new, str) else tuple(self.new)

    def changed(self, source: str) -> str:
        """The solution with the mistake in it; ValueError where `old` is not found just once."""
        for old, new in zip(self._olds, self._news, strict=True):
            if source.count(old) != 1:
                raise ValueError(
                    f"mistake {self.name!r}: {old!r} stands {source.count(old)} times in the "
                    f"solution of {self.question!r}, it must stand there once"
                )
            source = source.replace(old, new)
        return source


@dataclass(frozen=True)
class Alternative:
    """Another right answer: the source of a whole solution cell. It must keep full points."""

    question: str
    name: str
    source: str

    def __post_init__(self):
        text_needed("alternative", question=self.question, name=self.name, source=self.source)
