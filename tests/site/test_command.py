"""The command that builds the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.site.__main__ import main

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
