"""The records that the parties keep, and the world that holds them.

A world is copied before a step changes it, so every world that was ever reached can be looked
at again.  A record is frozen; a table maps a record's id to it and is replaced, never changed.
A freed record stays where it was, marked, so that touching it can be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, ValuesView
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar

import msgspec

from ocallkit import engine
from ocallkit.abi.byte_layout import Layout, c_name
from ocallkit.abi.results import Result
from ocallkit.engine import Node
from ocallkit.engine.world import part_of
from ocallkit.model.events import (
    Divider,
    Event,
    Get,
    Message,
    Note,
    Octets,
    Param,
    Put,
    Span,
    Thread,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ocallkit.abi.smc import Registers
    from ocallkit.model.config import Config


R = TypeVar("R")


class Record(msgspec.Struct, frozen=True, gc=False):
    """Something that a party keeps, under an id that is derived from its owner."""

    table: ClassVar[str]

    id: str


class Process(Record, frozen=True, gc=False):
    """A client application as the kernel sees it: its threads, and its open files.

    Its id is the client's name.
    """

    table: ClassVar[str] = "processes"

    state: str = "running"
    """``running``, ``killed`` (or about to be), ``exiting`` or ``ended``."""
    files: tuple[str, ...] = ()
    """What each of its file numbers is open on, from the first; empty where one was closed."""
    tasks: tuple[str, ...] = ()
    """The threads that have not left, where it has several."""
    threads: int = 1
    """How many it began with."""
    inside: tuple[str, ...] = ()
    """Which of those are in the kernel; the others are in user mode."""
    mapped: tuple[str, ...] = ()
    """Memories that are mapped: a mapping holds one as a file does."""
    work: tuple[tuple[str, str], ...] = ()
    """Memories whose last reference went inside a system call of a thread: released behind it."""
    told: tuple[tuple[str, Any], ...] = ()
    """What its threads have told each other, by name."""


class OpenFile(Record, frozen=True, gc=False):
    """An open file that more refers to than one number: others, a mapping, an ioctl in flight.

    Its id is the file's.  A file without this record has one reference, that of its number.

    Source: include/linux/fs.h, struct file, its count.
    """

    table: ClassVar[str] = "files"

    refs: int = 1


class Context(Record, frozen=True, gc=False):
    """The open device as the TEE subsystem sees it; a process's first has the process's name.

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
    drivers: bool = False
    """It is the driver's own, and stays as long as the driver is loaded."""
    released: bool = False
    """Its file was closed where requests are queued on it: none is taken any more."""


class Session(Record, frozen=True, gc=False):
    """A session with a TA, as the two sides know it; a process's first has the process's name.

    Source: drivers/tee/optee, struct optee_session; optee_os tee_ta_manager.h, struct
    tee_ta_session.
    """

    table: ClassVar[str] = "sessions"

    known: bool = False
    """The driver has it on its list."""
    open: bool = False
    """Secure world has it open."""
    context: str = ""
    """On whose list it is; empty for one that a TA has opened."""
    system: bool = False
    """Its calls may take the secure threads that a design keeps for such."""
    instance: str = ""
    """The instance of the TA that it is a session with."""
    lock: str = ""
    """The secure thread that runs or waits in it: nobody else may enter it meanwhile."""
    waiters: tuple[str, ...] = ()
    """The secure threads that wait for it."""
    woken: tuple[str, ...] = ()
    """Those that were woken and have not looked again: it is not forgotten before they have."""
    cancelled: bool = False
    """The client has asked to cancel what runs in it."""
    masked: bool = True
    """The TA does not want to know of that."""


