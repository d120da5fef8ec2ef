"""What libteec makes of a request that secure world should not have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import calls, ocall_pta
from ocallkit.model.calls import Reply
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.events import CA, TEE_DRIVER, Message, Param
from ocallkit.model.params import INOUT, Params, tempref, value
from ocallkit.model.secure import thread_rpc_cmd
from ocallkit.model.teec_checks import refusal
from ocallkit.model.teec_ocall import ocall_alloc, teec_handle_ocall
from ocallkit.scenarios import plain_ta
from tests.xtest.parties import BAD_API, DEAD, Parties, Way, invoking

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client

MISSING = (Result.ITEM_NOT_FOUND, Origin.API)
U32 = 2**32


def said(made: Run, what: str) -> tuple[Result, Origin]:
    """What the CA answered to a request of that kind."""
    (words,) = (
        dict(e.words)
        for e in made.events
        if isinstance(e, Message) and (e.source, e.target) == (CA, TEE_DRIVER) and what in e.label
    )
    return Result[str(words["ret"])], Origin[str(words["origin"])]


# --- an OCALL ------------------------------------------------------------------------------------

FIRST: dict[str, tuple[dict[str, Any], tuple[Result, Origin]]] = {
    "a value over 32 bits": ({"attr": "VALUE_INOUT", "memory": "", "size": 0, "a": U32}, BAD_API),
    "a second one": ({"attr": "VALUE_INPUT", "memory": "", "size": 0, "b": U32}, BAD_API),
    "a size of no memory": ({"memory": "", "offset": 0}, BAD_API),
    "memory of another kind": ({"memory": "A.own"}, MISSING),
    "a size past the end": ({"size": 5}, BAD_API),
    "an offset past the end": ({"offset": 1}, BAD_API),
}
NEVER_ARRIVES = ("a size past the end", "an offset past the end")
"""What libteec's answer still has in it, and the driver does not take: its ioctl fails."""


def with_memory(handler: Any) -> Any:  # noqa: ANN401
    """A CA that has memory of its own beside that of its OCALLs."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_RegisterSharedMemory(context, "own", b"data")
        yield from TEEC_InvokeCommand(session, 0)

    return ca


@pytest.mark.parametrize("what", FIRST)
def test_a_parameter_that_no_ocall_can_have(
    way: Way, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libteec answers, no handler runs, and the TA hears it as libteec said it.

    Where the driver refuses the answer as well the OCALL is pending until its session is closed.
    """
    fields, expected = FIRST[what]
    packed = ocall_pta.packed

    def wrong(params: Params, memory: str) -> Params:
        first, *others = packed(params, memory)
        return (replace(first, **fields), *others)

    monkeypatch.setattr(ocall_pta, "packed", wrong)
    parties = Parties((tempref(INOUT, b"ping"),), lambda *_: Result.SUCCESS)
    made = way.run(with_memory(parties.handler), parties.ta, whole=False)
    assert (expected, None) == (said(made, "OCALL Compl"), parties.read)
    told = DEAD if what in NEVER_ARRIVES else expected
    assert told == parties.got


def refused(reply: Reply, made: Run) -> Result | None:
    """What libteec would say to a request at the end of a run."""
    world = made.world
    (client,) = (made.system.start.nodes[0].args[0],)
    return refusal(world, client, reply)


def test_a_request_that_libteec_does_not_know(way: Way) -> None:
    """BAD_PARAMETERS: an unknown function or kind, an offset in nothing, a parameter too many."""
    made = way.run(invoking(None), plain_ta)
    unknown = (Param("VALUE_SIDEWAYS"),)
    nowhere = (Param("MEMREF_INPUT", offset=1),)
    one = (value(INOUT, 1),)
    replies = [
        Reply("GROW"),
        Reply(calls.OCALL, params=unknown),
        Reply(calls.OCALL, params=nowhere),
        Reply(calls.ALLOC, params=one),
        Reply(calls.FREE, params=one, memory="A.ocall"),
    ]
    assert [Result.BAD_PARAMETERS] * len(replies) == [refused(reply, made) for reply in replies]
    assert [None, None] == [refused(Reply(asks), made) for asks in (calls.ALLOC, calls.OCALL)]


# --- an allocation, and a release -----------------------------------------------------------------


@pytest.mark.parametrize(("size", "made"), [(0, 8), (1, 1), (4097, 4097)])
def test_memory_of_no_octet_has_eight(way: Way, size: int, made: int) -> None:
    """libteec asks the kernel for no memory that is empty."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, lambda *_: Result.SUCCESS)
        asked = Reply(calls.ALLOC, size=size)
        answer = yield from ocall_alloc(context.client, asked, ())
        return answer.memory, answer.ret, answer.origin

    ran = way.run(ca, plain_ta)
    assert ("A.ocall", Result.SUCCESS, Origin.API) == ran.results["A"]
    sizes = {s.world.memories["A.ocall"].size for s in ran.steps if "A.ocall" in s.world.memories}
    assert {made} == sizes


FREED: dict[str, tuple[str, Result]] = {
    "memory of another kind": ("A.own", Result.ITEM_NOT_FOUND),
    "no memory at all": ("?.77", Result.ITEM_NOT_FOUND),
    "a number too large": (f"?.{2**31}", Result.SECURITY),
    "the largest that may be": (f"?.{2**31 - 1}", Result.ITEM_NOT_FOUND),
}


@pytest.mark.parametrize("what", FREED)
def test_the_release_of_what_libteec_has_not_made(
    way: Way, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its result has the origin API; the TA is told nothing of it, and its OCALL has succeeded."""
    memory, expected = FREED[what]

    def wrong(cmd: str, *party: str, **asked: Any) -> Steps:  # noqa: ANN401
        if cmd == calls.FREE:
            asked = {"memory": memory}
        return thread_rpc_cmd(cmd, *party, **asked)

    monkeypatch.setattr(ocall_pta, "thread_rpc_cmd", wrong)
    parties = Parties((tempref(INOUT, b"ping"),), lambda *_: Result.SUCCESS)
    made = way.run(with_memory(parties.handler), parties.ta, whole=False)
    assert (expected, Origin.API) == said(made, "SHM Free Compl")
    assert (Result.SUCCESS, Origin.CLIENT_APP) == parties.got


def test_an_ocall_without_a_handler(way: Way) -> None:
    """BAD_STATE, origin API: libteec has nobody to give it to."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        answer = yield from teec_handle_ocall(context, None, Reply(calls.OCALL, 100), ())
        return answer.answers, answer.ret, answer.origin

    made = way.run(ca, plain_ta)
    assert (calls.OCALL, Result.BAD_STATE, Origin.API) == made.results["A"]
