"""The exercises of notebook 15: what the interface carries, and what it costs."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit import run
from ocallkit.abi.arguments import TeeIoctlParam
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.ioctl_params import EcallFunc, OcallFunc, get_cmd, get_func, make_pair
from ocallkit.claims.borders import fewest
from ocallkit.claims.turns import Turn, turns
from ocallkit.lesson.exercise import Exercise, Number

COMMAND: Final = 101
"""The CA's function in the second exercise."""


class WhatFlow2Costs(Number):
    """The octets that the parameter adds to all ioctls of Flow 2."""

    key: ClassVar[str] = "15-what-flow-2-costs"
    hint: ClassVar[str] = "What is the size of one parameter, and how many `ioctl`s has Flow 2?"

    def expected(self) -> int:
        """As the buffers have it."""
        return sum(turn.into.num_params - 4 for turn in self.all) * sizeof(TeeIoctlParam)

    @property
    def all(self) -> tuple[Turn, ...]:
        """The ioctls of the flow."""
        return turns(run("flow-2", "meta"))

    def wrong(self, answer: int) -> str:
        """What was counted instead."""
        param, many = sizeof(TeeIoctlParam), len(self.all)
        if answer == param:
            return "That is one `ioctl`. Flow 2 has more of them, and each passes the buffer."
        if answer == param * 2:
            return "That is Flow 1. Memory has to be allocated and freed as well."
        if answer == param * (many - 1):
            return "So many answer a request. The first `ioctl` passes the parameter too."
        return f"{answer} is not it. Count the `ioctl`s, and not their returns."

    def why(self) -> str:
        """The product."""
        return f"{len(self.all)} `ioctl`s, each with {sizeof(TeeIoctlParam)} bytes more."

    def solution(self) -> str:
        """The number, and what it is."""
        return f"**{self.expected()}.** {self.why()}"


class TheValue(Number):
    """What stands in the parameter when the CA is asked for a function."""

    key: ClassVar[str] = "15-the-value"
    hint: ClassVar[str] = (
        "The upper 32 bits say what is asked, the lower ones which of the CA's functions. In Python"
        " `3 << 32` is a number whose upper half is 3."
    )

    def expected(self) -> int:
        """By the macro of the posted header, as it is written here."""
        return make_pair(OcallFunc.INVOKE, COMMAND)

    def wrong(self, answer: int) -> str:
        """What was taken for it."""
        if answer == make_pair(EcallFunc.INVOKE, COMMAND):
            return (
                f"{int(EcallFunc.INVOKE)} is the number that the new `ioctl` has for it. With the"
                " parameter the numbers are in another order."
            )
        if answer == make_pair(COMMAND, OcallFunc.INVOKE):
            return "The halves are exchanged: the function of the cycle is in the upper one."
        if answer == COMMAND:
            return "That is the lower half alone. With an upper half of 0 nothing is asked."
        upper, lower = get_func(answer), get_cmd(answer)
        return f"{answer:#x} is not it. Its upper half is {upper}, its lower {lower}."

    def why(self) -> str:
        """The two halves."""
        return (
            f"The upper half is {int(OcallFunc.INVOKE)}, an OCALL, and the lower one the CA's"
            f" command, {COMMAND}."
        )

    def solution(self) -> str:
        """The number both ways."""
        return f"**{self.expected()}** ({self.expected():#x}). {self.why()}"


class FewestWithTheIoctl(Number):
    """The fewest parameters with which the new ioctl carries an OCALL."""

    key: ClassVar[str] = "15-fewest-with-the-ioctl"
    hint: ClassVar[str] = "Which of the five has a place of its own in the new structure?"

    def expected(self) -> int:
        """Tried out, from none on."""
        return fewest("ecall")

    def wrong(self, answer: int) -> str:
        """What would be refused, or was counted besides."""
        if answer == fewest("meta"):
            return "That is with the parameter, which is one of them. Here it is not needed."
        if answer == 1:
            return (
                "The TA passes one value, but the OCALL PTA hands on four parameters, of which"
                " three carry nothing."
            )
        if answer < self.expected():
            return f"With {answer} the `ioctl` fails: there is no room for the OCALL's parameters."
        return f"{answer} are enough, and fewer are too."

    def why(self) -> str:
        """The room for what the PTA hands on."""
        return (
            "The structure has fields of its own for the function, the command, the number and the"
            " UUID. What is left are the OCALL's parameters, and those are always four."
        )

    def solution(self) -> str:
        """The number."""
        return f"**{self.expected()}.** {self.why()}"


EXERCISES: Final[tuple[Exercise, ...]] = (WhatFlow2Costs(), TheValue(), FewestWithTheIoctl())
