"""TAs of every kind: how many instances and sessions, how long they live, what their death does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.engine import ProgramError
from ocallkit.engine.system import moves_of
from ocallkit.judging.assembly import build
from ocallkit.model import optee
from ocallkit.model.calls import Msg
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.events import OPTEE, TA, Message
from ocallkit.model.params import OUTPUT, value
from ocallkit.model.posix import hear, pthread_join, tell
from ocallkit.model.ta import (
    TEE_CloseTASession,
    TEE_InvokeCACommand,
    TEE_InvokeTACommand,
    TEE_OpenTASession,
    TEE_Panic,
    TEE_Wait,
    remember,
    remembered,
)
from ocallkit.model.teec import TeecError
from ocallkit.model.waiting import in_words, who_waits
from ocallkit.scenarios import Scenario, Threads, plain_ta, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.engine import State, Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import Instance, World

REPORT = (value(OUTPUT),)


def counts(_command: int, params: Params) -> Steps:
    """A TA that counts its calls, and reports how many there were."""
    number = ((yield from remembered()) or 0) + 1
    yield from remember(number)
    return Result.SUCCESS, (replace(params[0], a=number),)


def panics(*_passed: object) -> Steps:
    """An entry point that never returns."""
    yield from TEE_Panic()


def refuses(*_passed: object) -> Steps:
    """An entry point that fails."""
    yield from ()
    return Result.SECURITY


def told(text: str) -> Callable[..., Steps]:
    """An entry point that shows that it was called."""

    def entry(*_passed: object) -> Steps:
        yield from note(text)

    return entry


def note(text: str) -> Steps:
    """A message of the TA, to be seen in a run."""
    yield say_so, text


def say_so(world: Any, client: str, text: str) -> None:  # noqa: ANN401 - a step's world
    """The message."""
    world.message(client, TA, OPTEE, text)


def noting(**entries: Any) -> TrustedApp:  # noqa: ANN401 - fields of a TA
    """A TA whose other entry points show that they were called."""
    own = {name: told(name) for name in ("create", "open", "close", "destroy")}
    return TrustedApp("ta", entries.pop("invoke", plain_ta), **(own | entries))


def noted(made: Run) -> list[str]:
    """Which entry points were called, in their order."""
    names = ("create", "open", "close", "destroy")
    said = (e for e in made.events if isinstance(e, Message) and e.source == TA)
    return [e.label for e in said if e.label in names]


def opened(context: Any, ta: str = "") -> Steps:  # noqa: ANN401
    """A session, or what there is instead."""
    try:
        session = yield from TEEC_OpenSession(context, ta)
    except TeecError as error:
        return error.result.ret, error.result.origin
    return session


def using(*calls: str, ta: str = "") -> Callable[[Client], Steps]:
    """A CA that does these things with sessions 1, 2, ...: ``open1``, ``invoke1``, ``close1``."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        sessions: dict[str, Any] = {}
        came = []
        for call in calls:
            what, number = call[:-1], call[-1]
            if what == "open":
                sessions[number] = yield from opened(context, ta)
                found = sessions[number]
                came.append(found if isinstance(found, tuple) else (Result.SUCCESS, None))
            elif what == "invoke":
                result = yield from TEEC_InvokeCommand(sessions[number], 0, REPORT)
                came.append((result.ret, result.origin, result.params[0].a))
            else:
                yield from TEEC_CloseSession(sessions[number])
        yield from TEEC_FinalizeContext(context)
        return tuple(came)

    return ca


def what_came(ca: Any, *tas: TrustedApp, **options: Any) -> list[Any]:  # noqa: ANN401
    """What the CA got of its calls."""
    return [*made(ca, *tas, **options).results["A"]]


def made(ca: Any, *tas: TrustedApp, **options: Any) -> Run:  # noqa: ANN401
    """A run of these programs under the usual design."""
    return run(Scenario("mine", "a test's own", ca, tas), "held-refs-pre-release", **options)


OPENS = (Result.SUCCESS, None)
BUSY = (Result.BUSY, Origin.TEE)
DEAD = (Result.TARGET_DEAD, Origin.TEE)
GONE = (*DEAD, 0)


def numbered(*numbers: int) -> list[tuple[Result, Origin, int]]:
    """What invocations give whose TA counts so."""
    return [(Result.SUCCESS, Origin.TRUSTED_APP, number) for number in numbers]


# --- instances and sessions --------------------------------------------------------------------


