"""The exercises of notebook 04: the bytes of one invocation and its OCALL."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit import run
from ocallkit.abi.arguments import TeeIoctlEcallArg, TeeIoctlParam
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.results import Origin, Result
from ocallkit.lesson.exercise import Exercise, Name, Number
from ocallkit.model.params import INOUT, tempref
from ocallkit.scenarios.riddle import ASKED, BUFFER, FROM_CA, RIDDLE, SENT, riddle
from ocallkit.view.buffers import buffers

TOO_SMALL: Final = 16
"""The size of the TA's last buffer in the third exercise: the CA's string does not fit."""


class WhereIsTheId(Number):
    """Where the fourth parameter's memory id lies in the ioctl's argument."""

    key: ClassVar[str] = "04-where-is-the-id"
    hint: ClassVar[str] = (
        "What lies before it: the header, whole parameters, and which members of its own parameter?"
    )
    member: ClassVar[str] = "params[3].c"

    def expected(self) -> int:
        """The offset in the structure as it is packed."""
        begins = buffers(run(riddle())).find("TEE_IOC_ECALL")
        return next(row.offset for row in begins.rows if row.field == self.member)

    def wrong(self, answer: int) -> str:
        """What was left out."""
        header, param = sizeof(TeeIoctlEcallArg), sizeof(TeeIoctlParam)
        if answer == self.expected() - header:
            return f"That counts from the first parameter. A header of {header} bytes is before it."
        if answer == header + 3 * param:
            return (
                "That is where the parameter begins. Its id is in `c`: `attr`, `a` and `b` are "
                "before it, of 8 bytes each."
            )
        if answer == self.expected() + param:
            return "The first parameter has the number 0: three are before this one, not four."
        return f"The header has {header} bytes, each parameter {param}. {answer} is not the place."

    def why(self) -> str:
        """The sum."""
        header, param = sizeof(TeeIoctlEcallArg), sizeof(TeeIoctlParam)
        return f"{header} of header, 3 parameters of {param}, and 3 numbers of 8 bytes before it."

    def solution(self) -> str:
        """The sum again, and where to see it."""
        place = self.expected()
        return f"**{place}** ({place:#x}). {self.why()} The table of the structure has it too."


class SmallestBuffer(Number):
    """The smallest last buffer with which the CA gets its answer."""

    key: ClassVar[str] = "04-smallest-buffer"
    hint: ClassVar[str] = (
        "What does the TA put into that buffer in the end, and what marks the end of a string in C?"
    )

    def expected(self) -> int:
        """The first size that succeeds."""
        return next(size for size in range(1, BUFFER + 1) if accepted(size))

    def wrong(self, answer: int) -> str:
        """What was counted instead."""
        if answer == len(RIDDLE) - 1:
            return "That has no room for the zero byte that ends a string in C."
        if answer == len(FROM_CA):
            return (
                "That is the size of the string that the CA sends. What does the TA put into the "
                "CA's last buffer?"
            )
        if answer > self.expected():
            return f"With {answer} bytes it succeeds, but with fewer too."
        return f"With {answer} bytes the TA refuses: `{Result.BAD_PARAMETERS.name}`."

    def why(self) -> str:
        """The size of what comes back."""
        return (
            "It is the size of the TA's string, its zero byte included. The TA checks that before "
            "it asks the CA: with one byte less there is no OCALL at all."
        )

    def solution(self) -> str:
        """Count."""
        return (
            f"**{self.expected()}**: `{RIDDLE[:-1].decode()}` has {len(RIDDLE) - 1} letters and "
            "blanks, and a zero byte ends it."
        )


def accepted(size: int) -> bool:
    """Whether the TA takes a last buffer of that size."""
    sent = (*SENT[:3], tempref(INOUT, size=size))
    result = run(riddle(sent=sent)).results["A"]
    return bool(result.ret == Result.SUCCESS)


class WhoseResult(Name):
    """The origin that the CA finds when its own handler refused the OCALL."""

    key: ClassVar[str] = "04-whose-result"
    hint: ClassVar[str] = (
        "The refusal is the result of the OCALL. Whose function gives the result of the invocation?"
    )
    names: ClassVar[tuple[str, ...]] = tuple(origin.name for origin in Origin)

    def expected(self) -> str:
        """The origin of the invocation's result."""
        asked = (*ASKED[:3], tempref(INOUT, size=TOO_SMALL))
        origin: Origin = run(riddle(asked=asked)).results["A"].origin
        return origin.name

    def wrong(self, answer: str) -> str:
        """Where that origin would be seen."""
        if answer == Origin.CLIENT_APP.name:
            return (
                "That is what the TA sees: the OCALL's result came from the CA's handler. But the "
                "CA looks at the result of its invocation. Who gave that?"
            )
        return (
            f"`{answer}` would mean that a layer between the two failed. They all did their work: "
            "the refusal was carried like any answer."
        )

    def why(self) -> str:
        """Two results, two origins."""
        return (
            "The handler's refusal is the result of the OCALL. The TA read it and returned the "
            "same code as the result of its own function, and that is what the CA gets."
        )

    def solution(self) -> str:
        """As above."""
        return f"**{self.expected()}**. {self.why()}"


EXERCISES: Final[tuple[Exercise, ...]] = (WhereIsTheId(), SmallestBuffer(), WhoseResult())
