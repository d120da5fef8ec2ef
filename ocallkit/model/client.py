"""The client application: libteec under it, its OCALL handler, and the end of its process.

A CA is a generator function of its `Client`:

    def ca(client):
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, 0, (value(INOUT, 5, 6),))
        ...

and a handler an ordinary function: `handler(command, params)` gives a result, or a result and the
parameters with their outputs.  Whenever the CA is in user mode, it may be killed there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from errno import errorcode
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Become, Blocked, Choose, Option, Steps, begin
from ocallkit.model import calls, tee
from ocallkit.model.calls import Arg, Held, Reply
from ocallkit.model.config import Client
from ocallkit.model.events import CA, TEE_DRIVER, Param
from ocallkit.model.params import (
    MAX_PARAMS,
    Params,
    answered,
    comes_out,
    goes_in,
    is_memref,
    is_sound,
    memref,
)
from ocallkit.model.secure import as_result, write_memory

if TYPE_CHECKING:
    from ocallkit.model.world import World

Handler = Callable[[int, Params], Any]

KILLED: Final = "killed"
HANDLER_ERROR: Final = "handler-error"
REFUSED: Final = "refused-allocation"
NEVER: Final = "never-answers"
CLOSES_SESSION: Final = "closes-session"
CLOSES_CONTEXT: Final = "closes-context"
TWICE: Final = "answers-twice"
MISCHIEF: Final = (HANDLER_ERROR, CLOSES_SESSION, CLOSES_CONTEXT, TWICE, NEVER)
"""What a handler can do other than serve its OCALL, in the order in which it is offered."""


class Killed(BaseException):
    """The process is dead: its program ends wherever it is."""


class TeecContext(msgspec.Struct, frozen=True):
    """TEEC_Context: the open device, and the handler for OCALLs where the CA has one."""

    client: Client
    handler: Handler | None = None


class TeecSession(msgspec.Struct, frozen=True):
    """TEEC_Session."""

    context: TeecContext


class TeecResult(msgspec.Struct, frozen=True):
    """What an invocation came to: the result, its layer, the parameters as answered."""

    ret: Result
    origin: Origin
    params: Params = ()


# --- libteec ---------------------------------------------------------------------------------


def TEEC_InitializeContext(client: Client, handler: Handler | None = None) -> Steps:
    """Open the device; `handler` serves the OCALLs of this context (TEEC_CONTEXT_SETTING_OCALL)."""
    yield tee.tee_open, client
    yield from back_in_user_mode(client, "open", Reply())
    return TeecContext(client, handler)


def TEEC_FinalizeContext(context: TeecContext) -> Steps:
    """Close the device."""
    yield from close_one(context.client, tee.CONTEXT_FILE)


def TEEC_OpenSession(context: TeecContext) -> Steps:
    """Open a session with the client's TA."""
    reply = yield from tee.tee_ioctl_open_session(context.client)
    yield from back_in_user_mode(context.client, "TEE_IOC_OPEN_SESSION", reply)
    return TeecSession(context)


def TEEC_CloseSession(session: TeecSession) -> Steps:
    """Close the session; an OCALL that is pending on it is cancelled."""
    client = session.context.client
    reply = yield from tee.tee_ioctl_close_session(client)
    yield from back_in_user_mode(client, "TEE_IOC_CLOSE_SESSION", reply)


def TEEC_RegisterSharedMemory(
    context: TeecContext, name: str, data: bytes = b"", size: int | None = None
) -> Steps:
    """Register memory for invocations; gives its name for `params.memref`."""
    client = context.client
    memory = f"{client.name}.{name}"
    size = len(data) if size is None else size
    reply = yield from tee.tee_ioctl_shm_register(client, memory, size, data, ocall=False)
    yield from back_in_user_mode(client, "TEE_IOC_SHM_REGISTER", reply)
    return memory


def TEEC_ReleaseSharedMemory(context: TeecContext, memory: str) -> Steps:
    """Close the memory's file."""
    yield from close_one(context.client, memory)


