"""The claims about OCALLs while a session opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit.abi.results import Result
from ocallkit.claims.cells import grid
from ocallkit.claims.claim import Claim, Outcome
from ocallkit.claims.explored import explored
from ocallkit.designs import DESIGNS, EcallBare, HeldRefsPreRelease
from ocallkit.designs.meta import BY_PARAMETER
from ocallkit.designs.transport import MetaParameter
from ocallkit.model import optee, tee
from ocallkit.model.events import OCALL_PTA, TA, Message
from ocallkit.path import run
from ocallkit.scenarios.opening import OPENING
from ocallkit.system import find_design
from ocallkit.verdict import Question

if TYPE_CHECKING:
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
"""Every design of the thread, carried by the extra parameter."""

NOBODY_IS_ASKED: Final = "no-opening-is-asked"


def asked_where_it_can_be(cell: Explored) -> Outcome:
    """A CA is asked while its session opens, if the transport has a place for that; else not."""
    asked = cell.breaks(NOBODY_IS_ASKED)
    can: bool = find_design(cell.question.design).transport.while_opening
    return Outcome(asked == can, NOBODY_IS_ASKED if asked else "")


def what_a_ta_is_told() -> str:
    """What a TA hears that asks where there is no place for it, with a value and with a buffer."""
    codes = [refusal(scenario) for scenario in reversed(WHILE_OPENING)]
    return (
        f"Without a place for it a TA that sends a value is told `{codes[0]}`, and one that sends a"
        f" buffer `{codes[1]}`, as if its CA had no memory; it may open the session all the same."
    )


def refusal(scenario: str) -> str:
    """The result with which the TA's OCALL returns under the new ioctl."""
    events = run(scenario, EcallBare).events
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


def how_many_hold() -> str:
    """In how many of the cells every property holds."""
    cells = grid(WHILE_OPENING, CARRIED)
    sound = [cell for cell in cells if not explored(cell).broken]
    designs = {cell.design for cell in sound}
    always = sorted(
        str(design).removesuffix(BY_PARAMETER)
        for design in designs
        if all(cell in sound for cell in cells if cell.design == design)
    )
    named = " and ".join(f"`{design}`" for design in always)
    return f"Every property holds in {len(sound)} of them, in all six of {named}."


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
        f"{how_many_hold()} One thing more is needed: a TA may open the session in spite of the"
        " error, and whoever cancels has to close it again. A driver that does not leaves it open"
        f" in {left} of {len(cells)} cells."
    )


BY_THE_PARAMETER = Claim(
    "C14",
    "With that parameter a TA can make OCALLs already while its session opens.",
    "HG",
    shown="11-while-a-session-opens.ipynb#One-parameter-more",
    says="a CA is asked while its session opens if the parameter carries OCALLs, and only then",
    cells=(*grid(WHILE_OPENING), *grid(WHILE_OPENING, CARRIED)),
    check=asked_where_it_can_be,
    remark=what_a_ta_is_told,
)

WITH_THE_SAME_FUNCTIONS = Claim(
    "C65",
    "OCALLs while a session opens work with the same functions.",
    "HG",
    shown="11-while-a-session-opens.ipynb#When-the-CA-dies-then",
    says="the same properties break as where an invocation makes that OCALL",
    cells=grid(WHILE_OPENING, CARRIED),
    check=breaks_as_an_invocation,
    remark=what_else_it_takes,
)
