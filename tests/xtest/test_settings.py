"""Handlers, what they are handed, and the settings of contexts and sessions that bring it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Result
from ocallkit.engine import ProgramError
from ocallkit.model.client import (
    TEEC_CONTEXT_SETTING_OCALL,
    TEEC_SESSION_SETTING_DATA,
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InitializeContext2,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_OpenSession2,
    TeecContextSetting,
    TeecError,
    TeecSessionSetting,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.ta import TEE_InvokeCACommand
from tests.xtest.parties import BAD_API, CALLED, Way, invoking, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

UUID = "00112233-4455-6677-8899-aabbccddeeff"


def asks(command: int) -> Callable[..., Steps]:
    """An entry point that makes an OCALL with that command."""

    def program(*_given: Any) -> Steps:  # noqa: ANN401
        yield from TEE_InvokeCACommand(command)
        return Result.SUCCESS

    return program


TA = TrustedApp("asks", asks(1), open=asks(2), uuid=UUID)


class Handed:
    """A handler of five things; `seen` is what it was handed with each command."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[Any, ...]] = {}

    def handler(
        self,
        command: int,
        _params: Params,
        ta: str,
        context_data: Any,  # noqa: ANN401
        session_data: Any,  # noqa: ANN401
    ) -> Result:
        """The CA's handler."""
        self.seen[command] = ta, ta.uuid, context_data, session_data  # type: ignore[attr-defined]
        return Result.SUCCESS


def settings_of(handed: Handed) -> dict[str, Callable[[Client], Steps]]:
    """A CA in the short form, and in the form of libteec's second functions."""

    def short(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handed.handler, data="context's")
        return (yield from TEEC_OpenSession(context, data="session's"))

    def second(client: Client) -> Steps:
        brings = TeecContextSetting(TEEC_CONTEXT_SETTING_OCALL, handed.handler, "context's")
        context = yield from TEEC_InitializeContext2(client, (brings,), 1)
        own = TeecSessionSetting(TEEC_SESSION_SETTING_DATA, "session's")
        return (yield from TEEC_OpenSession2(context, UUID, (), (own,), 1))

    return {"short": short, "second": second}


@pytest.mark.parametrize("form", ["short", "second"])
def test_a_handler_is_handed_the_ta_and_both_data(way: Way, form: str) -> None:
    """While the session opens it has none yet."""
    handed = Handed()

    def ca(client: Client) -> Steps:
        session = yield from settings_of(handed)[form](client)
        result = yield from TEEC_InvokeCommand(session, 0)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(session.context)
        return result

    assert CALLED == outcome(way.run(ca, TA))
    opening = {2: ("asks", UUID, "context's", None)} if way.by_parameter else {}
    assert opening | {1: ("asks", UUID, "context's", "session's")} == handed.seen


def test_each_session_has_data_of_its_own(way: Way) -> None:
    """And each context a handler of its own."""
    seen: dict[tuple[str, str], str] = {}

    def handler(_command: int, _params: Params, _ta: str, context: str, session: str) -> None:
        seen[context, session] = "served"

    def ca(client: Client) -> Steps:
        for number in ("1", "2"):
            context = yield from TEEC_InitializeContext(client, handler, data=number)
            first = yield from TEEC_OpenSession(context, data="a")
            second = yield from TEEC_OpenSession(context, data="b")
            for session in (first, second):
                yield from TEEC_InvokeCommand(session, 0)
            yield from TEEC_FinalizeContext(context)

    way.run(ca, TrustedApp("asks", asks(1)))
    assert {("1", "a"), ("1", "b"), ("2", "a"), ("2", "b")} == set(seen)


# --- how many things a handler takes --------------------------------------------------------------

FULL = (1, "asks", "context's", "session's")


class Methods:
    """Handlers that belong to something; `seen` is what the last was handed."""

    def __init__(self) -> None:
        self.seen: tuple[Any, ...] = ()

    def two(self, command: int, _params: Params) -> None:
        """One that is not told who asks."""
        self.seen = (command,)

    def three(self, command: int, _params: Params, ta: str) -> None:
        """One that is."""
        self.seen = command, ta

    def four(self, command: int, _params: Params, ta: str, data: str) -> None:
        """One that is handed the context's data alone."""
        self.seen = command, ta, data

    def five(self, command: int, _params: Params, ta: str, context: str, session: str) -> None:
        """One that is handed everything."""
        self.seen = command, ta, context, session

    def own(self, command: int, _params: Params, mine: str = "mine") -> None:
        """One with something of its own."""
        self.seen = command, mine

    def __call__(self, command: int, _params: Params, ta: str) -> None:
        """Something that is no function."""
        self.seen = command, ta

    def made(self) -> dict[str, tuple[Any, tuple[Any, ...]]]:
        """Each handler with what it is to be handed."""

        def function(command: int, _params: Params, ta: str, context: str, session: str) -> None:
            self.seen = command, ta, context, session

        def any_number(*given: Any) -> None:  # noqa: ANN401
            self.seen = (given[0], len(given))

        def partly(first: str, command: int, _params: Params, ta: str) -> None:
            self.seen = first, command, ta

        return {
            "two": (self.two, FULL[:1]),
            "three": (self.three, FULL[:2]),
            "four": (self.four, FULL[:3]),
            "five": (self.five, FULL),
            "a default": (self.own, (1, "mine")),
            "an object": (self, FULL[:2]),
            "a function": (function, FULL),
            "any number": (any_number, (1, 2)),
            "a partial one": (partial(partly, "first"), ("first", *FULL[:2])),
        }