def TEEC_InvokeCommand(session: TeecSession, command: int, params: Params = ()) -> Steps:
    """Invoke a function of the TA and serve the OCALLs that it makes; gives a `TeecResult`.

    More than four parameters, or a value of more than 32 bits: BAD_PARAMETERS, origin API, and
    nothing leaves the CA.  A temporary memory reference is registered for this invocation.
    """
    context = session.context
    if not all(map(is_sound, params)) or len(params) > MAX_PARAMS:
        return TeecResult(Result.BAD_PARAMETERS, Origin.API, params)
    passed, temporary = [], []
    for number, param in enumerate(params):
        if is_memref(param) and not param.memory and param.size:
            memory = yield from TEEC_RegisterSharedMemory(context, f"tmp{number}", param.data)
            temporary.append(memory)
            passed.append(memref(param.attr.removeprefix("MEMREF_"), memory, param.size))
        else:
            passed.append(param)
    result = yield from invoke(session, command, tuple(passed))
    for memory in temporary:
        yield from TEEC_ReleaseSharedMemory(context, memory)
    return replace(result, params=tuple(map(_as_passed, params, result.params)))


def invoke(session: TeecSession, command: int, params: Params) -> Steps:
    """One invocation: ioctls, until one of them says that it is complete."""
    context = session.context
    client = context.client
    arg = Arg(command, params, duplex=context.handler is not None)
    while True:
        ioctl = ioctl_name(client, arg)
        reply = yield from tee.tee_ioctl_invoke(client, arg)
        served = yield from back_in_user_mode(client, ioctl, reply)
        if reply.errno:
            return TeecResult(Result.GENERIC, Origin.COMMS, params)
        if not reply.asks:
            return TeecResult(reply.ret, reply.origin, answered(params, served) or params)
        arg = yield from teec_handle_ocall(session, reply, served)
        if served == TWICE:
            first = yield from tee.tee_ioctl_invoke(client, arg)
            yield from back_in_user_mode(client, ioctl_name(client, arg), first)


def ioctl_name(client: Client, arg: Arg) -> str:
    """The ioctl that carries `arg`."""
    name: str = client.design.transport.ioctl(arg) if arg.duplex else "TEE_IOC_INVOKE"
    return name


def teec_handle_ocall(session: TeecSession, reply: Reply, served: Any) -> Steps:
    """Do what the secure world asks for; gives the argument of the ioctl that answers."""
    client = session.context.client
    if reply.asks == calls.ALLOC:
        arg = yield from ocall_alloc(client, reply, served)
    elif reply.asks == calls.FREE:
        yield from close_file(client, reply.memory)
        yield from still_in_user_mode(client)
        arg = Arg(answers=calls.FREE)
    else:
        arg = yield from ocall_invoke(session, reply, served)
    return replace(arg, duplex=True, ocall_id=reply.ocall_id)


def ocall_alloc(client: Client, reply: Reply, served: Any) -> Steps:
    """Allocate the memory that an OCALL needs, or refuse to."""
    if served == REFUSED:
        return Arg(answers=calls.ALLOC, ret=Result.OUT_OF_MEMORY)
    memory = f"{client.name}.ocall"
    yield from tee.tee_ioctl_shm_register(client, memory, reply.size, b"", ocall=True)
    yield from still_in_user_mode(client)
    return Arg(answers=calls.ALLOC, memory=memory)


