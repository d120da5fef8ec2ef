"""The claims about the cache of RPC arguments."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ocallkit.claims.checks import never, somewhere
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.explored import course, explored
from ocallkit.claims.told import listed
from ocallkit.designs import DESIGNS
from ocallkit.judging.path import run
from ocallkit.judging.verdict import Question
from ocallkit.model.config import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.claims.explored import Explored


def booted(
    scenarios: Iterable[str],
    *,
    threads: Iterable[int] = (1, 2),
    clients: int = 1,
    faults: Iterable[tuple[str, ...]] = ((), FAULTS),
    cache: str = "caller",
) -> tuple[Question, ...]:
    """Every design in these scenarios with that cache, as all goes well and as things go wrong."""
    switches = (("rpc-cache", cache),)
    return tuple(
        Question(scenario, design, count, clients, faults=allowed, switches=switches)
        for scenario, design, count, allowed in product(scenarios, DESIGNS, threads, faults)
    )


ONCE = booted(("plain-invoke", "flow-1"), faults=((),))
"""One CA, and nobody after it."""
TWICE = booted(("cold-boot", "cold-boot-ocall"), faults=((),))
"""The first run after boot and the second, side by side."""
TOGETHER = booted(("plain-invoke",), clients=2, faults=((),))
"""Two CAs at the same time, on one secure thread and on two."""
EXIT = booted(("cold-boot-exit",), clients=2, faults=((),))
"""A CA that exits, and is started again."""

ONE_AT_A_TIME = Condition(
    "the first has ended before the second starts, or there is one secure thread",
    lambda cell: cell.clients == 1 or cell.threads == 1,
    "elsewhere",
)


def leaks(cell: Explored) -> Outcome:
    """A client's context is left, and what is kept holds it, with a count of one."""
    wrong = next(filter(cell.breaks, ("callers-pay", "kept-memory-keeps-its-context")), "")
    if wrong or not cell.breaks("no-context-leak"):
        return Outcome(holds=False, example=wrong)
    return Outcome(holds=True, example="no-context-leak")


def leaks_the_first(cell: Explored) -> Outcome:
    """The same, and it is the first client's that is left."""
    found = leaks(cell)
    paying = {memory.context for memory in cell.course.world.driver_memories.values()}
    return found if not found.holds or paying == {"A"} else Outcome(holds=False, case="another")


def second_result(cells: tuple[Question, ...]) -> str:
    """What the second start of a CA gets in some cells, where nothing goes wrong."""
    return listed(sorted({course(cell).results["B"].ret.name for cell in cells}))


def second_start() -> str:
    """What the second start of such a CA gets, as a Run has it in which nothing goes wrong."""
    failed = run("cold-boot-exit", faults=()).results["B"]
    cured = run("cold-boot-exit", faults=(), switches={"rpc-cache": "driver"}).results["B"]
    told = "succeeds" if cured is None else f"gets `{cured.ret.name}` as well"
    return (
        "The second start, of a TA that has one session at a time, gets"
        f" `{failed.ret.name}` (0x{failed.ret:08X}), origin {failed.origin.name} ({failed.origin});"
        f" with a context of the driver's own it {told}."
    )


def cured() -> str:
    """Where the leak is gone, whatever may go wrong, and what is left of it."""
    drivers, own = leaking("driver")
    off, calls = leaking("off")
    left = sorted({cell.design_name for cell in off})
    return (
        f"With a context of the driver's own a context leaks in {len(drivers)} of {own} cells, with"
        f" the cache off in {len(off)} of {calls}: under {' and '.join(left)}, which wait for the"
        " context's count, a CA that dies in its OCALL never gives back the memory of that call."
    )


def leaking(cache: str) -> tuple[tuple[Question, ...], int]:
    """The cells of a boot with that cache in which a context leaks, and how many there are."""
    cells = booted(("cold-boot", "cold-boot-ocall"), cache=cache)
    return tuple(cell for cell in cells if explored(cell).breaks("no-context-leak")), len(cells)


NO_LEAK = {"": "each context is released in the end"}
"""What is so where nothing leaks."""

CLAIMS = (
    Claim(
        "C50",
        "With the cache, the first RPC of a secure thread allocates memory on the context of"
        " whoever called, and never frees it.",
        "HG",
        shown="12-the-first-ca-after-boot.ipynb#The-first-run-and-the-second",
        says="the memory of the first RPC is there in the end, charged to a client's context, which"
        " it keeps with a count of one",
        otherwise=NO_LEAK,
        cells=(*TWICE, *ONCE, *TOGETHER, *EXIT),
        check=leaks,
    ),
    Claim(
        "C51",
        "The first CA after boot therefore leaks its context, with a count of one.",
        "HG",
        shown="12-the-first-ca-after-boot.ipynb#The-first-run-and-the-second",
        says="the context of the first CA is left in the end, with a count of one for the memory"
        " that is kept",
        cells=(*TWICE, *ONCE),
        check=leaks_the_first,
        otherwise={**NO_LEAK, "another": "the context of another CA is left"},
        remark=cured,
    ),
    Claim(
        "C52",
        "The second CA allocates nothing, and its count comes to zero.",
        "HG",
        shown="12-the-first-ca-after-boot.ipynb#The-first-run-and-the-second",
        says="one context is charged, and each other is released with a count of zero",
        cells=(*TWICE, *TOGETHER, *EXIT),
        check=never("one-context-pays", "who-does-not-pay-is-released"),
        condition=ONE_AT_A_TIME,
        otherwise={"one-context-pays": "several are charged"},
    ),
    Claim(
        "C53",
        "If the first CA ends with its session open, the session leaks with the context that"
        " would have closed it.",
        "HG",
        shown="12-the-first-ca-after-boot.ipynb#The-CA-that-exits",
        says="the session of the CA that exits can stay open in the end, and then its TA tells the"
        " second start {second}",
        cells=EXIT,
        check=somewhere("no-session-leak"),
        otherwise={"": "each session is closed in the end"},
        words={"second": second_result},
        remark=second_start,
    ),
    Claim(
        "C54",
        "A plain invoke shows the leak as well: OCALLs have no part in it.",
        "HG, JF",
        shown="12-the-first-ca-after-boot.ipynb#OCALLs-have-no-part-in-it",
        says="a context is left, with a count of one, although no TA makes an OCALL in {scenarios}",
        otherwise=NO_LEAK,
        cells=booted(("cold-boot", "plain-invoke"), faults=((),)),
        check=leaks,
    ),
)
"""With the cache charged to the caller, as it was when the claims were made."""
