"""Systems of which a part is the reader's own: steps on a number that all share, and names.

Nothing here is known to the package: what these steps touch has to be seen, and that a program
asks for its client's name has to be found out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS, HeldRefsPreRelease
from ocallkit.engine import Become, Blocked
from ocallkit.model import optee
from ocallkit.model.client import TEEC_InitializeContext
from ocallkit.model.config import FAULTS
from ocallkit.model.user_mode import sleep_for_ever
from ocallkit.model.world import Memory
from ocallkit.scenarios import Scenario
from ocallkit.scenarios.grammar import Asks, carry_out_one
from tests.plainly import at_rest

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ocallkit.designs import EcallBare
    from ocallkit.engine import State, Steps
    from ocallkit.model.client import TeecContext, TeecSession
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import World

SHARED = "n"
"""The record that belongs to no client."""

# --- the steps -------------------------------------------------------------------------------


def read(world: World) -> int:
    """The number, nought at first."""
    return world.memories[SHARED].size if SHARED in world.memories else 0


def write(world: World, number: int) -> None:
    """Another number."""
    world.put(Memory(SHARED, size=number, freed=True))


def add(world: World, amount: int) -> None:
    """Read and write in one step."""
    write(world, read(world) + amount)


def wait_for_it(world: World) -> None:
    """Go on once somebody has counted; raises Blocked before."""
    if not read(world):
        raise Blocked("nobody has counted", "who counts")


def add_in_ta(world: World, client: str, amount: int) -> None:
    """The same from secure world, where a step is told its client."""
    del client
    add(world, amount)


# --- the programs ----------------------------------------------------------------------------

COUNT, ADD, WAIT, ONLY_A, BY_NAME = "count", "add", "wait", "only-a", "add-by-name"
OWN = (COUNT, ADD, WAIT, ONLY_A, BY_NAME)
"""What a CA does besides its calls."""
DEAF_BUT_A = "context-by-name"
"""A call in place of ``context``: it depends on the name whether OCALLs are ever answered."""


class OwnCalls(msgspec.Struct, frozen=True):
    """A CA that does what these words say, calls of libteec or steps of its own."""

    words: tuple[str, ...]

    def __call__(self, client: Client) -> Steps:
        """Run it."""
        return carry_out(client, self.words)


def carry_out(
    client: Client,
    words: tuple[str, ...],
    context: TeecContext | None = None,
    session: TeecSession | None = None,
) -> Steps:
    """Do what the first word says, and become who does the others."""
    word = words[0] if words else ONLY_A
    match word:
        case "only-a" if not words or client.name != "A":
            return None
        case "only-a":
            pass
        case "count":
            number = yield (read,)
            yield write, number + 1
        case "add":
            yield add, 1
        case "add-by-name":
            yield add, 1 if client.name == "A" else 10
        case "wait":
            yield (wait_for_it,)
        case "context-by-name":
            context = yield from TEEC_InitializeContext(client, partial(handler_of, client.name))
        case _:
            context, session = yield from carry_out_one(client, word, context, session)
    return Become(carry_out, words[1:], context, session)


def handler_of(name: str, command: int, params: Params) -> Steps:
    """A handler that serves A at once, and never answers anybody else."""
    del command, params
    if name != "A":
        yield sleep_for_ever, name
    return Result.SUCCESS


class CountingTa(msgspec.Struct, frozen=True):
    """A TA that adds to the shared number before its OCALLs."""

    asks: Asks

    def __call__(self, command: int, params: Params) -> Steps:
        """Run it."""
        yield add_in_ta, 100
        return (yield from self.asks(command, params))


class DeviceWide(HeldRefsPreRelease):
    """A design that counts, for the whole device, how often a context's file was closed."""

    name = "device-wide"

    def pre_release(self, client: Client) -> Steps:
        """A read, and a write that others may come before."""
        yield from optee.cancel_ocall(client)
        number = yield (read,)
        yield write, number + 1000


# --- the systems -----------------------------------------------------------------------------


class OwnSystem(NamedTuple):
    """One system that can be written down: what all of its clients do, and around them the rest."""

    words: tuple[str, ...]
    asks: tuple[str, ...] = ()
    persists: bool = False
    ta_counts: bool = False
    clients: int = 1
    threads: int = 1
    faults: tuple[str, ...] = FAULTS
    design: str = "ecall"

    @property
    def question(self) -> dict[str, Any]:
        """The arguments of `build` and of `judge`."""
        asks = Asks(self.asks, self.persists)
        scenario = Scenario(
            "own", "", OwnCalls(self.words), CountingTa(asks) if self.ta_counts else asks
        )
        design: type[EcallBare] = {**DESIGNS, DeviceWide.name: DeviceWide}[self.design]
        return {
            "scenario": scenario,
            "design": design,
            "threads": self.threads,
            "clients": self.clients,
            "faults": self.faults,
        }


def total(state: State[World]) -> Hashable | None:
    """The shared number where nothing happens any more."""
    return read(state.world) if at_rest(state) else None


def end(state: State[World]) -> Hashable | None:
    """The same, and by name how each client has ended or where it waits."""
    if not at_rest(state):
        return None
    processes = state.world.processes
    return read(state.world), tuple(
        (name, processes[name].state, node.done)
        for name, node in zip(sorted(processes), state.nodes, strict=True)
    )
