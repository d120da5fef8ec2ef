"""What does not change while a system runs: the design, the threads, what may go wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import msgspec

from ocallkit.abi import ioctl
from ocallkit.abi.byte_layout import show_uuid
from ocallkit.brief import brief
from ocallkit.engine import Programs, Step
from ocallkit.model.events import CA, KERNEL_CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.abi.results import Origin
    from ocallkit.engine import Steps
    from ocallkit.model.calls import Answer, Arg, Reply, Rpc
    from ocallkit.model.events import Param
    from ocallkit.model.world import Request, SecureThread, World

FAILED_REGISTRATION: Final = "failed-registration"
"""There is no memory for a registration, before secure world hears of it or there."""

FAULTS = ("kill", "handler-error", "refused-allocation")
"""What may go wrong unless it is switched off."""

MORE_FAULTS = (
    "closes-session",
    "closes-context",
    "answers-twice",
    "never-answers",
    FAILED_REGISTRATION,
)
"""What may go wrong only where it is switched on by name."""

FAULTS_IN_WORDS: Final = {
    "kill": "A CA is killed at any moment at which it is in user mode.",
    "handler-error": "The CA's handler answers with an error.",
    "refused-allocation": "The CA refuses to allocate the memory of an OCALL.",
    "closes-session": "The handler closes the session whose OCALL it serves.",
    "closes-context": "The handler closes the context whose OCALL it serves.",
    "answers-twice": "The CA answers an OCALL that it has answered before.",
    "never-answers": "The handler never returns.",
    FAILED_REGISTRATION: "There is no memory for a registration.",
}
"""What each of them is."""


SWITCHES: Final = {
    "exit-order": ("any", "linux"),
    "call-queue": ("any", "list"),
    "single-instance": ("one-lock", "own-locks"),
    "rpc-cache": ("none", "caller", "driver", "off"),
    "argument-pages": ("none", "caller", "driver"),
    "capabilities": ("all", "no-ocall", "no-memref-null", "no-system-pta"),
    "wire": ("values", "octets"),
}
"""Where a system may differ from the usual one, and how; the usual comes first.

`exit-order`: an ending process lets go of what it has open in any order, or in that of Linux.
`call-queue`: of the calls that wait for a secure thread any may be the next, or the driver's list
of them says who is woken.
`single-instance`: there is one lock for all TAs of a single instance, or one for each of them
(CFG_CONCURRENT_SINGLE_INSTANCE_TA), which does not keep two from waiting for each other.

`rpc-cache`: the memory in which a secure thread passes the arguments of its RPCs is not modelled;
or it is allocated at the thread's first RPC and kept for ever, charged to the context of the client
that calls or to one of the driver's own; or the cache is off, and each call that makes RPCs
allocates it, charged to its client, and frees it.

`argument-pages`: the pages in which the driver passes the arguments of a call are not modelled; or
a call takes one that is free, and where none is allocates one that is kept for ever, charged to the
context of the client that calls or to one of the driver's own.

`capabilities`: the driver and OP-TEE can do all that a CA may ask for, or one thing of it is
missing: OCALLs, or references to no memory.  Without the system PTA there are no OCALLs either, and
TAs hear of it in other words.
`wire`: what crosses a border is handed over as values, or written to octets by one side and read
from them by the other.  Verdicts are the same; it takes longer.
"""


class Transport(Protocol):
    """How an invoke that can carry OCALLs crosses from the CA to the TEE driver."""

    @property
    def name(self) -> str:
        """The ioctl's name."""
        ...

    @property
    def while_opening(self) -> bool:
        """Whether the ioctl that opens a session carries OCALLs too."""
        ...

    @property
    def numbers_ocalls(self) -> bool:
        """Whether each pending OCALL of a context has a number of its own."""
        ...

    @property
    def numbers_requests(self) -> bool:
        """Whether each request of a context has a number of its own."""
        ...

    def ioctl(self, arg: Arg) -> str:
        """The ioctl's name, as a diagram writes it."""
        ...

    @property
    def request(self) -> int:
        """The ioctl's number."""
        ...

    @property
    def octets(self) -> Any:
        """What writes the ioctl's argument, and reads it: `designs.structures.Structure`."""
        ...

    def words(self, arg: Arg | Reply) -> tuple[tuple[str, int | str], ...]:
        """The named numbers that the ioctl's argument carries."""
        ...


