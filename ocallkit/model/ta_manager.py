"""OP-TEE's TA manager: instances of TAs, sessions with them, and who may enter.

A session is locked from the entry of a call on it to its return, through every OCALL.  For TAs of
a single instance there is one lock for all of them, so that no two such TAs ever run at the same
time: two that call each other would wait for each other.  Who finds either locked waits in secure
world, and keeps its secure thread; that is why a session's close can wait for another CA's answer,
even one that another TA has asked for.

Source: optee_os tee_ta_manager.c; the entry points of a TA: optee_os libutee, user_ta_entry.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Steps, begin, wrong
from ocallkit.engine.world import part_of
from ocallkit.model import params
from ocallkit.model.events import OPTEE, TA
from ocallkit.model.mobj import map_params, unmap_params
from ocallkit.model.returned import result_of
from ocallkit.model.rpc_cache import is_modelled
from ocallkit.model.secure import say, thread_rpc_cmd, wait_for, wake
from ocallkit.model.wire import find_ta
from ocallkit.model.world import Instance, Lock, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.calls import Answer
    from ocallkit.model.config import TrustedApp
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

    The session is `owner`'s, or that of the TA that asks for it.  Gives result, origin, parameters
    and the session's id, which is empty where none was opened.  An instance that is busy with the
    very call that asks is no reason to wait: BUSY.  Loading asks the supplicant by an RPC; it is
    shown where there is a supplicant, and where it matters whether a thread makes one.
    Source: optee_os tee_ta_manager.c, tee_ta_open_session().
    """
    found = yield tee_ta_init_session, name, owner
    if isinstance(found, Result):
        return found, Origin.TEE, passed, ""
    session, ta, loads = found
    entered = (yield from load_ta(session, ta)) if loads else Result.SUCCESS
    if entered is Result.SUCCESS:
        entered = yield from enter(session)
    if entered is not Result.SUCCESS:
        yield from destroy_session(session)
        return entered, Origin.TEE, passed, ""
    mapped = yield map_params, passed
    yield say, OPTEE, TA, "dispatch", (), mapped
    ret, out = yield from entry_open_session(session, ta, mapped)
    yield say, TA, OPTEE, "ret", *said(ret, out)
    yield unmap_params, out
    yield from leave(session)
    if ret == Result.SUCCESS:
        yield open_ta_session, session
        return ret, Origin.TRUSTED_APP, out, session
    origin = yield origin_of, session
    yield from close_refused(session)
    return ret, origin, out, ""


def load_ta(session: str, ta: TrustedApp) -> Steps:
    """Have the supplicant bring the TA, unless it is there; gives the result.

    Whoever opens a session with the same instance meanwhile waits for that, and for no other TA.
    Source: optee_os ree_fs_ta.c, rpc_load(), which asks twice: for the size, then for the content;
    tee_ta_manager.c, tee_ta_init_session_with_context(), tee_ta_init_cv.
    """
    while (loads := (yield must_load, session)) is None:
        yield from wait_for(f"loading {ta.name}")
    if not loads:
        return Result.SUCCESS
    answer: Answer = yield from thread_rpc_cmd("LOAD_TA", waits=ta.name)
    yield from wake((yield mark_loaded, session, answer.rpc == Result.SUCCESS))
    return answer.rpc


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
        if entered is Result.BUSY:
            raise calls_itself((yield ta_of, session).invoke)
        yield from lose_instance(session)
        yield from unlock(session)
        return entered, Origin.TEE, passed
    mapped = yield map_params, passed
    yield say, OPTEE, TA, "dispatch", (("cmd_id", command),), mapped
    ta = yield ta_of, session
    ret, out = yield from call_ta(session, ta.invoke, mapped, command, mapped)
    yield say, TA, OPTEE, "ret", (("ret", ret.name),), out
    yield unmap_params, out
    if ret != PANICKED:
        yield from leave_and_unlock(session)
        return ret, Origin.TRUSTED_APP, out
    yield from leave(session)
    origin = yield origin_of, session
    yield from lose_instance(session)
    yield from unlock(session)
    return ret, origin, out


