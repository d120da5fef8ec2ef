"""OCALLs outside of invocations: while a session opens or closes, where a TA is created or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TeecError,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, tempref, value
from ocallkit.model.ta import (
    TEE_CloseTASession,
    TEE_InvokeCACommand,
    TEE_InvokeTACommand,
    TEE_OpenTASession,
)
from tests.xtest.parties import CALLED, DEAD, OCALL, SERVED, Way, invoking, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param

REFUSED = (Result.NOT_SUPPORTED, Origin.COMMS)
NO_MEMORY = (Result.OUT_OF_MEMORY, Origin.COMMS)

SENT: dict[str, Params] = {
    "a value": (value(INOUT, 1),),
    "memory": (tempref(INOUT, b"ping"),),
    "nothing": (tempref(INPUT),),
}


class Everywhere:
    """A TA that makes an OCALL at each of its entry points; `got` is what it was told there."""

    def __init__(self, sent: Params, ret: Result = Result.SUCCESS) -> None:
        self.got: dict[str, tuple[Result, Origin]] = {}
        self.ret = ret
        self.sent = sent
        self.ta = TrustedApp(
            "everywhere",
            self.entry("invoke"),
            self.entry("open"),
            self.entry("close"),
            self.entry("create"),
            self.entry("destroy"),
        )

    def entry(self, name: str) -> Callable[..., Steps]:
        """One of the entry points."""

        def program(*_given: Any) -> Steps:  # noqa: ANN401
            ret, origin, _ = yield from TEE_InvokeCACommand(OCALL, self.sent)
            self.got[name] = ret, origin
            return self.ret if name == "open" else Result.SUCCESS

        return program


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_an_ocall_is_served_only_where_its_ioctl_can_carry_it(way: Way, sent: Params) -> None:
    """Where a TA is created and its session opens with the extra parameter, never on a close."""
    served: dict[str, Any] = {}

    def handler(_command: int, params: Params) -> Result:
        served["last"] = params
        return Result.SUCCESS

    parties = Everywhere(sent)
    made = way.run(invoking(handler), parties.ta)
    refused = NO_MEMORY if sent is SENT["memory"] else REFUSED
    opening = SERVED if way.by_parameter else refused
    expected = {"create": opening, "open": opening, "invoke": SERVED}
    assert expected | {"close": refused, "destroy": refused} == parties.got
    assert CALLED == outcome(made)


def opening(
    handler: Callable[..., Any] | None, params: Params = (), ta: str = ""
) -> Callable[[Client], Steps]:
    """A CA that opens a session; gives what its parameters came back as, or what went wrong."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        try:
            session = yield from TEEC_OpenSession(context, ta, params)
        except TeecError as error:
            return error.result
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return session.params

    return ca


@pytest.mark.parametrize("error", [Result.GENERIC, Result.BUSY, Result.ACCESS_DENIED])
def test_a_handlers_error_while_a_session_opens(way: Way, error: Result) -> None:
    """The TA gets it, and opens the session all the same."""
    parties = Everywhere(SENT["memory"])
    made = way.run(opening(lambda *_: error), parties.ta)
    told = (error, Origin.CLIENT_APP) if way.by_parameter else NO_MEMORY
    assert (told, ()) == (parties.got["open"], made.results["A"])


def test_a_ta_that_refuses_to_open_once_it_has_asked(way: Way) -> None:
    """Its result and its origin reach the CA, and no session is left."""
    parties = Everywhere(SENT["memory"], Result.ACCESS_DENIED)
    made = way.run(opening(lambda *_: Result.SUCCESS), parties.ta)
    assert (Result.ACCESS_DENIED, Origin.TRUSTED_APP) == outcome(made)
    assert (SERVED if way.by_parameter else NO_MEMORY) == parties.got["open"]


def test_a_handler_closes_the_context_while_a_session_opens(way: Way) -> None:
    """The TA hears TARGET_DEAD; what it opens in spite of that is closed again."""
    parties = Everywhere(SENT["a value"])

    def ca(client: Client) -> Steps:
        contexts: list[Any] = []

        def handler(_command: int, _params: Params) -> Steps:
            yield from TEEC_FinalizeContext(contexts[0])
            return Result.SUCCESS

        contexts.append((yield from TEEC_InitializeContext(client, handler)))
        try:
            yield from TEEC_OpenSession(contexts[0])
        except TeecError as error:
            return error.result
        yield from TEEC_FinalizeContext(contexts[0])
        return None

    made = way.run(ca, parties.ta)
    if way.by_parameter:
        assert (DEAD, (Result.GENERIC, Origin.COMMS)) == (parties.got["open"], outcome(made))
    else:
        assert (REFUSED, None) == (parties.got["open"], made.results["A"])


# --- the parameters of an opening -----------------------------------------------------------------


