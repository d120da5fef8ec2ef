"""Cells by what they have in common: who passes memory, which designs decide what."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ocallkit.claims.claim import Condition
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.judging.assembly import find_design, find_scenario
from ocallkit.judging.verdict import Question
from ocallkit.model.params import INOUT, memref
from ocallkit.scenarios import Scenario, plain_ta, with_memory

if TYPE_CHECKING:
    from collections.abc import Iterable

    Design = str | type[EcallBare]

WITH_OCALL_MEMORY = ("flow-2", "flow-2-memref", "two-ocalls")
"""Scenarios in which an OCALL passes memory."""

WITH_PASSED_MEMORY = ("flow-1-memref", "flow-2-memref", "flow-1-two-memrefs")
"""Scenarios in which the invocation itself passes memory."""

WITH_SPARE_MEMORY = ("spare-memory",)
"""Scenarios in which memory is registered that no invocation is passed."""

WITH_OCALL = (
    "flow-1",
    *WITH_OCALL_MEMORY,
    "flow-1-memref",
    "flow-1-two-memrefs",
    *WITH_SPARE_MEMORY,
)
"""Scenarios in which there is an OCALL."""

PLAIN_WITH_MEMORY = Scenario(
    "plain-invoke-memref",
    "one invocation with registered memory and without an OCALL",
    with_memory(("memref",), None),
    plain_ta,
)
"""What every driver did before there were OCALLs."""

SPARE_BESIDE = "hunt:context.session.register-a.register-b.invoke-a:buffer"
"""Memory of every kind: passed, not passed, and an OCALL's."""

THREADS = (1, 2, 3)


def grid(
    scenarios: Iterable[str | Scenario],
    designs: Iterable[Design] = tuple(DESIGNS),
    *,
    threads: Iterable[int] = THREADS,
    clients: Iterable[int] = (1,),
    charges: Iterable[bool] = (False,),
) -> tuple[Question, ...]:
    """Every combination, one cell each."""
    return tuple(
        Question(scenario, design, count, processes, driver_memory_charges_context=charge)
        for scenario, design, count, processes, charge in product(
            scenarios, designs, threads, clients, charges
        )
    )


def keeps(design: Design) -> bool:
    """Whether an invocation's memories keep their references over an early return."""
    return bool(find_design(design).kept((memref(INOUT, "memory", 4),)))


def references_requests(design: Design) -> bool:
    """Whether a pending request references the memory that it names."""
    return bool(find_design(design).referenced((memref(INOUT, "memory", 4),)))


def has_pre_release(design: Design) -> bool:
    """Whether closing the context's file cancels what is pending."""
    return type(find_design(design)).pre_release is not EcallBare.pre_release


def has_request_file(design: Design) -> bool:
    """Whether a pending request has a file whose release cancels it."""
    return type(find_design(design)).release_request_file is not EcallBare.release_request_file


def hears_of_files(design: Design) -> bool:
    """Whether closing a file cancels, and not the context's count alone."""
    return has_pre_release(design) or has_request_file(design)


def passes_memory(cell: Question) -> bool:
    """Whether the invocation is passed memory."""
    return find_scenario(cell.scenario).name in {*WITH_PASSED_MEMORY, SPARE_BESIDE}


def has_spare_memory(cell: Question) -> bool:
    """Whether memory is registered that the invocation is not passed."""
    return find_scenario(cell.scenario).name in {*WITH_SPARE_MEMORY, SPARE_BESIDE}


def leaves_a_thread(cell: Question) -> bool:
    """Whether no close of a file has to wait for a secure thread that pending OCALLs hold.

    A memory that no invocation holds goes when its file is closed, and that takes a thread.
    """
    return not has_spare_memory(cell) or cell.threads > cell.clients


def ocall_passes_memory(cell: Question) -> bool:
    """Whether an OCALL passes memory."""
    return find_scenario(cell.scenario).name in {*WITH_OCALL_MEMORY, SPARE_BESIDE}


KEEP = tuple(filter(keeps, DESIGNS))
DO_NOT_KEEP = tuple(design for design in DESIGNS if not keeps(design))
WAIT_FOR_THE_COUNT = tuple(design for design in DESIGNS if not hears_of_files(design))
HEAR_OF_FILES = tuple(filter(hears_of_files, DESIGNS))
PRE_RELEASE = tuple(filter(has_pre_release, DESIGNS))

A_THREAD_IS_LEFT = Condition(
    "all registered memory is passed or threads outnumber CAs", leaves_a_thread
)


def as_many_dying(designs: Iterable[Design]) -> tuple[Question, ...]:
    """Two CAs with memory that they do not pass: on two threads, and with one to spare."""
    return grid(WITH_SPARE_MEMORY, designs, threads=(2, 3), clients=(2,))
