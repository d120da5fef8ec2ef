"""Closing files, and the end of a process: what is released, and in which order.

Each kind of file has its release function.  A process that ends, however it ends, first waits for
its threads to leave the kernel; the last of them lets go of what it has open, one after the other
in any order; one that waits keeps the rest waiting.  That nothing guarantees the order is
HernanGatta's argument in PR 72.  Linux has one order all the same, and can be asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from ocallkit.engine import Become, Choose, Option, Steps, begin
from ocallkit.model import tee
from ocallkit.model.config import SUPPLICANT, Client
from ocallkit.model.events import CA
from ocallkit.model.files import (
    CONTEXT,
    FIRST,
    REQUEST,
    enter_kernel,
    fput,
    record_of,
    requested_on,
    short,
    without_number,
)
from ocallkit.model.teec import TeecError
from ocallkit.model.user_mode import siblings_end, still_in_user_mode
from ocallkit.model.world import Process

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Step
    from ocallkit.model.world import World


def close_one(client: Client, file: str) -> Steps:
    """The CA closes a file and goes on."""
    yield from close_file(client, file)
    yield from still_in_user_mode(client)


def close_file(client: Client, file: str) -> Steps:
    """A file is closed: with its last reference it is released, and whoever closes waits for that.

    A driver can have each close of its context's file told to it, the last or not.
    Source: fs/open.c, close(), filp_close(); fs/file_table.c, __fput(), which runs on the return.
    """
    context = yield take_file, client, file
    if short(file) == CONTEXT:
        yield from client.design.flush(client.on(record_of(file)))
    if context:
        yield from release_file(client.on(context), file)
        yield from tee.task_work_run(client)


def release_file(client: Client, file: str) -> Steps:
    """The release function of each kind of file.

    Source: drivers/tee/tee_core.c, tee_release(), for the context's; that of a memory and of a
    request is the design's.
    """
    if short(file) == CONTEXT:
        yield from tee.teedev_close_context(client.on(record_of(file)))
    elif short(file) == REQUEST:
        yield from client.design.release_request_file(client.on(*requested_on(file)))
    else:
        yield from client.design.release_memory_file(client, file)


def take_file(world: World, client: Client, file: str) -> str:
    """A number is free again; gives the file's context if nobody else holds the file.

    Nothing happens if the process does not have it open (EBADF).
    """
    process = world.processes[client.name]
    enter_kernel(world, client)
    if file not in process.files:
        return ""
    last = take_number(world, client, process.files.index(file))
    return context_behind(world, client, file) if last else ""


def context_behind(world: World, client: Client, file: str) -> str:
    """The context that the release of a file concerns, where the file's own id does not say it.

    That of a request is the context on which the call was made, which its id says.
    """
    return requested_on(file)[0] if short(file) == REQUEST else client.context


def take_number(world: World, client: Client, place: int) -> bool:
    """The file at that place of a process's numbers is closed."""
    process = world.processes[client.name]
    file = process.files[place]
    memory = world.memories.get(file)
    if memory is not None and memory.ocall and process.state == "running":
        world.note(client.task, CA, "CA frees shared memory")
    else:
        by = client.party if process.state == "running" else f"exit of {client.process}"
        world.note(client.task, client.party, f"{by} closes {short(file)}")
    world.put(without_number(world.processes[client.name], place))
    return fput(world, file)


def take_mapping(world: World, client: Client, memory: str) -> bool:
    """A memory is mapped no longer; true if nobody else holds its file."""
    process = world.processes[client.name]
    if memory not in process.mapped:
        return False
    by = "CA unmaps" if process.state == "running" else f"exit of CA {client.name} unmaps"
    world.note(client.task, CA, f"{by} {short(memory)}")
    mapped = tuple(one for one in process.mapped if one != memory)
    world.put(replace(process, mapped=mapped))
    return fput(world, memory)


# --- programs that run in a process ------------------------------------------------------------


def process(client: Client, ca: Callable[..., Any], *args: Any) -> Steps:
    """A client's process, or a thread of it: its program, then its exit; a kill begins that.

    A CA that does not catch the failure of a libteec call gives up, as errx(3) does.
    """
    try:
        then = yield from begin(ca, client, *args)
    except TeecError as error:
        return Become(do_exit, client, error.result, GROUP)
    if isinstance(then, Become):
        return Become(process, client, then.program, *then.args)
    return Become(do_exit, client, then)


process.party = lambda client, *_: client.title  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


def misuse(step: Step, client: Client, *_: Any) -> str:
    """What is wrong with a step for a process's thread to ask for: it is another thread's."""
    used = step[1] if len(step) > 1 else None
    if not isinstance(used, Client) or used.task == client.task:
        return ""
    return (
        f"asked in thread {client.task} for {step[0].__name__} with a handle of thread {used.task}:"
        " hand it over with hear() or born(), or use `.by(client)`"
    )


process.misuse = misuse  # type: ignore[attr-defined]
"""What the engine asks of each step for which the program asks."""