def with_data(handler: Any) -> Callable[[Client], Steps]:  # noqa: ANN401
    """A CA with that handler and data for it."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler, data="context's")
        session = yield from TEEC_OpenSession(context, data="session's")
        result = yield from TEEC_InvokeCommand(session, 0)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result

    return ca


@pytest.mark.parametrize("kind", Methods().made())
def test_a_handler_gets_as_many_things_as_it_takes(way: Way, kind: str) -> None:
    """The first two always; what has a default is its own affair."""
    methods = Methods()
    handler, expected = methods.made()[kind]
    way.run(with_data(handler), TrustedApp("asks", asks(1)))
    assert expected == methods.seen


def test_a_handler_that_takes_more_than_there_is(way: Way) -> None:
    """Its author is told what there is."""

    def six(*_given: Any) -> None: ...  # noqa: ANN401

    def greedy(_a: int, _b: Params, _c: str, _d: str, _e: str, _f: str) -> None: ...

    with pytest.raises(ProgramError, match="takes 6 things"):
        way.run(with_data(greedy), TA)
    assert CALLED == outcome(way.run(with_data(six), TA))


# --- settings that are wrong ----------------------------------------------------------------------


def result_of(call: Callable[[Client], Steps]) -> Callable[[Client], Steps]:
    """A CA that makes a call of libteec; gives the failure, and leaves nothing open."""

    def ca(client: Client) -> Steps:
        try:
            yield from call(client)
        except TeecError as error:
            return error.result
        return None

    return ca


def serve(_command: int, _params: Params) -> None:
    """A handler that has nothing to do."""


WRONG_FOR_A_CONTEXT: dict[str, tuple[Any, int | None]] = {
    "no settings, and one of them": (None, 1),
    "no handler": ((TeecContextSetting(),), None),
    "an unknown type": ((TeecContextSetting(2, serve),), None),
    "the second of two": ((TeecContextSetting(handler=serve), TeecContextSetting(0, serve)), 2),
}


@pytest.mark.parametrize("what", WRONG_FOR_A_CONTEXT)
def test_settings_that_no_context_can_have(way: Way, what: str) -> None:
    """BAD_PARAMETERS before the device is opened."""
    settings, count = WRONG_FOR_A_CONTEXT[what]
    made = way.run(result_of(lambda client: TEEC_InitializeContext2(client, settings, count)), TA)
    assert (BAD_API, 0) == (outcome(made), len(made.world.contexts))


@pytest.mark.parametrize("settings", [None, ()])
def test_a_context_without_settings_has_no_handler(way: Way, settings: Any) -> None:  # noqa: ANN401
    """It is opened, and its TAs are refused their OCALLs."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext2(client, settings, 0)
        session = yield from TEEC_OpenSession2(context)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return context.handler, session.data

    assert (None, None) == way.run(ca, TA).results["A"]


@pytest.mark.parametrize(
    ("settings", "count"), [(None, 1), ((TeecSessionSetting(2, "data"),), None)]
)
def test_settings_that_no_session_can_have(way: Way, settings: Any, count: Any) -> None:  # noqa: ANN401
    """BAD_PARAMETERS before the session is opened."""

    def opens(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        yield from TEEC_OpenSession2(context, "", (), settings, count)

    made = way.run(result_of(opens), TA)
    assert (BAD_API, 0) == (outcome(made), len(made.world.sessions))


def test_more_settings_than_there_are(way: Way) -> None:
    """A library would read what is not there: the model says so."""
    one = (TeecContextSetting(handler=serve),)
    with pytest.raises(ProgramError, match="there are 1 settings, not 2"):
        way.run(result_of(lambda client: TEEC_InitializeContext2(client, one, 2)), TA)


def test_a_ta_without_a_uuid_has_one_that_follows_from_its_name(way: Way) -> None:
    """Always the same, and another for another name."""
    handed = Handed()
    for name in ("one", "two"):
        way.run(invoking(handed.handler), TrustedApp(name, asks(len(name) + len(handed.seen))))
    uuids = [seen[1] for seen in handed.seen.values()]
    assert ["one", "two"] == [seen[0] for seen in handed.seen.values()]
    assert (2, {36}) == (len({*uuids}), {len(uuid) for uuid in uuids})
