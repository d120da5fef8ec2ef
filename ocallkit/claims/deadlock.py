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
from ocallkit.claims.chains import DEADLOCK, STUCK, chain, chains, exit_waits, unless_stuck
from ocallkit.claims.checks import never, sound, where_seen
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.explored import explore, explored, from_there, without_waiting
from ocallkit.claims.facts import used_memory_is_there
from ocallkit.claims.several import BLOCKED_CLOSE
from ocallkit.claims.told import numbers
from ocallkit.designs import DESIGNS
from ocallkit.judging.tokens import replay
from ocallkit.model.files import CONTEXT, file_of
from ocallkit.model.waiting import taken_threads, who_waits
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.engine import State
    from ocallkit.judging.verdict import Question
    from ocallkit.model.world import World

HELD_REFS = ("held-refs",)
HELD_REFS_OCALL_FD = ("held-refs-ocall-fd",)
HELD_REFS_PRE_RELEASE = ("held-refs-pre-release",)
"""Designs that single claims are about."""

BOTH = (*HELD_REFS_OCALL_FD, *HELD_REFS_PRE_RELEASE)
"""The two that the discussion had: references kept, and the OCALL completed with an error."""

PRE_RELEASE_ALONE = tuple(design for design in PRE_RELEASE if not keeps(design))
OCALL_FD_ALONE = tuple(d for d in HEAR_OF_FILES if not keeps(d) and d not in PRE_RELEASE)

HOOK_UNUSED = "context-file-cancels-nothing"

LINKS = 3
"""The exit waits for a thread, that for another thread, and that for the dead CA."""

TAKES = 2
"""The threads that one dying CA can take: its OCALL's, and that of the one close that waits."""

ENOUGH_DEATHS = Condition(
    f"at most {TAKES} threads come on each dying CA",
    lambda cell: cell.threads <= TAKES * cell.clients,
)


