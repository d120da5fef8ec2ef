"""Who waits for whom where a cell has a deadlock, and whether it is a dead CA's exit that waits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ocallkit.claims.explored import explored
from ocallkit.model.waiting import who_waits

if TYPE_CHECKING:
    from ocallkit.claims.claim import Check, Outcome
    from ocallkit.claims.explored import Explored
    from ocallkit.judging.path import Run
    from ocallkit.judging.verdict import Question

DEADLOCK: Final = "no-deadlock"

STUCK: Final = "the-exit-waits"
"""The case in which the exit of a dead CA waits for ever."""


def chain(run: Run) -> tuple[str, ...]:
    """Who waits for whom where a Run has ended, from one who waits to one who does not."""
    waits = {wait.who: wait.whom for wait in who_waits(run.system, run.state)}
    names = [who for who in waits if who not in waits.values()][:1]
    while names and names[-1] in waits:
        names.append(waits[names[-1]])
    return tuple(names)


def without_numbers(words: str) -> str:
    """The same, without saying which of its secure threads it is.

    >>> without_numbers("the exit of CA A waits for secure thread 1 (A)")
    'the exit of CA A waits for a secure thread of A'
    """
    return re.sub(r"secure thread \d+ \((.+?)\)", r"a secure thread of \1", words)


def in_words(names: tuple[str, ...]) -> str:
    """Such a chain as part of a sentence."""
    first, *others = names
    return f"the {first} waits for {', that for '.join(others)}"


def chains(cells: tuple[Question, ...]) -> str:
    """The shortest deadlocks of some cells; without the numbers of threads where they differ."""
    found = {in_words(chain(explored(cell).example(DEADLOCK))) for cell in cells}
    return " or ".join(sorted(found if len(found) == 1 else {*map(without_numbers, found)}))


def exit_waits(cell: Explored) -> bool:
    """Whether in the shortest deadlock of a cell the exit of a CA waits for a secure thread."""
    if not cell.breaks(DEADLOCK):
        return False
    first, second, *_ = chain(cell.example(DEADLOCK))
    return first.startswith("exit of CA") and second.startswith("secure thread")


def unless_stuck(check: Check) -> Check:
    """The check, which says of a cell that says no whether it is an exit that waits for ever."""

    def asked(cell: Explored) -> Outcome | None:
        found = check(cell)
        if found is None or found.holds or not exit_waits(cell):
            return found
        return found._replace(case=STUCK)

    return asked
