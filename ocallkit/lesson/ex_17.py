"""The exercises of notebook 17: the ledger's own checks, under other designs."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit.claims import CLAIMS, Finding, finding
from ocallkit.claims.cells import grid
from ocallkit.claims.claim import VERDICTS
from ocallkit.lesson.exercise import Exercise, Name, Number, Program, ReadersProgram

THREADS: Final = 4
"""The secure threads of the second exercise."""


class WithoutTheHook(Name):
    """The check of C38b, under the design that has no pre_release."""

    key: ClassVar[str] = "17-without-the-hook"
    hint: ClassVar[str] = (
        "Which function could cancel under `held-refs`, and what does it wait for?"
    )
    names: ClassVar[tuple[str, ...]] = VERDICTS

    def expected(self) -> str:
        """The verdict by the ledger's own rule."""
        cells = grid(("flow-1-memref",), ("held-refs",))
        return Finding(CLAIMS["C38b"]._replace(cells=cells)).verdict

    def wrong(self, answer: str) -> str:
        """What the reader may have thought of."""
        if answer == finding("C38b").verdict:
            return (
                "That is its verdict under `held-refs-pre-release`, where closing the context's"
                " file runs `pre_release`. Which function would cancel under `held-refs`?"
            )
        if answer == "refined":
            return "The claim states no condition, so the rule cannot come to `refined`."
        return f"`{answer}` it is not. The cells can be tried out, and they agree."

    def why(self) -> str:
        """There is nothing to be called."""
        return (
            "Under `held-refs` only the context's release cancels, and it waits for a count that"
            " the pending request keeps up. HernanGatta's sentence is true of that function; it"
            " is not true of `pre_release`, which does not wait for the count."
        )

    def solution(self) -> str:
        """The verdict, and what was confused."""
        return f"**{self.expected()}**. {self.why()}"


class ToTakeThemAll(Number):
    """How many CAs have to die before four secure threads are gone."""

    key: ClassVar[str] = "17-to-take-them-all"
    hint: ClassVar[str] = (
        "Which calls of a CA that dies wait in secure world for ever? Count them for a single "
        "death."
    )

    def expected(self) -> int:
        """The fewest clients whose deadlock takes every thread."""
        for clients in range(1, THREADS + 1):
            cells = grid(("flow-1-memref",), ("ecall",), threads=(THREADS,), clients=(clients,))
            asked = CLAIMS["C33"]._replace(cells=cells, condition=None)
            if Finding(asked).verdict == "holds":
                return clients
        raise RuntimeError(f"{THREADS} secure threads are never all taken")

    def wrong(self, answer: int) -> str:
        """What one CA can take, and what it cannot."""
        if answer == THREADS:
            return (
                f"{answer} would do, and fewer do too. A CA that dies takes more than PR 72"
                " of its OCALL: which call waits in secure world besides?"
            )
        if answer == 1:
            return (
                "One CA closes its files one after the other. The first close that waits keeps"
                " the rest from being closed, so more memories take no more threads."
            )
        return f"{answer} is not it. Count the threads that one dying CA holds for ever."

    def why(self) -> str:
        """Two for each."""
        return (
            "Each takes one thread for the OCALL that nobody answers, and one for the release"
            " that waits for it."
        )

    def solution(self) -> str:
        """The number and where it comes from."""
        return f"**{self.expected()}**. {self.why()}"


class WhenItHolds(Program):
    """The widest condition under which C26 holds."""

    key: ClassVar[str] = "17-when-it-holds"
    hint: ClassVar[str] = (
        "Look at the cells that fail: what do their scenarios pass, what do they only register, "
        "what do their designs not keep, and how many threads are there?"
    )
    wants: ClassVar[str] = "a function of a cell: name it, and do not call it"

    def trouble(self, program: ReadersProgram) -> str:
        """Ask it of every cell, and compare with what the cell says of the claim."""
        outcomes = finding("C26").outcomes
        met = [cell for cell in outcomes if program(cell)]
        failing = [cell for cell in met if not outcomes[cell].holds]
        if failing:
            return (
                f"Your condition is met in {len(met)} cells, and in {len(failing)} of them the"
                f" claim fails: `{failing[0].scenario}` under `{failing[0].design}`, for example."
                " What waits there before the request is cancelled, and for what?"
            )
        left = [cell for cell, outcome in outcomes.items() if outcome.holds and cell not in met]
        if left:
            return (
                f"The claim holds in all {len(met)} cells that meet your condition, but in"
                f" {len(left)} others too: `{left[0].scenario}` under `{left[0].design}`, for"
                " example."
            )
        return ""

    def why(self) -> str:
        """The condition in words."""
        outcomes = finding("C26").outcomes
        whole = sum(outcome.holds for outcome in outcomes.values())
        words = CLAIMS["C26"].condition
        return (
            f"Your condition is met in the {whole} of {len(outcomes)} cells in which the claim"
            f" holds, and in no other. In words: {words.words if words else 'always'}."
        )

    def solution(self) -> str:
        """A function that does it."""
        return (
            "It fails where the release of a memory comes before the request is cancelled, and has"
            " to wait. For a memory that the invocation was passed that takes a design that does"
            " not keep its references. For one that it was not passed it takes nothing but pending"
            f" OCALLs that hold every thread.\n\n```python\n{WHEN_IT_HOLDS}\n```"
        )


WHEN_IT_HOLDS: Final = """\
def met(cell):
    passes = cell.scenario in ("flow-1-memref", "flow-2-memref", "flow-1-two-memrefs")
    keeps = cell.design.startswith("held-refs") or cell.design == "two-lists"
    spare = cell.scenario == "spare-memory"
    return (keeps or not passes) and (not spare or cell.threads > cell.clients)"""
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (WithoutTheHook(), ToTakeThemAll(), WhenItHolds())
