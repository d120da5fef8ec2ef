"""What does not change while a system runs: the design, the threads, what may go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ocallkit.engine import Programs, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.model.calls import Arg, Reply
    from ocallkit.model.events import Param
    from ocallkit.model.world import World

FAULTS = ("kill", "handler-error", "refused-allocation")
"""What may go wrong unless it is switched off."""

MORE_FAULTS = ("closes-session", "closes-context", "answers-twice", "never-answers")
"""What may go wrong only where it is switched on by name."""


class Transport(Protocol):
    """How an invoke that can carry OCALLs crosses from the CA to the TEE driver."""

    @property
    def name(self) -> str:
        """The ioctl's name."""
        ...

    def ioctl(self, arg: Arg) -> str:
        """The ioctl's name, as a diagram writes it."""
        ...

    def words(self, arg: Arg | Reply) -> tuple[tuple[str, int | str], ...]:
        """The named numbers that the ioctl's argument carries."""
        ...


class Decisions(Protocol):
    """What the designs of the thread differ in; `ocallkit.designs` has them all."""

    @property
    def name(self) -> str:
        """What the design is called."""
        ...

    @property
    def transport(self) -> Transport:
        """How it carries OCALLs."""
        ...

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Memories of the first ioctl whose references outlive it."""
        ...

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """Memories that a pending OCALL references."""
        ...

    def request_leaves(self, world: World, client: Client) -> None:
        """What a pending request leaves behind for the end of its process to find."""
        ...

    def reply_arrives(self, client: Client) -> Iterable[Step]:
        """What happens to it when the answer has come, before secure world goes on."""
        ...

    def pre_release(self, client: Client) -> Iterable[Step]:
        """What closing the context's file does before its reference is dropped."""
        ...

    def release_request_file(self, client: Client) -> Iterable[Step]:
        """What the release of a pending request's own file does, where there is one."""
        ...

    def release(self, client: Client) -> Iterable[Step]:
        """What the context's last reference does before its sessions are closed."""
        ...


class Client(msgspec.Struct, frozen=True, gc=False):
    """The handle that a CA's program gets: who it is, and the driver's design.

    A CA's program passes it on to libteec and needs nothing of it.
    """

    name: str
    design: Any

    def __repr__(self) -> str:
        return self.name


class Config:
    """One system: how many secure threads, which driver, which TAs, which faults.

    `tas` has the TA of each client by the client's name; `programs` are what was met of each
    program so far, for all worlds of this system: what a program does may hang on globals that
    somebody changes before the next.
    """

    def __init__(
        self,
        design: Decisions,
        threads: int,
        tas: dict[str, Callable[..., Any]],
        faults: frozenset[str],
        *,
        rounds: int = 1,
        driver_memory_charges_context: bool = False,
    ) -> None:
        self.design = design
        self.threads = threads
        self.tas = tas
        self.faults = faults
        self.rounds = rounds
        self.driver_memory_charges_context = driver_memory_charges_context
        self.programs = Programs()
