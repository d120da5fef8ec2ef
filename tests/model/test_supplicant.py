"""The supplicant: what it serves, and what is left where it or its client dies first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.judging.tokens import replay
from ocallkit.model.calls import Reply
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_OpenSession,
)
from ocallkit.model.config import SUPPLICANT, TrustedApp
from ocallkit.model.devices import TEEPRIV
from ocallkit.model.events import Message
from ocallkit.model.kernel_client import (
    tee_client_close_context,
    tee_client_open_context,
    tee_client_open_session,
)
from ocallkit.model.supplicant import TEE_IOC_SUPPL_RECV, tee_supplicant
from ocallkit.model.tee import tee_open
from ocallkit.model.teec import TeecError
from ocallkit.model.user_mode import back_in_user_mode, sleep_for_ever
from ocallkit.model.waiting import in_words, never_answers, who_waits
from ocallkit.scenarios import KernelClient, Scenario, Threads, plain_ta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.world import Request, World


def opening(client: Client) -> Steps:
    """A CA that opens a session and closes it; gives what that came to."""
    context = yield from TEEC_InitializeContext(client)
    try:
        session = yield from TEEC_OpenSession(context)
    except TeecError as error:
        yield from TEEC_FinalizeContext(context)
        return error.ret, error.origin
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)
    return Result.SUCCESS, Origin.TRUSTED_APP


LOADING = Scenario(
    "loading", "a TA that is to be loaded", opening, plain_ta, supplicant=tee_supplicant
)
LOST = (Result.COMMUNICATION, Origin.TEE)


def after(schedule: Sequence[str], scenario: Scenario = LOADING) -> Run:
    """The run that begins with a schedule in which somebody may be killed."""
    return run(scenario, faults=["kill"], schedule=schedule)


def up_to_the_request(scenario: Scenario = LOADING) -> tuple[str, ...]:
    """The schedule of a run until the request is in the queue."""
    made = run(scenario)
    place = next(step.index for step in made.steps if step.function == "queue_request")
    return made.schedule[: place + 1]


TAKES = (f"{SUPPLICANT}:tee_open", f"{SUPPLICANT}:return_to_user", f"{SUPPLICANT}:optee_supp_recv")


TO_THE_REQUEST = (
    "tee_open",
    "return_to_user",
    "params_from_user",
    "get_msg_arg",
    "smc_call_with_arg",
    "queue_request",
)
"""The steps of a thread that opens a session, until its request is in the queue."""


def answers(made: Run) -> list[str]:
    """What the resumed secure threads were told."""
    resumed = (e for e in made.events if isinstance(e, Message) and e.label == "SMC/RPC Resume")
    return [str(dict(event.words)["ret"]) for event in resumed]


def test_a_ta_is_loaded_when_its_first_session_opens() -> None:
    """The secure thread is suspended meanwhile, and its client waits in the kernel."""
    made = run(LOADING)
    assert ["SUCCESS"] == answers(made)
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == made.results["A"]
    states = [r.state for step in made.steps for r in step.world.requests.values()]
    assert ["queued", "processing", "done"] == list(dict.fromkeys(states))
    assert "" == made.ending


def test_without_a_supplicant_in_the_scenario_nobody_is_asked() -> None:
    """A TA is there, as long as nobody says who brings it."""
    made = run(Scenario("there", "x", opening, plain_ta))
    assert [] == answers(made)
    assert ("A",) == made.clients


def test_a_ta_that_is_built_in_is_not_loaded() -> None:
    """The supplicant has nothing to do, and does not keep the run from its end."""
    built_in = TrustedApp("ta", plain_ta, built_in=True)
    made = run(Scenario("early", "x", opening, built_in, supplicant=tee_supplicant))
    assert [] == answers(made)
    assert f"{SUPPLICANT} has nothing to do." in made.summary


def test_one_instance_is_loaded_once() -> None:
    """The second session of a single instance finds it there."""

    def twice(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        for _ in range(2):
            yield from TEEC_OpenSession(context)
        yield from TEEC_FinalizeContext(context)

    for single, times in ((False, 2), (True, 1)):
        ta = TrustedApp("ta", plain_ta, single_instance=single, multi_session=True)
        made = run(Scenario("twice", "x", twice, ta, supplicant=tee_supplicant))
        assert ["SUCCESS"] * times == answers(made)


def test_a_kill_ends_the_wait_for_a_request_that_nobody_has_taken() -> None:
    """Secure world gets COMMUNICATION, the call goes on to its end, and then the process dies."""
    made = after((*up_to_the_request(), "A:kill"))
    assert ["COMMUNICATION"] == answers(made)
    assert {} == dict(made.world.requests)
    assert ("ended", True) == (made.world.processes["A"].state, made.world.contexts["A"].freed)
    assert {"A": None} == made.results


def test_a_client_that_dies_while_its_request_is_served_is_not_found_by_the_answer() -> None:
    """The supplicant's late SEND fails with EINVAL, and the request is gone with it."""
    taken = (*up_to_the_request(), *TAKES)
    made = after((*taken, "A:kill"))
    dead = next(step for step in made.steps if step.name == "A:kill")
    assert ["left"] == [request.state for request in dead.world.requests.values()]
    assert ["COMMUNICATION"] == answers(made)
    assert {} == dict(made.world.requests)
    assert "EINVAL" in [dict(e.words).get("errno") for e in made.events if isinstance(e, Message)]


