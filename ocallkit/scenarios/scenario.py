"""What a scenario is: who runs, what they pass, what the TA asks for.

Everything else (clients, threads, rounds, design, faults) is chosen where it is run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ocallkit.brief import brief
from ocallkit.engine import Steps
from ocallkit.model.config import TrustedApp, as_ta
from ocallkit.properties.reached import OCALL

CA = Callable[..., Steps]
TA = Callable[..., Any] | TrustedApp


class Threads(msgspec.Struct, frozen=True):
    """A process with several threads: the program of each, the first being main()."""

    programs: tuple[CA, ...]

    def __repr__(self) -> str:
        return brief(self, f"{len(self.programs)} programs")


class KernelClient(msgspec.Struct, frozen=True):
    """A client in the kernel, without a process: its program."""

    program: CA

    @property
    def programs(self) -> tuple[CA, ...]:
        """Its program, as that of its only task."""
        return (self.program,)

    def __repr__(self) -> str:
        return brief(self, "1 program")


class Scenario(msgspec.Struct, frozen=True):
    """What one run is about.

    `about` completes "the scenario is ..."; `ca` is a program of its client and, if it takes them,
    its rounds; `ta` one of a command and its parameters, or a `TrustedApp`.  `point` is what must
    be reached before a verdict says anything, one of those in `properties.reached`.

    Where processes do different things `ca` has one program for each; a process with several
    threads is a `Threads`, a client that is no process a `KernelClient`.  Where there are several
    TAs `ta` has them all, and the first is the one that a client means who names none.  `switches`
    say where the system is not the usual one.  `supplicant` is the program of the process that
    loads TAs; without one they are there, and nobody has to load them.
    """

    name: str
    about: str
    ca: CA | Threads | KernelClient | tuple[CA | Threads | KernelClient, ...]
    ta: TA | tuple[TA, ...]
    point: str = OCALL
    switches: tuple[tuple[str, str], ...] = ()
    supplicant: CA | None = None

    @property
    def clients(self) -> tuple[Threads | KernelClient, ...]:
        """Every client: a process with its threads, or one in the kernel."""
        several = self.ca if isinstance(self.ca, tuple) else (self.ca,)
        kinds = Threads | KernelClient
        return tuple(one if isinstance(one, kinds) else Threads((one,)) for one in several)

    @property
    def tas(self) -> dict[str, TrustedApp]:
        """Every TA by its name."""
        several = self.ta if isinstance(self.ta, tuple) else (self.ta,)
        return {ta.name: ta for ta in map(as_ta, several)}

    def __repr__(self) -> str:
        return brief(self, f"{self.name}, {self.about}")
