"""A run in one line: the decisions that make it, under names that a reader can follow.

    flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref

What is listed is only what could have gone otherwise: which way a choice went, and which client
went on when several could.  In between everything takes its course, so that a token survives a
change of the model that does not concern it; where it does not, replaying it says which
decision fits no longer.  `notation` says how all of it is written.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ocallkit.designs.checked import Checked, DesignError
from ocallkit.engine.system import GO
from ocallkit.engine.world import part_of
from ocallkit.errors import UnknownNameError, find, nearest
from ocallkit.judging.assembly import build, find_design, find_scenario, is_own
from ocallkit.judging.notation import BREAKS, STOP, Token, TokenError, read, safe
from ocallkit.judging.path import MOST_STEPS, Run, record, step_name
from ocallkit.judging.specs import given, spec_of
from ocallkit.model.call_queue import cmd_of
from ocallkit.model.config import FAULTS, MORE_FAULTS, SERVICES
from ocallkit.properties import ALWAYS, AT_END, EVERY, OF_THE_QUEUE, ON_REQUEST
from ocallkit.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.engine import Move, State, System
    from ocallkit.model.world import World

_COURSE = {
    "return_to_user": "go",
    "run_on": "go",
    "smc_call_with_arg": "call",
    "optee_cq_wait_init": "queues",
    "thread_alloc_and_run": "call",
    "wait_for_completion": "is-woken",
    "list_move_tail": "goes-last",
    "thread_run": "runs",
    "optee_cq_wait_final": "leaves-queue",
}
"""What the steps are called that take their course."""

_OF_THE_QUEUE = {
    "optee_cq_wait_init",
    "wait_for_completion",
    "list_move_tail",
    "optee_cq_wait_final",
}

_MEETING = {*_COURSE} - {"return_to_user", "run_on"}
"""Steps that can make a difference to others, though they offer no choice."""


def token(run: Run) -> str:
    """The line that names `run`.

    >>> from ocallkit.judging.path import run
    >>> token(run("flow-1"))
    'flow-1/ecall/t2/c1/'
    """
    taken = _taken(run)
    every = [one for one in taken if one.named]
    short, turns = _names(_bending(every)), _names(_turning(taken))
    # A property of a reader's own is known where it was given, and not by its name.
    end = f"{BREAKS}{run.breaks}" if run.breaks in EVERY else STOP
    for decisions in (short, [*short, end], _names(every), [*_names(every), end], turns):
        if _leads_to(run, decisions):
            break
    else:
        decisions = [*(turns if _leads_to(run, [*turns, end]) else _names(taken)), end]
    return written(heading(run), decisions)


def heading(run: Run) -> Token:
    """What the token of a run begins with: everything but its decisions."""
    system = run.system
    config = system.start.world.config
    asked = type(config.design.design) if isinstance(config.design, Checked) else None
    return Token(
        scenario=spec_of(lambda found: _is_scenario(found, run), run.scenario),
        design=spec_of(lambda found: found is asked, run.design),
        threads=config.threads,
        clients=len({part_of(task) for task in system.tasks} - set(SERVICES)),
        rounds=config.rounds,
        charges=int(config.driver_memory_charges_context),
        switches=tuple((name, config.switches[name]) for name in config.changed),
    )


def written(says: Token, decisions: Iterable[str]) -> str:
    """A token with these decisions, in one line."""
    return str(msgspec.structs.replace(says, decisions=tuple(decisions)))


def _is_scenario(found: object, run: Run) -> bool:
    """Whether a thing is the scenario of a run: its name may be that of another, too."""
    if not isinstance(found, Scenario) or found.name != run.scenario:
        return False
    return bool(found.tas == run.system.start.world.config.tas)


def replay(
    line: str,
    design: str | type[EcallBare] | None = None,
    scenario: str | Scenario | None = None,
) -> Run:
    """The run that a token names; under another `design` the same decisions, if they fit there.

    What a token says of its run has to be so: one that ``breaks:`` a property and does it no longer
    is refused.  Under another `design` it need not break it.  A scenario or a design of a reader's
    own that the token does not name by its file must be given again.

    >>> run = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
    >>> run.ending
    'secure world waits in releasing MOBJ A.memref: 1 user left (waits for MOBJ A.memref)'

    Raises TokenError for a line that is no token or fits no longer, UnknownNameError for a name
    that is not known, SpecError where a file has nothing of that name.
    """
    says = read(line)
    for name in says.claims:
        find("property", name, dict.fromkeys(EVERY))
    what = find_scenario(given("scenario", scenario or says.scenario))
    whose = given("design", design or says.design)
    system = _system(line, says, what, whose)
    moves = list(carry_out(system, says.decisions))
    end = moves[-1].state if moves else system.start
    broken = [name for name in says.claims if not holds(name, end)]
    made = record(system, what.name, find_design(whose).name, moves, next(iter(broken), ""))
    kept = [name for name in says.claims if name not in broken]
    if kept and design is None:
        raise TokenError(
            f"{line!r} says that it breaks {kept[0]}, and it does so no longer: {made.summary}"
        )
    return made


def design_in(line: str) -> str:
    """What the design of a token is called, which may be named by its file.

    >>> design_in("flow-1/ecall/t2/c1/")
    'ecall'
    """
    name = read(line).design
    return find_design(name).name if is_own(name) else name


def _system(
    line: str, says: Token, scenario: Scenario, design: str | type[EcallBare]
) -> System[World]:
    """What a token is about; with every fault, since its decisions may be any."""
    try:
        return build(
            scenario,
            design,
            threads=says.threads,
            clients=says.clients,
            rounds=says.rounds,
            faults=(*FAULTS, *MORE_FAULTS),
            driver_memory_charges_context=bool(says.charges),
            switches=dict(says.switches),
            log=True,
        )
    except (UnknownNameError, DesignError):
        raise
    except ValueError as error:
        raise TokenError(f"{line!r}: {error}") from error


def name_of(system: System[World], state: State[World], move: Move[World]) -> str:
    """The name of a decision: who, what, and where it was in its program."""
    client = system.tasks[move.task]
    what = move.option if move.option != GO else _COURSE.get(move.step, move.step)
    what = safe(what.replace("(", ":").replace(")", "").replace(", ", "+").replace(" ", "-"))
    place = _place(state, state.nodes[move.task].step)
    return f"{client}:{what}@{place}" if place else f"{client}:{what}"


def _place(state: State[World], step: Sequence[object]) -> str:
    """Where in its program a client is, in words free of the transport."""
    function = getattr(step[0], "__name__", "")
    if function == "return_to_user":
        return getattr(step[3], "asks", "") or "return"
    if function in {"smc_call_with_arg", "thread_alloc_and_run", "thread_run"}:
        return _as_place(getattr(step[2], "cmd", ""))
    if function in _OF_THE_QUEUE:
        return _as_place(cmd_of(state.world, str(step[2])))
    return ""


def _as_place(cmd: str) -> str:
    return cmd.lower().replace("_", "-")


def _can_matter(move: Move[World]) -> bool:
    """Whether it is told by itself that this was done, and when."""
    return move.step in _MEETING


class _Taken(NamedTuple):
    """A step of a run: whose, its name, whether that is a decision, and one against its course."""

    task: int
    name: str
    named: bool
    bends: bool


def _taken(run: Run) -> list[_Taken]:
    """The steps of a run."""
    system, state = run.system, run.system.start
    found = []
    for step in run.steps:
        task = system.tasks.index(step.client)
        moves = system.moves_of(state, task)
        move = next(m for m in moves if step_name(system, m) == step.name)
        named = len(moves) > 1 or _can_matter(move)
        found.append(_Taken(task, name_of(system, state, move), named, move.option != GO))
        state = move.state
    return found


def _names(taken: Iterable[_Taken]) -> list[str]:
    """What they are called in a token."""
    return [one.name for one in taken]


def _bending(every: list[_Taken]) -> list[_Taken]:
    """The decisions that go against the course, and each behind which another goes on."""
    behind = [*every[1:], *every[-1:]]
    return [
        one for one, then in zip(every, behind, strict=True) if one.bends or one.task != then.task
    ]


def _turning(taken: list[_Taken]) -> Iterator[_Taken]:
    """The decisions against the course, and those steps that say up to where each one goes."""
    for _, turn in groupby(taken, lambda one: one.task):
        steps = list(turn)
        yield from (one for one in steps if one.bends or one.name == steps[-1].name)


def _leads_to(run: Run, decisions: list[str]) -> bool:
    """Whether `decisions`, carried out, end in the state in which `run` ends."""
    try:
        moves = list(carry_out(run.system, decisions))
    except TokenError:
        return False
    end = moves[-1].state if moves else run.system.start
    return bool(end.key() == run.state.key())


def carry_out(system: System[World], decisions: Sequence[str]) -> Iterator[Move[World]]:
    """The moves of a system that take `decisions` in turn, and its course in between.

    Raises TokenError where a decision does not fit.
    """
    state, done = system.start, 0
    passed: list[State[World]] = []
    for _ in range(MOST_STEPS):
        wanted = decisions[done] if done < len(decisions) else ""
        if wanted == STOP or _is_broken(wanted, state):
            return
        course = "" if wanted.startswith(BREAKS) else wanted
        passed.append(state)
        move = _next(system, state, course)
        if move is None and not course:
            return
        if move is None:
            raise TokenError(_does_not_fit(system, passed, done, wanted))
        if name_of(system, state, move) == wanted:
            done += 1
            passed.clear()
        yield move
        state = move.state
    raise TokenError(f"no end within {MOST_STEPS} steps")


def _is_broken(wanted: str, state: State[World]) -> bool:
    """Whether `wanted` names a property that `state` breaks."""
    check = (ALWAYS | ON_REQUEST).get(wanted.removeprefix(BREAKS))
    return wanted.startswith(BREAKS) and check is not None and not check(state)


def holds(name: str, end: State[World]) -> bool:
    """Whether the property of that name holds at the end of a run."""
    every = (ALWAYS, AT_END, OF_THE_QUEUE, ON_REQUEST)
    return all(checks[name](end) for checks in every if name in checks)


def _next(system: System[World], state: State[World], wanted: str) -> Move[World] | None:
    """The wanted decision if it can be taken, else what leads on to it: its client's course."""
    for task, client in enumerate(system.tasks):
        if wanted and not wanted.startswith(f"{client}:"):
            continue
        moves = system.moves_of(state, task)
        for move in moves:
            if wanted and name_of(system, state, move) == wanted:
                return move
        course = course_of(moves)
        if course:
            return course
    return None


def course_of(moves: Iterable[Move[World]]) -> Move[World] | None:
    """Of what a client can do that which it does when nothing is decided; None if it must wait."""
    return next((move for move in moves if not move.fault), None)


def _does_not_fit(
    system: System[World], passed: Sequence[State[World]], done: int, wanted: str
) -> str:
    """Why a decision cannot be taken, in the words of a reader who may have mistyped it.

    It was waited for in every state that was `passed`; the last is where its client stands still.
    """
    which = f"decision {done + 1}, {wanted!r}, does not fit"
    client, colon, _ = wanted.partition(":")
    if not colon or client not in system.tasks:
        return f"{which}: it begins with who decides, one of {', '.join(system.tasks)}, and a colon"
    state = passed[-1]
    each = (name_of(system, there, move) for there in passed for move in system.moves(there))
    meant = nearest(wanted, dict.fromkeys(each))
    hint = f"did you mean {meant!r}? What" if meant else "what"
    possible = [name_of(system, state, move) for move in system.moves(state)]
    waiting = [f"{w.reason} (waits for {w.waits_for})" for w in system.waiting(state)]
    instead = ", ".join(possible) or "; ".join(waiting) or "nothing: every process has ended"
    return f"{which}: {hint} can happen there is {instead}"
