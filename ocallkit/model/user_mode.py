"""User mode, as far as the kernel can tell: the CA goes on, fails in what it is asked, or dies.

A kill takes effect here: between two system calls, or on the return from one before the CA sees
its result; and in those waits in the kernel that say so.
"""

from __future__ import annotations

from errno import errorcode
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.engine import Become, Blocked, Choose, Option, Steps
from ocallkit.engine.system import GO
from ocallkit.model import breaches, calls
from ocallkit.model.events import CA, TEE_DRIVER
from ocallkit.model.files import leave_kernel
from ocallkit.model.mobj import write_memory
from ocallkit.model.octets import carry_reply, note_reply
from ocallkit.model.params import Params, comes_out, goes_in
from ocallkit.model.teec_checks import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.calls import Reply
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

HANDLER_ERROR: Final = "handler-error"
REFUSED: Final = "refused-allocation"
NEVER: Final = "never-answers"
CLOSES_SESSION: Final = "closes-session"
CLOSES_CONTEXT: Final = "closes-context"
TWICE: Final = "answers-twice"
MISCHIEF: Final = (HANDLER_ERROR, CLOSES_SESSION, CLOSES_CONTEXT, TWICE, NEVER)
"""What a handler can do other than serve its OCALL, in the order in which it is offered."""


Carried = tuple[Any, Any, Any]
"""What the CA wrote to begin with, what the driver has read now, and where it lies."""


def back_in_user_mode(
    client: Client, ioctl: str, reply: Reply, carried: Carried | None = None
) -> Steps:
    """An ioctl returns to the CA, if it still lives; gives what it reads then.

    Where it fails in what it is asked, gives the name of that instead.  Where octets cross it gives
    three things: that, the reply as the CA reads it, and what lies in its buffer.
    """
    if carried is None:
        value = served = yield return_to_user, client, ioctl, reply
    else:
        value = yield return_to_user, client, ioctl, reply, carried
        served = value[0]
    if served == NEVER:
        yield sleep_for_ever, client
    return value


def still_in_user_mode(client: Client) -> Steps:
    """A moment in user mode between two system calls."""
    yield run_on, client


def return_to_user(
    world: World, client: Client, ioctl: str, reply: Reply, carried: Carried | None = None
) -> Choose:
    """The ioctl returns: the CA goes on, fails in what it is asked, or dies before it sees it."""
    left = None
    if carried is not None:
        reply, left = carry_reply(world, client, *carried, reply)
    is_invoke = "INVOKE" in ioctl or "ECALL" in ioctl
    if world.log is not None:
        words = reply_words(world, reply) if is_invoke or reply.errno or reply.ret else ()
        world.message(client.task, TEE_DRIVER, client.party, "ret", words, reply.params)
    if is_invoke or ioctl == "TEE_IOC_OPEN_SESSION":
        note_reply(world, client, ioctl.partition("/")[0], reply)
    world.span(client.task, "ioctl", ioctl, begins=False)
    if is_invoke and not reply.asks:
        world.span(client.task, "invocation", "invoke", begins=False)
    leave_kernel(world, client)
    if is_dying(world, client):
        return Choose(_dying(client))
    ways = _ways_on(world, client, reply)
    if carried is not None:
        ways = [
            way if way.resort or way.name == "kill" else _reads(way, reply, left) for way in ways
        ]
    return Choose(*ways)


def _reads(way: Option, reply: Reply, left: Any) -> Option:
    """The same way, where the CA reads its buffer."""
    return way._replace(value=(way.value, reply, left))


def reply_words(world: World, reply: Reply) -> tuple[tuple[str, int | str], ...]:
    """What a returning call says: its error, its request, or its result."""
    if reply.errno:
        return (("errno", errorcode.get(reply.errno, reply.errno)),)
    if reply.asks:
        return world.config.design.transport.words(reply)
    return (("ret", reply.ret.name), ("origin", reply.origin.name))


def run_on(world: World, client: Client) -> Choose:
    """The CA goes on, or dies here."""
    leave_kernel(world, client)
    if is_dying(world, client):
        return Choose(_dying(client))
    return Choose(Option("go", None), *_kill(world, client))


def sleep_for_ever(world: World, client: Client) -> Choose:
    """A handler that never answers; only a kill ends it, and where none comes, none would not."""
    never = Blocked(f"{client.title} never answers its OCALL", client.title)
    return waits_in_user_mode(world, client, never)


def waits_in_user_mode(world: World, client: Client, wait: Blocked) -> Choose:
    """A wait of the CA's own, of which the kernel knows nothing: a kill ends it at once."""
    return Choose(dying_of(world, client), unless=wait)


