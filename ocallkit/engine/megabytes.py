"""How much memory the process uses, and how much of the machine's it may use."""

from __future__ import annotations

import os

SHARE = 0.5
"""Of what the machine has free at the start of an exploration: the rest is for everybody else."""

_PLENTY = 4_000
"""What is taken to be free where nothing tells: in a browser's page, for instance."""


def megabytes_used() -> int:
    """MiB of memory that the process holds now; 0 where nothing tells."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - at each start
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def megabytes_allowed() -> int:
    """MiB that the process may hold unless it is told otherwise: a share of what is free."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - as above
            lines = dict(line.split(":", 1) for line in file)
        free = int(lines["MemAvailable"].split()[0]) // 1024
    except (OSError, ValueError, KeyError):
        free = _PLENTY
    return megabytes_used() + int(SHARE * free)
