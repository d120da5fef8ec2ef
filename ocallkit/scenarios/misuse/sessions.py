"""What is wrong with whom a caller speaks to: the session, the context, the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.model import calls, tee
from ocallkit.model.calls import Reply
from ocallkit.model.config import DEFAULT_TA
from ocallkit.model.devices import AMDTEE
from ocallkit.model.files import CONTEXT, file_of
from ocallkit.model.params import INOUT, memref
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.scenarios.misuse.act import (
    PLAIN,
    Act,
    answers,
    closes,
    invokes,
    mine,
    other,
    owner_of,
    without_memory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def nowhere(client: Client) -> str:
    """A session that there never was."""
    return f"{owner_of(client)}.9"


def invoking(whose: Callable[[Client], str]) -> Callable[[Client], Steps]:
    """A CA that invokes in a session that is not its own."""

    def does(client: Client) -> Steps:
        return (yield from invokes(client, PLAIN, session=whose(client)))

    return does


def closing(whose: Callable[[Client], str]) -> Callable[[Client], Steps]:
    """A CA that closes such a session."""

    def does(client: Client) -> Steps:
        reply = yield from tee.tee_ioctl_close_session(client.on(client.context, whose(client)))
        yield from back_in_user_mode(client, "TEE_IOC_CLOSE_SESSION", reply)
        return reply

    return does


def cancelling(whose: Callable[[Client], str]) -> Callable[[Client], Steps]:
    """A CA that asks to cancel what runs in it."""

    def does(client: Client) -> Steps:
        reply = yield from tee.tee_ioctl_cancel(client.on(client.context, whose(client)))
        yield from back_in_user_mode(client, "TEE_IOC_CANCEL", reply)
        return reply

    return does


def own(client: Client) -> str:
    """The CA's own session."""
    return client.session


def answers_another(client: Client) -> Steps:
    """Answer the OCALL of somebody else's session."""
    return (yield from answers(client, calls.OCALL, without_memory(client), session=other(client)))


def opening(client: Client) -> str:
    """The temporary id of a session that is not being opened any more."""
    return f"{owner_of(client)}.opening"


def answers_opening(client: Client) -> Steps:
    """Answer an OCALL of an opening that is over, by the ioctl that opens."""
    more = {"session": opening(client), "opens": DEFAULT_TA}
    return (yield from answers(client, calls.OCALL, without_memory(client), **more))


def answers_opening_by_invoke(client: Client) -> Steps:
    """The same by TEE_IOC_INVOKE."""
    return (
        yield from answers(client, calls.OCALL, without_memory(client), session=opening(client))
    )


def answers_by_open(client: Client) -> Steps:
    """Answer an OCALL of an invocation by the ioctl that opens a session."""
    return (yield from answers(client, calls.OCALL, without_memory(client), opens=DEFAULT_TA))


def elsewhere(does: Callable[[Client, Client], Steps], device: str = "") -> Callable[..., Steps]:
    """A CA that opens one more context and does something wrong on it, and closes it again."""

    def program(client: Client) -> Steps:
        context = yield tee.tee_open, client, *([device] if device else [])
        yield from back_in_user_mode(client, "open", Reply())
        at = client.on(context)
        reply = yield from does(client, at)
        yield from closes(at, file_of(CONTEXT, context))
        return reply

    return program


def invokes_there(client: Client, at: Client) -> Steps:
    """Invoke in the session of one's own first context."""
    return (yield from invokes(at, PLAIN, session=client.session))


def answers_there(client: Client, at: Client) -> Steps:
    """Answer the OCALL of one's own first context."""
    params = without_memory(client)
    return (yield from answers(at, calls.OCALL, params, session=client.session))


def passes_there(client: Client, at: Client) -> Steps:
    """Open a session and pass it memory of one's own first context."""
    arg = calls.Arg(params=(memref(INOUT, mine(client), 4),), opens=DEFAULT_TA)
    reply = yield from tee.tee_ioctl_invoke(at, arg)
    yield from back_in_user_mode(at, "TEE_IOC_OPEN_SESSION", reply)
    return reply


def closes_context(client: Client) -> Steps:
    """Close the device."""
    return (yield from closes(client, file_of(CONTEXT, client.context)))


def after_close(client: Client) -> Steps:
    """Close the device and invoke all the same."""
    yield from closes_context(client)
    return (yield from invokes(client, PLAIN))


def after_session(client: Client) -> Steps:
    """Close the session and invoke in it all the same."""
    yield from closing(own)(client)
    return (yield from invokes(client, PLAIN))


NO_OCALL: Final = (("capabilities", "no-ocall"),)

SESSIONS: Final = (
    Act("invokes-foreign", "invokes in a session of another process", invoking(other)),
    Act("invokes-nowhere", "invokes in a session that never was", invoking(nowhere)),
    Act("invokes-closed", "invokes in a session that it has closed", after_session),
    Act("invokes-elsewhere", "invokes in its session by another context", elsewhere(invokes_there)),
    Act("closes-foreign", "closes a session of another process", closing(other)),
    Act("closes-nowhere", "closes a session that never was", closing(nowhere)),
    Act("cancels-foreign", "cancels a session of another process", cancelling(other)),
    Act("cancels-nowhere", "cancels a session that never was", cancelling(nowhere)),
    Act("answers-foreign", "answers the OCALL of another process", answers_another),
    Act(
        "answers-elsewhere",
        "answers its OCALL by another context",
        elsewhere(answers_there),
        calls.OCALL,
    ),
    Act("answers-stale-opening", "answers an opening that is over", answers_opening),
    Act("answers-opening", "answers an opening by an invoke", answers_opening_by_invoke),
    Act("answers-by-open", "answers its OCALL by an opening", answers_by_open, calls.OCALL),
    Act("device-closed", "invokes on a device that it has closed", after_close),
    Act("other-device", "invokes on another TEE's device", elsewhere(invokes_there, AMDTEE)),
    Act("no-capability", "wants OCALLs where there are none", invokes, switches=NO_OCALL),
    # What follows it may do; the question is what becomes of the request that waits.
    Act("invokes-again", "invokes a second time while it is asked", invoking(own), calls.OCALL),
    Act("closes-session", "closes its session while it is asked", closing(own), calls.OCALL),
    Act("closes-context", "closes the device while it is asked", closes_context, calls.OCALL),
    Act("cancels", "cancels its invocation while it is asked", cancelling(own), calls.OCALL),
)
"""To whom."""
