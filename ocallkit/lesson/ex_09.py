"""The exercises of notebook 09: when a count goes up, and when down."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit import run
from ocallkit.designs import HeldRefsPreRelease, TwoLists
from ocallkit.lesson.deaths import FREED, open_files, outcomes
from ocallkit.lesson.ex_08 import YourFix
from ocallkit.lesson.exercise import Exercise, Name, Number, listed
from ocallkit.model.events import Note
from ocallkit.model.params import INOUT, memref
from ocallkit.view.ledger import ledger

SCENARIO: Final = "flow-2-memref"
FLOW: Final = "flow-2"
"""What the first exercise asks about."""


def owners_while_asked(design: str) -> tuple[str, ...]:
    """Who holds the OCALL's memory while the CA handles the OCALL."""
    book = ledger(run(FLOW, design))
    served = next(
        number
        for number, row in enumerate(book.rows)
        if isinstance(row, Note) and "services OCALL" in row.text
    )
    entries = [e for e in book.entries if e.row < served and e.balance.target == "tee_shm A.ocall"]
    return entries[-1].balance.owners


class WhileAsked(Number):
    """References on the OCALL's memory while the CA handles the OCALL, under `two-lists`."""

    key: ClassVar[str] = "09-while-asked"
    hint: ClassVar[str] = (
        "Which lists have been put by then, and who holds the memory apart from any list?"
    )

    def expected(self) -> int:
        """The model's own count."""
        return len(owners_while_asked(TwoLists.name))

    def wrong(self, answer: int) -> str:
        """Whose reference was added."""
        if answer == len(owners_while_asked(HeldRefsPreRelease.name)):
            return (
                "So many are there where a pending request counts as well. In `two-lists` only "
                "the lists count, and the list of the reply was put when the `ioctl` returned."
            )
        if answer == 0:
            return "The file of the memory is open while the CA lives. It holds one."
        return f"{answer} is not it. Follow `tee_shm A.ocall` in the comparison of the two runs."

    def why(self) -> str:
        """Both designs."""
        one, other = (
            listed(owners_while_asked(design.name)) for design in (TwoLists, HeldRefsPreRelease)
        )
        return (
            f"Only {one} holds it. Where the request counts as well it is {other}: the second one "
            "does not depend on the CA."
        )

    def solution(self) -> str:
        """The number and the owner."""
        return f"**{self.expected()}.** {self.why()}"


class ClosedTooEarly(Name):
    """The file whose closing frees memory in use under `two-lists`."""

    key: ClassVar[str] = "09-closed-too-early"
    hint: ClassVar[str] = (
        "Which file holds the last reference on memory that secure world still uses?"
    )
    names: ClassVar[tuple[str, ...]] = open_files(SCENARIO, TwoLists)

    def expected(self) -> str:
        """The file that is before the context's in every order that goes wrong."""
        bad = [o for o, end in outcomes(SCENARIO, TwoLists).items() if end == FREED]
        (file,) = {
            file
            for file in self.names
            if all(order.index(file) < order.index("context") for order in bad)
        }
        return file

    def wrong(self, answer: str) -> str:
        """What the other files do."""
        if answer == "context":
            return "Closing that one cancels the OCALL: from then on secure world uses nothing."
        return (
            f"`{answer}` was passed by the invocation: it is on the first list, which is put when "
            "the invocation is complete."
        )

    def why(self) -> str:
        """How many orders that concerns."""
        found = outcomes(SCENARIO, TwoLists)
        bad = sum(end == FREED for end in found.values())
        return (
            f"In {bad} of {len(found)} orders `{self.expected()}` is closed before `context`. Its "
            "file held the last reference, and secure world still has a MOBJ of the memory."
        )

    def solution(self) -> str:
        """The file, and why."""
        return f"**{self.expected()}.** {self.why()}"


class YourRepair(YourFix):
    """A repair of `two-lists` that holds in every scenario."""

    key: ClassVar[str] = "09-your-repair"
    hint: ClassVar[str] = (
        "Who uses the memory while the CA is asked, and takes no reference on it under this rule?"
    )
    wants: ClassVar[str] = "a repair of `TwoLists`: give the class itself, `answer = Mine`"

    def judge(self, answer: object) -> str:
        """It must keep the first list, and hold everywhere."""
        if isinstance(answer, type) and not issubclass(answer, TwoLists):
            return "Begin with `class Mine(TwoLists)`: what is to be repaired is that rule."
        trouble = super().judge(answer)
        if trouble or not isinstance(answer, type):
            return trouble
        if not answer().kept((memref(INOUT, "memory", 4),)):
            return "Its first list is gone."
        return ""

    def solution(self) -> str:
        """What was missing."""
        return (
            "The pending request takes references of its own, which go with its reply or its "
            "cancellation, not with the return of an `ioctl`:\n\n"
            "```python\n"
            "class Mine(TwoLists):\n"
            '    name = "mine"\n'
            "\n"
            "    def referenced(self, params):\n"
            "        return memories(params)\n"
            "```"
        )


EXERCISES: Final[tuple[Exercise, ...]] = (WhileAsked(), ClosedTooEarly(), YourRepair())
