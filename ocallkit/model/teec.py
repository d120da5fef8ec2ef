"""What libteec hands to its callers: a context, a session, a result, a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model.config import Client
from ocallkit.model.params import Params

Handler = Callable[..., Any]
"""What serves an OCALL: a function of its command and parameters, or a program of them.

`handler(command, params)`; `handler(command, params, ta)` is told which TA asks, by a `TaName`;
`handler(command, params, ta, context_data, session_data)` gets besides what the context and the
session were given.
"""

TEEC_CONTEXT_SETTING_OCALL: Final = 1
"""The type of a context's setting that brings the handler for OCALLs."""

TEEC_SESSION_SETTING_DATA: Final = 1
"""The type of a session's setting that brings data for the handler."""


class TeecContextSetting(msgspec.Struct, frozen=True):
    """One setting of TEEC_InitializeContext2(): its type, the handler, and data for it.

    Source: libteec as posted, TEEC_ContextSetting.
    """

    type: int = TEEC_CONTEXT_SETTING_OCALL
    handler: Handler | None = None
    data: Any = None


class TeecSessionSetting(msgspec.Struct, frozen=True):
    """One setting of TEEC_OpenSession2(): its type, and data for the handler.

    Source: libteec as posted, TEEC_SessionSetting.
    """

    type: int = TEEC_SESSION_SETTING_DATA
    data: Any = None


class TeecContext(msgspec.Struct, frozen=True):
    """The open device, and where the CA has one the handler for OCALLs, with `data` for it.

    Source: GP TEE Client API, TEEC_Context.
    """

    client: Client
    handler: Handler | None = None
    data: Any = None

    def by(self, client: Client) -> TeecContext:
        """The same context in the hands of another thread."""
        return replace(self, client=client.on(self.client.context))


class TeecSession(msgspec.Struct, frozen=True):
    """An open session with a TA; `client.session` is its id.

    `data` is for the handler, `params` what the opening's parameters came back as.
    Source: GP TEE Client API, TEEC_Session.
    """

    context: TeecContext
    client: Client
    data: Any = None
    params: Params = ()

    def by(self, client: Client) -> TeecSession:
        """The same session in the hands of another thread."""
        on = client.on(self.client.context, self.id)
        return replace(self, context=self.context.by(client), client=on)

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

    `params` are those of an opening, as they came back.  A CA may catch it and go on.  One that
    does not gives up: it exits.
    """

    def __init__(self, call: str, ret: Result, origin: Origin, params: Params = ()) -> None:
        super().__init__(f"{call}() failed with {ret.name}, origin {origin.name}")
        self.ret = ret
        self.origin = origin
        self.params = params

    @property
    def result(self) -> TeecResult:
        """The same as a result."""
        return TeecResult(self.ret, self.origin, self.params)
