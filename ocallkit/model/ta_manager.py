"""OP-TEE (tee_ta_manager.c): instances of TAs, sessions with them, and who may enter.

A session is locked from the entry of a call on it to its return, through every OCALL.  So is an
instance that can run for one session only.  Who finds one locked waits in secure world, and keeps
its secure thread; that is why a session's close can wait for another CA's answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Steps, begin
from ocallkit.model import params
from ocallkit.model.config import DEFAULT_TA, TrustedApp
from ocallkit.model.events import OPTEE, TA
from ocallkit.model.mobj import map_params, unmap_params
from ocallkit.model.results import result_of
from ocallkit.model.rpc_cache import is_modelled
from ocallkit.model.secure import say, thread_rpc_cmd, wait_for, wake
from ocallkit.model.world import Instance, Session, part_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.params import Params
    from ocallkit.model.world import World

PANICKED: Final = Result.TARGET_DEAD
"""What a client gets of a TA that has panicked."""

SHARED: Final = "ta"
"""The part of the world that has the instances which belong to no client."""


class TaPanic(BaseException):
    """A TA has panicked; no program of a TA is meant to catch it."""


def open_session(name: str, passed: Params, owner: str = "") -> Steps:
    """Load a TA where it is not loaded, and open a session with it.

    The session is `owner`'s, or that of the client for whom the calling TA runs.  Gives result,
    origin, parameters and the session's id, which is empty where none was opened.  Loading asks the
    supplicant by an RPC; it is shown only where it matters whether a thread makes one.
    Source: optee_os tee_ta_manager.c, tee_ta_open_session().
    """
    found = yield tee_ta_init_session, name, owner
    if isinstance(found, Result):
        return found, Origin.TEE, passed, ""
    session, ta, is_new = found
    busy = yield from enter(session)
    if busy is not Result.SUCCESS:
        yield from destroy_session(session, ta)
        return busy, Origin.TEE, passed, ""
    if is_new and (yield (is_modelled,)):
        yield from thread_rpc_cmd("LOAD_TA")
    mapped = yield map_params, passed
    yield say, OPTEE, TA, "dispatch", (), mapped
    ret, out = Result.SUCCESS, mapped
    if is_new and ta.create:
        ret, _ = yield from call_ta(session, ta.create, ())
    if ret == Result.SUCCESS and ta.open:
        ret, out = yield from call_ta(session, ta.open, mapped, mapped)
    yield say, TA, OPTEE, "ret", *said(ret, out)
    yield unmap_params, out
    yield from leave(session)
    if ret != Result.SUCCESS:
        yield from destroy_session(session, ta)
        return ret, Origin.TRUSTED_APP, out, ""
    yield open_ta_session, session
    return Result.SUCCESS, Origin.TEE, out, session


def said(ret: Result, out: Params) -> tuple[Any, ...]:
    """What a TA's return shows: nothing, where it has nothing to say."""
    return ((("ret", ret.name),), out) if ret != Result.SUCCESS or out else ()


def invoke_command(session: str, command: int, passed: Params) -> Steps:
    """Run a function of the TA in a session; gives result, origin and parameters.

    Source: optee_os tee_ta_manager.c, tee_ta_get_session(), tee_ta_invoke_command().
    """
    if not (yield from lock_session(session)):
        return Result.BAD_PARAMETERS, Origin.TEE, passed
    entered = yield from enter(session)
    if entered is not Result.SUCCESS:
        yield from unlock(session)
        return entered, Origin.TEE, passed
    mapped = yield map_params, passed
    yield say, OPTEE, TA, "dispatch", (("cmd_id", command),), mapped
    ta = yield ta_of, session
    ret, out = yield from call_ta(session, ta.invoke, mapped, command, mapped)
    yield say, TA, OPTEE, "ret", (("ret", ret.name),), out
    yield unmap_params, out
    yield from leave(session)
    yield from unlock(session)
    return ret, Origin.TEE if ret == PANICKED else Origin.TRUSTED_APP, out


