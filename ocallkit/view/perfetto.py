"""A run as a trace that Perfetto and Chrome show: beside what a kernel has traced of itself.

It is Chrome's trace event format.  A run has an order and no clock, so that the time of a trace is
the number of a step: step 23 lies from 23 ms to 24 ms, and what it reports is spread over that.

- Each client has a track of its steps, each lane of the diagram one of its own.
- An ioctl is a slice of its client's lane, a secure thread has a track of what it is: running or
  suspended.
- A message is a flow, from a slice where it leaves to one where it arrives.
- Each reference count is a counter.  Faults, notes and what a run ends with are instants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from ocallkit.judging.path import step_name
from ocallkit.model.events import (
    BANDS,
    CA,
    TEE_SUPPLICANT,
    Divider,
    Get,
    Message,
    Note,
    Put,
    Span,
    Thread,
)
from ocallkit.view.layout import are_several, layout, lifeline_name, note_words
from ocallkit.view.words import details

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.engine import State
    from ocallkit.judging.path import Run
    from ocallkit.model.events import Event
    from ocallkit.model.world import World

STEP: Final = 1000
"""How long a step lasts, in the format's microseconds: what a viewer shows as a millisecond."""

TIME: Final = "1 ms is one step of the run: a time is the number of a step, not how long it took"

STEPS: Final = "steps (1 ms is one step)"
"""What the group of the clients' own tracks is called."""

COUNTS: Final = "reference counts"
"""What the group of the counters is called."""

GROUPS: Final = {STEPS: 1, **{band: number for number, band in enumerate(BANDS, 2)}, COUNTS: 9}
"""Every group of tracks, a process to the viewer."""

SECURE_THREADS: Final = 100
"""The track of a secure thread is this and its number: lanes have the small numbers."""

TraceEvent = dict[str, Any]


def to_perfetto(run: Run) -> str:
    """Write the whole of a run as JSON, one event a line."""
    lines = ",\n".join(msgspec.json.encode(event).decode() for event in _Tracks(run).events())
    other = {"title": run.title, "summary": run.summary, "digest": run.digest, "time": TIME}
    said = msgspec.json.encode(other).decode()
    return f'{{"displayTimeUnit":"ms","otherData":{said},"traceEvents":[\n{lines}\n]}}\n'


