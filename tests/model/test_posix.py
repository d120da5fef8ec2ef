"""Threads and processes: what they tell each other, how they end, which files they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Result
from ocallkit.engine import ProgramError
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
)
from ocallkit.model.events import Message
from ocallkit.model.posix import (
    born,
    dup,
    exit_group,
    fork,
    hear,
    mmap,
    munmap,
    pthread_exit,
    pthread_join,
    tell,
)
from ocallkit.model.waiting import who_waits
from ocallkit.scenarios import Scenario, Threads, plain_ta, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params


def threads(*programs: Callable[..., Steps]) -> Scenario:
    """A process of these threads."""
    return Scenario("threads", "a test's own", Threads(programs), plain_ta)


def processes(*programs: Any) -> Scenario:  # noqa: ANN401 - programs, and threads of them
    """A process for each."""
    return Scenario("processes", "a test's own", programs, plain_ta)


def idles(client: Client) -> Steps:
    """A thread that has nothing to do but to be born."""
    yield from tell(client, "idle")


def closes_of(made: Run) -> list[str]:
    """What the ends of processes have let go of, in their order."""
    ends = ("close(", "unmap(", "release(")
    return [s.name for s in made.steps if s.name.partition(":")[2].startswith(ends)]


def order(made: Run, *functions: str) -> list[str]:
    """The steps of a run with these names, in their order, and whose they are."""
    return [f"{s.client}:{s.function}" for s in made.steps if s.function in functions]


# --- words -------------------------------------------------------------------------------------


def test_a_session_that_is_told_is_the_hearing_threads_own() -> None:
    """The second thread invokes in it, and secure world runs for that thread."""

    def main(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from tell(client, "session", (yield from TEEC_OpenSession(context)))
        yield from pthread_join(client, 2)

    def second(client: Client) -> Steps:
        session = yield from hear(client, "session")
        result = yield from TEEC_InvokeCommand(session, 0)
        return session.client.task, session.context.client.task, result.ret

    made = run(threads(main, second))
    assert ("A.2", "A.2", Result.SUCCESS) == made.results["A.2"]
    assert {"A"} == {s.client for s in made.steps if s.function == "tee_open"}


def test_what_is_told_last_is_heard() -> None:
    """A word replaces the one that was there, several values are told as one."""

    def main(client: Client) -> Steps:
        yield from tell(client, "word", 1)
        yield from tell(client, "word", (2, b"3"))
        yield from pthread_join(client, 2)

    def second(client: Client) -> Steps:
        return (yield from hear(client, "word"))

    made = run(threads(main, second))
    assert (2, b"3") == made.results["A.2"]


def test_a_handler_of_a_programs_own_can_be_told_with_its_context() -> None:
    """It is made anew whenever the program is run again, and is the same all the same."""

    def main(client: Client) -> Steps:
        def handler(_command: int, _params: Params) -> Result:
            return Result.SUCCESS

        context = yield from TEEC_InitializeContext(client, handler)
        yield from tell(client, "context", context)
        yield from pthread_join(client, 2)
        yield from TEEC_FinalizeContext(context)

    def second(client: Client) -> Steps:
        context = yield from hear(client, "context")
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_CloseSession(session)

    verdict = judge(Scenario("told", "x", Threads((main, second)), plain_ta), faults=())
    assert ((), 32) == (verdict.broken, verdict.exploration.depth)


@pytest.mark.parametrize("whose", ["context", "client"])
def test_another_threads_handle_is_refused_by_name(whose: str) -> None:
    """It would be the other thread that acts; the sentence says what to do instead."""
    seen: list[Any] = []

    def main(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        seen.append({"context": context, "client": context}[whose])
        yield from tell(client, "ready")
        yield from pthread_join(client, 2)

    def second(client: Client) -> Steps:
        yield from hear(client, "ready")
        if whose == "client":
            yield from TEEC_InitializeContext(seen[0].client)
        yield from TEEC_OpenSession(seen[0])

    with pytest.raises(ProgramError) as error:
        run(threads(main, second))
    step = {"context": "params_from_user", "client": "tee_open"}[whose]
    assert ("CA A.2", "process") == (error.value.party, error.value.program)
    assert error.value.where.endswith(" of second in test_posix.py")
    assert (
        f"asked in thread A.2 for {step} with a handle of thread A:"
        " hand it over with hear() or born(), or use `.by(client)`"
    ) == error.value.what


def test_a_handle_is_handed_over_by_name() -> None:
    """With `.by` the same is done for the other thread."""
    seen: list[Any] = []

    def main(client: Client) -> Steps:
        seen.append((yield from TEEC_InitializeContext(client)))
        yield from tell(client, "ready")
        yield from pthread_join(client, 2)

    def second(client: Client) -> Steps:
        yield from hear(client, "ready")
        yield from TEEC_FinalizeContext(seen[0].by(client))

    assert run(threads(main, second)).world.contexts["A"].freed


def test_who_waits_for_a_word_dies_at_once() -> None:
    """It is user mode: the kill of the process ends the wait, and the wait ends no other way."""

    def main(client: Client) -> Steps:
        yield from tell(client, "nothing of interest")
        yield from pthread_exit(client)

    def second(client: Client) -> Steps:
        yield from hear(client, "a word")

    waits = run(threads(main, second))
    assert "CA A.2 waits to be told 'a word' (waits for another thread of CA A)" == waits.ending
    assert [("CA A.2", "another thread of CA A")] == [
        (wait.who, wait.whom) for wait in who_waits(waits.system, waits.state)
    ]
    killed = run(threads(main, second), faults=["kill"], schedule=[*waits.schedule, "A.2:kill"])
    assert ("", "ended") == (killed.ending, killed.world.processes["A"].state)
    assert ("CA A.2",) == judge(threads(main, second), faults=()).waits


# --- how threads end ---------------------------------------------------------------------------


def opens_and(end: Callable[[Client], Steps]) -> Callable[[Client], Steps]:
    """A thread that opens the device, and ends so."""

    def ca(client: Client) -> Steps:
        yield from TEEC_InitializeContext(client)
        yield from end(client)

    return ca


def lasts(client: Client) -> Steps:
    """A thread that outlives the first."""
    yield from pthread_join(client, 1)
    yield from tell(client, "over")


def test_nothing_is_closed_until_the_last_thread_ends() -> None:
    """The main thread leaves alone; the second closes the files when it ends."""
    made = run(threads(opens_and(pthread_exit), lasts))
    assert ["A.2:close(context)"] == closes_of(made)
    assert "ended" == made.world.processes["A"].state


def test_the_first_threads_exit_ends_all() -> None:
    """A thread that is in user mode does nothing more but close, being the last."""
    made = run(threads(opens_and(exit_group), lasts))
    assert ["A.2:close(context)"] == closes_of(made)
    assert ["A:ends"] == order(made, "says", "ends")


def test_any_thread_can_end_the_process() -> None:
    """exit(3) in the second thread ends the first, which would wait for it for ever."""

    def main(client: Client) -> Steps:
        yield from TEEC_InitializeContext(client)
        yield from hear(client, "never told")
        return "not reached"

    def second(client: Client) -> Steps:
        yield from exit_group(client, 3)

    made = run(threads(main, second))
    assert {"A": None, "A.2": 3} == made.results
    assert "ended" == made.world.processes["A"].state


def test_a_failure_that_a_thread_does_not_catch_ends_the_process() -> None:
    """As errx(3) does, in whichever thread."""

    def main(client: Client) -> Steps:
        yield from TEEC_InitializeContext(client)
        yield from hear(client, "never told")

    def second(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(context, "no such TA")

    made = run(threads(main, second))
    assert Result.ITEM_NOT_FOUND == made.results["A.2"].ret
    assert ("", "ended") == (made.ending, made.world.processes["A"].state)


@pytest.mark.parametrize("number", [0, 2, 3])
def test_only_another_thread_that_there_is_can_be_joined(number: int) -> None:
    """The second joins itself, or one that never was."""

    def second(client: Client) -> Steps:
        yield from pthread_join(client, number)

    def main(client: Client) -> Steps:
        yield from hear(client, "never told")

    with pytest.raises(ProgramError, match="it can join another of its process's 2"):
        run(threads(main, second))


# --- processes ---------------------------------------------------------------------------------


def parent(client: Client) -> Steps:
    """Open a context and a session, and leave them to a child."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    yield from fork(client, session)


