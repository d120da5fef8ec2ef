"""The command that builds the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.designs import DESIGNS
from tools.site.__main__ import SOURCE, main, say_how, the_designs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_folder_that_is_no_site_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Building replaces a folder: only one that a build has made."""
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    assert 2 == main([str(tmp_path)])
    assert f"{tmp_path} is no site: name a folder that may be replaced\n" == capsys.readouterr().err
    assert "mine" == mine.read_text()


def test_the_first_page_says_how_much_is_loaded_to_run_python(tmp_path: Path) -> None:
    """Counted when the site is built; a site without Python says nothing of it."""
    python = tmp_path / "python"
    python.mkdir()
    (python / "interpreter.js").write_bytes(bytes(2_600_000))
    page = tmp_path / "index.md"
    for alive, times in {True: 1, False: 0}.items():
        page.write_text((SOURCE / "index.md").read_text(encoding="utf-8"), encoding="utf-8")
        say_how(page, python, alive=alive)
        text = page.read_text(encoding="utf-8")
        assert (times, times) == (text.count("It is loaded (3 MB)"), text.count("*Run it here*"))
        assert "PYTHON" not in text


def test_the_page_of_the_matrix_says_what_each_design_is() -> None:
    """A reader may come to it first."""
    text = the_designs()
    assert [] == [name for name in DESIGNS if f"<code>{name}</code>" not in text]
