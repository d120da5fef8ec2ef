"""The supplicant: a process that serves requests of secure world, and the driver between them.

A client whose secure thread asks for something that only user space has, such as a TA that is to
be loaded, queues a request in the driver and waits.  tee-supplicant takes it by TEE_IOC_SUPPL_RECV
and answers by TEE_IOC_SUPPL_SEND.  Either can die first: each request outlives whoever is gone.

Source: drivers/tee/optee/supp.c; tee-supplicant's tee_supplicant.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Become, Blocked, Choose, Option, Steps
from ocallkit.engine.system import GO
from ocallkit.model.calls import EINVAL, Answer, Reply
from ocallkit.model.config import SUPPLICANT
from ocallkit.model.devices import TEEPRIV
from ocallkit.model.events import OPTEE_DRIVER, TEE_DRIVER, TEE_SUPPLICANT
from ocallkit.model.requests import (
    DONE,
    LEFT,
    PROCESSING,
    QUEUED,
    first_queued,
    next_number,
)
from ocallkit.model.user_mode import back_in_user_mode, dying_of, is_dying, kill_of
from ocallkit.model.world import Request

if TYPE_CHECKING:
    from ocallkit.model.calls import Rpc
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

LOAD_TA: Final = "LOAD_TA"
RPCS: Final = frozenset({LOAD_TA})
"""The RPCs that only the supplicant can answer."""

REQUESTS: Final = "requests"
"""The part of the world that has them: they are the driver's, and nobody's client."""

LOST: Final = Answer(rpc=Result.COMMUNICATION, origin=Origin.COMMS)
"""What secure world gets when nobody answers any more."""


# --- the client's side -------------------------------------------------------------------------


def optee_supp_thrd_req(client: Client, rpc: Rpc) -> Steps:
    """Have the supplicant serve an RPC, and wait for it; gives the `Answer` for secure world.

    Source: drivers/tee/optee/supp.c, optee_supp_thrd_req().
    """
    request = yield queue_request, client, rpc
    if request is None:
        return Answer()
    return (yield wait_for_supplicant, client, request) if request else LOST


def queue_request(world: World, client: Client, rpc: Rpc) -> str | None:
    """The request is the last in the queue; gives its id.

    Nothing is given where the supplicant is not modelled: it answers at once.  No request is made
    for a client in the kernel where there is no supplicant: such a one does not wait until somebody
    starts it.
    Source: drivers/tee/optee/supp.c, optee_supp_thrd_req(); drivers/tee/tee_core.c,
    tee_client_open_context(), supp_nowait.
    """
    if world.config.supplicant is None:
        return None
    if client.kernel and not has_supplicant(world):
        return ""
    known = world.requests.of(REQUESTS)
    first = f"{REQUESTS}.{rpc.thread}"
    taken = {one.id for one in known}
    name = next(n for i in range(len(taken) + 1) if (n := first + f".{i}" * bool(i)) not in taken)
    world.put(Request(name, QUEUED, next_number(known), rpc.cmd, rpc.waits))
    world.note(client.task, OPTEE_DRIVER, f"{rpc.cmd} is queued for {SUPPLICANT}")
    return name


def has_supplicant(world: World) -> bool:
    """Whether some process has the supplicant's device open."""
    return any(not context.freed for context in world.contexts.of(SUPPLICANT))


def wait_for_supplicant(world: World, client: Client, request: str) -> Answer | Choose:
    """The client waits for its answer; a kill ends that, and the call goes on to its end.

    A request that the supplicant has taken stays until it comes back with it: that finds nobody.
    Source: drivers/tee/optee/supp.c, optee_supp_thrd_req(), wait_for_completion_killable().
    """
    found = world.requests[request]
    if found.state == DONE:
        world.drop(found)
        return Answer(rpc=found.ret)
    if client.kernel:
        raise _waits(client, found)
    design = client.design
    if is_dying(world, client):
        design.supp_given_up(world, found)
        return LOST
    killing = kill_of(world, client, LOST, lambda world: design.supp_given_up(world, found))
    return Choose(killing, unless=_waits(client, found))


