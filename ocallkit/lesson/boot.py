"""What the lesson on the first CA after boot shows: two runs of a CA, and what is left of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.judging.path import run
from ocallkit.lesson.shown import Shown, table
from ocallkit.model.events import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.judging.path import Run

HEADS: Final = ("message", "count, first run", "count, second run")
QUIET: Final = ("ret", "dispatch")

CLOSED: Final = "the context's file is closed"
"""What stands for the end of either run in the table of counts."""

FIRST_CALL: Final = ("tee_open", "return_to_user", "params_from_user", "get_msg_arg")
"""What a CA does until its first call has its argument, and no secure thread yet."""


def counts(found: Run, context: str) -> list[tuple[str, int]]:
    """The messages of the run of a CA that has `context`, each with the count of it then."""
    rows: list[tuple[str, int]] = []
    for step in found.steps:
        own = step.world.contexts.get(context)
        if own is None or (rows and rows[-1][0] == CLOSED):
            continue
        labels = [e.label for e in step.events if isinstance(e, Message)]
        rows += [(label, own.refs) for label in labels if label not in QUIET]
        if step.function == "drop_context":
            rows.append((CLOSED, own.refs))
    return rows


def first_and_second(found: Run) -> Shown:
    """Show the counts of a CA's context in its first run after boot beside those in its second."""
    first, second = counts(found, "A"), counts(found, "A.2")
    return table(HEADS, [(f"`{label}`", *pair) for label, *pair in beside(first, second)])


def beside(
    first: Sequence[tuple[str, int]], second: Sequence[tuple[str, int]]
) -> list[tuple[str, str, str]]:
    """The messages of both in one list, with the count in each, or a dash where one lacks it.

    >>> beside([("open", 1), ("alloc", 2)], [("open", 1)])
    [('open', '1', '1'), ('alloc', '2', '-')]
    """
    rest, rows = list(second), []
    for number, (label, count) in enumerate(first):
        later = [name for name, _ in first[number:]]
        same = bool(rest) and rest[0][0] == label and later.count(label) <= _times(rest, label)
        rows.append((label, str(count), str(rest.pop(0)[1]) if same else "-"))
    return rows


def _times(rows: Sequence[tuple[str, int]], label: str) -> int:
    return sum(name == label for name, _ in rows)


def at_once(clients: int, **switches: str) -> Run:
    """So many CAs make their first call at the same moment, and exit with their sessions open.

    >>> sum(not context.freed for context in at_once(2).world.contexts.all())
    1
    """
    names = "ABCDEFGH"[:clients]
    schedule = [f"{name}:{step}" for name in names for step in FIRST_CALL]
    set_to = {name.replace("_", "-"): value for name, value in switches.items()}
    return run("argument-pages", clients=clients, switches=set_to, schedule=schedule)
