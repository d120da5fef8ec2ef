"""The TEE subsystem (tee_core.c, tee_shm.c): contexts, shared memory, and the ioctls.

A generator here is a function of the kernel.  A plain function that takes the world is one step
of it, in this order: the message that has arrived, what must be true, what changes, which
references move, what message is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.arguments import (
    TeeIoctlCancelArg,
    TeeIoctlCloseSessionArg,
    TeeIoctlInvokeArg,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
    max_params,
)
from ocallkit.abi.ioctl import TEE_GEN_CAP_MEMREF_NULL, TEE_IOCTL_SHM_OCALL
from ocallkit.engine import Choose, Option
from ocallkit.engine.system import GO
from ocallkit.engine.world import part_of
from ocallkit.model import breaches, optee
from ocallkit.model.calls import (
    ALLOC,
    EBADF,
    EINVAL,
    ENOENT,
    ENOMEM,
    ENOTSUPP,
    EOPNOTSUPP,
    Arg,
    Held,
    Reply,
)
from ocallkit.model.config import FAILED_REGISTRATION
from ocallkit.model.devices import OPTEE, TEEPRIV, device_of, first_context
from ocallkit.model.events import CA, OPTEE_DRIVER, TEE_DRIVER, Param
from ocallkit.model.files import CONTEXT, fdget, file_of, fput, with_file, without_number
from ocallkit.model.octets import carry_arg, note, note_arg
from ocallkit.model.params import ATTRS, META, is_memref
from ocallkit.model.supplicant import optee_supp_release
from ocallkit.model.wire import free_number, memory_number, session_number
from ocallkit.model.world import Context, Memory

if TYPE_CHECKING:
    from ocallkit.abi.byte_layout import Layout
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

MOST_PARAMS = max_params(TeeIoctlInvokeArg)
"""What fits into TEE_MAX_ARG_SIZE."""

SHM_REGISTER: Final = "TEE_IOC_SHM_REGISTER"

PAGE_SIZE: Final = 4096
USER_MEMORY: Final = 0x7F10_0000_0000
"""Where a CA has the memory that it registers: each on pages of its own."""

LATER: Final = "later"
"""What an `unregister` gives that has put off the end of the memory: somebody else brings it."""

# --- contexts --------------------------------------------------------------------------------


def tee_open(world: World, client: Client, device: str = OPTEE) -> str:
    """The device is opened: a context whose first reference is its file's; gives its id.

    Source: drivers/tee/tee_core.c, tee_open().
    """
    first = first_context(client.name, device)
    context = world.new_id("contexts", first, lambda one: is_in_use(world, one))
    world.put(Context(context, refs=1))
    world.put(with_file(world.processes[client.name], file_of(CONTEXT, context)))
    world.span(client.task, "ioctl", "open", begins=True)
    world.message(client.task, client.party, TEE_DRIVER, "open")
    why = "the device was opened"
    world.got(client.task, f"tee_context {context}", "context file", why, 1)
    return context


def is_in_use(world: World, context: Context) -> bool:
    """Whether a context is there, or memory of the driver's still refers to it."""
    if not context.freed:
        return True
    charged = world.driver_memories.of(part_of(context.id))
    return any(memory.context == context.id for memory in charged)


def teedev_ctx_get(world: World, client: Client, owner: str, why: str) -> None:
    """One reference more on the client's context; nothing happens to one that is being released.

    Source: drivers/tee/tee_core.c, teedev_ctx_get().
    """
    context = world.contexts[client.context]
    world.touch(context)
    if context.releasing:
        return
    world.put(replace(context, refs=context.refs + 1))
    world.got(client.task, f"tee_context {context.id}", owner, why, context.refs + 1)


def drop_context(world: World, client: Client, owner: str, why: str) -> bool:
    """One reference less on the client's context; true if it was the last.

    Source: drivers/tee/tee_core.c, teedev_ctx_put(), up to the release.
    """
    context = world.contexts[client.context]
    world.touch(context)
    if context.releasing:
        return False
    last = context.refs == 1
    world.put(replace(context, refs=context.refs - 1, releasing=last))
    world.dropped(client.task, f"tee_context {context.id}", owner, why, context.refs - 1)
    return last