def close_session(session: str) -> Steps:
    """Close a session once nobody runs in it; gives the result.

    Source: optee_os tee_ta_manager.c, tee_ta_close_session().
    """
    if not (yield from lock_session(session)):
        return Result.ITEM_NOT_FOUND
    ta = yield ta_of, session
    entered = yield from enter(session)
    if entered is Result.BUSY:
        raise calls_itself(ta.close or ta.invoke)
    yield say, OPTEE, TA, "dispatch"
    if entered is Result.SUCCESS:
        yield from entry_close_session(session, ta)
    yield say, TA, OPTEE, "ret"
    yield from unlink(session)
    if entered is Result.SUCCESS:
        yield from leave(session)
    yield from destroy_session(session)
    return Result.SUCCESS


def close_refused(session: str) -> Steps:
    """The session of an opening that failed is closed: its TA is entered once more, for nothing.

    Source: optee_os tee_ta_manager.c, tee_ta_close_session(), which tee_ta_open_session() calls.
    """
    if (yield from enter(session)) is Result.SUCCESS:
        yield from leave(session)
    yield from destroy_session(session)


def destroy_session(session: str) -> Steps:
    """A session is gone; with the last one goes the instance, unless it is to be kept.

    What sessions the instance had with other TAs are closed with it.
    Source: optee_os tee_ta_manager.c, destroy_session(), destroy_context(); user_ta.c,
    user_ta_ctx_destroy().
    """
    for opened in (yield drop_session, session):
        yield from close_session(opened)


def lose_instance(session: str) -> Steps:
    """An instance that has panicked ends with the invocation, whatever sessions there are with it.

    Source: optee_os tee_ta_manager.c, destroy_ta_ctx_from_session().
    """
    for opened in (yield destroy_ta_ctx, session):
        yield from close_session(opened)


def calls_itself(entry: Callable[..., Any]) -> Exception:
    """The error for a call that comes back to an instance which runs for it already."""
    return wrong(
        entry,
        "is called by what it has called itself: OP-TEE's core panics there; a TA of a single"
        " instance can be entered by one call at a time",
    )


# --- what a TA does with them: user_ta_entry.c ------------------------------------------------


def entry_open_session(session: str, ta: TrustedApp, passed: Params) -> Steps:
    """The TA is created with its first session, and opens it or refuses to.

    One that refuses its only session is told of its end; one whose creation failed is not.
    Source: optee_os libutee, user_ta_entry.c, entry_open_session(), ta_header_add_session().
    """
    ret, out = Result.SUCCESS, passed
    if is_told(ta) and (yield add_session, session) and ta.create:
        ret, _ = yield from call_ta(session, ta.create, ())
        if ret != Result.SUCCESS:
            yield was_not_created, session
            return ret, passed
    if ta.open:
        ret, out = yield from call_ta(session, ta.open, passed, passed)
    if ret != Result.SUCCESS:
        yield from remove_session(session, ta)
    return ret, out


def entry_close_session(session: str, ta: TrustedApp) -> Steps:
    """The TA closes a session, and is told of its end with the last one.

    Source: optee_os libutee, user_ta_entry.c, entry_close_session().
    """
    if ta.close:
        yield from call_ta(session, ta.close, ())
    yield from remove_session(session, ta)


def remove_session(session: str, ta: TrustedApp) -> Steps:
    """The TA has one session less; with the last it is told of its end, unless it has panicked.

    Source: optee_os libutee, user_ta_entry.c, ta_header_remove_session().
    """
    if is_told(ta) and (yield ends_with, session) and ta.destroy:
        yield from call_ta(session, ta.destroy, ())


def is_told(ta: TrustedApp) -> bool:
    """Whether a TA has something to do when it is created, or at its end."""
    return bool(ta.create or ta.destroy)


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
    if not locked:
        yield from wake((yield give_up, session))
    return locked


