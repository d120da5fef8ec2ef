"""The exercises of notebook 01, with the runs that answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import run
from ocallkit.abi.results import Result
from ocallkit.lesson.exercise import Exercise, Number, Program, ReadersProgram
from ocallkit.lesson.programs import once, turns, waits
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.events import TA, Message
from ocallkit.model.params import INOUT, memref, value
from ocallkit.scenarios import Scenario, plain_ta
from ocallkit.view.ledger import ledger

if TYPE_CHECKING:
    from ocallkit import Run
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

THREADS: Final = 2
CLIENTS: Final = 3
"""How many secure threads and clients the second exercise has."""

WAITS: Final = 2
"""How often the program of the third exercise waits."""


def names_memory_twice(client: Client, _rounds: int = 1) -> Steps:
    """A CA that passes one memory in two parameters."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    memory = yield from TEEC_RegisterSharedMemory(context, "buffer", b"hello")
    twice = (memref(INOUT, memory, 5), memref(INOUT, memory, 5))
    return (yield from TEEC_InvokeCommand(session, 0, twice))


def owners_while_the_ta_runs(path: Run, target: str) -> tuple[str, ...]:
    """Who holds references on `target` when the TA's function begins, one for each reference."""
    book = ledger(path)
    messages = [row for row in book.rows if isinstance(row, Message)]
    entered = next(n for n, message in enumerate(messages, 1) if message.target == TA)
    return tuple(
        get.owner
        for balance in book.after(entered)
        if balance.target == target
        for get in balance.held
    )


class CountedTwice(Number):
    """References on a memory that two parameters name."""

    key: ClassVar[str] = "01-counted-twice"
    hint: ClassVar[str] = (
        "Who holds the memory before the call, and what does the kernel do for each parameter?"
    )

    def owners(self) -> tuple[str, ...]:
        """Who holds them, one entry for each reference."""
        path = run(Scenario("twice", "one memory in two parameters", names_memory_twice, plain_ta))
        return owners_while_the_ta_runs(path, "tee_shm A.buffer")

    def expected(self) -> int:
        """The model's own count."""
        return len(self.owners())

    def wrong(self, answer: int) -> str:
        """Who was forgotten, or counted at the wrong place."""
        if answer == self.expected() - 1:
            return (
                "One is missing. Either the file was forgotten, which holds the memory from its "
                "registration on, or one of the two parameters: the kernel does not ask whether "
                "two parameters name the same memory."
            )
        if answer == 1:
            return "One is the file's, from the registration. What does an ioctl add?"
        if answer == 2 * self.expected():
            return (
                "That adds the MOBJ's references to those of the `tee_shm`. Secure world counts "
                "its own object: the two counts never meet."
            )
        return f"{answer} is not it. Add up the file and what each parameter of the ioctl takes."

    def why(self) -> str:
        """The owners by name."""
        return (
            f"While the TA runs the owners are: {', '.join(self.owners())}. "
            "`shm_from_user` takes one reference for each parameter that names the memory, and "
            "the ioctl drops as many when it returns."
        )

    def solution(self) -> str:
        """Who they are."""
        return (
            f"**{self.expected()}**: {', '.join(self.owners())}. The registration gives the "
            "memory to its file. Each of the two parameters takes a reference of its own."
        )


class WhichThread(Number):
    """The thread that a third client gets when the first has left."""

    key: ClassVar[str] = "01-which-thread"
    hint: ClassVar[str] = (
        "Write down event by event which thread is taken: which is free when C's call comes in?"
    )
    order: ClassVar[str] = "A" * 7 + "B" * 7 + "C" * 7 + "AAABBB" + "AAA" + "CCC"

    def threads(self) -> dict[str, int]:
        """For each client the thread that its resume names."""
        scenario = Scenario("three calls", "three clients, two threads", once(0), waits)
        order = turns(self.order, run(scenario))
        path = run(scenario, threads=THREADS, clients=CLIENTS, schedule=order)
        return {
            event.client: int(dict(event.words)["thread"])
            for event in path.events
            if isinstance(event, Message) and event.label == "SMC/RPC Resume"
        }

    def expected(self) -> int:
        """The thread that C's resume names."""
        return self.threads()["C"]

    def wrong(self, answer: int) -> str:
        """Why it cannot be that thread."""
        if answer == self.threads()["B"]:
            return (
                f"Thread {answer} is B's: it is suspended until B's RPC is answered, and C's call "
                "came before that. Which thread had become free?"
            )
        there = " and ".join(f"thread {thread}" for thread in sorted(set(self.threads().values())))
        return f"There are {there}, but no thread {answer}."

    def why(self) -> str:
        """Threads belong to calls, not to clients."""
        return (
            "A's call had returned, so its thread was free, and OP-TEE gives a call the first "
            "thread that is free. A thread belongs to a call, never to a client."
        )

    def solution(self) -> str:
        """Step by step."""
        a, b, c = self.threads().values()
        return (
            f"**{c}.** A's call takes thread {a}, B's thread {b}. Both are suspended in their "
            f"RPCs. A's is answered and its call returns: thread {a} is free. C's call takes it, "
            "so C's RPC and its resume name it."
        )


class WaitsTwice(Program):
    """A TA that waits twice and adds."""

    key: ClassVar[str] = "01-waits-twice"
    hint: ClassVar[str] = (
        "Which line suspends the secure thread now, and what does `pair` hold besides `a`?"
    )

    def trouble(self, program: ReadersProgram) -> str:
        """Try it with several pairs, so that no fixed answer passes."""
        found = (self._with(program, a, b) for a, b in ((3, 4), (20, 22)))
        return next((words for words in found if words), "")

    def _with(self, program: ReadersProgram, a: int, b: int) -> str:
        path = run(Scenario("yours", "a reader's TA", once(0, value(INOUT, a, b)), program))
        suspended = [e for e in path.events if isinstance(e, Message) and e.label == "RPC/Suspend"]
        result = path.results["A"]
        if len(suspended) != WAITS:
            return (
                f"Its thread is suspended {times(len(suspended))}, not {times(WAITS)}. "
                "Every `yield from TEE_Wait(...)` is one RPC."
            )
        if result.ret != Result.SUCCESS:
            return f"It waits as asked, but the CA got `{result.ret.name}` instead of `SUCCESS`."
        if result.params[0].a != a + b:
            return (
                f"For {a} and {b} the CA found {result.params[0].a} in `a`, not {a + b}. A TA's "
                "outputs are the second thing that it returns: "
                "`return Result.SUCCESS, (value(INOUT, ...),)`."
            )
        return ""

    def why(self) -> str:
        """What the CA noticed."""
        return (
            f"The secure thread left secure world {times(WAITS)} and came back each time where it "
            "was. The CA noticed none of it: for the CA it was one ioctl."
        )

    def solution(self) -> str:
        """A program that does it."""
        return (
            "Each wait is a line of its own; the sum goes back as an output.\n\n"
            f"```python\n{WAITS_TWICE}\n```"
        )


WAITS_TWICE: Final = """\
def twice(command, params):
    (pair,) = params
    yield from TEE_Wait(10)
    yield from TEE_Wait(10)
    return Result.SUCCESS, (value(INOUT, pair.a + pair.b),)"""
"""A right answer to the third exercise."""


def times(number: int) -> str:
    """How often, in words as far as words are usual."""
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


EXERCISES: Final[tuple[Exercise, ...]] = (CountedTwice(), WhichThread(), WaitsTwice())
