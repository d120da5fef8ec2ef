"""The exercises of notebook 06, with the runs that answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import judge, replay, run, token
from ocallkit.designs import EcallBare
from ocallkit.lesson.exercise import Exercise, Name, Number
from ocallkit.model.events import Put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit import Run


def killed_at_each_request(scenario: str, design: str) -> Iterator[tuple[str, Run]]:
    """For each request that a CA gets in a scenario: what it asks, and the run if it dies there."""
    names = run(scenario, design).schedule
    for place, step in enumerate(run(scenario, design).steps[:-1]):
        call = step.world.calls.get("A")
        if call is not None and call.pending and names[place + 1] == "A:return_to_user":
            dies = (*names[: place + 1], "A:kill")
            yield call.pending, run(scenario, design, faults=("kill",), schedule=dies)


def leaks(path: Run) -> bool:
    """Whether the context is still there when its process has ended."""
    return not all(context.freed for context in path.world.contexts.values())


class WhichLeak(Number):
    """How many of the moments at which a CA can die leak its context."""

    key: ClassVar[str] = "06-which-leak"
    hint: ClassVar[str] = (
        "Take the requests in turn: which memory does the kernel hold for each while it is pending?"
    )

    def ends(self) -> list[tuple[str, bool]]:
        """Each request of two OCALLs, and whether a death there leaks."""
        found = killed_at_each_request("two-ocalls", "ecall-bare")
        return [(request, leaks(path)) for request, path in found]

    def expected(self) -> int:
        """The model's own count."""
        return sum(leaked for _, leaked in self.ends())

    def wrong(self, answer: int) -> str:
        """What was counted instead."""
        if answer == len(self.ends()):
            return (
                f"{answer} requests reach the CA, that is right. But a request only holds the "
                "memory that it names: which of them name one?"
            )
        if answer == 1:
            return "The invocation has two OCALLs, and each of them names memory."
        return f"{answer} is not it. Go through the requests one by one: what does each hold?"

    def why(self) -> str:
        """The list of them."""
        words = [f"{name}: {'leaks' if bad else 'ends'}" for name, bad in self.ends()]
        return (
            f"In their order: {', '.join(words)}. Only a pending OCALL holds memory; an "
            "allocation has none yet, and the request to free it holds none any more."
        )

    def solution(self) -> str:
        """Where to look."""
        return f"**{self.expected()}** of {len(self.ends())}. {self.why()}"


class DropsLast(Name):
    """Who drops the last reference on the memory, when its file is closed first."""

    key: ClassVar[str] = "06-drops-last"
    hint: ClassVar[str] = (
        "When the memory's file is closed, who still needs the memory? The ledger names every "
        "owner."
    )
    names: ClassVar[tuple[str, ...]] = ("file", "OCALL request", "ioctl SHM Alloc Compl'")

    def expected(self) -> str:
        """The owner whose put brings the count to zero."""
        path = replay("flow-2/ecall/t2/c1/A:kill@OCALL,A:close:ocall")
        return next(
            event.owner
            for event in path.events
            if isinstance(event, Put) and event.target == "tee_shm A.ocall" and not event.count
        )

    def wrong(self, answer: str) -> str:
        """Why that one comes earlier."""
        if answer == "file":
            return (
                "That is so when the context's file is closed first. Here the memory's file goes "
                "first, while the OCALL is still pending."
            )
        return "That `ioctl` has returned long ago, and has dropped its reference then."

    def why(self) -> str:
        """It does not matter who is last."""
        return (
            "The file's reference goes first and frees nothing. pre_release cancels the OCALL "
            "later, and the request's reference is the last. Neither order leaves anything behind."
        )

    def solution(self) -> str:
        """Read the ledger."""
        return (
            f"**{self.expected()}**: in the ledger of "
            '`replay("flow-2/ecall/t2/c1/A:kill@OCALL,A:close:ocall")` it is the put after which '
            "the count is zero."
        )


class YourHook(Exercise):
    """A design of the reader's own, in which nothing is left behind."""

    key: ClassVar[str] = "06-your-hook"
    hint: ClassVar[str] = (
        "Which method does the driver call when the context's file is closed, whatever the count "
        "is?"
    )
    wants: ClassVar[str] = "a design: name the class, and do not call it"

    def judge(self, answer: object) -> str:
        """Every design is right under which `flow-2` holds."""
        if not (isinstance(answer, type) and issubclass(answer, EcallBare)):
            return self.unfit(answer)
        verdict = judge("flow-2", answer)
        if verdict.holds:
            return ""
        first = min(verdict.violations, key=lambda violation: violation.steps)
        return (
            f"Under `{answer.name}` `flow-2` breaks {', '.join(verdict.broken)}. The shortest way "
            f"there has {first.steps} steps: `{token(first.run)}`."
        )

    def why(self) -> str:
        """What it did."""
        return (
            "Whatever a CA and a kill can do in `flow-2` was tried, and under your design nothing "
            "is left behind."
        )

    def solution(self) -> str:
        """The opening text's own."""
        return (
            "The hook of `ecall` is one line. It runs when the context's file is closed, whatever "
            f"its count is.\n\n```python\n{YOUR_HOOK}\n```"
        )


YOUR_HOOK: Final = """\
class Mine(EcallBare):
    name = "mine"

    def pre_release(self, client):
        return optee.cancel_ocall(client)"""
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (WhichLeak(), DropsLast(), YourHook())
