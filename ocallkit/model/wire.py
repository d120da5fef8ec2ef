"""Names and numbers: what the model calls by a name has a number where octets cross.

A memory's number is the lowest that its process has free when it is made; a session's and a
temporary id count within their process too.  Each process has a range of its own, which the kernel
has not: so a number says nothing of what other processes have done, and every number that belongs
to another can still be tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

from ocallkit.abi import arguments as abi
from ocallkit.abi.byte_layout import show_uuid
from ocallkit.abi.ioctl_params import (
    TEE_IOCTL_PARAM_ATTR_META,
    TEE_IOCTL_PARAM_ATTR_TYPE_MASK,
    TEE_MEMREF_NULL,
    ParamType,
)
from ocallkit.abi.optee_msg import OpteeMsgParam
from ocallkit.engine.world import part_of
from ocallkit.model.calls import EINVAL, RefusedError
from ocallkit.model.config import DEFAULT_TA, TaName, uuid_octets
from ocallkit.model.events import Param
from ocallkit.model.params import META, NONE, Params, comes_out, is_memref, trimmed

if TYPE_CHECKING:
    from ocallkit.model.config import Config, TrustedApp
    from ocallkit.model.world import World

Row = TypeVar("Row", abi.TeeIoctlParam, OpteeMsgParam)
"""A parameter as it lies in memory, at either border."""

RANGE: Final = 256
"""How many numbers a process has."""

NOBODYS: Final = RANGE - 1
"""The last number of each range, which is never given: that of what is not there any more."""

NO_SESSION: Final = "?"
"""What a number is read as that no session can have."""

KINDS: Final = {int(kind): kind.name for kind in ParamType}
"""What each kind of parameter is called, by its number."""

NO_MEMORY: Final = "?."
"""What the name begins with as which a number is read that no memory has; the number follows."""

OPENING: Final = "opening"
"""What the id of a session that is being opened ends with."""


# --- numbers ----------------------------------------------------------------------------------


def first_number(owner: str) -> int:
    """Where the range of a process begins.

    >>> first_number("A"), first_number("C")
    (0, 512)
    """
    return (ord(owner[:1] or "A") - ord("A")) * RANGE


def owner_of(number: int) -> str:
    """The process in whose range a number lies.

    >>> owner_of(258)
    'B'
    """
    return chr(ord("A") + number // RANGE % RANGE)


def session_number(session: str) -> int:
    """The number of a session, or the temporary one of a session that is being opened.

    >>> session_number("A"), session_number("B.2"), session_number("A.3.opening")
    (1, 258, 3)
    """
    owner, *more = session.removesuffix(f".{OPENING}").split(".")
    within = int(more[0]) if more and more[0].isdecimal() else 1
    return first_number(owner) + within if owner else 0


def numbered(record: str) -> int:
    """Which of its process's records of a kind it is: its first has the process's name.

    >>> numbered("A"), numbered("A.3")
    (1, 3)
    """
    _, _, number = record.partition(".")
    return int(number) if number else 1


def session_named(number: int, *, opening: bool = False) -> str:
    """The session, or the one that is being opened, to which a number would belong.

    >>> session_named(258), session_named(3, opening=True), session_named(0)
    ('B.2', 'A.3.opening', '?')
    """
    within = number % RANGE
    if not within or number >= first_number("Z"):
        return NO_SESSION
    owner = owner_of(number)
    name = owner if within == 1 else f"{owner}.{within}"
    return f"{name}.{OPENING}" if opening else name


def free_number(world: World, owner: str) -> int:
    """The lowest number that no memory of a process has which is still there.

    Source: drivers/tee/tee_shm.c, idr_alloc() from 1, for the whole device.
    """
    taken = {memory.number for memory in world.memories.of(owner) if not memory.freed}
    return next(n for n in range(1, len(taken) + 2) if n not in taken)


def memory_number(world: World, memory: str) -> int:
    """The number of a memory; for one that never was, one that nobody has."""
    if memory.startswith(NO_MEMORY):
        return int(memory.removeprefix(NO_MEMORY))
    found = world.memories.get(memory)
    within = NOBODYS if found is None else found.number
    return first_number(part_of(memory)) + within


def memory_named(world: World, number: int) -> str:
    """The memory that has a number now; a name that nobody has, if there is none."""
    if 0 <= number < first_number("Z"):
        owner, within = owner_of(number), number % RANGE
        for memory in world.memories.of(owner):
            if memory.number == within and not memory.freed:
                return memory.id
    return f"{NO_MEMORY}{number}"


# --- TAs --------------------------------------------------------------------------------------


def uuid_of(config: Config, ta: str) -> bytes:
    """The 16 octets of a TA's UUID, the scenario's first for the default's name."""
    found = find_ta(config, ta)
    return found.octets if found is not None else uuid_octets(ta)


