"""What must hold of every world, and the ledger that its events keep of every reference.

The records are counted anew: whatever has a count must have as many users as it says, among the
records or in the ledger.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ocallkit.engine.world import part_of
from ocallkit.model.call_queue import QUEUE
from ocallkit.model.events import Event, Get, Put
from ocallkit.model.files import CONTEXT, REQUEST, record_of, short
from ocallkit.model.params import memories
from ocallkit.model.secure import leave_for_rpc
from ocallkit.model.ta_manager import is_alone
from ocallkit.model.wait_queue import ASLEEP, WOKEN
from ocallkit.model.world import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.model.world import SecureThread, Session, World

Ledger = dict[str, Counter[str]]
"""For each counted thing how many references each owner holds."""

SLEEP, WAKE = "WAIT_QUEUE_SLEEP", "WAIT_QUEUE_WAKEUP"


def check_world(world: World) -> None:
    """Fail where records contradict themselves or each other."""
    _check_processes(world)
    _check_open_files(world)
    _check_contexts(world)
    _check_sessions(world)
    _check_instances(world)
    _check_locks(world)
    _check_memories(world)
    _check_mobjs(world)
    _check_threads(world)
    _check_waiters(world)
    _check_calls(world)


# --- processes and files -------------------------------------------------------------------------


def _check_processes(world: World) -> None:
    for process in world.processes.values():
        assert process.state in {"running", "killed", "exiting", "ended"}, process
        assert {*process.inside} <= {*process.tasks}, process
        assert "" not in process.files[-1:], process
        assert len({*process.mapped}) == len(process.mapped), process
        if process.state == "ended":
            assert not any((process.files, process.mapped, process.work, process.tasks)), process
        for _, memory in process.work:
            assert (0, False) == (world.memories[memory].refs, world.memories[memory].freed), memory


def users_of_files(world: World) -> Counter[str]:
    """How many numbers and mappings refer to each open file."""
    users: Counter[str] = Counter()
    for process in world.processes.values():
        users.update(file for file in process.files if file)
        users.update(process.mapped)
    return users


def _check_open_files(world: World) -> None:
    users, most = users_of_files(world), sum(len(p.inside) for p in world.processes.values())
    for file, seen in users.items():
        refs = world.files[file].refs if file in world.files else 1
        # What else there is, ioctls in flight hold.
        assert 0 <= refs - seen <= most, file
        if short(file) == CONTEXT:
            assert world.contexts[record_of(file)].refs > 0, file
        elif short(file) != REQUEST:
            assert world.memories[file].refs > 0, file
    for opened in world.files.values():
        assert opened.refs > 1, opened
        assert opened.refs - users[opened.id] <= most, opened


# --- contexts, sessions, instances ---------------------------------------------------------------


def _check_contexts(world: World) -> None:
    for context in world.contexts.values():
        assert not context.freed or context.releasing, context
        assert context.releasing == (context.refs == 0), context


def _check_sessions(world: World) -> None:
    for session in world.sessions.values():
        assert session.open or not session.known, session
        assert session.instance or not (session.open or session.lock or session.waiters), session
        if session.known:
            assert not world.contexts[session.context].freed, session
        if session.lock:
            assert _stands_in(world, world.threads[session.lock], session), session


def _stands_in(world: World, thread: SecureThread, session: Session) -> bool:
    """Whether a thread that has locked a session runs in it, comes to it, or leaves it."""
    ta = world.instances[session.instance].ta
    return session.id in thread.entered or thread.waits == f"TA {ta}" or thread.rpc == WAKE


def _check_instances(world: World) -> None:
    sessions = Counter(session.instance for session in world.sessions.values())
    for instance in world.instances.values():
        kept = world.config.tas[instance.ta].keep_alive
        assert instance.sessions == sessions[instance.id], instance
        assert instance.sessions or kept, instance
        assert 0 <= instance.inside <= instance.sessions, instance
        assert instance.panicked or not instance.destroyed, instance
        assert bool(instance.loader) >= bool(instance.waiters), instance
    assert {*sessions} <= {*world.instances, ""}


def _check_locks(world: World) -> None:
    """Who has a lock is in as many TAs of a single instance as it counts, and nobody else is."""
    for lock in world.locks.values():
        assert lock.holder or lock.waiters, lock
        assert bool(lock.count) == bool(lock.holder), lock
    for thread in world.threads.values():
        held = [lock.count for lock in world.locks.values() if lock.holder == thread.id]
        assert sum(held) == len(_alone(world, thread)), thread
    busy = sum(instance.busy for instance in world.instances.values())
    assert busy == sum(lock.count for lock in world.locks.values())


def _alone(world: World, thread: SecureThread) -> list[str]:
    """The instances in which a thread is that run for one call at a time."""
    instances = [world.instances[world.sessions[one].instance] for one in thread.entered]
    return [one.id for one in instances if is_alone(world.config.tas[one.ta])]


# --- memory --------------------------------------------------------------------------------------


def _check_memories(world: World) -> None:
    for memory in world.memories.values():
        assert memory.refs >= 0, memory
        if memory.misused:
            # What is written to freed memory lies there.
            assert memory.freed, memory
        elif memory.freed:
            assert (0, b"") == (memory.refs, memory.data), memory
        else:
            assert memory.size == len(memory.data), memory
            assert not world.contexts[memory.context].freed, memory


def _check_mobjs(world: World) -> None:
    for mobj in world.mobjs.values():
        assert mobj.refs >= 0, mobj
        assert mobj.memory in world.memories, mobj
        assert not (mobj.freed and (mobj.refs or mobj.waiters)), mobj
        assert mobj.refs or mobj.freed or mobj.releasing, mobj
        assert mobj.releasing or not mobj.waiters, mobj


# --- secure threads ------------------------------------------------------------------------------


def _check_threads(world: World) -> None:
    taken = [thread for thread in world.threads.values() if thread.state != "free"]
    assert world.config.threads == len(taken) + world.count(THREADS)
    for thread in taken:
        if thread.state == "running" and world.config.switches[QUEUE] == "list":
            # It was taken, and what it does is the next step of who has taken it.
            continue
        assert thread.state == "suspended", thread
        assert part_of(thread.client) == part_of(thread.id), thread
        assert part_of(thread.client) in world.processes, thread
        assert thread.node is not None, thread
        assert leave_for_rpc is thread.node.step[0], thread
        rpc = thread.node.step[1]
        assert (thread.rpc, thread.waits) == (rpc.cmd, rpc.waits), thread
        assert thread.sleep in {"", ASLEEP, WOKEN}, thread
        for entered in thread.entered:
            assert world.sessions[entered].instance in world.instances, thread


def _check_waiters(world: World) -> None:
    waiting: dict[str, str] = {}
    for session in world.sessions.values():
        waiting |= dict.fromkeys(session.waiters, f"session {session.id}")
    for instance in world.instances.values():
        waiting |= dict.fromkeys(instance.waiters, f"loading {instance.ta}")
    for lock in world.locks.values():
        for name in lock.waiters:
            waiting[name] = world.threads[name].waits
            assert waiting[name].startswith("TA "), name
    for mobj in world.mobjs.values():
        waiting |= dict.fromkeys(mobj.waiters, f"MOBJ {mobj.id}")
    for name, what in waiting.items():
        assert (SLEEP, what) == (world.threads[name].rpc, world.threads[name].waits), name
        assert world.threads[name].sleep != WOKEN, name
    threads = world.threads.values()
    # Who wakes several does it one after the other.
    if not any(thread.rpc == WAKE for thread in threads):
        assert {one.id for one in threads if one.sleep == ASLEEP} <= {*waiting}


# --- calls ---------------------------------------------------------------------------------------


def _check_calls(world: World) -> None:
    for call in world.calls.values():
        assert not world.contexts[call.context].freed, call
        if call.pending:
            thread = world.threads[call.thread]
            expected = ("suspended", call.process, call.pending)
            assert expected == (thread.state, part_of(thread.client), thread.rpc), call
            assert not call.cancelled, call
        else:
            assert call.cancelled or not (call.request or call.requested), call


# --- the ledger ----------------------------------------------------------------------------------


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
    for file in users_of_files(world):
        if short(file) == CONTEXT:
            assert 1 == ledger[f"tee_context {record_of(file)}"]["context file"], file
        elif short(file) != REQUEST:
            assert 1 == ledger[f"tee_shm {file}"]["file"], file
    _check_owners_of_contexts(world, ledger)
    _check_owners_of_memories(world, ledger)
    _check_owners_of_mobjs(world, ledger)


def _check_owners_of_contexts(world: World, ledger: Ledger) -> None:
    owners: dict[str, Counter[str]] = {}
    for memory in world.memories.values():
        if not memory.freed:
            owners.setdefault(memory.context, Counter())[f"tee_shm {memory.id}"] += 1
    for context in world.contexts.values():
        held = ledger.get(f"tee_context {context.id}", Counter())
        of_memories = {who: n for who, n in held.items() if who.startswith("tee_shm ")}
        assert owners.get(context.id, {}) == of_memories, context
    requests = [file for file in users_of_files(world) if short(file) == REQUEST]
    assert len(requests) <= sum(held["OCALL file"] for held in ledger.values())


def _check_owners_of_memories(world: World, ledger: Ledger) -> None:
    requested: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for call in world.calls.values():
        requested.update(call.requested)
        kept.update(call.kept)
    for memory in world.memories.values():
        held = ledger.get(f"tee_shm {memory.id}", Counter())
        # What a call has given up is dropped one after the other.
        assert requested[memory.id] <= held["OCALL request"], memory
        assert kept[memory.id] <= held["ioctl Func Invoke"], memory


def _check_owners_of_mobjs(world: World, ledger: Ledger) -> None:
    named: Counter[str] = Counter()
    for thread in world.threads.values():
        # A call that ends puts its objects one after the other, and wakes who waits for them.
        if thread.node is not None and thread.rpc != WAKE:
            named.update(memories(thread.node.args[0].params))
    for mobj in world.mobjs.values():
        held = ledger.get(f"MOBJ {mobj.id}", Counter())
        registered = not (mobj.guarded or mobj.freed or mobj.releasing)
        assert registered == held["registration"], mobj
        if not any(thread.rpc == WAKE for thread in world.threads.values()):
            assert named[mobj.id] == held["invocation"] + held["opening"], mobj
