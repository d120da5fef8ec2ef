"""The claim about CAs of several threads: what a second thread does to cancelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.claims.cells import grid
from ocallkit.claims.chains import DEADLOCK, chain, in_words
from ocallkit.claims.claim import Claim, Outcome
from ocallkit.claims.explored import explored
from ocallkit.claims.told import listed, sentence
from ocallkit.judging.verdict import judge

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored

OF_THE_THREAD = (
    "ecall-bare",
    "ecall",
    "meta",
    "ocall-fd",
    "held-refs",
    "held-refs-ocall-fd",
    "held-refs-pre-release",
    "two-lists",
)
"""The designs that were proposed."""

LAST = OF_THE_THREAD[-3:]
"""Those at which PR 72 arrives: what they do not survive no other does for a better reason."""

ALONE = "flow-1"
"""The OCALL of the scenarios here, with one thread in one process."""

ONE_SESSION = "two-threads-one-session"
TWO_SESSIONS = "two-threads-two-sessions"
CHILD = "inherited-session"


def stands_still_with_two(cell: Explored) -> Outcome | None:
    """What holds for a CA of one thread does not for one of two."""
    if explored(replace(cell.question, scenario=ALONE)).broken:
        return None
    stuck = cell.breaks(DEADLOCK)
    return Outcome(stuck, DEADLOCK if stuck else "")


def told() -> str:
    """Who waits for whom, what helps, and what else of a dead CA lives on."""
    (cell,) = grid((ONE_SESSION,), ("held-refs-pre-release",), threads=(2,))
    waits = in_words(chain(explored(cell).example(DEADLOCK)))
    return sentence(
        f"{waits}, and no file is closed before it has returned. Of {listed(LAST)}, with a session"
        f" for each thread {_holding(TWO_SESSIONS, 2)} hold on two secure threads,"
        f" {_holding(TWO_SESSIONS, 1)} on one; where a child uses what it has inherited,"
        f" {_holding(CHILD, 2, clients=2)}"
    )


def _holding(scenario: str, threads: int, clients: int = 1) -> str:
    """Those of `LAST` that hold in a scenario, in words."""
    verdicts = {d: judge(scenario, d, threads=threads, clients=clients) for d in LAST}
    found = [design for design, verdict in verdicts.items() if verdict.holds]
    if len(found) == len(verdicts):
        return "all"
    return listed(found) if found else "none"


CLAIMS = (
    Claim(
        "C45",
        "Cancelling is far from simple once a CA has several threads.",
        "HG",
        shown="13-several-at-once.ipynb#What-a-kill-means-now",
        says="{designs} hold in {alone}, where a CA has one thread, and somebody can wait for ever"
        " in {scenarios}, where it has two",
        cells=grid((ONE_SESSION,), OF_THE_THREAD, threads=(1, 2)),
        check=stands_still_with_two,
        remark=told,
        otherwise={"": "nobody waits for ever where a CA has two threads, in {scenarios}"},
        words={"alone": lambda _: f"`{ALONE}`"},
    ),
)
