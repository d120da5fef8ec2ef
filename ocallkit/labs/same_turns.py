"""The turns and the decisions of one run, taken under another design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.judging.notation import BREAKS, STOP, TokenError, read
from ocallkit.judging.tokens import replay, token

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.judging.path import Run
    from ocallkit.scenarios import Scenario


def same_turns(
    run: Run, design: str | type[EcallBare], scenario: Scenario | None = None
) -> Run | None:
    """The run of another design with the same turns, to its end; None where they do not fit there.

    `scenario` is that of the run, where it is a reader's own.

    >>> from ocallkit import replay
    >>> died = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
    >>> same_turns(died, "held-refs-pre-release").ending
    ''
    """
    says = read(token(run))
    decided = [one for one in says.decisions if one != STOP and not one.startswith(BREAKS)]
    try:
        other = replay(str(replace(says, decisions=tuple(decided))), design, scenario)
    except TokenError:
        return None
    other.before = run.before
    return other
