"""What each message of a run carries: its words, its parameters, and the octets that they reach.

    hops(run)                # a table: one row for each message of the invocation
    hops(run).carrying       # only the messages that have parameters
    hops(run).find("OP-TEE -[dispatch]-> TA")   # one message, with its octets in hexadecimal

A memory reference carries no octets: it says where they lie.  Outside secure world they are read
from the shared memory as it is at that moment; inside, from the buffer of whoever has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.errors import UsageError
from ocallkit.model.events import BANDS, OPTEE_DRIVER, Message
from ocallkit.view.hops_table import hop_bundle, hops_bundle
from ocallkit.view.window import numbers, window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run
    from ocallkit.model.events import Param
    from ocallkit.model.world import World
    from ocallkit.view.display import Bundle

SECURE = BANDS["secure world"]


class Hop(msgspec.Struct, frozen=True):
    """One message: its number in the diagram, its step, and the octets of each parameter."""

    number: int
    step: int
    message: Message
    octets: tuple[bytes, ...]

    @property
    def line(self) -> str:
        """The message in the discussion's notation."""
        return f"{self.message.source} -[{self.message.label}]-> {self.message.target}"

    def _repr_mimebundle_(self, **_asked: object) -> Bundle:
        return hop_bundle(self)


class Hops(msgspec.Struct, frozen=True):
    """The messages of a run, or some of them."""

    title: str
    rows: tuple[Hop, ...]

    @property
    def carrying(self) -> Hops:
        """Those that have parameters."""
        return Hops(self.title, tuple(hop for hop in self.rows if hop.octets))

    def find(self, line: str, nth: int = 1) -> Hop:
        """The `nth` message that the discussion would write as `line`; its spacing does not matter.

        Raises ValueError, which lists the messages there are, if there is no such one.
        """
        wanted = " ".join(line.split())
        found = [hop for hop in self.rows if hop.line == wanted]
        if not 1 <= nth <= len(found):
            known = "\n".join(dict.fromkeys(hop.line for hop in self.rows))
            raise UsageError(f"no message {nth} of {len(found)} is {wanted!r}; there are:\n{known}")
        return found[nth - 1]

    def _repr_mimebundle_(self, **_asked: object) -> Bundle:
        return hops_bundle(self)


def hops(run: Run, *, whole: bool = False) -> Hops:
    """List the messages of a run's invocation, or with `whole` all of them."""
    start, stop = window(run.events, whole=whole)
    shown = [item for item in _messages(run) if start <= item[0] < stop]
    rows = [
        Hop(number, step, message, tuple(octets(run, step, message, p) for p in message.params))
        for number, (_, step, message) in zip(
            numbers(run.events, whole=whole, before=run.before), shown, strict=False
        )
    ]
    return Hops(run.title, tuple(rows))


def _messages(run: Run) -> Iterator[tuple[int, int, Message]]:
    """Each message with its place among the events, and the step that reported it."""
    place = 0
    for step in run.steps:
        for event in step.events:
            if isinstance(event, Message):
                yield place, step.index, event
            place += 1


def octets(run: Run, step: int, message: Message, param: Param) -> bytes:
    """The octets that a parameter reaches at a message.

    One step takes a secure thread from its entry to its exit: with the message that enters, shared
    memory is as it was before the step, with the one that leaves as it is after it.
    """
    private = not param.memory or {message.source, message.target} <= set(SECURE)
    if private:
        return param.data
    enters = message.source == OPTEE_DRIVER and message.target in SECURE
    world: World = run.steps[step - enters].world
    return world.memories[param.memory].data[param.offset : param.offset + param.size]
