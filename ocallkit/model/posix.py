"""What a CA of several threads or processes uses: words between threads, joining, fork, dup, mmap.

A thread's program is a generator function of its `Client`, as a CA's is.  What one thread has
opened another may use once it has been told of it:

    def main(client):
        context = yield from TEEC_InitializeContext(client)
        yield from tell(client, "context", context)
        yield from pthread_join(client, 2)

    def second(client):
        context = yield from hear(client, "context")

A handle belongs to the thread that holds it: `hear` and `born` hand over their receiver's own, and
`.by(client)` makes one.  A thread that uses another's is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.engine import Become, Blocked, Choose, Option, Steps
from ocallkit.engine.frames import snapshot
from ocallkit.model import tee
from ocallkit.model.exit import ALONE, GROUP, do_exit, release_file, take_mapping
from ocallkit.model.files import CONTEXT, enter_kernel, file_of, get_file, has_file, with_file
from ocallkit.model.teec import TeecContext, TeecSession
from ocallkit.model.teec_thread import server_joined
from ocallkit.model.user_mode import still_in_user_mode, waits_in_user_mode
from ocallkit.model.world import Process

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

BIRTH = "birth"
"""Under which word a child finds what its parent hands it."""


class Told:
    """What is told, as something to compare.

    A program that is run again makes its handler anew: two that do the same are the same here.
    """

    __slots__ = ("_what", "value")

    def __init__(self, value: Any) -> None:
        told = snapshot(value, None)
        self.value = value
        self._what = value if told is None else told

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self._what == other._what

    def __hash__(self) -> int:
        return hash(self._what)

    def __repr__(self) -> str:
        return repr(self.value)

    def by(self, client: Client) -> Any:
        """It in the hands of another thread."""
        return handed_over(self.value, client)


def handed_over(value: Any, client: Client) -> Any:
    """A context or a session as another thread's, also where it is one of several values."""
    if isinstance(value, TeecContext | TeecSession):
        return value.by(client)
    if type(value) is tuple:
        return tuple(handed_over(one, client) for one in value)
    return value


# --- threads -----------------------------------------------------------------------------------


def tell(client: Client, name: str, value: Any = None) -> Steps:
    """Let the process's other threads hear `value` under that name, in place of what was there."""
    yield says, client, name, Told(value)
    yield from still_in_user_mode(client)


def hear(client: Client, name: str) -> Steps:
    """Wait in user mode until some thread of the process has told that; gives it.

    A context or a session in it is the hearing thread's own.
    """
    told: Told = yield heard, client, name
    return told.by(client)


def pthread_join(client: Client, number: int) -> Steps:
    """Wait in user mode until the thread of that number has ended; main() is the first.

    Source: POSIX, pthread_join().
    """
    yield joined, client, number


def pthread_exit(client: Client, value: Any = None) -> Steps:
    """End this thread alone, even the first: the process ends with its last.

    Source: POSIX, pthread_exit(); kernel/exit.c, do_exit().
    """
    yield ends, client, value, ALONE


def exit_group(client: Client, value: Any = None) -> Steps:
    """End the process from any of its threads, as exit(3) does.

    Source: kernel/exit.c, do_group_exit().
    """
    yield ends, client, value, GROUP


def says(world: World, client: Client, name: str, told: Told) -> None:
    """A word is there for the other threads."""
    process = world.processes[client.name]
    others = tuple(one for one in process.told if one[0] != name)
    world.put(replace(process, told=tuple(sorted((*others, (name, told)), key=_name))))


def _name(one: tuple[str, Any]) -> str:
    return one[0]


def heard(world: World, client: Client, name: str) -> Told | Choose:
    """What was told under that name."""
    told: Told | None = dict(world.processes[client.name].told).get(name)
    if told is not None:
        return told
    reason = f"CA {client.task} waits to be told {name!r}"
    return waits_in_user_mode(world, client, Blocked(reason, f"another thread of CA {client.name}"))


def joined(world: World, client: Client, number: int) -> Choose | None:
    """The thread of that number has ended; raises ValueError for one that there never was."""
    process = world.processes[client.name]
    task = client.name if number == 1 else f"{client.name}.{number}"
    if task == client.task or number not in range(1, process.threads + 1):
        raise ValueError(
            f"CA {client.task} joins thread {number}: it can join another of its process's"
            f" {process.threads}"
        )
    if task not in process.tasks:
        return None
    reason = f"CA {client.task} waits for the end of thread {task}"
    return waits_in_user_mode(world, client, Blocked(reason, f"CA {task}"))