def doubles(params: Params) -> Steps:
    """A TA that opens its session and answers each parameter with another content."""
    yield from ()
    return Result.SUCCESS, tuple(
        value(OUTPUT, p.a * 2, p.b * 2)
        if p.attr.startswith("VALUE")
        else tempref(OUTPUT, p.data.upper())
        for p in params
    )


def test_an_opening_passes_values_and_memory_as_an_invocation_does(way: Way) -> None:
    """Both ways; temporary memory is registered for it, and given up after it."""
    params = (value(INOUT, 1, 2), tempref(INOUT, b"both"), tempref(INPUT, b"in"), tempref(INPUT))
    ta = TrustedApp("doubles", lambda *_: iter(()), open=doubles)
    made = way.run(opening(lambda *_: Result.SUCCESS, params), ta)
    expected = (value(INOUT, 2, 4), tempref(INOUT, b"BOTH"), *params[2:])
    assert expected == made.results["A"]
    worlds = [step.world for step in made.steps if "A" in step.world.sessions]
    freed = {w.memories["A.tmp2"].freed for w in worlds if w.sessions["A"].open}
    assert freed == {False, True}


@pytest.mark.parametrize("bad", [value(INPUT, 2**32), tempref(INPUT, b"abc", size=2)], ids=str)
def test_an_opening_refuses_what_an_invocation_refuses(way: Way, bad: Param) -> None:
    """BAD_PARAMETERS, origin API, and the TA is not called."""
    parties = Everywhere(())
    made = way.run(opening(lambda *_: Result.SUCCESS, (NONE, bad)), parties.ta)
    assert ((Result.BAD_PARAMETERS, Origin.API), {}) == (outcome(made), parties.got)


@pytest.mark.parametrize("ta", ["nobody", "9b2c0652-3b9b-4d83-971e-e56c40512793"])
def test_a_ta_that_is_not_there(way: Way, ta: str) -> None:
    """ITEM_NOT_FOUND of OP-TEE's own, whether it goes by a name or by a UUID."""
    made = way.run(opening(None, ta=ta), Everywhere(()).ta)
    assert (Result.ITEM_NOT_FOUND, Origin.TEE) == outcome(made)


# --- a TA behind a TA -----------------------------------------------------------------------------


def test_what_a_ta_behind_a_ta_asks_goes_to_the_first_ones_ca(way: Way) -> None:
    """With the name and the UUID of the one that asks, not of the one that the CA has called."""
    asked: dict[int, str] = {}

    def handler(command: int, _params: Params, ta: str) -> Result:
        asked[command] = ta
        return Result.SUCCESS

    def first(_command: int, _params: Params) -> Steps:
        yield from TEE_InvokeCACommand(1)
        ret, session = yield from TEE_OpenTASession("behind")
        assert Result.SUCCESS == ret
        told = yield from TEE_InvokeTACommand(session, 0, (value(INPUT, 1),))
        yield from TEE_CloseTASession(session)
        return told[0]

    def second(_command: int, _params: Params) -> Steps:
        ret, _, _ = yield from TEE_InvokeCACommand(2, (tempref(INPUT, b"ping"),))
        return ret

    tas = TrustedApp("front", first), TrustedApp("behind", second)
    made = way.run(invoking(handler), tas)
    assert (CALLED, {1: "front", 2: "behind"}) == (outcome(made), asked)
    assert [ta.octets for ta in tas] == [asked[n].octets for n in (1, 2)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["front", "behind"])
def test_a_ca_opens_a_session_by_name_or_by_uuid(way: Way, name: str) -> None:
    """Both mean the same TA, and so does a UUID in capitals."""

    def says(what: Result) -> Callable[..., Steps]:
        def program(_command: int, _params: Params) -> Steps:
            yield from ()
            return what

        return program

    tas = TrustedApp("front", says(Result.BUSY)), TrustedApp("behind", says(Result.CANCEL))
    octets = {ta.name: ta.octets for ta in tas}[name].hex()
    uuid = "-".join((octets[:8], octets[8:12], octets[12:16], octets[16:20], octets[20:]))
    expected = {"front": Result.BUSY, "behind": Result.CANCEL}[name]
    for called in (name, uuid, uuid.upper()):
        made = way.run(invoking(None, ta=called), tas)
        assert (expected, Origin.TRUSTED_APP) == outcome(made)


def test_a_session_that_is_closed_in_the_ta_is_invoked_no_more(way: Way) -> None:
    """An invocation after a close is no OCALL's affair: GENERIC, origin COMMS."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, lambda *_: Result.SUCCESS)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_CloseSession(session)
        yield from TEEC_CloseSession(session)
        result = yield from TEEC_InvokeCommand(session, 0)
        yield from TEEC_FinalizeContext(context)
        return result

    parties = Everywhere(())
    assert (Result.GENERIC, Origin.COMMS) == outcome(way.run(ca, parties.ta))
    assert "invoke" not in parties.got
