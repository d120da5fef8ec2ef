"""What the ledgers came to, kept: to compute them takes minutes, and a reader waits for a page.

`make claims` writes it anew, `make long` computes every entry again and compares.

>>> from ocallkit.claims import record
>>> record.entry("C38b").verdict
'refuted'
>>> [one.id for one in record.ledger("abnormal termination")][:2]
['C20', 'C21']
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.claims import ALL, THEMES
from ocallkit.claims.entry import Entry
from ocallkit.claims.mainline import STATEMENTS
from ocallkit.errors import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ocallkit.claims.claim import Claim, Finding

RECORD: Final = Path(__file__).parent / "record.json"
WRITTEN: Final = {claim.id: claim for claim in (*ALL, *STATEMENTS)}
"""Every statement, with what somebody wrote of it: its words, its source and its link."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was computed for one statement; the fields are those of an entry of a ledger."""

    verdict: str
    reason: str
    token: str = ""
    besides: str = ""
    tried: str = ""

    @classmethod
    def of(cls, found: Finding) -> Line:
        """The line of a claim that is judged now."""
        return cls(found.verdict, found.reason, found.token, found.besides, found.tried)


class Record(msgspec.Struct, frozen=True):
    """The whole of it: in how many cells PR 72's claims were tried, and a line for each."""

    cells: int
    lines: dict[str, Line]


def as_text(cells: int, lines: Mapping[str, Line]) -> str:
    """The record as it stands in its file, one line of text for each field."""
    made = msgspec.json.encode(Record(cells, dict(lines)))
    return f"{msgspec.json.format(made, indent=1).decode()}\n"


@cache
def recorded() -> Record:
    """The record on file."""
    return msgspec.json.decode(RECORD.read_bytes(), type=Record)


@cache
def entry(name: str) -> Entry:
    """What is on record of the claim or statement with that id.

    Raises UnknownNameError if there is none.
    """
    claim = find("claim", name, WRITTEN)
    line = recorded().lines[name]
    return Entry(
        claim.id,
        claim.text,
        line.verdict,
        line.reason,
        claim.source,
        claim.shown,
        line.token,
        line.besides,
        line.tried,
    )


def ledger(theme: str = "") -> tuple[Entry, ...]:
    """What is on record of every claim of PR 72, or of those of one theme, in their order."""
    return _entries(find("theme", theme, THEMES) if theme else ALL)


def mainline() -> tuple[Entry, ...]:
    """What is on record of every statement about mainline, in their order."""
    return _entries(STATEMENTS)


def themes() -> dict[str, tuple[Entry, ...]]:
    """What is on record of every claim, theme by theme."""
    return {theme: _entries(claims) for theme, claims in THEMES.items()}


def _entries(claims: Iterable[Claim]) -> tuple[Entry, ...]:
    return tuple(entry(claim.id) for claim in claims)
