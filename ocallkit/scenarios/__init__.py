"""The named situations: the simple ones of the discussion, and those of the larger world."""

from __future__ import annotations

from ocallkit.brief import Named
from ocallkit.scenarios.adversary import ADVERSARIES
from ocallkit.scenarios.answers import ANSWERS, THREE
from ocallkit.scenarios.boot import BOOT
from ocallkit.scenarios.call_queue import QUEUED
from ocallkit.scenarios.instances import INSTANCES
from ocallkit.scenarios.opening import OPENING
from ocallkit.scenarios.scenario import KernelClient, Scenario, Threads
from ocallkit.scenarios.serving import SERVING
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
from ocallkit.scenarios.threads import THREADS

SCENARIOS = Named({scenario.name: scenario for scenario in SIMPLE})
"""The situations of the discussion, by name: the lessons and the matrix are about these."""

LARGER = {
    scenario.name: scenario
    for scenario in (
        *OPENING,
        *BOOT,
        *THREADS,
        *INSTANCES,
        *QUEUED,
        *SERVING,
        *ANSWERS,
        *ADVERSARIES,
    )
}
"""Those that need more of the world: threads, several sessions and TAs, other parties."""

ALL = SCENARIOS | LARGER | {THREE.name: THREE}
"""Every named scenario."""

__all__ = [
    "ADVERSARIES",
    "ALL",
    "ANSWERS",
    "COMMAND",
    "INSTANCES",
    "LARGER",
    "OCALL_COMMAND",
    "OPENING",
    "SCENARIOS",
    "SERVING",
    "SIMPLE",
    "THREE",
    "KernelClient",
    "Scenario",
    "Threads",
    "asking_ta",
    "asking_twice_ta",
    "plain_ta",
    "sending_ta",
    "serve",
    "with_memory",
]