def close_session(session: str) -> Steps:
    """Close a session once nobody runs in it; gives the result.

    Source: optee_os tee_ta_manager.c, tee_ta_close_session().
    """
    if not (yield from lock_session(session)):
        return Result.ITEM_NOT_FOUND
    yield from wake((yield close_ta_session, session))
    ta = yield ta_of, session
    alive = (yield from enter(session)) is Result.SUCCESS
    yield say, OPTEE, TA, "dispatch"
    if ta.close and alive:
        yield from call_ta(session, ta.close, ())
    yield say, TA, OPTEE, "ret"
    if alive:
        yield from leave(session)
    yield from destroy_session(session, ta)
    return Result.SUCCESS


def destroy_session(session: str, ta: TrustedApp) -> Steps:
    """A session is gone; with the last one goes the instance, unless it is to be kept.

    Source: optee_os tee_ta_manager.c, destroy_session(), destroy_context().
    """
    if (yield is_last_session, session) and ta.destroy:
        yield from call_ta(session, ta.destroy, ())
    yield drop_session, session


def call_ta(session: str, entry: Callable[..., Steps], passed: Params, *args: Any) -> Steps:
    """Run an entry point of a TA; gives its result and its parameters, or that it has panicked."""
    try:
        result = yield from begin(entry, *args)
    except TaPanic:
        yield panic, session
        return PANICKED, passed
    ret, returned = result_of(entry, result, passed)
    return ret, params.answered(passed, returned)


# --- who may enter -----------------------------------------------------------------------------


def lock_session(session: str) -> Steps:
    """Wait until nobody else runs in a session; false if there is none, or none any more.

    Source: optee_os tee_ta_manager.c, tee_ta_get_session().
    """
    while (locked := (yield take_session, session)) is None:
        yield from wait_for(f"session {session}")
    return locked


def unlock(session: str) -> Steps:
    """The session is free for others again: all that wait are woken.

    Source: optee_os tee_ta_manager.c, tee_ta_put_session(), tee_ta_unlock_session().
    """
    yield from wake((yield give_session, session))


def enter(session: str) -> Steps:
    """Wait until the session's instance runs for nobody else; gives what prevents it.

    Who has another single instance to itself does not wait: two such could wait for each other.
    Source: optee_os tee_ta_manager.c, tee_ta_set_busy(), tee_ta_try_set_busy().
    """
    while (entered := (yield take_instance, session)) is None:
        ta = yield ta_of, session
        yield from wait_for(f"TA {ta.name}")
    return entered


def leave(session: str) -> Steps:
    """The instance is free for others again: the first that waits is woken.

    Source: optee_os tee_ta_manager.c, tee_ta_clear_busy().
    """
    yield from wake((yield give_instance, session))


# --- what those do to the world: (world, client, ...) ----------------------------------------


def tee_ta_init_session(
    world: World, client: str, name: str, owner: str
) -> Result | tuple[str, TrustedApp, bool]:
    """A session that is not open yet; gives its id, its TA, and whether the instance is new.

    Else the result with which the opening fails.
    Source: optee_os tee_ta_manager.c, tee_ta_init_session(), tee_ta_init_session_with_context().
    """
    tas = world.config.tas
    ta = tas.get(name) or (next(iter(tas.values())) if name == DEFAULT_TA else None)
    if ta is None:
        return Result.ITEM_NOT_FOUND
    owner = owner or part_of(world.entered[0])
    session = world.new_id("sessions", owner, lambda one: bool(one.known or one.instance))
    one = f"{SHARED}.{ta.name}" if ta.single_instance else session
    instance = world.instances.get(one)
    if instance is not None and instance.panicked:
        return PANICKED
    if instance is not None and instance.sessions and not ta.multi_session:
        return Result.BUSY
    loaded = instance or Instance(one, ta.name)
    world.put(replace(loaded, sessions=loaded.sessions + 1))
    world.put(Session(session, instance=one))
    return session, ta, instance is None


