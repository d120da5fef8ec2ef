"""The claim about clients in the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.abi.results import Result
from ocallkit.claims.cells import grid
from ocallkit.claims.claim import Claim, Outcome
from ocallkit.claims.explored import explored
from ocallkit.claims.told import listed
from ocallkit.designs import DESIGNS
from ocallkit.judging.verdict import judge
from ocallkit.model.config import TrustedApp
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios import OCALL_COMMAND, KernelClient, Scenario, asking_ta
from ocallkit.scenarios.serving import unprepared

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.engine import Steps
    from ocallkit.judging.verdict import Question
    from ocallkit.model.params import Params

REFUSAL = frozenset({"NOT_SUPPORTED, origin COMMS"})
"""What secure world may hear."""


def opening(_params: Params) -> Steps:
    """A TA that asks while its session opens, and opens all the same."""
    yield from TEE_InvokeCACommand(OCALL_COMMAND)
    return Result.SUCCESS


def closing() -> Steps:
    """A TA that asks while its session is closed."""
    yield from TEE_InvokeCACommand(OCALL_COMMAND)


ASKED_ALWAYS = Scenario(
    "kernel-client-asked-always",
    "OCALLs to a client in the kernel while its session opens, in it, and while it is closed",
    KernelClient(unprepared),
    TrustedApp("ta", asking_ta, open=opening, close=closing),
    INVOCATION,
)
"""Wherever a TA can ask."""


def is_refused(cell: Explored) -> Outcome | None:
    """Each OCALL ends with that error, no client hears of one, and nothing is left behind."""
    if not cell.seen("refusal-in-the-kernel"):
        return None
    names = ("never-asked-in-the-kernel", "refused-in-the-kernel", *cell.broken)
    broken = next(filter(cell.breaks, names), "")
    return Outcome(not broken and cell.seen("refusal-in-the-kernel") == REFUSAL, broken)


def refusals(cells: tuple[Question, ...]) -> str:
    """What secure world hears in some cells."""
    heard = {str(one) for cell in cells for one in explored(cell).seen("refusal-in-the-kernel")}
    return listed(sorted(heard))


def what_a_prepared_one_leaves() -> str:
    """In how many designs an agent that ends without closing leaves its secure thread."""
    left = [d for d in DESIGNS if "no-suspended-thread" in judge("scmi-agent-dies", d).broken]
    return (
        "One that is prepared and ends without closing leaves its secure thread suspended in"
        f" {len(left)} of {len(DESIGNS)} designs: it has no file that is closed in its place."
    )


CLAIMS = (
    Claim(
        "C18",
        "A client in the kernel is not prepared for OCALLs; one that comes for it ends with an"
        " error in secure world.",
        "HG, JW",
        shown="14-who-serves-whom.ipynb#A-client-in-the-kernel",
        says="an OCALL for a client in the kernel ends in secure world with {told}; the client"
        " hears nothing of it, and nothing is left behind",
        cells=grid(("kernel-client", ASKED_ALWAYS)),
        check=is_refused,
        otherwise={"": "an OCALL for a client in the kernel ends in secure world with {told}"},
        words={"told": refusals},
        remark=what_a_prepared_one_leaves,
    ),
)
