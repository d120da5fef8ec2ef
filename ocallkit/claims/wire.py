"""The claims about what the octets of an ioctl have to carry."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.arguments import NO_UUID, TeeIoctlParam
from ocallkit.abi.byte_layout import sizeof
from ocallkit.claims.cells import PLAIN_WITH_MEMORY, WITH_OCALL, grid
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.context import CLOSING, closing
from ocallkit.claims.explored import course, explored
from ocallkit.claims.flows import PLAIN_ASKED
from ocallkit.claims.turns import opened, turns
from ocallkit.designs import DESIGNS, EcallBare, structures
from ocallkit.designs.meta import by_parameter
from ocallkit.designs.transport import EcallIoctl, MetaParameter
from ocallkit.judging.assembly import find_design
from ocallkit.judging.tokens import token
from ocallkit.judging.verdict import Question
from ocallkit.model.calls import OCALL
from ocallkit.model.events import Message, Octets
from ocallkit.scenarios import COMMAND, OCALL_COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.claims.explored import Explored
    from ocallkit.designs.structures import Head
    from ocallkit.model.calls import Arg, Reply
    from ocallkit.model.world import World

BY_OCTETS: Final = (("wire", "octets"),)
"""The switch with which octets cross, and nothing else."""

WITH_IOCTL: Final = tuple(
    design for design in DESIGNS if find_design(design).transport.numbers_ocalls
)
"""The designs that have an ioctl of their own for OCALLs."""


def as_octets(cells: tuple[Question, ...]) -> tuple[Question, ...]:
    """The same cells, in which octets cross."""
    return tuple(replace(cell, switches=(*cell.switches, *BY_OCTETS)) for cell in cells)


def does_the_same(one: Explored, other: Explored) -> bool:
    """Whether the same can happen in two cells, as far as counting and the properties tell.

    In the course without a fault it is seen: there the messages are the same.
    """
    counted = (one.size, {*one.broken}) == (other.size, {*other.broken})
    return counted and messages(one) == messages(other)


def messages(cell: Explored) -> list[tuple[str, str, str]]:
    """The messages of a cell's course, whichever ioctl carries them."""
    return [
        (event.source, event.target, event.label.replace(EcallIoctl.name, MetaParameter.name))
        for event in cell.course.events
        if isinstance(event, Message)
    ]


# --- what a return says --------------------------------------------------------------------------

CONTEXT_STAYS = Condition(
    "no handler closes its context",
    lambda cell: CLOSING[1] not in cell.faults,
    "where one does",
)


def says_it_all(cell: Explored) -> Outcome:
    """A CA that has the octets alone does the same; an invocation whose ioctl fails is over."""
    if cell.breaks("failed-return-ends-it"):
        return Outcome(holds=False, example="failed-return-ends-it")
    (crossing,) = as_octets((cell.question,))
    return Outcome(does_the_same(cell, explored(crossing)))


def what_an_error_says() -> str:
    """What it is that an error number does not say."""
    seen: set[Any] = {one for cell in CLOSED for one in explored(cell).seen("failed-returns")}
    both = sorted(name for name, over in seen if over and (name, False) in seen)
    return (
        "The error number does not say whether it is: in such a handler's cells"
        f" {' and '.join(f'`{name}`' for name in both)} can mean that the invocation is over, and"
        " that it is not."
    )


# --- what is needed ------------------------------------------------------------------------------

EXTRA: Final = ("func", "cmd_id", "ocall_id", "uuid")
"""The fields in which an OCALL stands in the structure of the ioctl of its own."""

SAME_TA = Condition(
    "the CA has a session to the TA that asks",
    lambda cell: cell.scenario_name != "ta-calls-ta",
    "behind another TA",
)


_CLEARED: dict[tuple[type[EcallBare], str, str], type[EcallBare]] = {}


def without(design: type[EcallBare], field: str, way: str) -> type[EcallBare]:
    """The design, with a field cleared in each request (`out`) or in each answer (`in`)."""
    asked = design, field, way
    return _CLEARED[asked] if asked in _CLEARED else _CLEARED.setdefault(asked, cleared(*asked))


