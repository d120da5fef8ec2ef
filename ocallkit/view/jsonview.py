"""A run as JSON, for other programs: its names, its digest, and each step with its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ocallkit.judging.schema import Moved, Shown, written

if TYPE_CHECKING:
    from ocallkit.judging.schema import AnyEvent
    from ocallkit.view.trace import Trace


def to_json(trace: Trace) -> str:
    """Write the whole run as indented JSON; bytes are in base64.

    An event's kind is in its field ``event``: ``message``, ``note``, ``divider``, ``get``,
    ``put``, ``thread``, ``octets`` or ``span``.  `judging.schema` has all of its fields.
    """
    shown = Shown(
        scenario=trace.scenario,
        design=trace.design,
        clients=tuple(trace.clients),
        title=trace.title,
        summary=trace.summary,
        ending=trace.ending,
        digest=trace.digest,
        steps=tuple(
            Moved(
                step.index,
                step.client,
                step.name,
                step.function,
                cast("tuple[AnyEvent, ...]", tuple(step.events)),
            )
            for step in trace.steps
        ),
    )
    return f"{written(shown)}\n"
