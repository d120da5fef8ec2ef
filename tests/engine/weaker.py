"""Slightly unsound explorers: in each of them a reduction rests on less than it has to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.engine import apart, explore, laps, looks, parts
from ocallkit.engine.laps import Follow
from ocallkit.engine.names import Names
from ocallkit.engine.numbers import Numbers
from ocallkit.engine.parts import MeetError, Parts
from ocallkit.engine.system import nodes_after
from ocallkit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from ocallkit.engine import Option
    from ocallkit.engine.numbers import Home, Key, Outcome
    from ocallkit.engine.parts import Leaf

    Weaken = Callable[[pytest.MonkeyPatch], None]


# --- what has one number ------------------------------------------------------------------------


def without_types(patch: pytest.MonkeyPatch) -> None:
    """Two records of the same fields are one, whatever they are records of."""
    strip = Names.strip

    def weaker(self: Names, value: Any, name: str) -> Any:  # noqa: ANN401 - any value
        if isinstance(value, msgspec.Struct):
            value = tuple(getattr(value, field) for field in value.__struct_fields__)
        return strip(self, value, name)

    patch.setattr(Names, "strip", weaker)


def without_arguments(patch: pytest.MonkeyPatch) -> None:
    """A program that was called with something else stands where the first one stands."""
    strip = Names.strip

    def weaker(self: Names, value: Any, name: str) -> Any:  # noqa: ANN401 - any value
        begins = isinstance(value, tuple) and len(value) == 2 and callable(value[0])
        return strip(self, (value[0], ()) if begins else value, name)

    patch.setattr(Names, "strip", weaker)


def without_the_program(patch: pytest.MonkeyPatch) -> None:
    """What a task has is its part of the world, wherever it stands."""
    home = Numbers.home

    def weaker(self: Numbers[Any], name: str, what: Home, kind: int) -> int:
        number = home(self, name, what, kind)
        steps = tuple((node.step[:1], node.done) for node in what.nodes)
        first: int = self.__dict__.setdefault("firsts", {}).setdefault(
            (steps, frozenset(what.part.items())), number
        )
        return first

    patch.setattr(Numbers, "home", weaker)


def without_the_part(patch: pytest.MonkeyPatch) -> None:
    """What a task has is where it stands, whatever its part of the world holds."""
    home = Numbers.home

    def weaker(self: Numbers[Any], name: str, what: Home, kind: int) -> int:
        number = home(self, name, what, kind)
        key = (self._names.strip(what.nodes, name), bool(what.part))
        first: int = self.__dict__.setdefault("firsts", {}).setdefault(key, number)
        return first

    patch.setattr(Numbers, "home", weaker)


# --- who may stand for whom ---------------------------------------------------------------------


def under_one_name(patch: pytest.MonkeyPatch) -> None:
    """No step is tried under another task's name."""
    patch.setattr(Parts, "_again", lambda _self, _name, _leaf: [])


def equal_twos_of_three(patch: pytest.MonkeyPatch) -> None:
    """Where some tasks are equal it makes no difference how many of them are."""
    after = Follow.after

    def weaker(self: Follow[Any], key: Key, place: int, laps: Any) -> Any:  # noqa: ANN401
        for lap, (shared, *homes) in after(self, key, place, laps):
            kinds = sorted({*homes})
            few = self._all_alike and len(kinds) < len(homes)
            padded = [kinds[0]] * (len(homes) - len(kinds)) + kinds
            yield lap, (shared, *(padded if few else homes))

    patch.setattr(Follow, "after", weaker)


def only_the_first_moves(patch: pytest.MonkeyPatch) -> None:
    """Where two tasks are equal, the first one moves for all three."""
    after = Follow.after

    def weaker(self: Follow[Any], key: Key, place: int, laps: Any) -> Any:  # noqa: ANN401
        twins = self._all_alike and len({*key[1:]}) < len(key) - 1
        return iter(()) if place and twins else after(self, key, place, laps)

    patch.setattr(Follow, "after", weaker)


def everybody_in_order(patch: pytest.MonkeyPatch) -> None:
    """Tasks that are not alike change their places too."""
    patch.setattr(Follow, "_in_order", lambda _self, key: (key[0], *sorted(key[1:])))


def one_assignment(patch: pytest.MonkeyPatch) -> None:
    """What is asked of an end is asked as the tasks happen to stand."""
    patch.setattr(Follow, "assignments", lambda _self, key: iter([tuple(range(len(key) - 1))]))


def places_stay(patch: pytest.MonkeyPatch) -> None:
    """Who stands where is not followed when tasks are put in order."""
    patch.setattr(Follow, "places_after", lambda _self, _key, _place, _lap, tasks: tasks)


# --- what is local ------------------------------------------------------------------------------