def teedev_ctx_put(client: Client, owner: str, why: str) -> Steps:
    """Drop a reference on the context; whoever drops the last one releases it.

    Source: drivers/tee/tee_core.c, teedev_ctx_put().
    """
    if (yield drop_context, client, owner, why):
        yield from teedev_ctx_release(client)


def teedev_ctx_release(client: Client) -> Steps:
    """The context's count is zero: its driver lets go of what is left of it.

    Source: drivers/tee/tee_core.c, teedev_ctx_release().
    """
    device = device_of(client.context)
    if device == OPTEE:
        yield from optee.optee_release(client)
    elif device == TEEPRIV:
        yield optee_supp_release, client
    yield free_context, client


def free_context(world: World, client: Client) -> None:
    """The context is gone."""
    world.put(replace(world.contexts[client.context], freed=True))
    world.divider(client.task, f"{client.context}'s context is released")


def teedev_close_context(client: Client) -> Steps:
    """The context's file is closed, whatever else refers to the context.

    That it runs however many memories are outstanding is what jenswi-linaro points out in the
    thread, and why pre_release can cancel here what the release would wait for.  Only the device
    for clients has one.
    Source: drivers/tee/tee_core.c, teedev_close_context(); pre_release as posted.
    """
    if device_of(client.context) == OPTEE:
        yield from client.design.pre_release(client)
    owner = holder(client, "context file")
    yield from teedev_ctx_put(client, owner, f"{'it' if client.kernel else 'the file'} is closed")


# --- shared memory ---------------------------------------------------------------------------


def tee_shm_new(
    world: World, client: Client, memory: str, size: int, data: bytes, *, ocall: bool
) -> None:
    """A tee_shm comes into being: its first reference is its file's, and it holds the context.

    `memory` is its id, `size` in bytes; `ocall` for memory of which OP-TEE is not told.
    Raises ValueError where the client has a memory of that id.
    Source: drivers/tee/tee_shm.c, tee_shm_register().
    """
    if memory in world.memories and not world.memories[memory].freed:
        raise ValueError(
            f"{client.title} has a memory called {memory}: give each a name of its own"
        )
    number = free_number(world, part_of(memory))
    world.put(Memory(memory, client.context, 1, ocall, size, data.ljust(size, b"\0"), number))
    if not client.kernel:
        world.put(with_file(world.processes[client.name], memory))
    teedev_ctx_get(world, client, f"tee_shm {memory}", "the memory belongs to the context")
    owner = holder(client, "file")
    world.got(client.task, f"tee_shm {memory}", owner, "the memory was registered", 1)


def holder(client: Client, file: str) -> str:
    """Who has the first reference on what a client makes: a file of it, or the client itself."""
    return client.title if client.kernel else file


def tee_shm_get(world: World, client: Client, held: Held) -> None:
    """One reference more on a memory.

    Source: drivers/tee/tee_shm.c, tee_shm_get_from_id().
    """
    memory = world.memories[held.memory]
    world.touch(memory)
    breaches.belongs(world, client, memory.context, f"takes a reference on memory {memory.id}")
    world.put(replace(world.memories[held.memory], refs=memory.refs + 1))
    world.got(client.task, f"tee_shm {held.memory}", held.owner, held.why, memory.refs + 1)


def drop_shm(world: World, client: Client, held: Held) -> bool:
    """One reference less on a memory; true if it was the last.

    Source: drivers/tee/tee_shm.c, tee_shm_put(), up to the release.
    """
    memory = world.memories[held.memory]
    world.touch(memory)
    world.put(replace(world.memories[held.memory], refs=memory.refs - 1))
    world.dropped(client.task, f"tee_shm {held.memory}", held.owner, held.why, memory.refs - 1)
    return memory.refs == 1


