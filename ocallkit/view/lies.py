"""What lay in a buffer when it was last seen: which octets of a run belong to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi.arguments import TeeIoctlEcallArg, TeeIoctlInvokeArg, TeeIoctlOpenSessionArg
from ocallkit.abi.byte_layout import Layout, c_name
from ocallkit.abi.ioctl_params import TEE_IOCTL_PARAM_ATTR_OCALL, get_func

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.model.events import Octets

WITH_PARAMETERS: Final[dict[str, type[Layout]]] = {
    c_name(layout): layout
    for layout in (TeeIoctlInvokeArg, TeeIoctlEcallArg, TeeIoctlOpenSessionArg)
}
"""The structures that a CA keeps for the whole of an invocation."""


def before_each(events: Sequence[Octets]) -> list[bytes | None]:
    """What lay there before each; None where it was not seen before.

    A CA may begin another invocation while one is pending, and comes back to the first behind it:
    so each client has a stack of them.
    """
    stacks: dict[tuple[str, str], list[Octets]] = {}
    return [_before(stacks.setdefault(_whose(event), []), event) for event in events]


def _whose(event: Octets) -> tuple[str, str]:
    """A client's buffers, and a secure thread's memory for the messages of its RPCs."""
    if event.border == "RPC":
        return event.client, f"RPC of thread {event.registers[3]}"
    return event.client, event.border


def _before(stack: list[Octets], event: Octets) -> bytes | None:
    """What lay there before, with the stack as it is behind the event."""
    if event.way == "in" and _is_new(event):
        stack.append(event)
        return None
    while stack and not _goes_on(stack[-1], event):
        stack.pop()
    if not stack:
        stack.append(event)
        return None
    before = stack[-1].octets
    stack[-1] = event
    return before


def _is_new(event: Octets) -> bool:
    """Whether something begins: whatever goes in, but for the answer to a request."""
    return event.structure not in WITH_PARAMETERS or not asked(event)


def _goes_on(before: Octets, event: Octets) -> bool:
    """Whether `event` is the next of `before`: its return, or the answer to what it asked."""
    if (before.call, before.structure) != (event.call, event.structure):
        return False
    if event.way == "out":
        return before.way == "in"
    return before.way == "out" and asked(before) == asked(event)


def asked(event: Octets) -> int:
    """What a CA is asked to do, or has done, by the function in its buffer; 0 for nothing."""
    head = WITH_PARAMETERS[event.structure].unpack(event.octets)
    if isinstance(head, TeeIoctlEcallArg):
        return head.func
    params = getattr(head, "params", ())
    if not params or not params[0].attr & TEE_IOCTL_PARAM_ATTR_OCALL:
        return 0
    return get_func(params[0].a)