def child(client: Client) -> Steps:
    """Invoke in what it has inherited."""
    session = yield from born(client)
    if session is None:
        return "never born"
    result = yield from TEEC_InvokeCommand(session, 0)
    return result.ret


def test_a_child_keeps_what_it_inherits_open() -> None:
    """Its parent's end releases nothing; the child goes on invoking, and its own end does."""
    made = run(processes(parent, child))
    assert Result.SUCCESS == made.results["B"]
    assert ["A:close(context)", "B:close(context)"] == closes_of(made)
    assert ["B:free_context"] == order(made, "free_context")


def test_a_child_that_was_never_forked_ends_with_its_parent() -> None:
    """It has nothing, and does nothing."""
    first = run(processes(parent, child)).schedule[:1]
    made = run(processes(parent, child), faults=["kill"], schedule=[*first, "A:kill"])
    assert ("never born", "ended") == (made.results["B"], made.world.processes["B"].state)


def test_a_child_is_not_born_before() -> None:
    """It waits, and is no process of which a verdict could say that it hangs."""

    def hangs(client: Client) -> Steps:
        yield from hear(client, "a word")

    made = run(processes(hangs, child))
    assert "CA B is not born yet (waits for CA A)" in made.ending
    assert ("CA A",) == judge(processes(hangs, child), faults=()).waits


