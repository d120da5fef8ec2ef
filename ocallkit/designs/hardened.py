"""`hardened`: the two lists, and what else it takes that nothing breaks.

The rule of the two lists stays as jenswi-linaro proposed it.  What is added is what its Runs ask
for: a pending request references what it names; requests are numbered; a thread does not wait in
the driver while it owes an answer, and is woken there by a kill; whoever closes a file, a session
or a process takes back what was asked of it; a wake-up is not left with a call that waits for its
CA; and the driver's own memory is charged to nobody else.  Remove any one of them and a check
fails.

Source: pull request 72, jenswi-linaro on simpler rules for counting shared memory; the rest was
never proposed there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.held_refs_pre_release import HeldRefsPreRelease
from ocallkit.designs.transport import NumberedParameter
from ocallkit.designs.two_lists import TwoLists
from ocallkit.model import optee
from ocallkit.model.call_queue import leave_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.designs.ecall_bare import EcallBare
    from ocallkit.engine import Step
    from ocallkit.model.config import Client, Transport
    from ocallkit.model.world import World


class Hardened(TwoLists):
    """The two lists, and nobody who waits owes an answer."""

    name: ClassVar[str] = "hardened"
    parent: ClassVar[type[EcallBare]] = TwoLists
    changes: ClassVar[tuple[str, ...]] = (
        "transport",
        "referenced",
        "hands_out",
        "request_leaves",
        "flush",
        "wakes",
        "waits",
        "killed",
        "charged",
    )
    transport: ClassVar[Transport] = NumberedParameter()

    # What the OCALL names may be closed while its CA is asked: here the parent's parent was right.
    referenced = HeldRefsPreRelease.referenced

    def hands_out(self, world: World, client: Client) -> bool:
        """No request is handed to a process that is to end, nor on a session that is closed."""
        return optee.can_answer(world, client)

    def request_leaves(self, world: World, client: Client) -> None:
        """The call is taken off the call queue: a wake-up is for one that can use it."""
        leave_queue(world, client)

    def flush(self, client: Client) -> Iterable[Step]:
        """Who closes a file takes back what is asked of the process, whoever else has the file."""
        return optee.cancel_of_process(client)

    def wakes(self, client: Client) -> bool:
        """A kill ends it: nothing else can be done for a process that waits for itself."""
        return True

    def waits(self, client: Client) -> Iterable[Step]:
        """What was asked of a CA thread is taken back before it waits: it could not answer."""
        return optee.cancel_of_process(client, client.task)

    def killed(self, client: Client) -> Iterable[Step]:
        """What was asked of any thread of the killed process is taken back."""
        return optee.cancel_of_process(client)

    def charged(self, to: str) -> str:
        """What the driver keeps for itself is charged to a context of its own."""
        return "driver" if to == "caller" else to


def leave_queue(world: World, client: Client) -> None:
    """The call on the client's session is off the list of those that wait for a secure thread."""
    call = optee.pending_call(world, client.session)
    if client.queued and call is not None:
        leave_list(world, call.id)
