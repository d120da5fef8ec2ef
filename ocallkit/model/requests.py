"""Requests that wait for user space: what the supplicant's queue and a callback's have in common.

One who asks queues a request and waits; one who serves takes the first, and comes back with it.
Either can be gone by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.model.world import Request, World

QUEUED: Final = "queued"
PROCESSING: Final = "processing"
DONE: Final = "done"
LEFT: Final = "left"
"""Nobody waits for it any more, and who serves has not yet come back with it."""


def first_queued(requests: Iterable[Request]) -> Request | None:
    """The request that waits for the longest."""
    return min((one for one in requests if one.state == QUEUED), key=_number, default=None)


def next_number(requests: Iterable[Request]) -> int:
    """The number of one that is the last in the queue."""
    return 1 + max(map(_number, requests), default=0)


def _number(request: Request) -> int:
    return request.number


def give_up(world: World, request: Request) -> None:
    """Nobody waits for a request any more; one that was taken stays for who has it.

    Source: drivers/tee/optee/supp.c of later kernels, which do not free what is processed;
    drivers/tee/qcomtee/user_obj.c, which leaves a placeholder.
    """
    if request.state == PROCESSING:
        world.put(replace(request, state=LEFT))
    else:
        world.drop(request)