def msleep_interruptible(world: World, client: Client) -> Choose | None:
    """The driver lets time pass for a secure thread: a kill ends that early, and with success.

    The thread dies when it leaves the kernel.  One that is to die does not wait at all, and a
    client in the kernel is never killed.
    Source: drivers/tee/optee/rpc.c, handle_rpc_func_cmd_wait().
    """
    if client.kernel or is_dying(world, client):
        return None
    killed = kill_of(world, client, None)
    return Choose(Option(GO, None), *([] if killed.resort else [killed]))


def _ways_on(world: World, client: Client, reply: Reply) -> list[Option]:
    faults = world.config.faults

    def is_handed(world: World) -> None:
        breaches.handed(world, client, reply.session)

    if reply.asks == calls.OCALL:
        breaches.ocall_arrives(world, client, reply)
    refused = refusal(world, client, reply) if reply.asks else None
    if refused is not None:
        return [Option("go", refused, is_handed), *_kill(world, client)]
    seen = read_outputs(world, client, reply)
    if reply.asks != calls.OCALL:
        ways = [Option("go", seen)]
        if reply.asks == calls.ALLOC and REFUSED in faults:
            ways.append(Option(REFUSED, REFUSED))
        return [*ways, *_kill(world, client)]

    def services(world: World) -> None:
        world.note(client.task, CA, "CA services OCALL")
        is_handed(world)

    def answers_at_once(world: World) -> None:
        services(world)
        breaches.served(world, client, reply.session, seen)

    ways = [Option("go", seen, services)]
    effects = dict.fromkeys((CLOSES_SESSION, CLOSES_CONTEXT, TWICE), answers_at_once)
    ways += [Option(f, f, effects.get(f, services)) for f in MISCHIEF if f in faults]
    return [*ways, *_kill(world, client)]


# --- kills -------------------------------------------------------------------------------------


def is_dying(world: World, client: Client) -> bool:
    """Whether the process of a thread in the kernel was killed, or ended by another thread."""
    return world.processes[client.name].state != "running"


def _dying(client: Client) -> Option:
    return Option("dies", _end(client))


def _kill(world: World, client: Client) -> list[Option]:
    if "kill" not in world.config.faults:
        return []
    return [_killing(world, client)]


def _killing(world: World, client: Client) -> Option:
    """The process is killed: nothing of its program runs any more, its exit begins.

    It is no exception in the program, which could catch it, or tidy up: no dead process can.  Its
    other threads end as well where they are in user mode, and else on their way out of the kernel.
    """
    return kill_of(world, client, _end(client))._replace(resort=False)


def dying_of(world: World, client: Client) -> Option:
    """The kill that ends a wait of a process which runs no program any more behind it.

    Where nobody is killed it is tried all the same, to see whether it would.
    """
    return kill_of(world, client, _end(client))


def kill_of(
    world: World, client: Client, value: Any, effect: Callable[[World], None] | None = None
) -> Option:
    """The kill that ends a wait in the kernel, from which the thread goes on with `value`."""

    def kill(world: World) -> None:
        if effect is not None:
            effect(world)
        die(world, client)

    resort = "kill" not in world.config.faults
    also = siblings_end(world, client)
    return Option("kill", value, kill, fault=True, resort=resort, also=also)


def siblings_end(world: World, client: Client) -> tuple[tuple[str, Become], ...]:
    """The other threads of a process that are in user mode, each with its end."""
    if not client.several:
        return ()
    process = world.processes[client.name]
    others = (t for t in process.tasks if t != client.task and t not in process.inside)
    return tuple((task, _end(replace(client, task=task))) for task in others)


def _end(client: Client) -> Become:
    """How a thread goes on that runs no program any more."""
    # The exit is built on user mode.
    from ocallkit.model.exit import do_exit  # noqa: PLC0415

    own = replace(client, context="", session="")
    return Become(do_exit, own, None)


def die(world: World, client: Client) -> None:
    """The process is killed: it will close its files and do nothing else."""
    world.put(replace(world.processes[client.name], state="killed"))
    world.divider(client.name, f"{client.process} is killed")


def read_outputs(world: World, client: Client, reply: Reply) -> Params:
    """The parameters with the bytes that the CA finds in its memory now."""
    result = []
    for p in reply.params:
        readable = goes_in(p) if reply.asks else comes_out(p)
        # The CA reads through its own mapping: what it has freed itself is its own affair.
        if p.memory and readable and not world.memories[p.memory].freed:
            memory = world.memories[p.memory]
            breaches.belongs(world, client, memory.context, f"reads memory {memory.id}")
            data = world.memories[p.memory].data[p.offset : p.offset + p.size]
            result.append(replace(p, data=data))
        else:
            result.append(replace(p, data=bytes(p.size)) if p.memory else p)
    return tuple(result)


def store_outputs(world: World, client: Client, out: Params, session: str) -> None:
    """What the handler answers is written to the memory of the OCALL on a session."""
    for p in out:
        if p.memory and comes_out(p):
            write_memory(world, p.memory, p.offset, p.data)
    breaches.served(world, client, session, out)