def tee_shm_put(client: Client, held: Held) -> Steps:
    """Drop a reference on a memory; the last one makes its release work of the calling thread.

    Such a reference is one on the memory's file, and the last put of a file inside a system call
    is carried out when the call is over (`task_work_run`).  A task of the kernel's makes no system
    call: it releases the memory here.
    Source: drivers/tee/tee_shm.c, tee_shm_put(), a dma_buf_put(); fs/file_table.c, fput().
    """
    if (yield drop_shm_later, client, held):
        yield from tee_shm_release(client, held.memory)


def drop_shm_later(world: World, client: Client, held: Held) -> bool:
    """One reference less on a memory; if it was the last, the release is put off.

    True if there is no thread of a process to which it can be put off.
    """
    last = drop_shm(world, client, held)
    if last and not client.kernel:
        process = world.processes[client.name]
        world.put(replace(process, work=(*process.work, (client.task, held.memory))))
    return last and client.kernel


def tee_shm_abandon(world: World, client: Client, memory: str) -> None:
    """A memory that secure world did not take is gone before its file reaches the CA.

    The context is held by its own file: this reference is not its last.
    Source: drivers/tee/tee_shm.c, tee_shm_register(), where the driver fails.
    """
    if not client.kernel:
        process = world.processes[client.name]
        world.put(without_number(process, process.files.index(memory)))
    world.put(replace(world.memories[memory], refs=0))
    owner = holder(client, "file")
    world.dropped(client.task, f"tee_shm {memory}", owner, "secure world did not take it", 0)
    free_shm(world, client, memory)


def put_memory_file(client: Client, memory: str) -> Steps:
    """The memory's file is released: its reference goes, and with the last one the memory.

    Source: drivers/tee/tee_shm.c, the release of the memory's dma-buf.
    """
    if (yield drop_shm, client, Held(memory, "file", "the file is closed")):
        yield from tee_shm_release(client, memory)


def task_work_run(client: Client) -> Steps:
    """Release the memories whose last reference went inside the system call that is ending.

    Source: kernel/task_work.c, task_work_run(), on the return to user mode.
    """
    while (memory := (yield next_work, client)) is not None:
        yield from tee_shm_release(client, memory)


def next_work(world: World, client: Client) -> str | None:
    """The memory that a thread has to release next: the latest first."""
    process = world.processes[client.name]
    own = [memory for task, memory in process.work if task == client.task]
    if own:
        take_work(world, client, own[-1])
    return own[-1] if own else None


def take_work(world: World, client: Client, memory: str) -> None:
    """A memory that was to be released is being released now."""
    process = world.processes[client.name]
    work = tuple((task, one) for task, one in process.work if one != memory)
    world.put(replace(process, work=work))


def tee_shm_release(client: Client, memory: str) -> Steps:
    """The count is zero: secure world gives the memory up, it is freed, its context is let go.

    A design that puts off the first of these puts off all.
    Source: drivers/tee/tee_shm.c, tee_shm_release().
    """
    if (yield from client.design.unregister(client, memory)) is LATER:
        return
    context, last = yield free_shm, client, memory
    if last:
        yield from teedev_ctx_release(client.on(context))


def free_shm(world: World, client: Client, memory: str) -> tuple[str, bool]:
    """The memory is gone; gives its context, and whether its reference on that was the last."""
    record = world.memories[memory]
    world.put(replace(record, freed=True, data=b""))
    at = client.on(record.context)
    return at.context, drop_context(world, at, f"tee_shm {memory}", "the memory was freed")


# --- ioctls ----------------------------------------------------------------------------------


def end_ioctl(client: Client) -> Steps:
    """An ioctl returns: what it held of its file goes, and what it put off is done.

    Source: include/linux/file.h, fdput(); the context may have lost its number meanwhile.
    """
    if client.several and (yield fdput, client):
        yield from teedev_close_context(client)
    yield from task_work_run(client)


def fdput(world: World, client: Client) -> bool:
    """An ioctl lets go of its file; true if no number refers to it any more."""
    return fput(world, file_of(CONTEXT, client.context))


