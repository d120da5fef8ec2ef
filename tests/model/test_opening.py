"""OCALLs while a session opens: the temporary id, and whatever may become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import run
from ocallkit.abi.results import Origin, Result
from ocallkit.model import calls, tee
from ocallkit.model.calls import EINVAL, Arg
from ocallkit.model.client import TEEC_InitializeContext, TEEC_OpenSession
from ocallkit.model.config import DEFAULT_TA, TrustedApp
from ocallkit.model.events import CA, TEE_DRIVER, Message
from ocallkit.model.params import INPUT, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.model.teec import TeecError
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.scenarios import OCALL_COMMAND, Scenario, plain_ta, serve
from ocallkit.scenarios.opening import ASKS_TO_OPEN
from tests.model.programs import returned_to_ta

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.calls import Reply
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params


def ioctls(made: Run) -> list[str]:
    """What a run's CA asks of the kernel, in its order."""
    return [
        e.label
        for e in made.events
        if isinstance(e, Message) and (e.source, e.target) == (CA, TEE_DRIVER)
    ]


def run_of(ca: Callable[[Client], Steps], ta: TrustedApp = ASKS_TO_OPEN, **options: object) -> Run:
    """A run of a CA and a TA under the design whose openings carry OCALLs."""
    return run(Scenario("mine", "a test's own", ca, ta), "meta", **options)  # type: ignore[arg-type]


def opens(client: Client) -> Steps:
    """A CA that opens a session, and returns its id or what it got instead."""
    context = yield from TEEC_InitializeContext(client, serve)
    try:
        session = yield from TEEC_OpenSession(context)
    except TeecError as error:
        return error.result
    return session.id


def asks(client: Client) -> Steps:
    """A CA that opens a session by itself; gives the request that comes."""
    yield from TEEC_InitializeContext(client, serve)
    reply = yield from sent(client, Arg(opens=DEFAULT_TA, duplex=True))
    return reply


def sent(client: Client, arg: Arg) -> Steps:
    """One ioctl, up to user mode; gives its reply."""
    reply = yield from tee.tee_ioctl_invoke(client, arg)
    yield from back_in_user_mode(client, tee.ioctl_name(client, arg), reply)
    return reply


def answer(reply: Reply, **changes: object) -> Arg:
    """The answer to a request of an opening, with some of it otherwise."""
    fields = {
        "command": reply.command,
        "params": reply.params,
        "answers": calls.OCALL,
        "duplex": True,
        "ocall_id": reply.ocall_id,
        "session": reply.session,
        "opens": DEFAULT_TA,
    }
    return Arg(**(fields | changes))  # type: ignore[arg-type]


def answering(**changes: object) -> Callable[[Client], Steps]:
    """A CA that answers so what it is asked while its session opens; gives the two last replies."""

    def ca(client: Client) -> Steps:
        asked = yield from asks(client)
        first = yield from sent(client, answer(asked, **changes))
        second = yield from sent(client, answer(asked))
        return first, second

    return ca


def test_an_opening_asks_and_is_answered_by_the_ioctl_that_opens() -> None:
    """TEE_IOC_OPEN_SESSION is called again with what the CA has done, until it is complete."""
    made = run_of(opens)
    assert ["open", *["TEE_IOC_OPEN_SESSION"] * 2] == ioctls(made)
    assert [{"ret": "SUCCESS", "origin": "CLIENT_APP"}] == returned_to_ta(made)
    assert "A" == made.results["A"]


def test_a_session_that_is_being_opened_has_a_temporary_id() -> None:
    """It is no session's: the session itself is known when it is open."""
    made = run_of(asks)
    reply = made.results["A"]
    assert (calls.OCALL, "A.opening", "ta") == (reply.asks, reply.session, reply.ta)
    pending = [step.world for step in made.steps if "A" in step.world.calls]
    assert {"A.opening"} == {world.calls["A"].session for world in pending}
    assert not any(world.sessions["A"].known for world in pending if "A" in world.sessions)


def test_one_answer_completes_an_opening_and_a_second_finds_nothing() -> None:
    """The temporary id is gone with the answer: EINVAL."""
    first, second = run_of(answering()).results["A"]
    assert (0, Result.SUCCESS, "A") == (first.errno, first.ret, first.session)
    assert (EINVAL, "") == (second.errno, second.session)


