"""The TEE subsystem (tee_core.c, tee_shm.c): contexts, shared memory, and the ioctls.

A generator here is a function of the kernel.  A plain function that takes the world is one step
of it, in this order: the message that has arrived, what must be true, what changes, which
references move, what message is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.abi.arguments import TeeIoctlInvokeArg, max_params
from ocallkit.model import optee
from ocallkit.model.calls import EBADF, EINVAL, Arg, Held, Reply
from ocallkit.model.events import CA, OPTEE_DRIVER, TEE_DRIVER, Param
from ocallkit.model.params import ATTRS, is_memref
from ocallkit.model.world import Context, Memory

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

CONTEXT_FILE = "context"
"""The file of the open device."""
REQUEST_FILE = "request"
"""The file of a pending OCALL, in the designs that have one."""

MOST_PARAMS = max_params(TeeIoctlInvokeArg)
"""What fits into TEE_MAX_ARG_SIZE."""

# --- contexts --------------------------------------------------------------------------------


def tee_open(world: World, client: Client) -> None:
    """The device is opened: a context whose first reference is its file's.

    Raises ValueError where the client has it open.
    Source: drivers/tee/tee_core.c, tee_open().
    """
    name = client.name
    process = world.processes[name]
    if CONTEXT_FILE in process.files:
        raise ValueError(f"CA {name} has the device open: in this model a client opens it once")
    world.put(Context(name, refs=1))
    world.put(replace(process, files=(*process.files, CONTEXT_FILE)))
    world.span(name, "ioctl", "open", begins=True)
    world.message(name, CA, TEE_DRIVER, "open")
    world.got(name, f"tee_context {name}", "context file", "the device was opened", 1)


def teedev_ctx_get(world: World, name: str, owner: str, why: str) -> None:
    """One reference more on a context; nothing happens to one that is being released.

    Source: drivers/tee/tee_core.c, teedev_ctx_get().
    """
    context = world.contexts[name]
    world.touch(context)
    if context.releasing:
        return
    world.put(replace(context, refs=context.refs + 1))
    world.got(name, f"tee_context {name}", owner, why, context.refs + 1)


def drop_context(world: World, name: str, owner: str, why: str) -> bool:
    """One reference less on a context; true if it was the last.

    Source: drivers/tee/tee_core.c, teedev_ctx_put(), up to the release.
    """
    context = world.contexts[name]
    world.touch(context)
    if context.releasing:
        return False
    last = context.refs == 1
    world.put(replace(context, refs=context.refs - 1, releasing=last))
    world.dropped(name, f"tee_context {name}", owner, why, context.refs - 1)
    return last


def teedev_ctx_put(client: Client, owner: str, why: str) -> Steps:
    """Drop a reference on the context; whoever drops the last one releases it.

    Source: drivers/tee/tee_core.c, teedev_ctx_put().
    """
    if (yield drop_context, client.name, owner, why):
        yield from teedev_ctx_release(client)


def teedev_ctx_release(client: Client) -> Steps:
    """The context's count is zero: the driver lets go of what is left of it.

    Source: drivers/tee/tee_core.c, teedev_ctx_release().
    """
    yield from optee.optee_release(client)
    yield free_context, client.name


def free_context(world: World, name: str) -> None:
    """The context is gone."""
    world.put(replace(world.contexts[name], freed=True))
    world.divider(name, f"{name}'s context is released")


def teedev_close_context(client: Client) -> Steps:
    """The context's file is closed, whatever else refers to the context.

    That it runs however many memories are outstanding is what jenswi-linaro points out in the
    thread, and why pre_release can cancel here what the release would wait for.
    Source: drivers/tee/tee_core.c, teedev_close_context(); pre_release as posted.
    """
    yield from client.design.pre_release(client)
    yield from teedev_ctx_put(client, "context file", "the file is closed")


# --- shared memory ---------------------------------------------------------------------------


def tee_shm_new(
    world: World, client: Client, memory: str, size: int, data: bytes, *, ocall: bool
) -> None:
    """A tee_shm comes into being: its first reference is its file's, and it holds the context.

    `memory` is its id, `size` in bytes; `ocall` for memory of which OP-TEE is not told.
    Raises ValueError where the client has a memory of that id.
    Source: drivers/tee/tee_shm.c, tee_shm_register().
    """
    name = client.name
    process = world.processes[name]
    if memory in world.memories and not world.memories[memory].freed:
        raise ValueError(f"CA {name} has a memory called {memory}: give each a name of its own")
    world.put(Memory(memory, name, 1, ocall, size, data.ljust(size, b"\0")))
    world.put(replace(process, files=(*process.files, memory)))
    teedev_ctx_get(world, name, f"tee_shm {memory}", "the memory belongs to the context")
    world.got(name, f"tee_shm {memory}", "file", "the memory was registered", 1)


def tee_shm_get(world: World, client: str, held: Held) -> None:
    """One reference more on a memory.

    Source: drivers/tee/tee_shm.c, tee_shm_get_from_id().
    """
    memory = world.memories[held.memory]
    world.touch(memory)
    world.put(replace(world.memories[held.memory], refs=memory.refs + 1))
    world.got(client, f"tee_shm {held.memory}", held.owner, held.why, memory.refs + 1)


def drop_shm(world: World, client: str, held: Held) -> bool:
    """One reference less on a memory; true if it was the last.

    Source: drivers/tee/tee_shm.c, tee_shm_put(), up to the release.
    """
    memory = world.memories[held.memory]
    world.touch(memory)
    world.put(replace(world.memories[held.memory], refs=memory.refs - 1))
    world.dropped(client, f"tee_shm {held.memory}", held.owner, held.why, memory.refs - 1)
    return memory.refs == 1


def tee_shm_put(client: Client, held: Held) -> Steps:
    """Drop a reference on a memory; whoever drops the last one releases it, and waits for that.

    Source: drivers/tee/tee_shm.c, tee_shm_put().
    """
    if (yield drop_shm, client.name, held):
        yield from tee_shm_release(client, held.memory)


def tee_shm_release(client: Client, memory: str) -> Steps:
    """The count is zero: secure world gives the memory up, it is freed, its context is let go.

    Source: drivers/tee/tee_shm.c, tee_shm_release().
    """
    yield from optee.optee_shm_unregister(client, memory)
    if (yield free_shm, client.name, memory):
        yield from teedev_ctx_release(client)


def free_shm(world: World, client: str, memory: str) -> bool:
    """The memory is gone; true if its reference on the context was the context's last."""
    record = world.memories[memory]
    world.put(replace(record, freed=True, data=b""))
    return drop_context(world, client, f"tee_shm {memory}", "the memory was freed")


