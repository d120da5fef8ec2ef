"""The exercises of notebook 02: one OCALL that passes no memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import run
from ocallkit.abi.results import Result
from ocallkit.lesson.exercise import Exercise, Name, Number, Program, ReadersProgram
from ocallkit.lesson.programs import once
from ocallkit.model.events import Message, Note, Thread
from ocallkit.model.params import INOUT, INPUT, Params, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import Scenario, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit import Run
    from ocallkit.engine import Steps

OCALLS: Final = 3
"""How often the TA of the second exercise asks."""

NUMBER: Final = 1
"""The CA's command of the third exercise: give the number at a place."""


def asks(command: int, params: Params) -> Steps:  # noqa: ARG001 - a TA is called with both
    """A TA that asks its CA several times, with a value each time."""
    for place in range(OCALLS):
        yield from TEE_InvokeCACommand(NUMBER, (value(INPUT, place),))


def messages(path: Run) -> tuple[Message, ...]:
    """Every message of a run."""
    return tuple(event for event in path.events if isinstance(event, Message))


def labels_of_an_ocall() -> tuple[str, ...]:
    """What follows once the CA has serviced the OCALL, each label once, until the TA has it."""
    path = run("flow-1")
    start = next(i for i, event in enumerate(path.events) if isinstance(event, Note))
    rest = [event for event in path.events[start:] if isinstance(event, Message)]
    end = next(i for i, message in enumerate(rest) if message.target == "TA")
    return tuple(dict.fromkeys(message.label for message in rest[: end + 1]))


class WhoResumes(Name):
    """The message with which the suspended thread runs again."""

    key: ClassVar[str] = "02-who-resumes"
    hint: ClassVar[str] = (
        "Follow the bar on OP-TEE's lifeline in the picture: where does its hatching end?"
    )
    names: ClassVar[tuple[str, ...]] = labels_of_an_ocall()

    def expected(self) -> str:
        """The message just before a thread that was suspended is reported as running."""
        label, suspended = "", False
        for event in run("flow-1").events:
            if isinstance(event, Message):
                label = event.label
            if isinstance(event, Thread):
                if suspended:
                    return label
                suspended = event.state == "suspended"
        return ""

    def wrong(self, answer: str) -> str:
        """What is true of that message instead."""
        if answer.startswith("TEE_IOC"):
            return (
                f"`{answer}` brings the CA's answer into the kernel. Look at the bar on OP-TEE's "
                "lifeline: it is still hatched there."
            )
        if answer == "dispatch":
            return (
                "There are two of that name. The first is inside the kernel, where the secure "
                "thread is still suspended; at the second, inside secure world, it runs already."
            )
        return "That is inside secure world, where the secure thread already runs."

    def why(self) -> str:
        """It names the thread."""
        resume = next(m for m in messages(run("flow-1")) if m.label == self.expected())
        thread = dict(resume.words)["thread"]
        return (
            f"`{resume.label}` is a call into secure world that starts no new thread: it names "
            f"the one that waits, here thread {thread}."
        )

    def solution(self) -> str:
        """Follow the bar."""
        return (
            f"**{self.expected()}**. Follow the bar on OP-TEE's lifeline: it is hatched while "
            "the secure thread is suspended, and solid again from this message on."
        )


class ThreeOcalls(Number):
    """How many ioctls one invocation needs in which the TA asks several times."""

    key: ClassVar[str] = "02-three-ocalls"
    hint: ClassVar[str] = (
        "Each `ioctl` carries something into the kernel: what has to get there, from the call to "
        "its end?"
    )

    def expected(self) -> int:
        """Counted in a run."""
        path = run(Scenario("asks", "several OCALLs", once(0, handler=serve), asks))
        return sum("TEE_IOC_ECALL" in message.label for message in messages(path))

    def wrong(self, answer: int) -> str:
        """Each wrong count has a reason."""
        if answer == OCALLS:
            return (
                "That is one for each answer. The invocation itself has to get to the kernel too."
            )
        if answer == 2 * OCALLS:
            return (
                "Not every OCALL costs two. The ioctl that brings the answer to one OCALL is the "
                "same that returns with the next."
            )
        return f"Each ioctl brings one thing in and one thing out. How can there be {answer}?"

    def why(self) -> str:
        """Two roles, one ioctl."""
        return (
            f"One brings the invocation, {OCALLS} bring an answer. All but the last return with "
            "an OCALL, and the last with the result of the TA."
        )

    def solution(self) -> str:
        """Count the ways in."""
        return (
            f"**{self.expected()}**: one with the invocation, and one with the answer to each of "
            f"the {OCALLS} OCALLs."
        )