def ends(world: World, client: Client, value: Any, whose: str) -> Choose:
    """The thread runs no further, whatever its program has behind this."""
    own = client.on(client.name, client.name)
    return Choose(Option("exit", Become(do_exit, own, value, whose)))


# --- processes ---------------------------------------------------------------------------------


def fork(client: Client, *handles: Any) -> Steps:
    """Make the process of the scenario's next program a child, which inherits every open file.

    The child's program has to wait to be `born`, which gives it `handles`.
    Source: kernel/fork.c, copy_files(), copy_mm().
    """
    yield copy_process, client, Told(handles)
    yield from still_in_user_mode(client)


def born(client: Client) -> Steps:
    """Wait for the parent, the process of the program before, to fork.

    Gives the handles that it hands over, each the child's own: one alone, several as a tuple.
    Nothing if the parent ends without having forked.
    """
    told: Told | None = yield is_born, client
    if told is None:
        return None
    handles = told.by(client)
    return handles[0] if len(handles) == 1 else handles


def copy_process(world: World, client: Client, handles: Told) -> None:
    """A child comes into being with every file that its parent has open."""
    parent, name = world.processes[client.name], next_name(client.name)
    child = world.processes.get(name)
    if child is None or child != Process(name, tasks=child.tasks, threads=child.threads):
        raise ValueError(
            f"CA {client.name} forks, and {name} is not there or runs already: the scenario's `ca`"
            " has the child's program behind the parent's, and it begins with born(client)"
        )
    for file in (*filter(None, parent.files), *parent.mapped):
        get_file(world, file)
    told = ((BIRTH, handles),)
    world.put(replace(child, files=parent.files, mapped=parent.mapped, told=told))


def is_born(world: World, client: Client) -> Told | None:
    """Whether the process has been forked: what its parent hands over, or nothing."""
    told: Told | None = dict(world.processes[client.name].told).get(BIRTH)
    if told is not None:
        return told
    parent = world.processes.get(chr(ord(client.name) - 1))
    if parent is None:
        raise ValueError(f"CA {client.name} waits to be born, and no program is before its own")
    if parent.state == "running":
        raise Blocked(f"CA {client.name} is not born yet", f"CA {parent.id}")
    return None


def next_name(name: str) -> str:
    """The process behind that of this name."""
    return chr(ord(name) + 1)


# --- files -------------------------------------------------------------------------------------


def dup(client: Client, what: TeecContext | str) -> Steps:
    """Have one more number for the file of a context, or of the memory of that id.

    Source: fs/file.c, dup().
    """
    yield fd_install, client, file_named(what)
    yield from still_in_user_mode(client)


def mmap(client: Client, memory: str) -> Steps:
    """Map a memory: it is held as by a file until munmap(2), or the end of the process.

    Source: drivers/tee/tee_shm.c, tee_shm_fop_mmap(); mm/mmap.c, which holds the file.
    """
    yield maps, client, memory
    yield from still_in_user_mode(client)


def munmap(client: Client, memory: str) -> Steps:
    """Map a memory no longer: its file loses a reference, and may be released.

    Source: mm/vma.c, remove_vma().
    """
    if (yield unmaps, client, memory):
        yield from release_file(client, memory)
        yield from tee.task_work_run(client)
    yield from still_in_user_mode(client)


def file_named(what: TeecContext | str) -> str:
    """The file of a context, or of a memory."""
    if isinstance(what, TeecContext):
        return file_of(CONTEXT, what.client.context)
    return what


def fd_install(world: World, client: Client, file: str) -> None:
    """The lowest number that is free refers to that open file too.

    Nothing happens if the process does not have it open (EBADF).
    """
    enter_kernel(world, client)
    if has_file(world.processes[client.name], file):
        get_file(world, file)
        world.put(with_file(world.processes[client.name], file))


def maps(world: World, client: Client, memory: str) -> None:
    """A memory is mapped; nothing happens if the process does not have it open (EBADF)."""
    enter_kernel(world, client)
    process = world.processes[client.name]
    if has_file(process, memory):
        get_file(world, memory)
        world.put(replace(process, mapped=(*process.mapped, memory)))


def unmaps(world: World, client: Client, memory: str) -> bool:
    """A memory is mapped no longer; true if nobody else holds its file."""
    enter_kernel(world, client)
    return take_mapping(world, client, memory)


USER_WAITS = (heard, joined, server_joined)
"""Steps at which a thread waits in user mode for another of its process."""
