"""The exercises of notebook 13: threads, their ends, and the order of closing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import judge
from ocallkit.designs import Ecall, HeldRefsPreRelease
from ocallkit.engine import Blocked
from ocallkit.lesson.exercise import Exercise, Name, Program, ReadersProgram, listed
from ocallkit.model import optee
from ocallkit.model.events import Message
from ocallkit.model.files import short
from ocallkit.scenarios import Scenario, Threads, asking_ta
from ocallkit.scenarios.threads import asking_or_plain_ta, one_session

if TYPE_CHECKING:
    from ocallkit import Run
    from ocallkit.engine import Steps
    from ocallkit.judging.verdict import Verdict
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

SCENARIO: Final = "two-threads-one-session"
DEADLOCK: Final = "no-deadlock"
SECOND: Final = "A.2"
INVOKES: Final = "Func Invoke"
LINUX: Final = {"exit-order": "linux"}


def down(world: World, client: Client) -> None:
    """Take the session's semaphore, or wait for it."""
    name = f"{client.session}.sem"
    if world.value_of(name):
        raise Blocked(f"{client.task} waits for the semaphore of {client.session}", "its holder")
    world.keeps(name, client.task)


def up(world: World, client: Client) -> None:
    """Give it back."""
    world.keeps(f"{client.session}.sem", None)


class Semaphore(HeldRefsPreRelease):
    """The design that notebook 13 makes: an ioctl of a session and its close come in turn.

    Source: drivers/tee/optee/call.c as posted, the semaphore of struct optee_session.
    """

    name = "semaphore"

    def enters(self, client: Client) -> Steps:
        """Wait for whoever is in the session."""
        yield down, client

    def leaves(self, client: Client) -> Steps:
        """Let the next one in."""
        yield up, client

    def close_session(self, client: Client) -> Steps:
        """Wait for whoever is in the session, and cancel what it has left pending."""
        yield down, client
        yield from optee.cancel_session(client)
        yield up, client


class KeepsOpen(Name):
    """The thread that keeps the files of the killed process open."""

    key: ClassVar[str] = "13-keeps-open"
    hint: ClassVar[str] = "Which of the CA threads is in user mode when the signal comes?"
    names: ClassVar[tuple[str, ...]] = ("A", SECOND)

    def expected(self) -> str:
        """The one thread that is left in the process."""
        end = judge(SCENARIO, HeldRefsPreRelease, faults=("kill",)).violation(DEADLOCK).run
        (task,) = end.world.processes["A"].tasks
        return str(task)

    def wrong(self, answer: str) -> str:
        """Where the other one is."""
        return (
            f"`{answer}` is the one that should answer the OCALL. It is in user mode there, and "
            "gone as soon as the signal comes."
        )

    def why(self) -> str:
        """What it is in."""
        return (
            f"`{self.expected()}` is in its `ioctl`, and its call waits in secure world for the "
            "session. It takes no signal there, and a process closes its files when its last "
            "CA thread has left."
        )

    def solution(self) -> str:
        """The name, and why."""
        return f"**{self.expected()}.** {self.why()}"


class SecondThread(Program):
    """A second thread without invocations that one design does not survive, and another does."""

    key: ClassVar[str] = "13-second-thread"
    hint: ClassVar[str] = (
        "What else but an invocation has to wait in secure world until a session is free?"
    )

    def trouble(self, program: ReadersProgram) -> str:
        """Judge it beside the notebook's first thread, under both designs."""
        threads = Threads((one_session, program))
        scenario = Scenario("yours", "a reader's thread", threads, asking_or_plain_ta)
        found = judge(scenario, HeldRefsPreRelease)
        if not found.broken:
            return f"`{HeldRefsPreRelease.name}`: {found.outcome}. {SURVIVED}"
        if DEADLOCK not in found.broken:
            return f"It breaks `{found.broken[0]}`, and was to end in a deadlock."
        if invokes(found.violation(DEADLOCK).run):
            return "It invokes the TA: that is the deadlock of the notebook."
        with_semaphore = judge(scenario, Semaphore)
        if with_semaphore.broken:
            return f"With the semaphore it breaks `{with_semaphore.broken[0]}` as well."
        return ""

    def why(self) -> str:
        """The close is a call like any other."""
        return (
            "Closing a session is a call of secure world, which waits until the session's "
            "invocation is over. With the semaphore it comes before the invocation, or finds the "
            "OCALL pending and cancels it."
        )

    def solution(self) -> str:
        """A program that does it."""
        return (
            f"The other call that has to wait for a session is its close.\n\n```python\n{CLOSES}"
            f"\n```\n\n{self.why()}"
        )


def invokes(path: Run) -> bool:
    """Whether the second thread invokes in it."""
    return any(
        isinstance(event, Message) and event.client == SECOND and INVOKES in event.label
        for event in path.events
    )


class LinuxOrder(Program):
    """A CA that survives under `ecall` in Linux's order, and in no other."""

    key: ClassVar[str] = "13-linux-order"
    hint: ClassVar[str] = (
        "The context's file has to go before the memory's: which of the two numbers must be the "
        "higher one, and how does a low number get free?"
    )

    def trouble(self, program: ReadersProgram) -> str:
        """It must go wrong in some order, and not in that of Linux."""
        scenario = Scenario("yours", "a reader's CA", program, asking_ta)
        if DEADLOCK not in judge(scenario, Ecall).broken:
            return (
                "It has no deadlock in any order. It was to invoke with registered memory, and to "
                "be asked while it is open."
            )
        return _still_wrong(judge(scenario, Ecall, switches=LINUX))

    def why(self) -> str:
        """The numbers decide."""
        return (
            "The memory has a lower number than the context, so the context's file goes first, "
            "and `pre_release` cancels the OCALL. Nobody would write a CA with that in mind: a "
            "design must hold in any order."
        )

    def solution(self) -> str:
        """A program that does it."""
        return (
            "Open something first, and close it before the memory is registered: the memory gets "
            f"its number.\n\n```python\n{LOW_NUMBER}\n```\n\n{self.why()}"
        )


def _still_wrong(found: Verdict) -> str:
    """What of a CA goes wrong in Linux's order too; empty if nothing does."""
    if not found.broken:
        return ""
    first = found.violations[0]
    files = first.run.world.processes["A"].files
    left = listed(tuple(short(file) for file in files if file))
    return (
        f"In Linux's order it breaks `{found.broken[0]}` after {first.steps} steps, with {left}"
        " open: the memory's file had the higher number, and went first."
    )


SURVIVED: Final = (
    "Your CA thread comes back from every call that it makes, also when the CA is killed."
)

CLOSES: Final = """\
def second(client):
    session = yield from hear(client, "session")
    yield from TEEC_CloseSession(session)"""
"""A right answer to the second exercise."""

LOW_NUMBER: Final = """\
def ca(client):
    probe = yield from TEEC_InitializeContext(client)
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_FinalizeContext(probe)
    memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
    yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, memory, 4),))"""
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (KeepsOpen(), SecondThread(), LinuxOrder())