def test_an_answer_that_came_before_the_kill_counts() -> None:
    """The client was told of its TA, and dies on its way out of the kernel."""
    sends = (f"{SUPPLICANT}:return_to_user", f"{SUPPLICANT}:optee_supp_send")
    schedule = (*up_to_the_request(), *TAKES, *sends, "A:wait_for_supplicant")
    assert ["SUCCESS"] == answers(after(schedule))


def test_the_supplicant_dies_with_the_request_taken() -> None:
    """Closing its file answers it: COMMUNICATION, and the client lives on."""
    made = after((*up_to_the_request(), *TAKES, f"{SUPPLICANT}:kill"))
    assert ["COMMUNICATION"] == answers(made)
    assert LOST == made.results["A"]
    assert ("ended", True) == (
        made.world.processes[SUPPLICANT].state,
        made.world.contexts[SUPPLICANT].freed,
    )


KILLED_EARLY = (f"{SUPPLICANT}:tee_open", f"{SUPPLICANT}:kill")


def test_a_request_that_nobody_has_taken_stays_for_the_next() -> None:
    """Where none comes its client waits; the next one serves it."""
    dead = (*up_to_the_request(), *KILLED_EARLY)
    waits = after(dead)
    assert (
        "CA A waits for tee-supplicant: its LOAD_TA is queued (waits for tee-supplicant)"
    ) == waits.ending
    assert "CA A waits for tee-supplicant (ended)" in in_words(who_waits(waits.system, waits.state))
    gone = waits.schedule[: waits.schedule.index(f"{SUPPLICANT}:stays away")]
    served = after((*gone, f"{SUPPLICANT}:starts again"))
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == served.results["A"]
    assert f"{SUPPLICANT}:close(context)" in gone


def test_waiting_for_a_supplicant_is_no_deadlock() -> None:
    """A kill ends it: whose answer is missing is said instead, and no leak is found there."""
    verdict = judge(LOADING)
    assert ((), (SUPPLICANT,)) == (verdict.broken, verdict.waits)
    quiet = judge(LOADING, faults=())
    assert ((), ()) == (quiet.broken, quiet.waits)
    assert "starts again" not in quiet.exploration.taken


