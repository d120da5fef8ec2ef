"""`posted`: the code as HernanGatta posted it last, with all that it does not look at.

The other designs follow what pull request 72 argues; this one follows its code.  A mutex of the
context and a semaphore of each session keep threads apart, and the first is held while waiting for
the second.  The invocation's references are found again in its parameters, those of an OCALL in
the parameters of its answer, and those of an answer are dropped at once.  A pending request is
cancelled by resuming its secure thread once, whatever it asks then.  A second invocation in its
session cancels it.  A CA that cannot allocate ends its invocation.  Secure world's part, the PTA
and libutee as posted with it, measures no memory, believes any origin, and does not hand on the
size of an answer.

Closing the context's file takes the locks as well.  No thread of the process can be inside then,
so that there is nothing to wait for, and the steps are those of the parent.  The ids of sessions
that are being opened are names here: that such a number can be that of another session as well is
not modelled, nor what comes after the kernel has written through a NULL pointer.

Source: pull request 72, HernanGatta on the final push; drivers/tee/optee/call.c, tee_core.c, and
optee_os pta/system.c, libutee, as posted with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs import locks
from ocallkit.designs.held_refs_pre_release import HeldRefsPreRelease
from ocallkit.designs.transport import MetaParameter
from ocallkit.model import breaches, optee, tee
from ocallkit.model.calls import EINVAL, Reply
from ocallkit.model.params import memories
from ocallkit.model.secure import smc_return_from_rpc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.abi.results import Origin
    from ocallkit.designs.ecall_bare import EcallBare
    from ocallkit.engine import Step, Steps
    from ocallkit.model.calls import Answer, Arg
    from ocallkit.model.config import Client, Transport
    from ocallkit.model.events import Param


class Posted(HeldRefsPreRelease):
    """The driver, the PTA and libutee as they were posted last."""

    name: ClassVar[str] = "posted"
    parent: ClassVar[type[EcallBare]] = HeldRefsPreRelease
    changes: ClassVar[tuple[str, ...]] = (
        "transport",
        "replied",
        "answer_drops",
        "found_again",
        "enters",
        "leaves",
        "gives_up",
        "intrudes",
        "refuses",
        "cancels",
        "unlists",
        "close_session",
        "release",
        "charged",
        "takes_memory",
        "size_given",
        "speaks_for",
    )
    transport: ClassVar[Transport] = MetaParameter()

    def replied(self, memories: tuple[str, ...]) -> tuple[str, ...]:
        """A memory of an answer is put as soon as it has been found, before anybody has used it.

        Source: tee_core.c, params_from_user_ocall().
        """
        return ()

    def answer_drops(
        self, requested: tuple[str, ...], params: tuple[Param, ...]
    ) -> tuple[str, ...]:
        """The answer is written over its request, whose references are then looked for in it.

        Source: call.c, process_ocall_reply().
        """
        return memories(params)

    def found_again(self, params: tuple[Param, ...], room: int) -> tuple[str, ...]:
        """An invocation finds as many of its references again as its last ioctl has parameters.

        Source: call.c, optee_invoke_func(), optee_from_msg_param().
        """
        return self.kept(params[:room])

    def enters(self, client: Client) -> Iterable[Step]:
        """A CA thread waits for its session with the mutex of the whole context held.

        Source: call.c, optee_invoke_func().
        """
        return locks.enter_session(client)

    def leaves(self, client: Client) -> Iterable[Step]:
        """The next one is let in, also while a request waits for its answer.

        Source: call.c, optee_invoke_func().
        """
        return locks.leave_session(client)

    def gives_up(self, answers: str) -> bool:
        """An allocation or a release that the CA refuses ends the whole invocation.

        Source: call.c, process_ocall_reply().
        """
        return True

    def intrudes(self, client: Client, arg: Arg) -> Steps:
        """A second invocation cancels the pending request, and loses its own references.

        Source: call.c, optee_invoke_func(), its exit_cancel.
        """
        return cancel_for_intruder(client)

    def refuses(self, client: Client, thread: str, cmd: str) -> Steps:
        """Who has not passed the parameter of OCALLs is asked all the same, through NULL.

        Source: call.c, process_ocall_request(), optee_do_call_with_arg().
        """
        if cmd in {"INVOKE", "OPEN_SESSION"}:
            return write_through_null(client, thread)
        return refuse_once(client, thread, optee.REFUSED)

    def cancels(self, client: Client, call: str, thread: str, answer: Answer) -> Iterable[Step]:
        """A cancelled call's secure thread is resumed once, whatever it asks then.

        Source: call.c, cancel_ocall().
        """
        return cancel_once(client, call, thread, answer)

    def unlists(self, client: Client) -> Steps:
        """The session is taken off its list under the mutex of the context.

        Source: call.c, optee_close_session().
        """
        return locks.unlist_locked(client)

    def close_session(self, client: Client) -> Iterable[Step]:
        """Whoever closes waits until nobody is in the session, and then cancels.

        Source: call.c, optee_close_session().
        """
        return enter_and_cancel(client)

    def release(self, client: Client) -> Iterable[Step]:
        """Sessions are closed, and nothing is cancelled: that was done before.

        Source: core.c, optee_release().
        """
        return ()

    def charged(self, to: str) -> str:
        """What the driver keeps for itself is charged to the context of the caller.

        Source: rpc.c, handle_rpc_func_cmd_shm_alloc().
        """
        return "caller" if to == "driver" else to

    def takes_memory(self, asked: int, given: int) -> bool:
        """Memory of any size is taken, whatever was asked for.

        Source: pta/system.c, system_ocall(); call.c, verify_ocall_reply().
        """
        return True

    def size_given(self, passed: int, answered: int) -> int:
        """The TA finds the size that it passed, however much was answered.

        Source: pta/system.c, system_ocall().
        """
        return passed

    def speaks_for(self, origin: Origin) -> Origin:
        """The TA is told whichever origin the CA has named.

        Source: libutee, TEE_InvokeCACommand(); call.c, process_ocall_reply().
        """
        return origin


def cancel_for_intruder(client: Client) -> Steps:
    """Cancel the request that is pending; its parameters are written over the intruder's."""
    yield from optee.cancel_session(client, optee.MALFORMED)
    return Reply(errno=EINVAL, lost=True)


def refuse_once(client: Client, thread: str, answer: Answer) -> Steps:
    """Give a secure thread one error; gives where it is then, which may be another request."""
    outcome = yield smc_return_from_rpc, client, thread, answer
    return (yield from optee.optee_handle_rpcs(client, outcome))


def write_through_null(client: Client, thread: str) -> Steps:
    """The request is written to a parameter that the caller has not passed.

    Source: drivers/tee/optee/call.c as posted, process_ocall_request().
    """
    yield breaches.oopses, client
    return (yield from optee.refuse(client, thread, optee.REFUSED))


def cancel_once(client: Client, call: str, thread: str, answer: Answer) -> Steps:
    """End a call with one error, and do not look what its secure thread asks next.

    Source: drivers/tee/optee/call.c as posted, cancel_ocall().
    """
    for held in (yield optee.forget_request, client, call):
        yield from tee.tee_shm_put(client, held)
    outcome = yield from refuse_once(client, thread, answer)
    yield from optee.end_cancelled(client, call, outcome)


def enter_and_cancel(client: Client) -> Steps:
    """Nobody else is in the session, and it goes with its semaphore.

    Source: drivers/tee/optee/call.c as posted, optee_close_session().
    """
    yield locks.down, client
    yield from optee.cancel_session(client)
    yield locks.up, client
