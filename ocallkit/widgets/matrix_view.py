"""The matrix of verdicts, whose cells open their counterexamples in a stepper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.errors import find
from ocallkit.judging.matrix import Cell, matrix
from ocallkit.judging.tokens import replay
from ocallkit.properties import NAMES
from ocallkit.view.matrix_picture import MEANINGS, Square, matrix_picture, size, squares
from ocallkit.widgets.lab import CSS, Lab, page, shape
from ocallkit.widgets.libraries import AnyWidget, traitlets

if TYPE_CHECKING:
    from collections.abc import Sequence


class MatrixPanel(AnyWidget):
    """The table on the page."""

    _esm = page("matrix_view.js")
    _css = CSS

    asked = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "MatrixPanel()"


class MatrixView(Lab):
    """The verdicts of `cells`; without them, of every design in every scenario with two threads.

    >>> view = MatrixView(matrix(["flow-2"], ["ecall-bare", "ecall"], threads=[2], processes=1))
    >>> view.open("ecall-bare", "flow-2")
    >>> view.stepper.run.title
    'flow-2 under ecall-bare'
    """

    def __init__(self, cells: Sequence[Cell] | None = None) -> None:
        super().__init__(MatrixPanel())
        self.cells = tuple(matrix(threads=(2,), processes=1) if cells is None else cells)
        self.squares = {(s.design, s.scenario): s for row in squares(self.cells) for s in row}
        self.panel.observe(lambda _change: self._update(), "asked")
        self.panel.asked = {"property": "", "chosen": None}

    def open(self, design: str, scenario: str) -> None:
        """Open the counterexample of a cell; of one that holds there is none, which is said.

        Raises UnknownNameError for a cell that the matrix does not have.
        """
        known = {f"{d} in {s}": (d, s) for d, s in self.squares}
        find("cell", f"{design} in {scenario}", known)
        self.panel.asked = {**self.panel.asked, "chosen": [design, scenario]}

    def only(self, name: str) -> None:
        """Show only whether the property of that name holds; "" for all of them.

        Raises UnknownNameError for a property that there is not.
        """
        if name:
            find("property", name, dict.fromkeys(NAMES, name))
        self.panel.asked = {**self.panel.asked, "property": name}

    def as_shown(self) -> dict[str, str]:
        """The picture of the matrix."""
        return matrix_picture(self.cells)._repr_mimebundle_()

    def _update(self) -> None:
        name, chosen = self.panel.asked["property"], self.panel.asked["chosen"]
        cell = _shown(self.squares[tuple(chosen)], name) if chosen else None
        line, said = _counterexample(cell, name)
        run = replay(line) if line else None
        # A property that must always hold breaks before the end: the run ends there.
        self.step_through(run, len(run.steps) if run else None)
        rows: dict[str, list[dict[str, Any]]] = {}
        for square in self.squares.values():
            rows.setdefault(square.design, []).append(_as_data(square, name))
        self.panel.shown = {
            "properties": list(NAMES),
            "size": size(self.cells),
            "scenarios": list(dict.fromkeys(scenario for _, scenario in self.squares)),
            "rows": [{"design": design, "squares": row} for design, row in rows.items()],
            "said": said,
        }


def _only(square: Square, name: str) -> Square:
    """What a square says of one property alone; of every one if `name` is empty."""
    if not name:
        return square
    cells = tuple(
        msgspec.structs.replace(
            cell,
            broken=tuple(one for one in cell.broken if one[0] == name),
            holds=all(one[0] != name for one in cell.broken),
        )
        for cell in square.cells
    )
    return msgspec.structs.replace(square, cells=cells)


def _shown(square: Square, name: str) -> Cell:
    return _only(square, name).shown


def _as_data(square: Square, name: str) -> dict[str, Any]:
    found = _only(square, name)
    word, broken = found.word, found.shown.broken
    more = found.states if not broken else f"in {min(steps for _, steps, _ in broken)} steps"
    return {
        "scenario": square.scenario,
        "word": word,
        "label": found.label,
        "more": more,
        "shape": shape(word),
    }


def _counterexample(cell: Cell | None, name: str) -> tuple[str, str]:
    """The token of the shortest way in which a cell is violated, and what is said of it."""
    if cell is None:
        return "", "Choose a cell: what breaks there opens below."
    where = f"{cell.design} in {cell.scenario}, {cell.threads} secure threads"
    if not cell.broken:
        what = name or MEANINGS["holds"]
        return (
            "",
            f"{where}: {what} holds in all {cell.states} states. There is nothing to step to.",
        )
    _, steps, line = min(cell.broken, key=lambda one: one[1])
    names = ", ".join(broken for broken, _, other in cell.broken if other == line)
    return line, f"{where}: {names} broken after {steps} steps. The stepper stands there."
