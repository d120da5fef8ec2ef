"""A stretch of calls in one system, from its first open to the end of every process, judged."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS
from ocallkit.designs.meta import BY_PARAMETER
from ocallkit.engine import State
from ocallkit.judging.assembly import find_design
from ocallkit.model import breaches
from ocallkit.model.config import TrustedApp
from ocallkit.model.params import INOUT, INPUT, OUTPUT, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.properties import ALWAYS, AT_END
from tests.callers.machine import Machine, Setup
from tests.callers.mischief import Mischief
from tests.model.invariants import check_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ocallkit.engine import Steps
    from ocallkit.model.params import Params
    from tests.callers.machine import Act

CALLS: Final = 1000
"""Of one episode."""

LOOK_EVERY: Final = 200
"""Acts between two looks at the invariants."""

VALUES = (value(INPUT, 1, 2), value(OUTPUT), value(INOUT, 3, 4))
BUFFERS = (tempref(INPUT, b"in"), tempref(OUTPUT, size=3), tempref(INOUT, b"both"), value(INOUT, 7))


def asks(command: int, _params: Params) -> Steps:
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
        random.choice(
            ((), (), (), (("capabilities", "no-memref-null"),), (("call-queue", "list"),))
        ),
    )


HOLDS: Final[dict[str, tuple[str, ...]]] = {
    "held-refs-ocall-fd": (),
    "held-refs-pre-release": (),
    "two-lists": ("no-use-after-free",),
}
"""The designs of which all is asked, and what is not: that nothing is left, to begin with.

Under `two-lists` a CA can close the memory of an OCALL that is pending: no list has it then.
"""

OF_CALLERS: Final = (*breaches.KINDS, "counts-never-negative", "completed-once")
"""What holds under every design, whoever calls."""


class Failure(NamedTuple):
    """What went wrong, so that another list of acts can be seen to fail likewise."""

    kind: str
    what: str

    def is_like(self, other: Failure | None) -> bool:
        """Whether the other is the same, whoever it happens to."""
        return other is not None and (self.kind, self.what[:30]) == (other.kind, other.what[:30])


class Episode:
    """One stretch of calls, drawn from a seed; `acts` are those that were carried out."""

    def __init__(self, seed: int, setup: Setup | None = None) -> None:
        random = Random(seed)
        self.seed = seed
        self.setup = setup or setup_of(random)
        self.mischief = Mischief(random, find_design(self.setup.design).transport)
        self.machine = Machine(self.setup, self.mischief.returned)
        self.acts: list[Act] = []

    def run(self, calls: int = CALLS) -> Failure | None:
        """Draw acts and carry them out until so many calls have begun, then let all end."""
        return failure_of(lambda: self._run(calls))

    def _run(self, calls: int) -> None:
        machine, acts = self.machine, self.acts
        while machine.calls < calls:
            act = self.mischief.act(machine)
            if act is None:
                break
            acts.append(act)
            machine.act(act)
            if len(acts) % LOOK_EVERY == 0:
                look(machine)
        finish(machine)


def failure_of(work: Callable[[], None]) -> Failure | None:
    """What goes wrong in that, if anything does: no refusal of the model's is an exception here."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return Failure(type(error).__name__, str(error))
    return None


def again(setup: Setup, acts: Iterable[Act]) -> Failure | None:
    """Carry out a list of acts once more, and judge it."""

    def work() -> None:
        machine = Machine(setup)
        for number, act in enumerate(acts, 1):
            machine.act(act)
            if number % LOOK_EVERY == 0:
                look(machine)
        finish(machine)

    return failure_of(work)


def shrunk(setup: Setup, acts: Sequence[Act], failure: Failure) -> list[Act]:
    """A shorter list of acts that fails likewise: none of them can be left out."""
    left, size = [*acts], len(acts)
    while size:
        for start in count(0, size):
            if start >= len(left):
                break
            while start < len(left):
                fewer = [*left[:start], *left[start + size :]]
                if not failure.is_like(again(setup, fewer)):
                    break
                left = fewer
        size //= 2
    return left


def asked(machine: Machine) -> tuple[str, ...]:
    """The properties of every state that are asked of the machine's design."""
    name = machine.world.config.design.name.removesuffix(BY_PARAMETER)
    return tuple(one for one in ALWAYS if one not in HOLDS[name]) if name in HOLDS else OF_CALLERS


def look(machine: Machine) -> None:
    """Fail where an invariant, or a property of every state, does not hold."""
    check_world(machine.world)
    state = State(machine.world, ())
    broken = [name for name in asked(machine) if not ALWAYS[name](state)]
    what = [breach.what for breach in machine.world.breaches.all()]
    assert not broken, f"{', '.join(broken)}: {what}"


def finish(machine: Machine) -> None:
    """Let all processes end, and judge what is left.

    Where a thread waits in the kernel its process cannot end: callers can have that under every
    design, with as many pending OCALLs as there are secure threads.
    """
    machine.exit_all()
    look(machine)
    if not machine.stuck and asked(machine) != OF_CALLERS:
        state = State(machine.world, ())
        left = [name for name, is_so in AT_END.items() if not is_so(state)]
        assert not left, f"left: {', '.join(left)}"
