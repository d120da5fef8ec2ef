"""What is so after each step of a run, in words: for whoever steps through it.

A snapshot has no pictures and knows nothing of the place where it is shown.  Number 0 is the
moment before the first step, number n the one after step n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ocallkit.engine import State
from ocallkit.judging.tokens import name_of
from ocallkit.model.events import Divider, Event, Get, Message, Note, Put, Thread
from ocallkit.properties import ABOUT, ALWAYS, AT_END, NAMES
from ocallkit.view.layout import are_several, kind_of, lifeline_name, note_words
from ocallkit.view.standing import Entry, Section, compared, hold, sections

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Sequence

    from ocallkit.engine import System
    from ocallkit.judging.path import Run, Step
    from ocallkit.model.world import World

Mark = Literal["intact", "ahead", "here", "broken", "not asked"]
"""How a property stands: intact so far, its violation ahead, broken by this step or by an earlier
one; not asked where the run stops before the end that the property is about."""


class Possible(msgspec.Struct, frozen=True):
    """What can happen next, by its replay name; whether it is a fault, and what the run does."""

    name: str
    fault: bool
    taken: bool


class Impossible(msgspec.Struct, frozen=True):
    """What cannot happen next: who asks for which step, why not, and who would have to act."""

    name: str
    reason: str
    waits_for: str


class Snapshot(msgspec.Struct, frozen=True):
    """One moment of a run: what happened last, what is so, what can follow.

    `function` is the step's, `file` where it stands and `about` its first sentence; all three are
    empty at moment 0.  `marks` has one mark for each of `properties.NAMES`.
    """

    number: int
    client: str
    name: str
    function: str
    file: str
    about: str
    told: tuple[str, ...]
    sections: tuple[Section, ...]
    can: tuple[Possible, ...]
    cannot: tuple[Impossible, ...]
    marks: tuple[Mark, ...]

    @property
    def changed(self) -> tuple[Entry, ...]:
        """The entries that the last step made, changed or removed."""
        return tuple(e for section in self.sections for e in section.entries if e.change)


def snapshots(run: Run) -> tuple[Snapshot, ...]:
    """What is so before the first step of `run` and after each of its steps."""
    states = _states(run)
    breaks = violations(run)
    is_over = _is_over(run)
    owners: dict[str, Counter[str]] = {}
    before: tuple[Section, ...] = ()
    found = []
    for number, state in enumerate(states):
        step = run.steps[number - 1] if number else None
        hold(owners, step.events if step else ())
        now = sections(run.system, state, owners)
        shown = compared(before, now) if step else now
        found.append(
            Snapshot(
                number,
                step.client if step else "",
                step.name if step else "",
                step.function if step else "",
                *_source(run.system, states[number - 1], step) if step else ("", ""),
                _told(step, shown, run.clients) if step else ("Nothing has happened yet.",),
                shown,
                tuple(_possible(run, states, number)),
                tuple(_impossible(run.system, state)),
                tuple(_mark(breaks.get(name), number, name, is_over=is_over) for name in NAMES),
            )
        )
        before = now
    return tuple(found)


# --- properties ------------------------------------------------------------------------------


def violations(run: Run) -> dict[str, int]:
    """For each property that `run` breaks the number of the first moment in which it is broken.

    What must hold in the end is asked only of a run after which nothing more can happen.
    """
    found: dict[str, int] = {}
    states = _states(run)
    for number, state in enumerate(states):
        for name, holds in ALWAYS.items():
            if name not in found and not holds(state):
                found[name] = number
    if _is_over(run):
        for name, holds in AT_END.items():
            if name not in found and not holds(run.state):
                found[name] = len(states) - 1
    return {name: found[name] for name in NAMES if name in found}


def property_about(name: str) -> str:
    """What a property asks, in a sentence."""
    return ABOUT[name]


def _mark(breaks: int | None, number: int, name: str, *, is_over: bool) -> Mark:
    if breaks is None:
        return "intact" if is_over or name in ALWAYS else "not asked"
    if number < breaks:
        return "ahead"
    return "here" if number == breaks else "broken"


def _is_over(run: Run) -> bool:
    """Whether nothing more can happen at the end of the run."""
    return next(run.system.moves(run.state), None) is None


# --- what can happen -------------------------------------------------------------------------


def _states(run: Run) -> tuple[State[World], ...]:
    return (
        run.system.start,
        *(State(step.world, step.nodes, run.system.tasks) for step in run.steps),
    )


def _possible(run: Run, states: Sequence[State[World]], number: int) -> Iterator[Possible]:
    """What can happen at a moment; what the run does is the move that leads to its next state."""
    state = states[number]
    after = states[number + 1].key() if number + 1 < len(states) else None
    for move in run.system.moves(state):
        name = name_of(run.system, state, move)
        yield Possible(name, move.fault, after is not None and move.state.key() == after)


def _impossible(system: System[World], state: State[World]) -> Iterator[Impossible]:
    for waiting in system.waiting(state):
        name = f"{system.tasks[waiting.task]}:{waiting.step}"
        yield Impossible(name, waiting.reason, waiting.waits_for)


# --- what happened ---------------------------------------------------------------------------


def _source(system: System[World], before: State[World], step: Step) -> tuple[str, str]:
    """The file of the function behind a step, and the first line of what it says of itself."""
    function = before.nodes[system.tasks.index(step.client)].step[0]
    module = function.__module__.rpartition(".")[2]
    return "this notebook" if module == "__main__" else f"{module}.py", _first_line(function)


def _first_line(function: object) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


def _told(step: Step, shown: Iterable[Section], clients: Sequence[str]) -> tuple[str, ...]:
    """What a step did, one sentence for each event; where it reported none, what it changed."""
    several = are_several(clients)
    told = tuple(filter(None, (_sentence(event, several=several) for event in step.events)))
    if told:
        return told
    changed = [entry.name for section in shown for entry in section.entries if entry.change]
    if changed:
        return (f"No message; changed: {', '.join(changed)}.",)
    return ("No message, and nothing that is kept changes.",)


def _sentence(event: Event, *, several: bool) -> str:
    match event:
        case Message():
            words = _sent(event, several=several)
        case Note():
            words = _capital(note_words(event, several=several))
        case Divider(text=text):
            words = _capital(text)
        case Get(target=target, owner=owner, why=why, count=count):
            words = f"{target} is held by {owner} too, which makes {count}: {why}"
        case Put(target=target, owner=owner, why=why, count=count):
            words = f"{target} is held by {owner} no longer, which leaves {count}: {why}"
        case Thread(thread=thread, state=state):
            words = f"Secure thread {thread} is {state}"
        case _:
            return ""
    return f"{words}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sent(message: Message, *, several: bool) -> str:
    source, target = (
        lifeline_name(end, message.client, several=several)
        for end in (message.source, message.target)
    )
    if kind_of(message) == "return":
        return f"{source} returns to {target}"
    if message.label == "dispatch":
        return f"{source} calls {target}"
    return f"{source} sends {message.label} to {target}"
