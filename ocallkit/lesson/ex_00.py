"""The exercises of notebook 00."""

from __future__ import annotations

from typing import ClassVar, Final

from ocallkit import run
from ocallkit.judging.path import Run
from ocallkit.lesson.exercise import Exercise, Name, Number
from ocallkit.model.events import BANDS, PARTIES, Message
from ocallkit.scenarios import SCENARIOS
from ocallkit.view.window import window


def band(party: str) -> str:
    """Where a party lives."""
    return next(name for name, parties in BANDS.items() if party in parties)


def requests(scenario: str) -> tuple[str, ...]:
    """What the CA passes to the TEE driver for one invocation, ioctl by ioctl."""
    return tuple(
        event.label
        for event in run(scenario).events
        if isinstance(event, Message) and event.source == "CA" and "ECALL" in event.label
    )


def arrows(scenario: str) -> tuple[int, int]:
    """How many arrows an invocation has: in its diagram, and in its text, which leaves out some."""
    path = run(scenario)
    start, stop = window(path.events, whole=False)
    messages = [event for event in path.events[start:stop] if isinstance(event, Message)]
    return len(messages), path.text().count("]->")


class HowManyIoctls(Number):
    """How often the CA calls the kernel for one invocation with one OCALL."""

    key: ClassVar[str] = "00-how-many-ioctls"
    hint: ClassVar[str] = "An arrow and its return are the same call: which arrows start at the CA?"

    def expected(self) -> int:
        """The model's own count."""
        return len(requests("flow-1"))

    def wrong(self, answer: int) -> str:
        """Each wrong count has counted something else."""
        if answer == self.expected() - 1:
            return (
                "That counts the invocation, but not the answer. The ioctl that carried the "
                "invocation has returned with the OCALL: how does the answer get back?"
            )
        if answer in arrows("flow-1"):
            return f"{answer} is the number of all arrows. Count those that the CA starts."
        if answer == 2 * self.expected():
            return "That counts the returns too. An ioctl is an arrow and its return: one call."
        return f"Look for the arrows that start at the CA: {answer} is not how many there are."

    def why(self) -> str:
        """Both ioctls, by name."""
        first, second = requests("flow-1")
        return (
            "The ioctl that carries the invocation returns with the OCALL, before the TA's "
            f"function is complete. So one ioctl more follows `{first}`: `{second}`, with the "
            "answer."
        )

    def solution(self) -> str:
        """Count them."""
        return (
            f"**{self.expected()}.** In the diagram the CA starts the arrows "
            + " and ".join(f"`{label}`" for label in requests("flow-1"))
            + ". The first returns before the TA's function is complete, with the OCALL as its "
            "result; the second brings the answer, and returns with the result of the TA."
        )


class WhoCarries(Name):
    """Which party turns the TA's request into an RPC."""

    key: ClassVar[str] = "00-who-leaves"
    hint: ClassVar[str] = (
        "Find the arrow that crosses from secure world into the kernel as a request: where does "
        "it start?"
    )
    names: ClassVar[tuple[str, ...]] = PARTIES

    def expected(self) -> str:
        """The source of the RPC."""
        return next(
            event.source
            for event in run("flow-1").events
            if isinstance(event, Message) and event.label.startswith("RPC/")
        )

    def wrong(self, answer: str) -> str:
        """Where that party stands."""
        where = band(answer)
        if where != "secure world":
            return f"The {answer} is in {where}; the request starts in secure world."
        if answer == "TA":
            return (
                "The TA asks, but only inside secure world: its own arrow "
                "`TEE_InvokeCACommand` ends at OP-TEE. Follow the request further."
            )
        return f"{answer} hands the request on with `dispatch`. Who gets it, and sends the RPC?"

    def why(self) -> str:
        """What the PTA is."""
        return (
            f"The {self.expected()} is the part of OP-TEE that packs the request and sends it "
            "to the normal world as an RPC. The TA itself never talks to Linux."
        )

    def solution(self) -> str:
        """Read the arrow."""
        return (
            f"**{self.expected()}.** The only arrow of the diagram that leaves secure world "
            "before the invocation is over is `RPC/OCALL Req'`; it starts there."
        )


class RunWithMemory(Exercise):
    """Make a run of one's own, in which the CA allocates memory for an OCALL."""

    key: ClassVar[str] = "00-run-with-memory"
    hint: ClassVar[str] = (
        "Read what the list says of each scenario: in which does an OCALL pass memory?"
    )
    wants: ClassVar[str] = 'a run: write `answer = run("...")`'

    def judge(self, answer: object) -> str:
        """Every run in which an OCALL passes memory is right."""
        if not isinstance(answer, Run):
            return self.unfit(answer)
        labels = {event.label for event in answer.events if isinstance(event, Message)}
        if "RPC/OCALL Req'" not in labels:
            return f"In `{answer.scenario}` nobody asks for an OCALL. Look at the list again."
        if "RPC/SHM Alloc Req'" not in labels:
            return (
                f"In `{answer.scenario}` the OCALL passes no memory: there is no arrow "
                "`RPC/SHM Alloc Req'` in its diagram."
            )
        return ""

    def why(self) -> str:
        """What to see in it."""
        return (
            "There is an arrow `RPC/SHM Alloc Req'`: before it can send bytes, the TA's side asks "
            "the CA for memory that both can reach."
        )

    def solution(self) -> str:
        """The shortest one."""
        about = SCENARIOS["flow-2"].about
        return f'The list says of `flow-2`: {about}.\n\n```python\nanswer = run("flow-2")\n```'


EXERCISES: Final[tuple[Exercise, ...]] = (HowManyIoctls(), WhoCarries(), RunWithMemory())