class Instance(Record, frozen=True, gc=False):
    """A TA that is loaded; an instance of one session has that session's id.

    Source: optee_os tee_ta_manager.h, struct tee_ta_ctx.
    """

    table: ClassVar[str] = "instances"

    ta: str = ""
    """The TA's name."""
    sessions: int = 0
    """How many there are with it."""
    inside: int = 0
    """How many of them the TA itself has, where it is told of its creation or its end."""
    created: bool = False
    """It has been told of its creation, and not of its end."""
    busy: bool = False
    """It runs, where it can run for one session only."""
    loaded: bool = False
    """The supplicant has brought it, where there is one."""
    loader: str = ""
    """The secure thread that has it brought."""
    waiters: tuple[str, ...] = ()
    """The secure threads that wait for that."""
    panicked: bool = False
    """Its sessions get TARGET_DEAD from now on."""
    destroyed: bool = False
    """It panicked in an invocation: nobody finds it any more, and its sessions have nothing."""
    opened: tuple[str, ...] = ()
    """The sessions with other TAs that it has opened; they end with it."""
    memory: Any = None
    """What the TA keeps between its calls."""


class Lock(Record, frozen=True, gc=False):
    """What a secure thread has that runs in a TA of a single instance; gone while nobody wants it.

    Source: optee_os tee_ta_manager.c, tee_ta_single_instance_thread, tee_ta_single_instance_count.
    """

    table: ClassVar[str] = "locks"

    holder: str = ""
    """The secure thread that has it."""
    count: int = 0
    """In how many TAs one inside the other."""
    waiters: tuple[str, ...] = ()
    """The secure threads that wait for it, the first first."""


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
    number: int = 0
    """Under which a CA knows it: an SHM id, counted within the process."""
    freed: bool = False
    misused: bool = False
    """Somebody touched it after it was freed."""


class Mobj(Record, frozen=True, gc=False):
    """Secure world's view of a tee_shm, whose id is its cookie.

    Its id is the cookie, unless there is another memory object of the same memory already.
    Source: optee_os mobj.h, struct mobj.
    """

    table: ClassVar[str] = "mobjs"

    memory: str = ""
    """The tee_shm that it was made from."""
    refs: int = 0
    """One for its registration or for the OCALL PTA, one for each invocation that names it."""
    releasing: bool = False
    """Its registration is given back, and may wait for the last user."""
    guarded: bool = False
    """It is no registration: only its last user frees it."""
    lent: bytes = b""
    """What was in the memory when a CA handed it over for an OCALL; nobody reads it there."""
    waiters: tuple[str, ...] = ()
    """The secure threads that wait for the last user."""
    freed: bool = False
    misused: bool = False
    """Somebody touched it after it was freed."""


class Call(Record, frozen=True, gc=False):
    """An invocation that has not completed, and the OCALL it waits for; so too for an opening.

    Its id is the process's name for the first of a process.
    Source: drivers/tee/optee as posted, struct optee_call_ctx; the opening text calls its like
    struct optee_ocall_ctx.
    """

    table: ClassVar[str] = "calls"

    session: str = ""
    """The session that is invoked; for one that is being opened, its temporary id."""
    context: str = ""
    """The context on which it was called."""
    thread: str = ""
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
    """Memories that the pending request references, or that answers have left to secure world."""
    callback: str = ""
    """The context whose callback object an opening hands over, where requests are queued."""

    @property
    def process(self) -> str:
        """Whose call it is."""
        return part_of(self.id)

    @property
    def opens(self) -> bool:
        """Whether it opens a session, and invokes none."""
        return ".opening" in self.session


class SecureThread(Record, frozen=True, gc=False):
    """A secure thread that a client has taken, and where its program stands.

    Its id is the client's name, a dot, and how many the client had when it took this one: which of
    the free threads that was makes no difference to anybody, and is no part of the world.

    Source: optee_os thread_private.h, struct thread_ctx.
    """

    table: ClassVar[str] = "threads"

    state: str = "free"
    """``suspended``, ``free`` for one that was given back, ``running`` between two steps only where
    others can find it taken meanwhile."""
    client: str = ""
    """The thread of the client's for which it runs; empty while it is free."""
    rpc: str = ""
    """What its RPC asks of the normal world."""
    waits: str = ""
    """What it waits for in secure world: ``MOBJ A.memref``, ``session A``, ``TA ta``."""
    entered: tuple[str, ...] = ()
    """The sessions in whose TAs it is, the innermost last."""
    passed: tuple[Param, ...] = ()
    """What its TA passes with an OCALL, as that lies in the CA's memory; nobody reads it here."""
    asked: str = ""
    """The task with whose ioctl it goes out."""
    handed: bool = False
    """It has reached user mode."""
    served: tuple[tuple[Param, ...], ...] = ()
    """What has been answered to it by those who were asked; nobody reads it here."""
    sleep: str = ""
    """``asleep`` while the driver sleeps for it, ``woken`` once the wake-up has come."""
    node: Node | None = None
    misused: bool = False
    """It was resumed although it was not suspended: OP-TEE answers ERESUME."""


