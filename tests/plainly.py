"""Every possibility tried in the plainest way: the yardstick for all that the explorer leaves out.

It keeps whole states, takes every step again each time, and shares nothing with the explorer but
the moves of a system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.engine import Choose
from ocallkit.engine.program import Blocked, take
from ocallkit.properties import ALWAYS, AT_END, CAN_FINISH, waits_for_client

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from ocallkit.engine import State, System


class Plain(NamedTuple):
    """What came of it: for each property that breaks the fewest steps, what was seen at rest.

    `noted` is what was seen of all states.
    """

    broken: dict[str, int]
    waits: tuple[str, ...]
    seen: frozenset[Hashable]
    noted: frozenset[Hashable]
    states: int
    ends: int


class Asked(NamedTuple):
    """What is asked of every state, and of those in which nothing happens; what is noted."""

    always: Mapping[str, Callable[[State[Any]], bool]] = ALWAYS
    at_end: Mapping[str, Callable[[State[Any]], bool]] = AT_END
    notes: Callable[[State[Any]], Iterable[Hashable]] = lambda _state: ()


PROPERTIES = Asked()


def explored(
    system: System[Any],
    observe: Callable[[State[Any]], Hashable] = lambda _state: None,
    most: int = 50_000,
    asked: Asked = PROPERTIES,
) -> Plain:
    """Go through all states of a system; `observe` is asked of those in which nothing happens.

    Raises RuntimeError where there are more than `most` states.
    """
    broken: dict[str, int] = {}
    before: dict[Hashable, list[Hashable]] = {}
    depth = {system.start.key(): 0}
    ends = []
    noted: set[Hashable] = set()
    for state in (pending := [system.start]):
        key = state.key()
        noted.update(asked.notes(state))
        checks = [*asked.always.items()]
        if at_rest(state):
            ends.append(state)
            checks += asked.at_end.items()
        for name, check in checks:
            if depth[key] < broken.get(name, depth[key] + 1) and not check(state):
                broken[name] = depth[key]
        for move in system.moves(state):
            after = move.state.key()
            before.setdefault(after, []).append(key)
            if after not in depth:
                depth[after] = depth[key] + 1
                pending.append(move.state)
        if len(depth) > most:
            raise RuntimeError(f"more than {most} states")
    stuck = {*depth} - leads_to([state.key() for state in ends], before)
    if stuck:
        broken[CAN_FINISH] = min(depth[key] for key in stuck)
    waits = {waits_for_client(state) or "" for state in ends} - {""}
    seen = frozenset(map(observe, ends)) - {None}
    return Plain(broken, tuple(sorted(waits)), seen, frozenset(noted), len(depth), len(ends))


def leads_to(ends: list[Hashable], before: dict[Hashable, list[Hashable]]) -> set[Hashable]:
    """Every state from which some way leads to one of `ends`."""
    for end in ends:
        ends += before.pop(end, ())
    return {*ends}


def at_rest(state: State[Any]) -> bool:
    """Whether nothing happens any more unless a fault that is waited for does."""
    return all(node.done or _waits(state, node) for node in state.nodes)


def _waits(state: State[Any], node: Any) -> bool:  # noqa: ANN401 - a node
    try:
        result = take(node, state.world.copy())
    except Blocked:
        return True
    if type(result) is not Choose:
        return False
    return result.unless is not None or all(option.resort for option in result.options)
