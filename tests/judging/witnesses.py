"""What must have been seen before a verdict means anything."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from ocallkit.model.files import short
from ocallkit.model.user_mode import return_to_user

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ocallkit.abi.results import Result
    from ocallkit.engine import State
    from ocallkit.engine.looks import Observe
    from ocallkit.model.calls import Reply
    from ocallkit.model.world import World


def reported(state: State[World]) -> Hashable | None:
    """An invocation returns to its CA: what the TA reports of its OCALLs."""
    for node in state.nodes:
        if not node.done and node.step[0] is return_to_user:
            ioctl, reply = node.step[2:]
            if _is_invoke(ioctl, reply):
                result: Result = reply.ret
                return result.name
    return None


def _is_invoke(ioctl: str, reply: Reply) -> bool:
    return not reply.asks and not reply.errno and ("INVOKE" in ioctl or "ECALL" in ioctl)


def crashed(state: State[World]) -> Hashable | None:
    """A CA has been killed: the request that is pending then."""
    for call in state.world.calls.values():
        if call.pending and state.world.processes[call.process].state == "killed":
            return call.pending
    return None


def left(state: State[World]) -> Hashable | None:
    """A CA has been killed after its invocation began: the files that are still open."""
    for process in state.world.processes.values():
        if process.state == "killed" and process.id in state.world.calls:
            return frozenset(short(file) for file in process.files if file)
    return None


WITNESSES: dict[str, Observe] = {"reported": reported, "crashed": crashed, "left": left}


def subsets(files: Iterable[str]) -> frozenset[frozenset[str]]:
    """Every part of `files`, the whole and nothing included."""
    files = tuple(files)
    return frozenset(
        frozenset(part) for size in range(len(files) + 1) for part in combinations(files, size)
    )
