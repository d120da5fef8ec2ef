"""The claims about the deadlock, and about each way out of it."""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.claims.cells import (
    A_THREAD_IS_LEFT,
    DO_NOT_KEEP,
    HEAR_OF_FILES,
    KEEP,
    PRE_RELEASE,
    SPARE_BESIDE,
    WITH_OCALL,
    WITH_PASSED_MEMORY,
    WITH_SPARE_MEMORY,
    as_many_dying,
    grid,
    keeps,
    leaves_a_thread,
)
from ocallkit.claims.checks import never, somewhere, sound, where_seen
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.explored import explore, explored, from_there, without_waiting
from ocallkit.claims.facts import used_memory_is_there
from ocallkit.claims.several import BLOCKED_CLOSE
from ocallkit.designs import DESIGNS
from ocallkit.model.files import CONTEXT, file_of
from ocallkit.model.waiting import taken_threads, who_waits
from ocallkit.replay import replay
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.engine import State
    from ocallkit.model.world import World
    from ocallkit.path import Run
    from ocallkit.verdict import Question

HELD_REFS = ("held-refs",)
HELD_REFS_OCALL_FD = ("held-refs-ocall-fd",)
HELD_REFS_PRE_RELEASE = ("held-refs-pre-release",)
"""Designs that single claims are about."""

BOTH = (*HELD_REFS_OCALL_FD, *HELD_REFS_PRE_RELEASE)
"""The two that the thread had: references kept, and the OCALL completed with an error."""

PRE_RELEASE_ALONE = tuple(design for design in PRE_RELEASE if not keeps(design))
OCALL_FD_ALONE = tuple(d for d in HEAR_OF_FILES if not keeps(d) and d not in PRE_RELEASE)

DEADLOCK = "no-deadlock"
HOOK_UNUSED = "context-file-cancels-nothing"

LINKS = 3
"""The exit waits for a thread, that for another thread, and that for the dead CA."""

TAKES = 2
"""The threads that one dying CA can take: its OCALL's, and that of the one close that waits."""

ENOUGH_DEATHS = Condition(
    "at most two threads come on each dying CA",
    lambda cell: cell.threads <= TAKES * cell.clients,
)


THREADS_LAST = Condition(
    "there is a thread for each CA, and one more where memory is registered that is not passed",
    lambda cell: cell.threads >= cell.clients and leaves_a_thread(cell),
)
"""Then what a dead CA's invocation holds for ever is missed by nobody else."""


# --- the deadlock ----------------------------------------------------------------------------


def waits_in_a_chain(cell: Explored) -> Outcome:
    """The shortest deadlock is the one that the claim tells, link by link."""
    if not cell.breaks(DEADLOCK):
        return Outcome(holds=False)
    run = cell.example(DEADLOCK)
    names = chain(run)
    ends = names[:1] == ("exit of CA A",) and names[-1:] == ("CA A (killed)",)
    return Outcome(len(names) == LINKS + 1 and ends, DEADLOCK)


def chain(run: Run) -> tuple[str, ...]:
    """Who waits for whom where a Run has ended, from one who waits to one who does not."""
    waits = {wait.who: wait.whom for wait in who_waits(run.system, run.state)}
    names = [who for who in waits if who not in waits.values()][:1]
    while names and names[-1] in waits:
        names.append(waits[names[-1]])
    return tuple(names)


def told() -> str:
    """The shortest deadlock of two threads, in words."""
    (cell,) = grid(WITH_PASSED_MEMORY[:1], PRE_RELEASE_ALONE[:1], threads=(2,))
    first, *others = chain(explored(cell).example(DEADLOCK))
    return f"The {first} waits for {', that for '.join(others)}."


def nothing_goes_on(cell: Explored) -> Outcome:
    """Once the dead CA's exit waits, its context's file stays open and nobody enters OP-TEE."""
    alone = explored(replace(cell.question, clients=1))
    if not alone.breaks(DEADLOCK):
        return Outcome(holds=False)
    system = from_there(cell.question, alone.example(DEADLOCK))
    dead, others = system.tasks[0], system.tasks[1:]

    def nobody_enters(state: State[World]) -> bool:
        sessions = state.world.sessions
        return not any(name in sessions and sessions[name].open for name in others)

    def context_file_stays_open(state: State[World]) -> bool:
        return file_of(CONTEXT, dead) in state.world.processes[dead].files

    after = explore(
        system, {"nobody-enters": nobody_enters}, {"file-stays-open": context_file_stays_open}
    )
    return Outcome(not after.found, DEADLOCK)


