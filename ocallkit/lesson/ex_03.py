"""The exercises of notebook 03: one OCALL that passes memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import run
from ocallkit.lesson.exercise import Exercise, Number
from ocallkit.lesson.programs import once
from ocallkit.model.events import Message
from ocallkit.model.params import INPUT, OUTPUT, Params, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import Scenario, serve
from ocallkit.view.ledger import ledger

if TYPE_CHECKING:
    from ocallkit import Run
    from ocallkit.engine import Steps

SIZES: Final = (5, 9, 16)
"""The buffers of the first exercise, in bytes."""

ALIGNED: Final = 8
"""What many expect a buffer to be aligned to."""


def sends(command: int, params: Params) -> Steps:  # noqa: ARG001 - a TA is called with both
    """A TA that passes three buffers, with a value between them."""
    first, second, third = SIZES
    asked = (
        tempref(INPUT, size=first),
        value(INPUT, 1),
        tempref(OUTPUT, size=second),
        tempref(INPUT, size=third),
    )
    yield from TEE_InvokeCACommand(100, asked)


def request(path: Run) -> Message:
    """The OCALL as it leaves secure world."""
    found = [e for e in path.events if isinstance(e, Message) and e.label == "RPC/OCALL Req'"]
    return found[0]


def ioctls(scenario: str) -> int:
    """How many ioctls carry a scenario's invocation."""
    events = run(scenario).events
    return sum(isinstance(e, Message) and "TEE_IOC_ECALL" in e.label for e in events)


class ThirdOffset(Number):
    """Where the third buffer begins."""

    key: ClassVar[str] = "03-third-offset"
    hint: ClassVar[str] = (
        "Which of the parameters need room in the memory, and does it matter in which direction "
        "they go?"
    )

    def expected(self) -> int:
        """As the OCALL PTA packs it."""
        path = run(Scenario("sends", "three buffers", once(0, handler=serve), sends))
        return request(path).params[-1].offset

    def wrong(self, answer: int) -> str:
        """What the reader may have added up."""
        first, second, third = SIZES
        aligned = sum(-(-size // ALIGNED) * ALIGNED for size in (first, second))
        if answer == aligned:
            return f"That puts each buffer at a multiple of {ALIGNED}. Nothing is aligned here."
        if answer == first:
            return (
                "That leaves out the second buffer. It carries nothing to the CA, but the CA needs "
                "room for its answer."
            )
        if answer == first + second + third:
            return "That is where the third buffer ends."
        return f"Add up what lies before it, and nothing else: {answer} is not that."

    def why(self) -> str:
        """The sum."""
        first, second, _ = SIZES
        return (
            f"{first} + {second}: the buffers lie back to back. The value between them needs no "
            "room, and an output needs as much as an input."
        )

    def solution(self) -> str:
        """Add them up."""
        first, second, _ = SIZES
        return (
            f"**{self.expected()}** = {first} + {second}. Values travel in the parameters "
            "themselves; every memory reference has its place, whatever its direction."
        )


class ContextCount(Number):
    """References on the context while the CA services an OCALL with memory."""

    key: ClassVar[str] = "03-context-count"
    hint: ClassVar[str] = (
        "Show the run with `references=True`, and read the context's lane where the CA services "
        "the OCALL."
    )
    scenario: ClassVar[str] = "flow-2-memref"

    def owners(self) -> tuple[str, ...]:
        """Who holds them when the OCALL has come to the CA."""
        book = ledger(run(self.scenario), whole=False)
        messages = [row for row in book.rows if isinstance(row, Message)]
        asked = messages.index(next(m for m in messages if m.label == "RPC/OCALL Req'"))
        to_ca = next(n for n, m in enumerate(messages, 1) if n > asked and m.target == "CA")
        return next(b.owners for b in book.after(to_ca) if b.target.startswith("tee_context"))

    def expected(self) -> int:
        """The model's own count."""
        return len(self.owners())

    def wrong(self, answer: int) -> str:
        """What was forgotten, or counted without reason."""
        if answer == 1:
            return "That is the file. What else belongs to the context and keeps it alive?"
        if answer == self.expected() - 1:
            return (
                "One is missing. The file of the open device holds the context, and so does every "
                "memory: the one that the CA registered, and the one that it allocated since."
            )
        if answer == self.expected() + 1:
            return (
                "One too many. A session holds no reference on the context, and an invocation "
                "that has not completed holds none either."
            )
        return f"{answer} is not it. The lane of the diagram names every owner."

    def why(self) -> str:
        """The owners by name."""
        return f"They are: {', '.join(self.owners())}."

    def solution(self) -> str:
        """Where to look."""
        return (
            f"**{self.expected()}**: {', '.join(self.owners())}. Show "
            f"`run({self.scenario!r}).diagram(references=True)` and read the lane at the note "
            "CA services OCALL."
        )


class TwoOcalls(Number):
    """How many ioctls an invocation needs with two OCALLs that pass memory."""

    key: ClassVar[str] = "03-two-ocalls"
    hint: ClassVar[str] = (
        "What does the CA tell the kernel during an OCALL with memory, and does the memory "
        "outlive it?"
    )

    def expected(self) -> int:
        """Counted in a run."""
        return ioctls("two-ocalls")

    def wrong(self, answer: int) -> str:
        """What the reader may have assumed."""
        one = ioctls("flow-2")
        if answer == 2 * one:
            return (
                f"That is twice the {one} of one OCALL. The invocation itself comes in only once."
            )
        if answer == one + 1:
            return (
                "That keeps the memory for the second OCALL. It does not survive: every OCALL "
                "allocates its own and frees it."
            )
        return f"Count what the CA has to tell the kernel. {answer} things?"

    def why(self) -> str:
        """The sum."""
        each = ioctls("flow-2") - 1
        return f"One brings the invocation; each of the two OCALLs takes {each} more."

    def solution(self) -> str:
        """Count the ways in."""
        each = ioctls("flow-2") - 1
        return (
            f"**{self.expected()}** = 1 + 2 * {each}: the invocation, and for each OCALL that the "
            "memory is allocated, that the OCALL is complete, that the memory is freed."
        )


EXERCISES: Final[tuple[Exercise, ...]] = (ThirdOffset(), ContextCount(), TwoOcalls())
