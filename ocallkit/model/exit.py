"""A process, its open files, and the end of it: what is closed, and in which order.

Each kind of file has its release function.  A process that ends, however it ends, closes what it
has open one after the other, in any order; a close that waits keeps the rest waiting.  That
nothing guarantees the order is HernanGatta's argument in the thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.engine import Become, Choose, Option, Steps, begin
from ocallkit.model import tee
from ocallkit.model.calls import Held
from ocallkit.model.events import CA
from ocallkit.model.user_mode import still_in_user_mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.config import Client
    from ocallkit.model.world import World


def close_one(client: Client, file: str) -> Steps:
    """close(2), called by the CA."""
    yield from close_file(client, file)
    yield from still_in_user_mode(client)


def close_file(client: Client, file: str) -> Steps:
    """A file is closed: what it held is let go, and whoever closes it waits for that."""
    if (yield take_file, client.name, file):
        yield from release_file(client, file)


def release_file(client: Client, file: str) -> Steps:
    """The release function of each kind of file.

    Source: drivers/tee/tee_core.c, tee_release(), for the context's; the request's is the design's.
    """
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
    """A client's process: its CA, and when that has ended its exit; a kill begins it at once."""
    then = yield from begin(ca, client, *args)
    if isinstance(then, Become):
        return Become(process, client, then.program, *then.args)
    return Become(do_exit, client, then)


process.party = lambda client, *_: f"CA {client}"  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


def do_exit(client: Client, value: Any = None) -> Steps:
    """The kernel closes the files that the process has open, one after the other in any order.

    Gives `value`, which is what the CA's program returned.
    Source: kernel/exit.c, do_exit(), as far as files go.
    """
    file = yield next_file, client.name
    if file is None:
        return value
    yield from release_file(client, file)
    return Become(do_exit, client, value)


do_exit.party = lambda client, *_: f"exit of CA {client}"  # type: ignore[attr-defined]


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