def another_goes_on() -> str:
    """What a third thread changes: for another CA everything, for the dead one nothing."""
    (cell,) = grid(WITH_PASSED_MEMORY[:1], PRE_RELEASE_ALONE[:1], threads=(3,))
    head, _, decisions = explored(cell).token(DEADLOCK).rpartition("/")
    line = f"{head.replace('/c1', '/c2')}/{decisions}"
    dead, other = (replay(line).world.processes[name].state for name in "AB")
    if (dead, other) != ("killed", "ended"):
        return ""
    return f"It is the exit that stands still: with a third thread another CA goes on, `{line}`."


def depends_on_the_order(cell: Explored) -> Outcome:
    """One order of closing deadlocks, and another releases the context."""
    stuck = cell.breaks(DEADLOCK) and bool(cell.seen("released-after-death"))
    return Outcome(stuck, DEADLOCK if cell.breaks(DEADLOCK) else "")


def run_out_all_the_same(cell: Explored) -> Outcome:
    """There is a deadlock, and one that takes every thread."""
    taken = "a-thread-is-left-by-deadlock"
    return Outcome(cell.breaks(taken), taken if cell.breaks(taken) else DEADLOCK)


def cells_for_more_threads() -> tuple[Question, ...]:
    """The designs that wait too early, with up to four threads for one CA or two."""
    designs = (*PRE_RELEASE_ALONE, *OCALL_FD_ALONE)
    one = grid(WITH_PASSED_MEMORY, designs, threads=(2, 3, 4))
    return (*one, *grid(WITH_PASSED_MEMORY[:1], designs, threads=(3, 4), clients=(2,)))


def one_close_at_a_time() -> str:
    """That more threads do not cure it, and how many one CA takes."""
    cells = [cell for cell in cells_for_more_threads() if cell.clients == 1]
    stuck = [explored(cell).example(DEADLOCK) for cell in cells if explored(cell).breaks(DEADLOCK)]
    taken = {len(taken_threads(run.world)) for run in stuck}
    numbers = " or ".join(map(str, sorted(taken)))
    return (
        f"With one CA {len(stuck)} of {len(cells)} cells deadlock, so more threads are no cure;"
        f" but it closes one file at a time and takes {numbers} threads, however many memories."
    )


# --- the ways out ----------------------------------------------------------------------------


def leaks_instead(cell: Explored) -> Outcome:
    """No deadlock; the context is leaked and its OCALL never completed."""
    leaks = cell.breaks("no-context-leak") and cell.breaks("completed-once")
    held = leaks and not cell.breaks(DEADLOCK)
    return Outcome(held, next(filter(cell.breaks, (DEADLOCK, "no-context-leak")), ""))


def who_comes_next() -> str:
    """Who is stuck where the threads that leak are all that there are."""
    (cell,) = grid(WITH_PASSED_MEMORY[:1], HELD_REFS, threads=(1,), clients=(2,))
    run = explored(cell).example(DEADLOCK)
    waits = who_waits(run.system, run.state)
    (first,) = {wait.who for wait in waits if wait.who.startswith("CA ")}
    return f"With a CA more than threads it is no leak alone: {first}, which lives, waits for ever."


def every_order_works(cell: Explored) -> Outcome:
    """The cell is sound, and from each set of open files each of them was closed first."""
    seen = cell.seen("files-at-death")
    orders = all(
        len(files) == 1 or files - {file} in seen
        for files in seen
        if isinstance(files, frozenset)
        for file in files
    )
    found = sound(cell)
    return Outcome(found.holds and orders, found.example)


def most_orders() -> str:
    """In how many orders the most files were closed."""
    cells = grid(SCENARIOS, HELD_REFS_OCALL_FD)
    most = max(
        len(files)
        for cell in cells
        for files in explored(cell).seen("files-at-death")
        if isinstance(files, frozenset)
    )
    return f"Up to {most} files are open, which is {factorial(most)} orders."