@pytest.mark.parametrize(
    "changes",
    [{"session": "A.2.opening"}, {"session": "A"}, {"ocall_id": 7}, {"opens": ""}],
    ids=str,
)
def test_an_answer_to_nothing_is_refused_and_the_request_is_pending_still(
    changes: dict[str, object],
) -> None:
    """An unknown temporary id, a session's, another OCALL's, or by the ioctl that invokes."""
    first, second = run_of(answering(**changes)).results["A"]
    assert EINVAL == first.errno
    assert (0, "A") == (second.errno, second.session)


def labels(made: Run) -> list[str]:
    """The labels of a run's messages."""
    return [e.label for e in made.events if isinstance(e, Message)]


def asking(in_spite: bool) -> TrustedApp:  # noqa: FBT001 - a test's parameter
    """A TA that asks before it opens a session, and opens it whatever it hears, or as it hears."""

    def opening(_params: Params) -> Steps:
        ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (value(INPUT, 1, 2),))
        return Result.SUCCESS if in_spite else ret

    return TrustedApp("ta", plain_ta, open=opening)


@pytest.mark.parametrize("in_spite", [True, False])
@pytest.mark.parametrize("changes", [{"params": ()}, {"answers": calls.FREE}], ids=str)
def test_an_answer_that_does_not_fit_cancels_the_opening(
    changes: dict[str, object],
    in_spite: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    """The TA is told BAD_PARAMETERS; if it opens in spite of it, its session is closed again."""
    made = run_of(answering(**changes), asking(in_spite))
    assert [EINVAL, EINVAL] == [reply.errno for reply in made.results["A"]]
    assert [{"ret": "BAD_PARAMETERS", "origin": "COMMS"}] == returned_to_ta(made)
    assert int(in_spite) == labels(made).count("SMC/Close Session")
    assert not made.world.instances


@pytest.mark.parametrize("in_spite", [True, False])
def test_the_death_of_a_ca_cancels_its_opening(
    in_spite: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    """The TA is told TARGET_DEAD; a session that it opens all the same is closed again."""
    base = run_of(opens, asking(in_spite))
    place = base.schedule.index("A:process_ocall_request") + 1
    schedule = (*base.schedule[:place], "A:kill")
    made = run_of(opens, asking(in_spite), faults=("kill",), schedule=schedule)
    assert [{"ret": "TARGET_DEAD", "origin": "COMMS"}] == returned_to_ta(made)
    assert int(in_spite) == labels(made).count("SMC/Close Session")
    assert made.world.contexts["A"].freed
    assert not made.world.instances
    assert not made.world.calls


def test_a_ta_that_refuses_gives_its_own_result() -> None:
    """The CA hears what the TA has returned, and has no session."""

    def refuses(_params: Params) -> Steps:
        yield from ()
        return Result.SECURITY

    made = run_of(opens, TrustedApp("ta", plain_ta, open=refuses))
    result = made.results["A"]
    assert (Result.SECURITY, Origin.TRUSTED_APP) == (result.ret, result.origin)
    assert not made.world.instances


def test_a_ta_that_is_not_there_is_not_found() -> None:
    """ITEM_NOT_FOUND, from secure world."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        try:
            yield from TEEC_OpenSession(context, "nowhere")
        except TeecError as error:
            return error.result
        return None

    result = run_of(ca).results["A"]
    assert (Result.ITEM_NOT_FOUND, Origin.TEE) == (result.ret, result.origin)


@pytest.mark.parametrize("step", ["tee_ioctl_close_session", "tee_ioctl_cancel"])
def test_a_temporary_id_is_no_session_to_any_other_ioctl(step: str) -> None:
    """Closing it and cancelling it: EINVAL, and the opening goes on."""

    def ca(client: Client) -> Steps:
        asked = yield from asks(client)
        other = yield from getattr(tee, step)(client.on("A", asked.session))
        yield from back_in_user_mode(client, "an ioctl", other)
        opened = yield from sent(client, answer(asked))
        return other.errno, opened.session

    assert (EINVAL, "A") == run_of(ca).results["A"]


def test_the_new_ioctl_has_no_place_for_an_ocall_of_an_opening() -> None:
    """TEE_IOC_OPEN_SESSION stays as it is: the TA is refused, and the CA hears nothing of it."""
    made = run(Scenario("mine", "a test's own", opens, asking(in_spite=True)), "ecall")
    assert ["open", "TEE_IOC_OPEN_SESSION"] == ioctls(made)
    assert [{"ret": "NOT_SUPPORTED", "origin": "COMMS"}] == returned_to_ta(made)
    assert "A" == made.results["A"]
