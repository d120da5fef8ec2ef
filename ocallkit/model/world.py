"""The records that the parties keep, and the world that holds them.

A world is copied before a step changes it, so every world that was ever reached can be looked
at again.  A record is frozen; a table maps a record's id to it and is replaced, never changed.
A freed record stays where it was, marked, so that touching it can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from ocallkit.engine import Node
from ocallkit.model.events import Divider, Event, Get, Message, Note, Param, Put, Span, Thread

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ocallkit.model.config import Config


class Record(msgspec.Struct, frozen=True, gc=False):
    """Something that a party keeps, under an id that is derived from its owner."""

    table: ClassVar[str]

    id: str


class Process(Record, frozen=True, gc=False):
    """A client application as the kernel sees it: whether it runs, and its open files.

    Its id is the client's name.
    """

    table: ClassVar[str] = "processes"

    state: str = "running"
    """``running``, ``killed`` or ``ended``."""
    files: tuple[str, ...] = ()
    """What it has open, in the order of opening."""


class Context(Record, frozen=True, gc=False):
    """The open device as the TEE subsystem sees it; its id is that of the client that opened it.

    Source: include/linux/tee_drv.h, struct tee_context.
    """

    table: ClassVar[str] = "contexts"

    refs: int = 0
    """One for its file, one for each memory, and what a design adds."""
    releasing: bool = False
    """Its count has come to zero: from then on get and put do nothing."""
    freed: bool = False
    misused: bool = False
    """Somebody touched it after it was freed."""


class Session(Record, frozen=True, gc=False):
    """A client's session with its TA, as the two sides know it; its id is the client's.

    Source: drivers/tee/optee, struct optee_session; optee_os tee_ta_manager.h, struct
    tee_ta_session.
    """

    table: ClassVar[str] = "sessions"

    known: bool = False
    """The driver has it on its list."""
    open: bool = False
    """Secure world has it open, and the TA's instance with it."""


class Memory(Record, frozen=True, gc=False):
    """Memory that a client registered, for an invocation or for an OCALL.

    Its id is the client's name, a dot, and a name of its own, such as ``A.memref``; `size` is in
    bytes.
    Source: include/linux/tee_drv.h, struct tee_shm.
    """

    table: ClassVar[str] = "memories"

    context: str = ""
    """The context that it belongs to, and holds one reference on."""
    refs: int = 0
    """One for its file, one for each ioctl or request that names it, as the design has it."""
    ocall: bool = False
    """TEE_SHM_OCALL: known to the kernel, not to OP-TEE."""
    size: int = 0
    data: bytes = b""
    freed: bool = False
    misused: bool = False
    """Somebody touched it after it was freed."""


class Mobj(Record, frozen=True, gc=False):
    """Secure world's view of a tee_shm, under the same id (its cookie).

    Source: optee_os mobj.h, struct mobj.
    """

    table: ClassVar[str] = "mobjs"

    refs: int = 0
    """One for its registration or for the OCALL PTA, one for each invocation that names it."""
    releasing: bool = False
    """Its registration is given back, and may wait for the last user."""
    freed: bool = False
    misused: bool = False
    """Somebody touched it after it was freed."""


class Call(Record, frozen=True, gc=False):
    """An invocation that has not completed, and the OCALL it waits for; its id is the client's.

    Source: drivers/tee/optee as posted, struct optee_call_ctx; the opening text calls its like
    struct optee_ocall_ctx.
    """

    table: ClassVar[str] = "calls"

    thread: int = 0
    """The secure thread to resume."""
    pending: str = ""
    """What the CA has been asked to do: ``ALLOC``, ``OCALL``, ``FREE``, or nothing."""
    cancelled: bool = False
    """Nobody will answer any more: its driver completes it with errors."""
    ocall_id: int = 0
    params: tuple[Param, ...] = ()
    """The parameters of the first ioctl, as the CA passed them."""
    request: tuple[Param, ...] = ()
    """The parameters of the pending request, as secure world passed them."""
    kept: tuple[str, ...] = ()
    """Memories of the first ioctl whose references are kept until the invocation completes."""
    requested: tuple[str, ...] = ()
    """Memories that the pending request references."""


class SecureThread(Record, frozen=True, gc=False):
    """A secure thread, and where its program stands; its id is its number.

    Source: optee_os thread_private.h, struct thread_ctx.
    """

    table: ClassVar[str] = "threads"

    state: str = "free"
    """``free`` or ``suspended``; between two steps no thread is running."""
    client: str = ""
    """For whom it runs; empty while it is free."""
    rpc: str = ""
    """What its RPC asks of the normal world."""
    node: Node | None = None
    misused: bool = False
    """It was resumed although it was not suspended: OP-TEE answers ERESUME."""


