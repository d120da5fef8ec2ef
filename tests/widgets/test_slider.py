"""The slider shows what belongs to its number, with a kernel and without."""

from __future__ import annotations

import pytest

from ocallkit.lesson import Shown, say
from ocallkit.widgets.slider import Slider


def area(side: int) -> Shown:
    """What there is to see for a number."""
    return say(f"**{side * side}** & more")


@pytest.fixture(name="slider")
def _slider() -> Slider:
    return Slider(area, range(2, 5), "side")


def test_what_is_shown_follows_the_slider(slider: Slider) -> None:
    """It sets the text of its own element and prints nothing."""
    shown = [slider.shown.value]
    slider.slider.value = 4
    shown.append(slider.shown.value)
    expected = [area(2).html, area(4).html]
    assert expected == shown


def test_the_slider_stops_at_the_ends(slider: Slider) -> None:
    """There is nothing to show beyond them."""
    assert (2, 4) == (slider.slider.min, slider.slider.max)


def test_a_page_without_a_kernel_has_every_number(slider: Slider) -> None:
    """The first is seen, the others are folded below it."""
    html = slider._repr_mimebundle_()["text/html"]
    assert f"><p>side: 2</p>{area(2).html}<details>" in html
    assert "Run this cell to move the slider." in html
    assert 2 == html.count("<details><summary")
    assert f"side: 3</summary>{area(3).html}</details>" in html


def test_the_text_has_every_number(slider: Slider) -> None:
    """It is the same on each run: no address of an object is in it."""
    expected = "side: 2\n\n4 & more\n\nside: 3\n\n9 & more\n\nside: 4\n\n16 & more"
    assert expected == slider._repr_mimebundle_()["text/plain"]


def test_a_slider_without_numbers_is_an_error() -> None:
    """It says over what it was to be."""
    with pytest.raises(ValueError, match="a slider over threads needs at least one number"):
        Slider(lambda _: say(""), (), "threads")
