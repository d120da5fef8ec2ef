"""The octets that cross a border, as annotated tables: each ioctl's buffer, each message to OP-TEE.

    buffers(run)                    # what lies in the CA's buffer as each ioctl begins and returns
    buffers(run).messages           # the messages between the OP-TEE driver and OP-TEE
    buffers(run).find("TEE_IOC_ECALL", "out")     # one of them
    buffers(run).rows[1].changed    # what is different since the one before

A CA keeps one buffer for an invocation: so a table marks what is not as it was when the buffer was
last seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.abi.byte_layout import Layout, c_name, fields
from ocallkit.abi.meanings import MEMBERS, NONE, meaning, roles
from ocallkit.errors import UsageError
from ocallkit.model.events import Octets
from ocallkit.view.buffers_table import buffer_bundle, buffers_bundle
from ocallkit.view.known import Known, registers_named
from ocallkit.view.lies import before_each
from ocallkit.view.window import window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run
    from ocallkit.view.display import Bundle

STRUCTURES = {c_name(layout): layout for layout in MEMBERS}
"""Every structure that crosses a border, by its name in C."""


class Row(msgspec.Struct, frozen=True):
    """A member as it lies there: its place, its octets, what it says, and what it is for.

    `changed` says that its octets are not what they were when the buffer was last seen.
    """

    offset: int
    octets: bytes
    field: str
    value: str
    meaning: str
    changed: bool


class Buffer(msgspec.Struct, frozen=True):
    """What lies in memory where something crosses a border; `registers` are those of an SMC."""

    number: int
    step: int
    event: Octets
    record: Layout | None
    rows: tuple[Row, ...]
    registers: str = ""

    @property
    def line(self) -> str:
        """What crosses, and which way."""
        what = f"{self.event.border} {self.event.call}".removeprefix("ioctl ")
        return f"{what}, {self.event.way}"

    @property
    def changed(self) -> tuple[str, ...]:
        """The members that are not what they were when the buffer was last seen."""
        return tuple(row.field for row in self.rows if row.changed)

    @property
    def octets(self) -> bytes:
        """All of it."""
        return self.event.octets

    def _repr_mimebundle_(self, **_asked: object) -> Bundle:
        return buffer_bundle(self)


class Buffers(msgspec.Struct, frozen=True):
    """The buffers of a run; `others` are what crosses the other border."""

    title: str
    rows: tuple[Buffer, ...]
    others: tuple[Buffer, ...] = ()

    @property
    def messages(self) -> Buffers:
        """The messages between the OP-TEE driver and OP-TEE: those of calls, and those of RPCs."""
        return Buffers(self.title, self.others)

    def find(self, call: str, way: str = "in", nth: int = 1) -> Buffer:
        """The `nth` of a call, such as ``TEE_IOC_INVOKE`` or ``OCALL``, and a way.

        Raises ValueError, which lists what there is, if there is no such one.
        """
        found = [one for one in self.rows if (one.event.call, one.event.way) == (call, way)]
        if not 1 <= nth <= len(found):
            known = "\n".join(dict.fromkeys(one.line for one in self.rows))
            raise UsageError(f"no {nth} of {len(found)} is {call}, {way}; there are:\n{known}")
        return found[nth - 1]

    def _repr_mimebundle_(self, **_asked: object) -> Bundle:
        return buffers_bundle(self)


def buffers(run: Run, *, whole: bool = False) -> Buffers:
    """List what lies in the buffers of a run's invocation, or with `whole` of all of it.

    >>> from ocallkit import run
    >>> found = buffers(run("flow-1"))
    >>> [one.line for one in found.rows][:2]
    ['TEE_IOC_ECALL, in', 'TEE_IOC_ECALL, out']
    >>> found.rows[-1].changed
    ('func', 'ocall_id', 'ret_origin', 'uuid')
    >>> found.messages.find("OCALL", "out").changed
    ('ret', 'ret_origin', 'params[0].c')
    """
    shown = list(_shown(run, whole=whole))
    ioctls = [one for one in shown if one.event.border == "ioctl"]
    others = [one for one in shown if one.event.border != "ioctl"]
    return Buffers(run.title, _numbered(ioctls), _numbered(others))


def _numbered(shown: list[Buffer]) -> tuple[Buffer, ...]:
    return tuple(msgspec.structs.replace(one, number=n) for n, one in enumerate(shown, 1))


def _shown(run: Run, *, whole: bool) -> Iterator[Buffer]:
    """Each buffer of the part of the run that is shown; what came before counts all the same."""
    start, stop = window(run.events, whole=whole)
    places = [
        (place, step, event)
        for place, (step, event) in enumerate(
            (step.index, event) for step in run.steps for event in step.events
        )
        if isinstance(event, Octets)
    ]
    lay = before_each([event for _, _, event in places])
    for (place, step, event), before in zip(places, lay, strict=True):
        # What a CA has in its buffer is noted just before its ioctl, and its invocation, begins.
        if start <= place + 1 and place < stop:
            yield _buffer(run, step, event, before)


def _buffer(run: Run, step: int, event: Octets, before: bytes | None) -> Buffer:
    """One buffer, and what in it is not as it lay there `before`."""
    said = registers_named(event)
    if not event.structure:
        return Buffer(0, step, event, None, (), said)
    record = STRUCTURES[event.structure].unpack(event.octets)
    known = Known(run, step, event)
    carried = roles(record, rpc=event.border == "RPC")
    found = []
    for field in fields(record):
        end = field.offset + len(field.raw)
        changed = before is not None and before[field.offset : end] != field.raw
        value = known.value(record, field, carried)
        what = meaning(record, field.name, carried)
        found.append(Row(field.offset, field.raw, field.name, value, what, changed))
    return Buffer(0, step, event, record, _without_nothing(found, carried), said)


def _without_nothing(rows: list[Row], carried: tuple[str, ...]) -> tuple[Row, ...]:
    """A parameter that carries nothing, and has not changed, takes one row and not four."""
    found: list[Row] = []
    for row in rows:
        place, _, member = row.field.removeprefix("params[").partition("].")
        own = [one for one in rows if member and one.field.startswith(f"params[{place}].")]
        if own and carried[int(place)] == NONE and not any(r.changed or any(r.octets) for r in own):
            if member == "attr":
                octets = b"".join(one.octets for one in own)
                said = msgspec.structs.replace(row, octets=octets, field=f"params[{place}]")
                found.append(said)
        else:
            found.append(row)
    return tuple(found)
