"""The first CA after boot and the second; the end of the driver; many calls at a time.

What they have in common is memory that the driver or secure world keeps, and whose context pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.engine import Become, Blocked, Steps
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.shutdown import optee_remove, optee_shutdown
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios.scenario import Scenario
from ocallkit.scenarios.simple import COMMAND, asking_ta, plain_ta, serve, with_memory

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.teec import Handler
    from ocallkit.model.world import World
    from ocallkit.scenarios.scenario import CA

ONE_SESSION = TrustedApp("ta", plain_ta, single_instance=True)
"""A TA of which there is one instance, with one session at a time."""


def twice(handler: Handler | None) -> CA:
    """A CA that is run, and run again when all that it had is closed."""

    def ca(client: Client) -> Steps:
        yield from open_invoke_close(client, handler)
        return Become(open_invoke_close, handler)

    return ca


def open_invoke_close(client: Client, handler: Handler | None) -> Steps:
    """What `optee_example_hello_world` does: a context, a session, an invocation, all closed."""
    context = yield from TEEC_InitializeContext(client, handler)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def exits_with_open_session(client: Client) -> Steps:
    """A CA that calls exit(3) behind its invocation."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, COMMAND)


def second_start(client: Client) -> Steps:
    """The same CA, started when the process before it has ended; it fails like errx(3)."""
    yield waits_for_end, "A"
    yield from open_invoke_close(client, None)


def waits_for_end(world: World, before: str) -> None:
    """A shell waits for a process before it starts the next."""
    if world.processes[before].state != "ended":
        raise Blocked(f"CA {before} has not ended", f"CA {before}")


BOOT = (
    Scenario(
        "cold-boot",
        "a CA that is run twice, the first time after boot: plain invocations",
        twice(None),
        plain_ta,
        INVOCATION,
        (("rpc-cache", "caller"),),
    ),
    Scenario(
        "cold-boot-ocall",
        "a CA that is run twice, the first time after boot: each invocation makes an OCALL",
        twice(serve),
        asking_ta,
        switches=(("rpc-cache", "caller"),),
    ),
    Scenario(
        "cold-boot-exit",
        "a CA that exits with its session open, the first after boot, and is started again; its TA"
        " has one session at a time",
        (exits_with_open_session, second_start),
        ONE_SESSION,
        INVOCATION,
        (("rpc-cache", "caller"),),
    ),
    Scenario(
        "shutdown",
        "an OCALL, and beside it the driver's shutdown, which disables the cache of RPC arguments",
        (with_memory((), serve), optee_shutdown),
        asking_ta,
        switches=(("rpc-cache", "driver"),),
    ),
    Scenario(
        "argument-pages",
        "several CAs that exit with their sessions open; the driver keeps the pages of their calls",
        exits_with_open_session,
        plain_ta,
        INVOCATION,
        (("argument-pages", "caller"),),
    ),
    Scenario(
        "unload",
        "two CAs that exit with their sessions open; then the driver is unloaded and gives back the"
        " pages that it kept",
        (exits_with_open_session, exits_with_open_session, optee_remove),
        plain_ta,
        INVOCATION,
        (("argument-pages", "caller"),),
    ),
)
"""Those of the memory that is kept."""
