"""What else is so when a reader of the crash lab has decided something.

A death stays where it is under another design: at the same moment of the same CA, not in the same
row of another picture.  The turns of a bad ending are those of the system in which it was found,
and its way those of the decisions that make it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.labs.crash import Situation

    Asked = dict[str, Any]
    Find = Callable[[Asked], Situation]

UNDISTURBED: Final[dict[str, list[str]]] = {"turns": [], "way": []}
"""The line of time is that of the run in which nothing goes wrong."""

SYSTEM: Final = ("scenario", "design", "threads", "clients")
"""What another line of time comes with."""

DECIDED: Final = ("who", "row", "moment", "order", "then")
"""What another course comes with."""

NOBODY: Final = {"row": None, "moment": None}
"""Nobody dies."""


def chosen(here: Situation, asked: Asked) -> int | None:
    """The moment that is asked for: of those in a gap the first, or the one that is named."""
    row: int | None = asked["row"]
    moment: int | None = asked["moment"]
    if row is None or row >= len(here.gaps):
        return None
    gap = here.gaps[row]
    return moment if moment in gap.crosses else gap.moment


def settled(old: Asked, new: Asked, find: Find) -> Asked:
    """What is asked for now; `find` gives the situation that something asked for is about."""

    def differ(*names: str) -> bool:
        return any(old[name] != new[name] for name in names)

    changes: Asked = {}
    if differ("scenario") and not differ("who"):
        changes |= {"who": "", "clients": None, **NOBODY}
    elif differ(*SYSTEM) and not differ("row", "who"):
        changes |= _moved(old, new, find)
    elif differ("turns") and not new["turns"]:
        own = find({**new, "who": ""})
        changes["who"] = new["who"] if new["who"] in own.mortals else own.who
    elif differ("row") and not differ("moment"):
        changes["moment"] = None
    elif differ("who") and not differ("row"):
        changes |= NOBODY
    if not differ(*UNDISTURBED):
        if differ(*SYSTEM):
            changes |= UNDISTURBED
        elif differ(*DECIDED):
            changes["way"] = []
    return new | changes


def _moved(old: Asked, new: Asked, find: Find) -> Asked:
    """The gap in another system in which the same has happened."""
    here = find({**new, **UNDISTURBED, "who": ""})
    if new["who"] not in here.mortals:
        return {"who": here.who, **NOBODY}
    here = here.along((), new["who"])
    there = find(old)
    moment, row = chosen(there, old), old["row"]
    like = None if moment is None else here.like(there, moment)
    if like is None:
        return NOBODY
    # Of the gaps in which one waits for that moment it may be any.
    if old["moment"] is None and row < len(here.gaps) and here.gaps[row].moment == like:
        return {}
    return {"row": next(gap.row for gap in here.gaps if like in gap.crosses), "moment": like}
