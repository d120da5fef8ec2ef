"""A property of a reader's own: a function of a state, and what it has been seen to fail on.

A property that has never failed may be one that cannot.  So each is given a run, or a system, in
which it does, and that is tried before anything is judged.  One without is asked all the same;
a verdict in which it holds says that it was never seen to fail.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ocallkit.designs import DEFAULT
from ocallkit.designs.decisions import TRUTH
from ocallkit.designs.handed import is_name
from ocallkit.engine import ProgramError, State
from ocallkit.engine.blame import place_of, raised_at, words, words_of
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.engine.watch import SECONDS, TooLong, watched
from ocallkit.judging.assembly import build, find_design, find_scenario
from ocallkit.judging.specs import property_name
from ocallkit.judging.tokens import replay
from ocallkit.properties import EVERY, ON_REQUEST, Property, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ocallkit.model.world import World
    from ocallkit.properties.own import Example


class PropertyError(ProgramError, ValueError):
    """A property is not what one has to be: says which, where, and what was wanted."""


class Own(NamedTuple):
    """A property of a reader's own: its name, its check with its mistakes told, where it fails."""

    name: str
    check: Property
    at_end: bool
    example: Example | None

    def looks(self) -> Looks:
        """What an exploration has to look at for it."""
        if self.at_end:
            return Looks(at_end={self.name: self.check})
        return Looks(always={self.name: self.check})


def own_properties(given: Collection[object]) -> tuple[Own, ...]:
    """The properties that a reader has given, each looked at, and seen to fail where it says so.

    Raises PropertyError for what is none, or does not fail on its example.
    """
    if callable(given) or isinstance(given, str):
        several = "properties are given several at a time, as in [mine]"
        raise PropertyError(words(given), "", several)
    found: dict[str, Own] = {}
    for check in given:
        own = _own(check)
        if own.name in found:
            _refuse(check, f"another of those given is called {own.name!r} too")
        if own.example is not None and check not in _SEEN_TO_FAIL:
            _see_it_fail(check, own, own.example)
            _SEEN_TO_FAIL.add(check)
        found[own.name] = own
    return tuple(found.values())


_SEEN_TO_FAIL: set[object] = set()
"""Those whose example was tried."""


def _own(check: Any) -> Own:  # noqa: ANN401 - a reader gives anything
    """The property, if it is one that can be asked, under a name that nothing else has."""
    if isinstance(check, str) and check in EVERY:
        how = "with `also`" if check in ON_REQUEST else "anyway"
        raise PropertyError(words(check), "", f"it is a property of the package: asked {how}")
    if not callable(check) or isinstance(check, type):
        what = f"a property is a function of a state that answers with {TRUTH}"
        raise PropertyError(words(check), "", what)
    name = property_name(check)
    if not is_name(name):
        _refuse(check, "a property is called as its function: give it a name, with def")
    if name in EVERY:
        _refuse(check, f"{name!r} is a property of the package: give it another name")
    if inspect.isgeneratorfunction(check) or inspect.iscoroutinefunction(check):
        _refuse(check, f"it yields or waits, wanted {TRUTH}")
    try:
        inspect.signature(check).bind("state")
    except TypeError:
        takes = ", ".join(inspect.signature(check).parameters)
        _refuse(check, f"it takes ({takes}), wanted (state)")
    last = getattr(check, "at_end", False)
    asks = partial(_asked_at_end if last else _asked, check)
    return Own(name, asks, last, getattr(check, "fails_on", None))


def _asked(check: Callable[[State[World]], object], state: State[World]) -> bool:
    """Ask a property, and tell what goes wrong in it by its own line."""
    try:
        good = watched(check, state)
    except TooLong as error:
        what = f"it ran for {SECONDS} seconds: is it a loop?"
        raise PropertyError(property_name(check), raised_at(error), what) from error
    except (Exception, SystemExit) as error:
        what = f"it raised {type(error).__name__}: {words_of(error)}"
        raise PropertyError(property_name(check), raised_at(error), what) from error
    if not isinstance(good, bool):
        _refuse(check, f"it returned {words(good)}, wanted {TRUTH}")
    return good


def _asked_at_end(check: Callable[[State[World]], object], state: State[World]) -> bool:
    return not settled(state) or _asked(check, state)


def _see_it_fail(check: object, own: Own, example: Example) -> None:
    """Try what it is said to fail on.

    Raises PropertyError if it holds there.
    """
    scenario = example.scenario
    if isinstance(scenario, str) and "/" in scenario:
        fails, where = _fails_in_run(own, scenario), scenario
    else:
        fails, where = _fails_somewhere(own, example), _title(example)
    if not fails:
        _refuse(check, f"it holds in {where}, where it is said to fail")


def _title(example: Example) -> str:
    scenario = find_scenario(example.scenario).name
    return f"{scenario} under {find_design(example.design or DEFAULT).name}"


def _fails_in_run(own: Own, token: str) -> bool:
    run = replay(token)
    if own.at_end:
        goes_on = any(not move.fault for move in run.system.moves(run.state))
        return not goes_on and not own.check(run.state)
    states = (State(step.world, step.nodes, run.system.tasks) for step in run.steps)
    return not all(map(own.check, states))


def _fails_somewhere(own: Own, example: Example) -> bool:
    system = build(example.scenario, example.design or DEFAULT, **example.size)
    return bool(explore(system, own.looks()).found)


def _refuse(check: Any, what: str) -> NoReturn:  # noqa: ANN401 - as above
    raise PropertyError(property_name(check), place_of(check), what)
