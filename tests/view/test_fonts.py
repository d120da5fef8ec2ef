"""Widths of texts."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.ft2font import FT2Font, LoadFlags

from ocallkit.view.fonts import BOLD, WIDTHS, width, wrap

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
EM = 1000


def measured(text: str, font: str) -> float:
    """Measure a text of size 1 with the font itself."""
    face = FT2Font(str(FONTS / font))
    face.set_size(EM, 72)
    glyphs = (face.load_char(ord(character), LoadFlags.NO_HINTING) for character in text)
    return float(sum(glyph.linearHoriAdvance for glyph in glyphs)) / 65536 / EM


@pytest.mark.parametrize("character", "".join(WIDTHS.values()))
def test_a_character_is_as_wide_as_in_dejavu_sans(character: str) -> None:
    """The table gives its width, or up to a twentieth more."""
    real = measured(character, "DejaVuSans.ttf")
    assert -0.004 <= width(character, 1) - real <= 0.05


def test_every_printable_character_has_a_width() -> None:
    """Each stands in the table once."""
    assert sorted("".join(WIDTHS.values())) == [chr(code) for code in range(32, 127)]


@pytest.mark.parametrize("name", ["CA B", "TEE Driver", "OP-TEE Driver", "OCALL PTA", "TA"])
def test_a_bold_name_is_no_wider_than_said(name: str) -> None:
    """Headers are as wide as their names in bold."""
    assert measured(name, "DejaVuSans-Bold.ttf") <= width(name, 1) * BOLD


def test_an_unknown_character_is_taken_for_a_wide_one() -> None:
    """Rather too much room than too little."""
    assert width("界", 10) == 10


def test_a_word_wider_than_the_line_is_not_broken() -> None:
    """It has a line of its own."""
    words = ["a", "very_long_name_of_something", "b", "c"]
    assert wrap(words, 10, 40) == ["a", "very_long_name_of_something", "b c"]
