"""A slider over a few numbers, and what there is to see for each of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from ocallkit.brief import brief
from ocallkit.errors import UsageError
from ocallkit.widgets.libraries import ipywidgets
from ocallkit.widgets.live import alive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocallkit.lesson.shown import Displayable

HTML: Final = "text/html"
PLAIN: Final = "text/plain"
RUN_CELL: Final = "Run this cell to move the slider."


class Slider:
    """Show something for a number that the reader moves.

    `show` gives for each of `numbers`, which follow one another, what a notebook can display.
    With a kernel there is a slider, and below it what belongs to its number; without one, the
    first of all is seen and the others are folded below it.

    Raises ValueError if there are no numbers.
    """

    def __init__(
        self, show: Callable[[int], Displayable], numbers: Sequence[int], label: str
    ) -> None:
        if not numbers:
            raise UsageError(f"a slider over {label} needs at least one number")
        self.label = label
        self._bundles = {number: show(number)._repr_mimebundle_() for number in numbers}
        self.slider = ipywidgets.IntSlider(
            value=numbers[0],
            min=min(numbers),
            max=max(numbers),
            description=label,
            style={"description_width": "initial"},
        )
        self.shown = ipywidgets.HTML()
        self.slider.observe(self._moved, "value")
        self.box = ipywidgets.VBox([self.slider, self.shown])
        self._moved()

    def _moved(self, _change: object = None) -> None:
        """The number is another: what is shown follows it."""
        self.shown.value = self._bundles[self.slider.value][HTML]

    def __repr__(self) -> str:
        return brief(self, f"{self.label}, {len(self._bundles)} numbers")

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, Any]:
        """The widget for a page with a kernel; the same as HTML and as text for every other."""
        first, *others = self._bundles
        folded = "".join(
            f'<details><summary style="cursor:pointer">{self._heading(number)}</summary>'
            f"{self._bundles[number][HTML]}</details>"
            for number in others
        )
        html = f"<p>{self._heading(first)}</p>{self._bundles[first][HTML]}{folded}"
        texts = [f"{self._heading(n)}\n\n{bundle[PLAIN]}" for n, bundle in self._bundles.items()]
        return alive(self.box, {HTML: html, PLAIN: "\n\n".join(texts)}, RUN_CELL)

    def _heading(self, number: int) -> str:
        return escape(f"{self.label}: {number}", quote=False)
