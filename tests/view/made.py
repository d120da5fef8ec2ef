"""Runs made by hand, so that the views are tested without the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocallkit.model.events import (
    CA,
    OCALL_PTA,
    OPTEE,
    OPTEE_DRIVER,
    TA,
    TEE_DRIVER,
    Divider,
    Event,
    Get,
    Message,
    Note,
    Put,
    Span,
    Thread,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class MadeStep:
    """A step with its events."""

    index: int
    client: str
    name: str
    function: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class MadeRun:
    """A run with nothing behind it."""

    events: tuple[Event, ...]
    scenario: str = "made"
    design: str = "ecall"
    clients: tuple[str, ...] = ("A",)
    summary: str = "A run made by hand."
    digest: str = "0123456789ab"
    ending: str = ""
    before: int | None = None

    @property
    def title(self) -> str:
        """Name it as a real run is named."""
        return f"{self.scenario} under {self.design}"

    @property
    def steps(self) -> Sequence[MadeStep]:
        """Hand on everything as one step."""
        return (MadeStep(0, "A", "A:invoke", "optee_invoke_func", self.events),)


def say(client: str, source: str, label: str, target: str) -> Message:
    """Make a message."""
    return Message(client=client, source=source, target=target, label=label)


def ioctl(client: str, name: str, *, begins: bool) -> Span:
    """Begin or end an ioctl."""
    return Span(client=client, kind="ioctl", name=name, begins=begins)


def invocation(client: str, *, begins: bool) -> Span:
    """Begin or end an invocation."""
    return Span(client=client, kind="invocation", name="invoke", begins=begins)


def down(client: str, func: str, smc: str, thread: int = 0) -> tuple[Event, ...]:
    """Go from the CA into secure world."""
    return (
        ioctl(client, "TEE_IOC_ECALL", begins=True),
        say(client, CA, f"TEE_IOC_ECALL/{func}", TEE_DRIVER),
        say(client, TEE_DRIVER, "dispatch", OPTEE_DRIVER),
        say(client, OPTEE_DRIVER, f"SMC/{smc}", OPTEE),
        Thread(client=client, thread=thread, state="running"),
    )


def request(client: str, name: str, thread: int = 0) -> tuple[Event, ...]:
    """Ask the CA for something from secure world."""
    return (
        say(client, OCALL_PTA, f"RPC/{name}", OPTEE_DRIVER),
        Thread(client=client, thread=thread, state="suspended"),
        say(client, OPTEE_DRIVER, "ret", TEE_DRIVER),
        say(client, TEE_DRIVER, "ret", CA),
        ioctl(client, "TEE_IOC_ECALL", begins=False),
    )


def entry(client: str) -> tuple[Event, ...]:
    """Go from OP-TEE to the TA and from there to the OCALL PTA."""
    return (
        say(client, OPTEE, "dispatch", TA),
        say(client, TA, "TEE_InvokeCACommand", OPTEE),
        say(client, OPTEE, "dispatch", OCALL_PTA),
    )


def back(client: str, thread: int = 0) -> tuple[Event, ...]:
    """Return from the OCALL to the TA, and from the TA to the CA."""
    return (
        say(client, OPTEE, "dispatch", OCALL_PTA),
        say(client, OCALL_PTA, "ret", TA),
        say(client, TA, "ret", OPTEE),
        say(client, OPTEE, "ret", OPTEE_DRIVER),
        Thread(client=client, thread=thread, state="free"),
        say(client, OPTEE_DRIVER, "ret", TEE_DRIVER),
        say(client, TEE_DRIVER, "ret", CA),
        ioctl(client, "TEE_IOC_ECALL", begins=False),
    )


def note(client: str, text: str) -> Note:
    """Say what the CA does on its own."""
    return Note(client=client, party=CA, text=text)


def get(target: str, owner: str, count: int, client: str = "A") -> Get:
    """Take a reference."""
    return Get(client=client, target=target, owner=owner, why=f"{owner} holds it", count=count)


def put(target: str, owner: str, count: int, client: str = "A") -> Put:
    """Drop a reference."""
    return Put(client=client, target=target, owner=owner, why=f"{owner} ends", count=count)


def opening() -> tuple[Event, ...]:
    """Open a context, before anything that is shown by default."""
    return (
        ioctl("A", "TEE_IOC_OPEN_SESSION", begins=True),
        get("tee_context A", "file", 1),
        say("A", CA, "TEE_IOC_OPEN_SESSION", TEE_DRIVER),
        say("A", TEE_DRIVER, "ret", CA),
        ioctl("A", "TEE_IOC_OPEN_SESSION", begins=False),
    )


def flow_1(client: str = "A", thread: int = 0) -> tuple[Event, ...]:
    """Invoke with one OCALL that passes no memory."""
    return (
        invocation(client, begins=True),
        *down(client, "Func Invoke", "Func Invoke", thread),
        *entry(client),
        *request(client, "OCALL Req'", thread),
        note(client, "CA services OCALL"),
        *down(client, "OCALL Complete", "RPC Resume", thread),
        *back(client, thread),
        invocation(client, begins=False),
    )


def flow_2() -> tuple[Event, ...]:
    """Invoke with one OCALL that passes memory, with the references of that memory."""
    context, memory, mobj = "tee_context A", "tee_shm A.ocall", "MOBJ A.ocall"
    return (
        invocation("A", begins=True),
        *down("A", "Func Invoke", "Func Invoke"),
        *entry("A"),
        *request("A", "SHM Alloc Req'"),
        note("A", "CA allocates shared memory"),
        get(memory, "file", 1),
        get(context, memory, 2),
        *down("A", "SHM Alloc Compl'", "RPC Resume"),
        get(memory, "OCALL request", 2),
        say("A", OPTEE, "dispatch", OCALL_PTA),
        get(mobj, "OCALL PTA", 1),
        *request("A", "OCALL Req'"),
        note("A", "CA services OCALL"),
        *down("A", "OCALL Complete", "RPC Resume"),
        say("A", OPTEE, "dispatch", OCALL_PTA),
        put(mobj, "OCALL PTA", 0),
        *request("A", "SHM Free Req'"),
        put(memory, "OCALL request", 1),
        note("A", "CA frees shared memory"),
        put(memory, "file", 0),
        put(context, memory, 1),
        *down("A", "SHM Free Compl'", "RPC Resume"),
        *back("A"),
        invocation("A", begins=False),
    )


def killed() -> tuple[Event, ...]:
    """Invoke with an OCALL that nobody ever answers."""
    return (
        invocation("A", begins=True),
        *down("A", "Func Invoke", "Func Invoke"),
        *entry("A"),
        *request("A", "OCALL Req'"),
        Divider(client="A", text="CA A is killed"),
    )