def cleared(design: type[EcallBare], field: str, way: str) -> type[EcallBare]:
    """The same, made anew."""

    class Cleared(structures.EcallArg):
        """One field says nothing."""

        def write_request(self, world: World, head: Head, reply: Reply) -> Head:
            """All but that field."""
            return clear(super().write_request(world, head, reply), field, way == "out")

        def write_answer(self, world: World, arg: Arg, before: Head | None) -> Head:
            """All but that field."""
            return clear(super().write_answer(world, arg, before), field, way == "in")

    class Transport(EcallIoctl):
        """The ioctl with that structure."""

        structure = Cleared

    return type(f"Without_{field}", (design,), {"transport": Transport()})


def clear(head: Head, field: str, wanted: bool) -> Head:  # noqa: FBT001 - one of two ways
    """The structure with nothing in that field."""
    nothing = NO_UUID if field == "uuid" else 0
    return replace(head, **{field: nothing}) if wanted else head


@cache
def needed(cell: Question, way: str) -> frozenset[str]:
    """The fields without which the CA and the driver do not get through one invocation.

    The UUID of the TA that asks is needed where it is another than that of the session's TA:
    nothing else tells the CA.
    """
    design = type(find_design(cell.design))
    (crossing,) = as_octets((replace(cell, faults=()),))
    same = explored(crossing)
    found = {
        field
        for field in EXTRA
        if not _alike(same, replace(crossing, design=without(design, field, way)))
    }
    if way == "out" and {*asking(cell)} - {*opened(course(cell))}:
        found.add("uuid")
    return frozenset(found)


def _alike(same: Explored, changed: Question) -> bool:
    """Whether the CA is asked and told the same, and whatever else can happen does too."""
    told = [
        [(t.asks, t.asks == OCALL and t.out.cmd_id, t.out.ret) for t in turns(run)]  # type: ignore[union-attr]
        for run in (same.course, course(changed))
    ]
    return told[0] == told[1] and does_the_same(same, explored(changed))


def asking(cell: Question) -> tuple[bytes, ...]:
    """The UUIDs that come with the OCALLs of a cell."""
    return tuple(turn.out.uuid for turn in turns(course(cell)) if turn.asks == OCALL)  # type: ignore[union-attr]


def two_are_enough(cell: Explored) -> Outcome:
    """Nothing is needed but a plain invoke's values and two more; the command goes both ways."""
    seen = turns(cell.course)
    commands = {t.out.cmd_id for t in seen if t.asks == OCALL}  # type: ignore[union-attr]
    both = seen[0].into.cmd_id == COMMAND and commands == {OCALL_COMMAND}  # type: ignore[union-attr]
    found = needed(cell.question, "out") | needed(cell.question, "in")
    so = both and found - {"cmd_id"} == {"func", "ocall_id"}
    return Outcome(so, line=token(cell.course))


def needed_in(*ways: str) -> Callable[[tuple[Question, ...]], str]:
    """Names what no CA gets by without in some cells, but for what a plain invoke has."""
    return lambda cells: named(
        frozenset().union(*(needed(cell, way) for cell in cells for way in ways)) - {"cmd_id"}
    )


def not_needed_back(cells: tuple[Question, ...]) -> str:
    """Names what has to go out in some cells and is not needed when it comes back."""
    out = frozenset().union(*(needed(cell, "out") - needed(cell, "in") for cell in cells))
    return named(out - {"cmd_id"})


def two_come_back(cell: Explored) -> Outcome:
    """Two values go out and are needed when they come back; no other needs a place of its own."""
    out, back = needed(cell.question, "out"), needed(cell.question, "in")
    so = len(back) == 2 and out - {"cmd_id"} == back  # noqa: PLR2004 - the claim's number
    return Outcome(so, line=token(cell.course))


def named(fields: frozenset[str]) -> str:
    """Fields in words, in the order of the structure."""
    found = [f"`{field}`" for field in EXTRA if field in fields]
    *most, last = found or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def what_else_travels() -> str:
    """What a CA needs besides."""
    behind = needed(Question("ta-calls-ta", "ecall"), "out") - needed(SIMPLE_CELL, "out")
    return (
        "The size of an allocation and the id of a memory travel in the parameters. A TA that was"
        f" called by a TA is known by {named(behind)} alone."
    )


def what_goes_out_too() -> str:
    """What the discussion names, and nobody needs back."""
    out, back = needed(SIMPLE_CELL, "out"), needed(SIMPLE_CELL, "in")
    return (
        f"{named(out - back)}, which PR 72 names, goes out too, and nobody reads it when it"
        " comes back."
    )


SIMPLE_CELL: Final = Question("flow-1", "ecall")

