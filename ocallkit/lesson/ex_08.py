"""The exercises of notebook 08: which repair works."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit.designs import DESIGNS, EcallBare, HeldRefs
from ocallkit.judging.verdict import judge
from ocallkit.lesson.deaths import STUCK, dies, outcomes
from ocallkit.lesson.exercise import Exercise, Name, Number, listed
from ocallkit.scenarios import SCENARIOS
from ocallkit.view.ledger import ledger

WITH_MEMORY: Final = "flow-1-memref"
WITH_TWO: Final = "flow-1-two-memrefs"


def last_owners(target: str) -> tuple[str, ...]:
    """Who holds `target` when the dead CA's files are closed under `held-refs`."""
    book = ledger(dies(WITH_MEMORY, HeldRefs, "memref", "context"), whole=True)
    held = book.after(len(book.rows))
    return next((balance.owners for balance in held if balance.target == target), ())


class HowManyOrders(Number):
    """In how many orders of closing the exit gets stuck under `ocall-fd`."""

    key: ClassVar[str] = "08-how-many-orders"
    hint: ClassVar[str] = (
        "Which file has to be closed before which others, if nothing is to get stuck?"
    )

    def found(self) -> dict[tuple[str, ...], str]:
        """Every order with its outcome."""
        return outcomes(WITH_TWO, "ocall-fd")

    def expected(self) -> int:
        """Those that get stuck."""
        return sum(end == STUCK for end in self.found().values())

    def wrong(self, answer: int) -> str:
        """What each wrong number counts."""
        found = self.found()
        if answer == len(found):
            return "If the request's file is closed before both memories', the OCALL is cancelled."
        if answer == sum(order.index("memref1") < order.index("request") for order in found):
            return f"In {answer} orders `memref1` is closed before `request`. And `memref2`?"
        if answer == sum(order[-1] == "request" for order in found):
            return f"In {answer} orders `request` is the last. One memory before it is enough."
        if answer == len(found) - self.expected():
            return (
                f"In {answer} orders both memories come after the request's file, and in as many "
                "both before it. But one that is closed too early is enough."
            )
        return f"There are {len(found)} orders. In which is a memory's file before the request's?"

    def why(self) -> str:
        """What decides."""
        found = self.found()
        good = len(found) - self.expected()
        return (
            f"Of {len(found)} orders {good} go well: those in which `request` comes before both "
            "memories. Where the context's file comes does not matter in this design. Each memory "
            "more makes the good orders fewer."
        )

    def solution(self) -> str:
        """The number, and how to see it."""
        return f"**{self.expected()}.** {self.why()}"


class LastHolder(Name):
    """Who holds the context that is never released."""

    key: ClassVar[str] = "08-last-holder"
    hint: ClassVar[str] = (
        "The invocation is not complete: what does it keep, and what does that keep in turn?"
    )
    names: ClassVar[tuple[str, ...]] = (
        "context file",
        "tee_shm A.memref",
        "ioctl Func Invoke",
        "invocation",
        "session",
    )

    def expected(self) -> str:
        """The owner of the last reference."""
        (owner,) = last_owners("tee_context A")
        return owner

    def wrong(self, answer: str) -> str:
        """What the named one holds."""
        said = {
            "context file": "The file is closed: its reference was the first to go.",
            "ioctl Func Invoke": (
                "That reference is kept, but on the memory. What does the memory hold in turn?"
            ),
            "invocation": "The invocation holds the MOBJ, in secure world. That is another count.",
            "session": "A session holds no reference: the context's release closes what is open.",
        }
        return said[answer]

    def why(self) -> str:
        """The chain."""
        memory = listed(last_owners("tee_shm A.memref"))
        return (
            f"`{self.expected()}` holds the context, and is itself held by {memory}, which goes "
            "when the invocation is complete."
        )

    def solution(self) -> str:
        """Read the ledger."""
        return f"**{self.expected()}.** {self.why()} The last lines of the run's ledger say so."


class YourFix(Exercise):
    """A design of the reader's own that holds in every scenario."""

    key: ClassVar[str] = "08-your-fix"
    hint: ClassVar[str] = (
        "The cancelling waits for a count that never gets to zero: which method runs before that?"
    )
    wants: ClassVar[str] = "a design: give the class itself, `answer = Mine`"

    def judge(self, answer: object) -> str:
        """Every scenario is judged; the first that breaks is told."""
        if not (isinstance(answer, type) and issubclass(answer, EcallBare)):
            return self.unfit(answer)
        if answer in DESIGNS.values():
            return f"`{answer.name}` is one of the discussion's. Write a class of your own."
        for scenario in SCENARIOS:
            verdict = judge(scenario, answer)
            if verdict.violations:
                steps = verdict.violations[0].steps
                return (
                    f"In `{scenario}` it breaks {listed(verdict.broken)}, after {steps} steps. "
                    f'Look at `judge("{scenario}", {answer.__name__})`.'
                )
        return ""

    def why(self) -> str:
        """What was needed."""
        return (
            f"It holds in all {len(SCENARIOS)} scenarios with one client and two secure threads: "
            "the memories stay while they are used, and somebody completes the OCALL."
        )

    def solution(self) -> str:
        """The shortest one."""
        return (
            "Cancel where the driver hears of the closed file, not where the count is zero:\n\n"
            "```python\n"
            "class Mine(HeldRefs):\n"
            '    name = "mine"\n'
            "\n"
            "    def pre_release(self, client):\n"
            "        return optee.cancel_ocall(client)\n"
            "```"
        )


EXERCISES: Final[tuple[Exercise, ...]] = (HowManyOrders(), LastHolder(), YourFix())