def ocall_invoke(session: TeecSession, reply: Reply, served: Any) -> Steps:
    """Run the CA's handler and store what it answers."""
    client = session.context.client
    if served == HANDLER_ERROR:
        return _error(reply, Result.GENERIC, Origin.CLIENT_APP)
    if served == CLOSES_SESSION:
        yield from TEEC_CloseSession(session)
    if served == CLOSES_CONTEXT:
        yield from TEEC_FinalizeContext(session.context)
    if served in MISCHIEF:
        return _error(reply, Result.SUCCESS, Origin.CLIENT_APP)
    handler = session.context.handler
    if handler is None:
        return _error(reply, Result.BAD_STATE, Origin.API)
    called = handler(reply.command, served)
    if isinstance(called, Generator):
        called = yield from called
    ret, returned = as_result(called, served)
    if ret != Result.SUCCESS:
        return _error(reply, ret, Origin.CLIENT_APP)
    if not _fits(served, returned):
        return _error(reply, Result.BAD_PARAMETERS, Origin.API)
    out = answered(reply.params, returned)
    yield store_outputs, client.name, out
    params = tuple(replace(p, data=b"") if p.memory else p for p in out)
    return Arg(
        command=reply.command,
        params=params,
        answers=calls.OCALL,
        ret=Result.SUCCESS,
        origin=Origin.CLIENT_APP,
    )


def _fits(served: Params, returned: Params) -> bool:
    """Whether a handler's outputs fit what it was given; no buffer may have grown."""
    return len(served) == len(returned) and all(
        is_sound(replace(r, memory="", data=r.data.ljust(r.size, b"\0"))) and r.size <= s.size
        for s, r in zip(served, returned, strict=True)
    )


def _error(reply: Reply, ret: Result, origin: Origin) -> Arg:
    """An answer without outputs."""
    params = tuple(replace(p, data=b"") if p.memory else p for p in reply.params)
    return Arg(reply.command, params, calls.OCALL, ret=ret, origin=origin)


def _as_passed(own: Param, returned: Param) -> Param:
    """A temporary reference is given back as it came, with what was written to it."""
    return replace(returned, memory=own.memory, offset=own.offset) if comes_out(own) else own


# --- user mode -------------------------------------------------------------------------------


def back_in_user_mode(client: Client, ioctl: str, reply: Reply) -> Steps:
    """An ioctl returns to the CA, if it still lives; gives what it reads then."""
    value = yield return_to_user, client.name, ioctl, reply
    if value == KILLED:
        raise Killed
    if value == NEVER:
        yield sleep_for_ever, client.name
        raise Killed
    return value


def still_in_user_mode(client: Client) -> Steps:
    """A moment in user mode between two system calls."""
    if (yield run_on, client.name) == KILLED:
        raise Killed


def return_to_user(world: World, name: str, ioctl: str, reply: Reply) -> Choose:
    """The ioctl returns: the CA goes on, fails in what it is asked, or dies before it sees it."""
    is_invoke = "INVOKE" in ioctl or "ECALL" in ioctl
    words = _words(world, reply) if is_invoke or reply.errno else ()
    world.message(name, TEE_DRIVER, CA, "ret", words, reply.params)
    world.span(name, "ioctl", ioctl, begins=False)
    if is_invoke and not reply.asks:
        world.span(name, "invocation", "invoke", begins=False)
    return Choose(*_ways_on(world, name, reply))


def _words(world: World, reply: Reply) -> tuple[tuple[str, int | str], ...]:
    if reply.errno:
        return (("errno", errorcode[reply.errno]),)
    if reply.asks:
        return world.config.design.transport.words(reply)
    return (("ret", reply.ret.name), ("origin", reply.origin.name))


def run_on(world: World, name: str) -> Choose:
    """The CA goes on, or dies here."""
    return Choose(Option("go", None), *_kill(world, name))


def sleep_for_ever(world: World, name: str) -> Choose:
    """A handler that never answers; only a kill ends it."""
    kill = _kill(world, name)
    if not kill:
        raise Blocked(f"CA {name} never answers its OCALL", f"CA {name}")
    return Choose(*kill)


def _ways_on(world: World, name: str, reply: Reply) -> list[Option]:
    faults = world.config.faults
    seen = read_outputs(world, reply)
    if reply.asks != calls.OCALL:
        ways = [Option("go", seen)]
        if reply.asks == calls.ALLOC and REFUSED in faults:
            ways.append(Option(REFUSED, REFUSED))
        return [*ways, *_kill(world, name)]

    def services(world: World) -> None:
        world.note(name, CA, "CA services OCALL")

    ways = [Option("go", seen, services)]
    ways += [Option(fault, fault, services) for fault in MISCHIEF if fault in faults]
    return [*ways, *_kill(world, name)]