def tee_ioctl_shm_register(
    client: Client,
    memory: str,
    size: int,
    data: bytes,
    *,
    ocall: bool,
    fresh: bool = False,
    ioctl: str = SHM_REGISTER,
) -> Steps:
    """TEE_IOC_SHM_REGISTER: the memory gets a file; with TEE_IOCTL_SHM_OCALL OP-TEE is not told.

    `size` is in bytes; `data` is what the memory holds, filled up with zeros.  With `fresh` the
    memory is called so only if no other is.  The reply has its id.  `ioctl` is TEE_IOC_SHM_ALLOC
    where the kernel has found the memory: it is known to OP-TEE likewise.
    Source: drivers/tee/tee_core.c, tee_ioctl_shm_register(), tee_ioctl_shm_alloc(); the flag as
    posted.
    """
    enter = register_ocall_shm if ocall else register_shm
    errno, memory = yield enter, client, memory, size, data, fresh, ioctl
    if not errno and not ocall:
        errno = yield from optee.optee_shm_register(client, memory, ioctl)
    if client.several and errno != EBADF:
        yield from end_ioctl(client)
    return Reply(errno=errno, memory=memory)


def register_ocall_shm(  # noqa: PLR0917 - steps have no keywords
    world: World,
    client: Client,
    memory: str,
    size: int,
    data: bytes,
    fresh: bool,  # noqa: FBT001
    ioctl: str,
) -> tuple[int, str]:
    """The CA allocates the memory that an OCALL needs; the kernel alone gets to know it."""
    world.note(client.task, CA, "CA allocates shared memory")
    if not fdget(world, client):
        return EBADF, memory
    if device_of(client.context) != OPTEE:
        return ENOTSUPP, memory
    memory = name_of(world, memory, fresh=fresh)
    tee_shm_new(world, client, memory, size, data, ocall=True)
    note_memory(world, client, ioctl, "in", memory)
    note_memory(world, client, ioctl, "out", memory)
    return 0, memory


def note_memory(world: World, client: Client, ioctl: str, way: str, memory: str) -> None:
    """Write down what an ioctl that makes memory is handed, or gives back."""
    if world.log is None or client.kernel:
        return
    made = world.memories[memory]
    number = memory_number(world, memory) if way == "out" else 0
    flags = TEE_IOCTL_SHM_OCALL if made.ocall else 0
    if ioctl == SHM_REGISTER:
        address = USER_MEMORY + made.number * PAGE_SIZE
        data: Layout = TeeIoctlShmRegisterData(address, made.size, flags, number)
    else:
        data = TeeIoctlShmAllocData(made.size, flags, number)
    note(world, client, ioctl, way, data)


def register_shm(  # noqa: PLR0917 - steps have no keywords
    world: World,
    client: Client,
    memory: str,
    size: int,
    data: bytes,
    fresh: bool,  # noqa: FBT001
    ioctl: str,
) -> tuple[int, str] | Choose:
    """The CA registers memory for its invocations; gives 0 or the error number, and the id."""
    world.span(client.task, "ioctl", ioctl, begins=True)
    world.message(client.task, CA, TEE_DRIVER, ioctl, (("length", size),))
    if not fdget(world, client):
        return EBADF, memory
    if device_of(client.context) != OPTEE:
        return ENOTSUPP, memory
    name = name_of(world, memory, fresh=fresh)

    def register(world: World) -> None:
        tee_shm_new(world, client, name, size, data, ocall=False)
        note_memory(world, client, ioctl, "in", name)
        world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")

    if FAILED_REGISTRATION not in world.config.faults:
        register(world)
        return 0, name
    fails = Option(FAILED_REGISTRATION, (ENOMEM, name), fault=True)
    return Choose(Option(GO, (0, name), register), fails)


def name_of(world: World, memory: str, *, fresh: bool) -> str:
    """What new memory is called: as it is asked, unless that is `fresh` or still on its way out."""
    known = world.memories.get(memory)
    leaves = known is not None and not known.refs
    return free_name(world, memory) if fresh or leaves else memory


