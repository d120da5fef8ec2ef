"""`mainline`: what Linux has merged since, where secure world calls user space.

Qualcomm's driver has objects and not sessions.  A process hands an object of its own to secure
world, a callback object; what secure world asks of it is queued on the object's context, and any
thread that has that context's file can serve it.  The ioctl of the invocation does not return
before the invocation is complete: it waits in the kernel, and a kill ends that wait.  Closing the
file goes through a hook of the driver's, close_context, whatever else refers to the context, as
jenswi-linaro had argued it.

What decides here is Qualcomm's, what it decides about stays OP-TEE's: sessions, memories, secure
threads.  So a few things stand for others:

- A session stands for an object of secure world's that has been passed the callback object: it is
  handed over when the session is opened, and released when secure world has closed the session.
  Passing it with each invocation would be the other choice.  Then it would be released with the
  invocation, whose ioctl holds the context's file: nothing would ever hang on it.
- As a session has one client, a callback is always asked for in an invocation of its own client's.
  In Qualcomm's world another client's invocation may bring it about.
- The memory of an OCALL stays the CA's: three requests instead of one.  An answer that names memory
  leaves it to secure world, as one that names an object does there.
- Requests have no notifications, nothing is sent asynchronously, and no allocation fails.

Source: drivers/tee/qcomtee and drivers/tee/tee_core.c of later kernels; what of it is argued for
in pull request 72 is jenswi-linaro on teedev_close_context() and on counting references.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.designs.transport import SupplicantIoctls
from ocallkit.model import callbacks, optee

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.model.calls import Arg, Rpc
    from ocallkit.model.config import Client, Transport
    from ocallkit.model.events import Param


class Mainline(EcallBare):
    """The invocation waits in the kernel, killably, and another thread of the process serves."""

    name: ClassVar[str] = "mainline"
    parent: ClassVar[type[EcallBare]] = EcallBare
    changes: ClassVar[tuple[str, ...]] = (
        "transport",
        "referenced",
        "asks",
        "intrudes",
        "close_session",
        "closed",
        "pre_release",
        "release",
    )
    transport: ClassVar[Transport] = SupplicantIoctls()
    worker: ClassVar[bool] = True
    server: ClassVar[bool] = True

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """None: what an answer has left to secure world is its own until it releases it."""
        return ()

    def asks(self, client: Client, arg: Arg, call: str, rpc: Rpc) -> Steps:
        """It is queued, and the ioctl waits for its answer."""
        return callbacks.ask_and_go_on(client, arg, call, rpc)

    def intrudes(self, client: Client, arg: Arg) -> Steps:
        """It goes to secure world, which lets one into the session after the other."""
        return optee.invoke_beside(client, arg)

    def close_session(self, client: Client) -> Iterable[Step]:
        """Nothing: what is pending is its invocation's own affair."""
        return ()

    def closed(self, client: Client) -> Iterable[Step]:
        """The callback object is released, and with the last one the context."""
        return callbacks.release_callback_object(client)

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Every request on the context ends, and its sessions are left to the driver's worker."""
        return callbacks.qcomtee_close_context(client)

    def release(self, client: Client) -> Iterable[Step]:
        """Nothing: closing the file has done it."""
        return ()
