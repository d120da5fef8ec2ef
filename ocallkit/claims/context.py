"""The claims about a call that waits for its CA: what it is, what it keeps, how it goes on."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ocallkit.claims.cells import WITH_OCALL, grid
from ocallkit.claims.checks import never
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.turns import turns
from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import find_design
from ocallkit.judging.tokens import token
from ocallkit.judging.verdict import Question, judge
from ocallkit.model.calls import REQUESTS
from ocallkit.model.config import FAULTS

if TYPE_CHECKING:
    from ocallkit.claims.cells import Design
    from ocallkit.claims.explored import Explored

CLOSING = ("closes-session", "closes-context")
"""What a handler may do that ends its own invocation."""

NOBODY_CLOSES = Condition(
    "no handler closes its session or its context",
    lambda cell: not {*CLOSING} & {*cell.faults},
    "where one does,",
)


def closing(scenarios: tuple[str, ...], designs: tuple[str, ...]) -> tuple[Question, ...]:
    """Cells in which a handler may close its session or its context."""
    return tuple(
        Question(scenario, design, faults=(*FAULTS, fault))
        for scenario, design, fault in product(scenarios, designs, CLOSING)
    )


def suspended_and_resumed(cell: Explored) -> Outcome | None:
    """The thread of a request that is out is suspended in it, and each answer resumes one."""
    return never("asker-stays-suspended", "every-answer-resumes")(cell)


def without_an_answer() -> str:
    """What becomes of it where no ioctl follows."""
    left = [d for d in DESIGNS if "no-suspended-thread" in judge("flow-2", d).broken]
    return (
        "A CA that dies sends no later ioctl: then it is the driver that has to resume it, and in"
        f" Flow 2 {' and '.join(f'`{one}`' for one in left)} do not."
    )


# --- its own number ------------------------------------------------------------------------------

SEVERAL = "two-threads-two-sessions"
"""Two OCALLs that are pending at once on one context."""

HAS_A_PLACE = Condition(
    "the ioctl has a field for it",
    lambda cell: find_design(cell.design).transport.numbers_ocalls,
    "elsewhere",
)


def numbered(cell: Explored) -> Outcome:
    """The call has a number while the CA is asked, of its own, and each request says which."""
    facts = (
        "context-begins-with-a-request",
        "asker-has-its-context",
        "ocalls-of-a-context-differ",
    )
    broken = next(filter(cell.breaks, facts), "")
    if broken:
        return Outcome(holds=False, example=broken)
    seen = [turn.out for turn in turns(cell.course) if turn.asks in REQUESTS]
    said = all(getattr(out, "ocall_id", 0) for out in seen)
    return Outcome(said, line=token(cell.course))


def what_stands_for_it() -> str:
    """What says with the parameter which OCALL is meant."""
    return (
        "With the parameter there is no such number: the session's stands for it, which has one"
        " OCALL pending at most."
    )


# --- what it keeps -------------------------------------------------------------------------------

EVERYTHING = (("argument-pages", "caller"), ("call-queue", "list"), ("rpc-cache", "caller"))
"""The switches with which all that a call has is modelled."""

KEPT = (
    "asker-stays-suspended",
    "asker-has-its-context",
    "pending-keeps-its-waiter",
    "pending-keeps-its-rpc-memory",
    "pending-keeps-its-argument",
)


def modelled(scenarios: tuple[str, ...], designs: tuple[Design, ...]) -> tuple[Question, ...]:
    """Cells in which all of it is modelled, and in which a CA may never answer."""
    return tuple(
        Question(scenario, design, threads, faults=("never-answers",), switches=EVERYTHING)
        for scenario, design, threads in product(scenarios, designs, (1, 2))
    )


SUSPENDED = Claim(
    "C04",
    "An ioctl that returns early leaves its invocation suspended, and a later ioctl resumes it.",
    "PR",
    shown="02-flow-1.ipynb#The-ioctl-returns-before-the-invocation-is-complete",
    says="the secure thread of an early return stays suspended in its request, and no ioctl fails"
    " that answers it",
    otherwise={"every-answer-resumes": "one can fail"},
    cells=(*grid(WITH_OCALL, threads=(2,)), *closing(("flow-1", "flow-2"), tuple(DESIGNS))),
    check=suspended_and_resumed,
    condition=NOBODY_CLOSES,
    remark=without_an_answer,
)

NUMBERED = Claim(
    "C07",
    "The OCALL's context is made when the TA asks, has its own id, and is there until the"
    " invocation is complete.",
    "PR",
    shown="15-the-interface.ipynb#Which-OCALL-is-meant",
    says="each call has its own number from its first request on, while its thread is suspended,"
    " and its requests say it",
    otherwise={
        "": "a request says no number",
        "ocalls-of-a-context-differ": "two calls have the same",
    },
    cells=(*grid(WITH_OCALL, threads=(2,)), *grid((SEVERAL,), ("ecall", "meta"), threads=(2,))),
    check=numbered,
    condition=HAS_A_PLACE,
    remark=what_stands_for_it,
)

KEEPS = Claim(
    "C08",
    "That context keeps the argument memory, the memory of RPCs, the call waiter and the"
    " suspended thread's id.",
    "PR",
    shown="13-several-at-once.ipynb#The-deadlocks-that-nobody-explained",
    says="a call whose CA never answers has its page, its waiter is in the call queue, and its"
    " secure thread is suspended and has the memory of its RPC",
    cells=modelled(("flow-1", "flow-2", "flow-1-memref", "two-ocalls"), tuple(DESIGNS)),
    check=never(*KEPT),
)