TABLES = ("processes", "contexts", "sessions", "memories", "mobjs", "calls", "threads")
"""What a world consists of: for each kind of record a table from ids to records."""


class Table(dict[str, Any]):
    """A table that has been met before, with the number under which it is known."""

    __slots__ = ("number",)

    number: int


class World:
    """Everything that is so, at one moment: the tables of the records above.

    `config` is what never changes, `log` what was reported so far, or None if nobody wants to know;
    neither is part of what two worlds are compared by.
    """

    __slots__ = (*TABLES, "config", "log")

    processes: Mapping[str, Process]
    contexts: Mapping[str, Context]
    sessions: Mapping[str, Session]
    memories: Mapping[str, Memory]
    mobjs: Mapping[str, Mobj]
    calls: Mapping[str, Call]
    threads: Mapping[str, SecureThread]
    config: Config
    log: list[Event] | None

    def __init__(self, config: Config) -> None:
        for table in TABLES:
            setattr(self, table, {})
        self.config = config
        self.log = None

    def copy(self) -> Self:
        """A world that shares every table with this one until one of the two changes it."""
        new = object.__new__(type(self))
        new.processes = self.processes
        new.contexts = self.contexts
        new.sessions = self.sessions
        new.memories = self.memories
        new.mobjs = self.mobjs
        new.calls = self.calls
        new.threads = self.threads
        new.config = self.config
        new.log = None if self.log is None else [*self.log]
        return new

    def become(self, other: World) -> None:
        """Be as `other` is, its log included."""
        for name in (*TABLES, "log"):
            setattr(self, name, getattr(other, name))

    def key(self) -> Hashable:
        """A tuple of small numbers, the same for equal worlds; tables met before are shared."""
        known = self.config.tables
        numbers = []
        for name in TABLES:
            table = getattr(self, name)
            if type(table) is not Table:
                content = frozenset(table.items())
                shared = known.get(content)
                if shared is None:
                    shared = Table(table)
                    shared.number = len(known)
                    known[content] = shared
                setattr(self, name, shared)
                table = shared
            numbers.append(table.number)
        return tuple(numbers)

    def put(self, record: Record) -> None:
        """Keep `record`, in place of the one that had its id."""
        name = record.table
        setattr(self, name, {**getattr(self, name), record.id: record})

    def drop(self, record: Record) -> None:
        """Forget `record`: nothing refers to it and no property asks for it."""
        name = record.table
        table = dict(getattr(self, name))
        del table[record.id]
        setattr(self, name, table)

    def touch(self, record: Context | Memory | Mobj) -> None:
        """Somebody reads or writes `record`: if it is freed, that stays to be seen."""
        if record.freed and not record.misused:
            self.put(msgspec.structs.replace(record, misused=True))

    def message(  # noqa: PLR0917 - an arrow has two ends, a label, and what it carries
        self,
        client: str,
        source: str,
        target: str,
        label: str,
        words: tuple[tuple[str, int | str], ...] = (),
        params: tuple[Param, ...] = (),
    ) -> None:
        """Note that `source` hands something to `target`."""
        if self.log is not None:
            self.log.append(
                Message(
                    client=client,
                    source=source,
                    target=target,
                    label=label,
                    words=words,
                    params=params,
                )
            )

    def note(self, client: str, party: str, text: str) -> None:
        """Note what a party does on its own."""
        if self.log is not None:
            self.log.append(Note(client=client, party=party, text=text))

    def divider(self, client: str, text: str) -> None:
        """Note a state that is worth a line across the diagram."""
        if self.log is not None:
            self.log.append(Divider(client=client, text=text))

    def span(self, client: str, kind: Any, name: str, *, begins: bool) -> None:
        """Note where an ioctl or an invocation begins or ends."""
        if self.log is not None:
            self.log.append(Span(client=client, kind=kind, name=name, begins=begins))

    def got(self, client: str, target: str, owner: str, why: str, count: int) -> None:
        """Note that `owner` holds a reference on `target` from now on."""
        if self.log is not None:
            self.log.append(Get(client=client, target=target, owner=owner, why=why, count=count))

    def dropped(self, client: str, target: str, owner: str, why: str, count: int) -> None:
        """Note that `owner` holds its reference on `target` no longer."""
        if self.log is not None:
            self.log.append(Put(client=client, target=target, owner=owner, why=why, count=count))

    def thread_is(self, client: str, thread: int, state: Any) -> None:
        """Note that a secure thread changes its state."""
        if self.log is not None:
            self.log.append(Thread(client=client, thread=thread, state=state))
