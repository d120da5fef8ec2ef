"""The ioctls as a CA issues them: octets go in, octets and a number come out.

libteec has a CA's programs speak in names (`client`).  One that wants to say something else than
libteec would, writes its own structures:

    def ca(client):
        device = yield from open_device(client)
        arg = TeeIoctlOpenSessionArg(uuid_octets("ta")).pack()
        rc, _, arg = yield from ioctl(device, TEE_IOC_OPEN_SESSION, user=arg)

`rc` is what ioctl() returns, or minus the error number.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TEE_IOCTL_LOGIN_REE_KERNEL_MAX,
    Login,
    TeeIoctlBufData,
    TeeIoctlCancelArg,
    TeeIoctlCloseSessionArg,
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
    TeeIoctlVersionData,
    refuse_buf_len,
)
from ocallkit.abi.byte_layout import Layout, members, sizeof
from ocallkit.engine.world import part_of
from ocallkit.model import breaches, tee
from ocallkit.model.calls import EBADF, EFAULT, EINVAL, EPERM, Arg, RefusedError, Reply
from ocallkit.model.devices import AMDTEE, OPTEE, device_of
from ocallkit.model.exit import close_one
from ocallkit.model.files import CONTEXT, FIRST, file_of, has_file, with_file
from ocallkit.model.mobj import write_memory
from ocallkit.model.octets import note
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.model.wire import memory_named, memory_number, session_named

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import Process, World

USER_BUFFER: Final = 0x7F00_0000_0000
"""Where in the CA's memory its buffer lies; nothing is mapped elsewhere."""

WITH_PARAMETERS: Final[dict[int, tuple[str, type[Layout]]]] = {
    numbers.TEE_IOC_OPEN_SESSION: ("TEE_IOC_OPEN_SESSION", TeeIoctlOpenSessionArg),
    numbers.TEE_IOC_INVOKE: ("TEE_IOC_INVOKE", TeeIoctlInvokeArg),
    numbers.TEE_IOC_ECALL: ("TEE_IOC_ECALL", TeeIoctlEcallArg),
}
"""The ioctls that say where their argument lies."""

PLAIN: Final[dict[int, tuple[str, type[Layout]]]] = {
    numbers.TEE_IOC_VERSION: ("TEE_IOC_VERSION", TeeIoctlVersionData),
    numbers.TEE_IOC_SHM_ALLOC: ("TEE_IOC_SHM_ALLOC", TeeIoctlShmAllocData),
    numbers.TEE_IOC_SHM_REGISTER: ("TEE_IOC_SHM_REGISTER", TeeIoctlShmRegisterData),
    numbers.TEE_IOC_CANCEL: ("TEE_IOC_CANCEL", TeeIoctlCancelArg),
    numbers.TEE_IOC_CLOSE_SESSION: ("TEE_IOC_CLOSE_SESSION", TeeIoctlCloseSessionArg),
}
"""Those that are handed their argument itself."""

NAMES: Final = {request: name for request, (name, _) in (WITH_PARAMETERS | PLAIN).items()}

COUNT_AT: Final = {
    layout: next(member.offset for member in members(layout) if member.name == "num_params")
    for _, layout in WITH_PARAMETERS.values()
}
"""Where each of them has the number of its parameters."""

MOST_MEMORY: Final = 1 << 20
"""The largest memory, in octets, for which this machine has room."""

Taken = Arg | Layout
"""What the driver has read."""

Answered = tuple[int, bytes, bytes]
"""What an ioctl gives back: its value, its own argument, and the buffer to which that points."""


def open_device(client: Client, device: str = OPTEE) -> Steps:
    """Open the device; gives the client as it stands on the new context, for `ioctl`."""
    context = yield tee.tee_open, client, device
    yield from back_in_user_mode(client, "open", Reply())
    return replace(client.on(context), raw=True)


def close(device: Client, fd: int) -> Steps:
    """Close a file by its number; gives 0, or -EBADF where it is not open."""
    file = yield file_numbered, device, fd
    if not file:
        return -EBADF
    yield from close_one(device, file)
    return 0


