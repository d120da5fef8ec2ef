"""The matrix of verdicts, as a picture and as a table."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from ocallkit.cli import main
from ocallkit.judging.matrix import Cell, matrix
from ocallkit.view.fonts import width
from ocallkit.view.marks import SHAPES, mark
from ocallkit.view.matrix_picture import (
    MEANINGS,
    digest,
    matrix_picture,
    matrix_svg,
    matrix_table,
    squares,
    summary,
)
from ocallkit.view.measures import FONT
from ocallkit.view.palette import INK, QUIET, VERDICTS
from tests.view.test_svg import contrast

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
BREAKS = {
    "holds": (),
    "leak": ("no-context-leak",),
    "deadlock": ("no-context-leak", "no-deadlock"),
    "use-after-free": ("no-use-after-free",),
    "broken": ("counts-never-negative",),
    "empty": (),
    "unfinished": (),
}


def made(word: str, *, threads: int = 2, states: int = 7) -> Cell:
    """A cell with that verdict, in a scenario of that name."""
    broken = tuple((name, 20, "flow-1/ecall/t2/c1/") for name in BREAKS[word])
    finished = word != "unfinished"
    holds = not broken if finished and word != "empty" else None
    return Cell(word, "ecall", threads, 1, holds, finished, states, 90, 20, 0.5, broken)


@cache
def judged() -> tuple[Cell, ...]:
    """Two designs in two scenarios: three cells hold, two of which have memory to leak."""
    return matrix(("flow-1", "flow-1-memref"), ("ecall", "held-refs"), threads=(1, 2), processes=1)


def texts(svg: str) -> list[ET.Element]:
    """Every text of a picture."""
    return list(ET.fromstring(svg).iter(f"{SVG}text"))


@pytest.mark.parametrize("word", MEANINGS)
def test_a_cell_says_its_verdict_by_word_and_by_shape(word: str) -> None:
    """Not by its colour alone; the legend explains what is there, and nothing else."""
    svg = matrix_svg((made(word),))
    said = [text.text for text in texts(svg)]
    assert word in said
    assert svg.count(f'd="{SHAPES[word]}"') == 2
    explained = [line for line in said if line and line.split(": ")[0] in MEANINGS and ":" in line]
    assert explained == [f"{word}: {MEANINGS[word]}"]


def test_no_two_verdicts_share_a_shape_or_an_edge() -> None:
    """The shapes tell the picture's cells apart, the edges those of the table."""
    assert len(set(SHAPES.values())) == len(VERDICTS) == len(MEANINGS)
    assert len({edge for _, _, edge in VERDICTS.values()}) == len(VERDICTS)
    assert len({mark(word, 0, 0) for word in VERDICTS}) == len(VERDICTS)


@pytest.mark.parametrize("word", VERDICTS)
def test_what_is_written_in_a_cell_can_be_read(word: str) -> None:
    """Words at 4.5 to 1 against the fill, shapes at 3 to 1."""
    fill, edge, _ = VERDICTS[word]
    assert min(contrast(INK, fill), contrast(QUIET, fill)) >= 4.5
    assert contrast(edge, fill) >= 3


def test_every_word_fits_its_cell() -> None:
    """The longest words and numbers decide how wide a column is."""
    cells = [made(word, threads=n, states=9**n) for word in MEANINGS for n in (1, 2, 3)]
    root = ET.fromstring(matrix_svg(cells))
    groups = list(root.iter(f"{SVG}g"))
    assert len(groups) == len(MEANINGS)
    for group in groups:
        frame = group.find(f"{SVG}rect")
        assert frame is not None
        right = float(frame.attrib["x"]) + float(frame.attrib["width"])
        for text in group.iter(f"{SVG}text"):
            assert float(text.attrib["x"]) + width(text.text or "", FONT) < right


def test_a_cell_lists_its_states_where_they_differ_by_threads() -> None:
    """One number for each number of secure threads, or one for all."""
    alike = [made("holds", threads=n) for n in (1, 2, 3)]
    differ = [made("leak", threads=n, states=10 + n) for n in (1, 2, 3)]
    ((first, second),) = squares([*alike, *differ])
    assert first.states == "7 states"
    assert second.states == "11, 12, 13 states"


def test_a_cell_shows_the_worst_and_for_how_many_threads_it_is_so() -> None:
    """A deadlock with one thread is not hidden behind two good verdicts."""
    cells = [replace(made(word, threads=n), scenario="s") for n, word in BY_THREADS]
    (((only),),) = squares(cells)
    assert (only.word, only.label) == ("deadlock", "deadlock (1, 3)")


BY_THREADS = ((1, "deadlock"), (2, "leak"), (3, "deadlock"))


def test_the_digest_tells_verdicts_apart_and_not_times() -> None:
    """The same search takes another time each time."""
    cell = made("holds")
    assert digest([cell]) == digest([replace(cell, seconds=9.0)])
    assert digest([cell]) != digest([replace(cell, states=8)])
    assert f"<metadata>ocallkit matrix {digest([cell])}</metadata>" in matrix_svg([cell])


def test_the_summary_counts_the_verdicts() -> None:
    """It is the picture's alternative text and the table's caption."""
    said = "Every design in every scenario. CAs: 1. Secure threads: 1, 2."
    assert summary(judged()) == f"{said} holds: 2, leak: 1, deadlock: 1."
    assert summary(judged()) in matrix_table(judged()).html
    assert f'alt="{summary(judged())}"' in matrix_picture(judged())._repr_mimebundle_()["text/html"]


def test_every_violated_cell_opens_its_counterexample() -> None:
    """With its picture, the line that replays it and its steps; what holds has nothing to open."""
    html = matrix_table(judged()).html
    assert html.count("<tr>") == 1 + 2 + 2
    assert re.findall(r"<summary[^>]*>(flow[^<]*)</summary>", html) == [
        "flow-1-memref: deadlock",
        "flow-1-memref: leak",
    ]
    assert html.count('<img alt="flow-1-memref under ') == 2
    decisions = "A:kill@OCALL,A:close:memref,breaks:no-deadlock"
    assert f"--replay flow-1-memref/ecall/t2/c1/{decisions}<" in html
    assert html.count("<ol>") == 2


def test_the_table_survives_in_a_notebook_that_is_not_trusted() -> None:
    """No script, no id, no class, no style sheet, no inline picture."""
    html = re.sub(r'src="data:[^"]*"', "", matrix_table(judged()).html)
    assert not re.search(r"<(?:script|style|svg|link)|\s(?:id|class|on\w+)=", html)


def test_the_plain_text_has_counts_and_lines() -> None:
    """A terminal and a comparison of notebooks get all that the table says."""
    plain = matrix_table(judged()).plain
    assert "held-refs in flow-1-memref: leak, 15 states\n  ocallkit show --replay flow-1" in plain
    assert plain.count("--replay") == 2


def test_the_command_writes_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the table; where it cannot be written, one line says why."""
    path = tmp_path / "matrix.svg"
    small = ["matrix", "--threads", "2", "--scenario", "flow-1", "--figure"]
    assert main([*small, str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("<svg ")
    assert "held-refs-pre-release" in capsys.readouterr().out
    assert main([*small, str(tmp_path / "no" / "where.svg")]) == 2
    assert f"there is no folder {tmp_path / 'no'}\n" in capsys.readouterr().err
