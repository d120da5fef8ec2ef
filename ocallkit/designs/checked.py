"""A design's answers, each looked at before the driver acts on it.

A reader's design may answer with anything.  What is no answer to the question is refused where it
is given, by the name of the decision and its line, and not somewhere in the driver later on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ocallkit.abi.results import Origin
from ocallkit.brief import brief
from ocallkit.designs.decisions import (
    NAMES,
    NOTHING,
    NUMBER,
    ORIGIN,
    PAYER,
    PAYERS,
    PROGRAM,
    STEPS,
    TRUTH,
)
from ocallkit.engine.blame import place_of, words, words_of
from ocallkit.engine.program import ProgramError

if TYPE_CHECKING:
    from ocallkit.designs.ecall_bare import EcallBare
    from ocallkit.engine import Step, Steps
    from ocallkit.model.calls import Answer, Arg, Rpc
    from ocallkit.model.config import Client, Transport
    from ocallkit.model.events import Param
    from ocallkit.model.world import Request, SecureThread, World

T = TypeVar("T")


class DesignError(ProgramError, ValueError):
    """A design is not what one has to be: says of which class, which decision, and where."""


class Checked:
    """A design that says what is wrong with its answers; else it answers as the design does.

    Raises DesignError for an answer that is none.
    """

    def __init__(self, design: EcallBare) -> None:
        self.design = design

    @property
    def name(self) -> str:
        """What the design is called."""
        return self.design.name

    @property
    def transport(self) -> Transport:
        """How it carries OCALLs."""
        return self.design.transport

    @property
    def worker(self) -> bool:
        """Whether it hands something to a task of the kernel's."""
        return self.design.worker

    @property
    def server(self) -> bool:
        """Whether a thread of each process serves what secure world asks."""
        return self.design.server

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Memories of the first ioctl whose references outlive it."""
        return self._names("kept", params)

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Memories that a pending OCALL references."""
        return self._names("referenced", params)

    def replied(self, memories: tuple[str, ...]) -> tuple[str, ...]:
        """Memories of an answer that its ioctl references until it returns."""
        return self._names("replied", memories)

    def answer_drops(
        self, requested: tuple[str, ...], params: tuple[Param, ...]
    ) -> tuple[str, ...]:
        """Memories of which an OCALL's references are dropped when `params` answer it."""
        return self._names("answer_drops", requested, params)

    def found_again(self, params: tuple[Param, ...], room: int) -> tuple[str, ...]:
        """Memories of the first ioctl whose references an ioctl with that room finds again."""
        return self._names("found_again", params, room)

    def asks(self, client: Client, arg: Arg, call: str, rpc: Rpc) -> Steps:
        """How what secure world asks reaches user space."""
        return self._program("asks", client, arg, call, rpc)

    def request_leaves(self, world: World, client: Client) -> None:
        """What a pending request leaves behind for the end of its process to find."""
        answer = self._ask("request_leaves", world, client)
        if answer is not None:
            raise self._refused("request_leaves", answer, NOTHING)

    def hands_out(self, world: World, client: Client) -> bool:
        """Whether a request is handed to its CA, and not cancelled at once."""
        return self._truth("hands_out", world, client)

    def reply_arrives(self, client: Client) -> Iterable[Step]:
        """What happens to it when the answer has come, before secure world goes on."""
        return self._steps("reply_arrives", client)

    def enters(self, client: Client) -> Iterable[Step]:
        """What an ioctl of a session does first, an invocation or an answer; it may wait there."""
        return self._steps("enters", client)

    def leaves(self, client: Client) -> Iterable[Step]:
        """What it does last, with a request, with a result or with an error."""
        return self._steps("leaves", client)

    def completes(self, client: Client) -> Iterable[Step]:
        """What happens when an invocation is complete, before its ioctl returns."""
        return self._steps("completes", client)

    def gives_up(self, answers: str) -> bool:
        """Whether the invocation ends if the CA cannot do what it was asked."""
        return self._truth("gives_up", answers)

    def intrudes(self, client: Client, arg: Arg) -> Steps:
        """What a new invocation gets, and does, in a session that has a pending request."""
        return self._program("intrudes", client, arg)

    def refuses(self, client: Client, thread: str, cmd: str) -> Steps:
        """What a secure thread gets that asks where nobody can answer."""
        return self._program("refuses", client, thread, cmd)

    def cancels(self, client: Client, call: str, thread: str, answer: Answer) -> Iterable[Step]:
        """How a call is ended whose request nobody answers any more."""
        return self._steps("cancels", client, call, thread, answer)

    def unlists(self, client: Client) -> Steps:
        """How a session is taken off its list that is to be closed."""
        return self._program("unlists", client)

    def pre_release(self, client: Client) -> Iterable[Step]:
        """What closing the context's file does before its reference is dropped."""
        return self._steps("pre_release", client)

    def flush(self, client: Client) -> Iterable[Step]:
        """What closing a context's file does, whether others have it open or not."""
        return self._steps("flush", client)

    def release_request_file(self, client: Client) -> Iterable[Step]:
        """What the release of a pending request's own file does, where there is one."""
        return self._steps("release_request_file", client)

    def release_memory_file(self, client: Client, memory: str) -> Iterable[Step]:
        """What the release of a memory's file does."""
        return self._steps("release_memory_file", client, memory)

    def unregister(self, client: Client, memory: str) -> Iterable[Step]:
        """How secure world is made to give up a memory whose count is zero."""
        return self._steps("unregister", client, memory)

    def close_session(self, client: Client) -> Iterable[Step]:
        """What is done for a session that is closed, before secure world is told."""
        return self._steps("close_session", client)

    def closed(self, client: Client) -> Iterable[Step]:
        """What is done for a session when secure world has closed it."""
        return self._steps("closed", client)

    def release(self, client: Client) -> Iterable[Step]:
        """What the context's last reference does before its sessions are closed."""
        return self._steps("release", client)

    def spared(self, client: Client, cmd: str) -> int:
        """How many secure threads a call has to leave free for others."""
        return self._number("spared", client, cmd)

    def wakes(self, client: Client) -> bool:
        """Whether a kill wakes a CA thread that waits in the driver."""
        return self._truth("wakes", client)

    def waits(self, client: Client) -> Iterable[Step]:
        """What a CA thread that a kill would wake does before it waits in the driver."""
        return self._steps("waits", client)

    def killed(self, client: Client) -> Iterable[Step]:
        """What such a CA thread does before it waits on."""
        return self._steps("killed", client)

    def charged(self, to: str) -> str:
        """On whose context the driver allocates for itself."""
        answer: str = self._ask("charged", to)
        if answer in PAYERS:
            return answer
        raise self._refused("charged", answer, PAYER)

    def takes_memory(self, asked: int, given: int) -> bool:
        """Whether the PTA takes memory of that size from a CA that was asked for another."""
        return self._truth("takes_memory", asked, given)

    def size_given(self, passed: int, answered: int) -> int:
        """Which size a TA finds in its parameter that passed that many bytes."""
        return self._number("size_given", passed, answered)

    def speaks_for(self, origin: Origin) -> Origin:
        """Which origin the PTA tells its TA."""
        answer = self._ask("speaks_for", origin)
        if isinstance(answer, Origin):
            return answer
        raise self._refused("speaks_for", answer, ORIGIN)

    def wq_wakeup(self, world: World, thread: SecureThread) -> None:
        """What a wake-up does for the secure thread that it is meant for."""
        answer = self._ask("wq_wakeup", world, thread)
        if answer is not None:
            raise self._refused("wq_wakeup", answer, NOTHING)

    def supp_given_up(self, world: World, request: Request) -> None:
        """What becomes of a request to the supplicant whose client waits no longer."""
        answer = self._ask("supp_given_up", world, request)
        if answer is not None:
            raise self._refused("supp_given_up", answer, NOTHING)

    def _number(self, decision: str, *asked: object) -> int:
        answer = self._ask(decision, *asked)
        if type(answer) is int and answer >= 0:
            return answer
        raise self._refused(decision, answer, NUMBER)

    def _truth(self, decision: str, *asked: object) -> bool:
        answer = self._ask(decision, *asked)
        if isinstance(answer, bool):
            return answer
        raise self._refused(decision, answer, TRUTH)

    def _program(self, decision: str, *asked: object) -> Steps:
        answer = self._ask(decision, *asked)
        if isinstance(answer, Generator):
            return answer
        raise self._refused(decision, answer, PROGRAM)

    def _names(self, decision: str, *asked: object) -> tuple[str, ...]:
        answer = self._ask(decision, *asked)
        if isinstance(answer, tuple) and all(isinstance(name, str) for name in answer):
            return answer
        raise self._refused(decision, answer, NAMES)

    def _steps(self, decision: str, *asked: object) -> Iterable[Step]:
        answer = self._ask(decision, *asked)
        if isinstance(answer, Generator | tuple):
            return answer
        raise self._refused(decision, answer, STEPS)

    def _ask(self, decision: str, *asked: Any) -> Any:  # noqa: ANN401 - it may answer with anything
        try:
            return getattr(self.design, decision)(*asked)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            # The call itself failed: nothing of the decision has run.
            raise self._wrong(decision, f"cannot be asked: {words_of(error)}") from error

    def _refused(self, decision: str, answer: object, wanted: str) -> DesignError:
        kind = "a program" if isinstance(answer, Generator) else words(answer)
        return self._wrong(decision, f"returned {kind}, wanted {wanted}")

    def _wrong(self, decision: str, what: str) -> DesignError:
        settles = next(cls for cls in type(self.design).__mro__ if decision in vars(cls))
        where = place_of(getattr(settles, decision))
        return DesignError(f"{settles.__name__}.{decision}", where, what)

    def __repr__(self) -> str:
        return brief(self, self.name)
