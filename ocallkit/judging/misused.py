"""What comes of an act of misuse: tried beside another CA, whose OCALL is pending meanwhile.

Nothing here is written down: the answer is what the caller gets, who gives it is the party that
acted last before it, and what becomes of requests is read off the records.

>>> tried("invokes-foreign").answer, tried("invokes-foreign").by
('EINVAL', 'OP-TEE Driver')
"""

from __future__ import annotations

import errno
from collections import Counter
from functools import cache, cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ocallkit.brief import brief
from ocallkit.designs import DEFAULT, EcallBare
from ocallkit.errors import find
from ocallkit.judging.assembly import find_design
from ocallkit.judging.path import Run, run
from ocallkit.model.calls import ENOTSUPP, EOPNOTSUPP, Reply
from ocallkit.model.events import CA, OCALL_PTA, TA, TEE_DRIVER, Divider, Message
from ocallkit.scenarios import Scenario
from ocallkit.scenarios.adversary import victim
from ocallkit.scenarios.misuse import ACTS, Act
from ocallkit.scenarios.misuse.act import attacked_ta
from ocallkit.scenarios.misuse.prelude import TO, begins

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import Call, World

THREADS: Final = 4
"""Secure threads enough that nobody waits for one."""

NAMES: Final = {**errno.errorcode, ENOTSUPP: "ENOTSUPP", EOPNOTSUPP: "EOPNOTSUPP"}
CALLER, OTHER = "A", "B"
Switches = tuple[tuple[str, str], ...]


def caller(act: Act) -> Callable[[Client], Steps]:
    """A CA that begins as any does, and tries one act."""

    def ca(client: Client) -> Steps:
        yield from begins(client)
        for does in TO[act.pending]:
            yield from does(client)
        yield tries, client, act.about
        answer = yield from act.does(client)
        yield has_tried, client
        return answer

    return ca


def tries(world: World, client: Client, about: str) -> None:
    """The act begins."""
    world.note(client.task, CA, f"CA {about}")


def has_tried(world: World, client: Client) -> None:
    """The act is over."""


class Tried(Struct, frozen=True, dict=True):
    """One act under one design, as it went: `run` has all of it."""

    act: Act
    run: Run

    @cached_property
    def _between(self) -> tuple[int, int]:
        """The steps of the act: the first, and the one behind the last."""
        names = [step.function for step in self.run.steps]
        return names.index(tries.__name__), names.index(has_tried.__name__)

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """What the parties said to each other in it."""
        first, last = self._between
        events = [event for step in self.run.steps[first:last] for event in step.events]
        return tuple(e for e in events if isinstance(e, Message) and e.client == CALLER)

    @property
    def answer(self) -> str:
        """What the caller gets: an error number, a request, or a result and where it is from."""
        found = self.run.results[CALLER]
        if isinstance(found, int):
            return NAMES[-found] if found < 0 else str(found)
        if not isinstance(found, Reply):
            return str(found)
        if found.errno:
            return NAMES[found.errno]
        if found.asks:
            return f"asked: {found.asks}"
        return found.ret.name if not found.ret else f"{found.ret.name}, {found.origin.name}"

    @property
    def by(self) -> str:
        """Who gives that answer: who had to act last, before all did nothing but hand it on."""
        if not self.messages:
            return TEE_DRIVER
        *before, last = self.messages
        for previous in reversed(before):
            if previous.target != last.source:
                return previous.target
            if previous.label.startswith("RPC/"):
                return previous.source
            if previous.label != "ret" or previous.target == TA:
                break
            last = previous
        return last.source

    @property
    def pending(self) -> str:
        """What becomes of the caller's request, and what its TA is told of it."""
        before, after = (self.run.steps[at].world for at in self._between)
        was, now = waits(before), waits(after)
        told = f": {self.told}" if self.told else ""
        if was is None:
            return f"refused{told}" if told else ""
        if self.is_cancelled:
            return f"cancelled{told}"
        if now is None or told:
            return f"answered{told}"
        return "still pending" if now.pending == was.pending else f"answered, then {now.pending}"

    @property
    def is_cancelled(self) -> bool:
        """Whether a pending request was cancelled."""
        first, last = self._between
        events = [event for step in self.run.steps[first:last] for event in step.events]
        return any(isinstance(e, Divider) and "is cancelled" in e.text for e in events)

    @property
    def is_over(self) -> bool:
        """Whether the act came to its end."""
        return any(step.function == has_tried.__name__ for step in self.run.steps)

    @property
    def closes(self) -> bool:
        """Whether the caller closed a file or its session in it."""
        first, last = self._between
        ways = {"take_file", "unlist_session"}
        return any(step.function in ways for step in self.run.steps[first:last])

    @property
    def told(self) -> str:
        """What the TA is told of its OCALL meanwhile."""
        words = [dict(m.words) for m in self.messages if (m.source, m.target) == (OCALL_PTA, TA)]
        said = Counter(f"{one['ret']}, {one['origin']}" for one in words)
        return ", ".join(
            one if times == 1 else f"{one} ({times} times)" for one, times in said.items()
        )

    @property
    def others(self) -> str:
        """What the other CA has of it: whether its part of the run is as it is without the act."""
        alone = undisturbed(find_design(self.run.design), self.act.switches)
        return "nothing" if events_of(self.run) == alone else "something"

    def __repr__(self) -> str:
        return brief(self, f"{self.act.name}, {self.run.title}")


def waits(world: World) -> Call | None:
    """The caller's call that has a request pending."""
    return next((call for call in world.calls.of(CALLER) if call.pending), None)


def events_of(made: Run) -> list[object]:
    """What happened for the other CA, but for the numbers that threads happen to have."""
    return [
        (e.source, e.target, e.label, e.params)
        for e in made.events
        if isinstance(e, Message) and e.client == OTHER
    ]


def tried(name: str, design: str | type[EcallBare] = DEFAULT) -> Tried:
    """Try an act of misuse, by its name; the other CA's OCALL is pending meanwhile."""
    act = find("act of misuse", name, ACTS)
    return Tried(act, beside_another(caller(act), design, act.switches))


def beside_another(
    ca: Callable[[Client], Steps], design: str | type[EcallBare], switches: Switches = ()
) -> Run:
    """A run of a caller beside the other CA, which has come to its OCALL by then if it can."""
    scenario = Scenario("misuse", "an act of misuse", (ca, victim), attacked_ta, switches=switches)
    return run(scenario, design, threads=THREADS, schedule=ahead(find_design(design), switches))


@cache
def ahead(design: EcallBare, switches: Switches) -> tuple[str, ...]:
    """The steps of the other CA up to where its handler has run."""
    scenario = Scenario("misuse", "no misuse", (begins, victim), attacked_ta, switches=switches)
    made = run(scenario, type(design), threads=THREADS)
    own = [step.name for step in made.steps if step.client == OTHER]
    return tuple(takewhile(lambda name: name != f"{OTHER}:store_outputs", own))


@cache
def undisturbed(design: EcallBare, switches: Switches) -> list[object]:
    """What happens for the other CA where the caller does nothing wrong."""
    return events_of(beside_another(begins, type(design), switches))


def fits(act: Act, design: str | type[EcallBare] = DEFAULT) -> bool:
    """Whether a design has the ioctl that an act needs."""
    return act.only in {"", find_design(design).transport.name}


def every(design: str | type[EcallBare] = DEFAULT) -> tuple[Tried, ...]:
    """Every act that there is under a design, tried."""
    return tuple(tried(name, design) for name, act in ACTS.items() if fits(act, design))
