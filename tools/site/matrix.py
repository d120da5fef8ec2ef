"""The matrix of verdicts, with every answer that its view can give found beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit.properties import NAMES

if TYPE_CHECKING:
    from ocallkit.widgets.matrix_view import MatrixView
    from tools.site.runs import Runs
    from tools.site.widgets import Modules


class Recorded:
    """A matrix view that has been asked everything.

    `content` is for the page: what the panel shows at first (`start`); for each property the
    table (`tables`); for each property and cell what is said, and the token of the run that opens
    (`answers`).
    """

    def __init__(self, view: MatrixView, modules: Modules, runs: Runs) -> None:
        self.cells = view.cells
        self.module = modules.add(view.panel.get_state())
        self.start = {"asked": view.panel.asked, "shown": view.panel.shown}
        self.picture = view.as_shown()["text/html"]
        stepper = ""
        tables: dict[str, Any] = {}
        answers: dict[str, dict[str, Any]] = {}
        for name in ("", *NAMES):
            view.panel.asked = {"property": name, "chosen": None}
            tables[name] = view.panel.shown
            answers[name] = {"": _answer(view, runs)}
            for design, scenario in view.squares:
                view.open(design, scenario)
                answers[name][f"{design}/{scenario}"] = _answer(view, runs)
                if view.stepper is not None:
                    stepper = modules.add(view.stepper.get_state())
        self.content: dict[str, Any] = {
            "start": self.start,
            "tables": tables,
            "answers": answers,
            "stepper": stepper,
        }


def _answer(view: MatrixView, runs: Runs) -> dict[str, Any]:
    """What the view says now, and the token of the run that it has opened."""
    line = runs.add(view.stepper.story) if view.stepper is not None else None
    return {"said": view.panel.shown["said"], "run": line}