class AddsUp(Program):
    """A TA that asks until its CA has no more numbers, and adds them."""

    key: ClassVar[str] = "02-adds-up"
    hint: ClassVar[str] = (
        "Ask in a loop: which answers end it, and what does the TA return after each of them?"
    )

    def trouble(self, program: ReadersProgram) -> str:
        """Try it with two lists, then with a CA that refuses."""
        tries = (self._adds(program, [3, 4, 5]), self._adds(program, []), self._refused(program))
        return next((words for words in tries if words), "")

    def _adds(self, program: ReadersProgram, numbers: Sequence[int]) -> str:
        path = play(program, numbers)
        result, asked = path.results["A"], ocalls(path)
        listed = ", ".join(map(str, (*numbers, 0)))
        if result.ret != Result.SUCCESS:
            return f"With the answers {listed} the CA got `{result.ret.name}`, not `SUCCESS`."
        if not asked:
            return "It never asks its CA: `yield from TEE_InvokeCACommand(1, ...)` is an OCALL."
        if len(asked) != len(numbers) + 1:
            return (
                f"With the answers {listed} it asks {len(asked)} times, not {len(numbers) + 1}. "
                "The 0 says that there is no more."
            )
        if result.params[0].a != sum(numbers):
            return (
                f"With the answers {listed} the CA found {result.params[0].a} in `a`, not "
                f"{sum(numbers)}. A TA's outputs are the second thing that it returns."
            )
        return ""

    def _refused(self, program: ReadersProgram) -> str:
        result = play(program, None).results["A"]
        if result.ret != Result.ACCESS_DENIED:
            return (
                "It adds up, but when the handler refuses with `ACCESS_DENIED`, the CA gets "
                f"`{result.ret.name}`. The first thing that `TEE_InvokeCACommand` gives is the "
                "result: if it is not `SUCCESS`, return it."
            )
        return ""

    def why(self) -> str:
        """What an invocation with a loop is."""
        return (
            "The function of a TA can ask as often as it likes. Each time its thread is suspended "
            "in the middle of the loop, with all its variables, and goes on there."
        )

    def solution(self) -> str:
        """A program that does it."""
        return f"Ask in a loop, and leave it in two ways.\n\n```python\n{ADDS_UP}\n```"


def play(program: ReadersProgram, numbers: Sequence[int] | None) -> Run:
    """Run a TA whose CA gives the number at each place, and 0 behind the last; or refuses."""

    def handler(command: int, params: Params) -> Result | tuple[Result, Params]:
        if command != NUMBER:
            return Result.BAD_PARAMETERS
        if numbers is None:
            return Result.ACCESS_DENIED
        place = params[0].a
        number = numbers[place] if place < len(numbers) else 0
        return Result.SUCCESS, (value(INOUT, number), *params[1:])

    ca = once(0, value(INOUT), handler=handler)
    return run(Scenario("yours", "a reader's TA", ca, program))


def ocalls(path: Run) -> tuple[Message, ...]:
    """The OCALLs of a run."""
    return tuple(m for m in messages(path) if m.label == "TEE_InvokeCACommand")


ADDS_UP: Final = """\
def adds_up(command, params):
    total, place = 0, 0
    while True:
        ret, _, back = yield from TEE_InvokeCACommand(1, (value(INOUT, place),))
        if ret != Result.SUCCESS:
            return ret
        if back[0].a == 0:
            return Result.SUCCESS, (value(INOUT, total),)
        total, place = total + back[0].a, place + 1"""
"""A right answer to the third exercise."""


EXERCISES: Final[tuple[Exercise, ...]] = (WhoResumes(), ThreeOcalls(), AddsUp())