class Decisions(Protocol):
    """What the designs of the discussion differ in; `ocallkit.designs` has them all."""

    @property
    def name(self) -> str:
        """What the design is called."""
        ...

    @property
    def transport(self) -> Transport:
        """How it carries OCALLs."""
        ...

    @property
    def worker(self) -> bool:
        """Whether it hands something to a task of the kernel's."""
        ...

    @property
    def server(self) -> bool:
        """Whether a thread of each process serves what secure world asks."""
        ...

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Memories of the first ioctl whose references outlive it."""
        ...

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Memories that a pending OCALL references."""
        ...

    def replied(self, memories: tuple[str, ...]) -> tuple[str, ...]:
        """Memories of an answer that its ioctl references until it returns."""
        ...

    def answer_drops(
        self, requested: tuple[str, ...], params: tuple[Param, ...]
    ) -> tuple[str, ...]:
        """Memories of which an OCALL's references are dropped when `params` answer it."""
        ...

    def found_again(self, params: tuple[Param, ...], room: int) -> tuple[str, ...]:
        """Memories of the first ioctl whose references an ioctl with that room finds again."""
        ...

    def asks(self, client: Client, arg: Arg, call: str, rpc: Rpc) -> Steps:
        """How what secure world asks reaches user space; gives the `Reply` of the ioctl."""
        ...

    def request_leaves(self, world: World, client: Client) -> None:
        """What a pending request leaves behind for the end of its process to find."""
        ...

    def hands_out(self, world: World, client: Client) -> bool:
        """Whether a request is handed to its CA, and not cancelled at once."""
        ...

    def reply_arrives(self, client: Client) -> Iterable[Step]:
        """What happens to it when the answer has come, before secure world goes on."""
        ...

    def enters(self, client: Client) -> Iterable[Step]:
        """What an ioctl of a session does first, an invocation or an answer; it may wait there."""
        ...

    def leaves(self, client: Client) -> Iterable[Step]:
        """What it does last, with a request, with a result or with an error."""
        ...

    def completes(self, client: Client) -> Iterable[Step]:
        """What happens when an invocation is complete, before its ioctl returns."""
        ...

    def gives_up(self, answers: str) -> bool:
        """Whether the invocation ends if the CA cannot do what it was asked."""
        ...

    def intrudes(self, client: Client, arg: Arg) -> Steps:
        """What a new invocation gets, and does, in a session that has a pending request."""
        ...

    def refuses(self, client: Client, thread: str, cmd: str) -> Steps:
        """What a secure thread gets that asks where nobody can answer; gives where it is then."""
        ...

    def cancels(self, client: Client, call: str, thread: str, answer: Answer) -> Iterable[Step]:
        """How a call is ended whose request nobody answers any more."""
        ...

    def unlists(self, client: Client) -> Steps:
        """How a session is taken off its list that is to be closed; gives whether it was there."""
        ...

    def pre_release(self, client: Client) -> Iterable[Step]:
        """What closing the context's file does before its reference is dropped."""
        ...

    def flush(self, client: Client) -> Iterable[Step]:
        """What closing a context's file does, whether others have it open or not."""
        ...

    def release_request_file(self, client: Client) -> Iterable[Step]:
        """What the release of a pending request's own file does, where there is one."""
        ...

    def release_memory_file(self, client: Client, memory: str) -> Iterable[Step]:
        """What the release of a memory's file does."""
        ...

    def unregister(self, client: Client, memory: str) -> Iterable[Step]:
        """How secure world is made to give up a memory whose count is zero."""
        ...

    def close_session(self, client: Client) -> Iterable[Step]:
        """What is done for a session that is closed, before secure world is told."""
        ...

    def closed(self, client: Client) -> Iterable[Step]:
        """What is done for a session when secure world has closed it."""
        ...

    def release(self, client: Client) -> Iterable[Step]:
        """What the context's last reference does before its sessions are closed."""
        ...

    def spared(self, client: Client, cmd: str) -> int:
        """How many secure threads a call has to leave free for others.

        `client.system` says whether it is a call of a system session.
        """
        ...

    def wakes(self, client: Client) -> bool:
        """Whether a kill wakes a CA thread that waits in the driver."""
        ...

    def waits(self, client: Client) -> Iterable[Step]:
        """What a CA thread that a kill would wake does before it waits in the driver."""
        ...

    def killed(self, client: Client) -> Iterable[Step]:
        """What such a CA thread does before it waits on."""
        ...

    def charged(self, to: str) -> str:
        """On whose context the driver allocates for itself: the `caller`'s or the `driver`'s."""
        ...

    def takes_memory(self, asked: int, given: int) -> bool:
        """Whether the PTA takes memory of that size from a CA that was asked for another."""
        ...

    def size_given(self, passed: int, answered: int) -> int:
        """Which size a TA finds in its parameter that passed that many bytes."""
        ...

    def speaks_for(self, origin: Origin) -> Origin:
        """Which origin the PTA tells its TA, of that which the CA has answered."""
        ...

    def wq_wakeup(self, world: World, thread: SecureThread) -> None:
        """What a wake-up does for the secure thread that it is meant for."""
        ...

    def supp_given_up(self, world: World, request: Request) -> None:
        """What becomes of a request to the supplicant whose client waits no longer."""
        ...