def local_whatever(**less: Any) -> Weaken:  # noqa: ANN401 - fields of a leaf
    """A step is local although it is not: these fields of what it comes to are not looked at."""

    def weaken(patch: pytest.MonkeyPatch) -> None:
        is_local = Follow._is_local

        def weaker(self: Follow[Any], leaves: Sequence[Leaf], key: Key, place: int) -> bool:
            return is_local(self, [leaf._replace(**less) for leaf in leaves], key, place)

        patch.setattr(Follow, "_is_local", weaker)

    return weaken


def local_though(field: str) -> Weaken:
    """What is known of where tasks meet is not looked at."""

    def weaken(patch: pytest.MonkeyPatch) -> None:
        is_local = Follow._is_local

        def weaker(self: Follow[Any], leaves: Sequence[Leaf], key: Key, place: int) -> bool:
            known = getattr(self.parts, field)
            setattr(self.parts, field, set())
            try:
                return is_local(self, leaves, key, place)
            finally:
                setattr(self.parts, field, known)

        patch.setattr(Follow, "_is_local", weaker)

    return weaken


def no_lack(patch: pytest.MonkeyPatch) -> None:
    """What a step does where a pool holds too little is not tried."""
    note = Parts._note_meetings

    def weaker(self: Parts[Any], leaf: Leaf, *where: Any) -> None:  # noqa: ANN401
        asked = tuple(question for question in leaf.asked if question[0] != "enough")
        note(self, leaf._replace(asked=asked), *where)

    patch.setattr(Parts, "_note_meetings", weaker)


def met_too_late(patch: pytest.MonkeyPatch) -> None:
    """What is found out of where tasks meet changes nothing that was done before."""
    note = Parts._note_meetings

    def weaker(self: Parts[Any], leaf: Leaf, *where: Any) -> None:  # noqa: ANN401
        try:
            note(self, leaf, *where)
        except MeetError:
            return

    patch.setattr(Parts, "_note_meetings", weaker)


# --- what is remembered -------------------------------------------------------------------------


def one_answer_to(kind: str) -> Weaken:
    """What a step comes to is kept as if questions of a kind had one answer only."""

    def weaken(patch: pytest.MonkeyPatch) -> None:
        answer = Parts._answer

        def weaker(self: Parts[Any], question: Any, key: Key) -> int | Key:  # noqa: ANN401
            return 0 if question[0] == kind else answer(self, question, key)

        patch.setattr(Parts, "_answer", weaker)

    return weaken


class OneForAll(dict[tuple[int, int], Any]):
    """What is kept for one state of what is shared is found for each."""

    def __setitem__(self, key: tuple[int, int], value: Any) -> None:  # noqa: ANN401 - any value
        super().__setitem__((key[0], 0), value)

    def get(self, key: tuple[int, int], default: Any = None) -> Any:  # noqa: ANN401
        """What is kept for that task."""
        return super().get((key[0], 0), default)


def without_what_is_shared(table: str) -> Weaken:
    """What can follow is kept for what a task has, whatever is shared."""

    def weaken(patch: pytest.MonkeyPatch) -> None:
        init = Follow.__init__

        def weaker(self: Follow[Any], *args: Any, **options: Any) -> None:  # noqa: ANN401
            init(self, *args, **options)
            setattr(self, table, OneForAll())

        patch.setattr(Follow, "__init__", weaker)

    return weaken


def all_laps_kept(patch: pytest.MonkeyPatch) -> None:
    """What can follow is kept although it hangs on what another task has."""
    patch.setattr(Parts, "reaches", lambda _self, _leaf: False)


def shared_is_nothing(patch: pytest.MonkeyPatch) -> None:
    """States that differ in shared records only are one."""
    share = Numbers.share

    def weaker(self: Numbers[Any], shared: Any) -> int:  # noqa: ANN401 - what is shared
        number = share(self, shared)
        first: int = self.__dict__.setdefault("firsts", {}).setdefault(shared.pools, number)
        return first

    patch.setattr(Numbers, "share", weaker)


# --- tasks apart --------------------------------------------------------------------------------


def apart_whatever(patch: pytest.MonkeyPatch) -> None:
    """Tasks are taken to meet in pools only."""
    patch.setattr(explore, "meets_in_pools", lambda _parts, _numbers: True)


def apart_though_counted(patch: pytest.MonkeyPatch) -> None:
    """Who goes on for the lack of something is taken to wait for it."""

    def weaker(parts: Parts[Any], numbers: Any) -> bool:  # noqa: ANN401 - numbers
        parts.counted = set()
        return apart.meets_in_pools(parts, numbers)

    patch.setattr(explore, "meets_in_pools", weaker)


def apart_though_given(patch: pytest.MonkeyPatch) -> None:
    """Who puts something into a pool is taken to have had it from there."""
    patch.setattr(apart, "gives_more", lambda _parts, _pool: False)


# --- siblings -----------------------------------------------------------------------------------


