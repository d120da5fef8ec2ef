"""What libteec hands to its callers: a context, a session, a result, a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model.config import Client
from ocallkit.model.params import Params

Handler = Callable[..., Any]
"""What serves an OCALL: a function of its command and parameters, or a program of them.

One that takes a third thing gets the name of the TA that asks.
"""


class TeecContext(msgspec.Struct, frozen=True):
    """The open device, and the handler for OCALLs where the CA has one.

    Source: GP TEE Client API, TEEC_Context.
    """

    client: Client
    handler: Handler | None = None

    def by(self, client: Client) -> TeecContext:
        """The same context in the hands of another thread."""
        return replace(self, client=client.on(self.client.context))


class TeecSession(msgspec.Struct, frozen=True):
    """An open session with a TA; `client.session` is its id.

    Source: GP TEE Client API, TEEC_Session.
    """

    context: TeecContext
    client: Client

    def by(self, client: Client) -> TeecSession:
        """The same session in the hands of another thread."""
        return TeecSession(self.context.by(client), client.on(self.client.context, self.id))

    @property
    def id(self) -> str:
        """The session's id."""
        return self.client.session


class TeecResult(msgspec.Struct, frozen=True):
    """What an invocation came to: the result, the layer that it comes from, the parameters."""

    ret: Result
    origin: Origin
    params: Params = ()


class TeecError(Exception):
    """A call of libteec failed: which, with what result, and the layer that it comes from.

    A CA may catch it and go on.  One that does not gives up: it exits.
    """

    def __init__(self, call: str, ret: Result, origin: Origin) -> None:
        super().__init__(f"{call}() failed with {ret.name}, origin {origin.name}")
        self.ret = ret
        self.origin = origin

    @property
    def result(self) -> TeecResult:
        """The same as a result."""
        return TeecResult(self.ret, self.origin)