def test_each_session_has_an_instance_of_its_own_where_nothing_is_said() -> None:
    """Two sessions count each for itself."""
    calls = ("open1", "open2", "invoke1", "invoke1", "invoke2")
    assert [OPENS, OPENS, *numbered(1, 2, 1)] == what_came(using(*calls), TrustedApp("ta", counts))


def test_a_single_instance_is_busy_where_it_has_its_session() -> None:
    """BUSY, origin TEE, until the session is closed; then the TA begins anew."""
    calls = ("open1", "invoke1", "open2", "close1", "open2", "invoke2")
    ta = TrustedApp("ta", counts, single_instance=True)
    assert [OPENS, *numbered(1), BUSY, OPENS, *numbered(1)] == what_came(using(*calls), ta)


def test_a_session_left_over_keeps_another_process_out() -> None:
    """A process opens and never closes; the other one gets BUSY while it lives."""

    def first(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(context)

    ta = TrustedApp("ta", counts, single_instance=True)
    order = ("B:tee_open", "B:return_to_user", "A:tee_open", "A:return_to_user")
    opens = ("A:params_from_user", "A:get_msg_arg", "A:smc_call_with_arg")
    scenario = Scenario("mine", "a test's own", (first, using("open1")), ta)
    blocked = run(scenario, schedule=(*order, *opens, "B:params_from_user", "B:get_msg_arg"))
    assert (BUSY,) == run(
        scenario, schedule=(*blocked.schedule[:9], "B:smc_call_with_arg")
    ).results["B"]


def test_several_sessions_share_what_a_single_instance_remembers() -> None:
    """One TA counts for both, and forgets with the last of them."""
    calls = ("open1", "open2", "invoke1", "invoke2", "close1", "close2", "open1", "invoke1")
    ta = TrustedApp("ta", counts, single_instance=True, multi_session=True)
    expected = [OPENS, OPENS, *numbered(1, 2), OPENS, *numbered(1)]
    assert expected == what_came(using(*calls), ta)


def test_an_instance_that_is_kept_alive_remembers_beyond_its_last_session() -> None:
    """It is told of its creation once, and of no end."""
    calls = ("open1", "invoke1", "close1", "open1", "invoke1", "close1")
    kept = noting(invoke=counts, single_instance=True, keep_alive=True)
    shown = made(using(*calls), kept)
    assert [OPENS, *numbered(1), OPENS, *numbered(2)] == [*shown.results["A"]]
    assert ["create", "open", "close", "open", "close"] == noted(shown)
    assert [0] == [one.sessions for one in shown.world.instances.values()]


def test_keeping_alive_means_nothing_without_a_single_instance() -> None:
    """The instance goes with its session."""
    shown = made(using("open1", "close1"), noting(keep_alive=True))
    assert ["create", "open", "close", "destroy"] == noted(shown)
    assert not shown.world.instances


def test_sessions_of_several_processes_count_together() -> None:
    """Two processes, one after the other, each with its session on the one instance."""
    ta = TrustedApp("ta", counts, single_instance=True, multi_session=True, keep_alive=True)
    shown = made((using("open1", "invoke1"), using("open1", "invoke1")), ta)
    assert [OPENS, *numbered(1)] == [*shown.results["A"]]
    assert [OPENS, *numbered(2)] == [*shown.results["B"]]


# --- entry points ------------------------------------------------------------------------------


def test_the_entry_points_of_a_single_instance_are_called_once_and_for_each_session() -> None:
    """Created with the first session, told of its end with the last."""
    shown = made(
        using("open1", "open2", "close1", "close2"),
        noting(single_instance=True, multi_session=True),
    )
    assert ["create", "open", "open", "close", "close", "destroy"] == noted(shown)


def test_a_ta_that_refuses_its_only_session_is_told_of_its_end() -> None:
    """It was created for it, and is not asked to close what it has not opened."""
    shown = made(using("open1"), noting(open=refuses))
    assert [(Result.SECURITY, Origin.TRUSTED_APP)] == [*shown.results["A"]]
    assert ["create", "destroy"] == noted(shown)
    assert not shown.world.instances


def test_a_ta_that_was_not_created_is_told_nothing_more() -> None:
    """Its creation fails, and so does the opening."""
    shown = made(using("open1"), noting(create=refuses))
    assert [(Result.SECURITY, Origin.TRUSTED_APP)] == [*shown.results["A"]]
    assert [] == noted(shown)
    assert not shown.world.instances


def test_a_ta_may_ask_its_ca_at_its_end() -> None:
    """Nobody is prepared for it there: NOT_SUPPORTED, and the session closes."""
    heard: list[Result] = []

    def asks(*_passed: object) -> Steps:
        ret, _, _ = yield from TEE_InvokeCACommand(100)
        yield from remember(ret)
        heard.append(ret)

    shown = made(using("open1", "close1"), TrustedApp("ta", plain_ta, destroy=asks))
    assert Result.NOT_SUPPORTED in heard
    assert not shown.world.instances


# --- panic -------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["create", "open"])
def test_a_ta_that_panics_in_an_opening_leaves_nothing(entry: str) -> None:
    """TARGET_DEAD, origin TEE; the next opening finds no instance and loads one."""
    ta = replace(TrustedApp("ta", plain_ta, single_instance=True), **{entry: panics})
    shown = made(using("open1", "open1"), ta)
    assert [DEAD, DEAD] == [*shown.results["A"]]
    assert not shown.world.instances


def test_a_panic_in_an_invocation_is_the_end_of_all_its_sessions() -> None:
    """Each gets TARGET_DEAD from then on and can be closed; a new session has a new instance."""

    def third(command: int, params: Params) -> Steps:
        number = ((yield from remembered()) or 0) + 1
        if number == 3:
            yield from TEE_Panic()
        return (yield from counts(command, params))

    ta = TrustedApp("ta", third, single_instance=True, multi_session=True)
    calls = ("open1", "open2", "invoke1", "invoke2", "invoke1", "invoke2", "open3", "invoke3")
    expected = [OPENS, OPENS, *numbered(1, 2), GONE, GONE, OPENS, *numbered(1)]
    shown = made(using(*calls, "close1", "close2", "close3"), ta)
    assert expected == [*shown.results["A"]]
    assert not shown.world.instances


def test_a_panic_in_a_close_closes_the_session_and_kills_the_others() -> None:
    """The instance is dead, and found as such while it has sessions."""
    ta = TrustedApp("ta", counts, close=panics, single_instance=True, multi_session=True)
    calls = ("open1", "open2", "close1", "open3", "invoke2", "open3", "invoke3")
    expected = [OPENS, OPENS, DEAD, GONE, OPENS, *numbered(1)]
    assert expected == what_came(using(*calls), ta)


def test_a_panicked_instance_of_one_session_is_busy_before_it_is_dead() -> None:
    """Secure world looks at the number of sessions first."""
    ta = TrustedApp("ta", panics, single_instance=True)
    kept = TrustedApp("ta", counts, open=panics, single_instance=True, keep_alive=True)
    assert [OPENS, GONE, OPENS] == what_came(using("open1", "invoke1", "open2"), ta)
    assert [DEAD, DEAD] == what_came(using("open1", "open1"), kept)


def test_a_panicked_instance_is_not_kept_alive() -> None:
    """It ends with its last session, and the next one begins anew."""
    ta = TrustedApp("ta", counts, close=panics, single_instance=True, keep_alive=True)
    calls = ("open1", "invoke1", "close1", "open1", "invoke1")
    assert [OPENS, *numbered(1), OPENS, *numbered(1)] == what_came(using(*calls), ta)


def test_a_panic_is_no_exception_that_a_ta_could_catch() -> None:
    """A TA that catches everything is dead all the same."""

    def stubborn(_command: int, _params: Params) -> Steps:
        try:
            yield from TEE_Panic()
        except Exception:  # noqa: BLE001 - that is what is tried
            return Result.SUCCESS

    assert [OPENS, GONE] == what_came(using("open1", "invoke1"), TrustedApp("ta", stubborn))


def test_a_ta_that_returns_target_dead_is_not_dead() -> None:
    """The code alone says nothing: its origin is the TA's, and it goes on."""

    def says_so(_command: int, _params: Params) -> Steps:
        yield from ()
        return Result.TARGET_DEAD

    said = (Result.TARGET_DEAD, Origin.TRUSTED_APP, 0)
    came = what_came(using("open1", "invoke1", "invoke1"), TrustedApp("ta", says_so))
    assert [OPENS, said, said] == came


# --- secure world's own refusals ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cmd", "ret"), [("INVOKE", Result.BAD_PARAMETERS), ("CLOSE_SESSION", Result.ITEM_NOT_FOUND)]
)
@pytest.mark.parametrize("session", ["A", "B", ""])
def test_secure_world_knows_a_session_that_is_not_open(cmd: str, ret: Result, session: str) -> None:
    """One that was closed, one that never was, and none at all."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        opened = yield from TEEC_OpenSession(context)
        yield from TEEC_CloseSession(opened)
        done = yield from optee.optee_do_call_with_arg(client, Msg(cmd, "A", session=session))
        return done.ret, done.origin

    assert (ret, Origin.TEE) == made(ca, TrustedApp("ta", plain_ta)).results["A"]


# --- who waits for whom --------------------------------------------------------------------------


def pending(scenario: Scenario, step: str, **options: Any) -> Run:  # noqa: ANN401
    """A run in which A's OCALL is never answered, and B goes on until it waits."""
    base = run(scenario, "held-refs-pre-release", **options)
    place = next(s.index for s in base.steps if s.function == step)
    schedule = (*base.schedule[: place + 1], "A:never-answers")
    return run(
        scenario,
        "held-refs-pre-release",
        faults=("never-answers",),
        schedule=schedule,
        **options,
    )


