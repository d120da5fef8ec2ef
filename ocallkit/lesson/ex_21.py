"""The exercises of notebook 21, which are solved with its labs."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from msgspec.structs import replace

from ocallkit.designs import DESIGNS, OcallFd
from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.labs.crash import Crash, Situation
from ocallkit.labs.designs import CANCELS, TRANSPORTS, Choice, choice_of, compose, verdict
from ocallkit.labs.wheat import Winnowed, winnow_property, winnow_scenario
from ocallkit.lesson.exercise import Exercise, Name, Number, Program, ReadersProgram
from ocallkit.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run

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


def counted(winnowed: Winnowed, good: str, bad: str) -> str:
    """How many were taken for the other kind, in words; empty if none was."""
    parts = [
        f"{what} {len(grains)}, the first {grains[0].design} in {grains[0].scenario}"
        for what, grains in ((good, winnowed.rejected), (bad, winnowed.missed))
        if grains
    ]
    return f"Of {winnowed.tried} that were tried: {'; '.join(parts)}." if parts else ""


class _Winnow(Program):
    """An answer of a reader's own that has to tell the good designs from the bad."""

    good: ClassVar[str]
    bad: ClassVar[str]

    @abstractmethod
    def winnow(self, answer: Any) -> Winnowed:  # noqa: ANN401 - of the kind that it wants
        """Try it on all of them."""

    def trouble(self, program: ReadersProgram) -> str:
        """What it takes for the other kind."""
        return counted(self.winnow(program), self.good, self.bad)

    def evidence(self, answer: object) -> Iterator[tuple[str, Run]]:
        """A run for each of those."""
        if not self.fits(answer):
            return
        winnowed = self.winnow(answer)
        for what, grains in ((self.good, winnowed.rejected), (self.bad, winnowed.missed)):
            for grain in grains:
                yield f"{what}: {grain.design} in {grain.scenario}", grain.run

    def fits(self, answer: object) -> bool:
        """Whether it is of the kind that is wanted."""
        return callable(answer)

    def judge(self, answer: object) -> str:
        """Right is what takes each for what it is."""
        return self.trouble(answer) if self.fits(answer) else self.unfit(answer)  # type: ignore[arg-type]


class OwnProperty(_Winnow):
    """A property that finds every context that is kept for ever."""

    key: ClassVar[str] = "21-own-property"
    hint: ClassVar[str] = (
        "A context that is kept while its CA runs is no leak. And a process that hangs never ends."
    )
    wants: ClassVar[str] = "a property: name the function, and do not call it"
    good: ClassVar[str] = "wrongly rejected"
    bad: ClassVar[str] = "missed"

    def winnow(self, answer: Any) -> Winnowed:  # noqa: ANN401 - a function of a state
        """Lay it beside the package's own."""
        return winnow_property(answer, "no-context-leak")

    def why(self) -> str:
        """When to ask."""
        return (
            "Asked where nothing more can happen, it finds what is left of a CA that has ended and "
            "of one that hangs, and nothing that is still in use."
        )

    def solution(self) -> str:
        """One that is right."""
        return f"```python\n{OWN_PROPERTY}```\n\n{self.why()}"


class OwnScenario(_Winnow):
    """One scenario that finds out every design that is no good."""

    key: ClassVar[str] = "21-own-scenario"
    hint: ClassVar[str] = (
        "Some designs lose what the invocation uses, others what the OCALL uses. Which scenario of "
        "the matrix has both?"
    )
    wants: ClassVar[str] = "a `Scenario(name, about, ca, ta)`"
    good: ClassVar[str] = "breaks though it is good"
    bad: ClassVar[str] = "not found out"

    def fits(self, answer: object) -> bool:
        """A scenario, whatever is in it."""
        return isinstance(answer, Scenario)

    def winnow(self, answer: Any) -> Winnowed:  # noqa: ANN401 - a scenario
        """Judge it under every design that the decisions make."""
        return winnow_scenario(answer)

    def why(self) -> str:
        """What must be at stake."""
        return (
            "With memory in the invocation and memory in its OCALL there is something to lose for "
            "each decision that is taken wrongly."
        )

    def solution(self) -> str:
        """One that is right."""
        return f"```python\n{OWN_SCENARIO}```\n\n{self.why()}"


OWN_PROPERTY: Final = """\
from ocallkit.api import at_end


@at_end
def nothing_kept(state):
    return all(context.freed for context in state.world.contexts.all())
"""
"""A right answer to the fourth exercise."""

OWN_SCENARIO: Final = """\
from ocallkit.scenarios import SCENARIOS, Scenario

with_memory, sends_memory = SCENARIOS["flow-1-memref"], SCENARIOS["flow-2"]
answer = Scenario("both", "memory in both", with_memory.ca, sends_memory.ta)
"""
"""A right answer to the fifth exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (
    DeadlyMoments(),
    OneAnswer(),
    OneMore(),
    OwnProperty(),
    OwnScenario(),
)
