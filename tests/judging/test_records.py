"""Each property sees every kind of record that it speaks of, whoever it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ocallkit import run
from ocallkit.engine import State
from ocallkit.judging.assembly import build
from ocallkit.model.breaches import KINDS
from ocallkit.model.calls import ALLOC, FREE, OCALL
from ocallkit.model.wait_queue import ASLEEP
from ocallkit.model.world import (
    Breach,
    Call,
    Context,
    Instance,
    Memory,
    Mobj,
    Record,
    SecureThread,
    Session,
    World,
)
from ocallkit.properties import ALWAYS, AT_END, CAN_FINISH, NAMES, no_deadlock, settled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.judging.path import Run


class Bad:
    """Records of one client that break properties, and the same ones as they should be."""

    def __init__(self, client: str) -> None:
        thread, memory = f"{client}.0", f"{client}.memref"
        waits = {rpc: SecureThread(thread, "suspended", client, rpc) for rpc in RPCS}
        freed = Memory(memory, client, freed=True)
        sleeps = SecureThread(thread, "suspended", client, SLEEP, sleep=ASLEEP)
        self.records: dict[str, tuple[tuple[str, ...], tuple[Record, ...]]] = {
            "suspended": (SUSPENDED, (waits["SUSPEND"],)),
            "waiting for a session": (SUSPENDED, (replace(sleeps, waits=f"session {client}"),)),
            "waiting for a TA": (SUSPENDED, (replace(sleeps, waits="TA ta"),)),
            "allocating": ((*SUSPENDED, "completed-once"), (waits[ALLOC],)),
            "asking": ((*SUSPENDED, "completed-once"), (waits[OCALL],)),
            "freeing": ((*SUSPENDED, "completed-once"), (waits[FREE],)),
            "releasing": (
                (*SUSPENDED, "no-blocking-release"),
                (replace(sleeps, waits=f"MOBJ {memory}"),),
            ),
            "resumed": (("completed-once",), (SecureThread(thread, misused=True),)),
            "context": (("no-context-leak",), (Context(client, refs=1),)),
            "session": (("no-session-leak",), (Session(client, open=True),)),
            "instance": (("no-session-leak",), (Instance(client, "ta", sessions=1),)),
            "memory": (("no-shm-leak",), (Memory(memory, client, refs=1),)),
            "mobj": (("no-mobj-leak",), (Mobj(memory, refs=1),)),
            "gone context": (USED, (Context(client, freed=True, misused=True),)),
            "gone memory": (USED, (Memory(memory, client, freed=True, misused=True),)),
            "gone mobj": (USED, (Mobj(memory, freed=True, misused=True),)),
            "memory before its mobj": (
                ("no-mobj-leak", *USED),
                (freed, Mobj(f"{memory}.2", memory, refs=1)),
            ),
            "negative context": (NEGATIVE, (Context(client, refs=-1, freed=True),)),
            "negative memory": (NEGATIVE, (Memory(memory, client, refs=-1, freed=True),)),
            "negative mobj": (NEGATIVE, (Mobj(memory, refs=-1, freed=True),)),
            "call": (("nothing-left",), (Call(client),)),
            **{kind: ((kind,), (Breach(f"{client}.{kind}"),)) for kind in KINDS},
        }
        self.innocent: dict[str, tuple[Record, ...]] = {
            "thread": (SecureThread(thread),),
            "context": (Context(client, freed=True),),
            "session": (Session(client),),
            "instance that is kept alive": (Instance("ta.ta", "ta"),),
            "memory": (freed,),
            "mobj": (Mobj(memory, freed=True),),
            "memory after its mobj": (freed, Mobj(memory, memory, freed=True)),
            "two memories": (freed, Memory(f"{client}.ocall", client, ocall=True, freed=True)),
        }


RPCS = ("SUSPEND", ALLOC, OCALL, FREE)
SLEEP = "WAIT_QUEUE_SLEEP"
SUSPENDED = ("no-suspended-thread",)
USED = ("no-use-after-free",)
NEGATIVE = ("counts-never-negative",)

CLIENTS = ("A", "B", "C")
OTHERS = {"A": ("B", "C"), "B": ("A", "C"), "C": ("A", "B")}


def with_records(records: Iterable[Record]) -> State[World]:
    """A state of three clients that have nothing but these records."""
    world = build("plain-invoke", clients=3).start.world.copy()
    for record in records:
        world.put(record)
    return State(world, ())


def what_breaks(state: State[World]) -> tuple[str, ...]:
    """The properties that are false in a state, were it the end."""
    checks = (*ALWAYS.items(), *AT_END.items())
    false = {name for name, check in checks if not check(state)}
    return tuple(name for name in NAMES if name in false)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("which", Bad("A").records)
def test_a_record_breaks_what_speaks_of_it_and_nothing_else(which: str, client: str) -> None:
    """In a world with nothing but these records, and in one where the others have good ones."""
    expected, records = Bad(client).records[which]
    good = [r for other in OTHERS[client] for some in Bad(other).innocent.values() for r in some]
    assert expected == what_breaks(with_records(records))
    assert expected == what_breaks(with_records([*good, *records]))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("which", Bad("A").innocent)
def test_the_same_record_in_its_good_state_breaks_nothing(which: str, client: str) -> None:
    """What is freed, closed or free is as it should be in the end."""
    assert () == what_breaks(with_records(Bad(client).innocent[which]))


UNDER_WAY: dict[str, Record] = {
    "thread": SecureThread("B.0", "suspended", "B", OCALL),
    "thread that is about to wait": SecureThread("B.0", "suspended", "B", SLEEP, "MOBJ B.memref"),
    "context": Context("B", refs=2),
    "memory": Memory("B.memref", "B", refs=2),
    "mobj": Mobj("B.memref", refs=2),
    "no reference": Context("B", releasing=True),
}
"""What every client has at some moment."""


@pytest.mark.parametrize("which", UNDER_WAY)
def test_what_is_still_in_use_breaks_nothing_that_must_always_hold(which: str) -> None:
    """It is a leak in the end only; a count of zero is not negative."""
    state = with_records([UNDER_WAY[which]])
    assert [] == [name for name, check in ALWAYS.items() if not check(state)]


def test_a_memory_whose_object_lives_on_is_freed_too_early_and_a_living_one_is_not() -> None:
    """It takes the same memory: the object of another one says nothing."""
    mobj, other = Mobj("B.memref", "B.memref", refs=1), Mobj("B.ocall", "B.ocall", refs=1)
    freed, alive = Memory("B.memref", "B", freed=True), Memory("B.memref", "B", refs=1)
    found = [
        ALWAYS["no-use-after-free"](with_records(some))
        for some in ([freed, mobj], [freed, other], [alive, mobj])
    ]
    assert [False, True, True] == found


def test_every_property_of_records_is_broken_by_some() -> None:
    """All but the two that ask what can happen next."""
    by_records = {name for expected, _ in Bad("A").records.values() for name in expected}
    assert set(NAMES) - {"no-deadlock", CAN_FINISH} == by_records


@pytest.mark.parametrize("name", AT_END)
def test_what_is_asked_of_ends_names_nobody(name: str) -> None:
    """It is marked so: the explorer asks it once for all names."""
    assert getattr(AT_END[name], "nameless", False) is True


# --- who waits ----------------------------------------------------------------------------------

TROUBLE = {"sleeps": "never-answers", "is stuck": "kill"}
"""By what a client comes to rest in its OCALL; one that is killed frees its memory first, and is
stuck for ever with two threads."""

BOTH = ("kill", "never-answers")


def after(rests: dict[str, str], threads: int, faults: tuple[str, ...] = BOTH) -> Run:
    """A run of `flow-1-memref` under `ecall` by three clients, each of which rests as it is told.

    They come to rest in that order; then the others go on as far as they can.
    """
    done: tuple[str, ...] = ()
    for client, rest in rests.items():
        done = alone(client, done, threads, faults)
        if rest != "ends":
            asked = done.index(f"{client}:process_ocall_request")
            returns = done.index(f"{client}:return_to_user", asked)
            done = (*done[:returns], f"{client}:{TROUBLE[rest]}")
        if rest == "is stuck":
            done = alone(client, (*done, f"{client}:close(memref)"), threads, faults)
    return go_on(done, threads, faults)


def alone(
    client: str, done: tuple[str, ...], threads: int, faults: tuple[str, ...]
) -> tuple[str, ...]:
    """These steps, and then all that one client does while the others stay where they are."""
    way = go_on(done, threads, faults).schedule[len(done) :]
    return (*done, *[name for name in way if name.startswith(f"{client}:")])


def go_on(done: tuple[str, ...], threads: int, faults: tuple[str, ...]) -> Run:
    """The run that begins with these steps."""
    return run("flow-1-memref", "ecall", threads=threads, clients=3, faults=faults, schedule=done)


@pytest.mark.parametrize(
    ("rests", "expected"),
    [
        ({"A": "ends", "B": "ends"}, True),
        ({"A": "sleeps"}, True),
        ({"B": "sleeps"}, True),
        ({"A": "sleeps", "B": "sleeps", "C": "sleeps"}, True),
        ({"A": "is stuck"}, False),
        ({"B": "is stuck"}, False),
        ({"C": "is stuck"}, False),
        ({"A": "is stuck", "B": "sleeps"}, False),
        ({"B": "is stuck", "A": "sleeps"}, False),
        ({"A": "is stuck", "B": "is stuck"}, False),
    ],
)
def test_a_handler_that_sleeps_excuses_nobody_elses_deadlock(
    rests: dict[str, str], *, expected: bool
) -> None:
    """Threads enough for all: a kill would end the wait of who sleeps, and that of no other."""
    state = after(rests, 5).state
    assert expected == no_deadlock(state)
    assert settled(state) == ("sleeps" not in rests.values())


@pytest.mark.parametrize("faults", [BOTH, ("never-answers",)])
@pytest.mark.parametrize("sleeper", CLIENTS)
def test_who_waits_for_one_that_sleeps_is_freed_by_its_kill(
    sleeper: str, faults: tuple[str, ...]
) -> None:
    """It has the only thread.  The kill is tried where it may not happen as well."""
    made = after({sleeper: "sleeps"}, 1, faults)
    assert 3 == len(made.system.waiting(made.state))
    assert no_deadlock(made.state)


@pytest.mark.long
@pytest.mark.parametrize(
    ("stuck", "sleeper"), [(one, other) for one in CLIENTS for other in OTHERS[one]]
)
def test_of_two_that_wait_each_has_to_be_freed(stuck: str, sleeper: str) -> None:
    """The third waits for the thread of the one that sleeps; who is stuck waits for itself."""
    made = after({stuck: "is stuck", sleeper: "sleeps"}, 3)
    assert 3 == len(made.system.waiting(made.state))
    assert not no_deadlock(made.state)


@pytest.mark.parametrize("rest", ["sleeps", "ends"])
def test_what_is_left_behind_is_judged_once_nobody_sleeps(rest: str) -> None:
    """The client that is stuck leaves its thread, and the one that sleeps might be killed."""
    found = what_breaks(after({"A": "is stuck", "B": rest}, 5).state)
    assert ("no-suspended-thread" in found) == (rest == "ends")
