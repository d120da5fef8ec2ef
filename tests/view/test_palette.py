"""The palettes, light and dark: whoever looks can read, whatever the place says of its theme."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import product

import pytest

from ocallkit import run
from ocallkit.lesson import checking
from ocallkit.view import claims_table, palette
from ocallkit.view.figures import FOLDER, OWN
from ocallkit.view.svg import to_svg
from ocallkit.view.timeline import timeline_svg
from tests.view.test_svg import contrast

TEXTS = (palette.INK, palette.QUIET)
GROUNDS = (palette.PAPER, palette.HEADER, palette.NOTE, *palette.BANDS.values())
LINES = (
    *(colour for colour, _ in palette.LINES.values()),
    palette.LIFELINE,
    palette.THREAD,
    palette.IOCTL_EDGE,
    palette.NOTE_EDGE,
)
MARKS = [
    *((edge, fill) for fill, edge, _ in palette.VERDICTS.values()),
    *((edge, fill) for fill, edge in palette.CLAIMS.values()),
]
ON_FILLS = [(palette.PAPER, fill) for fill, _ in palette.SHARING.values()]
"""What clients share is written on its fill."""

TEXT_PAIRS = [
    *product(TEXTS, GROUNDS),
    *((palette.INK, fill) for fill, *_ in (*palette.VERDICTS.values(), *palette.CLAIMS.values())),
    *ON_FILLS,
]
LINE_PAIRS = [*product(LINES, (palette.PAPER, *palette.BANDS.values())), *MARKS]


def seen(colour: str, theme: str) -> str:
    """The colour as it is seen in a theme."""
    return palette.DARK[colour] if theme == "dark" else colour


@cache
def pictures() -> dict[str, str]:
    """Every picture of this package in figures/, and a run with references."""
    stored = {name: (FOLDER / name).read_text(encoding="utf-8") for name in OWN}
    return {**stored, "references": to_svg(run("flow-1-memref"), whole=True, references=True)}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_have_contrast_aa(theme: str) -> None:
    """Every text is 4.5 to 1 or better on every ground that it may have."""
    pairs = [(seen(text, theme), seen(ground, theme)) for text, ground in TEXT_PAIRS]
    assert [] == [(t, g) for t, g in pairs if contrast(t, g) < 4.5]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_marks_have_contrast_aa(theme: str) -> None:
    """What a reader must see is 3 to 1 or better on every ground that it may have."""
    pairs = [(seen(line, theme), seen(ground, theme)) for line, ground in LINE_PAIRS]
    assert [] == [(x, g) for x, g in pairs if contrast(x, g) < 3]


def test_no_two_colours_are_one_in_the_dark() -> None:
    """What is told apart by a colour is told apart by it in both themes."""
    assert len(palette.DARK) == len(set(palette.DARK.values()))


def test_every_colour_of_every_picture_has_one_for_the_dark() -> None:
    """A colour that is forgotten would stay bright."""
    for name, svg in pictures().items():
        root = ET.fromstring(svg)
        used = {e.get(paint) for e in root.iter() for paint in palette.PAINTS} - {None, "none"}
        assert (name, set()) == (name, used - palette.DARK.keys())


def test_a_picture_brings_the_sheet_for_the_dark_and_no_other() -> None:
    """It speaks of a picture that is a document of its own: in a page `:root` is the page."""
    for name, svg in pictures().items():
        sheets = re.findall("<style>.*?</style>", svg)
        assert (name, [palette.dark_sheet()]) == (name, sheets)
    assert palette.dark_sheet().startswith("<style>@media (prefers-color-scheme:dark){:root")
    rule = f'fill="{palette.PAPER}"]{{fill:{palette.DARK[palette.PAPER]}}}'
    assert rule in palette.dark_sheet()


def test_a_timeline_has_its_colours_for_the_dark() -> None:
    """Its colours are styles, which only a rule of weight can change."""
    svg = timeline_svg(run("flow-1"))
    styles = "".join(re.findall(r'style="(.*?)"', svg))
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", styles))
    assert set() == used - palette.DARK.keys()
    assert palette.styled_sheet() in svg
    assert f'[style*="fill: {palette.INK}"]' in palette.styled_sheet()


def test_an_edge_in_a_table_stands_out_in_either_theme() -> None:
    """No style sheet reaches it: on the paper of every place, between the rows too, 3 to 1."""
    styles = (
        *map(palette.edge, palette.VERDICTS),
        *(edge for _, edge in palette.SHARING.values()),
        *claims_table.EDGES.values(),
        *(f"solid {edge}" for edge in (checking.OPEN, checking.RIGHT, checking.WRONG)),
    )
    places = ("#ffffff", "#f5f5f5", "#212121", "#111111", palette.DARK[palette.PAPER])
    pairs = [(edge.split()[1], place) for edge, place in product(styles, places)]
    assert [] == [(edge, place) for edge, place in pairs if contrast(edge, place) < 3]
    assert palette.VERDICTS.keys() == palette.EDGES.keys()
