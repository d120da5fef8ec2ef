"""Which part of a run is shown: by default, from the invocation's beginning to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.model.events import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.model.events import Event


def window(events: Sequence[Event], *, whole: bool = False) -> tuple[int, int]:
    """Return the half-open range of the events that are shown.

    It reaches from the first invocation's beginning to the last one's end, and to the end of the
    run where an invocation never ends.  With `whole`, or without an invocation, it is everything.

    >>> begin = Span(client="A", kind="invocation", name="invoke", begins=True)
    >>> end = Span(client="A", kind="invocation", name="invoke", begins=False)
    >>> ioctl = Span(client="A", kind="ioctl", name="TEE_IOC_INVOKE", begins=True)
    >>> window([ioctl, begin, end, ioctl])
    (0, 3)
    """
    spans = [
        (index, event.begins)
        for index, event in enumerate(events)
        if isinstance(event, Span) and event.kind == "invocation"
    ]
    begins = [index for index, is_begin in spans if is_begin]
    ends = [index for index, is_begin in spans if not is_begin]
    if whole or not begins:
        return 0, len(events)
    start, stop = begins[0], len(events)
    if len(ends) == len(begins):
        stop = ends[-1] + 1
    # An ioctl that begins or ends at the same place as the invocation belongs to it.
    while start > 0 and _is_span(events[start - 1], begins=True):
        start -= 1
    while stop < len(events) and _is_span(events[stop], begins=False):
        stop += 1
    return start, stop


def _is_span(event: Event, *, begins: bool) -> bool:
    return isinstance(event, Span) and event.begins is begins
