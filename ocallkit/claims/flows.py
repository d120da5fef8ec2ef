"""The claims about what goes to and fro: which messages, and how many ioctls."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.abi.results import Result
from ocallkit.claims.cells import PLAIN_WITH_MEMORY, WITH_OCALL, WITH_OCALL_MEMORY, grid
from ocallkit.claims.claim import Claim, Outcome
from ocallkit.claims.explored import course
from ocallkit.claims.opening import CARRIED
from ocallkit.claims.told import numbers
from ocallkit.claims.turns import turns
from ocallkit.designs import DESIGNS
from ocallkit.designs.transport import EcallIoctl
from ocallkit.judging.assembly import find_design
from ocallkit.judging.tokens import token
from ocallkit.model.calls import ALLOC, FREE, OCALL
from ocallkit.model.params import INOUT, INPUT, Params, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import OCALL_COMMAND, Scenario, asking_ta, serve, with_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.claims.claim import Check
    from ocallkit.claims.explored import Explored
    from ocallkit.engine import Steps
    from ocallkit.judging.verdict import Question

LISTS = Path(__file__).parent / "thread"
"""The two flows as the opening text has them."""

EVERY_DESIGN = tuple(dict.fromkeys((*DESIGNS, *CARRIED)))
"""The designs of the discussion as they are, and carried by the extra parameter."""


def every(scenarios: tuple[str | Scenario, ...]) -> tuple[Question, ...]:
    """These under all of them: how many secure threads there are is nothing to an interface."""
    return grid(scenarios, EVERY_DESIGN, threads=(2,))


PLAIN_ASKED = Scenario(
    "plain-invoke-asked",
    "a CA that is not prepared for OCALLs, and a TA that asks all the same",
    with_memory((), None),
    asking_ta,
)
"""What becomes of an OCALL for which the ioctl has no place."""


# --- the messages --------------------------------------------------------------------------------


def lines(text: str) -> list[str]:
    """The lines of a flow that are not empty, spacing aside."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def thread_text(flow: str) -> str:
    """The list that the opening text has of a flow, as it stands there."""
    return (LISTS / f"{flow}.txt").read_text(encoding="utf-8")


def thread_list(flow: str, ioctl: str = EcallIoctl.name) -> list[str]:
    """Its lines, with the ioctl called as a design calls it."""
    return lines(thread_text(flow).replace(EcallIoctl.name, ioctl))


def equals(flow: str) -> Check:
    """The messages of an invocation are those of the list, one for one."""

    def check(cell: Explored) -> Outcome:
        ioctl: str = find_design(cell.question.design).transport.name
        so = thread_list(flow, ioctl) == lines(cell.course.text())
        return Outcome(so, line=token(cell.course))

    return check


def first_difference(flow: str) -> Callable[[tuple[Question, ...]], str]:
    """Says of the first of some cells where its messages and the list part."""

    def said(cells: tuple[Question, ...]) -> str:
        ioctl: str = find_design(cells[0].design).transport.name
        ours, theirs = lines(course(cells[0]).text()), thread_list(flow, ioctl)
        pairs = zip_longest(ours, theirs, fillvalue="nothing")
        line, (our, their) = next(
            (number, pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]
        )
        return f"line {line} is `{our}`, and in the list `{their}`"

    return said


def how_many(flow: str) -> Callable[[tuple[Question, ...]], str]:
    """Says how many lines the list has."""
    return lambda _: str(len(thread_list(flow)))


# --- the ioctls ----------------------------------------------------------------------------------


def both_ways(cell: Explored) -> Outcome:
    """One request and one reply without a place for more; with one, each request is answered.

    With a place the CA's own request comes first, and its reply last; in between the TA's requests
    go out, each answered by the next ioctl.
    """
    seen = turns(cell.course)
    asked, answered = [turn.asks for turn in seen], [turn.answers for turn in seen]
    line = token(cell.course)
    if not seen[0].can_carry:
        return Outcome([""] == asked == answered, line=line)
    whole = ["", *asked[:-1]] == answered and not asked[-1]
    return Outcome(whole and OCALL in asked, line=line, case="" if whole else "unpaired")


def ioctls(scenario: str | Scenario) -> Callable[[tuple[Question, ...]], str]:
    """Says how many ioctls one invocation takes in that scenario, whatever the design."""
    return lambda _: numbers(len(turns(course(cell))) for cell in every((scenario,)))


def asking_twice_plainly(_command: int, _params: Params) -> Steps:
    """A TA that asks twice with a value."""
    yield from TEE_InvokeCACommand(OCALL_COMMAND, (value(INPUT, 1, 2),))
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (value(INPUT, 1, 2),))
    return ret


