"""Which part of a run is shown: by default, from the invocation's beginning to its end."""

from __future__ import annotations

from itertools import chain, count, islice
from typing import TYPE_CHECKING

from ocallkit.model.events import Message, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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


def numbers(
    events: Sequence[Event], *, whole: bool = False, before: int | None = None
) -> Iterator[int]:
    """Number the messages that are shown, one after the other, without an end.

    The invocation's first message has the number 1, whatever else is shown: a message that the
    text speaks of is found by its number in every view.  Those before it count down to -1.
    `before` is how many those are where another run says so, which begins like this one.

    >>> begin = Span(client="A", kind="invocation", name="invoke", begins=True)
    >>> opens, invokes = (
    ...     Message(client="A", source="CA", target="TEE Driver", label=label)
    ...     for label in ("TEE_IOC_OPEN_SESSION", "TEE_IOC_INVOKE")
    ... )
    >>> found = numbers([opens, opens, begin, invokes], whole=True)
    >>> [next(found) for _ in range(4)]
    [-2, -1, 1, 2]
    >>> [*zip(numbers([opens], whole=True, before=2), "a")]
    [(-2, 'a')]
    """
    first, _ = window(events)
    above = messages_in(events[:first])
    own = above if before is None else before
    return islice(chain(range(-own, 0), count(1)), 0 if whole else above, None)


def messages_in(events: Iterable[Event]) -> int:
    """Count the messages among events."""
    return sum(isinstance(event, Message) for event in events)


def _is_span(event: Event, *, begins: bool) -> bool:
    return isinstance(event, Span) and event.begins is begins
