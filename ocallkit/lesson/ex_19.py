"""The exercises of notebook 19: who holds the context, and a server that comes too late."""

from __future__ import annotations

from errno import errorcode
from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit.designs import Mainline
from ocallkit.judging.path import run
from ocallkit.lesson.exercise import Exercise, Name, Number
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.posix import born, fork
from ocallkit.model.requests import PROCESSING
from ocallkit.model.teec_ocall import teec_handle_ocall
from ocallkit.model.teec_server import TEE_IOC_SUPPL_RECV, TEE_IOC_SUPPL_SEND, session_of
from ocallkit.scenarios import COMMAND, Scenario, asking_ta, serve

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client


class WhoHoldsTheContext(Number):
    """The references of a context whose callback is being served."""

    key: ClassVar[str] = "19-who-holds-the-context"
    hint: ClassVar[str] = (
        "What is opened first, and what was secure world handed with the session? An `ioctl` holds"
        " a file."
    )

    def expected(self) -> int:
        """Its count at the first step at which a request is being served."""
        for step in run("flow-1", Mainline).steps:
            if any(one.state == PROCESSING for one in step.world.requests.all()):
                return step.world.contexts["A"].refs
        raise RuntimeError("no request of flow-1 is ever served")

    def wrong(self, answer: int) -> str:
        """Whom the reader may have forgotten, or counted twice."""
        if answer < self.expected():
            return f"{answer} is too few: somebody holds it besides. What does a session keep?"
        return (
            f"{answer} is too many. The two calls that are in the kernel hold the context's file,"
            " and the file holds the context once."
        )

    def why(self) -> str:
        """Who they are."""
        return (
            "The file holds it, and so does the callback object that secure world has with the"
            " session. The calls that are in the kernel hold the file."
        )

    def solution(self) -> str:
        """The number and where it comes from."""
        return (
            f"**{self.expected()}**. {self.why()} See it with"
            ' `run("flow-1", "mainline").diagram(references=True)`.'
        )


def leaves_serving(client: Client) -> Steps:
    """A CA whose child has its context as well."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from fork(client, context)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def serves_once(client: Client) -> Steps:
    """A child that serves one request; gives the error number of its answer."""
    context = yield from born(client)
    if context is None:
        return None
    reply, served = yield from TEE_IOC_SUPPL_RECV(context.client)
    if reply.errno:
        return reply.errno
    arg = yield from teec_handle_ocall(context, session_of(context, reply), reply, served)
    errno = yield from TEE_IOC_SUPPL_SEND(context.client, arg)
    yield from TEEC_FinalizeContext(context)
    return errno


CHILD: Final = Scenario(
    "child-serves", "an OCALL that a child serves", (leaves_serving, serves_once), asking_ta
)
"""A process whose request another process takes."""

TAKES: Final = ("B:is_born", "B:enter_supp_recv", "B:qcomtee_user_object_select")


def too_late() -> Run:
    """The run in which the child has taken the request, and then its parent is killed."""
    usual = run(CHILD, Mainline).schedule
    queued = usual[: usual.index("A:queue_callback") + 1]
    return run(CHILD, Mainline, faults=["kill"], schedule=(*queued, *TAKES, "A:kill"))


class TooLate(Name):
    """What a server gets that answers when nobody waits any more."""

    key: ClassVar[str] = "19-too-late"
    hint: ClassVar[str] = "The number of its request is still busy. Who waits behind it?"
    names: ClassVar[tuple[str, ...]] = ("SUCCESS", "EINVAL", "ENODEV", "EINTR")

    def expected(self) -> str:
        """What the child's last ioctl gave."""
        errno = too_late().results["B"]
        return errorcode[errno] if errno else "SUCCESS"

    def wrong(self, answer: str) -> str:
        """Who gets that instead."""
        if answer == "ENODEV":
            return "`ENODEV` is what secure world is answered in its place. That is not the server."
        if answer == "EINTR":
            return "`EINTR` it would get if a signal came to itself. It was the parent that died."
        return "With `SUCCESS` it could not know that its work was for nobody."

    def why(self) -> str:
        """What the number is for."""
        return (
            "The number leads to nobody, and the server can take back what it did. Were the number"
            " free, another request could have it by then, and get an answer that is not its own."
        )

    def solution(self) -> str:
        """The error, and why."""
        return f"**{self.expected()}**. {self.why()}"


EXERCISES: Final[tuple[Exercise, ...]] = (WhoHoldsTheContext(), TooLate())
