"""A run as JSON, for other programs: its names, its digest, and each step with its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ocallkit.view.trace import Trace


def to_json(trace: Trace) -> str:
    """Write the whole run as indented JSON; bytes are in base64.

    An event's kind is in its field ``event``: ``message``, ``note``, ``divider``, ``get``,
    ``put``, ``thread``, ``octets`` or ``span``.
    """
    run = {
        "scenario": trace.scenario,
        "design": trace.design,
        "clients": list(trace.clients),
        "title": trace.title,
        "summary": trace.summary,
        "ending": trace.ending,
        "digest": trace.digest,
        "steps": [
            {
                "index": step.index,
                "client": step.client,
                "name": step.name,
                "function": step.function,
                "events": list(step.events),
            }
            for step in trace.steps
        ],
    }
    return msgspec.json.format(msgspec.json.encode(run), indent=2).decode() + "\n"
