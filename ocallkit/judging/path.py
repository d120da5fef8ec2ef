"""A Run: one path through the model.  Any step of it can be looked at, and left for another."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.brief import brief
from ocallkit.designs import DEFAULT, EcallBare
from ocallkit.engine import Node
from ocallkit.engine.system import GO, idles
from ocallkit.errors import OcallkitError
from ocallkit.judging.assembly import NUM_THREADS, build, find_design, find_scenario
from ocallkit.judging.specs import given
from ocallkit.judging.views import views
from ocallkit.model.events import Event
from ocallkit.model.world import World

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from ocallkit.engine import Move, State, System
    from ocallkit.judging.views import Drawn, Tabled
    from ocallkit.scenarios import Scenario

MOST_STEPS = 2_000
"""A path that is longer than this is taken for one that has no end."""


class Step(msgspec.Struct, frozen=True):
    """One step of a Run: who moved, by what, what it reported, and what is so after it.

    `nodes` are where the clients' programs stand then, `world` is everything else.
    """

    index: int
    client: str
    name: str
    function: str
    events: tuple[Event, ...]
    world: World
    nodes: tuple[Node, ...]

    def __repr__(self) -> str:
        return brief(self, f"{self.index}, {self.name}")


class NoSuchStepError(OcallkitError, ValueError):
    """A schedule names a step that cannot happen there: says which, and what can."""


class EndlessRunError(OcallkitError, RuntimeError):
    """A run that goes on for longer than a reader could follow."""


class Run:
    """One path through the model, from the start to where nothing more happens.

    `steps` are its steps, `state` is what is so at the end, `breaks` the property that it is a
    counterexample to, if it is one; `clients` are the names of its processes.  `before` is how many
    messages lie before the first invocation where another run says it, which begins like this one.
    """

    def __init__(  # noqa: PLR0917 - what it is a run of, and the run
        self,
        system: System[World],
        scenario: str,
        design: str,
        steps: tuple[Step, ...],
        state: State[World],
        breaks: str = "",
        before: int | None = None,
    ) -> None:
        self.system = system
        self.scenario = scenario
        self.design = design
        self.steps = steps
        self.state = state
        self.breaks = breaks
        self.before = before
        self.clients = system.tasks

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Everything that was reported, in its order."""
        return tuple(event for step in self.steps for event in step.events)

    @property
    def title(self) -> str:
        """What this is a run of."""
        return f"{self.scenario} under {self.design}"

    @cached_property
    def ending(self) -> str:
        """Empty if every process has ended, else who waits for what."""
        waiting = self.system.waiting(self.state)
        return "; ".join(f"{w.reason} (waits for {w.waits_for})" for w in waiting)

    @property
    def summary(self) -> str:
        """The run in words, for those who do not see its picture."""
        messages = sum(type(event).__name__ == "Message" for event in self.events)
        idle = ", ".join(c for c, n in zip(self.clients, self.state.nodes, strict=True) if idles(n))
        ends = f"Every process ends that has an end; {idle} has nothing to do." if idle else ""
        end = f"It cannot go on: {self.ending}." if self.ending else ends or "Every process ends."
        if self.breaks:
            end = f"It breaks {self.breaks}." + (f" {end}" if self.ending else "")
        return f"{self.title}: {messages} messages in {len(self.steps)} steps. {end}"

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits: the same for the same run, others for any other."""
        # Few ask for it, and it would cost each start a twentieth of its time.
        import hashlib  # noqa: PLC0415

        content = (self.scenario, self.design, [(s.name, s.events) for s in self.steps])
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12]

    @property
    def schedule(self) -> tuple[str, ...]:
        """The names of the steps, with which the run can be made again."""
        return tuple(step.name for step in self.steps)

    @property
    def results(self) -> dict[str, Any]:
        """What each CA's program returned, by client."""
        nodes = self.state.nodes
        return {c: node.result for c, node in zip(self.clients, nodes, strict=True) if node.done}

    @property
    def world(self) -> World:
        """The world at the end."""
        return self.state.world

    def __repr__(self) -> str:
        return brief(self, f"{self.title}, {len(self.steps)} steps")

    # A Run shows itself by what is attached to `views`: it knows no view.

    def _repr_mimebundle_(self, **asked: object) -> Any:  # noqa: ANN401 - as anywidget has it
        """IPython asks with `include` and `exclude` and gets the stepper, where there is a kernel.

        Whoever asks with nothing, and every other place, gets the picture and the text.
        """
        return views().run_bundle(self, asked=bool(asked))

    def text(self, *, whole: bool = False) -> str:
        """The messages in the discussion's notation; with `whole` from opening the device on."""
        return views().run_text(self, whole=whole)

    def written(self, form: str, *, whole: bool = False) -> str:
        """Write the run in a form of that name, such as ``plantuml``, ``perfetto`` or ``json``.

        A drawn one shows its invocation, or with `whole` all of it.

        Raises UnknownNameError for a form that is none, with those that there are.
        """
        return views().run_written(self, form, whole=whole)

    def diagram(self, *, whole: bool = False, references: bool = False) -> Drawn:
        """The sequence diagram, with a lane of who holds which reference if asked for."""
        return views().run_diagram(self, whole=whole, references=references)

    def ledger(self, *, whole: bool = True) -> Tabled:
        """After each message: which counts changed, and who holds each reference and why."""
        return views().run_ledger(self, whole=whole)

    def timeline(self, *, whole: bool = True) -> Drawn:
        """The reference counts over the messages, as step lines."""
        return views().run_timeline(self, whole=whole)


