"""The claims' ledger: what the discussion claims, and what the model says of each claim.

>>> from ocallkit.claims import finding
>>> finding("C38b").verdict
'refuted'

`CLAIMS` has them all by id.  Each theme has a file; `claim` has the rule for the verdicts.
"""

from __future__ import annotations

from functools import cache

from ocallkit.brief import Named
from ocallkit.claims import (
    counting,
    deadlock,
    interface,
    rpc_cache,
    serving,
    termination,
    threads,
)
from ocallkit.claims.claim import Claim, Condition, Finding, Outcome
from ocallkit.claims.entry import Entry, Judged, summary
from ocallkit.errors import find

THEMES: dict[str, tuple[Claim, ...]] = {
    "the interface": (*interface.CLAIMS, *serving.CLAIMS),
    "abnormal termination": termination.CLAIMS,
    "the deadlock": deadlock.DEADLOCKS,
    "the ways out": (*deadlock.WAYS_OUT, *threads.CLAIMS),
    "the RPC argument cache": rpc_cache.CLAIMS,
    "counting rules": counting.CLAIMS,
}
"""The claims by what they are about, as the discussion comes to it."""

ALL = tuple(claim for claims in THEMES.values() for claim in claims)

CLAIMS: dict[str, Claim] = Named({claim.id: claim for claim in ALL})
"""Every claim of the discussion, in the order of its ids."""


@cache
def finding(name: str) -> Finding:
    """What the model says of the claim with that id; raises UnknownNameError if there is none."""
    return Finding(find("claim", name, CLAIMS))


def ledger(theme: str = "") -> tuple[Finding, ...]:
    """What the model says of every claim, or of those of one theme, in their order."""
    claims = find("theme", theme, THEMES) if theme else ALL
    return tuple(finding(claim.id) for claim in claims)


__all__ = [
    "ALL",
    "CLAIMS",
    "THEMES",
    "Claim",
    "Condition",
    "Entry",
    "Finding",
    "Judged",
    "Outcome",
    "finding",
    "ledger",
    "summary",
]
