"""libteec: the thread of its own that serves, where an ioctl does not return with a request.

It is begun when a context is opened with a handler, and stopped before that context's file is
closed: while it waits for a request its ioctl holds the file, and closing the number alone would
end nothing.  What it does is in `teec_server`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.engine import Blocked, Choose, Option
from ocallkit.engine.world import part_of
from ocallkit.model.calls import Msg
from ocallkit.model.config import Client
from ocallkit.model.user_mode import waits_in_user_mode

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.posix import Told
    from ocallkit.model.teec import TeecContext
    from ocallkit.model.world import Process, World

SERVES: Final = "libteec serves"
"""Under which word a process has the context that its server serves."""
STOPS: Final = "libteec stops"
"""Under which word it has that the server is to stop."""


def server_of(process: str) -> str:
    """What the thread is called that serves in a process.

    >>> server_of("A")
    'A.server'
    """
    return f"{process}.server"


def start_server(client: Client, told: Told) -> Steps:
    """Begin the thread that serves a context's OCALLs.

    Source: POSIX, pthread_create().
    """
    yield begins, client, told


def stop_server(context: TeecContext) -> Steps:
    """Stop the thread that serves a context, and wait for its end; the thread itself waits not.

    Source: POSIX, pthread_kill() and pthread_join().
    """
    if (yield stops, context.client):
        yield server_joined, context.client


def begins(world: World, client: Client, told: Told) -> None:
    """The server is a thread of the process; raises ValueError if it is one already."""
    process = world.processes[client.name]
    if server_of(client.name) in process.tasks:
        raise ValueError(
            f"CA {client.task} opens another context with a handler: under {client.design.name} one"
            " thread of a process serves, and one context"
        )
    tasks = (*process.tasks, server_of(client.name))
    world.put(replace(with_word(process, SERVES, told), tasks=tasks))


def is_begun(world: World, client: Client) -> Told | None:
    """Whether there is something to serve; nothing where the process has ended without."""
    process = world.processes[client.name]
    told: Told | None = dict(process.told).get(SERVES)
    if told is None and process.state != "ended":
        raise Blocked(f"{client.title} is not begun", f"CA {client.name}")
    return told


def stops(world: World, client: Client) -> bool:
    """The server is told to stop, if it serves this context; true if somebody else told it."""
    process = world.processes[client.name]
    told: Told | None = dict(process.told).get(SERVES)
    if told is None or told.value.client.context != client.context:
        return False
    world.put(with_word(process, STOPS, None))
    return client.task != server_of(client.name)


def is_stopped(world: World, client: Client) -> bool:
    """Whether the server was told to stop."""
    return STOPS in dict(world.processes[client.name].told)


def server_joined(world: World, client: Client) -> Choose | None:
    """The server has ended."""
    if server_of(client.name) not in world.processes[client.name].tasks:
        return None
    wait = Blocked(
        f"CA {client.task} waits for the end of its server", f"CA {server_of(client.name)}"
    )
    return waits_in_user_mode(world, client, wait)


def server_leaves(world: World, client: Client) -> Choose:
    """The server ends, and can be begun again; gives whether it was the process's last thread."""
    process = world.processes[client.name]
    tasks = tuple(task for task in process.tasks if task != client.task)
    told = tuple(one for one in process.told if one[0] not in {SERVES, STOPS})

    def leave(world: World) -> None:
        world.put(replace(process, tasks=tasks, told=told))

    return Choose(Option("leave", not tasks, leave))


def with_word(process: Process, name: str, told: Told | None) -> Process:
    """The process with one more word between its threads."""
    others = tuple(one for one in process.told if one[0] != name)
    return replace(process, told=tuple(sorted((*others, (name, told)), key=lambda one: one[0])))


def in_thread(client: Client, program: Steps) -> Steps:
    """Run a handler's program in the thread that serves, whoever's handles it uses.

    A context or a session is the process's: who has opened it does not matter to the library.
    """
    answer = None
    while True:
        try:
            step = program.send(answer)
        except StopIteration as end:
            return end.value
        answer = yield tuple(as_own(one, client) for one in step)


def as_own(value: object, client: Client) -> object:
    """A handle of the client's process as the client's own, and what goes out in its name."""
    if isinstance(value, Client) and value.name == client.name:
        return replace(value, task=client.task)
    if isinstance(value, Msg) and part_of(value.client) == client.name:
        return replace(value, client=client.task)
    return value
