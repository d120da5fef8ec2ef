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
    from ocallkit.model.world import World


class Posted(HeldRefsPreRelease):
    """The driver, the PTA and libutee as they were posted last."""

    name: ClassVar[str] = "posted"
    parent: ClassVar[type[EcallBare]] = HeldRefsPreRelease
    changes: ClassVar[tuple[str, ...]] = (
        "transport",
        "replied",
        "answered",
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
        """None: params_from_user_ocall() puts each as soon as it has found it."""
        return ()

    def answered(self, requested: tuple[str, ...], params: tuple[Param, ...]) -> tuple[str, ...]:
        """Those that the answer names: process_ocall_reply() writes it over the request first."""
        return memories(params)

    def found_again(self, params: tuple[Param, ...], room: int) -> tuple[str, ...]:
        """As many as the last ioctl has parameters: optee_from_msg_param() restores no more."""
        return self.kept(params[:room])

    def enters(self, client: Client) -> Iterable[Step]:
        """Wait for the session with the context's mutex held: optee_invoke_func()."""
        return locks.enter_session(client, holds_mutex=True)

    def leaves(self, client: Client) -> Iterable[Step]:
        """Let the next one in, also while a request waits for its answer."""
        return locks.leave_session(client)

    def gives_up(self, answers: str) -> bool:
        """Yes: process_ocall_reply() fails, and the whole ioctl with it."""
        return True

    def intrudes(self, client: Client, arg: Arg) -> Steps:
        """The pending request is cancelled: optee_invoke_func(), to its exit_cancel."""
        return cancel_for_intruder(client)

    def refuses(self, client: Client, thread: str, cmd: str) -> Steps:
        """One refusal where no CA can be asked; an invocation is not looked at for that at all."""
        if cmd in {"INVOKE", "OPEN_SESSION"}:
            return write_through_null(client, thread)
        return refuse_once(client, thread, optee.REFUSED)

    def cancels(self, client: Client, call: str, thread: str, answer: Answer) -> Iterable[Step]:
        """The references of the request go, then the secure thread is resumed once."""
        return cancel_once(client, call, thread, answer)

    def unlists(self, client: Client) -> Steps:
        """Under the context's mutex: optee_close_session()."""
        return locks.unlist_locked(client)

    def close_session(self, client: Client) -> Iterable[Step]:
        """Wait for whoever is in the session, then cancel what is pending."""
        return enter_and_cancel(client)

    def release(self, client: Client) -> Iterable[Step]:
        """Nothing: optee_release() closes sessions only, and pre_release has cancelled."""
        return ()

    def charged(self, to: str) -> str:
        """On the caller's, whenever the driver has memory of its own."""
        return "caller" if to == "driver" else to

    def takes_memory(self, asked: int, given: int) -> bool:
        """Any: neither verify_ocall_reply() nor the PTA compares the sizes."""
        return True

    def size_given(self, passed: int, answered: int) -> int:
        """That which it passed: system_ocall() copies as much as was answered, no more."""
        return passed

    def speaks_for(self, origin: Origin) -> Origin:
        """Whichever the CA has named."""
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
    yield oops, client
    return (yield from optee.refuse(client, thread, optee.REFUSED))


def oops(world: World, client: Client) -> None:
    """The kernel itself is what breaks."""
    breaches.oopses(world, client)


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