def asking(_command: int, _params: Params) -> Steps:
    """A TA that asks its CA, and says nothing of it."""
    yield from TEE_InvokeCACommand(100)


def handled(client: Client) -> Steps:
    """A CA whose invocation is asked for something."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context, "one")
    yield from TEEC_InvokeCommand(session, 0)


def one_and_other() -> tuple[TrustedApp, TrustedApp]:
    """Two TAs of one instance each."""
    one = TrustedApp("one", asking, single_instance=True, multi_session=True)
    return one, TrustedApp("other", plain_ta, single_instance=True, multi_session=True)


@pytest.mark.parametrize("ta", ["one", "other"])
def test_whoever_comes_to_a_ta_of_one_instance_waits_for_anothers_ocall(ta: str) -> None:
    """In secure world, with a thread of its own: for the same TA as for another."""
    scenario = Scenario("mine", "a test's own", (handled, using("open1", ta=ta)), one_and_other())
    stopped = pending(scenario, "process_ocall_request")
    waits = in_words(who_waits(stopped.system, stopped.state))
    assert waits == (
        "CA B waits for secure thread 1 (B): its OPEN_SESSION has not returned\n"
        "secure thread 0 (A) waits for CA A: its OCALL is pending\n"
        "secure thread 1 (B) waits for secure thread 0 (A): it runs in a TA of a single instance,"
        " and one runs at a time"
    )
    assert f"secure world waits to enter TA {ta}" in stopped.ending


def test_with_locks_of_their_own_only_the_same_ta_waits() -> None:
    """CFG_CONCURRENT_SINGLE_INSTANCE_TA."""
    own = {"single-instance": "own-locks"}
    programs = {ta: (handled, using("open1", ta=ta)) for ta in ("one", "other")}
    ends = {
        ta: pending(
            Scenario("mine", "a test's own", ca, one_and_other()),
            "process_ocall_request",
            switches=own,
        )
        for ta, ca in programs.items()
    }
    assert "secure world waits to enter TA one" in ends["one"].ending
    assert "ended" == ends["other"].world.processes["B"].state


def test_a_concurrent_ta_keeps_nobody_waiting() -> None:
    """It runs for as many sessions as there are threads."""
    ta = TrustedApp("one", asking, single_instance=True, multi_session=True, concurrent=True)
    scenario = Scenario("mine", "a test's own", (handled, using("open1", "close1")), ta)
    stopped = pending(scenario, "process_ocall_request")
    assert "ended" == stopped.world.processes["B"].state
    assert not stopped.world.locks


def test_the_lock_is_free_and_gone_in_the_end() -> None:
    """Whoever waited has had it."""
    scenario = Scenario("mine", "a test's own", (handled, using("open1")), one_and_other())
    shown = run(scenario, "held-refs-pre-release")
    assert {"A": "ended", "B": "ended"} == {n: p.state for n, p in shown.world.processes.items()}
    assert not shown.world.locks


def asks_and_panics(_command: int, _params: Params) -> Steps:
    """A TA that dies when its CA has answered."""
    yield from TEE_InvokeCACommand(100)
    yield from TEE_Panic()


def test_all_that_wait_for_a_ta_hear_of_its_panic() -> None:
    """Who finds it dead has no use for the lock, and wakes the next in its place."""
    ta = TrustedApp("one", asks_and_panics, single_instance=True, multi_session=True)
    programs = (handled, using("open1"), using("open1"))
    verdict = judge(Scenario("mine", "a test's own", programs, ta), threads=3, faults=())
    assert () == verdict.broken
    assert verdict.finished


def slow(_command: int, _params: Params) -> Steps:
    """A TA that lets time pass."""
    yield from TEE_Wait(10)


def shares(client: Client) -> Steps:
    """The first of three threads invokes in a session with a TA that takes its time."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    yield from tell(client, "session", session)
    yield from TEEC_InvokeCommand(session, 0)
    yield from pthread_join(client, 2)
    yield from pthread_join(client, 3)


