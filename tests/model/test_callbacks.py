"""A request that waits in the kernel, the thread that serves it, and the end of either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Result
from ocallkit.designs import Mainline
from ocallkit.engine import ProgramError, State, System
from ocallkit.judging.assembly import build
from ocallkit.judging.path import follow
from ocallkit.model.callbacks import qcomtee_requests_destroy
from ocallkit.model.calls import EINVAL
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.events import Message
from ocallkit.model.posix import born, fork
from ocallkit.model.requests import DONE, LEFT, PROCESSING, QUEUED
from ocallkit.model.teec_ocall import teec_handle_ocall
from ocallkit.model.teec_server import TEE_IOC_SUPPL_RECV, TEE_IOC_SUPPL_SEND, session_of
from ocallkit.scenarios import Scenario, asking_ta, asking_twice_ta, serve

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run, Step
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.scenarios.scenario import CA

QUEUES = "A:queue_callback"
TAKES = "A.server:qcomtee_user_object_select"
ANSWERS = "A.server:qcomtee_user_object_submit"


def telling(client: Client) -> Steps:
    """A CA that tells what its invocation came to."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    result = yield from TEEC_InvokeCommand(session, 0)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)
    return result.ret


def refusing(_params: Params) -> Steps:
    """A TA that does not open."""
    yield from ()
    return Result.GENERIC


REFUSES = Scenario(
    "refuses",
    "a session that is not opened",
    telling,
    TrustedApp("ta", asking_ta, open=refusing),
)
TELLS = Scenario("tells", "an OCALL whose CA tells what came of it", telling, asking_ta)


def through(made: Run, name: str) -> tuple[str, ...]:
    """The schedule of a run, its first step of that name the last."""
    return made.schedule[: made.schedule.index(name) + 1]


def changes(values: list[Any]) -> list[Any]:
    """What comes after something else."""
    return [one for at, one in enumerate(values) if at == 0 or values[at - 1] != one]


def killed(after: str, by: str, scenario: str | Scenario = "flow-1") -> Run:
    """A run whose process is killed behind a step, in the kernel or in user mode."""
    base = run(scenario, Mainline)
    schedule = (*through(base, after), *([by] if by else ()))
    return run(scenario, Mainline, faults=["kill"], schedule=schedule)


def states(made: Run) -> list[str]:
    """The states of the run's requests, one after the other."""
    found = [request.state for step in made.steps for request in step.world.requests.all()]
    return changes(found)


def resumed_with(made: Run) -> list[str]:
    """What the secure thread went on with each time."""
    resumes = [e for e in made.events if isinstance(e, Message) and e.label == "SMC/RPC Resume"]
    return [str(dict(one.words)["ret"]) for one in resumes]


# --- one OCALL ---------------------------------------------------------------------------------


def test_the_invocation_stays_in_the_kernel_and_another_thread_serves() -> None:
    """Between the RPC and its resume only the server crosses to user space and back."""
    events = [e for e in run("flow-1", Mainline).events if isinstance(e, Message)]
    labels = [(e.client, e.source, e.label) for e in events]
    first = labels.index(("A", "OCALL PTA", "RPC/OCALL Req'"))
    last = labels.index(("A", "OP-TEE Driver", "SMC/RPC Resume"))
    assert [
        ("A.server", "CA", "TEE_IOC_SUPPL_RECV"),
        ("A.server", "TEE Driver", "dispatch"),
        ("A.server", "OP-TEE Driver", "ret"),
        ("A.server", "TEE Driver", "ret"),
        ("A.server", "CA", "TEE_IOC_SUPPL_SEND"),
        ("A.server", "TEE Driver", "dispatch"),
        ("A.server", "OP-TEE Driver", "ret"),
    ] == labels[first + 1 : last]


def test_a_request_is_queued_taken_and_answered() -> None:
    """Then nothing is left of it, and its invocation ends well."""
    made = run(TELLS, Mainline)
    assert [QUEUED, PROCESSING, DONE] == states(made)
    assert () == tuple(made.world.requests)
    assert Result.SUCCESS == made.results["A"]


def test_a_session_keeps_its_context_by_the_callback_object_that_it_was_passed() -> None:
    """One reference beside the file's, from the opening to the close in secure world."""
    made = run("flow-1", Mainline)
    counts = [step.world.contexts["A"].refs for step in made.steps]
    assert [1, 2, 1, 0] == changes(counts)


