"""Two locks that a driver can keep its sessions with, as steps that can block.

A context's mutex guards its list of sessions, a session's semaphore lets one thread in.  What is
done between taking the mutex and giving it back without a chance to wait is one step here: nobody
else could see it in between.  So the mutex is written down only while its holder waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.engine import Blocked
from ocallkit.model.optee import is_listed, unlist_session

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World


def mutex_of(client: Client) -> str:
    """Where the world keeps who holds the mutex of a context."""
    return f"{client.context}.mutex"


def sem_of(client: Client) -> str:
    """Where it keeps who is in a session."""
    return f"{client.session}.sem"


def enter_session(client: Client) -> Steps:
    """Look for the session and wait until nobody is in it, with the mutex held meanwhile.

    Source: drivers/tee/optee/call.c as posted, optee_invoke_func().
    """
    if (yield find_session, client):
        yield down, client


def find_session(world: World, client: Client) -> bool:
    """The session is looked for under the mutex, and entered; true if that has to wait.

    Raises Blocked while another thread holds the mutex.
    """
    mutex_lock(world, client)
    if not is_listed(world, client, client.session):
        return False
    if world.value_of(sem_of(client)) is None:
        world.keeps(sem_of(client), client.task)
        return False
    world.keeps(mutex_of(client), client.task)
    return True


def mutex_lock(world: World, client: Client) -> None:
    """Nobody else holds the mutex.

    Raises Blocked while somebody does.  A kill does not end that wait.
    Source: kernel/locking/mutex.c, mutex_lock().
    """
    holder = world.value_of(mutex_of(client))
    if holder not in {None, client.task}:
        raise Blocked(
            f"CA {client.task} waits for the mutex of context {client.context}", f"CA {holder}"
        )


def down(world: World, client: Client) -> None:
    """The session is entered, and the mutex given back if it was held.

    Raises Blocked while another thread is in the session.  A kill does not end that wait.
    Source: kernel/locking/semaphore.c, down().
    """
    holder = world.value_of(sem_of(client))
    if holder is not None:
        raise Blocked(f"CA {client.task} waits for session {client.session}", f"CA {holder}")
    world.keeps(sem_of(client), client.task)
    if world.value_of(mutex_of(client)) == client.task:
        world.keeps(mutex_of(client), None)


def leave_session(client: Client) -> Steps:
    """Whoever is next may enter the session."""
    yield up, client


def up(world: World, client: Client) -> None:
    """The session is left, if this thread is in it.

    Source: kernel/locking/semaphore.c, up().
    """
    if world.value_of(sem_of(client)) == client.task:
        world.keeps(sem_of(client), None)


def unlist_locked(client: Client) -> Steps:
    """The session is taken off its list under the mutex; gives whether it was on it."""
    return (yield unlist_under_mutex, client)


def unlist_under_mutex(world: World, client: Client) -> bool:
    """Raises Blocked while another thread holds the mutex."""
    mutex_lock(world, client)
    return unlist_session(world, client)
