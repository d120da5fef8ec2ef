"""Which part of a run is shown."""

from __future__ import annotations

from ocallkit.model.events import CA, TEE_DRIVER
from ocallkit.view.window import window
from tests.view.made import flow_1, invocation, ioctl, opening, say

CLOSING = (
    ioctl("A", "TEE_IOC_CLOSE_SESSION", begins=True),
    say("A", CA, "TEE_IOC_CLOSE_SESSION", TEE_DRIVER),
)


def test_shows_the_invocation_from_its_beginning_to_its_end() -> None:
    """What comes before and after the invocation is left out."""
    events = (*opening(), *flow_1(), *CLOSING)
    expected = len(opening()), len(opening()) + len(flow_1())
    assert expected == window(events)


def test_shows_everything_when_asked_to() -> None:
    """`whole` leaves nothing out."""
    events = (*opening(), *flow_1(), *CLOSING)
    assert (0, len(events)) == window(events, whole=True)


def test_shows_everything_where_nothing_is_invoked() -> None:
    """A run without an invocation is shown from its beginning to its end."""
    assert (0, len(opening())) == window(opening())


def test_goes_on_to_the_end_where_an_invocation_never_ends() -> None:
    """Of two invocations one does not end: the run's last event is shown."""
    events = (*flow_1("A"), invocation("B", begins=True), *CLOSING)
    assert (0, len(events)) == window(events)


def test_reaches_from_the_first_invocation_to_the_last() -> None:
    """What two clients do between their invocations is shown."""
    events = (*opening(), *flow_1("A"), *CLOSING, *flow_1("B"), *CLOSING)
    assert (len(opening()), len(events) - len(CLOSING)) == window(events)


def test_the_ioctl_of_an_invocation_belongs_to_it() -> None:
    """Whether its span encloses the invocation's or lies within it makes no difference."""
    begins, *rest, ends = flow_1()
    enclosed = (
        ioctl("A", "TEE_IOC_ECALL", begins=True),
        begins,
        *rest,
        ends,
        ioctl("A", "TEE_IOC_ECALL", begins=False),
    )
    assert (len(opening()), len(opening()) + len(enclosed)) == window(
        (*opening(), *enclosed, *CLOSING)
    )
