"""What a ledger has of each statement, whatever its list: the discussion's claims or another's.

>>> entries = [Entry("one", "It waits.", "holds", "It does."), Entry("two", "?", "open", "Maybe.")]
>>> summary(entries)
'1 of 2 claims is judged: 1 holds; 1 is open.'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ocallkit.claims.claim import HOLDS, OPEN, PENDING, REFINED, REFUTED, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable


class Judged(Protocol):
    """A statement with its verdict and why: all that a ledger shows of it.

    `source` is who made it, `shown` the notebook and the heading where it is to be seen, `token`
    the line of a Run that shows it, `besides` what else was found, `tried` in how many cells.
    """

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def verdict(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def shown(self) -> str: ...  # noqa: D102
    @property
    def token(self) -> str: ...  # noqa: D102
    @property
    def besides(self) -> str: ...  # noqa: D102
    @property
    def tried(self) -> str: ...  # noqa: D102


class Entry(NamedTuple):
    """Such a statement that is no `Claim` of the model: everything about it is known already."""

    id: str
    text: str
    verdict: str
    reason: str
    source: str = ""
    shown: str = ""
    token: str = ""
    besides: str = ""
    tried: str = ""


SAID: Final = {
    HOLDS: ("holds", "hold"),
    REFINED: ("is refined", "are refined"),
    REFUTED: ("is refuted", "are refuted"),
    OPEN: ("is open", "are open"),
    PENDING: ("is pending", "are pending"),
}
"""For each verdict what is said of one with it, and of several."""


def counted(entries: Iterable[Judged]) -> dict[str, int]:
    """How many have each verdict, those verdicts left out that none has."""
    verdicts = [entry.verdict for entry in entries]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS if verdict in verdicts}


def judged(counts: dict[str, int]) -> int:
    """How many of them the model has judged: what is open or pending is not."""
    return sum(counts.get(verdict, 0) for verdict in (HOLDS, REFINED, REFUTED))


def summary(entries: Iterable[Judged], what: str = "claims") -> str:
    """How many are judged, and with which verdict; then what was not."""
    counts = counted(entries)
    number = judged(counts)
    verb = "is" if number == 1 else "are"
    parts = [_said(counts, (HOLDS, REFINED, REFUTED)), _said(counts, (OPEN, PENDING))]
    rest = "; ".join(filter(None, parts))
    return f"{number} of {sum(counts.values())} {what} {verb} judged: {rest}."


def _said(counts: dict[str, int], verdicts: tuple[str, ...]) -> str:
    return ", ".join(
        f"{counts[one]} {SAID[one][counts[one] != 1]}" for one in verdicts if one in counts
    )