def _kill(world: World, name: str) -> list[Option]:
    if "kill" not in world.config.faults:
        return []
    return [Option("kill", KILLED, lambda world: die(world, name), fault=True)]


def die(world: World, name: str) -> None:
    """The process is killed: it will close its files and do nothing else."""
    world.put(replace(world.processes[name], state="killed"))
    world.divider(name, f"CA {name} is killed")


def read_outputs(world: World, reply: Reply) -> Params:
    """The parameters with the bytes that the CA finds in its memory now."""
    result = []
    for p in reply.params:
        readable = goes_in(p) if reply.asks else comes_out(p)
        if p.memory and readable and p.memory in world.memories:
            world.touch(world.memories[p.memory])
            data = world.memories[p.memory].data[p.offset : p.offset + p.size]
            result.append(replace(p, data=data))
        else:
            result.append(replace(p, data=bytes(p.size)) if p.memory else p)
    return tuple(result)


def store_outputs(world: World, name: str, out: Params) -> None:
    """What the handler answers is written to the memory of the OCALL."""
    for p in out:
        if p.memory and comes_out(p):
            write_memory(world, p.memory, p.offset, p.data)


# --- files and the end -----------------------------------------------------------------------


def close_one(client: Client, file: str) -> Steps:
    """close(2), called by the CA."""
    yield from close_file(client, file)
    yield from still_in_user_mode(client)


def close_file(client: Client, file: str) -> Steps:
    """A file is closed: what it held is let go, and whoever closes it waits for that."""
    if (yield take_file, client.name, file):
        yield from release_file(client, file)


def release_file(client: Client, file: str) -> Steps:
    """The release function of each kind of file."""
    if file == tee.CONTEXT_FILE:
        yield from tee.teedev_close_context(client)
    elif file == tee.REQUEST_FILE:
        yield from client.design.release_request_file(client)
    else:
        yield from tee.tee_shm_put(client, Held(file, "file", "the file is closed"))


def take_file(world: World, name: str, file: str) -> bool:
    """The file is gone from the process; false if it was not there (EBADF)."""
    process = world.processes[name]
    if file not in process.files:
        return False
    if file.endswith(".ocall") and process.state == "running":
        world.note(name, CA, "CA frees shared memory")
    else:
        by = "CA closes" if process.state == "running" else f"exit of CA {name} closes"
        world.note(name, CA, f"{by} {short(file)}")
    world.put(replace(process, files=tuple(f for f in process.files if f != file)))
    return True


def process(client: Client, ca: Callable[..., Any], *args: Any) -> Steps:
    """A client's process: its CA, and in the end its exit, however the CA ended."""
    try:
        then = yield from begin(ca, client, *args)
    except Killed:
        then = None
    if isinstance(then, Become):
        return Become(process, client, then.program, *then.args)
    return Become(do_exit, client, then)


def do_exit(client: Client, value: Any = None) -> Steps:
    """The kernel closes the files that the process has open, one after the other in any order."""
    file = yield next_file, client.name
    if file is None:
        return value
    yield from release_file(client, file)
    return Become(do_exit, client, value)


def next_file(world: World, name: str) -> Choose | None:
    """Any open file may be the next; without one the process has ended."""
    process = world.processes[name]
    if not process.files:
        world.put(replace(process, state="ended"))
        return None
    if process.state == "running":
        world.put(replace(process, state="exiting"))

    def closing(file: str) -> Callable[[World], None]:
        def close(world: World) -> None:
            take_file(world, name, file)

        return close

    return Choose(*[Option(f"close({short(f)})", f, closing(f)) for f in process.files])


def short(file: str) -> str:
    """A file's name without its owner's."""
    return file.rpartition(".")[2]
