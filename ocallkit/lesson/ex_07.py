"""The exercises of notebook 07, with the runs that answer them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import replay, run
from ocallkit.judging.assembly import CLIENT_NAMES
from ocallkit.lesson.deaths import dies, open_files
from ocallkit.lesson.exercise import Exercise, Number, Program, ReadersProgram, listed
from ocallkit.model.files import short
from ocallkit.scenarios import Scenario, asking_ta

if TYPE_CHECKING:
    from ocallkit import Run

DEATHS: Final = 3
"""How many CAs die in the second exercise."""


def dies_badly(client: str) -> str:
    """The decisions by which a CA dies in its OCALL and its memory's file is closed first."""
    return f"{client}:kill@OCALL,{client}:close:memref"


def after_bad_deaths(deaths: int, threads: int) -> Run:
    """So many CAs die badly, and then one more CA comes.

    With fewer secure threads than deaths not every CA gets to its OCALL: raises TokenError.
    """
    clients = CLIENT_NAMES[:deaths]
    header = f"flow-1-memref/ecall/t{threads}/c{deaths + 1}"
    return replay(f"{header}/{','.join(map(dies_badly, clients))}")


def works(path: Run) -> bool:
    """Whether the CA that comes after the deaths gets its work done."""
    return path.clients[-1] in path.results


class ThreadsNeeded(Number):
    """How many threads several dead CAs leave room beside."""

    key: ClassVar[str] = "07-threads-needed"
    hint: ClassVar[str] = (
        "How many threads does each death keep for ever, and what does the living CA need?"
    )

    def expected(self) -> int:
        """The least number with which the last CA comes to its end."""
        return next(n for n in count(DEATHS) if works(after_bad_deaths(DEATHS, n)))

    def wrong(self, answer: int) -> str:
        """What becomes of so many threads."""
        if DEATHS <= answer < self.expected():
            threads = after_bad_deaths(DEATHS, answer).world.by_number().values()
            free = sum(thread.state == "free" for thread in threads)
            return f"With {answer} secure threads {free} are free when the last CA comes."
        if answer < DEATHS:
            return f"With {answer} not all of the {DEATHS} CAs even get to their OCALL."
        return f"{answer} is more than it takes: how many threads does each death keep?"

    def why(self) -> str:
        """Two for each death, one for the living."""
        return (
            "Each dead CA keeps two: one waits for the answer to the OCALL, one waits in "
            "releasing the memory. One more lets the last CA work; the next death of this kind "
            "takes that one too."
        )

    def solution(self) -> str:
        """Count them."""
        return f"**{self.expected()}**. {self.why()}"


class HarmlessOrder(Exercise):
    """An order of closing that `ocall-fd` survives."""

    key: ClassVar[str] = "07-harmless-order"
    hint: ClassVar[str] = (
        "What has to come about before the memory is released, and which file's closing brings it "
        "about?"
    )
    wants: ClassVar[str] = 'three names in brackets: `("...", "...", "...")`'

    def judge(self, answer: object) -> str:
        """Every order is right in which the process ends, and the memory is not the last."""
        if not isinstance(answer, (tuple, list)):
            return self.unfit(answer)
        order = tuple(answer)
        files = open_files("flow-1-memref", "ocall-fd")
        if sorted(map(str, order)) != sorted(files):
            return f"The files are {listed(files)}, each once."
        if order[-1] == "memref":
            return "That may work, but the memory is the last there, and was not to be."
        path = dies("flow-1-memref", "ocall-fd", *order)
        if path.ending:
            left = listed(tuple(short(file) for file in path.world.processes["A"].files if file))
            return f"It stops with {left} still open: {path.ending}."
        return ""

    def why(self) -> str:
        """The one thing that matters."""
        return (
            "The file of the request goes before the memory's: so the OCALL is cancelled, the "
            "invocation completes, and nobody uses the MOBJ when it is released. Linux promises "
            "no such order."
        )

    def solution(self) -> str:
        """One of those that work."""
        return f"`{HARMLESS}`, for instance. {self.why()}"


class NoCrash(Program):
    """A CA that deadlocks although nobody dies."""

    key: ClassVar[str] = "07-no-crash"
    hint: ClassVar[str] = (
        "In the crash, memory is released while it is in use: how could a handler bring that about?"
    )

    def trouble(self, program: ReadersProgram) -> str:
        """Run it with a TA that asks once."""
        path = run(Scenario("yours", "a reader's CA", program, asking_ta), "ecall")
        if path.ending:
            return ""
        return (
            f"It comes to its end after {len(path.steps)} steps. What can the handler do with the "
            "memory that the invocation uses?"
        )

    def why(self) -> str:
        """The same waits, and nobody is dead."""
        return (
            "The handler waits for OP-TEE to release the memory, OP-TEE waits for the invocation, "
            "and the invocation waits for the handler. Nobody has died: it is enough to release "
            "memory that is in use."
        )

    def solution(self) -> str:
        """A program that does it."""
        return (
            "The handler releases the memory of the invocation that it serves.\n\n"
            f"```python\n{NO_CRASH}\n```"
        )


HARMLESS: Final = ("request", "memref", "context")
"""A right answer to the second exercise."""

NO_CRASH: Final = """\
def ca(client):
    def handler(command, params):
        yield from TEEC_ReleaseSharedMemory(context, memory)
        return Result.SUCCESS

    context = yield from TEEC_InitializeContext(client, handler)
    session = yield from TEEC_OpenSession(context)
    memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
    yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, memory, 4),))"""
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (HarmlessOrder(), ThreadsNeeded(), NoCrash())
