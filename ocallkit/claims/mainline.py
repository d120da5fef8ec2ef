"""Mainline's ledger: what Linux has merged since, and what the model says of it.

The statements are the model's own, in the form of the claims: whether what mainline chose holds,
where the designs of the discussion part from it, and which of the discussion's arguments it has
adopted.

>>> statement("M10").verdict
'holds'
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.claims.argument_pages import most_leaked
from ocallkit.claims.cells import WITH_OCALL, WITH_PASSED_MEMORY, grid
from ocallkit.claims.checks import never, somewhere, sound
from ocallkit.claims.claim import Claim, Condition, Finding, Outcome
from ocallkit.claims.explored import explore, explored
from ocallkit.claims.mainline_variants import (
    HELPED,
    CloseContextAlone,
    Sparing,
    Unkillable,
)
from ocallkit.designs import HeldRefsPreRelease, Mainline, TwoLists
from ocallkit.errors import find
from ocallkit.judging.assembly import find_scenario
from ocallkit.judging.verdict import Question, judge
from ocallkit.model.callbacks import STATES, qcomtee_requests_destroy, requests_of
from ocallkit.properties.reached import DEATH
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.engine import State
    from ocallkit.judging.verdict import Verdict
    from ocallkit.model.world import World

DEADLOCK: Final = "no-deadlock"
LEAK: Final = "no-context-leak"
WAITS: Final = "waits"
"""What a cell comes to in which nothing breaks, and somebody can wait for a client."""
BEFORE: Final = HeldRefsPreRelease.name
"""The design of the discussion that is laid beside it."""

OF_SEVERAL: Final = (
    "two-threads-one-session",
    "closes-session-from-another-thread",
    "cancel-while-pending",
)
"""Where another thread of the CA invokes, closes the session or cancels meanwhile."""

PAGE: Final = "19-what-mainline-chose.ipynb#"
ENDS: Final = PAGE + "What-ends-it"
HOLDS_WHERE: Final = PAGE + "Where-it-holds"
THREADS: Final = PAGE + "A-CA-of-several-threads"
WAITING: Final = PAGE + "Where-it-waits"
ANSWERS: Final = PAGE + "Memory-that-an-answer-names"
CACHE: Final = PAGE + "What-became-of-the-cache"
"""Where a statement is to be seen."""

NEEDS_OPTEE: Final = ("handler-registers-memory", "nested-invoke")
"""Where a handler needs OP-TEE in order to serve it."""


def own(*scenarios: str, threads: tuple[int, ...] = (1, 2)) -> tuple[Question, ...]:
    """Mainline in these scenarios."""
    return grid(scenarios, (Mainline.name,), threads=threads)


# --- what is looked for ------------------------------------------------------------------------


def closing(state: State[World]) -> list[tuple[bool, int]]:
    """For each context whose file is being closed: whether something pends on it, and its count."""
    found = []
    for node in state.nodes:
        if not node.done and node.step[0] is qcomtee_requests_destroy:
            context = node.step[1].context
            pends = any(one.state in STATES for one in requests_of(state.world, context))
            found.append((pends, state.world.contexts[context].refs))
    return found


def finds_nothing(state: State[World]) -> bool:
    """No request pends on a context whose file is being closed."""
    return not any(pends for pends, _ in closing(state))


def is_the_last(state: State[World]) -> bool:
    """Nothing but its file holds a context whose file is being closed."""
    return all(refs == 1 for _, refs in closing(state))


@cache
def met(cell: Question) -> tuple[str, ...]:
    """Which of these looks fail somewhere in a cell."""
    looks = {"finds-nothing": finds_nothing, "is-the-last": is_the_last}
    return tuple(one.check for one in explore(cell.system(), looks, {}).found)


@cache
def verdict_of(cell: Question) -> Verdict:
    """The verdict of a cell."""
    return judge(
        cell.scenario,
        cell.design,
        threads=cell.threads,
        clients=cell.clients,
        faults=cell.faults,
        switches=dict(cell.switches),
    )


def finds_nothing_to_cancel(cell: Explored) -> Outcome:
    """CAs die while their OCALLs are pending, and closing their files finds none that is."""
    died = verdict_of(cell.question).reached[DEATH]
    return Outcome(died and "finds-nothing" not in met(cell.question))


def is_reached(cell: Explored) -> Outcome:
    """A file is closed while memories hold its context, and every context is released."""
    early = "is-the-last" in met(cell.question)
    return Outcome(early and not (cell.breaks(DEADLOCK) or cell.breaks(LEAK)))


def stands_still(cell: Explored) -> Outcome:
    """Somebody waits for ever, and leaves a context behind."""
    stuck = cell.breaks(DEADLOCK) and cell.breaks(LEAK)
    return Outcome(stuck, DEADLOCK if stuck else "")


def waits_for_its_client(cell: Explored) -> Outcome:
    """Everybody can come to wait for a client that only a kill ends, and nothing breaks."""
    verdict = verdict_of(cell.question)
    return Outcome(not verdict.violations and bool(verdict.waits))


def ends_by_itself(cell: Explored) -> Outcome:
    """Nothing breaks, and nobody comes to wait for a client."""
    verdict = verdict_of(cell.question)
    case = WAITS if verdict.waits else ""
    broken = next(iter(verdict.broken), "")
    return Outcome(verdict.holds is True and not verdict.waits, broken, case="" if broken else case)


# --- the discussion's designs in the same cells --------------------------------------------------


def beside(cells: tuple[Question, ...], fact: str, design: str = BEFORE) -> str:
    """In how many of these cells another design breaks a property, with the shortest way there."""
    others = [explored(replace(cell, design=design)) for cell in cells]
    breaks = [cell for cell in others if cell.breaks(fact)]
    line = f" (`{breaks[0].token(fact)}`)" if breaks else ""
    return f"{design} breaks {fact} in {len(breaks)} of these {len(cells)} cells{line}."


def ends_under_the_other(cells: tuple[Question, ...]) -> str:
    """In how many of these cells it ends by itself under the design beside it."""
    verdicts = [verdict_of(replace(cell, design=BEFORE)) for cell in cells]
    ends = sum(verdict.holds is True and not verdict.waits for verdict in verdicts)
    return (
        f"Under {BEFORE} it ends in {ends} of these {len(cells)} cells: an ioctl that has returned"
        " holds no file, and closing the context cancels what is pending."
    )


def pages_left() -> str:
    """What Linux 6.1 still leaves behind, in its other cache."""
    left, none = most_leaked(3), most_leaked(3, pages="driver")
    return (
        "The pages for the arguments of calls are another cache: charged to the caller, as in"
        f" Linux 6.1, they keep {left.contexts} of 3 contexts; on the driver's own {none.contexts}."
    )


def booted(*scenarios: str, caches: tuple[str, ...]) -> tuple[Question, ...]:
    """Mainline behind a boot, with the memory for arguments of RPCs charged so."""
    return tuple(
        Question(
            scenario,
            Mainline.name,
            threads,
            len(find_scenario(scenario).clients),
            switches=(("rpc-cache", cache),),
        )
        for scenario, threads, cache in product(scenarios, (1, 2), caches)
    )


HELPS: Final = tuple(
    Question(HELPED, design, 2, 2, faults=()) for design in (Mainline.name, Sparing)
)
BOOTS: Final = ("cold-boot", "cold-boot-ocall", "cold-boot-exit")
EXITS: Final = booted("cold-boot-exit", caches=("caller",))
LENT: Final = own("flow-2", "two-ocalls", "closes-ocall-memory-from-another-thread")
PENDING: Final = own("closes-context-from-another-thread")
NEEDS: Final = own(*NEEDS_OPTEE, threads=(1,))
SEVERAL: Final = own(*OF_SEVERAL)

STATEMENTS: Final = (
    Claim(
        "M01",
        "What mainline chose holds in the situations of the discussion.",
        "mainline",
        shown=HOLDS_WHERE,
        says="every property holds, whoever dies and in whatever order files are closed, and nobody"
        " waits for a client",
        cells=own(*SCENARIOS),
        check=ends_by_itself,
        remark=lambda: beside(own(*SCENARIOS), DEADLOCK),
    ),
    Claim(
        "M02",
        "A CA of several threads is no harder than one of one (C45).",
        "mainline; HG",
        shown=THREADS,
        says="every property holds, whatever the other CA thread does, and nobody waits for a"
        " client",
        cells=SEVERAL,
        check=ends_by_itself,
        remark=lambda: beside(SEVERAL, DEADLOCK),
    ),
    Claim(
        "M03",
        "The hook that jenswi-linaro argued for is reached whatever memory is outstanding (C40).",
        "mainline; JW",
        shown=ENDS,
        says="the file is closed while memories hold its context, and every context is released",
        cells=own(*WITH_PASSED_MEMORY),
        check=is_reached,
    ),
    Claim(
        "M04",
        "It is not what answers for a CA that died: the invocation has answered for itself.",
        "mainline",
        shown=ENDS,
        says="CAs die while their OCALLs are pending, and closing their files finds none pending:"
        " an invocation holds the file on which it was made, and has left the kernel before",
        cells=own(*WITH_OCALL, threads=(1,)),
        check=finds_nothing_to_cancel,
    ),
    Claim(
        "M05",
        "What answers is the kill that ends the wait: without that no hook would be reached.",
        "mainline",
        shown=ENDS,
        says="where a kill does not end the wait, a CA that dies waits for ever, and its context is"
        " never released",
        cells=grid(WITH_OCALL, (Unkillable,), threads=(1, 2)),
        check=stands_still,
    ),
    Claim(
        "M06",
        "Sessions have to go with the file: a session holds the callback object, that the context.",
        "mainline",
        shown=ENDS,
        says="where sessions stay until the context is released, a CA that dies leaves both",
        cells=grid(("flow-1", "flow-2"), (CloseContextAlone,), threads=(1, 2)),
        check=somewhere(LEAK),
    ),
    Claim(
        "M07",
        "Memory in use is not given up early, as jenswi-linaro asked (C36, C42): the ioctl that"
        " waits holds it.",
        "mainline; JW",
        shown=ENDS,
        says="secure world never waits in releasing memory, and nothing is used after it is freed",
        cells=own(*WITH_PASSED_MEMORY),
        check=never("no-blocking-release", "no-use-after-free"),
    ),
    Claim(
        "M08",
        "Memory that an answer names is counted for secure world until that releases it.",
        "mainline",
        shown=ANSWERS,
        says="no memory of an OCALL is freed while secure world has an object of it",
        cells=LENT,
        check=never("no-use-after-free"),
        remark=lambda: beside(LENT, "no-use-after-free", TwoLists.name),
    ),
    Claim(
        "M09",
        "Closing the context from another thread of the CA ends no OCALL that is pending.",
        "mainline",
        shown=WAITING,
        says="the invocation waits for a server that is gone until its process is killed",
        cells=PENDING,
        check=waits_for_its_client,
        remark=lambda: ends_under_the_other(PENDING),
    ),
    Claim(
        "M10",
        "A handler that needs OP-TEE itself stands still where no secure thread is left (C44).",
        "mainline; HG",
        shown=WAITING,
        says="handler and invocation wait for each other until their process is killed, and no"
        " longer",
        cells=NEEDS,
        check=waits_for_its_client,
        remark=lambda: beside(NEEDS, DEADLOCK),
    ),
    Claim(
        "M11",
        "The secure thread that the driver keeps for system sessions cures that, for them.",
        "mainline",
        shown=WAITING,
        says="whoever serves gets its secure thread, and nobody waits for a client",
        cells=HELPS,
        check=ends_by_itself,
        condition=Condition(
            "a secure thread is kept for system sessions",
            lambda cell: cell.design is Sparing,
            "where none is,",
        ),
        otherwise={
            WAITS: "every secure thread waits for a handler, and each handler for one, until a"
            " client is killed"
        },
    ),
    Claim(
        "M12",
        "The leak of the RPC argument cache (C50, C51) is gone with a context of the driver's own.",
        "mainline; HG",
        shown=CACHE,
        says="no context is left behind by what a secure thread keeps",
        cells=booted(*BOOTS, caches=("caller", "driver")),
        check=never(LEAK),
        condition=Condition(
            "that memory is charged to the driver's own context",
            lambda cell: dict(cell.switches)["rpc-cache"] == "driver",
            "where it is charged to who calls,",
        ),
        remark=pages_left,
    ),
    Claim(
        "M13",
        "Where the context leaks all the same, its session does not leak with it (C53).",
        "mainline",
        shown=CACHE,
        says="the session of a CA that exits is closed with its file, whatever holds the context",
        cells=EXITS,
        check=never("no-session-leak"),
        remark=lambda: beside(EXITS, "no-session-leak"),
    ),
    Claim(
        "M14",
        "A call that hands over the memory for its RPCs' arguments needs no cache (RPC_ARG).",
        "mainline",
        shown=CACHE,
        says="where nothing is allocated by an RPC every property holds, behind a boot as well",
        cells=booted(*BOOTS, caches=("none",)),
        check=sound,
        remark=lambda: (
            "That such memory is registered once and then named by reference is not modelled: of it"
            " the model has only that nothing is allocated."
        ),
    ),
)
"""What mainline chose, what that is for, and what it took from the discussion."""

NAMED: Final = {claim.id: claim for claim in STATEMENTS}


@cache
def statement(name: str) -> Finding:
    """What the model says of a statement; raises UnknownNameError if there is none of that id."""
    return Finding(find("statement", name, NAMED))


def ledger() -> tuple[Finding, ...]:
    """What the model says of every statement, in their order."""
    return tuple(statement(name) for name in NAMED)
