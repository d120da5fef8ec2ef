"""What is so at one moment of a run, in words: every record of the world, and who holds it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec

from ocallkit.model.call_queue import waiters_of
from ocallkit.model.config import SERVICES
from ocallkit.model.events import Event, Get, Put
from ocallkit.model.wait_queue import ASLEEP, WOKEN
from ocallkit.model.waiting import Wait, who_waits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ocallkit.engine import State, System
    from ocallkit.model.world import (
        Call,
        Context,
        Instance,
        Memory,
        Mobj,
        Process,
        SecureThread,
        World,
    )

Change = Literal["", "new", "changed", "gone"]
"""What the step did to an entry."""


class Entry(msgspec.Struct, frozen=True):
    """One thing: its name, its count if it is counted, and the rest in words."""

    name: str
    count: int | None
    words: str
    change: Change = ""


class Section(msgspec.Struct, frozen=True):
    """The things of one kind, under the name of their record."""

    title: str
    entries: tuple[Entry, ...]


def hold(owners: dict[str, Counter[str]], events: Iterable[Event]) -> None:
    """Enter who holds what after some events; a drop by somebody who holds nothing changes none."""
    for event in events:
        if isinstance(event, Get):
            owners.setdefault(event.target, Counter())[event.owner] += 1
        elif isinstance(event, Put):
            held = owners.setdefault(event.target, Counter())
            held[event.owner] -= 1
            owners[event.target] = +held


def sections(
    system: System[World], state: State[World], owners: dict[str, Counter[str]]
) -> tuple[Section, ...]:
    """Everything that is so in `state`; `owners` says for each object who holds how many."""
    world = state.world
    waits = who_waits(system, state)
    processes = [Entry(_title(p), None, _process(p)) for p in world.processes.values()]
    processes += [
        Entry(f"file {f.id}", f.refs, "open more than once") for f in world.files.values()
    ]
    contexts = (
        _counted(f"tee_context {c.id}", c, owners, releasing=c.releasing)
        for c in world.contexts.values()
    )
    memories = (_counted(f"tee_shm {m.id}", m, owners) for m in world.memories.values())
    sessions = (
        Entry(f"session {s.id}", None, _session(known=s.known, opened=s.open))
        for s in world.sessions.values()
    )
    # That of a session's own goes with the session.
    instances = (
        Entry(f"TA {i.ta}", i.sessions, _instance(i))
        for i in world.instances.values()
        if i.id not in world.sessions or i.panicked
    )
    calls = [Entry(f"call of {c.id}", None, _call(world, c)) for c in world.calls.values()]
    calls += [
        Entry(f"request {r.id}", None, f"{r.cmd} of {r.ta}; {r.state}")
        for r in world.requests.values()
    ]
    calls += [
        Entry(f"waiter {one.id}", None, _waiter(place, woken=one.completed))
        for place, one in enumerate(waiters_of(world), 1)
    ]
    threads = (
        Entry(f"thread {number}", None, _thread(number, thread, waits))
        for number, thread in world.by_number().items()
    )
    mobjs = (
        _counted(f"MOBJ {m.id}", m, owners, releasing=m.releasing) for m in world.mobjs.values()
    )
    kept = world.kept.values()
    return (
        Section("Processes and open files", tuple(processes)),
        Section("Contexts", tuple(contexts)),
        Section("Shared memories", tuple(memories)),
        Section("Sessions", tuple(sessions)),
        Section("Instances of TAs", tuple(instances)),
        Section("Calls and pending OCALLs", tuple(calls)),
        Section("Secure threads", tuple(threads)),
        Section("Memory objects of secure world", tuple(mobjs)),
        Section("What the design keeps", tuple(Entry(k.id, None, repr(k.value)) for k in kept)),
    )


def _title(process: Process) -> str:
    return process.id if process.id in SERVICES else f"CA {process.id}"


def _process(process: Process) -> str:
    files = ", ".join(_own(process, file) for file in process.files if file)
    words = [process.state, f"open: {files}" if files else "no open files"]
    if process.mapped:
        words.append(f"mapped: {', '.join(_own(process, memory) for memory in process.mapped)}")
    if process.work:
        left = ", ".join(_own(process, memory) for _, memory in process.work)
        words.append(f"to be released: {left}")
    if process.inside:
        words.append(f"threads in the kernel: {', '.join(process.inside)}")
    return "; ".join(words)


def _own(process: Process, file: str) -> str:
    """A file's name without that of the process."""
    return file.removeprefix(f"{process.id}.")


def _counted(
    name: str,
    record: Context | Memory | Mobj,
    owners: dict[str, Counter[str]],
    *,
    releasing: bool = False,
) -> Entry:
    """A thing with references: who holds them, and what became of it."""
    held = [f"{owner} ({n} times)" if n > 1 else owner for owner, n in owners.get(name, {}).items()]
    words = []
    if held:
        words = [f"held by {', '.join(held)}"]
    elif not record.freed:
        words = ["held by nobody"]
    if record.freed:
        words.append("freed")
    elif releasing:
        words.append("being released")
    if record.misused:
        words.append("touched after it was freed")
    return Entry(name, record.refs, "; ".join(words))


def _session(*, known: bool, opened: bool) -> str:
    driver = "known to the driver" if known else "not known to the driver"
    return f"{driver}; {'open' if opened else 'closed'} in OP-TEE"


def _instance(instance: Instance) -> str:
    words = ["sessions with it, all of one instance"]
    if instance.busy:
        words.append("runs for one of them")
    if instance.panicked:
        words.append("has panicked")
    if instance.memory is not None:
        words.append(f"remembers {instance.memory!r}")
    return "; ".join(words)


def _call(world: World, call: Call) -> str:
    words = ["in secure world"]
    if call.pending:
        words = [f"{call.pending} is pending, for secure thread {world.number_of(call.thread)}"]
    if call.cancelled:
        words.append("cancelled")
    if call.kept:
        words.append(f"keeps {', '.join(call.kept)}")
    if call.requested:
        words.append(f"its request holds {', '.join(call.requested)}")
    return "; ".join(words)


_SLEEP = {ASLEEP: "the driver sleeps for it", WOKEN: "its wake-up has come"}


def _waiter(place: int, *, woken: bool) -> str:
    return f"number {place} of the call queue{'; woken' if woken else ''}"


def _thread(number: int, thread: SecureThread, waits: Iterable[Wait]) -> str:
    words = [thread.state]
    if thread.state != "free":
        words = [f"{thread.state} for {thread.client} in RPC {thread.rpc}"]
    if thread.sleep:
        words.append(_SLEEP[thread.sleep])
    mine = f"secure thread {number} "
    words += [f"waits for {w.whom}: {w.why}" for w in waits if w.who.startswith(mine)]
    if thread.misused:
        words.append("resumed although it was not suspended")
    return "; ".join(words)


def compared(before: Sequence[Section], now: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with each entry marked that is not as it was, and those that are gone."""
    return tuple(
        Section(new.title, tuple(_marked(old.entries, new.entries)))
        for old, new in zip(before, now, strict=True)
    )


def _marked(before: Iterable[Entry], now: Iterable[Entry]) -> Iterator[Entry]:
    old = {entry.name: entry for entry in before}
    for entry in now:
        was = old.pop(entry.name, None)
        change: Change = "new" if was is None else "" if was == entry else "changed"
        yield msgspec.structs.replace(entry, change=change)
    for entry in old.values():
        yield msgspec.structs.replace(entry, change="gone")
