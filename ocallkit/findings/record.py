"""What a search came to, kept: it takes half an hour, and its Runs are replayed in a moment.

`make findings` writes it anew.  Each line is a property, the decisions that prevent its breaking,
and the token of the Run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ocallkit.designs import Hardened, Posted
from ocallkit.findings.finding import Finding, by_cause
from ocallkit.findings.search import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORD: Final = Path(__file__).parent / "posted.txt"
NOTHING: Final = "-"


def as_line(one: Broken) -> str:
    """A line of the record.

    >>> as_line(Broken("flow-1/posted/t2/c1/A:kill@OCALL", "no-deadlock", ("wakes", "waits")))
    'no-deadlock wakes,waits flow-1/posted/t2/c1/A:kill@OCALL'
    """
    return f"{one.breaks} {','.join(one.decisions) or NOTHING} {one.line}"


def of_line(line: str) -> Broken:
    """Read what `as_line` wrote."""
    breaks, decisions, token = line.split(" ", 2)
    names = () if decisions == NOTHING else tuple(decisions.split(","))
    return Broken(token, breaks, names)


def as_text(found: Iterable[Broken]) -> str:
    """The whole record, each Run once."""
    return "".join(f"{line}\n" for line in dict.fromkeys(map(as_line, found)))


def recorded() -> tuple[Broken, ...]:
    """What breaks under `posted`, with what `hardened` decides to prevent it."""
    return tuple(map(of_line, RECORD.read_text(encoding="utf-8").splitlines()))


def findings() -> tuple[Finding, ...]:
    """The findings of `posted`, each cause once."""
    return by_cause(recorded(), Posted, Hardened)
