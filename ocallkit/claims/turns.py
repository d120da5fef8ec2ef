"""An invocation as its ioctls have it: read from the octets of the CA's buffer, and nothing else.

>>> from ocallkit.judging.path import run
>>> [(turn.answers, turn.asks) for turn in turns(run("flow-1"))]
[('', 'OCALL'), ('OCALL', '')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ocallkit.abi.arguments import (
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
)
from ocallkit.abi.byte_layout import c_name
from ocallkit.abi.ioctl_params import TEE_IOCTL_PARAM_ATTR_OCALL, get_func
from ocallkit.model.events import Octets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.abi.byte_layout import Layout
    from ocallkit.judging.path import Run

CLIENT = "A"
"""Whose ioctls are looked at."""

Invoking = TeeIoctlEcallArg | TeeIoctlInvokeArg

LAYOUTS: dict[str, type[TeeIoctlEcallArg | TeeIoctlInvokeArg]] = {
    c_name(layout): layout for layout in (TeeIoctlEcallArg, TeeIoctlInvokeArg)
}
"""The arguments of an invocation by their names in C."""


class Turn(NamedTuple):
    """One ioctl of an invocation: what the CA hands in, and what the driver leaves there.

    `answers` is the request that it answers, nothing for a new invocation; `asks` what is asked of
    the CA, nothing where the invocation is complete.
    """

    into: Invoking
    out: Invoking
    answers: str
    asks: str

    @property
    def can_carry(self) -> bool:
        """Whether the argument has a place for an OCALL."""
        return isinstance(self.into, TeeIoctlEcallArg) or _is_carrier(self.into)


def turns(run: Run) -> tuple[Turn, ...]:
    """The ioctls of the invocations of the first client, in their order."""
    names = run.system.start.world.config.design.transport.octets.names
    found = list(_heads(run))
    return tuple(
        Turn(into, out, names.get(func_of(into), ""), names.get(func_of(out), ""))
        for into, out in zip(found[::2], found[1::2], strict=True)
    )


def func_of(head: Invoking) -> int:
    """The number that says where in its cycle an invocation is: 0 if it begins, or is complete."""
    if isinstance(head, TeeIoctlEcallArg):
        return head.func
    return get_func(head.params[0].a) if _is_carrier(head) else 0


def _is_carrier(head: Invoking) -> bool:
    return bool(head.params) and bool(head.params[0].attr & TEE_IOCTL_PARAM_ATTR_OCALL)


def _heads(run: Run) -> Iterator[Invoking]:
    for event in run.events:
        if isinstance(event, Octets) and event.client == CLIENT and event.structure in LAYOUTS:
            yield LAYOUTS[event.structure].unpack(event.octets)


def opened(run: Run) -> tuple[bytes, ...]:
    """The UUIDs of the TAs to which the client has opened sessions."""
    layout: type[Layout] = TeeIoctlOpenSessionArg
    return tuple(
        TeeIoctlOpenSessionArg.unpack(event.octets).uuid
        for event in run.events
        if isinstance(event, Octets)
        and (event.client, event.way) == (CLIENT, "in")
        and event.structure == c_name(layout)
    )
