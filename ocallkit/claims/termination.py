"""The claims about the abnormal termination of a CA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.claims.cells import (
    HEAR_OF_FILES,
    PRE_RELEASE,
    SPARE_BESIDE,
    WAIT_FOR_THE_COUNT,
    WITH_OCALL,
    WITH_OCALL_MEMORY,
    as_many_dying,
    grid,
    keeps,
    leaves_a_thread,
    passes_memory,
    references_requests,
)
from ocallkit.claims.chains import STUCK, unless_stuck
from ocallkit.claims.checks import never, where_seen
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.explored import explored
from ocallkit.claims.told import listed

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.judging.verdict import Question

NOTHING_WAITS = Condition(
    "passed memory keeps its references and threads outnumber CAs with other memory",
    lambda cell: (not passes_memory(cell) or keeps(cell.design)) and leaves_a_thread(cell),
)
"""Then no close of a file waits for secure world before the context's file is closed."""

NO_CHARGE = Condition(
    "the driver's own memory holds no reference on the context",
    lambda cell: not cell.driver_memory_charges_context,
)


def run_out(cell: Explored) -> Outcome | None:
    """As many CAs as there are threads die, and no request of theirs is completed."""
    unloaded, left = "uncompleted-keeps-its-ta", "a-thread-is-left"
    if not cell.breaks("completed-once"):
        return None
    if cell.breaks(unloaded):
        return Outcome(holds=False, example=unloaded)
    return Outcome(cell.breaks(left), left if cell.breaks(left) else "")


def held_for_ever(cell: Explored) -> Outcome:
    """The request's reference outlives the CA, and nothing ever cancels such a request."""
    held = "no-context-is-held-by-a-request"
    if cell.breaks("no-request-with-memory-is-cancelled"):
        return Outcome(holds=False, example="no-request-with-memory-is-cancelled")
    return Outcome(cell.breaks(held), held if cell.breaks(held) else "")


def codes(cells: tuple[Question, ...]) -> str:
    """The codes that secure world gets for requests that are cancelled."""
    return listed(sorted({str(code) for cell in cells for code in explored(cell).seen("told")}))


def cells_for_run_out() -> tuple[Question, ...]:
    """One CA for each secure thread, under the designs that wait for the count."""
    two = grid(("flow-2", "flow-1-memref"), WAIT_FOR_THE_COUNT, threads=(2,), clients=(2,))
    return (*grid(WITH_OCALL, WAIT_FOR_THE_COUNT, threads=(1,)), *two)


CLAIMS = (
    Claim(
        "C20",
        "Until its OCALL is completed, the secure thread that asked is suspended and does nothing"
        " else.",
        "PR",
        shown="05-abnormal-termination-without-memory.ipynb#A-secure-thread-that-waits",
        says="the secure thread of a pending request is suspended in it, for that call alone",
        cells=(*grid(WITH_OCALL), *grid(("flow-1",), threads=(2,), clients=(2,))),
        check=where_seen("pending-at-death", never("asker-stays-suspended")),
    ),
    Claim(
        "C21",
        "When a CA dies in an OCALL, an allocation or a free, only an error in its place lets the"
        " secure thread run to its end.",
        "PR",
        shown="05-abnormal-termination-without-memory.ipynb#What-the-secure-world-sees",
        says="the secure threads that stay suspended are those whose request was never completed;"
        " a cancelled one ends with an error",
        cells=grid(WITH_OCALL),
        check=where_seen(
            "pending-at-death", never("uncompleted-is-suspended", "cancelled-with-an-error")
        ),
    ),
    Claim(
        "C22",
        "Where that is left undone, secure threads run out in the end, and the TAs stay loaded.",
        "PR",
        shown="05-abnormal-termination-without-memory.ipynb#If-nobody-answered",
        says="under {designs}, one dying CA for each secure thread can take them all, and the"
        " session of each stays open",
        cells=cells_for_run_out(),
        check=run_out,
        otherwise={"": "a secure thread is left, whatever happens"},
    ),
    Claim(
        "C23",
        "Without shared memory, the context of a dead CA is released: its count reaches zero as"
        " the files are closed.",
        "PR",
        shown="05-abnormal-termination-without-memory.ipynb#The-small-print",
        says="the context of a CA that dies is released",
        cells=grid(("plain-invoke", "flow-1"), charges=(False, True)),
        check=never("no-context-leak"),
        condition=NO_CHARGE,
        otherwise={"no-context-leak": "{designs} can keep it for ever in {scenarios}"},
    ),
    Claim(
        "C24",
        "With shared memory, the driver's reference on it keeps the context's count above zero"
        " for ever.",
        "PR",
        shown="06-with-memory-the-cycle.ipynb#Who-holds-what,-in-the-end",
        says="under {designs}, a pending OCALL holds its memory, that holds the dead CA's context,"
        " and nothing ever cancels it",
        cells=grid(WITH_OCALL_MEMORY, WAIT_FOR_THE_COUNT),
        check=held_for_ever,
        otherwise={"": "no pending request keeps the context of a dead CA"},
    ),
    Claim(
        "C25",
        "Cancelling in pre_release, when the context is let go with references outstanding,"
        " breaks that cycle.",
        "PR",
        shown="06-with-memory-the-cycle.ipynb#A-hook-on-the-file",
        says="every context is released",
        cells=grid(
            (*WITH_OCALL_MEMORY, SPARE_BESIDE), tuple(filter(references_requests, PRE_RELEASE))
        ),
        check=unless_stuck(never("no-context-leak")),
        condition=NOTHING_WAITS,
        otherwise={STUCK: "the exit can wait for a secure thread for ever, and the context leaks"},
    ),
    Claim(
        "C26",
        "Secure world is told of the death by an error code, and never left without an answer.",
        "PR",
        shown="05-abnormal-termination-without-memory.ipynb#What-the-secure-world-sees",
        says="each of a dead CA's requests is completed, with {codes}",
        cells=(*grid(WITH_OCALL, HEAR_OF_FILES), *as_many_dying(HEAR_OF_FILES)),
        check=unless_stuck(never("completed-once", "cancelled-with-an-error")),
        condition=NOTHING_WAITS,
        otherwise={STUCK: "the exit can wait for a secure thread for ever"},
        words={"codes": codes},
    ),
)
