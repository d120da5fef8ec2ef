"""What an act of misuse is, and what all of them stand on.

An act is tried by a CA that stands on a context and in a session, both its own, and that has a
memory called `MINE`.  It knows what the TA passes with its OCALL, and what others are called: it
can name everything there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Steps
from ocallkit.engine.world import part_of
from ocallkit.model import breaches, calls, optee, tee
from ocallkit.model.calls import Arg, Reply
from ocallkit.model.exit import close_file
from ocallkit.model.params import INOUT, NONE, OUTPUT, Params, memref, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.model.user_mode import back_in_user_mode, still_in_user_mode

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

Does = Callable[..., Steps]
"""What a CA does: a program of its client that gives a `Reply`, or what ioctl() returns."""


class Act(msgspec.Struct, frozen=True):
    """One thing that a caller can get wrong, or do on purpose.

    `about` completes "the CA ...".  `pending` is the request of its own that waits when it is tried
    here, ``ALLOC``, ``OCALL`` or ``FREE``, if one has to.  `only` names the ioctl where the act
    needs it, `switches` say where the system has to be another.
    """

    name: str
    about: str
    does: Does
    pending: str = ""
    only: str = ""
    switches: tuple[tuple[str, str], ...] = ()


# --- what the TA does ----------------------------------------------------------------------------

ASKS: Final = 0
"""The TA's function that asks its CA, and passes memory."""
PLAIN: Final = 1
"""That which asks nothing."""
VALUES: Final = 2
"""That which asks its CA twice, with values only."""

FIRST: Final = 1
"""The number of the first OCALL, and of every one where they have none."""
COMMAND: Final = 100
"""The CA's function that the TA calls."""

SENT: Final = (
    value(INOUT, 1, 2),
    tempref(INOUT, b"ping"),
    tempref(OUTPUT, b"no"),
    value(OUTPUT, 5, 6),
)
"""What the TA passes with the OCALL that passes memory, and what it has where it passes nothing."""

SIZE: Final = sum(p.size for p in SENT)
"""How much memory it needs, in octets."""


def attacked_ta(command: int, params: Params) -> Steps:
    """A TA with a function that asks with memory, one that asks nothing, and one with two values.

    It reports what the last of its OCALLs came to.
    """
    ret = Result.SUCCESS
    if command == ASKS:
        ret, _, _ = yield from TEE_InvokeCACommand(COMMAND, SENT)
    if command == VALUES:
        yield from TEE_InvokeCACommand(COMMAND, (value(INOUT, 1, 2),))
        ret, _, _ = yield from TEE_InvokeCACommand(COMMAND, (value(INOUT, 3, 4),))
    return ret


# --- what there is -------------------------------------------------------------------------------

MINE: Final = "mine"
"""The memory that the CA has registered."""
MINE_SIZE: Final = 16
"""How large it is: an OCALL has room in it."""


def owner_of(client: Client) -> str:
    """The process whose context it is on which a CA stands."""
    return part_of(client.context)


def mine(client: Client) -> str:
    """The CA's own memory."""
    return f"{owner_of(client)}.{MINE}"


def lent(client: Client) -> str:
    """The memory that it allocates for an OCALL."""
    return f"{owner_of(client)}.ocall"


def other(client: Client) -> str:
    """Another process: also what its context and its session are called."""
    return "B" if owner_of(client) != "B" else "A"


def in_use(client: Client) -> str:
    """The memory that the other process has allocated for an OCALL of its own."""
    return f"{other(client)}.ocall"


# --- what all acts do ----------------------------------------------------------------------------


def says(client: Client, arg: Arg) -> Steps:
    """Issue an ioctl with an argument of the CA's own making; gives the `Reply`."""
    ioctl = tee.ioctl_name(client, arg)
    if arg.answers:
        arg = yield writes_answer, client, arg
    reply = yield from tee.tee_ioctl_invoke(client, arg)
    yield from back_in_user_mode(client, ioctl, reply)
    return reply


def writes_answer(world: World, client: Client, arg: Arg) -> Arg:
    """The CA makes up its answer: whether it has been asked, nobody looks.

    Where requests have numbers it names the last that it was told; gives the answer as it is then.
    """
    breaches.answers_itself(world, client, arg)
    if arg.ocall_id == FIRST and world.config.design.transport.numbers_requests:
        return replace(arg, ocall_id=number_told(world, client, arg.session))
    return arg


def number_told(world: World, client: Client, session: str) -> int:
    """The number of the last request on a session that the CA's process has seen."""
    call = optee.pending_call(world, session)
    if call is None:
        return FIRST
    unseen = call.pending == calls.OCALL and not world.threads[call.thread].handed
    return call.ocall_id - unseen


def invokes(client: Client, command: int = ASKS, params: Params = (), **more: object) -> Steps:
    """Invoke in the CA's own session, prepared for OCALLs."""
    arg = Arg(command, params, duplex=True, session=client.session)
    return (yield from says(client, replace(arg, **more)))


def answers(client: Client, what: str, params: Params = (), **more: object) -> Steps:
    """Answer a request of the CA's own session, whether there is one or not."""
    arg = Arg(
        COMMAND if what == calls.OCALL else 0,
        params,
        answers=what,
        duplex=True,
        ocall_id=FIRST,
        origin=Origin.CLIENT_APP if what == calls.OCALL else Origin.API,
        session=client.session,
    )
    return (yield from says(client, replace(arg, **more)))


def allocates(client: Client, size: int = SIZE, *, ocall: bool = True) -> Steps:
    """Make memory, of that many octets; gives its id, which is empty where that failed."""
    made = yield from tee.tee_ioctl_shm_register(
        client, lent(client), size, b"", ocall=ocall, fresh=True
    )
    yield from still_in_user_mode(client)
    return "" if made.errno else made.memory


def closes(client: Client, file: str) -> Steps:
    """Close a file, if there is one; gives an empty `Reply`, for closing fails nowhere here."""
    if file:
        yield from close_file(client, file)
    yield from still_in_user_mode(client)
    return Reply()


def answer(client: Client, first: int = 66) -> Params:
    """What fits the TA's OCALL: other values than were passed, and the memory as it lies."""
    memory = lent(client)
    return (
        value(INOUT, first, first + 1),
        memref(INOUT, memory, 4),
        memref(OUTPUT, memory, 2, 4),
        value(OUTPUT, first + 2, first + 3),
    )


def without_memory(client: Client) -> Params:
    """The same without the memory, which whoever is asked before that may not have."""
    return tuple(NONE if p.memory else p for p in answer(client))
