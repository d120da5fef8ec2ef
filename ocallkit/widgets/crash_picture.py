"""The picture of a crash as its page draws it: what happened, and the gaps between its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.model.events import Divider, Message, Note
from ocallkit.view.layout import are_several, lifeline_name
from ocallkit.view.places import places
from ocallkit.view.svg import to_svg

if TYPE_CHECKING:
    from ocallkit.judging.path import Run
    from ocallkit.labs.crash import Situation
    from ocallkit.labs.gaps import Gap


def picture(here: Situation, run: Run, gap: Gap | None) -> dict[str, Any]:
    """The picture of what happened, and in words the gaps in which one lives or could live.

    Up to its death one that dies has done what one does that lives.
    """
    after = _rows(here.life)
    gaps = here.gaps if gap is None else here.gaps[: gap.dies_after + 1]
    return {
        "svg": to_svg(run, whole=True),
        "digest": run.digest,
        "places": msgspec.to_builtins(places(run)),
        "dies_at": _dies_at(run),
        "gaps": [{**msgspec.to_builtins(one), "after": after[one.row]} for one in gaps],
    }


def _dies_at(run: Run) -> int | None:
    """The row of the picture after which the first one dies."""
    rows = 0
    for step in run.steps:
        own = [e for e in step.events if isinstance(e, Message | Note | Divider)]
        if step.name.endswith(":kill"):
            return rows - 1 + sum(not isinstance(e, Divider) for e in own)
        rows += len(own)
    return None


def _rows(run: Run) -> list[str]:
    """What stands in each row of a run's picture."""
    rows, several = [], are_several(run.clients)
    for event in run.events:
        if isinstance(event, Message):
            source, target = (
                lifeline_name(end, event.client, several=several)
                for end in (event.source, event.target)
            )
            rows.append(f"{event.label} from {source} to {target}")
        elif isinstance(event, Note | Divider):
            rows.append(event.text)
    return rows
