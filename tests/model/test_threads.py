"""Secure threads: suspended by an RPC, resumed by number, and short in number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit import judge, run
from ocallkit.abi.results import Result
from ocallkit.designs import EcallBare
from ocallkit.model.events import CA, OPTEE, OPTEE_DRIVER, Message, Thread
from ocallkit.model.ta import TEE_Wait
from ocallkit.model.waiting import who_waits
from tests.model.programs import invoking, run_of, up_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params


def messages(made: Run, label: str) -> list[Message]:
    """The messages of a run with that label."""
    return [e for e in made.events if isinstance(e, Message) and e.label == label]


def pending(clients: int, threads: int) -> Run:
    """A run in which A never answers its OCALL, and the others try to go on."""
    base = run("flow-1", clients=clients, threads=threads)
    place = next(s.index for s in base.steps if s.function == "process_ocall_request")
    schedule = (*base.schedule[: place + 1], "A:never-answers")
    return run(
        "flow-1", clients=clients, threads=threads, faults=("never-answers",), schedule=schedule
    )


def test_an_rpc_suspends_its_thread_and_the_resume_names_it() -> None:
    """The number that the RPC left with is the number that the resume brings back."""
    made = run("flow-1", threads=3)
    (asked,), (resumed,) = messages(made, "RPC/OCALL Req'"), messages(made, "SMC/RPC Resume")
    assert dict(asked.words)["thread"] == dict(resumed.words)["thread"] == 0
    suspended = [s.index for s in made.steps if "A.0" in s.world.threads]
    assert list(range(suspended[0], suspended[-1] + 1)) == suspended


def test_a_thread_runs_is_suspended_and_is_free_in_the_end() -> None:
    """Its states in Flow 1's invocation; every other call runs through."""
    states = [e.state for e in run("flow-1").events if isinstance(e, Thread)]
    through = ["running", "free"]
    assert [*through, "running", "suspended", "running", "free", *through] == states


def test_the_normal_world_waits_for_a_thread_without_asking_its_ca() -> None:
    """TEE_Wait is an ordinary RPC: the kernel serves it, and the CA sees nothing of it."""

    def ta(_command: int, _params: Params) -> Steps:
        yield from TEE_Wait(10)
        return Result.SUCCESS

    made = run_of(invoking(), ta)
    (asked,), (resumed,) = messages(made, "RPC/Suspend"), messages(made, "SMC/RPC Resume")
    assert (OPTEE, OPTEE_DRIVER) == (asked.source, asked.target)
    assert (OPTEE_DRIVER, OPTEE) == (resumed.source, resumed.target)
    assert 1 == sum(line.endswith(f" {CA}") for line in made.text().splitlines())


def test_a_call_waits_in_the_queue_while_no_thread_is_free() -> None:
    """One thread, and A's OCALL has it: B cannot even open its session."""
    made = pending(2, 1)
    assert (
        "CA A never answers its OCALL (waits for CA A); "
        "B's Open Session waits in the call queue: ETHREAD_LIMIT (waits for a free secure thread)"
    ) == made.ending
    assert "suspended" == made.world.threads["A.0"].state


def test_with_a_second_thread_nobody_waits_for_the_first() -> None:
    """B comes to its own OCALL and answers it."""
    made = pending(2, 2)
    assert "CA A never answers its OCALL (waits for CA A)" == made.ending
    assert {"B"} == made.results.keys()
    assert "CA B services OCALL" in made.text()


def test_a_resume_needs_no_free_thread() -> None:
    """The thread that asked is still taken: with one thread alone the flows run to their end."""
    for flow in ("flow-1", "flow-2"):
        assert "" == run(flow, threads=1).ending


def test_the_queued_call_goes_on_when_the_thread_is_free() -> None:
    """B asks while A's OCALL is pending, and both end well."""
    apart = run("flow-1", clients=2, threads=1)
    schedule = (*up_to(apart, "A:process_ocall_reply"), "B:tee_open", "B:return_to_user")
    made = run("flow-1", clients=2, threads=1, schedule=schedule)
    assert "" == made.ending
    assert {"A", "B"} == made.results.keys()


def test_a_session_is_not_closed_while_its_invocation_waits() -> None:
    """Nobody cancels the OCALL: the close waits in secure world and keeps a second thread."""

    class Never(EcallBare):
        name = "never"

        def release(self, client: Client) -> Iterable[Step]:  # noqa: ARG002 - a decision takes it
            return ()

        close_session = release

    end = judge("flow-1", Never).violation("no-deadlock").run
    waits = [(wait.who, wait.whom) for wait in who_waits(end.system, end.state)]
    assert [
        ("exit of CA A", "secure thread 1 (A)"),
        ("secure thread 0 (A)", "CA A (killed)"),
        ("secure thread 1 (A)", "secure thread 0 (A)"),
    ] == waits
    assert end.world.sessions["A"].open
