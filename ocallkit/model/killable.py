"""The OP-TEE driver's waits as a design can have them: who waits can be woken by a kill.

In Linux neither the call queue nor the sleep of a secure thread ends with a kill, since secure
world has to be told something first.  A design whose `wakes` says otherwise has a thread do what
its `waits` says before it waits, and what its `killed` says when it is killed meanwhile; then it
waits on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.engine import Blocked, Choose
from ocallkit.model.user_mode import is_dying, kill_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

WAITS: Final = "waits"
"""What a wait gives at once that cannot end yet, and has not been prepared for."""
KILLED: Final = "killed"
"""What a wait gives from which a kill has woken its thread."""


def waiting(client: Client, step: Callable[..., Any], *args: object) -> Steps:
    """A step that can wait in the driver, with what the design does before and when it is killed.

    Gives what the step gives.
    """
    outcome = yield step, client, *args
    if outcome == WAITS:
        yield from client.design.waits(client)
        outcome = yield step, client, *args, WAITS
    if outcome == KILLED:
        yield from client.design.killed(client)
        outcome = yield step, client, *args, KILLED
    return outcome


def wait(world: World, client: Client, blocked: Blocked, was: str) -> str | Choose:
    """A thread has to wait in the driver; gives WAITS, or KILLED now or when a kill comes.

    `was` is which of them it has been given before.
    Raises Blocked where a kill does not end the wait.
    """
    if was == KILLED or client.kernel or not client.design.wakes(client):
        raise blocked
    if not was:
        return WAITS
    if is_dying(world, client):
        return KILLED
    killing = kill_of(world, client, KILLED)
    return Choose(*([] if killing.resort else [killing]), unless=blocked)
