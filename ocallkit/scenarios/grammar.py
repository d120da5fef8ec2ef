"""Programs of a CA and a TA, each written as a few words, and what the words mean.

    hunt:context.session.register-a.invoke-a.release-a:buffer

is the name of a scenario: its CA opens a context and a session, registers memory, invokes with it
and releases it, then ends with the rest open; its TA asks once, with a buffer.  A name says
everything, so that a token with it can be replayed anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ocallkit.abi.results import Result
from ocallkit.engine import Become
from ocallkit.errors import UsageError
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
    TeecContext,
    TeecSession,
)
from ocallkit.model.params import INOUT, INPUT, Params, memref, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.properties.reached import INVOCATION, OCALL
from ocallkit.scenarios import COMMAND, OCALL_COMMAND, Scenario, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

PREFIX = "hunt:"
"""What the name of such a scenario begins with."""

MEMORIES = "ab"
"""What a CA calls its memories; as many as it can have at once."""

TEMPORARY = "temporary"
"""What an invocation can be passed instead: libteec registers it for that one."""

ASKS: dict[str, Params] = {
    "value": (value(INPUT, 1, 2),),
    "buffer": (tempref(INOUT, b"ping"),),
    "both": (value(INPUT, 1, 2), tempref(INOUT, b"ping")),
}
"""What an OCALL of the TA can pass."""

AGAIN = "again"
"""The last word of a TA that asks once more after an error."""


class Stage(NamedTuple):
    """What a CA has after some of its calls; what it can call next follows from it."""

    context: str = ""
    session: str = ""
    """Each nothing, ``open``, or ``closed``; there is one of each, opened once."""
    memories: str = ""

    def calls(self) -> Iterator[str]:
        """Every call that makes sense here, in a fixed order."""
        if not self.context:
            yield "context"
        if self.context == "open":
            yield from self._on_context()
        yield from (f"release-{name}" for name in self.memories)
        if self.context == "open" == self.session:
            yield "close-session"
        if self.context == "open":
            yield "close-context"

    def _on_context(self) -> Iterator[str]:
        """What a call needs the context for."""
        if not self.session:
            yield "session"
        free = [name for name in MEMORIES if name not in self.memories]
        yield from (f"register-{name}" for name in free[:1])
        if self.session == "open":
            yield "invoke"
            yield from (f"invoke-{names}" for names in _parts(self.memories))
            yield f"invoke-{TEMPORARY}"

    def after(self, call: str) -> Stage:
        """What it has after one of these calls."""
        what, _, name = call.partition("-")
        match what:
            case "context" | "session":
                return self._replace(**{what: "open"})
            case "register":
                return self._replace(memories="".join(sorted({*self.memories, name})))
            case "release":
                return self._replace(memories=self.memories.replace(name, ""))
            case "close":
                return self._replace(**{name: "closed"})
            case _:
                return self


def _parts(names: str) -> tuple[str, ...]:
    """Every choice of some of these letters.

    >>> _parts("ab")
    ('a', 'b', 'ab')
    """
    both = (names,) if len(names) > 1 else ()
    return (*names, *both)


class Calls(msgspec.Struct, frozen=True):
    """A CA that makes these calls, one after the other, and ends."""

    words: tuple[str, ...]

    def __call__(self, client: Client) -> Steps:
        """Run it."""
        return carry_out(client, self.words)


def carry_out(
    client: Client,
    words: tuple[str, ...],
    context: TeecContext | None = None,
    session: TeecSession | None = None,
) -> Steps:
    """Make the first of some calls, and become who makes the others.

    How a call went does not matter to the next: a CA that gives up is one with fewer words.
    """
    if not words:
        return None
    context, session = yield from carry_out_one(client, words[0], context, session)
    return Become(carry_out, words[1:], context, session)


def carry_out_one(
    client: Client, word: str, context: TeecContext | None, session: TeecSession | None
) -> Steps:
    """Make one call; gives the context and the session as they are after it."""
    what, _, name = word.partition("-")
    if what == "context":
        context = yield from TEEC_InitializeContext(client, serve)
    elif context is not None and what == "session":
        session = yield from TEEC_OpenSession(context)
    elif context is not None:
        session = yield from _call(client, what, name, context, session)
    return context, session


def _call(
    client: Client, what: str, name: str, context: TeecContext, session: TeecSession | None
) -> Steps:
    """One call on an open context; gives the session that is open then."""
    match what:
        case "register":
            yield from TEEC_RegisterSharedMemory(context, name, b"data")
        case "release":
            yield from TEEC_ReleaseSharedMemory(context, f"{client.name}.{name}")
        case "invoke" if session:
            yield from TEEC_InvokeCommand(session, COMMAND, _passed(client, name))
        case "close" if name == "session" and session:
            yield from TEEC_CloseSession(session)
            return None
        case "close":
            yield from TEEC_FinalizeContext(context)
    return session


def _passed(client: Client, name: str) -> Params:
    """What an invocation is passed, by its word."""
    if name == TEMPORARY:
        return (tempref(INOUT, b"data"),)
    return tuple(memref(INOUT, f"{client.name}.{memory}", 4) for memory in name)


class Asks(msgspec.Struct, frozen=True):
    """A TA that makes these OCALLs, one after the other, and reports how the last one went.

    After an error it makes the same OCALL once more if it `persists`, and else returns.
    """

    words: tuple[str, ...]
    persists: bool = False

    def __call__(self, command: int, params: Params) -> Steps:
        """Run it."""
        del command, params
        ret = Result.SUCCESS
        for word in self.words:
            ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, ASKS[word])
            if ret != Result.SUCCESS and self.persists:
                ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, ASKS[word])
            if ret != Result.SUCCESS:
                return ret
        return ret


class Program(NamedTuple):
    """A CA and its TA; `name` is what the scenario is called, `scenario` the scenario."""

    calls: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    persists: bool = False

    @property
    def size(self) -> int:
        """How much there is to read: each call, each OCALL and what it passes, the second try.

        >>> Program(("context", "session", "invoke"), ("both",), persists=True).size
        7
        """
        return len(self.calls) + sum(map(WEIGHTS.__getitem__, self.asks)) + self.persists

    @property
    def name(self) -> str:
        """The name in which everything stands."""
        words = (*self.asks, *[AGAIN] * self.persists)
        return f"{PREFIX}{'.'.join(self.calls)}:{'.'.join(words)}"

    @property
    def scenario(self) -> Scenario:
        """The scenario of that name."""
        point = OCALL if self.asks else INVOCATION
        about = f"a CA that {self.ca_in_words}, and a TA that {self.ta_in_words}"
        ta = Asks(self.asks, self.persists)
        return Scenario(self.name, about, Calls(self.calls), ta, point)

    @property
    def ca_in_words(self) -> str:
        """What the CA does, to be read."""
        return ", ".join(map(in_words, self.calls)) or "does nothing"

    @property
    def ta_in_words(self) -> str:
        """What the TA does, to be read.

        >>> Program(asks=("value", "buffer"), persists=True).ta_in_words
        'asks with a value, asks with a buffer, and after an error asks once more'
        """
        with_what = {"value": "a value", "buffer": "a buffer", "both": "a value and a buffer"}
        asks = ", ".join(f"asks with {with_what[word]}" for word in self.asks)
        if self.persists:
            return f"{asks}, and after an error asks once more"
        return asks or "answers at once"


WEIGHTS = {"value": 1, "buffer": 2, "both": 3}
"""What each kind of OCALL adds to the size of its program: memory takes two RPCs more."""


def in_words(call: str) -> str:
    """A call of the CA, to be read.

    >>> in_words("invoke-ab"), in_words("close-context")
    ('invokes with a and b', 'closes the context')
    """
    what, _, name = call.partition("-")
    match what:
        case "context" | "session":
            return f"opens a {what}"
        case "invoke" if name == TEMPORARY:
            return "invokes with a temporary reference"
        case "invoke" if name:
            return f"invokes with {' and '.join(name)}"
        case "invoke":
            return "invokes with nothing"
        case "close":
            return f"closes the {name}"
        case _:
            return f"{what}s {name}"


def parse(name: str) -> Program:
    """The program of that name; raises ValueError where it says nothing that can be done.

    >>> parse("hunt:context.session.invoke:value").calls
    ('context', 'session', 'invoke')
    """
    calls, _, asks = name.removeprefix(PREFIX).partition(":")
    words = tuple(filter(None, calls.split(".")))
    stage = Stage()
    for word in words:
        possible = tuple(stage.calls())
        if word not in possible:
            there_is = ", ".join(possible) or "nothing: all is closed"
            raise UsageError(f"{word!r} in {name!r}: what can be called there is {there_is}")
        stage = stage.after(word)
    asked = tuple(filter(None, asks.split(".")))
    persists = len(asked) > 1 and asked[-1] == AGAIN
    asked = asked[:-1] if persists else asked
    for word in asked:
        if word not in ASKS:
            raise UsageError(f"{word!r} in {name!r}: a TA asks with {', '.join(ASKS)}")
    return Program(words, asked, persists)
