"""The gaps between the rows of a picture: what a kill in each of them comes to, in words."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.engine.world import part_of
from ocallkit.labs.moments import before
from ocallkit.model.config import SERVICES
from ocallkit.model.events import Divider, Message, Note, Span
from ocallkit.view.places import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocallkit.judging.path import Run
    from ocallkit.labs.moments import Moment
    from ocallkit.model.events import Event

CALLED: Final = {"tee_open": "open"}
"""The system calls that are no ioctl, by the step that they begin with; any other is a close."""


class Gap(msgspec.Struct, frozen=True):
    """A gap between two rows of the picture, and what a kill in it comes to.

    It lies after `row`; who is killed dies after the row `dies_after`, at the moment `moment`,
    which is None where it is too late.  In a gap that `waits` it is in the kernel.  `crosses` are
    the moments that lie in this very gap: each moment lies in one.
    """

    row: int
    dies_after: int
    moment: int | None
    waits: bool
    words: str
    crosses: tuple[int, ...] = ()


def gaps(life: Run, who: str, moments: Sequence[Moment]) -> tuple[Gap, ...]:
    """The gap after each row of a life's picture, for one who could be killed in it."""
    steps = [place.step - 1 for place in places(life).rows]
    lies = [_lies_after(life, steps, moment) for moment in moments]
    return tuple(_gap(life, who, moments, lies, steps, row) for row in range(len(steps)))


def titled(life: Run, who: str) -> str:
    """What who is killed is called: the CA, if there is only one."""
    if who in SERVICES:
        return who
    return f"CA {who}" if len(_clients(life)) > 1 else "the CA"


def _clients(run: Run) -> set[str]:
    return {part_of(task) for task in run.clients} - {*SERVICES}


def _gap(  # noqa: PLR0917 - a life, who dies in it, and where
    life: Run,
    who: str,
    moments: Sequence[Moment],
    lies: Sequence[int],
    steps: Sequence[int],
    row: int,
) -> Gap:
    name = titled(life, who)
    begun = f"{name[:1].upper()}{name[1:]}"
    crosses = tuple(number for number, at in enumerate(lies) if at == row)
    # In the step that brings it back it dies: what it does then it does no more.
    now = (n for n, one in enumerate(moments) if one.step == steps[row] and _is_own(life, one))
    here = next(now, crosses[0] if crosses else None)
    if here is not None:
        words = f"{begun} is in user mode: it dies at once.{_inside(life, moments[here])}"
        return Gap(row, lies[here], here, waits=False, words=words, crosses=crosses)
    later = next((number for number, at in enumerate(lies) if at > row), None)
    if later is None:
        words = f"{begun} does not come back to user mode any more: it has nothing left to do."
        return Gap(row, row, None, waits=False, words=words)
    where = f"{begun} {_where(life, who, steps[row])}"
    return Gap(row, lies[later], later, waits=True, words=where)


def _is_own(life: Run, moment: Moment) -> bool:
    """Whether it is the thread that dies that would go on at a moment."""
    return life.steps[moment.step].client == moment.task


def _lies_after(life: Run, steps: Sequence[int], moment: Moment) -> int:
    """The last row that is there by the time of a death: with the message that brings it back."""
    done = sum(step < moment.step for step in steps)
    if _is_own(life, moment):
        state = next(s for n, s in enumerate(before(life)) if n == moment.step)
        task = life.system.tasks.index(moment.task)
        moves = life.system.moves_of(state, task)
        died = next(move.state.world for move in moves if move.option == "kill")
        logged = (died.log or ())[len(state.world.log or ()) :]
        pairs = zip(_rows(logged), _rows(life.steps[moment.step].events), strict=False)
        done += sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return max(done - 1, 0)


def _rows(events: Sequence[Event]) -> Iterator[Event]:
    return (event for event in events if isinstance(event, Message | Note | Divider))


def _inside(life: Run, moment: Moment) -> str:
    """Which other threads of the dying are in the kernel, and go on to their way out."""
    if not moment.inside:
        return ""
    called = ", ".join(f"{task} ({_called(life, task, moment.step - 1)})" for task in moment.inside)
    return f" In the kernel is {called}: it ends when it comes back from there."


def _where(life: Run, who: str, step: int) -> str:
    """In which system calls a process is after a step of a life."""
    tasks = [task for task in life.clients if part_of(task) == who]
    begun = [t for t in tasks if any(one.client == t for one in life.steps[: step + 1])]
    if not begun:
        return "has not begun: the kill waits until it is in user mode for the first time."
    calls = [_called(life, task, step) for task in begun]
    said = calls[0] if len(tasks) == 1 else ", ".join(map("{}: {}".format, begun, calls))
    return f"is in the kernel ({said}): the kill waits until it is back in user mode."


def _called(life: Run, task: str, step: int) -> str:
    """The system call of a thread that is in the kernel after a step of a life."""
    called = "close"
    for done in life.steps[: step + 1]:
        if done.client == task:
            called = CALLED.get(done.function, called)
        for event in done.events:
            if isinstance(event, Span) and event.kind == "ioctl" and event.client == task:
                called = event.name if event.begins else "close"
    return called
