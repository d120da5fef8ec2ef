"""The exercises of notebook 21, which are solved with its labs."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec.structs import replace

from ocallkit.designs import DESIGNS, OcallFd
from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.labs.crash import Crash, Situation
from ocallkit.labs.designs import CANCELS, TRANSPORTS, Choice, choice_of, compose, verdict
from ocallkit.lesson.exercise import Exercise, Name, Number
from ocallkit.scenarios import SCENARIOS

THREADS: Final = 2
"""Secure threads, as the labs begin with."""


SCENE: Final = ("flow-2-memref", "held-refs", THREADS)
"""Where the deadly moments are counted."""


def bad_moments() -> tuple[int, ...]:
    """The moments at which a death leaves something behind."""
    here = Situation(*SCENE)
    ends = [here.outcome(Crash(moment)).word for moment in range(len(here.moments))]
    return tuple(moment for moment, word in enumerate(ends) if word != "holds")


def breaks(choice: Choice) -> dict[str, str]:
    """The scenarios in which the design that decides so does not hold, each with the worst of it.

    >>> breaks(choice_of(DESIGNS["ecall-bare"]))["flow-2"]
    'leak'
    """
    words = {name: worst(verdict(choice, name, THREADS).broken) for name in SCENARIOS}
    return {name: word for name, word in words.items() if word != "holds"}


def first_of(broken: dict[str, str]) -> str:
    """One of the scenarios in which something breaks, in words."""
    scenario, word = next(iter(broken.items()))
    return f"`{scenario}`: {word}"


class DeadlyMoments(Number):
    """At how many moments a death leaves something behind."""

    key: ClassVar[str] = "21-deadly-moments"
    hint: ClassVar[str] = (
        "Ask at each moment whether something still holds the context when all files are closed."
    )

    def expected(self) -> int:
        """Try them all."""
        return len(bad_moments())

    def wrong(self, answer: int) -> str:
        """Where to look."""
        here = Situation(*SCENE)
        if answer > len(here.moments):
            return f"This CA comes back to user mode {len(here.moments)} times in all."
        if answer > self.expected():
            return "Fewer. Is the invocation under way at each of yours?"
        return "More. The TA asks for memory, for the OCALL, and for the end of the memory."

    def why(self) -> str:
        """What holds the context."""
        return (
            "All moments from the first request of the TA to the answer of its last: as long as "
            "the invocation is under way its reference on the memory keeps the context's count "
            "from zero, and only that would cancel what is pending."
        )

    def solution(self) -> str:
        """The number and why."""
        return f"**{self.expected()}**. {self.why()}"


class OneAnswer(Name):
    """The one answer that heals `ocall-fd`."""

    key: ClassVar[str] = "21-one-answer"
    hint: ClassVar[str] = (
        "`ocall-fd` gets stuck when a memory's file is closed first: what could make that close "
        "harmless?"
    )
    names: ClassVar[tuple[str, ...]] = Choice.__struct_fields__

    def expected(self) -> str:
        """Change each answer alone, and judge."""
        return next(name for name in self.names if not min(_changed(name).values(), key=len))

    def wrong(self, answer: str) -> str:
        """What still breaks after that change."""
        ways = _changed(answer)
        words = (f"with `{value}` it breaks {first_of(broken)}" for value, broken in ways.items())
        return f"Not by `{answer}` alone: {'; '.join(words)}."

    def why(self) -> str:
        """What was missing."""
        return (
            "`ocall-fd` deadlocks because a file of memory can be closed before the request's. "
            "If the invocation keeps its references, that close gives nothing up."
        )

    def solution(self) -> str:
        """The question to answer otherwise."""
        return f"`{self.expected()}`. {self.why()}"


def _changed(name: str) -> dict[object, dict[str, str]]:
    """What breaks under `ocall-fd` with one answer changed, for each other answer."""
    start = choice_of(OcallFd)
    now = getattr(start, name)
    answers = {"cancel": tuple(CANCELS), "transport": tuple(TRANSPORTS)}.get(name, (False, True))
    return {one: breaks(replace(start, **{name: one})) for one in answers if one != now}


class OneMore(Exercise):
    """A design that holds everywhere and is none of the discussion's."""

    key: ClassVar[str] = "21-one-more"
    hint: ClassVar[str] = (
        "Look up what the designs that hold have in common, and change what does not matter to it."
    )
    wants: ClassVar[str] = "a `Choice(...)`: take it from the lab as `lab.choice`"

    def judge(self, answer: object) -> str:
        """Any is right that holds in every scenario and has no name."""
        if not isinstance(answer, Choice):
            return self.unfit(answer)
        broken = breaks(answer)
        name = compose(answer).name
        if broken:
            return f"`{name}` breaks {first_of(broken)}."
        return f"It holds, but it is the discussion's own `{name}`." if name in DESIGNS else ""

    def why(self) -> str:
        """What matters, and what does not."""
        return (
            "What carries a request changes no verdict. What holds everywhere keeps the "
            "invocation's references and the request's, and cancels before the count is zero."
        )

    def solution(self) -> str:
        """One of those that are right."""
        return f"```python\nanswer = {ONE_MORE!r}\n```\n\n{self.why()}"


ONE_MORE: Final = Choice(holds_memories=True, cancel="request file", transport="TEE_IOC_INVOKE")
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (DeadlyMoments(), OneAnswer(), OneMore())
