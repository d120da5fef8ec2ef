"""`make notebooks` stores the same bytes each time, or says what failed and stores nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.notebook_guard import faults
from tests.small_notebook import write
from tools.store_notebooks import NotebookError, main, read, store

SOURCES = (
    "for n in range(3):\n    print(n, flush=True)",
    "import ipywidgets\nipywidgets.IntSlider(value=3)",
    "display(ipywidgets.Output())",
    "",
    "{name for name in ['a']}",
)


def cells(path: Path) -> list[Any]:
    """The cells of a notebook as they stand in its file."""
    found: list[Any] = json.loads(path.read_text())["cells"]
    return found


@pytest.mark.long
def test_storing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither times, nor ids, nor widgets, nor what an editor left differ; the guard passes."""
    path = write(tmp_path / "one.ipynb", SOURCES)
    assert store(path)
    first = path.read_bytes()
    edited = json.loads(first)
    edited["metadata"]["language_info"]["version"] = "3.99"
    edited["cells"][0] |= {"execution_count": 17, "id": "renamed", "metadata": {"scrolled": True}}
    path.write_text(json.dumps(edited))
    assert store(path)
    assert first == path.read_bytes()
    assert first.endswith(b"}\n")
    assert [] == faults(path)
    assert [1, 2, 3, None, 4] == [cell["execution_count"] for cell in cells(path)]
    assert ["0\n", "1\n", "2\n"] == cells(path)[0]["outputs"][0]["text"]


def test_a_failing_cell_is_named_and_nothing_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message has the notebook, the cell, its first line and the error; the file stays."""
    path = write(tmp_path / "bad.ipynb", ("1 + 1", "x = 1\nraise ValueError('no such call')"))
    before = path.read_bytes()
    assert main([str(path)]) == 1
    expected = "bad.ipynb, cell 2 ('x = 1'): ValueError: no such call; the file is as it was\n"
    assert expected == capsys.readouterr().err
    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_failure_shown_on_purpose_names_no_folder(tmp_path: Path) -> None:
    """A cell tagged `raises-exception` keeps its error's name and words, without a traceback."""
    path = write(tmp_path / "wanted.ipynb", ("open('absent')",))
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(notebook))
    store(path)
    said = "FileNotFoundError: [Errno 2] No such file or directory: 'absent'"
    assert [said] == cells(path)[0]["outputs"][0]["traceback"]
    assert [] == faults(path)


def test_cells_are_named_by_what_they_hold(tmp_path: Path) -> None:
    """A cell put in front renames none of the others; equal cells are told apart."""
    before = read(write(tmp_path / "a.ipynb", ("1", "2", "2")))
    after = read(write(tmp_path / "b.ipynb", ("0", "1", "2", "2")))
    assert [cell.id for cell in before.cells] == [cell.id for cell in after.cells][1:]
    assert len({cell.id for cell in after.cells}) == 4


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 1}'])
def test_a_file_that_is_no_notebook_is_named(tmp_path: Path, content: str) -> None:
    """The error says which file it was."""
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(NotebookError, match=r"^broken\.ipynb: not a notebook: "):
        store(path)


def test_a_path_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped name gives one line."""
    assert main([str(tmp_path / "absent.ipynb")]) == 1
    assert capsys.readouterr().err.startswith("absent.ipynb: not a notebook: ")
