"""The exercises of notebook 16: who answers what a caller gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit.judging.misused import CALLER, Tried, beside_another, caller, tried
from ocallkit.lesson.exercise import Exercise, Name, Program, ReadersProgram
from ocallkit.model import calls
from ocallkit.model.events import OCALL_PTA, OPTEE, OPTEE_DRIVER, TA, TEE_DRIVER, Message
from ocallkit.scenarios.misuse import Act

if TYPE_CHECKING:
    from ocallkit.judging.path import Run

FOREIGN_MEMORY: Final = "passes-foreign"
FOREIGN_SESSION: Final = "closes-foreign"
LARGER: Final = "answers-larger"


class WhoseMemory(Name):
    """Who refuses memory of another process."""

    key: ClassVar[str] = "16-whose-memory"
    hint: ClassVar[str] = "Who turns the number of a memory into a `tee_shm`?"
    names: ClassVar[tuple[str, ...]] = (TEE_DRIVER, OPTEE_DRIVER, OPTEE, OCALL_PTA)

    def expected(self) -> str:
        """Who gives the answer."""
        return tried(FOREIGN_MEMORY).by

    def wrong(self, answer: str) -> str:
        """What the others refuse."""
        if answer == tried(FOREIGN_SESSION).by:
            return "It knows the sessions, and refuses one of another process. Memory comes sooner."
        return "It never hears of this call: look at the column *from*."

    def why(self) -> str:
        """Memory is the TEE subsystem's."""
        return (
            "Memory is counted by the TEE subsystem, for every driver in the same way. It looks "
            "for the number among those of the caller's context, and finds nothing."
        )

    def solution(self) -> str:
        """The party, and why."""
        return f"**{self.expected()}.** {self.why()}"


def told_to_ta(run: Run) -> str:
    """The result of the last OCALL that the caller's TA was told."""
    words = [
        dict(e.words)
        for e in run.events
        if isinstance(e, Message) and (e.source, e.target, e.client) == (OCALL_PTA, TA, CALLER)
    ]
    return str(words[-1]["ret"])


class ToldToTheTa(Name):
    """What a TA is told whose CA claims more octets than it was passed."""

    key: ClassVar[str] = "16-more-octets"
    hint: ClassVar[str] = "The driver passes it on. Who knows how large the TA's buffer is?"
    names: ClassVar[tuple[str, ...]] = ("SUCCESS", "BAD_PARAMETERS", "TARGET_DEAD")

    def expected(self) -> str:
        """The result that it is told."""
        return told_to_ta(tried(LARGER).run)

    def wrong(self, answer: str) -> str:
        """What the others would mean."""
        said = {
            "SUCCESS": "Then the TA would read octets that lie behind its buffer.",
            "TARGET_DEAD": "That is what it is told when nobody is left to answer. Somebody did.",
        }
        return said[answer]

    def why(self) -> str:
        """The PTA compares."""
        return (
            "The OCALL PTA compares each size that comes back with the one that it sent. It has "
            "the memory released like any other, and then refuses the answer: the TA reads "
            "nothing of it."
        )

    def solution(self) -> str:
        """The result, and why."""
        return f"**{self.expected()}.** {self.why()}"


class CancelIt(Program):
    """A CA that has its own OCALL cancelled and closes nothing."""

    key: ClassVar[str] = "16-cancel-it"
    hint: ClassVar[str] = "An answer that does not fit its request cancels it."

    def trouble(self, program: ReadersProgram) -> str:
        """Run it where an OCALL is pending."""
        act = Act("yours", "does what you say", program, calls.OCALL)
        made = Tried(act, beside_another(caller(act), "ecall"))
        if not made.is_over:
            return "It does not come to its end."
        if not made.is_cancelled:
            return f"The OCALL is not cancelled. It is: {made.pending}."
        if made.closes:
            return "It closes something. Leave everything open."
        return ""

    def why(self) -> str:
        """The protocol."""
        return (
            "The driver cannot go on with an answer that does not fit, and nobody says that a "
            "better one will come. So it ends the OCALL with an error; the caller gets `EINVAL`."
        )

    def solution(self) -> str:
        """The shortest one."""
        return (
            "Say that the memory is released, where the handler was to be called:\n\n"
            "```python\n"
            "def mine(client):\n"
            '    return (yield from answers(client, "FREE"))\n'
            "```"
        )


EXERCISES: Final[tuple[Exercise, ...]] = (WhoseMemory(), ToldToTheTa(), CancelIt())
