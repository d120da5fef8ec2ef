"""The claims about OCALLs while a session opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit.abi.results import Result
from ocallkit.claims.cells import grid
from ocallkit.claims.claim import Claim, Outcome
from ocallkit.claims.explored import explored
from ocallkit.claims.told import listed
from ocallkit.designs import DESIGNS, EcallBare, HeldRefsPreRelease
from ocallkit.designs.meta import BY_PARAMETER
from ocallkit.designs.transport import MetaParameter
from ocallkit.judging.assembly import find_design
from ocallkit.judging.path import run
from ocallkit.judging.verdict import Question
from ocallkit.model import optee, tee
from ocallkit.model.events import OCALL_PTA, TA, Message
from ocallkit.properties import EVERY
from ocallkit.scenarios.opening import OPENING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.claims.explored import Explored
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client, Transport

WHILE_OPENING: Final = tuple(scenario.name for scenario in OPENING)
TWINS: Final = dict(zip(WHILE_OPENING, ("flow-2", "flow-1-memref"), strict=True))
"""For each of them the scenario in which an invocation does what there the opening does."""

CARRIED: Final = tuple(
    name if design.transport.while_opening else f"{name}{BY_PARAMETER}"
    for name, design in DESIGNS.items()
)
"""Every design of the discussion, carried by the extra parameter."""

NOBODY_IS_ASKED: Final = "no-opening-is-asked"


def asked_where_it_can_be(cell: Explored) -> Outcome:
    """A CA is asked while its session opens, if the transport has a place for that; else not."""
    asked = cell.breaks(NOBODY_IS_ASKED)
    can: bool = find_design(cell.question.design).transport.while_opening
    return Outcome(asked == can, NOBODY_IS_ASKED if asked else "")


def what_a_ta_is_told() -> str:
    """What such a TA may do all the same."""
    return (
        "Without a place for it a TA that sends a buffer hears what it would hear if its CA had no"
        " memory; it may open the session all the same."
    )


def refusals(sent: str) -> Callable[[tuple[Question, ...]], str]:
    """Names what a TA hears that sends a value or a buffer where there is no place for it."""
    scenario = dict(zip(("buffer", "value"), WHILE_OPENING, strict=True))[sent]
    without = [name for name, one in DESIGNS.items() if not one.transport.while_opening]
    return lambda _: listed(sorted({refusal(scenario, design) for design in without}))


def refusal(scenario: str, design: str = EcallBare.name) -> str:
    """The result with which the TA's OCALL returns under a design with the new ioctl."""
    events = run(scenario, design).events
    told = [
        dict(event.words)["ret"]
        for event in events
        if isinstance(event, Message) and (event.source, event.target) == (OCALL_PTA, TA)
    ]
    (code,) = {str(one) for one in told} - {Result.SUCCESS.name}
    return code


def breaks_as_an_invocation(cell: Explored) -> Outcome:
    """What breaks is what breaks where an invocation makes the same OCALL."""
    q = cell.question
    twin = explored(Question(TWINS[q.scenario_name], q.design, q.threads))
    return Outcome({*cell.broken} == {*twin.broken}, next(iter(cell.broken), ""))


def where_it_holds(cells: tuple[Question, ...]) -> str:
    """The designs under which every property holds in all of some cells."""
    broken = {cell.design for cell in cells if explored(cell).broken}
    found = dict.fromkeys(cell.design_name for cell in cells if cell.design not in broken)
    return listed(name.removesuffix(BY_PARAMETER) for name in found)


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
    """Complete what is pending with an error, as is enough for an invocation."""
    while (taken := (yield optee.take_pending, client)) is not None:
        call, thread = taken
        yield from optee.refuse(client, thread, optee.DEAD)
        for held in (yield optee.forget_call, client, call):
            yield from tee.tee_shm_put(client, held)


def what_else_it_takes() -> str:
    """Where every property holds, and what cancelling an opening needs besides."""
    cells = grid(WHILE_OPENING, (LeavesItOpen,))
    left = sum(explored(cell).breaks("no-session-leak") for cell in cells)
    return (
        "One thing more is needed: a TA may open the session in spite of the error, and whoever"
        f" cancels has to close it again. A driver that does not leaves it open in {left} of"
        f" {len(cells)} cells."
    )


BY_THE_PARAMETER = Claim(
    "C14",
    "With that parameter a TA can make OCALLs already while its session opens.",
    "HG",
    shown="11-while-a-session-opens.ipynb#One-parameter-more",
    says="a CA is asked while its session opens if the parameter carries OCALLs; where an ioctl"
    " of its own does, the TA hears {value} for a value and {buffer} for a buffer",
    cells=(*grid(WHILE_OPENING), *grid(WHILE_OPENING, CARRIED)),
    check=asked_where_it_can_be,
    remark=what_a_ta_is_told,
    otherwise={
        "": "no CA is asked while its session opens, although the parameter carries OCALLs",
        NOBODY_IS_ASKED: "a CA is asked while its session opens, for which there is no place",
    },
    words={"value": refusals("value"), "buffer": refusals("buffer")},
)

WITH_THE_SAME_FUNCTIONS = Claim(
    "C65",
    "OCALLs while a session opens work with the same functions.",
    "HG",
    shown="11-while-a-session-opens.ipynb#When-the-CA-dies-then",
    says="what breaks is what breaks where an invocation makes that OCALL; nothing does under"
    " {whole}",
    cells=grid(WHILE_OPENING, CARRIED),
    check=breaks_as_an_invocation,
    remark=what_else_it_takes,
    otherwise=dict.fromkeys(("", *EVERY), "something else breaks than where an invocation asks"),
    words={"whole": where_it_holds},
)