GROUP: Final = "group"
"""The whole process ends, as by exit(3)."""
ALONE: Final = "alone"
"""One thread ends, as by pthread_exit(3)."""


def do_exit(client: Client, value: Any = None, whose: str = "") -> Steps:
    """A thread ends; with the last of a process the kernel lets go of what the process has open.

    `whose` end it is goes without saying where a program returns: that of the first thread is the
    end of the process.  Gives `value`, which is what the program returned.
    Source: kernel/exit.c, do_exit() and do_group_exit(), as far as files go.
    """
    whose = whose or (GROUP if client.task == client.name else ALONE)
    if client.several and not (yield leave_process, client, whose):
        return value
    return Become(exit_files, client, value)


do_exit.party = lambda client, *_: f"exit of {client.title}"  # type: ignore[attr-defined]


def leave_process(world: World, client: Client, whose: str) -> Choose:
    """A thread is there no longer; gives whether it was the process's last.

    In an exit_group(2) all end that are in user mode, and those in the kernel on their way out.
    """
    process = world.processes[client.name]
    tasks = tuple(task for task in process.tasks if task != client.task)
    state = "exiting" if whose == GROUP and process.state == "running" else process.state

    def leave(world: World) -> None:
        world.put(replace(process, tasks=tasks, state=state))

    also = siblings_end(world, client) if whose == GROUP else ()
    return Choose(Option("leave", not tasks, leave, also=also))


def exit_files(client: Client, value: Any = None) -> Steps:
    """What is open is let go, one after the other.

    Source: kernel/exit.c, exit_mm(), exit_files() and exit_task_work().
    """
    held = yield next_file, client
    if held is None:
        return value if client.name != SUPPLICANT else Become(respawn, client)
    how, file, context = held
    if how == RELEASE:
        yield from tee.tee_shm_release(client, file)
        return Become(exit_files, client, value)
    if short(file) == CONTEXT:
        yield from client.design.flush(client.on(record_of(file)))
    if context:
        yield from release_file(client.on(context), file)
    return Become(exit_files, client, value)


def respawn(client: Client) -> Steps:
    """Who has started the supplicant may start it again when it has ended."""
    program = yield start_again, client
    return Become(process, client, program) if program else None


def start_again(world: World, client: Client) -> Choose:
    """A new process of the same program begins, or none."""

    def start(world: World) -> None:
        world.put(Process(client.name))
        world.divider(client.task, f"{client.title} is started again")

    again = Option("starts again", world.config.supplicant, start)
    return Choose(Option("stays away", None), again)


exit_files.party = do_exit.party  # type: ignore[attr-defined]

CLOSE: Final = "close"
UNMAP: Final = "unmap"
RELEASE: Final = "release"


class Held(NamedTuple):
    """One thing that an ending process holds: how it is let go, which file, at which number."""

    how: str
    file: str
    number: int = 0

    @property
    def name(self) -> str:
        """What its choice is called."""
        return f"{self.how}({short(self.file)})"


def next_file(world: World, client: Client) -> Choose | None:
    """Whatever is open may be the next; with nothing left the process has ended."""
    process = world.processes[client.name]
    held = still_held(process)
    if not held:
        world.put(replace(process, state="ended"))
        return None
    if process.state == "running":
        world.put(replace(process, state="exiting"))
    # Where any may be the next, the lowest number is offered first.
    held = held[:1] if world.config.switches["exit-order"] == "linux" else held[::-1]
    names = [one.name for one in held]
    return Choose(
        *[
            _letting_go(
                world, client, one, f"{one.name}#{one.number}" * (names.count(one.name) > 1)
            )
            for one in held
        ]
    )


def still_held(process: Process) -> list[Held]:
    """What a process holds, in the order in which Linux lets it go.

    The last put of a file is work that a thread does on its way out, the latest first; the
    mappings go before the files, the files by their numbers.  What becomes work meanwhile comes
    behind all that.
    Source: fs/file.c, close_files(); kernel/task_work.c, task_work_run(); what was seen to happen
    under Linux 6.1 and 6.18.
    """
    files = [Held(CLOSE, file, n) for n, file in enumerate(process.files, FIRST) if file]
    mapped = [Held(UNMAP, memory) for memory in process.mapped]
    work = [Held(RELEASE, memory) for _, memory in process.work]
    return [*reversed(files), *reversed(mapped), *reversed(work)]


def _letting_go(world: World, client: Client, one: Held, which: str) -> Option:
    """One way on from a process that ends; `which` tells it from others of its name."""
    last = one.file not in world.files
    context = context_behind(world, client, one.file) if last else ""

    def let_go(world: World) -> None:
        if one.how == CLOSE:
            take_number(world, client, one.number - FIRST)
        elif one.how == UNMAP:
            take_mapping(world, client, one.file)
        else:
            tee.take_work(world, client, one.file)

    return Option(one.name + which, (one.how, one.file, context), let_go)
