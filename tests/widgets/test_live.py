"""A picture that names the widget which comes to life in it."""

from __future__ import annotations

import re

from ipywidgets import Label, Widget
from ipywidgets.widgets.widget import _instances

from ocallkit.widgets.live import PLACE, Live, alive

PICTURE = {"text/html": "<img>", "text/plain": "a picture"}


def shown_by(html: str) -> Widget:
    """The widget that the page would show in front of a picture."""
    (place,) = re.findall(f'{PLACE}="(.*?)"', html)
    (live,) = (w for w in _instances.values() if isinstance(w, Live) and w.place == place)
    found: Widget = live.shows
    return found


def test_a_picture_names_its_widget() -> None:
    """By a name that no other picture has, of this kernel or of another."""
    one, other = Label("one"), Label("other")
    bundles = [alive(one, PICTURE), alive(other, PICTURE), alive(one, PICTURE)]
    assert [one, other, one] == [shown_by(bundle["text/html"]) for bundle in bundles]


def test_what_is_saved_is_the_picture_with_its_words() -> None:
    """No view of a widget, which would be an error where its kernel is gone."""
    bundle = alive(Label(), PICTURE, "Run it.")
    html = re.sub(f'{PLACE}=".*?"', f'{PLACE}=""', bundle["text/html"])
    words = "<p><small>Run it.</small></p>"
    assert f'<div {PLACE}=""><img>{words}</div>' == html
    assert ["text/html", "text/plain"] == sorted(bundle)
    assert "a picture" == bundle["text/plain"]


def test_it_says_what_it_is_without_an_address() -> None:
    """The same words on each run."""
    assert "Live()" == repr(Live(Label()))
