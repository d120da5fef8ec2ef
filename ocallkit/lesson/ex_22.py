"""The exercises of notebook 22, which ask for words that a picture shows."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit import run
from ocallkit.lesson.exercise import Exercise, Name, Number
from ocallkit.model.events import OPTEE_DRIVER, PARTIES, Message


def messages(scenario: str) -> tuple[Message, ...]:
    """The messages of a run, from opening the device to closing it."""
    return tuple(event for event in run(scenario).events if isinstance(event, Message))


class WhoExecutes(Name):
    """Which party executes an SMC."""

    key: ClassVar[str] = "22-who-executes"
    hint: ClassVar[str] = "In the picture of Flow 1, where does the arrow `SMC/Func Invoke` start?"
    names: ClassVar[tuple[str, ...]] = PARTIES

    def expected(self) -> str:
        """Where the SMC of the invocation starts."""
        return next(m.source for m in messages("flow-1") if m.label == "SMC/Func Invoke")

    def wrong(self, answer: str) -> str:
        """Why it cannot be that one."""
        if answer == "TEE Driver":
            return "The TEE Driver is the same for every kind of secure world: it knows no SMC."
        if answer == "CA":
            return "A process cannot leave Linux by itself: it asks the kernel, by an `ioctl`."
        return f"The {answer} is in the secure world already; an SMC is how one gets there."

    def why(self) -> str:
        """What that party is for."""
        return f"The {self.expected()} is the part of the kernel that knows OP-TEE."

    def solution(self) -> str:
        """Read the arrow."""
        return f"**{self.expected()}.** In Flow 1 `SMC/Func Invoke` starts there."


class HowManyRpcs(Number):
    """How many RPCs an OCALL with memory takes."""

    key: ClassVar[str] = "22-how-many-rpcs"
    hint: ClassVar[str] = "An RPC leaves the secure world with a request. What is asked for?"

    def expected(self) -> int:
        """The model's own count."""
        return len(self.requests())

    def requests(self) -> tuple[str, ...]:
        """Their labels, in order."""
        return tuple(
            m.label
            for m in messages("flow-2")
            if m.target == OPTEE_DRIVER and m.label.startswith("RPC/")
        )

    def wrong(self, answer: int) -> str:
        """One too many counts the `ioctl` calls."""
        if answer == self.expected() + 1:
            return (
                f"{answer} is the number of `ioctl` calls: the first brings the invocation, "
                "and no RPC comes before it."
            )
        if answer == 1:
            return "That is the OCALL. But its memory has to be asked for, too, and given back."
        return f"Look for the arrows whose label begins with `RPC/`: {answer} is not their number."

    def why(self) -> str:
        """All of them by name."""
        return "They are " + ", ".join(f"`{label}`" for label in self.requests()) + "."

    def solution(self) -> str:
        """Count them."""
        return f"**{self.expected()}.** {self.why()}"


EXERCISES: Final[tuple[Exercise, ...]] = (WhoExecutes(), HowManyRpcs())
