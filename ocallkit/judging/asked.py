"""What is asked for, as plain values: they cross to another process, and lie in a file of pins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ocallkit.designs import DEFAULT
from ocallkit.judging.assembly import NUM_THREADS, check_count, find_design, find_scenario, how_many
from ocallkit.judging.specs import load
from ocallkit.model.config import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable


class Asked(msgspec.Struct, frozen=True):
    """One verdict that somebody wants; the fields are the arguments of `judge`.

    The scenario, the design and the properties are named, as `load` takes them; within one process
    they may also be the things themselves.
    """

    scenario: Any
    design: Any = DEFAULT
    threads: int = NUM_THREADS
    clients: int | Literal["any"] | None = None
    rounds: int = 1
    faults: tuple[str, ...] = FAULTS
    switches: dict[str, str] = {}
    also: tuple[str, ...] = ()
    properties: tuple[Any, ...] = ()

    @property
    def arguments(self) -> dict[str, Any]:
        """What `judge` is called with besides the scenario and the design.

        Raises SpecError for a property that is not there.
        """
        found = {name: getattr(self, name) for name in self.__struct_fields__[2:]}
        loaded = [load("property", p) if isinstance(p, str) else p for p in self.properties]
        return found | {"properties": loaded}


def look_at(every: Iterable[Asked]) -> None:
    """See that each can be judged: what is wrong is told before anything takes its time.

    Raises the errors of `judge` for what is not there, and for a number that makes no system.
    """
    for one in every:
        scenario = find_scenario(one.scenario)
        find_design(one.design)
        check_count("threads", one.threads, 1, 64)
        enough = (one.threads + 1) * len(scenario.clients)
        how_many(scenario, enough if one.clients == "any" else one.clients)
