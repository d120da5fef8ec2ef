"""Three parties and what each of them saw: the CA, its handler, and the TA.

Programs are run again whenever the engine needs to know how they go on, so what they saw is kept
by what it is about, and not counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit import run
from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.properties import ALWAYS, AT_END
from ocallkit.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

OCALL = 100
"""The command of an OCALL where it does not matter."""

Outcome = tuple[Result, Origin]


class Way(msgspec.Struct, frozen=True):
    """How OCALLs are carried: under which design, in which transport, as values or as octets."""

    design: str
    wire: str

    def run(self, ca: Any, ta: Any, *, whole: bool = True, **options: Any) -> Run:  # noqa: ANN401
        """A run of a CA and a TA; if it is to be a `whole` one, everything has ended well."""
        switches = {"wire": self.wire, **options.pop("switches", {})}
        scenario = Scenario("xtest", "a test's own", ca, ta)
        made = run(scenario, self.design, switches=switches, **options)
        if whole:
            assert not made.ending
            assert [] == broken(made)
        return made

    @property
    def by_parameter(self) -> bool:
        """Whether the extra parameter carries them, and so openings do too."""
        return self.design.endswith("+meta")

    def __str__(self) -> str:
        return f"{self.design} {self.wire}"


SERVED = (Result.SUCCESS, Origin.CLIENT_APP)
CALLED = (Result.SUCCESS, Origin.TRUSTED_APP)
DEAD = (Result.TARGET_DEAD, Origin.COMMS)
BAD_API = (Result.BAD_PARAMETERS, Origin.API)
"""What comes of an OCALL or of an invocation: the result, and whose it is."""

WAYS = tuple(
    Way(f"{design}{transport}", wire)
    for design in ("held-refs-pre-release", "two-lists")
    for transport in ("", "+meta")
    for wire in ("values", "octets")
)


def broken(made: Run) -> list[str]:
    """The properties that do not hold where a run ends."""
    return [name for name, holds in (ALWAYS | AT_END).items() if not holds(made.state)]


class Parties:
    """A TA that makes one OCALL with `sent`, and a CA whose handler answers with `answers`.

    `answers` is what a handler is: a function of the command and its parameters.  `read` is what
    the handler got, `got` what the TA was told, its parameters apart, `back`.
    """

    def __init__(self, sent: Params, answers: Callable[[int, Params], Any]) -> None:
        self.sent = sent
        self.answers = answers
        self.read: Params | None = None
        self.got: Outcome | None = None
        self.back: Params = ()

    def handler(self, command: int, params: Params) -> Any:  # noqa: ANN401
        """The CA's handler."""
        self.read = params
        return self.answers(command, params)

    def ta(self, _command: int, _params: Params) -> Steps:
        """The TA: whatever its OCALL comes to, its own function succeeds."""
        ret, origin, self.back = yield from TEE_InvokeCACommand(OCALL, self.sent)
        self.got = ret, origin
        return Result.SUCCESS

    def ca(self, client: Client) -> Steps:
        """The CA: one context, one session, one invocation; gives what that came to."""
        return (yield from invoking(self.handler)(client))

    def meet(self, way: Way, **options: Any) -> Run:  # noqa: ANN401
        """Run the three."""
        return way.run(self.ca, self.ta, **options)


def invoking(
    handler: Callable[..., Any] | None, params: Params = (), ta: str = ""
) -> Callable[[Client], Steps]:
    """A CA that invokes once and closes all; gives what the invocation came to."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context, ta)
        result = yield from TEEC_InvokeCommand(session, 0, params)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result

    return ca


def outcome(made: Run, client: str = "A") -> Outcome:
    """What an invocation came to for the CA that gave its result."""
    result = made.results[client]
    return result.ret, result.origin