def sending_four(_command: int, _params: Params) -> Steps:
    """A TA that asks once, with four buffers."""
    buffers = tuple(tempref(INOUT, b"ping") for _ in range(4))
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, buffers)
    return Result(ret)


TWO_WITHOUT = Scenario(
    "two-ocalls-without-memory",
    "two OCALLs that pass no memory, in one invocation",
    with_memory((), serve),
    asking_twice_plainly,
)
FOUR_BUFFERS = Scenario(
    "four-buffers", "one OCALL that passes four buffers", with_memory((), serve), sending_four
)

WITHOUT_MEMORY: dict[str, str | Scenario] = {
    "flow-2": "flow-1",
    "flow-2-memref": "flow-1-memref",
    "two-ocalls": TWO_WITHOUT,
    FOUR_BUFFERS.name: "flow-1",
}
"""For each scenario whose OCALLs pass memory the one that does the same without."""


def two_more(cell: Explored) -> Outcome:
    """Each OCALL with memory takes two ioctls more: one answers an allocation, one a release."""
    without = replace(cell.question, scenario=WITHOUT_MEMORY[cell.question.scenario_name])
    answers = [turn.answers for turn in turns(cell.course)]
    plain = [turn.answers for turn in turns(course(without))]
    more = [answer for answer in answers if answer in {ALLOC, FREE}]
    as_many = answers.count(OCALL) == plain.count(OCALL)
    each = answers.count(ALLOC) == answers.count(FREE) == answers.count(OCALL)
    so = as_many and each and len(answers) - len(plain) == len(more)
    return Outcome(so, line=token(cell.course))


def more_for_each(cells: tuple[Question, ...]) -> str:
    """How many ioctls more an OCALL takes in some cells than one that passes no memory."""
    found = (
        [len(turns(course(one))) for one in (cell, replace(cell, scenario=without))]
        + [sum(turn.answers == OCALL for turn in turns(course(cell)))]
        for cell in cells
        for without in [WITHOUT_MEMORY[cell.scenario_name]]
    )
    return numbers((many - few) // ocalls for many, few, ocalls in found)


TO_AND_FRO = Claim(
    "C01",
    "A plain invoke is one request with one reply; the new call carries both in both"
    " directions, between CA and TA.",
    "PR",
    shown="15-the-interface.ipynb#One-ioctl,-or-several",
    says="a plain invoke is {plain} ioctl, also if its TA asks; the new call returns with each"
    " request and answers it by its next ioctl: {first} in Flow 1, {second} in Flow 2",
    cells=every((*WITH_OCALL, PLAIN_ASKED, PLAIN_WITH_MEMORY)),
    check=both_ways,
    otherwise={
        "unpaired": "the ioctls return with requests that no ioctl answers, or answer others",
        "": "an ioctl that can carry an OCALL carries none, or a plain one is not the only one",
    },
    words={
        "plain": ioctls(PLAIN_ASKED),
        "first": ioctls("flow-1"),
        "second": ioctls("flow-2"),
    },
)

TWO_CYCLES = Claim(
    "C05",
    "An OCALL with memory returns and re-enters twice more than one without: to allocate, and"
    " to free.",
    "PR",
    shown="03-flow-2.ipynb#How-many-ioctls",
    says="each OCALL with memory takes {more} ioctls more than one without, however many buffers"
    " it passes: one answers an allocation, one a release",
    cells=every((*WITH_OCALL_MEMORY, FOUR_BUFFERS)),
    check=two_more,
    otherwise={"": "an OCALL takes {more} ioctls more than one without memory"},
    words={"more": more_for_each},
)

FLOWS = (
    Claim(
        "C10",
        "An OCALL without memory is the message sequence of Flow 1.",
        "PR",
        shown="02-flow-1.ipynb#Line-by-line-as-in-the-discussion",
        says="from the first ioctl to its last return the messages are the {lines} of the"
        " discussion's list, one for one; only the ioctl's name is the design's own",
        cells=every(("flow-1", "flow-1-memref", "flow-1-two-memrefs", "spare-memory")),
        check=equals("flow-1"),
        otherwise={"": "{difference}"},
        words={"lines": how_many("flow-1"), "difference": first_difference("flow-1")},
    ),
    Claim(
        "C11",
        "An OCALL with memory is the message sequence of Flow 2.",
        "PR",
        shown="03-flow-2.ipynb#The-same-as-in-the-discussion",
        says="from the first ioctl to its last return the messages are the {lines} of the"
        " discussion's list, one for one; only the ioctl's name is the design's own",
        cells=every(("flow-2", "flow-2-memref", FOUR_BUFFERS)),
        check=equals("flow-2"),
        otherwise={"": "{difference}"},
        words={"lines": how_many("flow-2"), "difference": first_difference("flow-2")},
    ),
)
