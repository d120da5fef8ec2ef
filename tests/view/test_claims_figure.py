"""A ledger as a picture: a square for each claim, told by its mark and its colour."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from ocallkit.claims import Entry
from ocallkit.claims.claim import VERDICTS
from ocallkit.claims.entry import counted, judged, summary
from ocallkit.view import palette
from ocallkit.view.claims_figure import MEANINGS, WIDE, claims_picture, claims_svg, digest
from ocallkit.view.figures import digest_in
from ocallkit.view.marks import CLAIMS

ENTRIES = tuple(
    Entry(f"C{number:02}", "It is so.", verdict, f"It is {verdict}.")
    for number, verdict in enumerate(VERDICTS)
)
THEMES = {"the first": ENTRIES[:2], "the second": ENTRIES[2:]}
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    """Everything that is written in a picture."""
    return [one.text or "" for one in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_verdict_has_a_mark_a_colour_and_a_meaning() -> None:
    """No two have the same mark, nor the same colours."""
    assert [*VERDICTS] == [*MEANINGS] == [*palette.CLAIMS] == [*CLAIMS]
    assert len(VERDICTS) == len(set(CLAIMS.values()))
    assert len(VERDICTS) == len(set(palette.CLAIMS.values()))


def test_every_claim_is_there_below_its_theme() -> None:
    """The title, then themes and ids, then what the marks mean and how many have each."""
    legend = [f"1 {verdict}: {MEANINGS[verdict]}" for verdict in VERDICTS]
    first, second = ["the first", "C00", "C01"], ["the second", "C02", "C03", "C04"]
    assert ["Claims", *first, *second, *legend] == texts(claims_svg(THEMES, "Claims"))


def test_a_square_says_its_verdict_and_reason() -> None:
    """Where a page shows the words of a picture."""
    titles = [
        one.findtext(f"{SVG}title") for one in ET.fromstring(claims_svg(THEMES)).iter(f"{SVG}g")
    ]
    assert [f"{one.id} {one.verdict}: {one.reason}" for one in ENTRIES] == titles


@pytest.mark.parametrize("many", [1, 13, 40])
def test_nothing_leaves_the_picture(many: int) -> None:
    """A theme of many claims goes on in another row."""
    entries = [Entry(f"C{number:02}b", "", "holds", "So.") for number in range(many)]
    root = ET.fromstring(claims_svg({"all of them": entries}))
    boxes = [(float(b.get("x", 0)), float(b.get("width", 0))) for b in root.iter(f"{SVG}rect")]
    assert many + 1 == len(boxes)
    assert WIDE >= max(left + wide for left, wide in boxes)
    rows = {one.get("y") for one in root.iter(f"{SVG}rect")}
    assert {1: 2, 13: 2, 40: 4}[many] == len(rows)


def test_the_digest_tells_another_verdict_or_reason() -> None:
    """And is in the picture."""
    assert digest(THEMES) == digest_in(claims_svg(THEMES))
    other = {**THEMES, "the first": (ENTRIES[0]._replace(reason="Otherwise."), ENTRIES[1])}
    assert digest(THEMES) != digest(other)


def test_the_picture_says_the_same_in_words() -> None:
    """For who does not see it."""
    picture = claims_picture(THEMES, "Claims")
    told = "3 of 5 claims are judged: 1 holds, 1 is refined, 1 is refuted; 1 is open, 1 is pending."
    assert f"Claims. {told}" == picture.alt
    assert "C02 refuted: It is refuted." in picture.plain.splitlines()


def test_only_what_was_judged_is_counted_as_judged() -> None:
    """Not what is open, nor what nothing checks."""
    assert 3 == judged(counted(ENTRIES))
    assert "0 of 1 findings are judged: 1 is pending." == summary(ENTRIES[-1:], "findings")
