"""Open files: the numbers under which a process has them, and what else holds one.

A file's id says what it is of: ``A.context`` of the context ``A``, ``A.request`` of the request
that is pending on the session ``A``, ``A.on.2.request`` where that is one of the context ``A.2``;
any other is that of a memory, and has its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.engine.world import part_of
from ocallkit.model.world import OpenFile

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import Process, World

CONTEXT: Final = "context"
"""The file of the open device."""
REQUEST: Final = "request"
"""The file of a pending OCALL, in the designs that have one."""

FIRST: Final = 3
"""The lowest number that a program's own files have, behind the three that it begins with."""


def file_of(kind: str, record: str) -> str:
    """The id of the file of a context, or of the request on a session."""
    return f"{record}.{kind}"


def request_file(client: Client) -> str:
    """The id of the file of the request on a client's session; it says which context it holds.

    >>> from ocallkit.model.config import Client
    >>> request_file(Client("A", None)), request_file(Client("A", None, context="A.2"))
    ('A.request', 'A.on.2.request')
    """
    _, _, further = client.context.partition(".")
    return file_of(REQUEST, f"{client.session}.on.{further}" if further else client.session)


def requested_on(file: str) -> tuple[str, str]:
    """The context and the session of which the file of a request is.

    >>> requested_on("A.request"), requested_on("A.3.on.2.request")
    (('A', 'A'), ('A.2', 'A.3'))
    """
    session, _, further = record_of(file).partition(".on.")
    first = part_of(session)
    return f"{first}.{further}" if further else first, session


def record_of(file: str) -> str:
    """What the file of a context is of."""
    return file.rpartition(".")[0]


def short(file: str) -> str:
    """A file's name without its owner's."""
    return file.rpartition(".")[2]


def has_file(process: Process, file: str) -> bool:
    """Whether a process has the file open under some number."""
    return file in process.files


def with_file(process: Process, file: str) -> Process:
    """The process with one more file, under the lowest number that is free.

    Source: fs/file.c, get_unused_fd_flags(), fd_install().
    """
    files = [*process.files]
    if "" in files:
        files[files.index("")] = file
    else:
        files.append(file)
    return replace(process, files=tuple(files))


def without_number(process: Process, place: int) -> Process:
    """The process without the file at that place of its numbers."""
    files = [*process.files]
    files[place] = ""
    while files and not files[-1]:
        files.pop()
    return replace(process, files=tuple(files))


def get_file(world: World, file: str) -> None:
    """One reference more on an open file.

    Source: include/linux/fs.h, get_file().
    """
    opened = world.files.get(file, OpenFile(file))
    world.put(replace(opened, refs=opened.refs + 1))


def fput(world: World, file: str) -> bool:
    """One reference less on an open file; true if it was the last: whoever asks releases it.

    Source: fs/file_table.c, fput().
    """
    opened = world.files.get(file)
    if opened is None:
        return True
    left = replace(opened, refs=opened.refs - 1)
    if left.refs == 1:
        world.drop(opened)
    else:
        world.put(left)
    return False


def enter_kernel(world: World, client: Client) -> None:
    """A thread makes a system call: a kill ends it only when it comes back.

    Of a process of one thread nobody asks.
    """
    if client.several:
        process = world.processes[client.name]
        if client.task not in process.inside:
            world.put(replace(process, inside=tuple(sorted((*process.inside, client.task)))))


def leave_kernel(world: World, client: Client) -> None:
    """A system call returns to its thread."""
    if client.several:
        process = world.processes[client.name]
        inside = tuple(task for task in process.inside if task != client.task)
        world.put(replace(process, inside=inside))


def fdget(world: World, client: Client) -> bool:
    """An ioctl on the context's file begins; false if the file is not open.

    It holds the file while other threads could close it.
    Source: include/linux/file.h, fdget(), which counts only where the files are shared.
    """
    enter_kernel(world, client)
    file = file_of(CONTEXT, client.context)
    if not has_file(world.processes[client.name], file):
        return False
    if client.several:
        get_file(world, file)
    return True