def test_a_session_that_is_not_opened_keeps_nothing() -> None:
    """Its opening has released the callback object again."""
    made = run(REFUSES, Mainline)
    counts = [step.world.contexts["A"].refs for step in made.steps if step.world.contexts]
    assert [1, 2, 1, 0] == changes(counts)
    assert "GENERIC" == made.results["A"].ret.name


def test_memory_of_an_answer_is_secure_worlds_until_it_releases_it() -> None:
    """Beside its file and each ioctl that answers with it; the last to go is the file."""
    made = run("flow-2", Mainline)
    counts = [step.world.memories["A.ocall"].refs for step in made.steps if step.world.memories]
    assert [1, 2, 3, 2, 3, 2, 1, 0] == changes(counts)


def test_a_server_serves_one_context_after_the_other() -> None:
    """A process that opens its context again begins it again."""
    made = run("cold-boot-ocall", Mainline, switches={"rpc-cache": "none"})
    assert 2 == sum(step.name == "A:begins" for step in made.steps)
    assert 2 == sum(step.name == ANSWERS for step in made.steps)
    assert "" == made.ending


# --- a kill ------------------------------------------------------------------------------------


def test_a_kill_takes_a_queued_request_out_and_the_server_never_sees_it() -> None:
    """The invocation goes on with ENODEV, and leaves the kernel before any file is closed."""
    made = killed(QUEUES, "A:kill", TELLS)
    assert [QUEUED] == states(made)
    assert ["TARGET_DEAD"] == resumed_with(made)
    assert not any(isinstance(e, Message) and e.client == "A.server" for e in made.events)
    names = [step.name.partition(":")[2] for step in made.steps]
    assert names.index("complete_call") < names.index("close(context)")
    assert made.world.contexts["A"].freed


@pytest.mark.parametrize("by", ["A:kill", "A.server:kill"])
def test_a_kill_leaves_the_number_of_a_request_that_was_taken_busy(by: str) -> None:
    """Wherever it comes, until the context's file is closed: the server is dead as well."""
    made = killed("A.server:next_work", by, TELLS)
    assert [QUEUED, PROCESSING, LEFT] == states(made)
    assert ["TARGET_DEAD"] == resumed_with(made)
    last = max(at for at, step in enumerate(made.steps) if is_left(step))
    assert "qcomtee_requests_destroy" == made.steps[last + 1].function


def is_left(step: Step) -> bool:
    """Whether a request is there for which nobody waits."""
    return any(request.state == LEFT for request in step.world.requests.all())


def test_an_answer_that_came_before_the_kill_counts() -> None:
    """The invocation takes it, and its TA is told SUCCESS."""
    base = run(TELLS, Mainline)
    at = base.schedule.index(ANSWERS)
    schedule = (*base.schedule[: at + 1], "A.server:fdput", "A.server:next_work", "A.server:kill")
    made = run(TELLS, Mainline, faults=["kill"], schedule=schedule)
    assert [QUEUED, PROCESSING, DONE] == states(made)
    assert ["SUCCESS"] == resumed_with(made)
    assert made.world.contexts["A"].freed


# --- a server in another process ---------------------------------------------------------------


def leaves_serving(client: Client) -> Steps:
    """A CA whose child has its context as well, and serves too."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from fork(client, context)
    yield from TEEC_InvokeCommand(session, 0)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def serves_once(client: Client) -> Steps:
    """A child that takes one request on the context that it has inherited; gives what came of it.

    That is the error number of its answer.
    """
    context = yield from born(client)
    if context is None:
        return None
    reply, served = yield from TEE_IOC_SUPPL_RECV(context.client)
    if reply.errno:
        return -reply.errno
    arg = yield from teec_handle_ocall(context, session_of(context, reply), reply, served)
    errno = yield from TEE_IOC_SUPPL_SEND(context.client, arg)
    yield from TEEC_FinalizeContext(context)
    return errno


CHILD = Scenario(
    "child-serves", "an OCALL that a child serves", (leaves_serving, serves_once), asking_ta
)


def served_by_child(*behind: str) -> Run:
    """A run in which the child takes the request; then come these steps."""
    schedule = (*through(run(CHILD, Mainline), QUEUES), "B:is_born", "B:enter_supp_recv")
    schedule = (*schedule, "B:qcomtee_user_object_select")
    return run(CHILD, Mainline, faults=["kill"], schedule=(*schedule, *behind))


def test_any_process_that_has_the_file_may_serve() -> None:
    """A child answers in its parent's place."""
    made = served_by_child()
    assert 0 == made.results["B"]
    assert "" == made.ending