def invokes_too(client: Client) -> Steps:
    """The second invokes in it as well; gives what came of it."""
    session = yield from hear(client, "session")
    result = yield from TEEC_InvokeCommand(session, 0)
    return result.ret


def closes_it(client: Client) -> Steps:
    """The third closes it."""
    session = yield from hear(client, "session")
    yield from TEEC_CloseSession(session)


def driven(state: State[World], task: int, step: str = "") -> State[World]:
    """The state in which a task stands before that step, or, without one, has come to its end.

    Nobody else moves meanwhile.
    """
    while not state.nodes[task].done and state.nodes[task].step[0].__name__ != step:
        state = moves_of(state, task)[0].state
    return state


def test_a_close_waits_until_nobody_waits_for_its_session() -> None:
    """One that is woken in vain gets BAD_PARAMETERS, and only then the session is forgotten."""
    threads = Threads((shares, invokes_too, closes_it))
    scenario = Scenario("mine", "a test's own", threads, slow)
    state = driven(build(scenario, threads=3, faults=()).start, 0, "smc_return_from_rpc")
    state = driven(driven(state, 1, "wq_sleep"), 2, "smc_call_with_arg")
    # The first invocation is over and wakes the second; before that looks the close comes in.
    state = driven(driven(state, 0, "joined"), 2, "wq_sleep")
    session = state.world.sessions["A"]
    assert (False, "A.0", ("A.0",), ("A.1",)) == (
        session.open,
        session.lock,
        session.waiters,
        session.woken,
    )
    state = driven(driven(state, 1), 2)
    assert Result.BAD_PARAMETERS == state.nodes[1].result
    assert state.nodes[2].done
    assert "" == state.world.sessions["A"].instance


