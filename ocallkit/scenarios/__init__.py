"""The named situations, the simple ones of the thread first."""

from __future__ import annotations

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
"""Every named scenario."""

__all__ = [
    "COMMAND",
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