class TrustedApp(msgspec.Struct, frozen=True):
    """A TA: its entry points, and what its properties say.

    `invoke` is a program of a command and its parameters, `open` one of the parameters with which
    a session is opened, `close`, `create` and `destroy` are programs of nothing.  A TA that is not
    `single_instance` has an instance for each session; one that is has several sessions at a time
    only with `multi_session`, and outlives its last with `keep_alive`.  An instance runs for one
    session at a time unless it is `concurrent`.  One that is `built_in`, such as an early TA,
    needs nobody to load it.  One that is `pseudo` is a PTA: built in,
    and none for which the system PTA carries OCALLs.  `uuid` is how the other world calls it; one
    that is given none has one that follows from its name.

    Source: GP TEE Internal Core API, TA_*EntryPoint() and the gpd.ta properties; optee_os,
    user_ta_header.h, TA_FLAG_*.
    """

    name: str
    invoke: Callable[..., Any]
    open: Callable[..., Any] | None = None
    close: Callable[..., Any] | None = None
    create: Callable[..., Any] | None = None
    destroy: Callable[..., Any] | None = None
    single_instance: bool = False
    multi_session: bool = False
    keep_alive: bool = False
    concurrent: bool = False
    built_in: bool = False
    pseudo: bool = False
    uuid: str = ""

    @property
    def octets(self) -> bytes:
        """The 16 octets of its UUID."""
        return uuid_octets(self.uuid or self.name)

    def __repr__(self) -> str:
        return brief(self, self.name)


class TaName(str):  # noqa: SLOT000 - what it knows is found where the engine looks for it
    """A TA's name, as a handler gets it: it knows the UUID by which that TA is known outside.

    >>> TaName("ta", bytes(15) + b"*").uuid
    '00000000-0000-0000-0000-00000000002a'
    """

    octets: bytes

    def __new__(cls, name: str, octets: bytes = b"") -> Self:
        """The name of the TA whose UUID has these 16 octets."""
        made = super().__new__(cls, name)
        made.octets = octets
        return made

    @property
    def uuid(self) -> str:
        """The UUID as it is written."""
        return show_uuid(self.octets)


@cache
def uuid_octets(name: str) -> bytes:
    """The 16 octets of a UUID as it is written; of any other name those that follow from it.

    >>> uuid_octets("9b2c0652-3b9b-4d83-971e-e56c40512793").hex()
    '9b2c06523b9b4d83971ee56c40512793'
    """
    # Only who looks at octets needs it.
    from uuid import NAMESPACE_URL, UUID, uuid5  # noqa: PLC0415

    try:
        return UUID(name).bytes
    except ValueError:
        return uuid5(NAMESPACE_URL, name).bytes


SUPPLICANT: Final = "tee-supplicant"
"""The process that serves secure world's requests; also its part and its task."""
WORKER: Final = "worker"
"""The task of the kernel that carries out what a design puts off; also its part."""

SERVICES: Final = (SUPPLICANT, WORKER)
"""The tasks that are nobody's client: they wait for work, and need not end."""

DEFAULT_TA = "ta"
"""The name of a scenario's TA that has been given none."""