def free_name(world: World, memory: str) -> str:
    """That id, or the next that no memory has which is still there.

    The kernel gives numbers; a name that says what the memory is for can be taken.  One of which
    secure world still has an object is not given to another: what is used then is the one before.
    """
    name, number = memory, 1
    meant = {mobj.memory for mobj in world.mobjs.of(part_of(memory)) if not mobj.freed}
    while name in world.memories and (name in meant or not world.memories[name].freed):
        number += 1
        name = f"{memory}{number}"
    return name


def tee_ioctl_close_session(client: Client) -> Steps:
    """TEE_IOC_CLOSE_SESSION: the driver closes the client's session, whatever pends on it.

    Source: drivers/tee/tee_core.c, tee_ioctl_close_session().
    """
    errno = yield enter_ioctl, client, "TEE_IOC_CLOSE_SESSION"
    if errno:
        return Reply(errno=errno)
    reply = yield from optee.optee_close_session(client)
    yield from end_ioctl(client)
    return reply


def enter_ioctl(world: World, client: Client, ioctl: str) -> int:
    """A request without parameters is handed to the driver, if the device is open.

    Gives 0, or the error number with which the ioctl fails.
    """
    world.span(client.task, "ioctl", ioctl, begins=True)
    world.message(client.task, CA, TEE_DRIVER, ioctl)
    number = session_number(client.session)
    asks = {"TEE_IOC_CANCEL": TeeIoctlCancelArg(0, number)}
    note(world, client, ioctl, "in", asks.get(ioctl, TeeIoctlCloseSessionArg(number)))
    if not fdget(world, client):
        return EBADF
    world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    return 0


def tee_ioctl_cancel(client: Client) -> Steps:
    """TEE_IOC_CANCEL: what runs in the client's session is asked to give up.

    Source: drivers/tee/tee_core.c, tee_ioctl_cancel().
    """
    errno = yield enter_ioctl, client, "TEE_IOC_CANCEL"
    if errno:
        return Reply(errno=errno)
    reply = yield from optee.optee_cancel_req(client)
    if client.several:
        yield from end_ioctl(client)
    return reply


def tee_ioctl_invoke(client: Client, arg: Arg, read: tuple[int, str] | None = None) -> Steps:
    """TEE_IOC_INVOKE, _ECALL or _OPEN_SESSION: one request and one reply of a longer talk.

    `read` is what `params_from_user` gives, where the argument has been read already.

    Source: drivers/tee/tee_core.c, tee_ioctl_invoke(), tee_ioctl_open_session(); opening text,
    "ECALL IOCTL".
    """
    errno, named = (yield params_from_user, client, arg) if read is None else read
    if errno == EBADF:
        return Reply(errno=errno)
    held: tuple[Held, ...] = ()
    if errno:
        reply = Reply(errno=errno)
    else:
        arg = arg if named == arg.memory else replace(arg, memory=named)
        reply = yield from optee.optee_invoke_func(client, arg)
        held = (*references_to_drop(client, arg, reply), *reply.drops)
    for one in held:
        yield from tee_shm_put(client, one)
    if client.several or held or arg.answers:
        yield from end_ioctl(client)
    return reply


def references_to_drop(client: Client, arg: Arg, reply: Reply) -> tuple[Held, ...]:
    """Which of an ioctl's own references go when it returns: all that the design does not keep.

    Only an early return of the first ioctl keeps any (jenswi-linaro in the discussion).
    """
    if reply.lost:
        return ()
    own = tuple(replace(held, why="the ioctl returns") for held in shm_from_user(client, arg))
    if arg.answers or not reply.asks:
        return own
    kept = client.design.kept(arg.params)
    return tuple(held for held in own if held.memory not in kept)


