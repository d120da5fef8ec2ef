"""What the crash lab's page says besides its picture: whose moments, whose turns, which names."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ocallkit.designs import DESIGNS, FURTHER
from ocallkit.engine.world import part_of
from ocallkit.labs.crash import Situation, unfit
from ocallkit.labs.gaps import Gap, titled
from ocallkit.model.config import SERVICES
from ocallkit.scenarios import ALL, SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ocallkit.judging.path import Run

THREADS: Final = (1, 2, 3)
"""The numbers of secure threads that can be chosen."""

MOST_CLIENTS: Final = 2
"""How many CAs can be chosen; where a scenario has more programs, as many as these."""

FOUND: Final = "These are the turns of the bad ending, not the lab's own."


@lru_cache(maxsize=64)
def situation(*asked: Any) -> Situation:  # noqa: ANN401 - what a situation is made of
    """A scenario under a design, whose life and gaps are found once."""
    return Situation(*asked)


def crosses(here: Situation, gap: Gap | None) -> list[dict[str, Any]]:
    """The moments of everybody, up to the death: whose, in which gap."""
    last = len(here.gaps) - 1 if gap is None else gap.dies_after
    asked: tuple[Any, ...] = (here.scenario, here.design, here.threads, here.clients)
    return [
        {"who": one.who, "row": at.row, "moment": moment}
        for one in (situation(*asked, who, here.then, here.turns) for who in here.mortals)
        for at in one.gaps[: last + 1]
        for moment in at.crosses
    ]


def turns(here: Situation, run: Run, *, same: bool) -> dict[str, object]:
    """Who goes on where several could; `same` is whether a bad ending's run goes on as it did."""
    tasks = [task for task in here.life.clients if part_of(task) not in SERVICES]
    own = f"Where several can go on, {' goes before '.join(tasks)}." if tasks[1:] else ""
    if not here.turns:
        return {"own": True, "words": own}
    words = FOUND if same else f"Up to the death these are the turns of the bad ending. Then: {own}"
    dead = {part_of(s.client) for s in run.steps if s.name.endswith(":kill")} - {here.who}
    also = [f" {titled(here.life, one)} is killed as well." for one in sorted(dead)]
    return {"own": False, "words": words + "".join(also)}


def names(here: Situation, given: Mapping[str, object]) -> dict[str, Any]:
    """What can be chosen; `given` are a reader's own scenarios and designs by their names."""
    own = [name for name in given if name not in {**ALL, **DESIGNS, **FURTHER}]
    scenarios = [name for name in own if isinstance(given[name], Scenario)]
    larger = [name for name, one in ALL.items() if name not in SCENARIOS and not unfit(one)]
    least = len(here.scenario.clients)
    return {
        "scenarios": _grouped(Yours=scenarios, Simple=SCENARIOS, Larger=larger),
        "designs": _grouped(
            Yours=[name for name in own if name not in scenarios],
            Discussed=DESIGNS,
            Further=FURTHER,
        ),
        "threads": sorted({*THREADS, here.threads}),
        "clients": [*range(least, max(least, here.clients, MOST_CLIENTS) + 1)],
    }


def _grouped(**groups: Iterable[str]) -> list[dict[str, Any]]:
    """Names under headings, without those headings that have none."""
    found = {label: [*names] for label, names in groups.items()}
    return [{"label": label, "names": names} for label, names in found.items() if names]
