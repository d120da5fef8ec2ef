"""The crash lab: kill a CA between two messages, and see what it leaves behind.

What a reader decides arrives in the panel's `asked`; what comes of it goes back in `shown`.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.designs import DESIGNS
from ocallkit.labs.crash import Crash, Gap, Situation
from ocallkit.labs.outcome import outcome
from ocallkit.model.events import Divider, Message, Note
from ocallkit.scenarios import SCENARIOS
from ocallkit.view.display import image
from ocallkit.view.places import places
from ocallkit.view.svg import to_svg
from ocallkit.widgets.ends import side_by_side
from ocallkit.widgets.lab import CSS, Lab, page
from ocallkit.widgets.libraries import AnyWidget, traitlets

if TYPE_CHECKING:
    from ocallkit.judging.path import Run

THREADS = (1, 2, 3)
"""The numbers of secure threads that can be chosen."""


class CrashPanel(AnyWidget):
    """The panel on the page."""

    _esm = page("crash_lab.js")
    _css = CSS

    asked = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "CrashPanel()"


@lru_cache(maxsize=32)
def situation(scenario: str, design: str, threads: int) -> Situation:
    """A scenario under a design, whose life and gaps are found once."""
    return Situation(scenario, design, threads)


class CrashLab(Lab):
    """Kill a CA where you like, close its files in the order you like, and compare two designs.

    `row` is the gap of the kill: it lies after that row of the picture, counted from 0; None lets
    the CA live.  `order` is the order in which its files are closed.

    >>> lab = CrashLab("flow-1-memref", "ecall", beside="held-refs-pre-release")
    >>> lab.find()
    >>> lab.mine.word, lab.other.word
    ('deadlock', 'holds')

    Raises UnknownNameError for a scenario or a design that there is not.
    """

    def __init__(
        self,
        scenario: str = "flow-1-memref",
        design: str = "ecall",
        beside: str = "held-refs-pre-release",
        *,
        threads: int = 2,
        row: int | None = None,
        order: tuple[str, ...] = (),
    ) -> None:
        super().__init__(CrashPanel())
        self.note = ""
        self.panel.on_msg(self.on_message)
        self.panel.observe(self._decided, "asked")
        self.panel.asked = {
            "scenario": scenario,
            "design": design,
            "beside": beside,
            "threads": threads,
            "row": row,
            "order": list(order),
            "then": "",
            "stepping": False,
        }

    def decide(self, **changes: object) -> None:
        """Decide something: any of the names that the panel's `asked` has."""
        self.panel.asked = {**self.panel.asked, **changes}

    def find(self) -> None:
        """Load the shortest bad ending of the chosen scenario and design, or say there is none."""
        here = self._situation(self.panel.asked["design"])
        crash = here.find()
        if crash is None:
            self.decide(row=None)
            self.note = "However it dies, every ending is a good one under this design."
            self._update()
            return
        row = None
        if crash.moment is not None:
            row = next(g.row for g in here.gaps if g.moment == crash.moment and not g.waits)
        self.decide(row=row, order=list(crash.order), then=crash.then)

    def on_message(self, _panel: object, content: dict[str, Any], _buffers: object) -> None:
        """What the page asks for besides its decisions: a bad ending."""
        if content.get("find"):
            self.find()

    def as_shown(self) -> dict[str, str]:
        """The diagram of the run, how it ends, and how it ends under the other design."""
        said, table = self.panel.shown["said"], side_by_side(self.mine, self.other)
        run = self.mine.run
        html = f"<p>{escape(said)}</p>{image(to_svg(run), run.summary)}{table.html}"
        return {"text/html": html, "text/plain": f"{run.text()}\n{said}\n\n{table.plain}"}

    def _decided(self, _change: object) -> None:
        """What was said of the decisions before does not hold for these."""
        self.note = ""
        self._update()

    def _situation(self, design: str) -> Situation:
        asked = self.panel.asked
        return situation(asked["scenario"], design, asked["threads"])

    def _update(self) -> None:
        """Run what is asked for under both designs, and show it."""
        asked = self.panel.asked
        here, there = self._situation(asked["design"]), self._situation(asked["beside"])
        row = asked["row"]
        gap = here.gaps[row] if row is not None and row < len(here.gaps) else None
        moment = gap.moment if gap else None
        own, others = here.files(moment), there.files(moment)
        files = list(dict.fromkeys((*own, *others)))
        order = [*(f for f in asked["order"] if f in files), *files]
        crash = Crash(moment, tuple(dict.fromkeys(order)), asked["then"])
        self.mine, self.other = (outcome(one.run(crash)) for one in (here, there))
        only = {f: asked["design"] if f in own else asked["beside"] for f in set(own) ^ set(others)}
        self.panel.shown = {
            **_picture(here, self.mine.run, gap),
            # Another decision is answered, even if all that comes of it is the same.
            "asked": asked,
            "row": row if gap else None,
            "moments": [one.row for one in here.gaps if one.has_cross],
            "verdict": {"word": self.mine.word, "says": _verdict(self.mine.word)},
            "names": {"scenarios": list(SCENARIOS), "designs": list(DESIGNS), "threads": THREADS},
            "files": [
                {"name": file, "note": f"(only under {only[file]})" if file in only else ""}
                for file in crash.order
            ],
            "choices": here.choices,
            "said": self._said(),
            "ends": side_by_side(self.mine, self.other).html,
        }
        self.step_through(self.mine.run if asked["stepping"] else None, self._at_death())

    def _at_death(self) -> int | None:
        """The step with which the CA dies, from where one steps on."""
        names = self.mine.run.schedule
        return next((n for n, name in enumerate(names, 1) if name.endswith(":kill")), None)

    def _said(self) -> str:
        if self.note:
            return self.note
        ends = [f"under {end.run.design}: {_verdict(end.word)}" for end in (self.mine, self.other)]
        return f"{'; '.join(dict.fromkeys(ends))}.".capitalize()


def _verdict(word: str) -> str:
    return "it ends well" if word == "holds" else word


def _picture(here: Situation, run: Run, gap: Gap | None) -> dict[str, Any]:
    """The picture of what happened, and in words the gaps in which the CA lives or could live.

    Up to its death a CA that dies has done what one does that lives.
    """
    after = _rows(here.life)
    gaps = here.gaps if gap is None else here.gaps[: gap.dies_after + 1]
    return {
        "svg": to_svg(run, whole=True),
        "digest": run.digest,
        "places": msgspec.to_builtins(places(run)),
        "gaps": [{**msgspec.to_builtins(one), "after": after[one.row]} for one in gaps],
    }


def _rows(run: Run) -> list[str]:
    """What stands in each row of a run's picture."""
    rows = []
    for event in run.events:
        if isinstance(event, Message):
            rows.append(f"{event.label} from {event.source} to {event.target}")
        elif isinstance(event, Note | Divider):
            rows.append(event.text)
    return rows
