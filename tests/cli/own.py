"""A design and a property of a reader's own, named by their module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.api import HeldRefs

if TYPE_CHECKING:
    from ocallkit.engine import State
    from ocallkit.model.world import World


class Mine(HeldRefs):
    """As its parent."""

    name = "mine"


def nobody_dies(state: State[World]) -> bool:
    """Broken by every kill."""
    return all(process.state != "killed" for process in state.world.processes.values())
