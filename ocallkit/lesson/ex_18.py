"""The exercises of notebook 18: what else the posted code does not look at, and one repair."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import judge
from ocallkit.claims.happens import HAPPENS
from ocallkit.designs import Posted
from ocallkit.findings.healing import differing
from ocallkit.lesson.exercise import Exercise, Name, listed
from ocallkit.model import calls
from ocallkit.model.params import INOUT, NONE, memref
from ocallkit.scenarios import Scenario
from ocallkit.scenarios.misuse.act import answers, attacked_ta, invokes, lent, mine
from ocallkit.scenarios.misuse.prelude import begins, lends, serves_ocall

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.verdict import Verdict
    from ocallkit.model.config import Client

RESUMED: Final = "two-ocalls"
"""Where a CA is killed whose TA asks again when its allocation has failed."""


def thrifty(client: Client) -> Steps:
    """A CA that passes memory last, and says that memory is freed with one parameter."""
    client = yield from begins(client)
    yield from invokes(client, params=(NONE, memref(INOUT, mine(client), 4)))
    yield from lends(client)
    yield from serves_ocall(client)
    yield from answers(client, calls.FREE, memory=lent(client), room=1)


THRIFTY: Final = Scenario("thrifty", "a CA answers with one parameter", thrifty, attacked_ta)


class FewerParameters(Name):
    """What breaks when the last answer has fewer parameters than the invocation had."""

    key: ClassVar[str] = "18-fewer-parameters"
    hint: ClassVar[str] = (
        "The code does not write down what an invocation references: it looks through the "
        "parameters again when it is complete. Through which ones?"
    )
    names: ClassVar[tuple[str, ...]] = (
        "no-deadlock",
        "no-shm-leak",
        "no-use-after-free",
        "completed-once",
    )

    def found(self) -> Verdict:
        """Nobody dies, nothing fails."""
        return judge(THRIFTY, Posted, faults=())

    def expected(self) -> str:
        """The one of the names that breaks."""
        (broken,) = (name for name in self.names if name in self.found().broken)
        return broken

    def wrong(self, answer: str) -> str:
        """What that would take."""
        return (
            f"That would be: {HAPPENS[answer]}. The invocation is complete here, and each of its "
            "requests was answered. What has its first `ioctl` left for the last one to do?"
        )

    def why(self) -> str:
        """Where the reference is forgotten."""
        return (
            "The last `ioctl` has one parameter, so it finds again only what the invocation had as "
            "its first one. The memory behind that keeps its reference, and the context with it: "
            f"it breaks {listed(self.found().broken)}, and nobody has died. A design that writes "
            "the references down (`kept` on a list, as in `two-lists`) has nothing to find."
        )

    def solution(self) -> str:
        """The property, and why."""
        return f"**{self.expected()}.** {self.why()}"


class OneDecision(Exercise):
    """One decision of `posted` taken otherwise, so that a death in an allocation is survived."""

    key: ClassVar[str] = "18-one-decision"
    hint: ClassVar[str] = (
        "The secure thread is resumed with an error, and asks for something else. Which decision "
        "says how often it is resumed?"
    )
    wants: ClassVar[str] = "a design: give the class itself, `answer = Mine`"

    def judge(self, answer: object) -> str:
        """A class that differs in one decision, judged with one to three secure threads."""
        if not (isinstance(answer, type) and issubclass(answer, Posted)):
            return self.unfit(answer)
        changed = differing(answer, Posted)
        if len(changed) != 1:
            took = listed(changed) or "none"
            return f"It is to take one decision otherwise than `posted`. It takes: {took}."
        for threads in (1, 2, 3):
            verdict = judge(RESUMED, answer, threads=threads)
            if not verdict.holds:
                return (
                    f"With `{changed[0]}` taken so: {verdict.outcome}, with {threads} secure "
                    f"thread{'s' * (threads != 1)}."
                )
        return ""

    def why(self) -> str:
        """What it took."""
        return (
            f"`{RESUMED}` holds with one to three secure threads: whoever cancels stays with the "
            "call until its TA asks nothing more."
        )

    def solution(self) -> str:
        """The shortest one."""
        return (
            "Resume the secure thread with an error as often as it asks:\n\n"
            f"```python\n{ONE_DECISION}\n```"
        )


ONE_DECISION: Final = """\
from ocallkit.designs import Posted
from ocallkit.model import optee


class Mine(Posted):
    name = "mine"

    def cancels(self, client, call, thread, answer):
        return optee.complete_with_errors(client, call, thread, answer)"""
"""A right answer to the second exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (FewerParameters(), OneDecision())