# --- TAs that call TAs ----------------------------------------------------------------------------


def front(*calls: str, to: str = "back") -> TrustedApp:
    """A TA that opens, invokes and closes a session with another, as far as it is told."""

    def invoke(_command: int, params: Params) -> Steps:
        ret, session = yield from TEE_OpenTASession(to)
        if "invoke" in calls and ret == Result.SUCCESS:
            ret, _, params = yield from TEE_InvokeTACommand(session, 0, params)
        if "close" in calls:
            yield from TEE_CloseTASession(session)
        return ret, params

    return TrustedApp("front", invoke)


def test_an_ocall_of_a_ta_behind_another_comes_to_the_ca_in_front() -> None:
    """The handler is told which TA asks, and the messages say it."""
    asked: list[str] = []

    def handler(_command: int, _params: Params, ta: str) -> Result:
        asked.append(ta)
        return Result.SUCCESS

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_InvokeCommand(session, 0, REPORT)

    shown = made(ca, front("invoke", "close"), TrustedApp("back", asking_of_two))
    assert {"back"} == set(asked)
    said = [dict(e.words).get("ta") for e in shown.events if isinstance(e, Message) and e.words]
    assert 3 == said.count("back")


def asking_of_two(_command: int, params: Params) -> Steps:
    """A TA that asks, and gives back what it was given."""
    yield from TEE_InvokeCACommand(100)
    return Result.SUCCESS, params


def test_where_there_is_one_ta_the_messages_do_not_name_it() -> None:
    """The flows of the thread stay as they are."""
    words = [e.words for e in run("flow-1").events if isinstance(e, Message)]
    assert not any("ta" in dict(some) for some in words)


@pytest.mark.parametrize("calls", [("invoke", "close"), ("invoke",), ()], ids=str)
def test_the_sessions_of_a_ta_end_with_its_instance(calls: tuple[str, ...]) -> None:
    """One that it did not close is closed for it."""
    back = replace(noting(invoke=counts), name="back")
    shown = made(using("open1", "invoke1", "close1"), front(*calls), back)
    assert ["create", "open", "close", "destroy"] == noted(shown)
    assert not shown.world.instances