def unlock(session: str) -> Steps:
    """The session is free for others again: the first that waits is woken.

    Source: optee_os tee_ta_manager.c, tee_ta_put_session().
    """
    yield from wake((yield give_session, session))


def unlink(session: str) -> Steps:
    """Nobody finds the session any more: all that wait for it are woken, and have to go first.

    Source: optee_os tee_ta_manager.c, tee_ta_unlink_session().
    """
    yield from wake((yield close_ta_session, session))
    while (yield has_users, session):
        yield from wait_for(f"session {session}")


def enter(session: str) -> Steps:
    """Wait until no TA of a single instance runs for anybody else; gives what prevents it.

    Any other kind of TA is entered at once.  BUSY is what there is instead of waiting for oneself.
    Source: optee_os tee_ta_manager.c, tee_ta_set_busy(), tee_ta_try_set_busy().
    """
    while (entered := (yield take_instance, session)) is None:
        ta = yield ta_of, session
        yield from wait_for(f"TA {ta.name}")
    if entered is PANICKED:
        yield from wake((yield pass_on, session))
    return entered


def leave(session: str) -> Steps:
    """The instance is free for others again: the first that waits is woken.

    Source: optee_os tee_ta_manager.c, tee_ta_clear_busy(), unlock_single_instance().
    """
    yield from wake((yield give_instance, session))


def leave_and_unlock(session: str) -> Steps:
    """Leave the instance, then unlock the session: one step where nobody waits for the first."""
    woken, unlocked = yield give_both, session
    yield from wake(woken)
    if not unlocked:
        yield from unlock(session)


# --- what those do to the world: (world, client, ...) ----------------------------------------


def tee_ta_init_session(
    world: World, client: str, name: str, owner: str
) -> Result | tuple[str, TrustedApp, bool]:
    """A session that is not open yet; gives its id and its TA, or why there can be none.

    Last it gives whether such a TA is brought by the supplicant.
    Source: optee_os tee_ta_manager.c, tee_ta_init_session(), tee_ta_init_session_with_context().
    """
    ta = find_ta(world.config, name)
    if ta is None:
        return Result.ITEM_NOT_FOUND
    owner = owner or part_of(world.entered[0])
    session = world.new_id("sessions", owner, lambda one: bool(one.known or one.instance))
    one = single_instance(world, ta) if ta.single_instance else session
    loaded = world.instances.get(one, Instance(one, ta.name))
    if loaded.sessions and not ta.multi_session:
        return Result.BUSY
    world.put(replace(loaded, sessions=loaded.sessions + 1))
    world.put(Session(session, instance=one))
    asks = world.config.supplicant is not None or is_modelled(world)
    loads = asks and not (ta.built_in or ta.pseudo)
    return session, ta, loads


def single_instance(world: World, ta: TrustedApp) -> str:
    """The id of a TA's only instance: of one that was destroyed only its sessions know."""
    one, number = f"{SHARED}.{ta.name}", 1
    while (found := world.instances.get(one)) is not None and found.destroyed:
        number += 1
        one = f"{SHARED}.{ta.name}.{number}"
    return one


def instance_of(world: World, session: str) -> Instance:
    """The instance that a session is one with."""
    return world.instances[world.sessions[session].instance]


def ta_of(world: World, client: str, session: str) -> TrustedApp:
    """The TA of a session."""
    return world.config.tas[instance_of(world, session).ta]


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
    woken = (*was.woken, *was.waiters)
    world.put(replace(was, open=False, waiters=(), woken=woken))
    return was.waiters


def must_load(world: World, client: str, session: str) -> bool | None:
    """Whether nobody has loaded the session's instance yet; nothing if somebody is about to."""
    instance = instance_of(world, session)
    if instance.loaded:
        return False
    if instance.loader:
        world.put(replace(instance, waiters=(*instance.waiters, world.running)))
        return None
    world.put(replace(instance, loader=world.running))
    return True


