"""Where something is missing: OCALLs, the PTA that carries them, references to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InitializeContext2,
    TeecContextSetting,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.devices import AMDTEE
from ocallkit.model.params import INOUT, INPUT, OUTPUT, Params, tempref, value
from tests.xtest.parties import CALLED, Parties, Way, invoking, outcome
from tests.xtest.test_settings import result_of, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

MISSING = {
    "no-ocall": (Result.NOT_IMPLEMENTED, Origin.API),
    "no-system-pta": (Result.NOT_SUPPORTED, Origin.API),
}
"""What a TA is told of an OCALL where something is missing."""

SENT: dict[str, Params] = {
    "nothing": (),
    "a value": (value(INOUT, 1),),
    "memory": (tempref(INOUT, b"ping"),),
}


def with_setting(client: Client) -> Steps:
    """Open the device with a setting that brings a handler."""
    return TEEC_InitializeContext2(client, (TeecContextSetting(handler=serve),))


def with_handler(client: Client) -> Steps:
    """Open the device with a handler."""
    return TEEC_InitializeContext(client, serve)


@pytest.mark.parametrize("caps", MISSING)
@pytest.mark.parametrize("opens", [with_handler, with_setting])
def test_a_handler_without_the_capability(
    way: Way, opens: Callable[[Client], Steps], caps: str
) -> None:
    """NOT_SUPPORTED, and the device is closed again: the next context takes the place of that."""

    def ca(client: Client) -> Steps:
        result = yield from result_of(opens)(client)
        again = yield from TEEC_InitializeContext(client)
        yield from TEEC_FinalizeContext(again)
        return result.ret, result.origin, again.client.context

    made = way.run(ca, serve, switches={"capabilities": caps})
    assert (Result.NOT_SUPPORTED, Origin.API, "A") == made.results["A"]


def test_a_handler_on_another_tees_device(way: Way) -> None:
    """The same: its driver has no OCALLs, whatever OP-TEE has."""
    made = way.run(result_of(lambda client: TEEC_InitializeContext(client, serve, AMDTEE)), serve)
    assert (Result.NOT_SUPPORTED, Origin.API) == outcome(made)


@pytest.mark.parametrize("caps", MISSING)
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_a_ta_asks_where_there_are_no_ocalls(way: Way, caps: str, sent: Params) -> None:
    """It is told at once, nothing leaves it, and its invocation is none the worse for it."""
    parties = Parties(sent, serve)
    made = way.run(invoking(None), parties.ta, switches={"capabilities": caps})
    assert (MISSING[caps], sent, None) == (parties.got, parties.back, parties.read)
    assert CALLED == outcome(made)


def test_a_pta_is_served_by_no_system_pta(way: Way) -> None:
    """Only user TAs are: ACCESS_DENIED, origin COMMS."""
    parties = Parties((value(INOUT, 1),), serve)
    made = way.run(invoking(parties.handler), TrustedApp("pta", parties.ta, pseudo=True))
    assert ((Result.ACCESS_DENIED, Origin.COMMS), None) == (parties.got, parties.read)
    assert CALLED == outcome(made)


@pytest.mark.parametrize("caps", ["all", "no-memref-null"])
@pytest.mark.parametrize("direction", [INPUT, OUTPUT, INOUT])
def test_a_buffer_of_no_size_reaches_the_ta(way: Way, caps: str, direction: str) -> None:
    """As a reference to nothing, or where there is none as one to a little memory, of size 0."""
    seen: dict[str, Any] = {}

    def ta(_command: int, params: Params) -> Steps:
        seen["TA"] = params
        yield from ()
        return Result.SUCCESS

    params = (tempref(direction), value(INPUT, 1))
    made = way.run(invoking(serve, params), ta, switches={"capabilities": caps})
    assert (CALLED, params) == (outcome(made), made.results["A"].params)
    memory = "" if caps == "all" else "A.tmp0"
    assert (memory, 0, b"") == (seen["TA"][0].memory, seen["TA"][0].size, seen["TA"][0].data)
    made_for_it = {
        step.world.memories["A.tmp0"].size for step in made.steps if memory in step.world.memories
    }
    assert made_for_it == (set() if caps == "all" else {8})
