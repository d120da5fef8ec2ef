"""The named situations: the simple ones of the thread, and those of the larger world."""

from __future__ import annotations

from ocallkit.scenarios.boot import BOOT
from ocallkit.scenarios.scenario import Scenario, Threads
from ocallkit.scenarios.simple import (
    COMMAND,
    OCALL_COMMAND,
    SIMPLE,
    asking_ta,
    asking_twice_ta,
    plain_ta,
    sending_ta,
    serve,
    with_memory,
)

SCENARIOS = {scenario.name: scenario for scenario in SIMPLE}
"""The situations of the thread, by name: the lessons and the matrix are about these."""

LARGER: dict[str, Scenario] = {scenario.name: scenario for scenario in BOOT}
"""Those that need more of the world: threads, several sessions and TAs, other parties."""

ALL = SCENARIOS | LARGER
"""Every named scenario."""

__all__ = [
    "ALL",
    "COMMAND",
    "LARGER",
    "OCALL_COMMAND",
    "SCENARIOS",
    "SIMPLE",
    "Scenario",
    "Threads",
    "asking_ta",
    "asking_twice_ta",
    "plain_ta",
    "sending_ta",
    "serve",
    "with_memory",
]