def ioctl(device: Client, request: int, data: bytes = b"", user: bytes = b"") -> Steps:
    """Issue an ioctl on an open device; gives `Answered`.

    `data` is its argument.  Where that is struct tee_ioctl_buf_data, it may be left out: then it
    says that `user` is the buffer.

    Source: drivers/tee/tee_core.c, tee_ioctl().
    """
    if request in WITH_PARAMETERS and not data:
        data = TeeIoctlBufData(USER_BUFFER, len(user)).pack()
    name = NAMES.get(request, "an unknown ioctl")
    taken = yield copy_from_user, device, request, data, user
    if type(taken) is int:
        yield from back_in_user_mode(device, name, Reply(errno=taken))
        return -taken, data, user
    reply = yield from serve(device, request, taken)
    answered = yield copy_to_user, device, request, data, user, taken, reply
    yield from back_in_user_mode(device, name, reply)
    return answered


def serve(device: Client, request: int, taken: Taken) -> Steps:
    """Carry out what the driver has read; gives a `Reply`."""
    if isinstance(taken, Arg):
        return (yield from tee.tee_ioctl_invoke(device, taken))
    if isinstance(taken, TeeIoctlCloseSessionArg):
        at = device.on(device.context, session_named(taken.session))
        return (yield from tee.tee_ioctl_close_session(at))
    if isinstance(taken, TeeIoctlCancelArg):
        at = device.on(device.context, session_named(taken.session))
        return (yield from tee.tee_ioctl_cancel(at))
    if isinstance(taken, TeeIoctlVersionData):
        return Reply()
    size, ocall = memory_asked(taken)
    name = f"{part_of(device.context)}.shm"
    return (
        yield from tee.tee_ioctl_shm_register(
            device, name, size, b"", ocall=ocall, fresh=True, ioctl=NAMES[request]
        )
    )


def memory_asked(taken: Layout) -> tuple[int, bool]:
    """The size of a memory that is to be made, in octets, and whether it is for OCALLs."""
    if isinstance(taken, TeeIoctlShmRegisterData):
        return taken.length, bool(taken.flags)
    if isinstance(taken, TeeIoctlShmAllocData):
        return taken.size, False
    raise TypeError(f"{type(taken).__name__} makes no memory")


# --- steps ------------------------------------------------------------------------------------


def copy_from_user(
    world: World, device: Client, request: int, data: bytes, user: bytes
) -> Taken | int:
    """The argument is read; gives it, or the error number with which the ioctl fails.

    Source: drivers/tee/tee_core.c, tee_ioctl_invoke() and its like, up to their parameters.
    """
    if not has_file(world.processes[device.name], file_of(CONTEXT, device.context)):
        return EBADF
    try:
        if request in WITH_PARAMETERS and is_known(device, request):
            arg = buffer_read(world, device, request, data, user)
            breaches.answers_itself(world, device, arg)
            return arg
        if request not in PLAIN:
            return EINVAL
        return structure_read(PLAIN[request][1], data)
    except RefusedError as refused:
        return refused.errno


def is_known(device: Client, request: int) -> bool:
    """Whether the driver has an ioctl: that of the opening text is there in its designs alone."""
    return request != numbers.TEE_IOC_ECALL or device.design.transport.request == request


def buffer_read(world: World, device: Client, request: int, data: bytes, user: bytes) -> Arg:
    """An argument with parameters; raises RefusedError for one that cannot be read."""
    name, layout = WITH_PARAMETERS[request]
    if len(data) < sizeof(TeeIoctlBufData):
        raise RefusedError(EFAULT)
    where = TeeIoctlBufData.unpack(data[: sizeof(TeeIoctlBufData)])
    header, most = sizeof(layout), where.buf_len
    if (refused := refuse_buf_len(layout, most)) is not None:
        raise RefusedError(-refused.rc)
    if where.buf_ptr != USER_BUFFER or most > len(user) or header > len(user):
        raise RefusedError(EFAULT)
    at = COUNT_AT[layout]
    count = int.from_bytes(user[at : at + 4], "little")
    if (refused := refuse_buf_len(layout, most, count)) is not None:
        raise RefusedError(-refused.rc)
    head = layout.unpack(user[:most])
    arg: Arg = device.design.transport.octets.read(world, head)
    if isinstance(head, TeeIoctlOpenSessionArg) and is_of_kernel(head.clnt_login):
        raise RefusedError(EPERM)
    if world.log is not None:
        world.octets(device.task, name, "in", head)
    return arg


