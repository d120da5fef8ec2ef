"""Who serves whom: clients in the kernel, and the supplicant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Result
from ocallkit.engine import Become, Steps
from ocallkit.model.calls import Arg, Reply
from ocallkit.model.config import TrustedApp
from ocallkit.model.kernel_client import (
    answer_to,
    tee_client_close_context,
    tee_client_close_session,
    tee_client_invoke_func,
    tee_client_open_context,
    tee_client_open_session,
    waits_for_work,
)
from ocallkit.model.params import INPUT, OUTPUT, Params, value
from ocallkit.model.supplicant import tee_supplicant
from ocallkit.model.ta import TEE_CloseTASession, TEE_InvokeCACommand, TEE_OpenTASession
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios.scenario import KernelClient, Scenario
from ocallkit.scenarios.simple import COMMAND, asking_ta, plain_ta, serve, with_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.config import Client

# --- a client in the kernel --------------------------------------------------------------------


def unprepared(client: Client) -> Steps:
    """A client in the kernel that passes no OCALL parameter; gives what its invocation came to."""
    context = yield from tee_client_open_context(client)
    opened = yield from tee_client_open_session(context)
    reply = yield from tee_client_invoke_func(context, Arg(COMMAND, session=opened.session))
    yield from tee_client_close_session(context, opened.session)
    yield from tee_client_close_context(context)
    return reply


# --- SCMI --------------------------------------------------------------------------------------

SCMI: Final = "scmi"
"""The PTA that carries out SCMI messages."""

OCALL_THREAD: Final = 4
"""The PTA's function that keeps a secure thread, and asks for work by OCALLs."""
THREAD_READY: Final = 0
"""The OCALL with which it says that it has nothing to do."""

CLOSE_THREAD: Final = 1
PROCESS_SMT_CHANNEL: Final = 2
"""What its agent answers: go, or process the message in the channel."""


def scmi_pta(command: int, params: Params) -> Steps:
    """Ask for work until there is to be no more; an OCALL that fails ends it as well.

    Source: optee_os pull request 4535, the SCMI PTA's OCALL thread.
    """
    asked = (value(INPUT), value(INPUT), value(OUTPUT))
    wanted = PROCESS_SMT_CHANNEL
    while wanted == PROCESS_SMT_CHANNEL:
        ret, _, answered = yield from TEE_InvokeCACommand(THREAD_READY, asked)
        if ret != Result.SUCCESS:
            return Result.GENERIC
        wanted = answered[2].a
    return Result.SUCCESS if wanted == CLOSE_THREAD else Result.GENERIC


def scmi_agent(then: Callable[..., Steps]) -> Callable[[Client], Steps]:
    """An agent that has one message processed; `then` is its program once the next is asked for.

    Source: linaro-swg/linux pull request 90, the SCMI agent on an OCALL thread.
    """

    def agent(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        opened = yield from tee_client_open_session(context, SCMI)
        arg = Arg(OCALL_THREAD, session=opened.session, duplex=True)
        asks = yield from tee_client_invoke_func(context, arg)
        asks = yield from tee_client_invoke_func(context, says(asks, PROCESS_SMT_CHANNEL))
        return Become(then, context, opened.session, asks)

    return agent


def says(asks: Reply, wanted: int) -> Arg:
    """The agent's answer to an OCALL of the PTA's."""
    first, second, third, *others = asks.params
    return answer_to(asks, params=(first, second, replace(third, a=wanted), *others))


def stays(client: Client, context: Client, session: str, asks: Reply) -> Steps:
    """No message comes, and the PTA's OCALL stays open as long as the kernel runs."""
    yield waits_for_work, context, "an SCMI message"


def leaves(client: Client, context: Client, session: str, asks: Reply) -> Steps:
    """The agent ends as it should: its thread ends, then its session and its context are closed."""
    yield from tee_client_invoke_func(context, says(asks, CLOSE_THREAD))
    yield from closes(client, context, session, asks)


def closes(client: Client, context: Client, session: str, asks: Reply) -> Steps:
    """The agent answers nothing more, and closes what it has open."""
    yield from tee_client_close_session(context, session)
    yield from tee_client_close_context(context)


def dies(client: Client, context: Client, session: str, asks: Reply) -> Steps:
    """The agent is gone, and nothing knows what it had open."""
    yield from ()


# --- the supplicant ----------------------------------------------------------------------------

SECOND: Final = TrustedApp("second", plain_ta)
"""A TA that another one opens."""


def opening_ta(command: int, params: Params) -> Steps:
    """A TA that opens another, which has to be loaded first; gives the result of that."""
    ret, session = yield from TEE_OpenTASession(SECOND.name)
    if session:
        yield from TEE_CloseTASession(session)
    return ret


def with_agent(name: str, about: str, then: Callable[..., Steps]) -> Scenario:
    """An SCMI agent beside a CA whose TA makes an OCALL."""
    tas = (TrustedApp("ta", asking_ta), TrustedApp(SCMI, scmi_pta, built_in=True))
    ca = (KernelClient(scmi_agent(then)), with_memory((), serve))
    return Scenario(name, about, ca, tas)


SERVING = (
    Scenario(
        "kernel-client",
        "an OCALL to a client in the kernel that is not prepared for one",
        KernelClient(unprepared),
        asking_ta,
        INVOCATION,
    ),
    with_agent(
        "scmi-agent",
        "a client in the kernel that serves OCALLs for ever, beside a CA that makes one",
        stays,
    ),
    with_agent(
        "scmi-agent-dies",
        "a client in the kernel that ends without closing, beside a CA that makes an OCALL",
        dies,
    ),
    Scenario(
        "supplicant-dies",
        "an OCALL of a TA that the supplicant has loaded, with registered memory",
        with_memory(("memref",), serve),
        asking_ta,
        supplicant=tee_supplicant,
    ),
    Scenario(
        "client-dies-first",
        "an invocation with registered memory whose TA opens another, which has to be loaded",
        with_memory(("memref",), None),
        (TrustedApp("ta", opening_ta, built_in=True), SECOND),
        INVOCATION,
        supplicant=tee_supplicant,
    ),
)
"""From the client that cannot answer to the one that nobody answers."""