def reached_with_memory(cell: Explored) -> Outcome:
    """Closing the context's file cancels, and nothing is left, whatever memories there are."""
    broken = next(filter(cell.breaks, (DEADLOCK, "no-context-leak", "completed-once")), "")
    reached = cell.breaks(HOOK_UNUSED)
    return Outcome(reached and not broken, broken or (HOOK_UNUSED if reached else ""))


def most_outstanding() -> str:
    """How many memories were still there when the context's file was closed."""
    cells = grid(WITH_OCALL, HELD_REFS_PRE_RELEASE)
    counts = (explored(cell).seen("outstanding-at-cancel") for cell in cells)
    most = max(int(str(count)) for seen in counts for count in seen)
    return f"It was reached with up to {most} memories outstanding."


def waits_outside() -> str:
    """Who waits where memory is registered that nobody is passed, and that it is every design."""
    (cell,) = grid(WITH_SPARE_MEMORY, HELD_REFS_PRE_RELEASE, threads=(1,))
    (first, *others) = chain(explored(cell).example(DEADLOCK))
    stuck = sum(explored(c).breaks(DEADLOCK) for c in grid(WITH_SPARE_MEMORY, threads=(1,)))
    return (
        f"Where a memory is not passed, the {first} waits for {', that for '.join(others)},"
        f" under {stuck} of {len(DESIGNS)} designs."
    )


def waiting_saves_memory(cell: Explored) -> Outcome | None:
    """A release comes too early and waits; without the wait, memory in use would be freed."""
    early = "no-blocking-release"
    if not cell.breaks(early):
        return None
    after = explore(without_waiting(cell.example(early)), {"there": used_memory_is_there}, {})
    return Outcome(not cell.breaks("used-memory-is-there") and bool(after.found), early)


DEADLOCKS = (
    Claim(
        "C30",
        "Two secure threads, dynamic shared memory, a temporary reference, an OCALL, a crash: the"
        " memory's release waits for the invocation, that for the OCALL, and nobody answers it.",
        "HG",
        shown="07-the-deadlock.ipynb#The-crash",
        says="the shortest deadlock is this chain of waits, down to the dead CA",
        cells=grid(WITH_PASSED_MEMORY, DO_NOT_KEEP, threads=(2,)),
        check=waits_in_a_chain,
        remark=told,
    ),
    Claim(
        "C31",
        "Then the normal world stands still: files are closed no further, and pre_release may"
        " never be reached.",
        "HG",
        shown="07-the-deadlock.ipynb#The-hook-that-nobody-reaches",
        says="the context's file is never closed, and no other CA gets into OP-TEE",
        cells=(
            *grid(WITH_PASSED_MEMORY, PRE_RELEASE_ALONE, threads=(2,)),
            *grid(WITH_PASSED_MEMORY[:1], PRE_RELEASE_ALONE, threads=(2,), clients=(2,)),
        ),
        check=nothing_goes_on,
        remark=another_goes_on,
    ),
    Claim(
        "C32",
        "A file for each pending OCALL that cancels it when released is not enough by itself:"
        " files are closed in no certain order.",
        "HG",
        shown="07-the-deadlock.ipynb#A-file-for-each-pending-OCALL",
        says="one order of closing deadlocks, another does not",
        cells=grid(WITH_PASSED_MEMORY, OCALL_FD_ALONE),
        check=depends_on_the_order,
    ),
    Claim(
        "C33",
        "More secure threads are no cure: enough registered memories, released first, use them up"
        " as well.",
        "HG",
        shown="07-the-deadlock.ipynb#More-memories",
        says="a deadlock takes every secure thread",
        cells=cells_for_more_threads(),
        check=run_out_all_the_same,
        condition=ENOUGH_DEATHS,
        remark=one_close_at_a_time,
    ),
    Claim(
        "C34",
        "It goes wrong with a single secure thread too.",
        "HG",
        shown="07-the-deadlock.ipynb#More-secure-threads",
        says="there is a deadlock",
        cells=grid(WITH_PASSED_MEMORY, DO_NOT_KEEP, threads=(1,)),
        check=somewhere(DEADLOCK),
    ),
)

