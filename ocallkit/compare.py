"""The same decisions under two designs, side by side to where the two part."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from ocallkit.model.events import Divider, Event, Get, Message, Note, Put

if TYPE_CHECKING:
    from ocallkit.path import Run


class Parting(msgspec.Struct, frozen=True):
    """Where two runs part: what they have in common, and what each does after it."""

    left: str
    right: str
    common: tuple[str, ...]
    left_only: tuple[str, ...]
    right_only: tuple[str, ...]

    @property
    def alike(self) -> bool:
        """Whether they never part."""
        return not (self.left_only or self.right_only)

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, str]:
        # As a Run: the view is loaded only where it is shown.
        from ocallkit.view.parting import parting_table  # noqa: PLC0415

        return parting_table(self)._repr_mimebundle_()


def part(left: Run, right: Run) -> Parting:
    """Lay two runs beside each other, in words that do not depend on the transport."""
    ours, theirs = _told(left), _told(right)
    pairs = zip(ours, theirs, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return Parting(left.design, right.design, ours[:common], ours[common:], theirs[common:])


def as_text(parting: Parting, lines: int = 12) -> str:
    """The last common lines, then both sides one beside the other; `lines` of each at most."""
    if parting.alike:
        return f"{parting.left} and {parting.right} do the same: {len(parting.common)} events"
    before = "\n".join(f"    {line}" for line in parting.common[-3:])
    left, right = list(parting.left_only[:lines]), list(parting.right_only[:lines])
    length = max(len(left), len(right))
    left += [""] * (length - len(left))
    right += [""] * (length - len(right))
    width = max(map(len, (*left, parting.left)))
    rows = [(parting.left, parting.right), ("-" * len(parting.left), "-" * len(parting.right))]
    rows += zip(left, right, strict=True)
    table = "\n".join(f"    {one:{width}}   {other}".rstrip() for one, other in rows)
    head = f"The first {len(parting.common)} events are the same; the last of them:"
    return f"{head}\n{before}\n\nThen they part:\n{table}"


def _told(run: Run) -> tuple[str, ...]:
    """What happens in a run, one line for each event that both designs could have."""
    return tuple(line for line in map(_line, run.events) if line)


def _line(event: Event) -> str:
    match event:
        case Message():
            label = event.label.rpartition("TEE_IOC_")[2]
            label = label.partition("/")[2] or label if event.label.startswith("TEE_IOC") else label
            return f"{event.client}: {event.source} -[{label}]-> {event.target}"
        case Note() | Divider():
            return f"{event.client}: {event.text}"
        case Get():
            return f"{event.client}: {event.target} +1 = {event.count} ({event.owner})"
        case Put():
            return f"{event.client}: {event.target} -1 = {event.count} ({event.owner})"
        case _:
            return ""
