"""Everything that the stepper's page shows of a run, as plain data, and the runs that leave it.

Nothing here needs a kernel, a notebook or the widgets' packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.designs import DESIGNS
from ocallkit.judging.branching import EVERY_FAULT
from ocallkit.judging.comparing.two_runs import in_step
from ocallkit.judging.tokens import token
from ocallkit.model.events import Message
from ocallkit.properties import NAMES
from ocallkit.view.formats import FORMATS
from ocallkit.view.measures import DENSE
from ocallkit.view.places import places
from ocallkit.view.snapshot import property_about, snapshots, violations
from ocallkit.view.svg import to_svg
from ocallkit.view.text import to_text
from ocallkit.view.waits import waits_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run, Step


def story(run: Run) -> dict[str, Any]:
    """What there is to see of a run at each of its steps."""
    broken = violations(run)
    return {
        **_drawn(run),
        "summary": run.summary,
        "ending": run.ending,
        "token": token(run),
        "text": to_text(run, whole=True, dividers=True),
        "forms": [
            {"name": name, "title": form.title, "suffix": form.suffix}
            for name, form in FORMATS.items()
        ],
        "designs": list(DESIGNS),
        "waits": waits_picture(run).svg if run.ending else "",
        "turns": list(turns(run)),
        "properties": [
            {"name": name, "about": property_about(name), "breaks": broken.get(name)}
            for name in NAMES
        ],
        "moments": msgspec.to_builtins(snapshots(run)),
    }


def beside(run: Run, other: Run) -> dict[str, Any]:
    """Another run that is taken in step with `run`: its picture, and its step at each of those."""
    both = in_step(run, other)
    told = [{"name": one.name, "told": one.told} for one in snapshots(other)]
    return {
        **_drawn(other),
        "moments": told,
        "pairs": list(both.pairs),
        "parts": both.parts,
    }


def turns(run: Run) -> Iterator[dict[str, Any]]:
    """The steps that one looks for: each OCALL, each death, each other fault, each violation."""
    for step in run.steps:
        for kind, words in _turns_at(step):
            yield {"step": step.index + 1, "kind": kind, "words": words}
    for name, at in violations(run).items():
        yield {"step": at, "kind": "violation", "words": f"{name} is broken"}


def _turns_at(step: Step) -> Iterator[tuple[str, str]]:
    what = step.name.partition(":")[2]
    if what == "kill":
        yield "kill", step.name
    elif what.partition("(")[0] in EVERY_FAULT:
        yield "fault", step.name
    for event in step.events:
        if isinstance(event, Message) and event.label.startswith("RPC/OCALL"):
            yield "OCALL", event.label


def _drawn(run: Run) -> dict[str, Any]:
    """The picture of a run, with the places of its steps."""
    stands = places(run, DENSE)
    return {
        "title": run.title,
        "digest": run.digest,
        "svg": to_svg(run, whole=True, rows=DENSE, parts=True),
        "start": stands.start,
        "places": msgspec.to_builtins(stands),
    }
