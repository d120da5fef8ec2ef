"""In which ways a design breaks: the properties that break together, and the shortest Run of each.

Of a deadlock a leak comes too; a leak without a deadlock is another kind, and has a Run of its own.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.properties import EVERY
from ocallkit.reviewing.trials import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ocallkit.reviewing.trials import Trial

WORST_FIRST = ("use-after-free", "deadlock", "broken", "leak")
"""The words for what breaks, in the order in which a reviewer wants to know of it."""


class Kind(msgspec.Struct, frozen=True):
    """Properties that one Run breaks together: the shortest such Run, and where else they do.

    `new` are the places in which the parent holds one of them.
    """

    properties: tuple[str, ...]
    place: Place
    steps: int
    line: str
    where: tuple[Place, ...]
    new: tuple[Place, ...]

    @property
    def word(self) -> str:
        """The worst of them in a word."""
        return worst(self.properties)


class _Way(msgspec.Struct, frozen=True):
    properties: tuple[str, ...]
    place: Place
    steps: int
    line: str


def kinds(own: Sequence[Trial], parents: Sequence[Trial]) -> tuple[Kind, ...]:
    """Every kind of violation in some trials, the worst first; `parents` are those of the parent.

    Of equally short Runs the first one is shown.
    """
    found: dict[tuple[str, ...], list[_Way]] = {}
    for trial in own:
        for way in _ways(trial):
            found.setdefault(way.properties, []).append(way)
    before = {trial.place: trial for trial in parents}
    made = [_kind(ways, before) for ways in found.values()]
    return tuple(sorted(made, key=lambda kind: (WORST_FIRST.index(kind.word), kind.steps)))


def _kind(ways: Sequence[_Way], before: dict[Place, Trial]) -> Kind:
    shown = min(ways, key=lambda way: way.steps)
    where = tuple(dict.fromkeys(way.place for way in ways))
    new = tuple(place for place in where if _is_new(shown.properties, before.get(place)))
    return Kind(shown.properties, shown.place, shown.steps, shown.line, where, new)


def _is_new(properties: Iterable[str], parent: Trial | None) -> bool:
    return parent is not None and any(parent.says(name) for name in properties)


def _ways(trial: Trial) -> Iterator[_Way]:
    """The properties that break in a trial, put together by the Run that shows it."""
    broken = trial.cell.broken if trial.cell else ()
    lines = [line for _, _, line in broken]
    for line, several in groupby(sorted(broken, key=lambda one: lines.index(one[2])), _line):
        same = list(several)
        names = sorted((name for name, _, _ in same), key=EVERY.index)
        yield _Way(tuple(names), trial.place, same[0][1], line)


def _line(broken: tuple[str, int, str]) -> str:
    return broken[2]