def as_ta(ta: Callable[..., Any] | TrustedApp) -> TrustedApp:
    """A TA; of a program alone one that has an instance for each session, and nothing else."""
    return ta if isinstance(ta, TrustedApp) else TrustedApp(DEFAULT_TA, ta)


ALL_CAPS: Final = (
    ioctl.TEE_GEN_CAP_GP
    | ioctl.TEE_GEN_CAP_REG_MEM
    | ioctl.TEE_GEN_CAP_MEMREF_NULL
    | ioctl.TEE_GEN_CAP_OCALL
)
"""What the driver can do where nothing is missing, as TEE_IOC_VERSION says it."""

MISSING: Final = {
    "all": 0,
    "no-ocall": ioctl.TEE_GEN_CAP_OCALL,
    "no-memref-null": ioctl.TEE_GEN_CAP_MEMREF_NULL,
    "no-system-pta": ioctl.TEE_GEN_CAP_OCALL,
}
"""What it cannot do, as the switch is set."""


class Client(msgspec.Struct, frozen=True, gc=False):
    """The handle that a CA's program gets: who it is, and the driver's design.

    A CA's program passes it on to libteec and needs nothing of it.  In the kernel it says on whose
    behalf something happens: `name` is the process, `task` its thread, `context` and `session` what
    it concerns.  `several` says that the process has more threads than one, `kernel` that there is
    no process: nothing kills such a client, it has no files, and nothing tidies up behind it.
    `system` says that this call is one of a system session, `queued` that the driver's call queue
    is a list, `pages` that the driver keeps the pages of its calls' arguments, `octets` that its
    ioctls cross as octets, `raw` that its program writes those itself, and `caps` what the driver
    can do (TEE_GEN_CAP_...): it never changes, so that libteec's asking for it is no step.
    """

    name: str
    design: Any
    task: str = ""
    context: str = ""
    session: str = ""
    several: bool = False
    kernel: bool = False
    system: bool = False
    queued: bool = False
    pages: bool = False
    octets: bool = False
    raw: bool = False
    caps: int = ALL_CAPS

    def __post_init__(self) -> None:
        for field in ("task", "context", "session"):
            if not getattr(self, field):
                msgspec.structs.force_setattr(self, field, self.name)

    def on(self, context: str, session: str = "") -> Client:
        """The same client, where it concerns that context, and that session."""
        return msgspec.structs.replace(self, context=context, session=session or self.session)

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        if self.name in SERVICES:
            return self.name
        return f"{'kernel client' if self.kernel else 'CA'} {self.task}"

    @property
    def process(self) -> str:
        """What the process is called of which it is a thread."""
        return self.name if self.name in SERVICES else f"CA {self.name}"

    @property
    def party(self) -> str:
        """Which of the parties of a diagram it is."""
        if self.name == SUPPLICANT:
            return SUPPLICANT
        return KERNEL_CLIENT if self.kernel else CA

    def __repr__(self) -> str:
        return self.task


class Config:
    """One system: how many secure threads, which driver, which TAs, which faults.

    `tas` has every TA by its name, the first being the one that a client means who names none;
    `switches` are how those of `SWITCHES` are set, `octets` whether borders are crossed by octets,
    `changed` which were set where the system was built and not by the scenario; `supplicant` is the
    program of who loads TAs, where that is modelled; `programs` are what was met of each program so
    far, for all worlds of this system: what a program does may hang on globals that somebody
    changes before the next.
    """

    def __init__(
        self,
        design: Decisions,
        threads: int,
        tas: dict[str, TrustedApp],
        faults: frozenset[str],
        *,
        rounds: int = 1,
        driver_memory_charges_context: bool = False,
        switches: dict[str, str] | None = None,
        changed: tuple[str, ...] = (),
        supplicant: Callable[..., Any] | None = None,
    ) -> None:
        self.design = design
        self.threads = threads
        self.tas = tas
        self.faults = faults
        self.rounds = rounds
        self.driver_memory_charges_context = driver_memory_charges_context
        self.switches = switches or {name: values[0] for name, values in SWITCHES.items()}
        self.octets = self.switches["wire"] == "octets"
        self.changed = changed
        self.supplicant = supplicant
        self.programs = Programs()

    def __repr__(self) -> str:
        return brief(self, f"{self.design.name}, {self.threads} secure threads")