WAYS_OUT = (
    Claim(
        "C35",
        "An OCALL that is completed with an error makes secure world let go of the memory object.",
        "JW",
        shown="08-the-fixes.ipynb#Complete-the-OCALL-with-an-error",
        says="a cancelled invocation, once complete, uses no memory object any more",
        cells=grid(WITH_PASSED_MEMORY),
        check=where_seen("used-after-cancel", never("error-frees-the-mobj")),
    ),
    Claim(
        "C36",
        "Memory in use is not freed if each memory's count goes up at the invoke and down after"
        " it.",
        "JW",
        shown="08-the-fixes.ipynb#Raise-the-counts",
        says="no passed memory's count reaches zero before its invocation is complete",
        cells=grid(WITH_PASSED_MEMORY, KEEP),
        check=never("passed-memory-is-counted"),
    ),
    Claim(
        "C37",
        "With both, the secure thread is free before the memories that it uses are.",
        "JW",
        shown="08-the-fixes.ipynb#Both-together",
        says="no memory is let go of while a suspended thread uses it",
        cells=grid(WITH_OCALL, BOTH),
        check=never("used-memory-is-counted", "no-use-after-free"),
    ),
    Claim(
        "C38",
        "Counting alone is no cure: if cancelling waits for the context's count, that never falls;"
        " the deadlock becomes a leak.",
        "HG",
        shown="08-the-fixes.ipynb#Raise-the-counts",
        says="there is no deadlock, and a context that is never released with an OCALL that is"
        " never completed",
        cells=(
            *grid((*WITH_PASSED_MEMORY, SPARE_BESIDE), HELD_REFS),
            *grid(WITH_PASSED_MEMORY[:1], HELD_REFS, threads=(1, 2), clients=(2,)),
        ),
        check=leaks_instead,
        condition=THREADS_LAST,
        remark=who_comes_next,
    ),
    Claim(
        "C38b",
        "With the counts raised pre_release would not be called either.",
        "HG",
        shown="08-the-fixes.ipynb#Is-the-other-file-needed?",
        says="closing the context's file cancels no request of a dead CA",
        cells=grid(WITH_OCALL, HELD_REFS_PRE_RELEASE),
        check=never(HOOK_UNUSED),
    ),
    Claim(
        "C39",
        "Counts raised and a file for each OCALL work together, in every order of release.",
        "HG",
        shown="08-the-fixes.ipynb#Both-together",
        says="every property holds, and every order of closing was tried",
        cells=(*grid(SCENARIOS, HELD_REFS_OCALL_FD), *as_many_dying(HELD_REFS_OCALL_FD)),
        check=every_order_works,
        condition=A_THREAD_IS_LEFT,
        remark=most_orders,
    ),
    Claim(
        "C40",
        "The file of the context is enough: the driver hears of its closing, whatever memories"
        " are outstanding.",
        "JW",
        shown="08-the-fixes.ipynb#Is-the-other-file-needed?",
        says="closing that file cancels the request of a dead CA, and nothing is left behind",
        cells=(*grid(WITH_OCALL, HELD_REFS_PRE_RELEASE), *as_many_dying(HELD_REFS_PRE_RELEASE)),
        check=reached_with_memory,
        condition=A_THREAD_IS_LEFT,
        remark=most_outstanding,
    ),
    Claim(
        "C41",
        "Once the counts are right, pre_release is the right place after all.",
        "HG",
        shown="08-the-fixes.ipynb#Is-the-other-file-needed?",
        says="every property holds",
        cells=(*grid(SCENARIOS, HELD_REFS_PRE_RELEASE), *as_many_dying(HELD_REFS_PRE_RELEASE)),
        check=sound,
        condition=A_THREAD_IS_LEFT,
        remark=waits_outside,
    ),
    Claim(
        "C42",
        "With the counts right, no release waits in secure world: memories go when the invocation"
        " is complete.",
        "HG, JW",
        shown="08-the-fixes.ipynb#Secure-world-never-has-to-wait",
        says="secure world never waits in a release, and no memory goes before its invocation",
        cells=grid(WITH_OCALL, KEEP),
        check=never("no-blocking-release", "passed-memory-is-counted"),
    ),
    Claim(
        "C43",
        "A release that comes too early has to wait in secure world: memory in use must not look"
        " free to the normal world.",
        "JW",
        shown="08-the-fixes.ipynb#Secure-world-never-has-to-wait",
        says="nothing is freed in use, and would be if the same release did not wait",
        cells=grid(WITH_PASSED_MEMORY, DO_NOT_KEEP),
        check=waiting_saves_memory,
    ),
    *BLOCKED_CLOSE,
)

CLAIMS = (*DEADLOCKS, *WAYS_OUT)