def test_a_late_answer_finds_nobody() -> None:
    """The child comes back with a request whose process was killed: EINVAL, and its number is free.

    The context lives on until the child has closed it as well.
    """
    made = served_by_child("A:kill")
    assert [QUEUED, PROCESSING, LEFT] == states(made)
    assert EINVAL == made.results["B"]
    assert () == tuple(made.world.requests)
    assert "" == made.ending


@pytest.mark.long
def test_whoever_of_two_processes_serves_nothing_is_left_behind() -> None:
    """Every order of taking, answering and dying."""
    verdict = judge(CHILD, Mainline)
    assert verdict.holds


# --- the file is closed -------------------------------------------------------------------------


def closed_at(scenario: str | Scenario, step: str) -> Run:
    """A run of which the context's hook is called behind a step, by no thread of the process.

    Here each call holds the file on which it was made: only what other clients ask of a callback
    object can be pending when its file is closed, and they are not modelled.
    """
    base = run(scenario, Mainline)
    system = build(scenario, Mainline, faults=[], log=True)
    made = follow(system, "x", "mainline", through(base, step), goes_on=False)
    node = next(n for n in made.state.nodes if not n.done and len(n.step) > 1)
    client = node.step[1].on("A")
    world = made.state.world.copy()
    qcomtee_requests_destroy(world, client)
    again = System(system.tasks, State(world, made.state.nodes))
    return follow(again, "x", "mainline")


@pytest.mark.parametrize("step", [QUEUES, "A.server:return_to_user"])
def test_closing_the_file_ends_what_is_pending(step: str) -> None:
    """Queued or taken: the invocation goes on with ENODEV."""
    made = closed_at(TELLS, step)
    assert ["TARGET_DEAD"] == resumed_with(made)
    assert Result.TARGET_DEAD == made.results["A"]


def test_whoever_answers_behind_that_finds_nobody() -> None:
    """EINVAL, and the invocation has what it was given then."""
    made = closed_at(TELLS, "A.server:store_outputs")
    (sent,) = [step for step in made.steps if step.name == ANSWERS]
    node = sent.nodes[made.system.tasks.index("A.server")]
    assert EINVAL == node.received
    assert ["TARGET_DEAD"] == resumed_with(made)


def test_on_a_context_whose_file_is_closed_nothing_is_queued() -> None:
    """What its TA asks next gets ENODEV at once: it asks twice, and no second request is there."""
    twice = Scenario("twice", "two OCALLs", telling, asking_twice_ta)
    made = closed_at(twice, QUEUES)
    assert {"TARGET_DEAD"} == {*resumed_with(made)}
    assert len(resumed_with(made)) > 1
    assert [] == states(made)


# --- what cannot be asked here -------------------------------------------------------------------


def opens_twice(client: Client) -> Steps:
    """A CA with two contexts, each with a handler."""
    yield from TEEC_InitializeContext(client, serve)
    yield from TEEC_InitializeContext(client, serve)


def with_data(client: Client) -> Steps:
    """A CA whose session has data for its handler."""
    context = yield from TEEC_InitializeContext(client, serve)
    yield from TEEC_OpenSession(context, data="mine")


@pytest.mark.parametrize(
    ("ca", "words"),
    [(opens_twice, "one thread of a process serves"), (with_data, "another thread serves")],
)
def test_what_a_server_cannot_do_is_refused(ca: CA, words: str) -> None:
    """It is no verdict that a program cannot be carried out."""
    with pytest.raises(ProgramError, match=words):
        run(Scenario("x", "x", ca, asking_ta), Mainline)


def test_octets_are_refused() -> None:
    """What a server takes and answers has none here."""
    with pytest.raises(ValueError, match="wire=octets: under mainline"):
        judge("flow-1", Mainline, switches={"wire": "octets"})