class Request(Record, frozen=True, gc=False):
    """What a secure thread asks of somebody in user space who comes for it.

    One to the supplicant has the id of the thread, in a part of all; one to a process's callback
    object that of the call, and `context` and `call` are its own.
    Source: drivers/tee/optee/supp.c, struct optee_supp_req; drivers/tee/qcomtee/user_obj.c, struct
    qcomtee_ureq.
    """

    table: ClassVar[str] = "requests"

    state: str = "queued"
    """``queued``, ``processing``, ``done``, or ``left`` by its client while it was processed."""
    number: int = 0
    """Which is the first: that of the lowest number."""
    cmd: str = ""
    ta: str = ""
    """The TA that is to be loaded."""
    ret: Result = Result.SUCCESS
    freed: bool = False
    misused: bool = False
    """The supplicant came back with it after it was freed."""
    context: str = ""
    """On which context's queue a callback is."""
    call: str = ""
    """The call that waits for a callback."""
    asks: Any = None
    """What a callback asks, as its server gets it."""
    answer: Any = None
    """What its secure thread goes on with."""


class DriverMemory(Record, frozen=True, gc=False):
    """Memory that the driver has allocated for itself and keeps, and whose context holds it.

    Its id is that of the context, a dot, ``rpc`` or ``page``, a dot and a number: ``A.rpc.0`` is
    that for the RPC arguments of secure thread 0, charged to A.

    Source: include/linux/tee_drv.h, struct tee_shm, one that has no file.
    """

    table: ClassVar[str] = "driver_memories"

    context: str = ""
    """The context that it is charged to."""


class RpcCache(Record, frozen=True, gc=False):
    """OP-TEE's threads by number, where that matters, and which have memory for RPC arguments.

    Source: optee_os thread_private.h, struct thread_ctx, rpc_arg; thread.c, the global
    thread_prealloc_rpc_cache.
    """

    table: ClassVar[str] = "rpc_cache"

    taken: frozenset[int] = frozenset()
    """The numbers of the threads that are not free."""
    filled: frozenset[int] = frozenset()
    """Those of the threads that have such memory, free or not."""
    disabled: bool = False
    """A thread gives its memory back at the end of each call."""


class Kept(Record, frozen=True, gc=False):
    """Something that a design remembers in the world, under a name of its own."""

    table: ClassVar[str] = "kept"

    value: Any = None


class Breach(Record, frozen=True, gc=False):
    """Something has happened that no caller may bring about; it stays to be seen.

    Its id is the name of the process on whose behalf it happened, a dot, and what was broken.
    """

    table: ClassVar[str] = "breaches"

    what: str = ""


TABLES = (
    "processes",
    "files",
    "contexts",
    "sessions",
    "instances",
    "locks",
    "memories",
    "mobjs",
    "calls",
    "threads",
    "requests",
    "driver_memories",
    "rpc_cache",
    "kept",
    "breaches",
)
"""The kinds of records; `threads` has those that are taken."""

THREADS: Final = "threads"
"""The pool of free secure threads (CFG_NUM_THREADS)."""

PAGES: Final = "pages"
"""The pool of the driver's pages for the arguments of calls that no call uses."""


