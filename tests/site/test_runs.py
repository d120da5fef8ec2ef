"""Runs are kept each in a file, which its token finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.site.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path


def test_each_run_is_in_a_file_that_its_token_names(tmp_path: Path) -> None:
    """Once, however often it was met; the index says what shows it, and loads none of them."""
    runs = Runs()
    first, other = {"token": "a/b/t2/c1/", "title": "</script>"}, {"token": "a/b/t3/c1/"}
    for story in (first, other, dict(first)):
        assert story["token"] == runs.add(story)
    runs.write(tmp_path, "Stepper")
    index = (tmp_path / "runs.js").read_text()
    names = dict(re.findall(r'"(a/b/t\d/c1/)":"(\w+\.js)"', index))
    assert '"stories":{},"stepper":"Stepper"};' in index
    assert ["a/b/t2/c1/", "a/b/t3/c1/"] == list(names)
    assert set(names.values()) == {path.name for path in (tmp_path / "runs").iterdir()}
    expected = (
        'OCALLKIT_RUNS.stories["a/b/t2/c1/"] = {"token":"a/b/t2/c1/","title":"\\u003c/script>"};\n'
    )
    assert expected == (tmp_path / "runs" / names["a/b/t2/c1/"]).read_text()
