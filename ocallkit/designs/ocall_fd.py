"""`ocall-fd`: a file for each pending request, whose release cancels it.

HernanGatta tried this against the deadlock that he had found: each return with a request exports
a file descriptor, the answer takes it away, and if the CA dies in between the kernel closes it
like any other.  It takes the place of pre_release.  Nothing says when it is closed, among the
files of the memories.

Source: pull request 72, HernanGatta on the deadlock with two secure threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.model import optee, tee
from ocallkit.model.files import has_file, request_file, with_file, without_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World


class OcallFd(EcallBare):
    """A file per pending request whose release cancels it; no pre_release."""

    name: ClassVar[str] = "ocall-fd"
    parent: ClassVar[type[EcallBare]] = EcallBare
    changes: ClassVar[tuple[str, ...]] = (
        "request_leaves",
        "reply_arrives",
        "release_request_file",
    )

    def request_leaves(self, world: World, client: Client) -> None:
        """A file, which holds one reference on the context; a client without files gets none.

        A request that was cancelled otherwise has left its own, which is then used again.
        """
        if client.kernel or has_file(world.processes[client.name], request_file(client)):
            return
        world.put(with_file(world.processes[client.name], request_file(client)))
        tee.teedev_ctx_get(world, client, "OCALL file", "the request was handed to the CA")

    def reply_arrives(self, client: Client) -> Iterable[Step]:
        """The file is disarmed and removed before secure world goes on."""
        return disarm_request_file(client)

    def release_request_file(self, client: Client) -> Iterable[Step]:
        """The request is cancelled, then the file's reference goes."""
        return cancel_with_file(client)


def disarm_request_file(client: Client) -> Steps:
    """The answer is there: the file and its reference are not needed any more."""
    if client.kernel:
        return
    yield remove_request_file, client
    yield from tee.teedev_ctx_put(client, "OCALL file", "the request was answered")


def cancel_with_file(client: Client) -> Steps:
    """Nobody is left to answer."""
    yield from optee.cancel_session(client)
    yield from tee.teedev_ctx_put(client, "OCALL file", "the file is closed")


def remove_request_file(world: World, client: Client) -> None:
    """The process does not have the file any more."""
    process, file = world.processes[client.name], request_file(client)
    if file in process.files:
        world.put(without_number(process, process.files.index(file)))