class Table(Mapping[str, R]):
    """The records of one kind, by their ids; who looks through all of them depends on all."""

    __slots__ = ("_kind", "_world")

    def __init__(self, world: World, kind: str) -> None:
        self._world = world
        self._kind = kind

    def __getitem__(self, record: str) -> R:
        found: R | None = self._world.find(self._kind, record)
        if found is None:
            raise KeyError(record)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter([record for record, _ in self._world.all_of(self._kind)])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def values(self) -> ValuesView[R]:
        """The records, in the order of their ids; found once and not each by its id."""
        return Records(self)

    def all(self) -> list[R]:
        """The records, as a list."""
        return [record for _, record in self._world.all_of(self._kind)]

    def of(self, owner: str) -> tuple[R, ...]:
        """The records that belong to one client, in the order of their ids."""
        return tuple(record for _, record in self._world.own(self._kind, owner))


class Records(ValuesView[R]):
    """The records of a table."""

    _mapping: Table[R]

    def __iter__(self) -> Iterator[R]:
        return iter(self._mapping.all())


class World(engine.World):
    """Everything that is so, at one moment: the records above, and how many threads are free.

    A record belongs to the client whose name its id begins with.  `config` is what never changes,
    `log` what was reported so far, or None if nobody wants to know, and `numbers` under which
    number each taken thread is shown, `buffers` what lies in the buffer of each task's ioctl, where
    somebody reads the log; `running` is the secure thread whose step this is, and
    `entered` the sessions in whose TAs it is.  None of them is part of what two worlds are
    compared by.
    """

    __slots__ = ("buffers", "config", "entered", "log", "numbers", "running")

    config: Config
    log: list[Event] | None
    buffers: dict[str, Any]

    def __init__(self, config: Config) -> None:
        pages = {} if config.switches["argument-pages"] == "none" else {PAGES: 1}
        super().__init__({THREADS: config.threads} | pages)
        self.config = config
        self.log = None
        self.numbers: dict[str, int] = {}
        self.buffers = {}
        self.running = ""
        self.entered: tuple[str, ...] = ()

    @property
    def processes(self) -> Table[Process]:
        """By the client's name."""
        return Table(self, "processes")

    @property
    def files(self) -> Table[OpenFile]:
        """Those that more refers to than one number, by the file's id."""
        return Table(self, "files")

    @property
    def contexts(self) -> Table[Context]:
        """By the context's id, that of a client's first being its name."""
        return Table(self, "contexts")

    @property
    def sessions(self) -> Table[Session]:
        """By the session's id, that of a client's first being its name."""
        return Table(self, "sessions")

    @property
    def instances(self) -> Table[Instance]:
        """By the id of its only session, or by ``ta.`` and the TA's name."""
        return Table(self, "instances")

    @property
    def locks(self) -> Table[Lock]:
        """By the part that has the TAs of a single instance, or by one such TA's instance."""
        return Table(self, "locks")

    @property
    def memories(self) -> Table[Memory]:
        """By the memory's id."""
        return Table(self, "memories")

    @property
    def mobjs(self) -> Table[Mobj]:
        """By its id, that of the first of a memory being the memory's."""
        return Table(self, "mobjs")

    @property
    def calls(self) -> Table[Call]:
        """By the call's id, that of a client's first being its name."""
        return Table(self, "calls")

    @property
    def requests(self) -> Table[Request]:
        """What secure threads ask of the supplicant, by the request's id."""
        return Table(self, "requests")

    @property
    def driver_memories(self) -> Table[DriverMemory]:
        """By the id of the context that each is charged to, a kind, and a number."""
        return Table(self, "driver_memories")

    @property
    def rpc_cache(self) -> Table[RpcCache]:
        """The one record of it, by the name of its part."""
        return Table(self, "rpc_cache")

    @property
    def kept(self) -> Table[Kept]:
        """What a design remembers, by the id that it has chosen."""
        return Table(self, "kept")

    @property
    def breaches(self) -> Table[Breach]:
        """What no caller may bring about, and one has, by the process's name and what it is."""
        return Table(self, "breaches")

    @property
    def threads(self) -> Table[SecureThread]:
        """Those that are taken, by the client's name and a number of its own: ``A.0``."""
        return Table(self, "threads")

    @property
    def free_threads(self) -> int:
        """How many secure threads are free; a step that asked would be disturbed by every other."""
        return self.count(THREADS)

    def copy(self) -> Self:
        """A world that shares every record with this one until one of the two changes it."""
        new = super().copy()
        new.config = self.config
        new.log = None if self.log is None else [*self.log]
        new.numbers, new.buffers = self.numbers, self.buffers
        new.running, new.entered = self.running, self.entered
        return new

    def become(self, other: Self) -> None:
        """Be as `other` is, its log included."""
        super().become(other)
        self.log, self.numbers, self.buffers = other.log, other.numbers, other.buffers

    def put(self, record: Record) -> None:
        """Keep `record`, in place of the one that had its id."""
        self.keep(record.table, record.id, record)

    def drop(self, record: Record) -> None:
        """Forget `record`: nothing refers to it and no property asks for it."""
        self.forget(record.table, record.id)

    def keeps(self, name: str, value: Any) -> None:
        """Keep a value of a design's own; `name` begins with the client's whose it is, and a dot.

        One that is nobody's has a name of another kind.  None is as if it were not there.
        """
        if value is not None:
            self.put(Kept(name, value))
        elif name in self.kept:
            self.drop(self.kept[name])

    def value_of(self, name: str) -> Any:
        """What a design keeps under that name; None if it does not."""
        found = self.kept.get(name)
        return None if found is None else found.value

    def touch(self, record: Context | Memory | Mobj) -> None:
        """Somebody reads or writes `record`: if it is freed, that stays to be seen."""
        if record.freed and not record.misused:
            self.put(msgspec.structs.replace(record, misused=True))

    def breach(self, client: str, kind: str, what: str) -> None:
        """Something has happened that no caller may bring about; `client` is the process."""
        self.put(Breach(f"{client}.{kind}", what))

    def new_id(self, kind: str, owner: str, used: Callable[[Any], bool] = bool) -> str:
        """An id for one more record of `owner`: its name for the first, else that and a number.

        The id of one that is not `used` any more is given again.
        """
        own = {record for record, one in self.own(kind, part_of(owner)) if used(one)}
        if owner not in own:
            return owner
        return next(one for n in range(2, len(own) + 3) if (one := f"{owner}.{n}") not in own)

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

    def octets(self, client: str, ioctl: str, way: Any, structure: Layout) -> None:
        """Note what lies in memory where something crosses a border."""
        if self.log is not None:
            name, octets = c_name(type(structure)), structure.pack()
            self.log.append(
                Octets(client=client, call=ioctl, way=way, structure=name, octets=octets)
            )

    def smc(  # noqa: PLR0917 - what crosses has a border, a name, a way, registers and a message
        self,
        client: str,
        border: Any,
        call: str,
        way: Any,
        registers: Registers,
        message: Layout | None = None,
    ) -> None:
        """Note what is in the registers at an SMC, and in the message in memory if there is one."""
        if self.log is None:
            return
        self.log.append(
            Octets(
                client=client,
                call=call,
                way=way,
                structure="" if message is None else c_name(type(message)),
                octets=b"" if message is None else message.pack(),
                border=border,
                registers=msgspec.structs.astuple(registers),
            )
        )

    def thread_is(self, client: str, thread: str, state: Any) -> None:
        """Note that a secure thread changes its state."""
        if self.log is None:
            return
        if thread not in self.numbers:
            taken = self.numbers.values()
            number = next(n for n in range(self.config.threads) if n not in taken)
            self.numbers = {**self.numbers, thread: number}
        self.log.append(Thread(client=client, thread=self.numbers[thread], state=state))
        if state == "free":
            self.numbers = {one: n for one, n in self.numbers.items() if one != thread}

    def by_number(self) -> dict[int, SecureThread]:
        """Every secure thread by the number that it is shown by, the free ones too.

        For whoever looks at a world: a step that asked for all threads would depend on all clients.
        """
        found = {number: SecureThread(str(number)) for number in range(self.config.threads)}
        found.update({self.number_of(one.id): one for one in self.threads.values()})
        return found

    def number_of(self, thread: str) -> int:
        """The number under which a taken thread is shown: the lowest that was free.

        Only worlds with a log know it; elsewhere it is that among the client's own.
        """
        return self.numbers.get(thread, int(thread.rpartition(".")[2]))
