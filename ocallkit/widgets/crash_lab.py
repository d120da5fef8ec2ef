"""The crash lab: kill somebody between two messages, and see what is left behind.

What a reader decides arrives in the panel's `asked`; what comes of it goes back in `shown`, with
what it answers to.  Nobody but the page writes `asked`: every decision that has no answer yet.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.judging.assembly import find_design, find_scenario
from ocallkit.labs.crash import Crash, Situation, decisions
from ocallkit.labs.gaps import titled
from ocallkit.labs.outcome import Outcome, outcome
from ocallkit.labs.same_turns import same_turns
from ocallkit.scenarios import Scenario
from ocallkit.view.display import image
from ocallkit.view.svg import to_svg
from ocallkit.widgets.crash_asked import UNDISTURBED, chosen, settled
from ocallkit.widgets.crash_picture import picture
from ocallkit.widgets.crash_words import crosses, names, situation, turns
from ocallkit.widgets.ends import ends, side_by_side
from ocallkit.widgets.lab import CSS, Lab, page
from ocallkit.widgets.libraries import AnyWidget, traitlets

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.view.display import Table


class CrashPanel(AnyWidget):
    """The panel on the page."""

    _esm = page("crash_lab.js")
    _css = CSS

    asked = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "CrashPanel()"


class CrashLab(Lab):
    """Kill a CA where you like, close its files in the order you like, and compare two designs.

    `row` is the gap of the kill: it lies after that row of the picture, counted from 0; None lets
    everybody live.  `who` dies, the first that can if nothing is said.  `order` is the order in
    which the files of the dead are closed, `clients` how many CAs there are.

    >>> lab = CrashLab("flow-1-memref", "ecall", beside="held-refs-pre-release")
    >>> lab.find()
    >>> lab.mine.word, lab.other.word
    ('deadlock', 'holds')

    Raises UnknownNameError for a scenario or a design that there is not, UsageError for a scenario
    in which the lab can kill nobody.
    """

    def __init__(
        self,
        scenario: str | Scenario = "flow-1-memref",
        design: str | type[EcallBare] = "ecall",
        beside: str | type[EcallBare] = "held-refs-pre-release",
        *,
        threads: int = 2,
        clients: int | None = None,
        who: str = "",
        row: int | None = None,
        order: tuple[str, ...] = (),
    ) -> None:
        super().__init__(CrashPanel())
        self.note = ""
        self._given: dict[str, Any] = {}
        here = Situation(self._known(scenario), self._known(design), threads, clients, who)
        self.panel.on_msg(self.on_message)
        self.panel.observe(self._decided, "asked")
        self.asked: dict[str, Any] = {
            "turn": 0,
            "scenario": here.scenario.name,
            "design": here.design.name,
            "beside": find_design(self._known(beside)).name,
            "threads": threads,
            "clients": here.clients,
            "who": here.who,
            "row": row,
            "moment": None,
            "order": list(order),
            "then": "",
            "stepping": False,
            **UNDISTURBED,
        }
        self._update()

    def decide(self, **changes: object) -> None:
        """Decide something: any of the names that `asked` has."""
        # What was said of the decisions before does not hold for these.
        self.note = ""
        self._settle(changes)
        self._update()

    def find(self) -> None:
        """Load the shortest bad ending of the chosen scenario and design, or say there is none.

        One that comes about by other turns than the lab's own brings them along.
        """
        here = self._situation(self.asked["design"], turns=())
        crash = here.find()
        if crash is None:
            self._settle({"row": None, "moment": None, **UNDISTURBED})
            self.note = "However it dies, every ending is a good one under this design."
            if not here.verdict.holds:
                self.note = f"No bad ending was found, which says nothing: {here.verdict.outcome}."
            self._update()
            return
        row, there = None, here.along(crash.turns, crash.who)
        if crash.moment is not None:
            row = next(gap.row for gap in there.gaps if crash.moment in gap.crosses)
        found = {"turns": list(crash.turns), "way": list(crash.way), "order": list(crash.order)}
        self.decide(row=row, moment=crash.moment, then=crash.then, who=there.who, **found)

    def on_message(self, _panel: object, content: dict[str, Any], _buffers: object) -> None:
        """What the page asks for besides its decisions: a bad ending."""
        if content.get("find"):
            self.find()

    def as_shown(self) -> dict[str, str]:
        """The diagram of the run, how it ends, and how it ends under the other design."""
        said, table = self.panel.shown["said"], self._ends()
        run = self.mine.run
        html = f"<p>{escape(said)}</p>{image(to_svg(run), run.summary)}{table.html}"
        return {"text/html": html, "text/plain": f"{run.text()}\n{said}\n\n{table.plain}"}

    # --- what was decided ------------------------------------------------------------------------

    def _decided(self, change: dict[str, Any]) -> None:
        """What the page has decided since it had an answer, in its order; some may be known."""
        self.note = ""
        for one in change["new"]["decisions"]:
            if one["turn"] > self.asked["turn"]:
                self._settle({**one["changes"], "turn": one["turn"]})
        self._update()

    def _settle(self, changes: dict[str, Any]) -> None:
        self.asked = settled(self.asked, {**self.asked, **changes}, self._asked_for)

    def _known(self, one: Any) -> Any:  # noqa: ANN401 - a scenario or a design
        """A scenario or a design, which is asked for by its name from now on."""
        if isinstance(one, Scenario):
            self._given[one.name] = find_scenario(one)
        elif not isinstance(one, str):
            self._given[find_design(one).name] = one
        return one

    def _situation(
        self, design: str, asked: dict[str, Any] | None = None, **other: object
    ) -> Situation:
        asked = {**(asked or self.asked), **other}
        scenario, whose = (self._given.get(one, one) for one in (asked["scenario"], design))
        own = asked["threads"], asked["clients"], asked["who"], asked["then"]
        return situation(scenario, whose, *own, tuple(asked["turns"]))

    def _asked_for(self, asked: dict[str, Any]) -> Situation:
        return self._situation(asked["design"], asked)

    # --- what comes of it ------------------------------------------------------------------------

    def _update(self) -> None:
        """Run what is asked for under both designs, and show it."""
        asked = self.asked
        here = self._situation(asked["design"])
        moment = chosen(here, asked)
        gap = here.gaps[asked["row"]] if moment is not None else None
        way = tuple(asked["way"])
        there, then = self._beside(here, moment)
        own = here.files(moment)
        others = there.files(then) if there else own
        files = list(dict.fromkeys((*own, *others)))
        order = tuple(dict.fromkeys([*(f for f in asked["order"] if f in files), *files]))
        crash = Crash(moment, order, asked["then"], way=way)
        self.mine = outcome(here.run(crash))
        if way:
            order = tuple(dict.fromkeys((*decisions(self.mine.run).order, *order)))
        self.missing = ""
        self.other = self._other(there, msgspec.structs.replace(crash, moment=then))
        only = {f: asked["design"] if f in own else asked["beside"] for f in set(own) ^ set(others)}
        self.panel.shown = {
            **picture(here, self.mine.run, gap),
            # Another decision is answered, even if all that comes of it is the same.
            "asked": asked,
            "row": asked["row"] if gap else None,
            "moment": moment,
            "moments": [
                g.row for one in range(len(here.moments)) for g in here.gaps if one in g.crosses
            ],
            "crosses": crosses(here, gap),
            "mortals": {who: titled(here.life, who) for who in here.mortals},
            "who": here.who,
            "clients": here.clients,
            "title": titled(here.life, here.who),
            "turns": turns(here, self.mine.run, same=bool(way) or gap is None),
            "verdict": {"word": self.mine.word, "says": _verdict(self.mine.word)},
            "names": names(here, self._given),
            "files": [
                {"name": file, "note": f"(only under {only[file]})" if file in only else ""}
                for file in order
            ],
            "choices": here.choices,
            "said": self._said(),
            "ends": self._ends().html,
        }
        self.step_through(self.mine.run if asked["stepping"] else None, self._at_death())

    def _beside(self, here: Situation, moment: int | None) -> tuple[Situation | None, int | None]:
        """The other design's situation and its like moment; none where turns are followed."""
        asked = self.asked
        if asked["turns"] or asked["way"]:
            return None, None
        there = self._situation(asked["beside"], who="")
        if here.who not in there.mortals:
            return None, None
        there = self._situation(asked["beside"], who=here.who)
        return there, None if moment is None else there.like(here, moment)

    def _other(self, there: Situation | None, crash: Crash) -> Outcome | None:
        """How it ends under the other design, or why that cannot be said."""
        asked = self.asked
        beside, run = asked["beside"], self.mine.run
        if beside == asked["design"]:
            return self.mine
        if there is None and (asked["turns"] or asked["way"]):
            given = self._given.get(beside, beside), self._given.get(run.scenario)
            other = same_turns(run, *given)
            self.missing = "" if other else f"under {beside} these turns cannot be taken"
            return outcome(other) if other else None
        lives = not any(name.endswith(":kill") for name in run.schedule)
        if there is None or (crash.moment is None and not lives):
            self.missing = f"under {beside} there is no such moment"
            return None
        return outcome(there.run(crash))

    def _ends(self) -> Table:
        if self.other is None:
            return ends((self.mine,))
        return side_by_side(self.mine, self.other)

    def _at_death(self) -> int | None:
        """The step with which the first one dies, from where one steps on."""
        names = self.mine.run.schedule
        return next((n for n, name in enumerate(names, 1) if name.endswith(":kill")), None)

    def _said(self) -> str:
        if self.note:
            return self.note
        found = [self.mine, *([self.other] if self.other else [])]
        said = [f"under {end.run.design}: {_verdict(end.word)}" for end in found]
        said += [self.missing] * bool(self.missing)
        return _capital(f"{'; '.join(dict.fromkeys(said))}.")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _verdict(word: str) -> str:
    return "it ends well" if word == "holds" else word