def params_from_user(world: World, client: Client, arg: Arg) -> tuple[int, str]:
    """The argument is read, each memory that it names is referenced, the driver is called.

    Gives 0 or the error number with which the ioctl fails, and the memory that answers an
    allocation: nothing where that is not the caller's, which the OP-TEE driver will find.  The
    driver of another TEE refuses what carries OCALLs, and finds no TA for anything else.
    Source: drivers/tee/tee_core.c, params_from_user().
    """
    ioctl = ioctl_name(client, arg)
    note_arg(world, client, ioctl.partition("/")[0], arg)
    if not (arg.answers or arg.opens):
        world.span(client.task, "invocation", "invoke", begins=True)
    world.span(client.task, "ioctl", ioctl, begins=True)
    world.message(client.task, CA, TEE_DRIVER, ioctl, _words(client, arg), arg.params)
    if not fdget(world, client):
        return EBADF, ""
    if not _is_valid(world, client, arg):
        return EINVAL, ""
    if device_of(client.context) != OPTEE:
        return EOPNOTSUPP if arg.duplex else ENOENT, ""
    if arg.answers == ALLOC and arg.memory and not _belongs(world, client, arg.memory):
        arg = replace(arg, memory="")
    for held in shm_from_user(client, arg):
        tee_shm_get(world, client, held)
    world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    return 0, arg.memory


def params_from_buffer(
    world: World, client: Client, arg: Arg, before: Any
) -> tuple[tuple[int, str], Arg, Any]:
    """The same where octets cross: libteec writes them, and the driver reads them.

    `before` is what lies in the CA's buffer.  Gives what `params_from_user` gives, the argument as
    it was read, and what lies in the buffer now.
    """
    taken, lies = carry_arg(world, client, arg, before)
    if isinstance(taken, int):
        return (taken, ""), arg, lies
    return params_from_user(world, client, taken), taken, lies


def _words(client: Client, arg: Arg) -> tuple[tuple[str, int | str], ...]:
    if arg.opens and not arg.answers:
        return ()
    words: tuple[tuple[str, int | str], ...] = client.design.transport.words(arg)
    return words if arg.duplex else (("func", arg.command),)


def shm_from_user(client: Client, arg: Arg) -> tuple[Held, ...]:
    """The references that an ioctl holds on the memories that its own parameters name.

    An answer to an allocation names the memory that it hands over.
    Source: the posted tee_core.c, shm_from_user().
    """
    owner = f"ioctl {optee.func_name(arg.answers)}"
    named = tuple(p.memory for p in arg.params if p.memory)
    if arg.memory and arg.answers == ALLOC:
        named = (*named, arg.memory)
    if arg.answers:
        named = client.design.replied(named)
    return tuple(Held(memory, owner, "a parameter names it") for memory in named)


def ioctl_name(client: Client, arg: Arg) -> str:
    """The ioctl that carries `arg`: a CA that is prepared for OCALLs uses the design's."""
    if arg.opens:
        return "TEE_IOC_OPEN_SESSION"
    name: str = client.design.transport.ioctl(arg) if arg.duplex else "TEE_IOC_INVOKE"
    return name


def _is_valid(world: World, client: Client, arg: Arg) -> bool:
    """Whether an argument fits, has known kinds, and names only memory of the caller's."""
    return len(arg.params) <= MOST_PARAMS and all(
        p.attr.removeprefix(META) in ATTRS and (_reaches(world, client, p) or _is_null(arg, p))
        for p in arg.params
    )


def _is_null(arg: Arg, param: Param) -> bool:
    """Whether an answer has a reference to no memory, which comes back as it went out.

    Source: the posted tee_core.c, params_from_user_ocall().
    """
    return bool(arg.answers) and is_memref(param) and not param.memory


def _reaches(world: World, client: Client, param: Param) -> bool:
    """Whether a memory reference lies in memory that exists and belongs to the caller's context.

    One to no memory at all is for drivers that can do with it.
    """
    if not is_memref(param):
        return True
    if not param.memory:
        return bool(client.caps & TEE_GEN_CAP_MEMREF_NULL)
    if not _belongs(world, client, param.memory):
        return False
    memory = world.memories[param.memory]
    return 0 <= param.offset <= param.offset + param.size <= memory.size


def _belongs(world: World, client: Client, memory: str) -> bool:
    """Whether a memory exists and is the caller's (tee_shm_get_from_id).

    One whose count is zero is not found any more, though it is not freed yet (CVE-2021-44733).
    """
    if part_of(memory) != part_of(client.context):
        return False
    record = world.memories.get(memory)
    return record is not None and record.refs > 0 and record.context == client.context