def mark_loaded(world: World, client: str, session: str, loaded: bool) -> tuple[str, ...]:  # noqa: FBT001 - steps have no keywords
    """The session's instance is loaded, or is not; gives who has waited for it."""
    instance = instance_of(world, session)
    world.put(replace(instance, loaded=loaded, loader="", waiters=()))
    return instance.waiters


def has_users(world: World, client: str, session: str) -> bool:
    """Whether somebody that waited for a session has still to see that it is gone: then wait."""
    was = world.sessions[session]
    if was.woken:
        world.put(replace(was, waiters=(world.running,)))
    return bool(was.woken)


def give_up(world: World, client: str, session: str) -> tuple[str, ...]:
    """Who waited for a session sees that it is gone; gives who closes it, if it was the last."""
    found = world.sessions.get(session) if session else None
    if found is None or world.running not in found.woken:
        return ()
    woken = tuple(one for one in found.woken if one != world.running)
    waiters = found.waiters if woken else ()
    world.put(replace(found, woken=woken, waiters=waiters))
    return () if woken else found.waiters


def drop_session(world: World, client: str, session: str) -> tuple[str, ...]:
    """The session is gone, and with the last one the instance, unless it is to be kept.

    Gives the sessions that an instance which ends had opened.
    """
    was, instance = world.sessions[session], instance_of(world, session)
    ta = world.config.tas[instance.ta]
    world.put(Session(session, context=was.context))
    left = replace(instance, sessions=instance.sessions - 1)
    if left.sessions or (is_kept(ta) and not instance.panicked):
        world.put(left)
        return ()
    world.drop(instance)
    return instance.opened


def is_kept(ta: TrustedApp) -> bool:
    """Whether an instance outlives its last session."""
    return ta.keep_alive and ta.single_instance


def take_session(world: World, client: str, session: str) -> bool | None:
    """Lock a session; nothing if somebody else has it, false if there is none."""
    found = world.sessions.get(session) if session else None
    if found is None or not found.open:
        return False
    woken = tuple(one for one in found.woken if one != world.running)
    if found.lock:
        waiters = (*found.waiters, world.running)
        world.put(replace(found, waiters=waiters, woken=woken))
        return None
    world.put(replace(found, lock=world.running, woken=woken))
    return True


def give_session(world: World, client: str, session: str) -> tuple[str, ...]:
    """Unlock a session; gives the one that is woken."""
    found = world.sessions[session]
    first, rest = found.waiters[:1], found.waiters[1:]
    woken = (*found.woken, *first)
    free = replace(found, lock="", cancelled=False, masked=True)
    world.put(replace(free, waiters=rest, woken=woken))
    return first


def take_instance(world: World, client: str, session: str) -> Result | None:
    """Enter a session's instance; nothing if another TA of a single instance runs.

    With CFG_CONCURRENT_SINGLE_INSTANCE_TA each such TA has a lock of its own.
    Source: optee_os tee_ta_manager.c, tee_ta_try_set_busy(), lock_single_instance().
    """
    instance = instance_of(world, session)
    if instance.panicked:
        return PANICKED
    if is_alone(world.config.tas[instance.ta]):
        lock = world.locks.get(lock_of(world, instance), Lock(lock_of(world, instance)))
        mine = lock.holder == world.running and lock.id == SHARED
        if lock.holder and not mine:
            world.put(replace(lock, waiters=(*lock.waiters, world.running)))
            return None
        if instance.busy:
            return Result.BUSY
        world.put(replace(lock, holder=world.running, count=lock.count + 1))
        world.put(replace(instance, busy=True))
    world.entered = (*world.entered, session)
    return Result.SUCCESS


def is_alone(ta: TrustedApp) -> bool:
    """Whether a TA has one instance, which runs for one session at a time."""
    return ta.single_instance and not ta.concurrent


def lock_of(world: World, instance: Instance) -> str:
    """The lock of an instance: one for all, unless they are to run side by side."""
    return SHARED if world.config.switches["single-instance"] == "one-lock" else instance.id