def _waits(client: Client, request: Request) -> Blocked:
    state = "is queued" if request.state == QUEUED else "was taken"
    return Blocked(f"{client.title} waits for {SUPPLICANT}: its {request.cmd} {state}", SUPPLICANT)


# --- the supplicant's side ---------------------------------------------------------------------


def tee_supplicant(client: Client) -> Steps:
    """The supplicant's program: it opens its device, and serves whatever comes.

    Source: tee-supplicant's tee_supplicant.c, main(), process_one_request().
    """
    # The TEE subsystem is built on the driver, and that on this.
    from ocallkit.model.tee import tee_open  # noqa: PLC0415

    context = yield tee_open, client, TEEPRIV
    yield from back_in_user_mode(client, "open", Reply())
    return Become(serve, context)


def serve(client: Client, context: str) -> Steps:
    """One request after the other: each is taken, served and answered."""
    at = client.on(context)
    request = yield from TEE_IOC_SUPPL_RECV(at)
    yield from TEE_IOC_SUPPL_SEND(at, request)
    return Become(serve, context)


def TEE_IOC_SUPPL_RECV(client: Client) -> Steps:
    """Wait for a request and take it; gives its id.

    Source: drivers/tee/tee_core.c, tee_ioctl_supp_recv().
    """
    request = yield optee_supp_recv, client
    yield from back_in_user_mode(client, "TEE_IOC_SUPPL_RECV", Reply())
    return request


def TEE_IOC_SUPPL_SEND(client: Client, request: str, ret: Result = Result.SUCCESS) -> Steps:
    """Answer a request; gives EINVAL where nobody waits for it, else 0.

    Source: drivers/tee/tee_core.c, tee_ioctl_supp_send().
    """
    errno = yield optee_supp_send, client, request, ret
    yield from back_in_user_mode(client, "TEE_IOC_SUPPL_SEND", Reply(errno=errno))
    return errno


def optee_supp_recv(world: World, client: Client) -> str | Choose:
    """The first request of the queue is the supplicant's; with none in it the supplicant idles.

    A kill ends that wait.
    Source: drivers/tee/optee/supp.c, optee_supp_recv(), supp_pop_entry().
    """
    first = first_queued(world.requests.of(REQUESTS))
    if first is None:
        idle = Blocked(f"{SUPPLICANT} has nothing to do", "a request")
        return Choose(dying_of(world, client), unless=idle)

    def take(world: World) -> None:
        world.span(client.task, "ioctl", "TEE_IOC_SUPPL_RECV", begins=True)
        world.message(client.task, TEE_SUPPLICANT, TEE_DRIVER, "TEE_IOC_SUPPL_RECV")
        world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
        world.put(replace(first, state=PROCESSING))
        words = (("func", first.cmd), ("for", first.ta))
        world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret", words)

    return Choose(Option(GO, first.id, take))


optee_supp_recv.idles = True  # type: ignore[attr-defined]


def optee_supp_send(world: World, client: Client, request: str, ret: Result) -> int:
    """Whoever waits for the request goes on with that result; gives 0, or EINVAL for nobody.

    Source: drivers/tee/optee/supp.c, optee_supp_send(), supp_pop_req().
    """
    world.span(client.task, "ioctl", "TEE_IOC_SUPPL_SEND", begins=True)
    world.message(client.task, TEE_SUPPLICANT, TEE_DRIVER, "TEE_IOC_SUPPL_SEND")
    world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    found = world.requests.get(request)
    if found is not None and found.freed:
        # It is in a part of all, and who has touched it is seen where that one's own is.
        world.put(replace(found, id=f"{client.name}.request", misused=True))
    waits = found is not None and found.state == PROCESSING
    if found is not None and waits:
        world.put(replace(found, state=DONE, ret=ret))
    elif found is not None and found.state == LEFT:
        world.drop(found)
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret")
    return 0 if waits else EINVAL


def optee_supp_release(world: World, client: Client) -> None:
    """The supplicant is gone: what it had taken is answered; what is queued stays for the next.

    Source: drivers/tee/optee/supp.c, optee_supp_release().
    """
    for one in world.requests.of(REQUESTS):
        if one.state == PROCESSING:
            world.put(replace(one, state=DONE, ret=Result.COMMUNICATION))
        elif one.state == LEFT:
            world.drop(one)
