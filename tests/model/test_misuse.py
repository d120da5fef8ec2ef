"""What must not be used any more, or is somebody else's: whoever touches it is seen or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit import run
from ocallkit.abi.results import Origin, Result
from ocallkit.judging.assembly import build
from ocallkit.model import calls, mobj, ocall_pta, secure, tee, user_mode
from ocallkit.model.calls import EINVAL, Answer, Arg, Done, Held
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
)
from ocallkit.model.config import Client
from ocallkit.model.events import Message
from ocallkit.model.params import INOUT, Params, memref
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.model.world import THREADS, Context, Memory, Mobj, SecureThread, World
from ocallkit.scenarios import sending_ta, serve
from tests.model.programs import run_of, up_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run


def memory_of(name: str) -> str:
    """The id of a client's memory."""
    return f"{name}.m"


def client_of(name: str) -> Client:
    """A client's handle."""
    return Client(name, None)


def held(name: str) -> Held:
    """A reference on it."""
    return Held(memory_of(name), "somebody", "a test")


def passed(name: str) -> Params:
    """A parameter that names it."""
    return (replace(memref(INOUT, memory_of(name), 2), data=b"hi"),)


TOUCHES: dict[str, tuple[str, Callable[[World, str], object]]] = {
    "get of a context": ("contexts", lambda w, n: tee.teedev_ctx_get(w, client_of(n), "x", "y")),
    "put of a context": ("contexts", lambda w, n: tee.drop_context(w, client_of(n), "x", "y")),
    "get of a memory": ("memories", lambda w, n: tee.tee_shm_get(w, client_of(n), held(n))),
    "put of a memory": ("memories", lambda w, n: tee.drop_shm(w, client_of(n), held(n))),
    "get of an object": ("mobjs", lambda w, n: mobj.mobj_get(w, n, memory_of(n), "x", "y")),
    "put of an object": ("mobjs", lambda w, n: mobj.mobj_put(w, n, memory_of(n), "x", "y")),
    "read by the TA": ("memories", lambda w, n: mobj.map_params(w, n, passed(n))),
    "write by the TA": ("memories", lambda w, n: mobj.unmap_params(w, n, passed(n))),
    "copy of what a TA sends": ("memories", lambda w, n: ocall_pta.copy_in(w, n, passed(n))),
    "copy of what a CA answers": ("memories", lambda w, n: ocall_pta.copy_out(w, n, passed(n))),
    "write by the CA": (
        "memories",
        lambda w, n: user_mode.store_outputs(w, client_of(n), passed(n), n),
    ),
}
"""What touches which kind of record."""


def world_with(name: str, *, freed: bool) -> World:
    """A world in which a client has one record of each kind, all freed or all alive."""
    world = build("flow-1", clients=2).start.world.copy()
    memory, refs = memory_of(name), 0 if freed else 2
    world.put(Context(name, refs=refs, releasing=freed, freed=freed))
    world.put(Memory(memory, name, refs, size=2, data=b"" if freed else b"ab", freed=freed))
    world.put(Mobj(memory, refs=refs, freed=freed))
    return world


@pytest.mark.parametrize("name", ["A", "B"])
@pytest.mark.parametrize("freed", [True, False])
@pytest.mark.parametrize("touch", TOUCHES)
def test_whoever_touches_what_is_freed_is_seen(touch: str, name: str, *, freed: bool) -> None:
    """The record is marked, and no other; what is alive is not."""
    table, function = TOUCHES[touch]
    world = world_with(name, freed=freed)
    function(world, name)
    seen = {
        kind: any(record.misused for record in records.values())
        for kind, records in tables_of(world).items()
    }
    assert {kind: freed and kind == table for kind in seen} == seen


def tables_of(world: World) -> dict[str, Any]:
    """The records that can be freed."""
    return {"contexts": world.contexts, "memories": world.memories, "mobjs": world.mobjs}


# --- memory that a caller may not name ----------------------------------------------------------


def naming(make: Callable[[str], Arg], *, release: bool = False) -> Callable[..., Steps]:
    """A CA that registers memory, perhaps releases it, and makes the ioctl of `make` by hand."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        session = yield from TEEC_OpenSession(context)
        memory = yield from TEEC_RegisterSharedMemory(context, "m", b"data")
        if release:
            yield from TEEC_ReleaseSharedMemory(context, memory)
        arg = replace(make(memory), session=session.id)
        if arg.answers:
            asked = Arg(duplex=True, session=session.id)
            asking = yield from tee.tee_ioctl_invoke(client, asked)
            yield from back_in_user_mode(client, "TEE_IOC_INVOKE", asking)
            assert arg.answers == asking.asks
        reply = yield from tee.tee_ioctl_invoke(client, arg)
        yield from back_in_user_mode(client, "TEE_IOC_INVOKE", reply)
        return reply.errno

    return ca


NAMED: dict[str, Callable[[str], Arg]] = {
    "as a parameter": lambda memory: Arg(params=(memref(INOUT, memory, 4),)),
    "as what it has allocated": lambda memory: Arg(
        answers=calls.ALLOC, duplex=True, ocall_id=1, memory=memory
    ),
}


@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_freed_memory_is_refused(make: Callable[[str], Arg]) -> None:
    """EINVAL; while it is registered, the same ioctl takes it."""
    assert {"A": 0} == run_of(naming(make), sending_ta).results
    gone = run_of(naming(make, release=True), sending_ta)
    assert {"A": EINVAL} == gone.results
    assert not gone.world.memories["A.m"].misused


@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_another_clients_memory_is_refused(make: Callable[[str], Arg]) -> None:
    """EINVAL for B, which names what A has registered and not released; A's is untouched."""
    ca = naming(lambda _memory: make("A.m"))
    apart = run_of(ca, sending_ta, clients=2)
    schedule = (*up_to(apart, "A:close(context)"), *steps_of("B", apart))
    made = run_of(ca, sending_ta, clients=2, schedule=schedule)
    assert {"A": 0, "B": EINVAL} == made.results