THREADS_LAST = Condition(
    "there is a thread for each CA, and one more if memory is not passed",
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


def the_exit_waits(cell: Explored) -> Outcome:
    """There is a deadlock, and in the shortest the exit of a dead CA waits."""
    return Outcome(exit_waits(cell), DEADLOCK if cell.breaks(DEADLOCK) else "")


def depends_on_the_order(cell: Explored) -> Outcome:
    """One order of closing deadlocks, and another releases the context."""
    stuck = cell.breaks(DEADLOCK) and bool(cell.seen("released-after-death"))
    return Outcome(stuck, DEADLOCK if cell.breaks(DEADLOCK) else "")


def run_out_all_the_same(cell: Explored) -> Outcome:
    """There is a deadlock, and one that takes every thread."""
    kinds = ("a-thread-is-left-by-deadlock", DEADLOCK)
    return Outcome(cell.breaks(kinds[0]), next(filter(cell.breaks, kinds), ""))


def cells_for_more_threads() -> tuple[Question, ...]:
    """The designs that wait too early, with up to four threads for one CA or two."""
    designs = (*PRE_RELEASE_ALONE, *OCALL_FD_ALONE)
    one = grid(WITH_PASSED_MEMORY, designs, threads=(2, 3, 4))
    return (*one, *grid(WITH_PASSED_MEMORY[:1], designs, threads=(3, 4), clients=(2,)))


def taken(cells: tuple[Question, ...]) -> str:
    """How many threads are taken where the shortest deadlocks of some cells have come about."""
    runs = (explored(cell).example(DEADLOCK) for cell in cells if cell.clients == 1)
    return numbers(len(taken_threads(run.world)) for run in runs)


def one_close_at_a_time() -> str:
    """That more threads do not cure it."""
    cells = [cell for cell in cells_for_more_threads() if cell.clients == 1]
    stuck = sum(explored(cell).breaks(DEADLOCK) for cell in cells)
    return (
        f"With one CA {stuck} of {len(cells)} cells deadlock, so more threads are no cure; but it"
        " closes one file at a time, however many memories it has."
    )


# --- the ways out ----------------------------------------------------------------------------


def leaks_instead(cell: Explored) -> Outcome:
    """No deadlock; the context is leaked and its OCALL never completed."""
    leaks = cell.breaks("no-context-leak") and cell.breaks("completed-once")
    if cell.breaks(DEADLOCK):
        return Outcome(holds=False, example=DEADLOCK)
    return Outcome(leaks, "no-context-leak" if leaks else "")


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


def most_files(cells: tuple[Question, ...]) -> int:
    """The most files that a dead CA has open."""
    return max(
        len(files)
        for cell in cells
        for files in explored(cell).seen("files-at-death")
        if isinstance(files, frozenset)
    )


def reached_with_memory(cell: Explored) -> Outcome:
    """Closing the context's file cancels, and nothing is left, whatever memories there are."""
    broken = next(filter(cell.breaks, (DEADLOCK, "no-context-leak", "completed-once")), "")
    reached = cell.breaks(HOOK_UNUSED)
    return Outcome(reached and not broken, broken or (HOOK_UNUSED if reached else ""))


def outstanding(cells: tuple[Question, ...]) -> str:
    """How many memories are still there, at most, when a dead CA's request is cancelled."""
    counts = (explored(cell).seen("outstanding-at-cancel") for cell in cells)
    return str(max(int(str(count)) for seen in counts for count in seen))


def waits_outside() -> str:
    """Under how many designs somebody waits where memory is registered that nobody is passed."""
    stuck = sum(explored(c).breaks(DEADLOCK) for c in grid(WITH_SPARE_MEMORY, threads=(1,)))
    return (
        "With one secure thread and a memory that is not passed, somebody waits for ever under"
        f" {stuck} of {len(DESIGNS)} designs."
    )


def waiting_saves_memory(cell: Explored) -> Outcome | None:
    """A release comes too early and waits; without the wait, memory in use would be freed."""
    early = "no-blocking-release"
    if not cell.breaks(early):
        return None
    if cell.breaks("used-memory-is-there"):
        return Outcome(holds=False, example="used-memory-is-there")
    after = explore(without_waiting(cell.example(early)), {"there": used_memory_is_there}, {})
    return Outcome(bool(after.found), early)


THE_EXIT_WAITS = "the exit can wait for a secure thread for ever"
"""What happens where a thread would have to be left and is not."""

DEADLOCKS = (
    Claim(
        "C30",
        "Two secure threads, dynamic shared memory, a temporary reference, an OCALL, a crash: the"
        " memory's release waits for the invocation, that for the OCALL, and nobody answers it.",
        "HG",
        shown="07-the-deadlock.ipynb#The-crash",
        says="under {designs}, {chains}",
        cells=grid(WITH_PASSED_MEMORY, DO_NOT_KEEP, threads=(2,)),
        check=waits_in_a_chain,
        otherwise={"": "nobody waits for ever", DEADLOCK: "{chains}"},
        words={"chains": chains},
    ),
    Claim(
        "C31",
        "Then the normal world stands still: files are closed no further, and pre_release may"
        " never be reached.",
        "HG",
        shown="07-the-deadlock.ipynb#The-hook-that-nobody-reaches",
        says="under {designs}, with {threads} secure threads, a dead CA's exit stands still for"
        " ever before it closes the context's file, and no other CA gets a session any more",
        cells=(
            *grid(WITH_PASSED_MEMORY, PRE_RELEASE_ALONE, threads=(2,)),
            *grid(WITH_PASSED_MEMORY[:1], PRE_RELEASE_ALONE, threads=(2,), clients=(2,)),
        ),
        check=nothing_goes_on,
        remark=another_goes_on,
        otherwise={
            "": "nobody waits for ever",
            DEADLOCK: "another CA gets a session all the same, or the context's file is closed",
        },
    ),
    Claim(
        "C32",
        "A file for each pending OCALL that cancels it when released is not enough by itself:"
        " files are closed in no certain order.",
        "HG",
        shown="07-the-deadlock.ipynb#A-file-for-each-pending-OCALL",
        says="under {designs}, one order of closing deadlocks, and another releases the dead CA's"
        " context",
        cells=grid(WITH_PASSED_MEMORY, OCALL_FD_ALONE),
        check=depends_on_the_order,
        otherwise={
            "": "no order of closing deadlocks",
            DEADLOCK: "there is a deadlock, and no order that releases a dead CA's context",
        },
    ),
    Claim(
        "C33",
        "More secure threads are no cure: enough registered memories, released first, use them up"
        " as well.",
        "HG",
        shown="07-the-deadlock.ipynb#More-memories",
        says="a deadlock can take every secure thread",
        cells=cells_for_more_threads(),
        check=run_out_all_the_same,
        condition=ENOUGH_DEATHS,
        remark=one_close_at_a_time,
        otherwise={
            "": "nobody waits for ever",
            DEADLOCK: "it leaves one, for a dead CA takes {taken}, in {scenarios}",
        },
        words={"taken": taken},
    ),
    Claim(
        "C34",
        "It goes wrong with a single secure thread too.",
        "HG",
        shown="07-the-deadlock.ipynb#More-secure-threads",
        says="with {threads} secure thread too, the exit of a dead CA can wait for ever, under"
        " {designs}",
        cells=grid(WITH_PASSED_MEMORY, DO_NOT_KEEP, threads=(1,)),
        check=the_exit_waits,
        otherwise={"": "nobody waits for ever", DEADLOCK: "{chains}"},
        words={"chains": chains},
    ),
)

WAYS_OUT = (
    Claim(
        "C35",
        "An OCALL that is completed with an error makes secure world let go of the memory object.",
        "JW",
        shown="08-the-fixes.ipynb#Complete-the-OCALL-with-an-error",
        says="once an invocation is complete whose OCALL was cancelled, its memory objects have no"
        " reference but that of being registered",
        cells=grid(WITH_PASSED_MEMORY),
        check=where_seen("used-after-cancel", never("error-frees-the-mobj")),
    ),
    Claim(
        "C36",
        "Memory in use is not freed if each memory's count goes up at the invoke and down after"
        " it.",
        "JW",
        shown="08-the-fixes.ipynb#Raise-the-counts",
        says="under {designs}, passed memory has a reference beside its file's until its invocation"
        " is complete",
        cells=grid(WITH_PASSED_MEMORY, KEEP),
        check=never("passed-memory-is-counted"),
    ),
    Claim(
        "C37",
        "With both, the secure thread is free before the memories that it uses are.",
        "JW",
        shown="08-the-fixes.ipynb#Both-together",
        says="under {designs}, memory that a suspended secure thread uses keeps a reference, and"
        " nothing freed is used",
        cells=grid(WITH_OCALL, BOTH),
        check=never("used-memory-is-counted", "no-use-after-free"),
    ),
    Claim(
        "C38",
        "Counting alone is no cure: if cancelling waits for the context's count, that never falls;"
        " the deadlock becomes a leak.",
        "HG",
        shown="08-the-fixes.ipynb#Raise-the-counts",
        says="nobody waits for ever, but a context can leak, with an OCALL that nobody completes",
        cells=(
            *grid((*WITH_PASSED_MEMORY, SPARE_BESIDE), HELD_REFS),
            *grid(WITH_PASSED_MEMORY[:1], HELD_REFS, threads=(1, 2), clients=(2,)),
        ),
        check=leaks_instead,
        condition=THREADS_LAST,
        remark=who_comes_next,
        otherwise={"": "every context is released, or every OCALL completed"},
    ),
    Claim(
        "C38b",
        "With the counts raised pre_release would not be called either.",
        "HG",
        shown="08-the-fixes.ipynb#Is-the-other-file-needed?",
        says="no request of a dead CA is cancelled before its context is released",
        cells=grid(WITH_OCALL, HELD_REFS_PRE_RELEASE),
        check=never(HOOK_UNUSED),
        otherwise={
            HOOK_UNUSED: "under {designs}, `pre_release` cancels a dead CA's OCALL while its"
            " context still has references, with up to {outstanding} memories outstanding"
        },
        words={"outstanding": outstanding},
    ),
    Claim(
        "C39",
        "Counts raised and a file for each OCALL work together, in every order of release.",
        "HG",
        shown="08-the-fixes.ipynb#Both-together",
        says="every property holds, in each of up to {orders} orders of closing",
        cells=(*grid(SCENARIOS, HELD_REFS_OCALL_FD), *as_many_dying(HELD_REFS_OCALL_FD)),
        check=unless_stuck(every_order_works),
        condition=A_THREAD_IS_LEFT,
        otherwise={"": "not every order of closing comes about", STUCK: THE_EXIT_WAITS},
        words={"orders": lambda cells: str(factorial(most_files(cells)))},
    ),
    Claim(
        "C40",
        "The file of the context is enough: the driver hears of its closing, whatever memories"
        " are outstanding.",
        "JW",
        shown="08-the-fixes.ipynb#Is-the-other-file-needed?",
        says="closing the context's file cancels a dead CA's OCALL, with up to {outstanding}"
        " memories outstanding",
        cells=(*grid(WITH_OCALL, HELD_REFS_PRE_RELEASE), *as_many_dying(HELD_REFS_PRE_RELEASE)),
        check=unless_stuck(reached_with_memory),
        condition=A_THREAD_IS_LEFT,
        otherwise={"": "closing the context's file cancels nothing", STUCK: THE_EXIT_WAITS},
        words={"outstanding": outstanding},
    ),
    Claim(
        "C41",
        "Once the counts are right, pre_release is the right place after all.",
        "HG",
        shown="08-the-fixes.ipynb#Is-the-other-file-needed?",
        says="every property holds under {designs}",
        cells=(*grid(SCENARIOS, HELD_REFS_PRE_RELEASE), *as_many_dying(HELD_REFS_PRE_RELEASE)),
        check=unless_stuck(sound),
        condition=A_THREAD_IS_LEFT,
        remark=waits_outside,
        otherwise={STUCK: THE_EXIT_WAITS},
    ),
    Claim(
        "C42",
        "With the counts right, no release waits in secure world: memories go when the invocation"
        " is complete.",
        "HG, JW",
        shown="08-the-fixes.ipynb#Secure-world-never-has-to-wait",
        says="under {designs}, no release waits in secure world, and passed memory is referenced"
        " until its invocation is complete",
        cells=grid(WITH_OCALL, KEEP),
        check=never("no-blocking-release", "passed-memory-is-counted"),
    ),
    Claim(
        "C43",
        "A release that comes too early has to wait in secure world: memory in use must not look"
        " free to the normal world.",
        "JW",
        shown="08-the-fixes.ipynb#Secure-world-never-has-to-wait",
        says="under {designs}, a release that comes too early waits, and nothing in use is freed;"
        " without the wait the same release frees memory in use",
        cells=grid(WITH_PASSED_MEMORY, DO_NOT_KEEP),
        check=waiting_saves_memory,
        otherwise={"no-blocking-release": "without the wait nothing in use would be freed either"},
    ),
    *BLOCKED_CLOSE,
)

CLAIMS = (*DEADLOCKS, *WAYS_OUT)