def run(
    scenario: str | Scenario = "flow-1",
    design: str | type[EcallBare] = DEFAULT,
    *,
    threads: int = NUM_THREADS,
    clients: int | None = None,
    rounds: int = 1,
    faults: Collection[str] = (),
    switches: Mapping[str, str] | None = None,
    schedule: Sequence[str] = (),
) -> Run:
    """Run a scenario under a design, step by step, until nothing more happens.

    `schedule` names the first steps ("A:kill"); from there on the first client that can move
    does, and nothing goes wrong.  `faults` are what the schedule may let go wrong.

    `threads` is the number of secure threads, `clients` of processes (as many as the scenario has
    programs, if nothing is said), `rounds` of invocations of each, `switches` are those of `build`.

    >>> run("flow-1").schedule[:2]
    ('A:tee_open', 'A:return_to_user')
    >>> died = run("flow-1", faults=["kill"], schedule=["A:tee_open", "A:kill"])
    >>> died.schedule[2], died.world.contexts["A"].freed
    ('A:close(context)', True)

    Raises UnknownNameError for a name that is not known, NoSuchStepError for a schedule that the
    model cannot follow, ProgramError for a CA or a TA that is not a program.
    """
    what, whose = find_scenario(scenario), given("design", design)
    system = build(
        what,
        whose,
        threads=threads,
        clients=clients,
        rounds=rounds,
        faults=faults,
        switches=switches,
        log=True,
    )
    return follow(system, what.name, find_design(whose).name, schedule)


def follow(
    system: System[World],
    scenario: str,
    design: str,
    schedule: Sequence[str] = (),
    *,
    goes_on: bool = True,
    breaks: str = "",
) -> Run:
    """The Run that begins with the steps of `schedule` and then, if it `goes_on`, takes its course.

    `system` must have been built with its log.  `breaks` is the property that the last step of
    the schedule breaks, where it is a counterexample.
    """
    moves = _moves(system, schedule)
    taken = moves if goes_on else islice(moves, len(schedule))
    return record(system, scenario, design, taken, breaks)


def record(
    system: System[World],
    scenario: str,
    design: str,
    moves: Iterable[Move[World]],
    breaks: str = "",
) -> Run:
    """The Run that `moves` make, one after the other from the start of `system`.

    `system` must have been built with its log.
    """
    state = system.start
    steps: list[Step] = []
    for move in moves:
        before = len(state.world.log or ())
        state = move.state
        events = tuple((state.world.log or ())[before:])
        client = system.tasks[move.task]
        name = step_name(system, move)
        at = state.world, state.nodes
        steps.append(Step(len(steps), client, name, move.step, events, *at))
    return Run(system, scenario, design, tuple(steps), state, breaks)


def step_name(system: System[World], move: Move[World]) -> str:
    """The readable name of a move: who, and which way it went or which function it ran."""
    return f"{system.tasks[move.task]}:{move.step if move.option == GO else move.option}"


def _moves(system: System[World], schedule: Sequence[str]) -> Iterator[Move[World]]:
    state = system.start
    for number in range(MOST_STEPS):
        moves = list(system.moves(state))
        if number < len(schedule):
            move = _named(system, state, number, schedule[number])
        else:
            regular = [m for m in moves if not m.fault]
            if not regular:
                return
            move = regular[0]
        yield move
        state = move.state
    raise EndlessRunError(
        f"the run did not end within {MOST_STEPS} steps: ask for fewer rounds, or"
        " look for a program that never ends"
    )


def _named(system: System[World], state: State[World], number: int, name: str) -> Move[World]:
    by_name = {step_name(system, move): move for move in system.moves(state)}
    if name not in by_name:
        possible = ", ".join(by_name) or "nothing"
        waits = "; ".join(w.reason for w in system.waiting(state))
        raise NoSuchStepError(
            f"step {number + 1} of the schedule, {name!r}, cannot happen; what can: {possible}"
            + (f" ({waits})" if waits else "")
        )
    return by_name[name]
