"""`ecall-bare`: the opening text's ioctl without its callback.

HernanGatta's opening text describes what a pending OCALL costs before it offers a cure: the
secure thread stays suspended, and the context's release is the one place where the driver could
answer for a CA that died.  This design stops there.  It is the root of the others: each of them
overrides what it changes, and nothing else.

Source: pull request 72, opening text, "Abnormal Termination", its first three paragraphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit.abi.results import Origin
from ocallkit.brief import brief
from ocallkit.designs.transport import EcallIoctl
from ocallkit.model import optee, tee
from ocallkit.model.params import memories
from ocallkit.model.requests import give_up
from ocallkit.model.wait_queue import complete

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.model.calls import Answer, Arg, Rpc
    from ocallkit.model.config import Client, Transport
    from ocallkit.model.events import Param
    from ocallkit.model.world import Request, SecureThread, World

CAS_ORIGINS: Final = (Origin.API, Origin.CLIENT_APP)
"""The layers for which a CA can speak: its library, and itself."""


class EcallBare:
    """A new ioctl; pending OCALLs are cancelled only when the context's count reaches zero."""

    name: ClassVar[str] = "ecall-bare"
    parent: ClassVar[type[EcallBare] | None] = None
    """The design that this one differs from."""
    changes: ClassVar[tuple[str, ...]] = ()
    """The decisions in which it does; in all others it is as its parent."""
    transport: ClassVar[Transport] = EcallIoctl()
    worker: ClassVar[bool] = False
    """Whether it hands something to a task of the kernel's, which there has to be then."""
    server: ClassVar[bool] = False
    """Whether a thread of each process serves what secure world asks, which there has to be."""

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """None: an ioctl drops its references when it returns, pending OCALL or not."""
        return ()

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Every memory that the OCALL names, until its reply or its cancellation."""
        return memories(params)

    def replied(self, memories: tuple[str, ...]) -> tuple[str, ...]:
        """Every memory that an answer names is referenced until its ioctl returns."""
        return memories

    def answer_drops(
        self, requested: tuple[str, ...], params: tuple[Param, ...]
    ) -> tuple[str, ...]:
        """Those that its request references, whatever the answer names."""
        return requested

    def found_again(self, params: tuple[Param, ...], room: int) -> tuple[str, ...]:
        """An invocation finds all references again that it has kept."""
        return self.kept(params)

    def asks(self, client: Client, arg: Arg, call: str, rpc: Rpc) -> Steps:
        """The ioctl returns with it: the CA itself serves, and issues the ioctl again."""
        return optee.return_with_request(client, arg, call, rpc)

    def request_leaves(self, world: World, client: Client) -> None:
        """A request leaves no file, and its call stays in the call queue.

        Source: call.c, optee_cq_wait_init(), optee_cq_wait_final().
        """

    def hands_out(self, world: World, client: Client) -> bool:
        """A request is handed out though its process is to end or its session being closed.

        Source: call.c, process_ocall_request(), which looks at neither.
        """
        return True

    def reply_arrives(self, client: Client) -> Iterable[Step]:
        """Nothing was left behind, so nothing is taken away."""
        return ()

    def enters(self, client: Client) -> Iterable[Step]:
        """Nothing: two CA threads may invoke in one session, and secure world lets one in."""
        return ()

    def leaves(self, client: Client) -> Iterable[Step]:
        """Nothing was taken, so nothing is given back."""
        return ()

    def completes(self, client: Client) -> Iterable[Step]:
        """Nothing that concerns anybody but the invocation."""
        return ()

    def gives_up(self, answers: str) -> bool:
        """Secure world hears of it, and its TA goes on."""
        return False

    def intrudes(self, client: Client, arg: Arg) -> Steps:
        """A second invocation gets EINVAL, and the pending request stays as it is."""
        return optee.refuse_invocation(client, arg)

    def refuses(self, client: Client, thread: str, cmd: str) -> Steps:
        """Who cannot be asked gets an error for whatever its TA asks, until it is done."""
        return optee.refuse(client, thread, optee.REFUSED)

    def cancels(self, client: Client, call: str, thread: str, answer: Answer) -> Iterable[Step]:
        """An error for whatever its TA asks, until the call is complete; then its references go."""
        return optee.complete_with_errors(client, call, thread, answer)

    def unlists(self, client: Client) -> Steps:
        """In one step, and without a lock that could be waited for."""
        return optee.find_and_unlist(client)

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Nothing: the driver hears of the closed file only through the context's count."""
        return ()

    def flush(self, client: Client) -> Iterable[Step]:
        """Nothing is taken back until the last copy of a file is closed.

        Source: tee_core.c, tee_release(); no flush is among its file operations.
        """
        return ()

    def release_request_file(self, client: Client) -> Iterable[Step]:
        """A pending request has no file of its own; this one drops what such a file held."""
        return tee.teedev_ctx_put(client, "OCALL file", "the file is closed")

    def release_memory_file(self, client: Client, memory: str) -> Iterable[Step]:
        """The file's reference goes, and with the last one the memory."""
        return tee.put_memory_file(client, memory)

    def unregister(self, client: Client, memory: str) -> Iterable[Step]:
        """At once: whoever dropped the last reference waits for secure world."""
        return optee.optee_shm_unregister(client, memory)

    def close_session(self, client: Client) -> Iterable[Step]:
        """The request that is pending on it is cancelled."""
        return optee.cancel_session(client)

    def closed(self, client: Client) -> Iterable[Step]:
        """Nothing: it was passed nothing that has to be released."""
        return ()

    def release(self, client: Client) -> Iterable[Step]:
        """The last reference on the context is gone: what is pending is cancelled."""
        return optee.cancel_ocall(client)

    def spared(self, client: Client, cmd: str) -> int:
        """None: any call may take the last free secure thread."""
        return 0

    def wakes(self, client: Client) -> bool:
        """A kill does not end a wait: what secure world has begun must be carried on.

        Source: call.c, optee_cq_wait_for_completion(); rpc.c, wq_sleep().
        """
        return False

    def waits(self, client: Client) -> Iterable[Step]:
        """A CA thread waits in the driver though it owes secure world an answer.

        Source: call.c, optee_cq_wait_for_completion(); rpc.c, wq_sleep().
        """
        return ()

    def killed(self, client: Client) -> Iterable[Step]:
        """A CA thread that is killed while it waits takes nothing back that its process owes.

        Source: call.c, optee_cq_wait_for_completion(); rpc.c, wq_sleep().
        """
        return ()

    def charged(self, to: str) -> str:
        """What the driver keeps for itself is charged as the switches of the system say."""
        return to

    def takes_memory(self, asked: int, given: int) -> bool:
        """Only memory that is as large as was asked for is taken."""
        return given >= asked

    def size_given(self, passed: int, answered: int) -> int:
        """The TA finds the size of the answer."""
        return answered

    def speaks_for(self, origin: Origin) -> Origin:
        """A CA can speak for itself and for its library, and for nobody else."""
        return origin if origin in CAS_ORIGINS else Origin.CLIENT_APP

    def wq_wakeup(self, world: World, thread: SecureThread) -> None:
        """It is kept, if the sleep that it is for has not begun."""
        complete(world, thread)

    def supp_given_up(self, world: World, request: Request) -> None:
        """One that was taken stays until the supplicant comes back with it, and finds nobody."""
        give_up(world, request)

    def __repr__(self) -> str:
        return brief(self, self.name)
