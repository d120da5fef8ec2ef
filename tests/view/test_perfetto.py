"""A run as a trace: what Perfetto needs of it holds, and it says what the model says."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import replay, run
from ocallkit.scenarios import ALL
from ocallkit.view.layout import layout
from ocallkit.view.perfetto import COUNTS, GROUPS, STEP, STEPS, TIME, to_perfetto

if TYPE_CHECKING:
    from ocallkit import Run
    from ocallkit.model.world import World

Event = dict[str, Any]
Track = tuple[int, int]

DEADLOCK = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"
FREED = "flow-2/two-lists/t2/c1/A:kill@OCALL,A:close:ocall,breaks:no-use-after-free"

KEYS = {
    "M": {"args"},
    "X": {"cat", "ts", "dur", "args"},
    "C": {"cat", "ts", "args"},
    "i": {"cat", "ts", "s"},
    "s": {"cat", "ts", "id"},
    "f": {"cat", "ts", "id", "bp"},
}
"""What an event of each phase has besides its phase, its name and its track."""


def events(shown: Run) -> list[Event]:
    """The events of its trace."""
    found: list[Event] = json.loads(to_perfetto(shown))["traceEvents"]
    return found


def track(event: Event) -> Track:
    """Where it lies."""
    return event["pid"], event["tid"]


def names(found: list[Event], what: str) -> dict[Track, str]:
    """What the groups or the tracks are called."""
    return {track(e): e["args"]["name"] for e in found if e["ph"] == "M" and e["name"] == what}


def slices(found: list[Event]) -> dict[Track, list[tuple[int, int]]]:
    """From when to when each slice of a track is, the longer first of those that begin together."""
    lying: dict[Track, list[tuple[int, int]]] = defaultdict(list)
    for event in found:
        if event["ph"] == "X":
            lying[track(event)].append((event["ts"], event["ts"] + event["dur"]))
    return {
        where: sorted(spans, key=lambda one: (one[0], -one[1])) for where, spans in lying.items()
    }


def crossing(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those slices of a track that end behind the one that they began in."""
    odd, around = [], list[int]()
    for start, end in spans:
        while around and around[-1] <= start:
            around.pop()
        if around and end > around[-1]:
            odd.append((start, end))
        around.append(end)
    return odd


def wrong(found: list[Event], end: int) -> list[str]:
    """What is not as the format has it: an empty list for a trace that is valid."""
    said = []
    known = names(found, "thread_name").keys() | {(pid, 0) for pid in GROUPS.values()}
    for event in found:
        if {"ph", "name", "pid", "tid"} | KEYS[event["ph"]] != event.keys():
            said.append(f"keys: {event}")
        if event["ph"] != "M" and not 0 <= event["ts"] <= end:
            said.append(f"time: {event}")
        if track(event) not in known:
            said.append(f"a track without a name: {event}")
    lying = slices(found)
    said += [f"crossing on {where}: {odd}" for where in lying if (odd := crossing(lying[where]))]
    said += [f"empty: {e}" for e in found if e["ph"] == "X" and e["dur"] <= 0]
    starts = {e["id"]: e for e in found if e["ph"] == "s"}
    ends = {e["id"]: e for e in found if e["ph"] == "f"}
    flows = Counter(e["id"] for e in found if e["ph"] in "sf")
    said += [f"flow {number} has {n} ends" for number, n in flows.items() if n != 2]
    said += [f"flow {n} has no start or no end" for n in starts.keys() ^ ends.keys()]
    for number in starts.keys() & ends.keys():
        start, last = starts[number], ends[number]
        if (start["name"], start["cat"]) != (last["name"], last["cat"]) or start["ts"] > last["ts"]:
            said.append(f"flow {number}: {start} {last}")
        for bound in (start, last):
            spans = lying.get(track(bound), [])
            if not any(begins <= bound["ts"] < ends for begins, ends in spans):
                said.append(f"flow {number} holds on to nothing: {bound}")
    return said


RUNS = [*ALL, DEADLOCK, FREED]


def made(name: str) -> Run:
    """A scenario's run or a token's."""
    return replay(name) if "/" in name else run(name)


@pytest.mark.parametrize("name", RUNS)
def test_the_trace_is_valid(name: str) -> None:
    """Tracks have names, slices nest, and each flow goes from a slice to a slice, later or then."""
    shown = made(name)
    assert [] == wrong(events(shown), STEP * (len(shown.steps) + 1))


