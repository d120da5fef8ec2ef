"""The exercises of notebook 12: the first CA after boot, and who pays for what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit.designs import DESIGNS
from ocallkit.judging.verdict import judge
from ocallkit.lesson.boot import at_once
from ocallkit.lesson.exercise import Exercise, Name, Number, listed

if TYPE_CHECKING:
    from ocallkit.engine import State
    from ocallkit.model.world import World

THREADS: Final = 4
CLIENTS: Final = 2
AT_ONCE: Final = 6


def lost(state: State[World]) -> int | None:
    """How many contexts are left when every process has ended."""
    world = state.world
    if any(process.state != "ended" for process in world.processes.values()):
        return None
    return sum(not context.freed for context in world.contexts.values())


def lost_at_most(threads: int) -> int:
    """The most contexts that CLIENTS CAs can lose to the RPC argument cache."""
    tried = judge(
        "plain-invoke",
        clients=CLIENTS,
        threads=threads,
        faults=(),
        switches={"rpc-cache": "caller"},
        observe={"lost": lost},
    )
    return max(int(str(number)) for number in tried.exploration.observed["lost"])


class LostAtMost(Number):
    """How many contexts two CAs lose at most, with more secure threads than that."""

    key: ClassVar[str] = "12-lost-at-most"
    hint: ClassVar[str] = (
        "A secure thread that has never run is charged to nobody. How many of them can these CAs"
        " run on?"
    )

    def expected(self) -> int:
        """As the model finds it."""
        return lost_at_most(THREADS)

    def wrong(self, answer: int) -> str:
        """What each wrong number assumes."""
        if answer == THREADS:
            return (
                "Each thread can cost one context, and two CAs have only two. They can lose no"
                " more than they have."
            )
        if answer == lost_at_most(1):
            return "So many are lost if they run one after the other, or if there is one thread."
        return f"{answer} is not it. What is lost when both call for the first time at once?"

    def why(self) -> str:
        """One for each first RPC."""
        return (
            "If both are in secure world at the same time, each runs on a thread of its own, and"
            " each of these makes its first RPC."
        )

    def solution(self) -> str:
        """The number, and why."""
        return f"**{self.expected()}.** {self.why()}"


def left_open(payer: str = "caller") -> int:
    """How many sessions stay open of CAs that call at the same moment and exit."""
    world = at_once(AT_ONCE, argument_pages=payer).world
    return sum(session.open for session in world.sessions.values())


class LeftOpen(Number):
    """How many sessions the argument pages leave open."""

    key: ClassVar[str] = "12-left-open"
    hint: ClassVar[str] = "How many of the calls find a page, and who is charged for that one?"

    def expected(self) -> int:
        """As the run has it."""
        return left_open()

    def wrong(self, answer: int) -> str:
        """What each wrong number assumes."""
        if answer == AT_ONCE:
            return "One of them finds the page that was there before, and is charged for nothing."
        if answer == left_open("driver"):
            return "So many stay open if the pages are charged to a context of the driver's own."
        return f"{answer} is not it. Each call that gets a new page keeps its context for ever."

    def why(self) -> str:
        """All but one."""
        return (
            f"{AT_ONCE} calls need {AT_ONCE} pages. One was there, the others are new, and each of"
            " them keeps a context whose release would have closed a session."
        )

    def solution(self) -> str:
        """The number, and why."""
        return f"**{self.expected()}.** {self.why()}"


def losing(cache: str) -> tuple[str, ...]:
    """The designs under which a context is lost with that cache, whatever may go wrong."""
    return tuple(
        design
        for design in DESIGNS
        if "no-context-leak"
        in judge("cold-boot-ocall", design, switches={"rpc-cache": cache}).broken
    )


class WhichCure(Name):
    """The setting of the cache with which no design loses a context."""

    key: ClassVar[str] = "12-which-cure"
    hint: ClassVar[str] = "Which context does the memory hold while an OCALL is pending?"
    names: ClassVar[tuple[str, ...]] = ("caller", "driver", "off")

    def expected(self) -> str:
        """The one under which none does."""
        (cure,) = (cache for cache in self.names if not losing(cache))
        return cure

    def wrong(self, answer: str) -> str:
        """Which designs lose a context then."""
        found = losing(answer)
        if len(found) == len(DESIGNS):
            return f"With `{answer}` the first run loses its context under every design."
        return (
            f"With `{answer}` a context is lost under {listed(found)}: the pending call holds the"
            " context, and they cancel the call when the context is released."
        )

    def why(self) -> str:
        """It never concerns a client's context."""
        return "The memory holds a context, as with the others, but never that of a CA."

    def solution(self) -> str:
        """The name, and why."""
        return f"**{self.expected()}.** {self.why()}"


EXERCISES: Final[tuple[Exercise, ...]] = (LostAtMost(), LeftOpen(), WhichCure())
