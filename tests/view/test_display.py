"""How a run looks in a notebook."""

from __future__ import annotations

import re
from base64 import b64decode

from ocallkit.view.display import Picture, Table, mimebundle
from ocallkit.view.svg import to_svg
from ocallkit.view.text import to_text
from tests.view.made import MadeRun, flow_1, killed

RUN = MadeRun(flow_1(), summary='A "quoted" <summary>.')


def test_the_picture_is_an_image_that_carries_its_own_bytes() -> None:
    """An untrusted notebook keeps it: nothing is fetched, nothing is inline SVG."""
    html = mimebundle(RUN)["text/html"]
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert found is not None
    assert b64decode(found[1]).decode() == to_svg(RUN)


def test_the_runs_summary_is_the_alternative_text() -> None:
    """Those who do not see the picture read what it shows."""
    assert 'alt="A &quot;quoted&quot; &lt;summary&gt;."' in mimebundle(RUN)["text/html"]


def test_the_plain_text_is_the_whole_trace() -> None:
    """A terminal and a comparison of notebooks read every message and state of the world."""
    run = MadeRun(killed())
    assert mimebundle(run)["text/plain"] == to_text(run, dividers=True)
    assert "== CA A is killed ==" in mimebundle(run)["text/plain"]


def test_the_options_reach_the_picture() -> None:
    """`references` adds the lane."""
    assert mimebundle(RUN) != mimebundle(RUN, references=True)


def test_a_picture_answers_with_html_and_text() -> None:
    """Its alternative text stands in where there is no longer text."""
    bundle = Picture("<svg/>", "a picture")._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"] == "a picture"


def test_a_table_answers_only_with_what_is_asked_for() -> None:
    """`include` and `exclude` are IPython's."""
    table = Table("<table></table>", "table")
    assert table._repr_mimebundle_(include={"text/html"}) == {"text/html": "<table></table>"}
    assert table._repr_mimebundle_(exclude={"text/html"}) == {"text/plain": "table"}
