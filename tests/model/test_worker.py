"""A worker of the kernel's: what a design gains that puts off the end of memories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.engine import ProgramError
from ocallkit.judging.assembly import find_design
from ocallkit.model.config import WORKER
from ocallkit.model.waiting import in_words, who_waits
from ocallkit.model.worker import QUEUE, unregister_later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step
    from ocallkit.model.config import Client

pytestmark = pytest.mark.long


def by_worker(design: str) -> type[EcallBare]:
    """A design that unregisters by a worker, and is in all else as another."""
    base = type(find_design(design))

    class ByWorker(base):  # type: ignore[valid-type, misc]
        name = f"{design}-worker"
        parent = base
        changes = ("unregister",)
        worker = True

        def unregister(self, client: Client, memory: str) -> Iterable[Step]:
            """The worker brings it about; closing a file does not wait for that."""
            return unregister_later(client, memory)

    return ByWorker


def broken(scenario: str, design: str, threads: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What breaks in a design, and what is left of that with a worker."""
    own, other = (judge(scenario, d, threads=threads) for d in (design, by_worker(design)))
    return own.broken, other.broken


HEAR = ("ecall", "meta", "ocall-fd")
"""Designs that hear of a closed file, and keep no references."""


@pytest.mark.parametrize("design", HEAR)
@pytest.mark.parametrize("scenario", ["flow-1-memref", "flow-2-memref", "flow-1-two-memrefs"])
def test_the_deadlock_of_the_thread_goes_where_closing_does_not_wait(
    scenario: str, design: str
) -> None:
    """The exit comes to the file whose release cancels; only the worker waited too early."""
    for threads, left in ((1, ()), (2, ("no-blocking-release",)), (3, ("no-blocking-release",))):
        own, other = broken(scenario, design, threads)
        assert "no-deadlock" in own
        assert left == other


@pytest.mark.parametrize("scenario", ["flow-1-memref", "flow-1-two-memrefs"])
def test_a_worker_does_not_help_who_waits_for_the_count(scenario: str) -> None:
    """Nothing cancels: the count waits for memories, and the worker for the invocation."""
    for threads in (1, 2, 3):
        for design in ("ecall-bare", "held-refs"):
            own, other = broken(scenario, design, threads)
            assert own == other
            assert "no-context-leak" in other


def test_with_references_kept_a_worker_changes_no_verdict() -> None:
    """Memory is unregistered when it is not used any more, whoever does it."""
    for design in ("held-refs-ocall-fd", "held-refs-pre-release"):
        for threads in (1, 2):
            assert ((), ()) == broken("flow-2-memref", design, threads)


@pytest.mark.parametrize("design", [d for d in DESIGNS if d not in {"ecall-bare", "held-refs"}])
def test_a_worker_cures_what_kept_references_do_not(design: str) -> None:
    """Memory that nobody is passed, and one thread: its UNREGISTER found none, and closing waited.

    The two at which the discussion arrives break there as well.
    """
    own, other = broken("spare-memory", design, 1)
    assert "no-deadlock" in own
    assert () == other


def test_what_is_left_with_a_worker_is_a_wait_and_ends() -> None:
    """The worker waits in secure world until the exit has cancelled; then it goes on."""
    end = judge("flow-1-memref", by_worker("ecall")).violation("no-blocking-release").run
    assert (
        "worker waits for secure thread 1 (worker): its UNREGISTER_SHM has not returned\n"
        "secure thread 0 (A) waits for CA A (killed): its OCALL is pending\n"
        "secure thread 1 (worker) waits for secure thread 0 (A): its invocation uses the MOBJ that"
        " is released"
    ) == in_words(who_waits(end.system, end.state))


def test_a_worker_that_has_nothing_to_do_is_no_deadlock() -> None:
    """It is there in every run of such a design, and needs no end."""
    made = run("flow-2-memref", by_worker("ecall"))
    assert ("A", WORKER) == made.clients
    assert "" == made.ending
    assert f"{WORKER} has nothing to do." in made.summary
    assert QUEUE not in made.world.kept
    assert made.world.memories["A.memref"].freed


def test_memory_waits_for_the_worker_in_its_turn() -> None:
    """Two memories are in the queue before the worker begins, the first first."""
    made = run("flow-1-two-memrefs", by_worker("ecall"))
    queues = [step.world.value_of(QUEUE) for step in made.steps if QUEUE in step.world.kept]
    assert ("A.memref1", "A.memref2") in queues
    frees = [step.name for step in made.steps if step.function == "free_shm"]
    assert ["worker:free_shm", "worker:free_shm"] == frees


def test_a_name_is_free_again_only_when_the_worker_has_brought_the_end() -> None:
    """The next round's memory gets one like it, and both are freed in the end."""
    verdict = judge("flow-1-memref", by_worker("held-refs-pre-release"), rounds=2)
    assert verdict.holds
    made = run("flow-1-memref", by_worker("ecall"), rounds=2)
    assert {"A.memref": True, "A.memref2": True} == {
        memory.id: memory.freed for memory in made.world.memories.values()
    }


def test_a_design_without_a_worker_has_none() -> None:
    """Only who asks for it gets one; who forgets to ask, waits for nobody's work."""

    class Forgets(EcallBare):
        name = "forgets"
        parent = EcallBare
        changes = ("unregister",)

        def unregister(self, client: Client, memory: str) -> Iterable[Step]:
            return unregister_later(client, memory)

    assert ("A",) == run("flow-1-memref").clients
    with pytest.raises(ProgramError, match="forgets leaves work to a worker: say worker = True"):
        run("flow-1-memref", Forgets)


def test_a_token_names_what_the_worker_does() -> None:
    """The clients are counted without it."""
    line = judge("flow-1-memref", by_worker("ecall")).tokens["no-blocking-release"]
    assert line.startswith("flow-1-memref/ecall-worker/t2/c1/")
    assert "worker:" in line


def test_two_processes_that_die_with_memory_to_spare_need_no_third_thread() -> None:
    """Without a worker two such wait for the threads that their OCALLs have, in every design."""
    design = "held-refs-pre-release"
    assert "no-deadlock" in judge("spare-memory", design, clients=2).broken
    cured = judge("spare-memory", by_worker(design), clients=2)
    assert (True, 55_654) == (cured.holds, cured.exploration.states)
