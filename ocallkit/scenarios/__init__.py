"""The named situations, the simple ones of the thread first."""

from __future__ import annotations

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

SCENARIOS = {scenario.name: scenario for scenario in (*SIMPLE, *SERVING)}
"""Every named scenario."""

__all__ = [
    "COMMAND",
    "OCALL_COMMAND",
    "SCENARIOS",
    "SERVING",
    "SIMPLE",
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