@pytest.mark.parametrize("programs", [(parent,), (parent, idles)])
def test_who_forks_needs_a_child_to_be(programs: tuple[Any, ...]) -> None:
    """No program is behind the parent's, or one that has begun already."""
    with pytest.raises(ProgramError, match="it begins with born"):
        run(processes(*programs), schedule=["B:says"] if len(programs) > 1 else ())


def test_a_child_registers_memory_on_the_context_that_it_inherits() -> None:
    """It is the context's memory, and goes with its own file."""

    def inherits(client: Client) -> Steps:
        context = yield from born(client)
        if context is None:
            return
        memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        yield from TEEC_ReleaseSharedMemory(context, memory)

    def forks(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from fork(client, context)

    assert () == judge(processes(forks, inherits)).broken


# --- files -------------------------------------------------------------------------------------


def test_only_the_last_close_releases() -> None:
    """The context has two numbers: the first close sends nothing."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from dup(client, context)
        yield from TEEC_FinalizeContext(context)
        yield from tell(client, "closed once")
        yield from TEEC_FinalizeContext(context)

    made = run(processes(ca))
    assert ["A:take_file", "A:says", "A:take_file", "A:free_context"] == order(
        made, "take_file", "says", "free_context"
    )


def test_a_mapping_holds_a_memory_as_its_file_does() -> None:
    """Its file is closed and nothing happens; the end of the mapping unregisters it."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        yield from mmap(client, memory)
        yield from TEEC_ReleaseSharedMemory(context, memory)
        yield from munmap(client, memory)

    made = run(processes(ca))
    assert ["A:take_file", "A:unmaps", "A:free_shm"] == order(
        made, "take_file", "unmaps", "free_shm"
    )


def test_a_mapping_that_is_left_is_the_last_to_go() -> None:
    """Linux closes the files first: the session is closed behind the mapping, last of all."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(context)
        memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        yield from mmap(client, memory)
        yield from TEEC_ReleaseSharedMemory(context, memory)

    made = run(processes(ca), switches={"exit-order": "linux"})
    assert ["A:close(context)", "A:unmap(memref)"] == closes_of(made)
    labels = [e.label for e in made.events if isinstance(e, Message)]
    calls = [label for label in labels if label.startswith("SMC/")]
    assert ["SMC/Unregister SHM", "SMC/Close Session"] == calls[-2:]


def test_a_context_with_the_highest_number_is_closed_first_and_released_last() -> None:
    """Linux closes it before the memory, which holds it until it is unregistered."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(context)
        yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        yield from dup(client, context)
        yield from TEEC_FinalizeContext(context)

    made = run(processes(ca), switches={"exit-order": "linux"})
    assert ["A:close(context)", "A:close(memref)"] == closes_of(made)
    labels = [e.label for e in made.events if isinstance(e, Message)]
    calls = [label for label in labels if label.startswith("SMC/")]
    assert ["SMC/Unregister SHM", "SMC/Close Session"] == calls[-2:]


def test_what_is_not_open_is_neither_doubled_nor_mapped() -> None:
    """The kernel answers EBADF, and nothing is held."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        yield from TEEC_ReleaseSharedMemory(context, memory)
        yield from dup(client, memory)
        yield from mmap(client, memory)

    made = run(processes(ca))
    assert ["A:close(context)"] == closes_of(made)