def test_a_supplicant_that_never_comes_is_waited_for_without_end() -> None:
    """Nobody is killed there, and the wait could still be ended so: no deadlock."""

    def hangs(client: Client) -> Steps:
        context = yield tee_open, client, TEEPRIV
        yield from back_in_user_mode(client, "open", Reply())
        yield from TEE_IOC_SUPPL_RECV(client.on(context))
        yield sleep_for_ever, client

    verdict = judge(Scenario("hangs", "x", opening, plain_ta, supplicant=hangs), faults=())
    assert () == verdict.broken
    assert (SUPPLICANT,) == verdict.waits


def test_the_request_of_a_thread_whose_process_ends_is_given_up() -> None:
    """The main thread's end is that of all: the wait of the other ends as by a kill."""

    def leaves(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_FinalizeContext(context)

    threads = Threads((leaves, opening))
    scenario = Scenario("two-threads", "x", threads, plain_ta, supplicant=tee_supplicant)
    assert () == judge(scenario).broken
    made = run(scenario, schedule=[f"A.2:{step}" for step in TO_THE_REQUEST])
    assert ["COMMUNICATION"] == answers(made)
    assert {"A": None, "A.2": None} == made.results
    assert {} == dict(made.world.requests)


def test_a_kernel_client_does_not_wait_for_a_supplicant_that_is_not_there() -> None:
    """It gets COMMUNICATION at once; where one is there it waits, and nothing ends that."""

    def opens(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        reply = yield from tee_client_open_session(context)
        yield from tee_client_close_context(context)
        return reply.ret, reply.origin

    kernel = KernelClient(opens)
    scenario = Scenario("kernel", "x", kernel, plain_ta, supplicant=tee_supplicant)
    assert LOST == run(scenario).results["A"]
    there = run(scenario, schedule=TAKES[:2])
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == there.results["A"]


@pytest.mark.parametrize("design", DESIGNS)
def test_a_client_that_dies_first_leaves_nothing_in_any_design(design: str) -> None:
    """Its memory is in use until its invocation has come to its end, which the kill brings."""
    verdict = judge("client-dies-first", design)
    assert (True, (SUPPLICANT,), 81) == (verdict.holds, verdict.waits, verdict.exploration.states)


def test_two_clients_do_not_get_each_others_answers() -> None:
    """A request that was left keeps its id until the supplicant has come back with it."""
    verdict = judge("client-dies-first", clients=2)
    assert (True, 2296) == (verdict.holds, verdict.exploration.states)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_design_breaks_with_a_supplicant_where_it_breaks_without(design: str) -> None:
    """That the TA has to be loaded adds nothing to what a pending OCALL costs."""
    with_it, without = judge("supplicant-dies", design), judge("flow-1-memref", design)
    assert without.broken == with_it.broken


def test_a_token_names_what_the_supplicant_does() -> None:
    """A run with one can be made again from its line."""
    verdict = judge("supplicant-dies", "ecall")
    line = verdict.tokens["no-deadlock"]
    assert line.startswith("supplicant-dies/ecall/t2/c1/")
    end = replay(line)
    assert ("CA A (killed)",) == never_answers(who_waits(end.system, end.state))


class FreesWhatIsServed(EcallBare):
    """A driver that frees a request with its client, as Linux did for a while."""

    name = "frees-what-is-served"

    def supp_given_up(self, world: World, request: Request) -> None:
        """Whoever has taken it still knows it by its id."""
        if request.state == "processing":
            world.put(replace(request, freed=True))
        else:
            world.drop(request)


def test_a_request_that_is_freed_while_it_is_served_is_used_after_that() -> None:
    """The client dies, and the supplicant comes back with what is not there any more."""
    verdict = judge("client-dies-first", FreesWhatIsServed)
    assert ("no-use-after-free", "nothing-left") == verdict.broken
    end = verdict.violation("no-use-after-free").run
    assert "A:kill" in end.schedule
    assert f"{SUPPLICANT}:optee_supp_send" == end.schedule[-1]
    assert "no-use-after-free" in judge("supplicant-dies", FreesWhatIsServed).broken