def open_ta_session(world: World, client: str, session: str) -> None:
    """Secure world has the session open.

    Source: optee_os tee_ta_manager.c, tee_ta_open_session().
    """
    world.put(replace(world.sessions[session], open=True))


def close_ta_session(world: World, client: str, session: str) -> tuple[str, ...]:
    """Secure world has the session open no longer; gives who waits for it in vain.

    Source: optee_os tee_ta_manager.c, tee_ta_unlink_session().
    """
    was = world.sessions[session]
    world.put(replace(was, open=False, waiters=()))
    return was.waiters


def is_last_session(world: World, client: str, session: str) -> bool:
    """Whether the instance goes with the session, and lives."""
    ta = ta_of(world, client, session)
    instance = world.instances[world.sessions[session].instance]
    kept = ta.keep_alive and ta.single_instance
    return instance.sessions == 1 and not kept and not instance.panicked


def drop_session(world: World, client: str, session: str) -> None:
    """The session is gone, and with the last one the instance, unless it is to be kept."""
    was = world.sessions[session]
    instance = world.instances[was.instance]
    ta = world.config.tas[instance.ta]
    world.put(Session(session, context=was.context))
    left = replace(instance, sessions=instance.sessions - 1)
    kept = ta.keep_alive and ta.single_instance and not instance.panicked
    if left.sessions or kept:
        world.put(left)
    else:
        world.drop(instance)


def take_session(world: World, client: str, session: str) -> bool | None:
    """Lock a session; nothing if somebody else has it, false if there is none."""
    found = world.sessions.get(session) if session else None
    if found is None or not found.open:
        return False
    if found.lock:
        world.put(replace(found, waiters=(*found.waiters, world.running)))
        return None
    world.put(replace(found, lock=world.running))
    return True


def give_session(world: World, client: str, session: str) -> tuple[str, ...]:
    """Unlock a session; gives who waits for it."""
    found = world.sessions[session]
    world.put(replace(found, lock="", waiters=(), cancelled=False, masked=True))
    return found.waiters


def take_instance(world: World, client: str, session: str) -> Result | None:
    """Enter a session's instance; nothing if it runs for somebody else."""
    instance = world.instances[world.sessions[session].instance]
    if instance.panicked:
        return PANICKED
    ta = world.config.tas[instance.ta]
    if ta.single_instance and not ta.concurrent:
        if instance.lock and _has_an_instance(world):
            return Result.BUSY
        if instance.lock:
            world.put(replace(instance, waiters=(*instance.waiters, world.running)))
            return None
        world.put(replace(instance, lock=world.running))
    world.entered = (*world.entered, session)
    return Result.SUCCESS


def _has_an_instance(world: World) -> bool:
    """Whether the running thread has a single instance to itself."""
    shared: tuple[Instance, ...] = world.instances.of(SHARED)
    return any(one.lock == world.running for one in shared)


def give_instance(world: World, client: str, session: str) -> tuple[str, ...]:
    """Leave a session's instance; gives the one that is woken."""
    world.entered = world.entered[:-1]
    instance = world.instances[world.sessions[session].instance]
    if not instance.lock:
        return ()
    first, rest = instance.waiters[:1], instance.waiters[1:]
    world.put(replace(instance, lock="", waiters=rest))
    return first


def ta_of(world: World, client: str, session: str) -> TrustedApp:
    """The TA of a session."""
    return world.config.tas[world.instances[world.sessions[session].instance].ta]


def panic(world: World, client: str, session: str) -> None:
    """The TA is dead: its sessions get TARGET_DEAD from now on.

    Source: optee_os tee_ta_manager.c, struct tee_ta_ctx, panicked.
    """
    instance = world.instances[world.sessions[session].instance]
    world.put(replace(instance, panicked=True))


def set_cancelled(world: World, client: str, session: str) -> bool:
    """What runs in a session is asked to give up; false if secure world does not know it."""
    found = world.sessions.get(session)
    if found is None or not found.open:
        return False
    world.put(replace(found, cancelled=True))
    return True