def find_ta(config: Config, ta: str) -> TrustedApp | None:
    """The TA of that name or that UUID, the scenario's first for the default's name."""
    if ta in config.tas:
        return config.tas[ta]
    if ta == DEFAULT_TA:
        return next(iter(config.tas.values()))
    return next((one for one in config.tas.values() if show_uuid(one.octets) == ta.lower()), None)


def asking(config: Config, octets: bytes) -> TaName:
    """The TA that asks a CA, by its UUID."""
    named = (name for name, ta in config.tas.items() if ta.octets == octets)
    return TaName(next(named, show_uuid(octets)), octets)


def ta_of(config: Config, octets: bytes) -> str:
    """The name of the TA that has a UUID; the UUID itself where there is none.

    The scenario's first goes by the name of the default.
    """
    for number, (name, ta) in enumerate(config.tas.items()):
        if ta.octets == octets:
            return DEFAULT_TA if number == 0 else name
    return show_uuid(octets)


# --- parameters -------------------------------------------------------------------------------


def written(world: World, param: Param) -> abi.TeeIoctlParam:
    """A parameter as a CA, or the TEE driver, writes it; ValueError if it has no such kind."""
    kind = ParamType.__members__.get(param.attr)
    if kind is None:
        raise ValueError(f"no parameter is a {param.attr}")
    if not is_memref(param):
        return abi.TeeIoctlParam(kind, param.a, param.b, param.c)
    if not param.memory:
        return abi.TeeIoctlParam(kind, param.offset, param.size, TEE_MEMREF_NULL)
    return abi.TeeIoctlParam(kind, param.offset, param.size, memory_number(world, param.memory))


def padded(world: World, params: Params, room: int) -> tuple[abi.TeeIoctlParam, ...]:
    """Parameters as they are written, and nothing in the places that are left."""
    full = (*params, *[NONE] * (room - len(params)))
    return tuple(written(world, param) for param in full)


def read(world: World, param: abi.TeeIoctlParam) -> Param:
    """A parameter as it is read; raises RefusedError for a kind that there is not."""
    number = param.attr & TEE_IOCTL_PARAM_ATTR_TYPE_MASK
    if number not in KINDS:
        raise RefusedError(EINVAL)
    if param.attr & TEE_IOCTL_PARAM_ATTR_META:
        return Param(f"{META}{KINDS[number]}")
    if not number:
        return NONE
    kind = KINDS[number]
    if number < ParamType.MEMREF_INPUT:
        return Param(kind, param.a, param.b, param.c)
    memory = "" if param.c == TEE_MEMREF_NULL else memory_named(world, param.c)
    return Param(kind, memory=memory, offset=param.a, size=param.b)


def read_all(world: World, params: tuple[abi.TeeIoctlParam, ...]) -> Params:
    """Parameters as they are read, those at the end left out that carry nothing."""
    return trimmed(tuple(read(world, param) for param in params))


def with_outputs(rows: tuple[Row, ...], params: Params) -> tuple[Row, ...]:
    """Parameters as they lie in memory, with what has come out: values, or a size.

    Source: drivers/tee/tee_core.c, params_to_user(); optee_os entry_std.c, copy_out_param().
    """
    changed = list(rows)
    for at, param in enumerate(params[: len(rows)]):
        if comes_out(param) and is_memref(param):
            changed[at] = replace(rows[at], b=param.size)
        elif comes_out(param):
            changed[at] = replace(rows[at], a=param.a, b=param.b, c=param.c)
    return tuple(changed)


def bare(params: Params) -> Params:
    """Parameters without what is in the memory that they name: it does not travel with them."""
    return tuple(replace(p, data=b"") if p.memory and p.data else p for p in params)