def test_the_sessions_of_a_ta_that_panics_are_closed_with_it() -> None:
    """At once, not when its client closes."""

    def dies(_command: int, _params: Params) -> Steps:
        yield from TEE_OpenTASession("back")
        yield from TEE_Panic()

    back = replace(noting(), name="back")
    shown = made(using("open1", "invoke1"), TrustedApp("front", dies), back)
    assert [OPENS, GONE] == [*shown.results["A"]]
    assert ["create", "open", "close", "destroy"] == noted(shown)


def test_a_panic_behind_a_ta_leaves_the_one_in_front_alive() -> None:
    """It hears TARGET_DEAD and can say so."""
    came = what_came(
        using("open1", "invoke1"), front("invoke", "close"), TrustedApp("back", panics)
    )
    assert [OPENS, (Result.TARGET_DEAD, Origin.TRUSTED_APP, 0)] == came


def test_a_ta_knows_only_the_sessions_that_it_has_opened() -> None:
    """Its client's own session is none of them: BAD_PARAMETERS; to close it is to panic."""

    def invokes(_command: int, _params: Params) -> Steps:
        ret, origin, _ = yield from TEE_InvokeTACommand("A", 0)
        assert Origin.TEE == origin
        return ret

    def closes(_command: int, _params: Params) -> Steps:
        yield from TEE_CloseTASession("A")

    bad = (Result.BAD_PARAMETERS, Origin.TRUSTED_APP, 0)
    assert [OPENS, bad] == what_came(using("open1", "invoke1"), TrustedApp("ta", invokes))
    assert [OPENS, GONE] == what_came(using("open1", "invoke1"), TrustedApp("ta", closes))


def test_a_ta_of_one_instance_that_opens_a_session_with_itself_is_busy() -> None:
    """It would wait for itself: the deadlock is avoided."""
    ta = replace(front(to="front"), single_instance=True, multi_session=True)
    busy = (Result.BUSY, Origin.TRUSTED_APP, 0)
    shown = made(using("open1", "invoke1"), ta)
    assert [OPENS, busy] == [*shown.results["A"]]
    assert not shown.world.instances


def test_two_tas_of_one_instance_may_call_each_other_in_one_direction() -> None:
    """The lock is for one secure thread, however many TAs it is in."""
    ta = replace(front("invoke", "close"), single_instance=True)
    back = TrustedApp("back", counts, single_instance=True)
    assert [OPENS, *numbered(1)] == what_came(using("open1", "invoke1"), ta, back)


def test_with_locks_of_their_own_a_ta_that_calls_itself_waits_for_ever() -> None:
    """The deadlock that one lock for all avoids."""
    ta = replace(front(to="front"), single_instance=True, multi_session=True)
    shown = made(using("open1", "invoke1"), ta, switches={"single-instance": "own-locks"})
    assert "secure world waits to enter TA front" in shown.ending


def test_an_invocation_that_comes_back_to_its_instance_is_no_program_of_the_model() -> None:
    """OP-TEE's core panics there, so it is said and not carried out."""

    def keeps(_command: int, _params: Params) -> Steps:
        kept = yield from remembered()
        if kept is None:
            _, kept = yield from TEE_OpenTASession("back")
            yield from remember(kept)
            return None
        ret, _, _ = yield from TEE_InvokeTACommand(kept, 0)
        return ret

    def calls(_command: int, _params: Params) -> Steps:
        _, session = yield from TEE_OpenTASession("front")
        yield from TEE_InvokeTACommand(session, 0)

    tas = [
        TrustedApp(name, invoke, single_instance=True, multi_session=True)
        for name, invoke in (("front", keeps), ("back", calls))
    ]

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context, "front")
        other = yield from TEEC_OpenSession(context, "back")
        yield from TEEC_InvokeCommand(session, 0)
        yield from TEEC_InvokeCommand(other, 0)

    with pytest.raises(ProgramError, match="OP-TEE's core panics there"):
        made(ca, *tas)


def instances_of(shown: Run) -> Iterable[Instance]:
    """The instances that a run has ever had."""
    return [one for step in shown.steps for one in step.world.instances.values()]


def test_a_ta_without_flags_is_never_locked() -> None:
    """The simple scenarios know no lock, and their TAs are never busy."""
    shown = run("flow-2")
    assert not any(step.world.locks for step in shown.steps)
    assert not any(one.busy for one in instances_of(shown))
    assert build("flow-2").start.world.config.switches["single-instance"] == "one-lock"