def is_of_kernel(login: int) -> bool:
    """Whether a login is one of those that only the kernel's own clients have."""
    return Login.REE_KERNEL <= login <= TEE_IOCTL_LOGIN_REE_KERNEL_MAX


def structure_read(layout: type[Layout], data: bytes) -> Layout:
    """An argument that is handed over itself; raises RefusedError for one that cannot be taken.

    Source: drivers/tee/tee_core.c, tee_ioctl_shm_alloc(), tee_ioctl_shm_register() as posted.
    """
    if layout is TeeIoctlVersionData:
        return TeeIoctlVersionData()
    if len(data) < sizeof(layout):
        raise RefusedError(EFAULT)
    taken = layout.unpack(data[: sizeof(layout)])
    if isinstance(taken, TeeIoctlShmAllocData):
        check_memory(taken.size, taken.flags)
    if isinstance(taken, TeeIoctlShmRegisterData):
        check_memory(taken.length, taken.flags & ~numbers.TEE_IOCTL_SHM_OCALL)
    return taken


def check_memory(size: int, flags: int) -> None:
    """Raise RefusedError for a memory that cannot be made."""
    if flags or not size:
        raise RefusedError(EINVAL)
    if size > MOST_MEMORY:
        raise RefusedError(errno.ENOMEM)


def copy_to_user(  # noqa: PLR0917 - steps have no keywords
    world: World,
    device: Client,
    request: int,
    data: bytes,
    user: bytes,
    taken: Taken,
    reply: Reply,
) -> Answered:
    """What the ioctl has to say is written where the CA finds it.

    Source: drivers/tee/tee_core.c, tee_ioctl_invoke() and its like, behind the driver's part.
    """
    if reply.errno:
        return -reply.errno, data, user
    if isinstance(taken, Arg):
        _, layout = WITH_PARAMETERS[request]
        size = TeeIoctlBufData.unpack(data[: sizeof(TeeIoctlBufData)]).buf_len
        head = layout.unpack(user[:size])
        left = device.design.transport.octets.write_reply(world, taken, head, reply)
        world.octets(device.task, NAMES[request], "out", left)
        return 0, data, left.pack() + user[size:]
    if isinstance(taken, TeeIoctlVersionData):
        version = version_data(device)
        note(world, device, NAMES[request], "out", version)
        return 0, version.pack(), user
    if isinstance(taken, TeeIoctlShmRegisterData | TeeIoctlShmAllocData):
        number = memory_number(world, reply.memory)
        fd = file_number(world.processes[device.name], reply.memory)
        return fd, replace(taken, id=number).pack(), user
    return 0, data, user


def file_number(process: Process, file: str) -> int:
    """The number of a file; where another thread has closed it by a guess, that which it left."""
    files = with_file(process, file).files if not has_file(process, file) else process.files
    return files.index(file) + FIRST


def version_data(device: Client) -> TeeIoctlVersionData:
    """What TEE_IOC_VERSION says.

    Source: drivers/tee/optee/core.c, optee_get_version(); the posted one for the OCALL bits.
    """
    if device_of(device.context) == AMDTEE:
        return TeeIoctlVersionData(numbers.TEE_IMPL_ID_AMDTEE, 0, numbers.TEE_GEN_CAP_GP)
    return TeeIoctlVersionData(numbers.TEE_IMPL_ID_OPTEE, numbers.TEE_OPTEE_CAP_TZ, device.caps)


def file_numbered(world: World, device: Client, fd: int) -> str:
    """What a process has open under a number; nothing where it has nothing."""
    files = world.processes[device.name].files
    return files[fd - FIRST] if FIRST <= fd < FIRST + len(files) else ""


def load(world: World, device: Client, number: int, offset: int, size: int) -> bytes:
    """The CA reads memory of its own, by its number; nothing of one that is not there."""
    memory = world.memories.get(memory_named(world, number))
    own = memory is not None and part_of(memory.id) == device.name
    return memory.data[offset : offset + size] if own and memory is not None else b""


def store(world: World, device: Client, number: int, offset: int, data: bytes) -> None:
    """The CA writes memory of its own, by its number, as far as it reaches."""
    memory = world.memories.get(memory_named(world, number))
    reaches = memory is not None and offset < memory.size
    if memory is not None and reaches and part_of(memory.id) == device.name:
        write_memory(world, memory.id, offset, data[: memory.size - offset])
        breaches.stored(world, memory.id)
