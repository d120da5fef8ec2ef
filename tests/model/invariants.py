"""What must hold of every world, and the ledger that its events keep of every reference."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ocallkit.model.events import Event, Get, Put
from ocallkit.model.secure import leave_for_rpc
from ocallkit.model.tee import CONTEXT_FILE, REQUEST_FILE
from ocallkit.model.world import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.model.world import World

Ledger = dict[str, Counter[str]]
"""For each counted thing how many references each owner holds."""


def check_world(world: World) -> None:
    """Fail where records contradict themselves or each other."""
    _check_processes(world)
    _check_contexts_and_sessions(world)
    _check_memories(world)
    _check_threads(world)
    _check_calls(world)


def _check_processes(world: World) -> None:
    for process in world.processes.values():
        assert process.state in {"running", "killed", "exiting", "ended"}, process
        assert len(set(process.files)) == len(process.files), process
        if process.state == "ended":
            assert () == process.files
        for file in process.files:
            if file == CONTEXT_FILE:
                assert world.contexts[process.id].refs > 0
            elif file != REQUEST_FILE:
                assert world.memories[file].refs > 0, file


def _check_contexts_and_sessions(world: World) -> None:
    for context in world.contexts.values():
        assert not context.freed or context.releasing, context
        assert context.releasing == (context.refs == 0), context
    for session in world.sessions.values():
        assert session.open or not session.known, session


def _check_memories(world: World) -> None:
    for memory in world.memories.values():
        assert memory.refs >= 0, memory
        if memory.freed:
            assert (0, b"") == (memory.refs, memory.data), memory
        else:
            assert memory.size == len(memory.data), memory
            assert not world.contexts[memory.context].freed, memory
    for mobj in world.mobjs.values():
        assert mobj.refs >= 0, mobj
        assert mobj.id in world.memories, mobj
        assert not (mobj.freed and mobj.refs), mobj
        assert mobj.refs or mobj.freed or mobj.releasing, mobj


def _check_threads(world: World) -> None:
    assert world.config.threads == len(world.threads) + world.count(THREADS)
    for thread in world.threads.values():
        if thread.state == "free":
            assert ("", "", None) == (thread.client, thread.rpc, thread.node), thread
        else:
            assert thread.state == "suspended", thread
            assert thread.client == thread.id.partition(".")[0], thread
            assert thread.client in world.processes, thread
            assert thread.node is not None, thread
            assert leave_for_rpc is thread.node.step[0], thread
            assert thread.rpc == thread.node.step[1].cmd, thread


def _check_calls(world: World) -> None:
    for call in world.calls.values():
        if call.pending:
            thread = world.threads[call.thread]
            expected = ("suspended", call.id, call.pending)
            assert expected == (thread.state, thread.client, thread.rpc), call
            assert not call.cancelled, call
        else:
            assert call.cancelled or not (call.request or call.requested), call


def fold(ledger: Ledger, events: Iterable[Event]) -> Ledger:
    """The ledger after `events`; each must move one reference, and give the count that results."""
    after = {target: owners.copy() for target, owners in ledger.items()}
    for event in events:
        if not isinstance(event, Get | Put):
            continue
        owners = after.setdefault(event.target, Counter())
        owners[event.owner] += 1 if isinstance(event, Get) else -1
        assert owners[event.owner] >= 0, f"{event} puts what its owner does not hold"
        assert owners.total() == event.count, f"{event}, but by the ledger {dict(owners)}"
        after[event.target] = +owners
    return after


def counts(world: World) -> dict[str, int]:
    """The counts that the world's records have, of what has references."""
    counted = (
        ("tee_context", world.contexts),
        ("tee_shm", world.memories),
        ("MOBJ", world.mobjs),
    )
    return {
        f"{kind} {record.id}": record.refs
        for kind, table in counted
        for record in table.values()
        if record.refs
    }


def check_ledger(world: World, ledger: Ledger) -> None:
    """Fail where the events told another story than the records, or another owner."""
    assert counts(world) == {target: owners.total() for target, owners in ledger.items() if owners}
    for process in world.processes.values():
        for file in process.files:
            if file == CONTEXT_FILE:
                assert 1 == ledger[f"tee_context {process.id}"]["context file"]
            elif file != REQUEST_FILE:
                assert 1 == ledger[f"tee_shm {file}"]["file"]
    for memory in world.memories.values():
        if not memory.freed:
            held = ledger[f"tee_context {memory.context}"][f"tee_shm {memory.id}"]
            assert 1 == held, memory
    for call in world.calls.values():
        for name, count in Counter(call.requested).items():
            assert count == ledger[f"tee_shm {name}"]["OCALL request"], call