# --- ioctls ----------------------------------------------------------------------------------


def tee_ioctl_shm_register(
    client: Client, memory: str, size: int, data: bytes, *, ocall: bool
) -> Steps:
    """TEE_IOC_SHM_REGISTER: the memory gets a file; with TEE_IOCTL_SHM_OCALL OP-TEE is not told.

    `size` is in bytes; `data` is what the memory holds, filled up with zeros.
    Source: drivers/tee/tee_core.c, tee_ioctl_shm_register(); the flag as posted.
    """
    if ocall:
        yield register_ocall_shm, client, memory, size
        return Reply()
    if not (yield register_shm, client, memory, size, data):
        return Reply(errno=EBADF)
    yield from optee.optee_shm_register(client, memory)
    return Reply()


def register_ocall_shm(world: World, client: Client, memory: str, size: int) -> None:
    """The CA allocates the memory that an OCALL needs; the kernel alone gets to know it."""
    world.note(client.name, CA, "CA allocates shared memory")
    tee_shm_new(world, client, memory, size, b"", ocall=True)


def register_shm(world: World, client: Client, memory: str, size: int, data: bytes) -> bool:
    """The CA registers memory for its invocations; false if the device is not open."""
    world.span(client.name, "ioctl", "TEE_IOC_SHM_REGISTER", begins=True)
    world.message(client.name, CA, TEE_DRIVER, "TEE_IOC_SHM_REGISTER", (("length", size),))
    if CONTEXT_FILE not in world.processes[client.name].files:
        return False
    tee_shm_new(world, client, memory, size, data, ocall=False)
    world.message(client.name, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    return True


def tee_ioctl_open_session(client: Client) -> Steps:
    """TEE_IOC_OPEN_SESSION: the driver opens a session with the client's TA.

    Source: drivers/tee/tee_core.c, tee_ioctl_open_session().
    """
    errno = yield enter_ioctl, client, "TEE_IOC_OPEN_SESSION"
    if errno:
        return Reply(errno=errno)
    yield from optee.optee_open_session(client)
    return Reply()


def tee_ioctl_close_session(client: Client) -> Steps:
    """TEE_IOC_CLOSE_SESSION: the driver closes the client's session, whatever pends on it.

    Source: drivers/tee/tee_core.c, tee_ioctl_close_session().
    """
    errno = yield enter_ioctl, client, "TEE_IOC_CLOSE_SESSION"
    if errno:
        return Reply(errno=errno)
    return (yield from optee.optee_close_session(client))


def enter_ioctl(world: World, client: Client, ioctl: str) -> int:
    """A request without parameters is handed to the driver, if the device is open.

    Gives 0, or the error number with which the ioctl fails.
    """
    name = client.name
    world.span(name, "ioctl", ioctl, begins=True)
    world.message(name, CA, TEE_DRIVER, ioctl)
    if CONTEXT_FILE not in world.processes[name].files:
        return EBADF
    world.message(name, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    return 0


def tee_ioctl_invoke(client: Client, arg: Arg) -> Steps:
    """TEE_IOC_INVOKE or TEE_IOC_ECALL: one request and one reply of a longer talk.

    Source: drivers/tee/tee_core.c, tee_ioctl_invoke(); opening text, "ECALL IOCTL".
    """
    errno = yield params_from_user, client, arg
    if errno:
        return Reply(errno=errno)
    reply: Reply = yield from optee.optee_invoke_func(client, arg)
    for held in (*references_to_drop(client, arg, reply), *reply.drops):
        yield from tee_shm_put(client, held)
    return reply


def references_to_drop(client: Client, arg: Arg, reply: Reply) -> tuple[Held, ...]:
    """Which of an ioctl's own references go when it returns: all that the design does not keep.

    Only an early return of the first ioctl keeps any (jenswi-linaro in the thread).
    """
    own = tuple(replace(held, why="the ioctl returns") for held in shm_from_user(arg))
    if arg.answers or not reply.asks:
        return own
    kept = client.design.kept(arg.params)
    return tuple(held for held in own if held.memory not in kept)


def params_from_user(world: World, client: Client, arg: Arg) -> int:
    """The argument is read, each memory that it names is referenced, the driver is called.

    Gives 0, or the error number with which the ioctl fails.
    Source: drivers/tee/tee_core.c, params_from_user().
    """
    name = client.name
    ioctl = ioctl_name(client, arg)
    words = client.design.transport.words(arg) if arg.duplex else (("func", arg.command),)
    if not arg.answers:
        world.span(name, "invocation", "invoke", begins=True)
    world.span(name, "ioctl", ioctl, begins=True)
    world.message(name, CA, TEE_DRIVER, ioctl, words, arg.params)
    if CONTEXT_FILE not in world.processes[name].files:
        return EBADF
    if not _is_valid(world, name, arg):
        return EINVAL
    for held in shm_from_user(arg):
        tee_shm_get(world, name, held)
    world.message(name, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    return 0


def shm_from_user(arg: Arg) -> tuple[Held, ...]:
    """The references that an ioctl holds on the memories that its own parameters name.

    An answer to an allocation names the memory that it hands over.
    Source: the posted tee_core.c, shm_from_user().
    """
    owner = f"ioctl {optee.FUNC_NAMES[arg.answers]}"
    named = [p.memory for p in arg.params if p.memory]
    if arg.memory:
        named.append(arg.memory)
    return tuple(Held(memory, owner, "a parameter names it") for memory in named)


def ioctl_name(client: Client, arg: Arg) -> str:
    """The ioctl that carries `arg`: a CA that is prepared for OCALLs uses the design's."""
    name: str = client.design.transport.ioctl(arg) if arg.duplex else "TEE_IOC_INVOKE"
    return name


def _is_valid(world: World, name: str, arg: Arg) -> bool:
    """Whether an argument fits, has known kinds, and names only memory of the caller's."""
    return (
        len(arg.params) <= MOST_PARAMS
        and all(p.attr in ATTRS and _reaches(world, name, p) for p in arg.params)
        and (not arg.memory or _belongs(world, name, arg.memory))
    )


def _reaches(world: World, name: str, param: Param) -> bool:
    """Whether a memory reference lies in memory that exists and belongs to the caller's context."""
    if not (is_memref(param) and param.memory):
        return True
    if not _belongs(world, name, param.memory):
        return False
    memory = world.memories[param.memory]
    return 0 <= param.offset <= param.offset + param.size <= memory.size


def _belongs(world: World, name: str, memory: str) -> bool:
    """Whether a memory exists and is the caller's (tee_shm_get_from_id)."""
    record = world.memories.get(memory)
    return record is not None and not record.freed and record.context == name