# --- the parameter instead of the ioctl ----------------------------------------------------------


def replaced(cell: Explored) -> Outcome:
    """With the parameter the same can happen; an old CA writes and reads the same octets."""
    carried = by_parameter(type(find_design(cell.question.design)))
    other = explored(replace(cell.question, design=carried))
    same = does_the_same(cell, other)
    if turns(cell.course)[0].can_carry:
        return Outcome(same)
    return Outcome(same and octets(cell) == octets(other))


def octets(cell: Explored) -> list[tuple[str, str, str, bytes]]:
    """What lay in the CA's buffers in a cell's course."""
    found = (event for event in cell.course.events if isinstance(event, Octets))
    events = (event for event in found if event.border == "ioctl")
    return [(event.call, event.way, event.structure, event.octets) for event in events]


def what_it_costs() -> str:
    """The octets of a first ioctl either way."""
    plain, ioctl, parameter = (
        turns(course(Question(scenario, design)))[0].into
        for scenario, design in (
            (PLAIN_ASKED, "ecall"),
            ("flow-1", "ecall"),
            ("flow-1", "meta"),
        )
    )
    sizes = [len(head.pack()) for head in (plain, ioctl, parameter)]
    return (
        f"The parameter has {sizeof(TeeIoctlParam)} octets: an invocation is {sizes[2]} instead of"
        f" {sizes[0]}, the ioctl of its own {sizes[1]}."
    )


OLD_CLIENTS: Final = as_octets(
    grid(("plain-invoke", PLAIN_WITH_MEMORY, PLAIN_ASKED), WITH_IOCTL, threads=(2,))
)

FLOWS: Final = grid(("flow-1", "flow-2", "flow-2-memref", "ta-calls-ta"), WITH_IOCTL, threads=(2,))
"""One OCALL of every kind, and that of a TA behind a TA."""

CLOSED: Final = closing(("flow-1", "flow-2"), tuple(DESIGNS))
"""Where a handler closes what it needs itself."""

SAYS_IT_ALL = Claim(
    "C06",
    "What each return carries says whether the invocation is over, what the CA has to do if not,"
    " and how to go on.",
    "PR",
    shown="15-the-interface.ipynb#The-last-return",
    says="a CA that has the octets alone does the same as one that is told, and a failed ioctl ends"
    " its invocation",
    otherwise={
        "": "a CA that has the octets alone does something else",
        "failed-return-ends-it": "one can leave it pending",
    },
    cells=(
        *grid(("plain-invoke", *WITH_OCALL), ("ecall", "meta", "two-lists"), threads=(2,)),
        *CLOSED,
    ),
    check=says_it_all,
    condition=CONTEXT_STAYS,
    remark=what_an_error_says,
)

TWO_VALUES = Claim(
    "C09",
    "Two values beyond those of a plain invoke suffice: the state of the cycle and the OCALL's id.",
    "PR",
    shown="15-the-interface.ipynb#Two-values",
    says="it takes {needed} beyond the values of a plain invoke, and `cmd_id` serves both ways",
    otherwise={"": "it takes {needed}"},
    words={"needed": needed_in("out", "in")},
    cells=FLOWS,
    check=two_are_enough,
    condition=SAME_TA,
    remark=what_else_travels,
)

REPLACED = Claim(
    "C13",
    "A parameter more for the existing invoke does what the new ioctl does, and breaks no ABI.",
    "HG",
    shown="15-the-interface.ipynb#What-an-old-CA-sees",
    says="as much can happen with the parameter as with the ioctl, and the same breaks; a CA that"
    " is not prepared writes and reads the same, octet for octet",
    otherwise={"": "with the parameter something else happens, or the octets of an old CA differ"},
    cells=(*grid(WITH_OCALL, ("ecall", "ocall-fd", "two-lists"), threads=(2,)), *OLD_CLIENTS),
    check=replaced,
    remark=what_it_costs,
)

ECHOED = Claim(
    "C15",
    "Technically the new ioctl was needed only to hand two values out and get them back.",
    "HG",
    shown="15-the-interface.ipynb#Two-values",
    says="{back} go out and are needed back, and nothing else needs a place that a plain invoke has"
    " not",
    otherwise={"": "{more} has to go out as well"},
    words={"back": needed_in("in"), "more": not_needed_back},
    cells=FLOWS,
    check=two_come_back,
    condition=SAME_TA,
    remark=what_goes_out_too,
)
