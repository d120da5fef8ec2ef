"""Who can disturb whom, as a picture, as a table, and for a terminal."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from ocallkit.cli import main
from ocallkit.judging.disturbs import POOL, Disturbs, Row, Touch, disturbs
from ocallkit.view.disturbs_picture import digest, disturbs_picture, disturbs_svg
from ocallkit.view.disturbs_table import disturbs_table, disturbs_text, headline, size
from ocallkit.view.fonts import BOLD, width
from ocallkit.view.measures import FONT
from ocallkit.view.palette import BANDS, LIFELINE, PAPER, SHARING
from tests.view.test_svg import contrast

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

SVG = "{http://www.w3.org/2000/svg}"
POOL_ONLY = "Clients meet in the pool of free secure threads, and nowhere else"
TAKES = Touch("takes", "shared", "threads")
OWN = Touch("writes", "own", "calls")


@cache
def seen() -> Disturbs:
    """One design in one scenario."""
    return disturbs(["ecall"], ["flow-1"])


def made(*touches: Touch, in_pools: bool = True, finished: bool = True) -> Disturbs:
    """One step that touches these, and one that takes a thread."""
    rows = (Row("a_step", "mine", "Mine", touches), Row("takes", "mine", "Mine", (TAKES,)))
    return Disturbs(("a",), ("s",), 2, 2, rows, in_pools, finished)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (made(OWN), POOL_ONLY),
        (made(in_pools=False), "Clients meet in the pool of free secure threads, and something is"),
        (made(Touch("reads", "shared", "x")), "Clients meet in more than the pool of free secure"),
        (made(Touch("counts", "shared", "threads")), "Clients meet in more than the pool"),
    ],
)
def test_the_title_says_what_was_found(found: Disturbs, words: str) -> None:
    """It stands in the picture, in its alternative text, in the table and in the text."""
    title = headline(found)
    assert title.startswith(words)
    assert f">{title}</text>" in disturbs_svg(found)
    assert f'alt="{title}. ' in disturbs_picture(found)._repr_mimebundle_()["text/html"]
    assert f"<strong>{title}.</strong>" in disturbs_table(found).html
    assert disturbs_text(found).startswith(f"{title}.\n{size(found)}.\n")


def test_the_title_names_what_else_is_shared() -> None:
    """Every kind of record that others see, and the number of what lies in the pool."""
    found = made(Touch("writes", "another's", "calls"), Touch("counts", "shared", "threads"))
    assert headline(found).endswith(": calls, the number of free secure threads")


def test_what_is_not_finished_says_so() -> None:
    """An interrupt leaves steps out."""
    assert size(made(finished=False)).endswith(", every fault; not finished")
    assert "one design in" not in size(made())
    assert size(made()).startswith("a in s, 2 CAs, ")


def cells(found: Disturbs) -> dict[str, ET.Element]:
    """Each cell of the picture by what it says."""
    groups = ET.fromstring(disturbs_svg(found)).iter(f"{SVG}g")
    return {group.findtext(f"{SVG}title") or "": group for group in groups}


def test_what_is_shared_is_a_full_cell_with_words_and_what_is_not_a_small_mark() -> None:
    """A dot for what is changed, a ring for what is read; not told apart by colour alone."""
    found = made(OWN, Touch("reads", "own", "contexts"), Touch("reads", "shared", "x"))
    drawn = {said: [child.tag for child in group][1:] for said, group in cells(found).items()}
    full, mark = [f"{SVG}rect", f"{SVG}text"], [f"{SVG}circle"]
    assert drawn == {
        "a_step, calls: writes its own": mark,
        "a_step, contexts: reads its own": mark,
        "a_step, x: reads shared": full,
        f"takes, {POOL.name}: takes shared": full,
    }
    fills = [
        circle.attrib["fill"] for g in cells(found).values() for circle in g.iter(f"{SVG}circle")
    ]
    assert {LIFELINE, "none"} == set(fills)
    words = [text.text for g in cells(found).values() for text in g.iter(f"{SVG}text")]
    assert ["READS SHARED", "TAKES"] == words


def test_every_word_fits_its_cell() -> None:
    """The longest words decide how wide a column is."""
    loud = (Touch("reads", "another's", "calls"), Touch("writes", "another's", "calls"), OWN)
    for group in cells(made(*loud)).values():
        for frame, text in zip(group.iter(f"{SVG}rect"), group.iter(f"{SVG}text"), strict=True):
            assert width(text.text or "", FONT) * BOLD < float(frame.attrib["width"])


def test_what_is_written_in_a_full_cell_can_be_read() -> None:
    """Words at 4.5 to 1 against the fill, marks at 3 to 1 against the paper behind them."""
    assert all(contrast(PAPER, fill) >= 4.5 for fill, _ in SHARING.values())
    assert all(contrast(LIFELINE, fill) >= 3 for fill in BANDS.values())


def test_the_digest_tells_what_is_touched_apart() -> None:
    """One touch less is another picture."""
    assert digest(seen()) == digest(disturbs(["ecall"], ["flow-1"]))
    less = replace(seen(), rows=(replace(seen().rows[0], touches=()), *seen().rows[1:]))
    assert digest(seen()) != digest(less)
    assert f"<metadata>ocallkit disturbs {digest(seen())}</metadata>" in disturbs_svg(seen())


def test_the_table_survives_in_a_notebook_that_is_not_trusted() -> None:
    """No script, no id, no class; its plain text is the one for terminals."""
    bundle = disturbs_table(seen())._repr_mimebundle_()
    assert disturbs_text(seen()) == bundle["text/plain"]
    assert not re.search(r"<(?:script|style|svg|link)|\s(?:id|class|on\w+)=", bundle["text/html"])
    assert bundle["text/html"].count("<code>") == len(seen().rows)


@pytest.mark.whole
def test_the_command_prints_the_matrix_and_writes_the_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON, a row for each step; an unknown design is bad usage."""
    path = tmp_path / "disturbs.svg"
    assert main(["disturbs", "ecall", "--figure", str(path)]) == 0
    found = disturbs(["ecall"])
    assert capsys.readouterr().out == disturbs_text(found) + "\n"
    assert path.read_text(encoding="utf-8") == disturbs_svg(found)
    assert main(["disturbs", "ecall", "--threads", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (1, [row.step for row in disturbs(["ecall"], threads=1).rows]) == (
        told["threads"],
        [row["step"] for row in told["steps"]],
    )
    assert main(["disturbs", "x"]) == 2
    assert capsys.readouterr().err.startswith("ocallkit: no design is called 'x'.")
