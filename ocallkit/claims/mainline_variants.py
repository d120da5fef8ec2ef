"""Mainline with one thing changed, to see what that was for; and a CA whose server needs OP-TEE."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs import Mainline
from ocallkit.model.callbacks import (
    ask_and_go_on,
    qcomtee_requests_destroy,
    take_answer,
    waits_for_server,
)
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    system_session,
)
from ocallkit.model.requests import DONE
from ocallkit.scenarios import COMMAND, Scenario
from ocallkit.scenarios.threads import PLAIN, asking_or_plain_ta

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.abi.results import Result
    from ocallkit.designs import EcallBare
    from ocallkit.engine import Step, Steps
    from ocallkit.model.calls import Answer, Arg, Rpc
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import World


class Unkillable(Mainline):
    """A kill does not end the wait for an answer."""

    name: ClassVar[str] = "mainline-unkillable"
    parent: ClassVar[type[EcallBare]] = Mainline
    changes: ClassVar[tuple[str, ...]] = ("asks",)

    def asks(self, client: Client, arg: Arg, call: str, rpc: Rpc) -> Steps:
        """It is queued, and the ioctl waits for its answer, whatever happens."""
        return ask_and_go_on(client, arg, call, rpc, wait_for_answer)


def wait_for_answer(world: World, client: Client, request: str) -> Answer:
    """The invocation waits for its answer and for nothing else."""
    found = world.requests[request]
    if found.state != DONE:
        raise waits_for_server(client, found)
    return take_answer(world, found)


class CloseContextAlone(Mainline):
    """Closing the file ends the requests; the sessions stay until the context is released."""

    name: ClassVar[str] = "mainline-keeps-sessions"
    parent: ClassVar[type[EcallBare]] = Mainline
    changes: ClassVar[tuple[str, ...]] = ("pre_release",)

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Every request on the context ends, and nothing else does."""
        return only_requests(client)


def only_requests(client: Client) -> Steps:
    """The requests on a context end."""
    yield qcomtee_requests_destroy, client


class Sparing(Mainline):
    """One secure thread is left for the calls of system sessions."""

    name: ClassVar[str] = "mainline-sparing"
    parent: ClassVar[type[EcallBare]] = Mainline
    changes: ClassVar[tuple[str, ...]] = ("spared",)

    def spared(self, client: Client, _cmd: str) -> int:
        """One, for whoever is no system session."""
        return 0 if client.system else 1


def helped_ca(client: Client) -> Steps:
    """A CA whose handler invokes a system session that was opened before."""
    inner = yield from TEEC_InitializeContext(client)
    helper = yield from TEEC_OpenSession(inner)
    yield from system_session(helper)

    def handler(_command: int, _params: Params) -> Steps:
        result = yield from TEEC_InvokeCommand(helper, PLAIN)
        ret: Result = result.ret
        return ret

    outer = yield from TEEC_InitializeContext(client, handler)
    session = yield from TEEC_OpenSession(outer)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(outer)
    yield from TEEC_FinalizeContext(inner)


HELPED = Scenario(
    "helped",
    "an OCALL whose handler invokes a system session",
    helped_ca,
    asking_or_plain_ta,
)
"""Whoever serves needs OP-TEE itself: what the system thread is for."""
