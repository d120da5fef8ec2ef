"""The same decisions under two designs, side by side to where the two part."""

from __future__ import annotations

from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

import msgspec

from ocallkit.brief import brief
from ocallkit.judging.views import views
from ocallkit.model.events import Divider, Event, Get, Message, Note, Put

if TYPE_CHECKING:
    from ocallkit.judging.path import Run


class Parting(msgspec.Struct, frozen=True):
    """Where two runs part: what they have in common, and what each does after it.

    `left` and `right` are the designs; the rest are lines, one for each event.
    """

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
        return views().parting_bundle(self)

    def __repr__(self) -> str:
        where = "never" if self.alike else f"after {len(self.common)} events"
        return brief(self, f"{self.left} and {self.right} part {where}")


def part(left: Run, right: Run) -> Parting:
    """Lay two runs beside each other, in words that do not depend on the transport.

    >>> from ocallkit.judging.path import run
    >>> part(run("flow-1", "ecall"), run("flow-1", "meta")).alike
    True
    >>> parting = part(run("flow-1-memref", "ecall"), run("flow-1-memref", "held-refs"))
    >>> parting.left_only[0]
    'A: tee_shm A.memref -1 = 1 (ioctl Func Invoke)'
    """
    ours, theirs = _told(left), _told(right)
    pairs = zip(ours, theirs, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return Parting(left.design, right.design, ours[:common], ours[common:], theirs[common:])


class InStep(msgspec.Struct, frozen=True):
    """Two runs taken in step: where the right one is when the left one is after each step.

    `parts` is the step of the left run with which the two part, None where they never do.
    """

    pairs: tuple[int, ...]
    parts: int | None


def in_step(left: Run, right: Run) -> InStep:
    """Take two runs in step by what both do, and behind where they part step by step.

    >>> from ocallkit.judging.path import run
    >>> both = in_step(run("flow-1-memref", "ecall"), run("flow-1-memref", "held-refs"))
    >>> both.parts, both.pairs[0], both.pairs[both.parts] > both.pairs[both.parts - 1]
    (16, 0, True)
    >>> in_step(run("flow-1"), run("flow-1")).parts is None
    True
    """
    ours, theirs = _by_step(left), _by_step(right)
    parting = part(left, right)
    common = len(parting.common)
    parts = None
    if not parting.alike:
        parts = next((at for at, seen in enumerate(ours) if seen > common), len(ours) - 1)
    pairs, last = [0], len(theirs) - 1
    for at in range(1, len(ours)):
        if parts is not None and at >= parts:
            there = last if at == len(ours) - 1 else min(last, pairs[-1] + 1)
        else:
            there = _follow(theirs, pairs[-1], ours[at], silent=ours[at] == ours[at - 1])
        pairs.append(there)
    return InStep(tuple(pairs), parts)


def _follow(theirs: tuple[int, ...], there: int, seen: int, *, silent: bool) -> int:
    """Where a run is that stood at `there` once it has told what the other one has.

    A step that tells nothing is followed by one such step, if there is one.
    """
    if silent:
        following = theirs[there + 1 : there + 2]
        return there + (following == (theirs[there],))
    return max(there, theirs.index(max(told for told in theirs if told <= seen)))


def _by_step(run: Run) -> tuple[int, ...]:
    """How many events that both designs could have were told after each step, from none on."""
    told = (sum(bool(_line(event)) for event in step.events) for step in run.steps)
    return tuple(accumulate(told, initial=0))


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
            label = _without_transport(event.label)
            return f"{event.client}: {event.source} -[{label}]-> {event.target}"
        case Note() | Divider():
            return f"{event.client}: {event.text}"
        case Get():
            return f"{event.client}: {event.target} +1 = {event.count} ({event.owner})"
        case Put():
            return f"{event.client}: {event.target} -1 = {event.count} ({event.owner})"
        case _:
            return ""


def _without_transport(label: str) -> str:
    """What a message says, without the ioctl that carries it where that is the design's choice.

    >>> _without_transport("TEE_IOC_ECALL/Func Invoke"), _without_transport("TEE_IOC_OPEN_SESSION")
    ('Func Invoke', 'OPEN_SESSION')
    """
    if not label.startswith("TEE_IOC"):
        return label
    ioctl, _, what = label.removeprefix("TEE_IOC_").partition("/")
    return what or ioctl