class _Tracks:
    """The tracks of a run, and what is open on them while it is gone over."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.several = are_several(run.clients)
        lanes = layout(run, whole=True).lifelines
        self.lanes = {lane.name: (GROUPS[lane.band], n) for n, lane in enumerate(lanes, 1)}
        self.steps = {client: (GROUPS[STEPS], n) for n, client in enumerate(run.clients, 1)}
        self.ioctls: list[tuple[Span, int]] = []
        self.threads: dict[int, tuple[Thread, int]] = {}
        self.messages = 0
        self.end = STEP * (len(run.steps) + 1)

    def events(self) -> Iterator[TraceEvent]:
        """All of it: what the tracks are called, then everything in the order of the run."""
        yield from self._names()
        faults = _faults(self.run)
        for number, step in enumerate(self.run.steps, 1):
            at = STEP * number
            about = {"step": number, "function": step.function}
            yield _slice(self.steps[step.client], step.name, "step", at, at + STEP, about)
            if number in faults:
                yield _instant(self.steps[step.client], step.name, "fault", at)
            for place, event in enumerate(step.events):
                yield from self._of(
                    event,
                    at + STEP * place // len(step.events),
                    at + STEP * (place + 1) // len(step.events),
                )
        yield from self._left_open()

    def _names(self) -> Iterator[TraceEvent]:
        threads = sorted({e.thread for e in self.run.events if isinstance(e, Thread)})
        secure = {f"secure thread {n}": self._thread(n) for n in threads}
        for group, pid in GROUPS.items():
            yield _named("process_name", (pid, 0), name=group)
            yield _named("process_sort_index", (pid, 0), sort_index=pid)
        for name, track in [*self.steps.items(), *self.lanes.items(), *secure.items()]:
            yield _named("thread_name", track, name=name)
            yield _named("thread_sort_index", track, sort_index=track[1])

    def _thread(self, number: int) -> tuple[int, int]:
        return GROUPS["secure world"], SECURE_THREADS + number

    def _lane(self, party: str, client: str) -> tuple[int, int] | None:
        return self.lanes.get(lifeline_name(party, client, several=self.several))

    def _of(self, event: Event, at: int, until: int) -> Iterator[TraceEvent]:
        """What is to be seen of one event, which has the time from `at` to `until`."""
        match event:
            case Message():
                yield from self._message(event, at, until)
            case Get(target=target, count=count) | Put(target=target, count=count):
                yield _event("C", (GROUPS[COUNTS], 0), target, "count", at, args={"count": count})
            case Span(kind="ioctl", begins=True):
                self.ioctls.append((event, at))
            case Span(kind="ioctl"):
                yield from self._ends(event, at)
            case Thread(thread=number):
                yield from self._changes(self.threads.pop(number, None), at)
                if event.state != "free":
                    self.threads[number] = event, at
            case Note(party=party, client=client) if lane := self._lane(party, client):
                yield _instant(lane, note_words(event, several=self.several), "note", at)
            case Divider(text=text):
                yield _instant((GROUPS[STEPS], 0), text, "divider", at)
            case _:
                pass

    def _message(self, message: Message, at: int, until: int) -> Iterator[TraceEvent]:
        """A slice at both ends, since a flow holds on to slices, and the flow between them."""
        self.messages += 1
        half = (at + until) // 2
        about = {"message": self.messages, "carries": details(message).strip()}
        for party, ends, kind in (
            (message.source, (at, half), "s"),
            (message.target, (half, until), "f"),
        ):
            lane = self.lanes[lifeline_name(party, message.client, several=self.several)]
            yield _slice(lane, message.label, "message", *ends, about)
            bound = {"bp": "e"} if kind == "f" else {}
            yield _event(kind, lane, message.label, "message", ends[0], id=self.messages, **bound)

    def _ends(self, event: Span, at: int) -> Iterator[TraceEvent]:
        """The ioctl that ends is the one that was begun last."""
        begun = msgspec.structs.replace(event, begins=True)
        index = max(n for n, (one, _) in enumerate(self.ioctls) if one == begun)
        span, since = self.ioctls.pop(index)
        yield from self._ioctl(span, since, at, {})

    def _ioctl(
        self, span: Span, since: int, until: int, about: dict[str, Any]
    ) -> Iterator[TraceEvent]:
        party = TEE_SUPPLICANT if span.client == TEE_SUPPLICANT else CA
        if lane := self._lane(party, span.client):
            yield _slice(lane, span.name, "ioctl", since, until, about)

    def _changes(
        self, was: tuple[Thread, int] | None, at: int, **about: str
    ) -> Iterator[TraceEvent]:
        if was is not None:
            thread, since = was
            name = f"{thread.state} for {thread.client}"
            yield _slice(self._thread(thread.thread), name, "secure thread", since, at, about)

    def _left_open(self) -> Iterator[TraceEvent]:
        """What the run does not end, and why that is so."""
        for span, since in self.ioctls:
            yield from self._ioctl(span, since, self.end, {"ends": "never in this run"})
        for number in sorted(self.threads):
            yield from self._changes(self.threads[number], self.end, ends="never in this run")
        for kind, text in (("ending", self.run.ending), ("broken", self.run.breaks)):
            if text:
                yield _instant((GROUPS[STEPS], 0), text, kind, self.end)


def _faults(run: Run) -> set[int]:
    """The numbers of the steps that are faults: on which nobody can rely."""
    found: set[int] = set()
    state: State[World] = run.system.start
    for number, step in enumerate(run.steps, 1):
        moves = run.system.moves_of(state, run.system.tasks.index(step.client))
        move = next(m for m in moves if step_name(run.system, m) == step.name)
        found |= {number} if move.fault else set()
        state = move.state
    return found


def _event(
    phase: str, track: tuple[int, int], name: str, kind: str, at: int, **more: object
) -> TraceEvent:
    pid, tid = track
    return {"ph": phase, "name": name, "cat": kind, "pid": pid, "tid": tid, "ts": at, **more}


def _slice(  # noqa: PLR0917 - where, what, from when until when
    track: tuple[int, int], name: str, kind: str, at: int, until: int, about: dict[str, Any]
) -> TraceEvent:
    return _event("X", track, name, kind, at, dur=until - at, args=about)


def _instant(track: tuple[int, int], name: str, kind: str, at: int) -> TraceEvent:
    """A note is of its track alone, everything else of the whole trace."""
    return _event("i", track, name, kind, at, s="t" if kind == "note" else "g")


def _named(what: str, track: tuple[int, int], **args: object) -> TraceEvent:
    pid, tid = track
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "args": args}
