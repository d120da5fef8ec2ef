"""The exercises of notebook 20: what a design that holds can do without, and what it cannot."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Final

from ocallkit import judge
from ocallkit.claims.happens import HAPPENS
from ocallkit.designs import Hardened, TwoLists
from ocallkit.findings.healing import differing
from ocallkit.findings.needed import without
from ocallkit.lesson.exercise import Exercise, Name
from ocallkit.scenarios import SCENARIOS

BROKEN: Final = "no-use-after-free"
"""The property that is to break."""
DECISIONS: Final = differing(Hardened, TwoLists)
THREADS: Final = (1, 2, 3)


@cache
def breaks(decision: str) -> dict[str, str]:
    """What each of the discussion's scenarios breaks first without a decision, if anything."""
    found = {}
    for scenario in SCENARIOS:
        for threads in THREADS:
            verdict = judge(scenario, without(decision), threads=threads)
            if verdict.broken and (scenario not in found or BROKEN in verdict.broken):
                found[scenario] = BROKEN if BROKEN in verdict.broken else verdict.broken[0]
    return found


class TakeOneAway(Name):
    """A decision without which freed memory is used."""

    key: ClassVar[str] = "20-take-one-away"
    hint: ClassVar[str] = "Who else holds the memory of an OCALL while the CA is being asked?"
    names: ClassVar[tuple[str, ...]] = DECISIONS

    def expected(self) -> str:
        """The first that does it."""
        return next(name for name in self.names if BROKEN in breaks(name).values())

    def judge(self, answer: object) -> str:
        """Each that does it is right."""
        read = self.read(answer)
        if read in self.names and BROKEN in breaks(str(read)).values():
            return ""
        return super().judge(answer)

    def wrong(self, answer: str) -> str:
        """What breaks there instead."""
        found = breaks(answer)
        if not found:
            return f"Without `{answer}` nothing breaks in the scenarios of the discussion."
        scenario, broken = next(iter(found.items()))
        return f"Without `{answer}`, in `{scenario}`, {HAPPENS[broken]}. Memory is not touched."

    def why(self) -> str:
        """Nobody else has a reference."""
        return (
            "The file of an OCALL's memory can be closed while its CA is being asked. Without the "
            "request's own reference that was the last one, and the secure thread still uses the "
            "memory."
        )

    def solution(self) -> str:
        """The name, and why."""
        return f"**{self.expected()}.** {self.why()}"


class NotForThese(Name):
    """A decision that the discussion's own scenarios do not ask for."""

    key: ClassVar[str] = "20-not-for-these"
    hint: ClassVar[str] = (
        "Those scenarios have one thread in each CA. What is a decision about if it is about two?"
    )
    names: ClassVar[tuple[str, ...]] = DECISIONS

    def expected(self) -> str:
        """The first without which they all hold."""
        return next(name for name in self.names if not breaks(name))

    def judge(self, answer: object) -> str:
        """Each without which they all hold is right."""
        read = self.read(answer)
        if read in self.names and not breaks(str(read)):
            return ""
        return super().judge(answer)

    def wrong(self, answer: str) -> str:
        """Where it is asked for."""
        scenario, broken = next(iter(breaks(answer).items()))
        return f"It is asked for in `{scenario}`: without `{answer}` {HAPPENS[broken]}."

    def why(self) -> str:
        """How many there are."""
        spare = sum(not breaks(name) for name in self.names)
        return (
            f"{spare} of the {len(self.names)} are such: they prevent what takes more than those "
            "scenarios have, such as a second thread, another process, or an answer that comes "
            "twice. Whoever tests with them alone would find such a decision superfluous."
        )

    def solution(self) -> str:
        """One of them, and why."""
        return f"**{self.expected()}**, for one. {self.why()}"


EXERCISES: Final[tuple[Exercise, ...]] = (TakeOneAway(), NotForThese())
