"""What lies in a CA's buffer at each ioctl, noted for whoever reads the log.

The structures are the transport's affair (`designs.structures`): here is only when they are written
down.  Nothing of it is part of a state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ocallkit.model.calls import EINVAL, RefusedError

if TYPE_CHECKING:
    from ocallkit.abi.byte_layout import Layout
    from ocallkit.model.calls import Arg, Reply
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

L = TypeVar("L", bound="Layout")


def note_arg(world: World, client: Client, ioctl: str, arg: Arg) -> None:
    """An ioctl with parameters begins: what the CA has in its buffer.

    What cannot be written, such as a parameter of no kind, is not noted.
    """
    if world.log is None or client.raw or client.kernel:
        return
    mine, others = buffer_of(world.buffers.get(client.task, ()), arg)
    # What libteec has carried is of this ioctl alone: a CA without it carries nothing.
    carried = world.buffers.get(carried_by(client))
    world.buffers = without(world.buffers, carried_by(client))
    try:
        lies = None if mine is None else mine.head
        head = carried or client.design.transport.octets.write(world, arg, lies)
        world.octets(client.task, ioctl, "in", head)
    except ValueError:
        world.buffers = {**world.buffers, client.task: others}
    else:
        own = Buffer(arg, head, arg.session)
        world.buffers = {**world.buffers, client.task: (*others, own)}


def note_reply(world: World, client: Client, ioctl: str, reply: Reply) -> None:
    """An ioctl with parameters returns: what the driver has left in the CA's buffer."""
    if world.log is None or client.raw or not world.buffers.get(client.task):
        return
    *others, (arg, head, session, _) = world.buffers[client.task]
    head = client.design.transport.octets.write_reply(world, arg, head, reply)
    world.octets(client.task, ioctl, "out", head)
    own = Buffer(arg, head, reply.session if reply.asks else session, bool(reply.asks))
    world.buffers = {**world.buffers, client.task: (*others, own)}


class Buffer(NamedTuple):
    """What a CA has in memory for an invocation; whoever serves an OCALL can begin another.

    `arg` is what it wrote there last, `session` what it has to name in an answer, `pending` whether
    it is asked for one.
    """

    arg: Arg
    head: Any
    session: str
    pending: bool = False


def buffer_of(stack: tuple[Buffer, ...], arg: Arg) -> tuple[Buffer | None, tuple[Buffer, ...]]:
    """The buffer into which an argument is written, if it is an answer, and the others."""
    if not arg.answers:
        return None, tuple(one for one in stack if one.pending)
    for at in reversed(range(len(stack))):
        if stack[at].session == arg.session:
            return stack[at], stack[:at] + stack[at + 1 :]
    return None, stack


def note(world: World, client: Client, ioctl: str, way: str, structure: Layout) -> None:
    """An ioctl without parameters: its argument is the structure itself."""
    if world.log is not None and not client.raw:
        world.octets(client.task, ioctl, way, structure)


# --- where octets cross for real ---------------------------------------------------------------


def carry_arg(world: World, client: Client, arg: Arg, before: Any) -> tuple[Arg | int, Any]:
    """libteec writes an argument into its buffer and the driver reads it there.

    Gives what the driver has read, or the error number with which the ioctl fails, and the buffer.
    """
    octets = client.design.transport.octets
    try:
        head = octets.write(world, arg, before if arg.answers else None)
        if world.log is not None:
            world.buffers = {**world.buffers, carried_by(client): head}
        return octets.read(world, again(head)), head
    except RefusedError as refused:
        return refused.errno, before
    except ValueError:
        return EINVAL, before


def carry_reply(  # noqa: PLR0917 - steps have no keywords
    world: World, client: Client, first: Arg, arg: Arg, head: Any, reply: Reply
) -> tuple[Reply, Any]:
    """The driver writes into the CA's buffer, and libteec reads it; gives both.

    `first` is what the CA wrote there to begin with, `arg` what the driver has read there now.
    """
    octets = client.design.transport.octets
    left = octets.write_reply(world, arg, head, reply)
    return octets.read_reply(world, first, again(left), reply.errno), left


def again(written: L) -> L:
    """A structure as the other side finds it: its octets, and nothing else."""
    return type(written).unpack(written.pack())


def carried_by(client: Client) -> str:
    """Where the world keeps what a task's libteec has just handed over."""
    return f"carried {client.task}"


def without(buffers: dict[str, Any], task: str) -> dict[str, Any]:
    """The buffers of all tasks but one."""
    return {one: lies for one, lies in buffers.items() if one != task}