def counts(world: World) -> dict[str, int]:
    """The references that the model counts, by what they are on; nought is left out."""
    found = {f"tee_context {one.id}": one.refs for one in world.contexts.values()}
    found |= {f"tee_shm {one.id}": one.refs for one in world.memories.values()}
    found |= {f"MOBJ {one.id}": one.refs for one in world.mobjs.values()}
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize("name", ["flow-1", "flow-1-memref", "flow-2-memref", DEADLOCK, FREED])
def test_the_counters_are_the_counts_of_the_model(name: str) -> None:
    """At the end of each step, every one that is not nought."""
    shown = made(name)
    samples = [e for e in events(shown) if e["ph"] == "C"]
    assert {GROUPS[COUNTS]} == {e["pid"] for e in samples}
    for number, step in enumerate(shown.steps, 1):
        until = STEP * (number + 1)
        last = {e["name"]: e["args"]["count"] for e in samples if e["ts"] < until}
        assert (number, counts(step.world)) == (number, {n: c for n, c in last.items() if c})


def test_a_time_is_the_number_of_a_step() -> None:
    """A slice of a millisecond for each, and it is said in the trace."""
    shown = run("flow-1")
    trace = json.loads(to_perfetto(shown))
    steps = [e for e in trace["traceEvents"] if e.get("cat") == "step"]
    assert [(name, n * STEP, STEP) for n, name in enumerate(shown.schedule, 1)] == [
        (e["name"], e["ts"], e["dur"]) for e in steps
    ]
    assert (TIME, shown.digest) == (trace["otherData"]["time"], trace["otherData"]["digest"])
    assert "steps (1 ms is one step)" == names(trace["traceEvents"], "process_name")[1, 0]


def test_flow_1_is_these_tracks_and_events() -> None:
    """Six lanes in three bands, one secure thread, and a flow for each message."""
    found = events(run("flow-1"))
    tracks = [f"{where[0]} {name}" for where, name in names(found, "thread_name").items()]
    assert [
        "1 A",
        "2 CA",
        "3 TEE Driver",
        "3 OP-TEE Driver",
        "4 OP-TEE",
        "4 OCALL PTA",
        "4 TA",
        "4 secure thread 0",
    ] == tracks
    assert {"message": 144, "step": 35, "ioctl": 5, "secure thread": 5, "count": 2} == {
        kind: n
        for kind, n in Counter(e["cat"] for e in found if e["ph"] != "M").items()
        if kind not in {"note", "divider"}
    }
    drawn = layout(run("flow-1"), whole=True)
    flows = {e["id"]: [e] for e in found if e["ph"] == "s"}
    for event in found:
        if event["ph"] == "f":
            flows[event["id"]].append(event)
    called = names(found, "thread_name")
    assert [
        (row.label, drawn.lifelines[row.source].name, drawn.lifelines[row.target].name)
        for row in drawn.messages
    ] == [(a["name"], called[track(a)], called[track(b)]) for a, b in flows.values()]


def test_flow_1_ends_each_ioctl_and_suspends_its_thread() -> None:
    """The invocation is two ioctls, the thread runs, is suspended for the OCALL, and runs again."""
    found = events(run("flow-1"))
    ioctls = [e["name"] for e in found if e.get("cat") == "ioctl"]
    states = [e["name"] for e in found if e.get("cat") == "secure thread"]
    assert [
        "open",
        "TEE_IOC_OPEN_SESSION",
        "TEE_IOC_ECALL/Func Invoke",
        "TEE_IOC_ECALL/OCALL Complete",
        "TEE_IOC_CLOSE_SESSION",
    ] == ioctls
    assert ["running for A", "running for A", "suspended for A", "running for A"] == states[:4]


def test_what_never_ends_is_told() -> None:
    """In a deadlock the thread that waits goes on to the end, and why stands there."""
    shown = replay(DEADLOCK)
    end = STEP * (len(shown.steps) + 1)
    found = events(shown)
    left = [e for e in found if e.get("args", {}).get("ends") == "never in this run"]
    assert left
    assert {end} == {e["ts"] + e["dur"] for e in left}
    instants = {e["cat"]: e for e in found if e["ph"] == "i"}
    assert (shown.ending, end) == (instants["ending"]["name"], instants["ending"]["ts"])


def test_a_fault_is_an_instant() -> None:
    """At its step, for the whole trace to be seen; a run in which nothing goes wrong has none."""
    shown = replay(FREED)
    (fault,) = [e for e in events(shown) if e.get("cat") == "fault"]
    number = shown.schedule.index("A:kill") + 1
    assert ("A:kill", number * STEP, "g") == (fault["name"], fault["ts"], fault["s"])
    assert GROUPS[STEPS] == fault["pid"]
    (broken,) = [e for e in events(shown) if e.get("cat") == "broken"]
    assert "no-use-after-free" == broken["name"]
    assert [] == [e for e in events(run("flow-1")) if e.get("cat") == "fault"]


def test_the_same_run_is_the_same_text() -> None:
    """Nothing in it is of the clock or of the machine."""
    assert to_perfetto(run("flow-2")) == to_perfetto(run("flow-2"))
