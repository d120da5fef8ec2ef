"""The claims about OCALLs while a session opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import replace

from ocallkit.claims.cells import grid
from ocallkit.claims.claim import Claim, Outcome
from ocallkit.claims.explored import explored
from ocallkit.designs import DESIGNS, EcallBare, HeldRefsPreRelease
from ocallkit.designs.meta import BY_PARAMETER
from ocallkit.designs.transport import MetaParameter
from ocallkit.model import optee, tee
from ocallkit.system import find_design, find_scenario

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client, Transport

LIKE: Final = {"open-session-ocall": "flow-2", "open-session-ocall-memref": "flow-1-memref"}
"""For each opening the invocation that has the same memory outstanding."""

CARRIED: Final = tuple(
    name if design.transport.while_opening else f"{name}{BY_PARAMETER}"
    for name, design in DESIGNS.items()
    if name != "ecall"
)
"""Every design with the extra parameter; `ecall` with it is `meta`."""

NOT_CARRIED: Final = tuple(name for name in DESIGNS if name not in CARRIED)
"""Every design with an ioctl of its own."""

THREADS: Final = (1, 2)

ASKED: Final = "no-request-while-opening"


def carries(design: str | type[EcallBare]) -> bool:
    """Whether the ioctl that opens a session has a place for an OCALL."""
    return find_design(design).transport.while_opening


def asked_where_carried(cell: Explored) -> Outcome:
    """A request reaches the CA while its session opens, if the ioctl can carry one."""
    asked = cell.breaks(ASKED)
    return Outcome(asked == carries(cell.question.design), ASKED if asked else "")


def like_an_invocation(cell: Explored) -> Outcome:
    """The CA is asked, and the same properties break as with an invocation, or none."""
    if not cell.breaks(ASKED):
        return Outcome(holds=False)
    scenario = LIKE[find_scenario(cell.question.scenario).name]
    other = explored(replace(cell.question, scenario=scenario))
    differing = sorted(set(cell.broken) ^ set(other.broken))
    if differing:
        return Outcome(holds=False, example=next(filter(cell.breaks, differing), ""))
    return Outcome(holds=True, example=ASKED)


class LeavesItOpen(HeldRefsPreRelease):
    """What is pending is cancelled, and a session that its TA opens then is forgotten."""

    name: ClassVar[str] = "leaves-it-open"
    parent: ClassVar[type[EcallBare]] = HeldRefsPreRelease
    changes: ClassVar[tuple[str, ...]] = ("transport", "pre_release")
    transport: ClassVar[Transport] = MetaParameter()

    def pre_release(self, client: Client) -> Steps:
        """Cancel, and look at nothing else."""
        return cancels_only(client)


def cancels_only(client: Client) -> Steps:
    """Complete what is pending with an error, as for an invocation."""
    while (taken := (yield optee.take_pending, client)) is not None:
        call, thread = taken
        yield from optee.refuse(client, thread, optee.DEAD)
        for held in (yield optee.forget_call, client, call):
            yield from tee.tee_shm_put(client, held)


def one_thing_more() -> str:
    """What opening needs that an invocation does not."""
    cells = grid(LIKE, (LeavesItOpen,), threads=THREADS)
    left = sum(explored(cell).breaks("no-session-leak") for cell in cells)
    return (
        "One thing more is needed: a TA may open the session in spite of the error, and whoever"
        " cancels has to close it again. A driver that does not leaves the session open in"
        f" {left} of {len(cells)} cells."
    )


C14 = Claim(
    "C14",
    "With that parameter a TA can make OCALLs already while its session opens.",
    "HG",
    shown="11-while-a-session-opens.ipynb#One-parameter-more",
    says="a request reaches the CA while its session opens if the parameter can carry it, else not",
    cells=grid(LIKE, (*NOT_CARRIED, *CARRIED), threads=THREADS),
    check=asked_where_carried,
)

C65 = Claim(
    "C65",
    "OCALLs while a session opens work with the same functions.",
    "HG",
    shown="11-while-a-session-opens.ipynb#When-the-CA-dies-then",
    says="the CA is asked, and the same properties break as with an invocation, or none",
    cells=grid(LIKE, CARRIED, threads=THREADS),
    check=like_an_invocation,
    remark=one_thing_more,
)
