"""Who can disturb whom: what each step was seen to read and to change, and whose it was.

Nothing here is declared.  Every design runs in every scenario with everything that can go wrong,
and the world notes what each step asks of it and does to it.
"""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from ocallkit import model
from ocallkit.brief import brief
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.judging.assembly import NUM_THREADS, build, find_design, find_scenario
from ocallkit.judging.schema import Disturbed, Disturbing, Touched
from ocallkit.judging.specs import given
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.model.world import TABLES, THREADS
from ocallkit.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import ModuleType

    from ocallkit.engine import State
    from ocallkit.model.world import World

OWN: Final = "own"
"""Whose a record is that no other client reaches; the others are ``shared`` and ``another's``."""

MEETS: Final = ("takes", "gives")
"""What a step may do to a pool and disturb nobody who does not wait for it."""

OF_A_POOL: Final = (*MEETS, "counts")
"""What can be done to a pool."""

YOUR_OWN: Final = "Your own"
"""The party of a step that is none of this package's."""


class Touch(NamedTuple):
    """One thing that a step does: how, whose it is, and to which kind of record or pool."""

    how: str
    whose: str
    kind: str

    @property
    def column(self) -> Column:
        """Where it stands in the matrix."""
        return Column(self.kind, pool=self.how in OF_A_POOL)

    @property
    def quiet(self) -> bool:
        """Whether nobody else can see it."""
        return self.whose == OWN


class Column(NamedTuple):
    """A kind of records, or a pool of things that are all alike."""

    kind: str
    pool: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return "free secure threads" if self == POOL else self.kind


POOL: Final = Column(THREADS, pool=True)
"""The free secure threads."""


class Row(msgspec.Struct, frozen=True):
    """A step by its function's name, the module where it stands, and all that it touches."""

    step: str
    module: str
    party: str
    touches: tuple[Touch, ...]

    def at(self, column: Column) -> tuple[Touch, ...]:
        """What it does to the things of one column."""
        return tuple(touch for touch in self.touches if touch.column == column)


class Disturbs(msgspec.Struct, frozen=True):
    """The matrix of steps against kinds of records, and of what it was read off.

    `in_pools` is what the explorer found: that clients meet in pools only, and that no step goes
    on for the lack of something.  `finished` is that everything was tried.
    """

    designs: tuple[str, ...]
    scenarios: tuple[str, ...]
    threads: int
    clients: int
    rows: tuple[Row, ...]
    in_pools: bool
    finished: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """The kinds of records that the parties keep, others that were met, and the pools."""
        met = {touch.column for row in self.rows for touch in row.touches}
        tables = [column for column in map(Column, TABLES) if column in met]
        others = sorted(met - {*tables, POOL}, key=lambda column: (column.pool, column))
        return (*tables, *others, POOL)

    @property
    def shared(self) -> tuple[Column, ...]:
        """Those in which a client can notice another."""
        return tuple(
            column
            for column in self.columns
            if any(not touch.quiet for row in self.rows for touch in row.at(column))
        )

    @property
    def meeting(self) -> tuple[Row, ...]:
        """The steps in which a client can notice another."""
        return tuple(row for row in self.rows if not all(touch.quiet for touch in row.touches))

    def document(self) -> Disturbed:
        """All of it, for other programs."""
        steps = (
            Disturbing(row.step, row.module, row.party, tuple(Touched(*it) for it in row.touches))
            for row in self.rows
        )
        return Disturbed(
            designs=self.designs,
            scenarios=self.scenarios,
            threads=self.threads,
            clients=self.clients,
            steps=tuple(steps),
            in_pools=self.in_pools,
            finished=self.finished,
        )

    def __repr__(self) -> str:
        return brief(self, f"{len(self.rows)} steps, {len(self.columns)} kinds of records")


class _Place(NamedTuple):
    """Where a step's function stands."""

    module: str
    line: int
    name: str


def disturbs(
    designs: Sequence[str | type[EcallBare]] = tuple(DESIGNS),
    scenarios: Sequence[str | Scenario] = tuple(SCENARIOS),
    *,
    threads: int = NUM_THREADS,
    clients: int = 2,
) -> Disturbs:
    """Let `clients` run each scenario under each design, and note what each step touches.

    Both are names, or a reader's own.  An interrupt ends it, and what was seen so far is given.

    >>> seen = disturbs(["ecall"], ["plain-invoke"])
    >>> [column.name for column in seen.shared], [row.step for row in seen.meeting]
    (['free secure threads'], ['smc_call_with_arg'])

    Raises UnknownNameError for a name that is not known, before anything is tried.
    """
    designs = [given("design", design) for design in designs]
    scenarios = [given("scenario", scenario) for scenario in scenarios]
    drivers = tuple(find_design(design).name for design in designs)
    names = tuple(find_scenario(scenario).name for scenario in scenarios)
    places: set[_Place] = set()
    touches: dict[str, set[Touch]] = {}
    in_pools = finished = True
    for design, scenario in product(designs, scenarios):
        system = build(
            scenario, design, threads=threads, clients=clients, faults=(*FAULTS, *MORE_FAULTS)
        )
        seen = explore(system, Looks(notes={_STEPS: _place}))
        places |= {place for place in seen.observed[_STEPS] if isinstance(place, _Place)}
        for step, kinds in seen.kinds.items():
            touches.setdefault(step, set()).update(Touch(*kind) for kind in kinds)
        in_pools, finished = in_pools and seen.in_pools, finished and seen.finished
        if not finished:
            break
    rows = tuple(
        Row(place.name, place.module, party_of(place.module), tuple(sorted(touches[place.name])))
        for place in sorted(places, key=_in_order)
        if place.name in touches
    )
    return Disturbs(drivers, names, threads, clients, rows, in_pools, finished)


_STEPS: Final = "steps"


def _place(state: State[World]) -> _Place | None:
    """The step that a client takes next."""
    (node,) = state.nodes
    if node.done:
        return None
    step: Any = node.step[0]
    code = getattr(step, "__code__", None)
    return _Place(step.__module__, getattr(code, "co_firstlineno", 0), step.__name__)


def _in_order(place: _Place) -> tuple[bool, int, _Place]:
    """The parties as the model's docstring names them, then the designs; each as it reads."""
    named = (model.__doc__ or "").find(f"`{place.module.removeprefix(f'{model.__name__}.')}`")
    return place.module.partition(".")[0] != PACKAGE, named if named >= 0 else LAST, place


PACKAGE: Final = model.__name__.partition(".")[0]
LAST: Final = 10**9


def party_of(module: str) -> str:
    """Whose steps stand in a module: what its docstring begins with.

    >>> party_of("ocallkit.model.secure"), party_of("__main__")
    ('OP-TEE', 'Your own')
    """
    found: ModuleType | None = sys.modules.get(module)
    if found is None or module.partition(".")[0] != PACKAGE:
        return YOUR_OWN
    return (found.__doc__ or module).partition(":")[0].strip("`")


def sharing(touches: Collection[Touch]) -> str:
    """Who else can see the worst of some touches: nobody, those who wait for a pool, or others.

    >>> sharing([Touch("reads", "own", "calls"), Touch("takes", "shared", "threads")])
    'pool'
    """
    loud = [touch for touch in touches if not touch.quiet]
    if any(touch.how not in MEETS for touch in loud):
        return "others"
    return "pool" if loud else "nobody"
