"""A verdict beside the one before it: what a change of decisions broke, and what it healed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Effect(msgspec.Struct, frozen=True):
    """What a change of decisions does in one scenario: the word before and after, and the rest.

    `broke` and `healed` are the properties that hold no longer, and those that hold again.
    """

    scenario: str
    before: str
    after: str
    broke: tuple[str, ...]
    healed: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it does in a few words; empty if nothing.

        >>> effect("flow-1", ["no-deadlock"], []).words
        'healed: was deadlock'
        """
        if not (self.broke or self.healed):
            return ""
        if not self.broke:
            kind = "healed" if self.after == "holds" else "better"
        elif not self.healed:
            kind = "broke" if self.before == "holds" else "worse"
        else:
            kind = "other"
        return f"{kind}: {'it held' if self.before == 'holds' else f'was {self.before}'}"


def effect(scenario: str, before: Sequence[str], after: Sequence[str]) -> Effect:
    """What it does in a scenario that other properties break."""
    broke = tuple(name for name in after if name not in before)
    healed = tuple(name for name in before if name not in after)
    return Effect(scenario, worst(before), worst(after), broke, healed)


def worst(broken: Collection[str]) -> str:
    """The worst of some broken properties in a word.

    >>> worst(["no-shm-leak", "no-deadlock"]), worst([])
    ('deadlock', 'holds')
    """
    if not broken:
        return "holds"
    if "no-deadlock" in broken:
        return "deadlock"
    if "no-use-after-free" in broken:
        return "use-after-free"
    left_behind = "no-suspended-thread" in broken or any("leak" in name for name in broken)
    return "leak" if left_behind else "broken"