def give_instance(world: World, client: str, session: str) -> tuple[str, ...]:
    """Leave a session's instance; gives the one that is woken."""
    world.entered = world.entered[:-1]
    instance = instance_of(world, session)
    if not instance.busy:
        return ()
    world.put(replace(instance, busy=False))
    lock = world.locks[lock_of(world, instance)]
    if lock.count > 1:
        world.put(replace(lock, count=lock.count - 1))
        return ()
    first, rest = lock.waiters[:1], lock.waiters[1:]
    if rest:
        world.put(Lock(lock.id, waiters=rest))
    else:
        world.drop(lock)
    return first


def give_both(world: World, client: str, session: str) -> tuple[tuple[str, ...], bool]:
    """Leave the instance, and unlock the session if nobody has to be woken in between.

    Gives the one that is woken, and whether the session is unlocked.
    """
    woken = give_instance(world, client, session)
    return (woken, False) if woken else (give_session(world, client, session), True)


def pass_on(world: World, client: str, session: str) -> tuple[str, ...]:
    """Who finds its instance dead needs no lock; gives who may have to be woken in its place."""
    lock = world.locks.get(lock_of(world, instance_of(world, session)))
    if lock is None or lock.holder:
        return ()
    world.put(replace(lock, waiters=lock.waiters[1:]))
    return lock.waiters[:1]


def add_session(world: World, client: str, session: str) -> bool:
    """The TA has one session more; true if it has to be created for it."""
    instance = instance_of(world, session)
    world.put(replace(instance, inside=instance.inside + 1, created=True))
    return not instance.created


def was_not_created(world: World, client: str, session: str) -> None:
    """The TA has refused to be created: it has no session, and is told of no end."""
    instance = instance_of(world, session)
    world.put(replace(instance, inside=instance.inside - 1, created=False))


def ends_with(world: World, client: str, session: str) -> bool:
    """The TA has one session less; true if it ends with it."""
    instance = instance_of(world, session)
    left = replace(instance, inside=instance.inside - 1)
    ends = not (left.inside or instance.panicked or is_kept(world.config.tas[instance.ta]))
    world.put(replace(left, created=instance.created and not ends))
    return ends


def has_opened(world: World, client: str, session: str) -> None:
    """The TA that runs has opened a session with another."""
    opener = instance_of(world, world.entered[-1])
    world.put(replace(opener, opened=(*opener.opened, session)))


def knows(world: World, client: str, session: str) -> bool:
    """Whether a session is one that the TA which runs has opened."""
    return session in instance_of(world, world.entered[-1]).opened


def lets_go(world: World, client: str, session: str) -> bool:
    """The TA that runs closes a session that it has opened; false if it has not."""
    opener = instance_of(world, world.entered[-1])
    if session not in opener.opened:
        return False
    world.put(replace(opener, opened=tuple(one for one in opener.opened if one != session)))
    return True


def panic(world: World, client: str, session: str) -> None:
    """The TA is dead: its sessions get TARGET_DEAD from now on.

    Source: optee_os tee_ta_manager.c, struct tee_ta_ctx, panicked.
    """
    world.put(replace(instance_of(world, session), panicked=True))


def origin_of(world: World, client: str, session: str) -> Origin:
    """Where a TA's failure comes from: from secure world, if the TA has panicked."""
    return Origin.TEE if instance_of(world, session).panicked else Origin.TRUSTED_APP


def destroy_ta_ctx(world: World, client: str, session: str) -> tuple[str, ...]:
    """An instance that has panicked is found no more; gives the sessions that it had opened."""
    instance = instance_of(world, session)
    if not instance.panicked or instance.destroyed:
        return ()
    world.put(replace(instance, destroyed=True, opened=(), memory=None))
    return instance.opened


def set_cancelled(world: World, client: str, session: str) -> bool:
    """What runs in a session is asked to give up; false if secure world does not know it."""
    found = world.sessions.get(session)
    if found is None or not found.open:
        return False
    world.put(replace(found, cancelled=True))
    return True
