"""The exercises of notebook 10: what the whole matrix says."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit.designs import DESIGNS
from ocallkit.judging.matrix import short
from ocallkit.lesson.every_verdict import verdicts
from ocallkit.lesson.exercise import Exercise, Name, Number, listed
from ocallkit.properties import NAMES


def breaking(name: str) -> tuple[str, ...]:
    """The designs that break a property in some scenario."""
    broken = {cell.design for cell in verdicts() if name in (found for found, _, _ in cell.broken)}
    return tuple(design for design in DESIGNS if design in broken)


def unbroken() -> tuple[str, ...]:
    """The properties that no design breaks."""
    return tuple(name for name in NAMES if not breaking(name))


class NeverBroken(Name):
    """A property that no design breaks; there are several, and each is right."""

    key: ClassVar[str] = "10-never-broken"
    hint: ClassVar[str] = (
        "Each counterexample names what it breaks: strike those names from the list of all "
        "properties."
    )
    names: ClassVar[tuple[str, ...]] = NAMES

    def expected(self) -> str:
        """One of them."""
        return unbroken()[0]

    def judge(self, answer: object) -> str:
        """Any of them will do."""
        return "" if self.read(answer) in unbroken() else super().judge(answer)

    def wrong(self, answer: str) -> str:
        """Who breaks the named one."""
        return f"`{answer}` is broken by {listed(breaking(answer))}. Open one of the cells."

    def why(self) -> str:
        """What it says about the designs."""
        return (
            f"No design breaks {listed(unbroken())}: each puts what it has taken, at most once, and"
            " none goes round for ever. They differ in when they put."
        )

    def solution(self) -> str:
        """How to find it."""
        return (
            f"**{' or '.join(unbroken())}.** The counterexamples name what they break, and these"
            f" are named in none. {self.why()}"
        )


class DependsOnThreads(Number):
    """How many cells have another verdict with another number of secure threads."""

    key: ClassVar[str] = "10-depends-on-threads"
    hint: ClassVar[str] = (
        "Compare the words of a cell for each number of threads; the states are no verdict."
    )

    def words(self) -> dict[tuple[str, str], set[str]]:
        """For each design in each scenario its verdicts in a word."""
        found: dict[tuple[str, str], set[str]] = {}
        for cell in verdicts():
            found.setdefault((cell.design, cell.scenario), set()).add(short(cell))
        return found

    def expected(self) -> int:
        """Those with more than one."""
        return sum(len(words) > 1 for words in self.words().values())

    def wrong(self, answer: int) -> str:
        """The states are no verdict."""
        counts: dict[tuple[str, str], set[int]] = {}
        for cell in verdicts():
            counts.setdefault((cell.design, cell.scenario), set()).add(cell.states)
        if answer == sum(len(numbers) > 1 for numbers in counts.values()):
            return (
                f"In {answer} cells the number of states depends on it. Does the verdict? A cell "
                "with two verdicts would say for how many threads it has the worse one."
            )
        return f"{answer} is not it. Look at the words of the cells, not at their numbers."

    def why(self) -> str:
        """What more threads change, and what they do not."""
        changing = [scenario for (_, scenario), words in self.words().items() if len(words) > 1]
        named = listed(tuple(dict.fromkeys(changing)))
        return (
            f"Of {len(self.words())} cells **{self.expected()}** change their verdict between one "
            f"thread and three, all of them in {named}: there the exit waits for any thread at "
            "all, and one more ends it. Elsewhere it waits for what only the dead CA could end, "
            "and more threads change where, not whether it ends."
        )

    def solution(self) -> str:
        """The number, and why."""
        return self.why()


EXERCISES: Final[tuple[Exercise, ...]] = (NeverBroken(), DependsOnThreads())