def steps_of(client: str, made: Run) -> tuple[str, ...]:
    """The steps of one client, in their order."""
    return tuple(name for name in made.schedule if name.startswith(f"{client}:"))


# --- secure threads -----------------------------------------------------------------------------


def asked(client: str) -> World:
    """A world in which a client's OCALL is pending."""
    made = run("flow-1", clients=2)
    place = made.schedule.index(f"{client}:process_ocall_request")
    return made.steps[place].world.copy()


@pytest.mark.parametrize("owner", ["A", "B"])
@pytest.mark.parametrize("who", ["A", "B"])
def test_a_thread_runs_for_its_client_whoever_resumes_it(owner: str, who: str) -> None:
    """It runs to the end of its call, and is free: a file may be closed by another process."""
    world, thread = asked(owner), f"{owner}.0"
    world.log = []
    answer = Answer(params=world.calls[owner].request)
    done = secure.smc_return_from_rpc(world, client_of(who), thread, answer)
    assert isinstance(done, Done)
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == (done.ret, done.origin)
    assert ((), 2) == (tuple(world.threads), world.count(THREADS))
    assert {owner} == {event.client for event in world.log}


def test_a_thread_that_nobody_has_taken_is_not_resumed() -> None:
    """It was given back, or never was: it is misused, and nothing runs."""
    world = build("flow-1").start.world.copy()
    done = secure.smc_return_from_rpc(world, client_of("A"), "A.0", Answer())
    assert Done(Result.COMMUNICATION, Origin.COMMS) == done
    assert SecureThread("A.0", misused=True) == world.threads["A.0"]


@pytest.mark.parametrize("misused", [True, False])
def test_a_misuse_is_remembered_when_the_thread_is_free(*, misused: bool) -> None:
    """The record of a thread that nobody misused goes; either way the thread is in the pool."""
    world = build("flow-1").start.world.copy()
    world.take(THREADS)
    world.put(SecureThread("A.0", "suspended", "A", calls.OCALL, misused=misused))
    secure.thread_free(world, "A.0")
    expected = [SecureThread("A.0", misused=True)] if misused else []
    assert expected == world.threads.all()
    assert 2 == world.count(THREADS)


# --- a CA that misbehaves -----------------------------------------------------------------------


def chosen(fault: str) -> Run:
    """A run of Flow 1 whose CA does that where it is asked."""
    base = run("flow-1")
    asked_at = base.schedule.index("A:process_ocall_request")
    returns = base.schedule.index("A:return_to_user", asked_at)
    return run("flow-1", faults=(fault,), schedule=(*base.schedule[:returns], f"A:{fault}"))


def served(made: Run) -> tuple[str, ...]:
    """What the CA's process did from when it was asked until its answer, or its end."""
    place = next(s.index for s in made.steps if s.function == "process_ocall_request")
    return made.schedule[place + 2 :]


def test_a_ca_that_closes_its_context_in_an_ocall_has_it_cancelled() -> None:
    """Its file is closed there and then; its answer comes to a device that is not open."""
    made = chosen("closes-context")
    assert "A:take_file" == served(made)[0]
    assert "tee_open" not in served(made)
    answered = served(made).index("A:params_from_user")
    assert "A:take_pending" in served(made)[:answered]
    assert "A:process_ocall_reply" not in served(made)
    assert "" == made.ending


def test_a_ca_that_closes_its_session_in_an_ocall_has_it_cancelled() -> None:
    """Nothing is pending any more when its answer comes."""
    made = chosen("closes-session")
    assert ("A:enter_ioctl", "A:unlist_session", "A:take_pending") == served(made)[:3]
    assert not made.world.calls
    assert "" == made.ending


def test_a_ca_that_answers_twice_is_refused_once() -> None:
    """Two ioctls answer the one OCALL: the second finds nothing to which it is an answer."""
    once, twice = run("flow-1"), chosen("answers-twice")
    counts = [path.schedule.count("A:process_ocall_reply") for path in (once, twice)]
    assert [1, 2] == counts
    assert [[], ["EINVAL"]] == [errnos(path) for path in (once, twice)]


def errnos(made: Run) -> list[str]:
    """With what ioctls failed, in the order of their returns."""
    words = [dict(event.words) for event in made.events if isinstance(event, Message)]
    return [str(some["errno"]) for some in words if "errno" in some]
