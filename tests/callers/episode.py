"""A stretch of calls in one system, from its first open to the end of every process, judged."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS
from ocallkit.designs.meta import BY_PARAMETER
from ocallkit.engine import State
from ocallkit.model.config import TrustedApp
from ocallkit.model.params import INOUT, INPUT, OUTPUT, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.properties import ALWAYS, AT_END
from ocallkit.system import find_design
from tests.callers.machine import Machine, Setup
from tests.callers.mischief import Mischief
from tests.model.invariants import check_world

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.params import Params
    from tests.callers.machine import Act

CALLS: Final = 1000
"""Of one episode."""

LOOK_EVERY: Final = 200
"""Acts between two looks at the invariants."""

VALUES = (value(INPUT, 1, 2), value(OUTPUT), value(INOUT, 3, 4))
BUFFERS = (tempref(INPUT, b"in"), tempref(OUTPUT, size=3), tempref(INOUT, b"both"), value(INOUT, 7))


def asks(command: int, params: Params) -> Steps:
    """A TA that makes no OCALL, one with values, one with memory, two of them, or more."""
    ret = Result.SUCCESS
    if command % 5 in {1, 3}:
        ret, _, _ = yield from TEE_InvokeCACommand(100, VALUES)
    if command % 5 in {2, 3, 4}:
        ret, _, _ = yield from TEE_InvokeCACommand(101, BUFFERS)
    if command % 5 == 4:
        ret, _, _ = yield from TEE_InvokeCACommand(102, BUFFERS[:2])
    return ret


def opens(params: Params) -> Steps:
    """The same TA's session opens: it asks if it is passed anything."""
    if params:
        yield from TEE_InvokeCACommand(99, BUFFERS[1:3])
    return Result.SUCCESS


TAS = (
    TrustedApp("ta", asks, open=opens),
    TrustedApp("single", asks, open=opens, single_instance=True, multi_session=True),
)

TRANSPORTS = tuple(
    dict.fromkeys((*DESIGNS, *(f"{name}{BY_PARAMETER}" for name in DESIGNS if name != "meta")))
)
"""Every design by every way."""


def setup_of(random: Random) -> Setup:
    """A system for an episode."""
    return Setup(
        random.choice(TRANSPORTS),
        TAS[: random.choice((1, 2))],
        random.choice((2, 4, 64)),
        random.choice(((1,), (1, 1), (2, 1), (2, 2), (3, 2))),
        random.choice(((), (), (), (("capabilities", "no-memref-null"),), (("call-queue", "list"),))),
    )


class Episode:
    """One stretch of calls; `acts` are those that were carried out."""

    def __init__(self, setup: Setup, random: Random) -> None:
        self.setup = setup
        self.mischief = Mischief(random, find_design(setup.design).transport)
        self.machine = Machine(setup, self.mischief.returned)
        self.acts: list[Act] = []

    def run(self, calls: int = CALLS) -> None:
        """Draw acts and carry them out until so many calls have begun, then let all end."""
        machine, mischief, acts = self.machine, self.mischief, self.acts
        while machine.calls < calls:
            act = mischief.act(machine)
            if act is None:
                break
            acts.append(act)
            machine.act(act)
            if len(acts) % LOOK_EVERY == 0:
                look(machine)
        finish(machine)


def look(machine: Machine) -> None:
    """Fail where an invariant, or a property of every state, does not hold."""
    check_world(machine.world)
    state = State(machine.world, ())
    broken = [name for name, holds in ALWAYS.items() if not holds(state)]
    what = [breach.what for breach in machine.world.breaches.all()]
    assert not broken, f"{', '.join(broken)}: {what}"


def finish(machine: Machine) -> None:
    """Let all processes end, and judge what is left."""
    machine.exit_all()
    look(machine)
    if not machine.stuck:
        state = State(machine.world, ())
        left = [name for name, holds in AT_END.items() if not holds(state)]
        assert not left, f"left: {', '.join(left)}"