def home_of_the_first(patch: pytest.MonkeyPatch) -> None:
    """What an owner has is where its first task stands, and its part."""
    home = Numbers.home

    def weaker(self: Numbers[Any], name: str, what: Home, kind: int) -> int:
        number = home(self, name, what, kind)
        told = self._told(name, what._replace(names=(), nodes=what.nodes[:1]))
        first: int = self.__dict__.setdefault("firsts", {}).setdefault(told, number)
        return first

    patch.setattr(Numbers, "home", weaker)


def whoever_it_began_as(patch: pytest.MonkeyPatch) -> None:
    """Owners that began otherwise have the same number where they have come to the same."""
    home = Numbers.home
    patch.setattr(Numbers, "home", lambda self, name, what, _kind: home(self, name, what, 0))


def one_step_for_all(patch: pytest.MonkeyPatch) -> None:
    """What a task's step comes to is kept for its siblings too."""
    init = Parts.__init__

    def weaker(self: Parts[Any], *args: Any, **options: Any) -> None:  # noqa: ANN401
        init(self, *args, **options)
        self._known = [self._known[0]] * len(self._known)

    patch.setattr(Parts, "__init__", weaker)


def local_though_a_sibling_is_not(patch: pytest.MonkeyPatch) -> None:
    """It is enough that some task of an owner has a local step."""
    is_local = Follow._is_local

    def weaker(self: Follow[Any], leaves: Sequence[Leaf], key: Key, place: int) -> bool:
        return any(is_local(self, [leaf], key, place) for leaf in leaves)

    patch.setattr(Follow, "_is_local", weaker)


def local_though_a_sibling_waits(patch: pytest.MonkeyPatch) -> None:
    """It is enough that all who can move have a local step, whatever a sibling waits for."""
    is_local = Follow._is_local

    def weaker(self: Follow[Any], leaves: Sequence[Leaf], key: Key, place: int) -> bool:
        return is_local(self, [leaf for leaf in leaves if leaf.outcomes], key, place)

    patch.setattr(Follow, "_is_local", weaker)


def the_first_goes_first(patch: pytest.MonkeyPatch) -> None:
    """Of local steps of siblings only the first one's is taken."""

    def weaker(leaves: Sequence[Leaf]) -> list[Outcome]:
        moving = [leaf for leaf in leaves if leaf.outcomes]
        inside = not any(leaf.asked for leaf in leaves)
        return [one for leaf in moving[: 1 if inside else None] for one in leaf.outcomes]

    patch.setattr(laps, "outcomes", weaker)


def one_end_only(patch: pytest.MonkeyPatch) -> None:
    """Of the ends of siblings' local steps the nearest is enough."""
    patch.setattr(Follow, "_nearest", lambda _self, ends, *_where: ends[:1])


def rests_with_one(patch: pytest.MonkeyPatch) -> None:
    """An owner rests where one of its tasks does."""

    def weaker(leaves: Sequence[Leaf]) -> bool:
        return any(leaf.rests or not leaf.outcomes for leaf in leaves)

    patch.setattr(laps, "at_rest", weaker)


def ends_nobody(patch: pytest.MonkeyPatch) -> None:
    """The explorer forgets whom else a way on ends."""

    def weaker(nodes: Any, names: Any, task: int, way: Option) -> Any:  # noqa: ANN401
        return nodes_after(nodes, names, task, way._replace(also=()))

    patch.setattr(parts, "nodes_after", weaker)


def leaves_unasked(patch: pytest.MonkeyPatch) -> None:
    """Who leaves some in a pool asks only for the one that it takes."""
    take = World.take

    def weaker(self: World, pool: str, leave: int = 0) -> bool:
        if not leave:
            return take(self, pool)
        seen, self.seen = self.seen, None
        if seen is not None:
            seen.asked["enough", pool, max(1, seen.pools[pool] - self.pools[pool] + 1)] = None
        try:
            return take(self, pool, leave)
        finally:
            self.seen = seen

    patch.setattr(World, "take", weaker)


def unseen_until_it_moves(patch: pytest.MonkeyPatch) -> None:
    """What others do to an owner's part is not noted as what it has."""

    class Moved(dict[Any, Any]):
        def setdefault(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401
            return self.get(key, default)

    init = Follow.__init__

    def weaker(self: Follow[Any], *args: Any, **options: Any) -> None:  # noqa: ANN401
        init(self, *args, **options)
        self.witness = Moved(self.witness)

    patch.setattr(Follow, "__init__", weaker)


def they_end_apart(patch: pytest.MonkeyPatch) -> None:
    """All can come to an end if each owner alone can, whatever its tasks wait for."""
    patch.setattr(looks, "end_apart", lambda _parts: True)


def as_they_come(patch: pytest.MonkeyPatch) -> None:
    """A step of an owner is told as one of its first task."""
    way = Numbers.way
    patch.setattr(Numbers, "way", lambda self, owner, step: way(self, owner, (0, *step[1:])))
