"""Trusted applications, and what libutee has for them: the call with which they ask their CA.

A TA is a generator function of a command and its parameters:

    def ta(command, params):
        ret, origin, params = yield from TEE_InvokeCACommand(100, (value(INPUT, 1, 2),))
        return ret
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import breaches
from ocallkit.model.events import OCALL_PTA, OPTEE, TA
from ocallkit.model.ocall_pta import system_ocall
from ocallkit.model.params import (
    MAX_PARAMS,
    NONE,
    U32_MAX,
    Params,
    is_sound,
)
from ocallkit.model.secure import pick, say, thread_rpc_cmd
from ocallkit.model.ta_manager import (
    TaPanic,
    close_session,
    has_opened,
    instance_of,
    invoke_command,
    knows,
    lets_go,
    open_session,
)

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.world import Instance, World

Outcome = tuple[Result, Origin, Params]
"""What TEE_InvokeCACommand gives back: result, its origin, and the parameters as answered."""


def TEE_Wait(milliseconds: int) -> Steps:
    """Let time pass: secure world cannot sleep, so the normal world does it for the thread.

    Source: GP TEE Internal Core API, TEE_Wait().
    """
    yield say, TA, OPTEE, "TEE_Wait", (("timeout", milliseconds),)
    yield from thread_rpc_cmd("SUSPEND", size=milliseconds)
    yield say, OPTEE, TA, "ret"


def TEE_InvokeCACommand(command: int, params: Params = ()) -> Steps:
    """Ask the CA whose invocation this is to carry out `command`; gives `Outcome`.

    `params` are four at most, values or buffers.  A memory reference whose buffer and size do not
    agree never leaves the TA: BAD_PARAMETERS, origin API.  What goes wrong on the way has the
    origin COMMS, what the CA answers API or CLIENT_APP.  A result of which it is said that it is
    OP-TEE's own makes the TA panic: the PTA lets no CA say so.  Where there are no OCALLs the
    result is NOT_IMPLEMENTED, origin API; NOT_SUPPORTED, origin API, where there is no PTA that
    would carry them; ACCESS_DENIED, origin COMMS, for a TA that is a PTA itself.
    Source: libutee as posted, TEE_InvokeCACommand().
    """
    full = (*params, *[NONE] * (MAX_PARAMS - len(params)))
    refused = yield asks_system_pta, command, full
    if refused is not None:
        return *refused, params
    yield say, OPTEE, OCALL_PTA, "dispatch"
    ret, origin, returned = yield from system_ocall(command, full)
    if origin == Origin.TRUSTED_APP:
        origin = Origin.COMMS
    yield say, OCALL_PTA, TA, "ret", (("ret", ret.name), ("origin", origin.name)), returned
    if origin == Origin.TEE:
        yield (breaches.panics,)
        yield from TEE_Panic()
    return ret, origin, returned[: len(params)]


def asks_system_pta(
    world: World, client: str, command: int, params: Params
) -> tuple[Result, Origin] | None:
    """The TA asks the system PTA to carry an OCALL; gives with what it ends if it gets no further.

    Source: libutee as posted, TEE_InvokeCACommand(), which opens a session with the system PTA
    first; optee_os pta/system.c, open_session(), which is for user TAs only.
    """
    caps = world.config.switches["capabilities"]
    if caps == "no-ocall":
        return Result.NOT_IMPLEMENTED, Origin.API
    if caps == "no-system-pta":
        return Result.NOT_SUPPORTED, Origin.API
    if world.config.tas[_instance(world).ta].pseudo:
        return Result.ACCESS_DENIED, Origin.COMMS
    if len(params) > MAX_PARAMS or not all(map(is_sound, params)) or not 0 <= command <= U32_MAX:
        return Result.BAD_PARAMETERS, Origin.API
    words = (("cmd_id", command),)
    world.message(client, TA, OPTEE, "TEE_InvokeCACommand", words, params)
    return None


def either(*ways: str) -> Steps:
    """Go one of several ways, and give which: a TA that leaves it open is explored in all."""
    way: str = yield pick, ways
    return way


def TEE_Panic() -> Steps:
    """The TA dies: whoever has a session with it gets TARGET_DEAD from now on.

    Source: GP TEE Internal Core API, TEE_Panic().
    """
    yield say, TA, OPTEE, "TEE_Panic"
    raise TaPanic


def TEE_GetCancellationFlag() -> Steps:
    """Whether the client has asked to cancel, and the TA wants to know of it.

    Source: GP TEE Internal Core API, TEE_GetCancellationFlag().
    """
    return (yield (is_cancelled,))


def TEE_UnmaskCancellation() -> Steps:
    """From now on the TA wants to know whether it is to give up.

    Source: GP TEE Internal Core API, TEE_UnmaskCancellation().
    """
    yield (unmask_cancellation,)


def TEE_OpenTASession(ta: str, params: Params = ()) -> Steps:
    """Open a session with another TA; gives result and the session, which is empty on failure.

    It ends with the TA's instance, if nobody closes it before.  Where two TAs of a single instance
    have called each other round in a circle the result is BUSY.
    Source: GP TEE Internal Core API, TEE_OpenTASession(); optee_os tee_svc.c,
    syscall_open_ta_session().
    """
    yield say, TA, OPTEE, "TEE_OpenTASession"
    ret, _, _, session = yield from open_session(ta, params)
    if session:
        yield has_opened, session
    return ret, session


def TEE_InvokeTACommand(session: str, command: int, params: Params = ()) -> Steps:
    """Invoke a function of another TA; gives result, origin and the parameters, as for a CA.

    What that TA asks its CA goes to the CA whose call this is.  A session that this TA has not
    opened: BAD_PARAMETERS.
    Source: GP TEE Internal Core API, TEE_InvokeTACommand(); optee_os tee_svc.c,
    syscall_invoke_ta_command().
    """
    yield say, TA, OPTEE, "TEE_InvokeTACommand", (("cmd_id", command),), params
    if not (yield knows, session):
        return Result.BAD_PARAMETERS, Origin.TEE, params
    return (yield from invoke_command(session, command, params))


def TEE_CloseTASession(session: str) -> Steps:
    """Close a session with another TA; one that this TA has not opened makes it panic.

    Source: GP TEE Internal Core API, TEE_CloseTASession(); optee_os libutee, tee_api.c.
    """
    yield say, TA, OPTEE, "TEE_CloseTASession"
    if not (yield lets_go, session):
        yield from TEE_Panic()
    yield from close_session(session)


def remembered() -> Steps:
    """What the TA's instance has remembered, None at first: its global variables."""
    return (yield (recall,))


def remember(value: Any) -> Steps:
    """Keep `value`, which has to have a hash, until the TA's instance ends."""
    yield memorize, value


def _instance(world: World) -> Instance:
    """The instance whose TA runs."""
    return instance_of(world, world.entered[-1])


def recall(world: World, client: str) -> Any:
    """What the TA's instance has remembered."""
    return _instance(world).memory


def memorize(world: World, client: str, value: Any) -> None:
    """The TA's instance remembers a value."""
    world.put(replace(_instance(world), memory=value))


def is_cancelled(world: World, client: str) -> bool:
    """Whether what runs was asked to give up: the client's session, if the TA is not masked."""
    session = world.sessions[world.entered[0]]
    return session.cancelled and not world.sessions[world.entered[-1]].masked


def unmask_cancellation(world: World, client: str) -> None:
    """The TA that runs wants to know of cancellations."""
    world.put(replace(world.sessions[world.entered[-1]], masked=False))
