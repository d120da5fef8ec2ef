"""What an exploration has come to see: a verdict about something that never happened is empty.

Each sight is seen in what one client has at one moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.model import calls
from ocallkit.model.files import short
from ocallkit.model.kernel_client import return_to_kernel_client
from ocallkit.model.user_mode import return_to_user

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    from ocallkit.engine import State
    from ocallkit.engine.looks import Observe
    from ocallkit.model.world import World

INVOCATION = "an invocation was answered"
OCALL = "an OCALL was pending"
DEATH = "a CA died while its OCALL was pending"
ORDERS = "files were closed in every order"
"""What can be reached, as a verdict words it."""

NEVER = {
    INVOCATION: "no invocation was ever answered",
    OCALL: "no OCALL was ever pending",
}
"""What is said of a verdict that has not reached the point of its scenario."""


RETURNS = (return_to_user, return_to_kernel_client)
"""The steps with which a call comes back to a client."""


def answered(state: State[World]) -> bool | None:
    """An invocation returns to its client, and secure world has carried it out."""
    for node in state.nodes:
        if not node.done and node.step[0] in RETURNS:
            _, _, call, reply, *_ = node.step
            invokes = "INVOKE" in call or "ECALL" in call or "invoke" in call
            if invokes and not (reply.asks or reply.errno):
                return True
    return None


def pending(state: State[World]) -> bool | None:
    """The CA has been asked to serve an OCALL."""
    return any(call.pending == calls.OCALL for call in state.world.calls.all()) or None


def died(state: State[World]) -> bool | None:
    """The CA has been killed, and its OCALL waits."""
    world = state.world
    return (
        any(
            call.pending == calls.OCALL and is_killed(world, call.process)
            for call in world.calls.all()
        )
        or None
    )


def is_killed(world: World, client: str) -> bool:
    """Whether a client was a process, and was killed."""
    process = world.processes.get(client)
    return process is not None and process.state == "killed"


def left_open(state: State[World]) -> Hashable | None:
    """The files that a process which ends has still open."""
    for process in state.world.processes.all():
        if process.state in {"killed", "exiting", "ended"}:
            return frozenset(short(file) for file in process.files if file)
    return None


FILES = "files left open"

SIGHTS: Mapping[str, Observe] = {
    INVOCATION: answered,
    OCALL: pending,
    DEATH: died,
    FILES: left_open,
}


def reached(
    observed: Mapping[str, frozenset[Hashable]], taken: Collection[str], faults: Collection[str]
) -> dict[str, bool]:
    """For all that can be reached whether it was.

    `observed` is what was seen of `SIGHTS`, `taken` the options that were taken, and `faults` those
    that were allowed: each of them is something to reach.

    >>> reached({FILES: frozenset({frozenset("ab"), frozenset("a"), frozenset()})}, [], [])[ORDERS]
    False
    """
    found = {name: bool(observed.get(name)) for name in (INVOCATION, OCALL, DEATH)}
    found[ORDERS] = _in_every_order(observed.get(FILES, frozenset()))
    return found | {fault: fault in taken for fault in faults}


def _in_every_order(seen: frozenset[Hashable]) -> bool:
    """Whether of each set of files that were left open every part was left open too."""
    sets = {files for files in seen if isinstance(files, frozenset)}
    return bool(sets) and all(files - {one} in sets for files in sets for one in files)
