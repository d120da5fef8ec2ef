"""The claim about several CAs that the discussion left open, and what may explain it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from ocallkit.claims.claim import Candidate, Case, Claim
from ocallkit.designs import DESIGNS
from ocallkit.judging.verdict import Question

if TYPE_CHECKING:
    from collections.abc import Iterable

THREADS: Final = 2
"""What OP-TEE has by default, and what the discussion speaks of."""
BEST: Final = "held-refs-pre-release"
"""The design at which the discussion arrives: what is so under it is shown under it."""
CLIENTS: Final = 2
"""One CA that makes OCALLs, and another."""

FOR_GOOD = "no-close-waits-for-good"
FOR_NOW = "no-close-waits-for-an-answer"


def cells(scenarios: Iterable[str], *faults: str) -> tuple[Question, ...]:
    """Every design with the default threads, where only these faults happen."""
    return tuple(
        Question(scenario, design, THREADS, CLIENTS, faults=faults)
        for scenario, design in product(scenarios, dict.fromkeys((BEST, *DESIGNS)))
    )


SWALLOWED = Candidate(
    "A call whose OCALL is pending stays in the driver's call queue and swallows a wake-up; so a"
    " close that found no secure thread sleeps on although one is free",
    (
        Case(
            "where another CA closes, and nobody dies",
            cells(("close-in-the-queue",), "never-answers"),
        ),
        Case("where the OCALL's handler closes another session", cells(("handler-in-the-queue",))),
        Case("where the CA with the OCALL is killed", cells(("exit-in-the-queue",), "kill")),
    ),
    FOR_GOOD,
    FOR_NOW,
    "a pending call that swallows a wake-up in the driver's queue",
)

LOCKED = Candidate(
    "TAs of one instance run for one call at a time, all of them, through its OCALL; so a close"
    " that another CA sends to one waits in secure world, with a secure thread of its own",
    (
        Case("where nobody dies", cells(("shared-instance",), "never-answers")),
        Case("where the CA with the OCALL is killed", cells(("shared-instance",), "kill")),
        Case(
            "where the other CA uses another TA of one instance, and nobody dies",
            cells(("two-single-instances",), "never-answers"),
        ),
        # The close has the last secure thread, and who would let it go needs one as well.
        Case(
            "where the OCALL's handler registers memory, and nobody dies",
            cells(("shared-instance-handler",)),
        ),
        Case(
            "where the CA with the OCALL is killed and has memory that it passed to nobody",
            cells(("shared-instance-memory",), "kill"),
        ),
    ),
    FOR_GOOD,
    FOR_NOW,
    "one lock for all TAs of a single instance, held through an OCALL",
)

BLOCKED_CLOSE = (
    Claim(
        "C44",
        "With several CAs, one of them making OCALLs, closing a session still blocks in secure"
        " world at times, crash or no crash.",
        "HG",
        shown="13-several-at-once.ipynb#The-deadlocks-that-nobody-explained",
        candidates=(SWALLOWED, LOCKED),
    ),
)
