"""What is wrong with the memory that a caller names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi.results import Result
from ocallkit.model import calls
from ocallkit.model.params import INOUT, Params, memref, value
from ocallkit.scenarios.misuse.act import (
    MINE_SIZE,
    PLAIN,
    Act,
    allocates,
    answers,
    closes,
    in_use,
    invokes,
    lent,
    mine,
)
from ocallkit.scenarios.misuse.sessions import elsewhere, passes_there

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def passing(params: Callable[[Client], Params]) -> Callable[[Client], Steps]:
    """A CA that invokes with such parameters."""

    def does(client: Client) -> Steps:
        return (yield from invokes(client, PLAIN, params(client)))

    return does


def foreign(client: Client) -> Params:
    """Memory of another process."""
    return (memref(INOUT, in_use(client), 4),)


def past_the_end(client: Client) -> Params:
    """Memory of one's own, and more of it than there is."""
    return (memref(INOUT, mine(client), MINE_SIZE, 1),)


def freed(client: Client) -> Steps:
    """Make memory, close it, and pass it all the same."""
    memory = yield from allocates(client)
    yield from closes(client, memory)
    return (yield from invokes(client, PLAIN, (memref(INOUT, memory, 4),)))


def unknown(client: Client) -> Params:
    """Memory that OP-TEE is not told of."""
    return (memref(INOUT, lent(client), 4),)


# --- to an allocation ---------------------------------------------------------------------------


def lending(named: Callable[[Client], str]) -> Callable[[Client], Steps]:
    """A CA that answers an allocation with a memory that it has not made for that."""

    def does(client: Client) -> Steps:
        return (yield from answers(client, calls.ALLOC, memory=named(client)))

    return does


def nothing(client: Client) -> str:
    """No memory, and that it has been allocated."""
    return ""


def lends_new(client: Client, size: int, *, ocall: bool = True) -> Steps:
    """Answer an allocation with memory that is made for it, and not as it was asked for."""
    memory = yield from allocates(client, size, ocall=ocall)
    reply = yield from answers(client, calls.ALLOC, memory=memory)
    if reply.errno and memory:
        yield from closes(client, memory)
    return reply


def lends_small(client: Client) -> Steps:
    """Answer with two octets."""
    return (yield from lends_new(client, 2))


def lends_freed(client: Client) -> Steps:
    """Answer with memory that is closed before it is handed over."""
    memory = yield from allocates(client)
    yield from closes(client, memory)
    return (yield from answers(client, calls.ALLOC, memory=memory))


def lends_registered(client: Client) -> Steps:
    """Answer with memory that OP-TEE has been told of, and that is large enough."""
    return (yield from lends_new(client, 16, ocall=False))


def refuses(client: Client) -> Steps:
    """Allocate nothing, and say so."""
    return (yield from answers(client, calls.ALLOC, ret=Result.OUT_OF_MEMORY))


def lends_with_params(client: Client) -> Steps:
    """Answer an allocation with parameters."""
    return (yield from answers(client, calls.ALLOC, (value(INOUT, 1),), memory=mine(client)))


def closes_lent(client: Client) -> Steps:
    """Close the memory of the OCALL."""
    return (yield from closes(client, lent(client)))


def passes_lent(client: Client) -> Steps:
    """Invoke with the memory of the OCALL."""
    return (yield from invokes(client, PLAIN, unknown(client)))


def keeps(client: Client) -> Steps:
    """Say that the memory is freed, and keep it."""
    return (yield from answers(client, calls.FREE, memory=lent(client)))


def frees_another(client: Client) -> Steps:
    """Say that another memory is freed than was to be."""
    return (yield from answers(client, calls.FREE, memory=mine(client)))


MEMORY: Final = (
    Act("passes-foreign", "passes memory of another process", passing(foreign)),
    Act("passes-freed", "passes memory that it has closed", freed),
    Act("passes-elsewhere", "passes memory of another context", elsewhere(passes_there)),
    Act("past-the-end", "passes more of a memory than there is", passing(past_the_end)),
    Act("passes-lent", "passes the memory of its OCALL", passes_lent, calls.OCALL),
    Act(
        "lends-nothing",
        "says that it has allocated, and names nothing",
        lending(nothing),
        calls.ALLOC,
    ),
    Act(
        "lends-foreign",
        "answers an allocation with memory of another process",
        lending(in_use),
        calls.ALLOC,
    ),
    Act(
        "lends-freed",
        "answers an allocation with memory that it has closed",
        lends_freed,
        calls.ALLOC,
    ),
    Act(
        "lends-small",
        "answers an allocation with less than was asked for",
        lends_small,
        calls.ALLOC,
    ),
    Act(
        "lends-mine",
        "answers an allocation with memory that it passes to TAs as well",
        lending(mine),
        calls.ALLOC,
    ),
    Act(
        "lends-registered",
        "answers an allocation with memory that OP-TEE knows",
        lends_registered,
        calls.ALLOC,
    ),
    Act(
        "lends-with-params", "answers an allocation with parameters", lends_with_params, calls.ALLOC
    ),
    Act("refuses", "refuses the allocation", refuses, calls.ALLOC),
    Act(
        "closes-lent", "closes the memory of its OCALL while it is asked", closes_lent, calls.OCALL
    ),
    Act("keeps", "says that it has freed the memory, and keeps it", keeps, calls.FREE),
    Act("frees-another", "says that it has freed another memory", frees_another, calls.FREE),
)
"""What is named."""
