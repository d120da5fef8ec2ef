"""The exercises of notebook 05, with the runs that answer them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import replay, run
from ocallkit.abi.results import Result
from ocallkit.designs import EcallBare
from ocallkit.judging.assembly import CLIENT_NAMES
from ocallkit.lesson.ex_01 import times
from ocallkit.lesson.exercise import Exercise, Name, Number, Program, ReadersProgram
from ocallkit.lesson.programs import once
from ocallkit.model.events import Message
from ocallkit.scenarios import Scenario, serve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit import Run
    from ocallkit.engine import Step
    from ocallkit.model.client import Handler
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

THREADS: Final = 4
"""How many secure threads the second exercise has."""

TRIES: Final = 3
"""How often the program of the third exercise asks at most."""


class AnswersForNobody(EcallBare):
    """A driver that leaves the pending requests of a dead CA as they are."""

    name: ClassVar[str] = "answers-for-nobody"
    parent: ClassVar[type[EcallBare]] = EcallBare
    changes: ClassVar[tuple[str, ...]] = ("close_session", "release")

    def close_session(self, client: Client) -> Iterable[Step]:  # noqa: ARG002 - asked with a client
        """Nothing is cancelled."""
        return ()

    def release(self, client: Client) -> Iterable[Step]:  # noqa: ARG002 - asked with a client
        """Nor here."""
        return ()


def after_deaths(deaths: int, threads: int) -> Run:
    """So many CAs die in their OCALLs, and then one more CA comes."""
    clients = CLIENT_NAMES[: deaths + 1]
    kills = ",".join(f"{client}:kill@OCALL" for client in clients[:-1])
    header = f"flow-1/{AnswersForNobody.name}/t{threads}/c{len(clients)}"
    return replay(f"{header}/{kills}", AnswersForNobody)


def requests(path: Run) -> int:
    """How many OCALLs a run's TAs have asked for."""
    events = path.events
    return sum(isinstance(e, Message) and e.label == "RPC/OCALL Req'" for e in events)


class HandlerError(Name):
    """What the resume says when the handler failed."""

    key: ClassVar[str] = "05-handler-error"
    hint: ClassVar[str] = (
        "Is `ret` there the result of the handler, or of the RPC that carried the handler's answer?"
    )
    names: ClassVar[tuple[str, ...]] = ("SUCCESS", "GENERIC", "TARGET_DEAD", "BAD_PARAMETERS")

    def expected(self) -> str:
        """The model's own word."""
        path = replay("flow-1/ecall-bare/t2/c1/A:handler-error@OCALL")
        return next(
            str(dict(event.words)["ret"])
            for event in path.events
            if isinstance(event, Message) and event.label == "SMC/RPC Resume"
        )

    def wrong(self, answer: str) -> str:
        """Whose error the named one would be."""
        if answer == "TARGET_DEAD":
            return "`TARGET_DEAD` says that nobody answered. Here the CA lives and has answered."
        if answer == "GENERIC":
            return (
                "`GENERIC` is what the handler returned. Is it a failure of the RPC, if the "
                "request arrived and an answer came back?"
            )
        return f"`{answer}` is for an answer that does not fit its request. This one fits."

    def why(self) -> str:
        """Two layers, two results."""
        return (
            "The RPC did its work: the request went to the CA and an answer came back. What the "
            "handler returned travels inside the answer, with the origin `CLIENT_APP`. So a TA "
            "can tell a CA that failed from a CA that died."
        )

    def solution(self) -> str:
        """Where to see it."""
        return (
            f'**{self.expected()}**: `replay("flow-1/ecall-bare/t2/c1/A:handler-error@OCALL")` '
            "shows the run. Its resume carries the result of the RPC, and the handler's error is "
            "in the answer."
        )


class HowManyDeaths(Number):
    """After how many deaths nobody gets into OP-TEE any more."""

    key: ClassVar[str] = "05-how-many-deaths"
    hint: ClassVar[str] = (
        "Which threads does a death keep for ever, and what becomes of the session that is left "
        "behind?"
    )

    def expected(self) -> int:
        """The first number after which the next CA cannot open its session."""
        return next(
            deaths
            for deaths in count(1)
            if after_deaths(deaths, THREADS).world.processes[CLIENT_NAMES[deaths]].state != "ended"
        )

    def wrong(self, answer: int) -> str:
        """What is left after so many deaths."""
        if 0 < answer < self.expected():
            threads = after_deaths(answer, THREADS).world.by_number().values()
            free = sum(thread.state == "free" for thread in threads)
            return f"Free threads after {answer} of them: {free}. A CA needs one at a time."
        return f"{answer} is not it: by how much does one death lower the number of threads?"

    def why(self) -> str:
        """Two threads each."""
        return (
            "Each death keeps one thread suspended for ever, and a second one in which the close "
            "of its session waits for the first."
        )

    def solution(self) -> str:
        """Two threads for each death."""
        return (
            f"**{self.expected()}**: each pending OCALL keeps its thread, each close of a session "
            f"waits in another, and there are {THREADS}. No thread comes back."
        )


class StopsAsking(Program):
    """A TA that asks again after an error, but not a dead CA."""

    key: ClassVar[str] = "05-stops-asking"
    hint: ClassVar[str] = (
        "With which result does an OCALL come back when the CA is dead? The runs above show it."
    )

    def trouble(self, program: ReadersProgram) -> str:
        """A CA that dies, one that fails, and one that serves."""
        found = (
            self._dies(program),
            self._fails(program),
            self._serves(program),
        )
        return next((words for words in found if words), "")

    def _dies(self, program: ReadersProgram) -> str:
        dies = replay("yours/ecall-bare/t2/c1/A:kill@OCALL", scenario=scenario(program, serve))
        number = requests(dies)
        if number == 1:
            return ""
        return (
            f"When its CA is killed it asks {times(number)}. Whoever gets `TARGET_DEAD` can stop: "
            "nobody will come back to life."
        )

    def _fails(self, program: ReadersProgram) -> str:
        path = run(scenario(program, fails), "ecall-bare")
        if requests(path) == TRIES:
            return ""
        return (
            f"When the handler returns an error each time, it asks {times(requests(path))}, not "
            f"{times(TRIES)}."
        )

    def _serves(self, program: ReadersProgram) -> str:
        path = run(scenario(program, serve), "ecall-bare")
        if requests(path) != 1:
            return f"When the handler succeeds it asks {times(requests(path))}; once is enough."
        ret = path.results["A"].ret
        return "" if ret == Result.SUCCESS else f"It asks as it should, but returns `{ret.name}`."

    def why(self) -> str:
        """Why the two errors differ."""
        return (
            "A CA that failed may succeed the next time; a dead one gets the same answer to "
            "everything, at once and from the driver."
        )

    def solution(self) -> str:
        """A program that does it."""
        return f"The result says which of the two it is.\n\n```python\n{STOPS_ASKING}\n```"


def fails(command: int, params: Params) -> Result:  # noqa: ARG001 - called with both
    """A handler that always fails."""
    return Result.GENERIC


def scenario(program: ReadersProgram, handler: Handler) -> Scenario:
    """A reader's TA, called once by a CA with that handler."""
    return Scenario("yours", "a reader's TA", once(0, handler=handler), program)


STOPS_ASKING: Final = """\
def asks(command, params):
    for _ in range(3):
        ret, origin, _ = yield from TEE_InvokeCACommand(100)
        if ret in (Result.SUCCESS, Result.TARGET_DEAD):
            break
    return ret"""
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (HandlerError(), HowManyDeaths(), StopsAsking())
