"""What a command line names: ours by its name, a reader's own by where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ocallkit.designs import DESIGNS, HeldRefs
from ocallkit.errors import UnknownNameError
from ocallkit.judging.specs import SpecError, load
from ocallkit.properties import ALWAYS
from ocallkit.scenarios import ALL
from tests.reviewing.given import write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A file with designs and more."""
    return write(tmp_path)


def test_a_plain_name_is_ours() -> None:
    """A design as its class, a scenario and a property as they are."""
    assert DESIGNS["ecall"] is load("design", "ecall")
    assert "ecall+meta" == load("design", "ecall+meta").name
    assert ALL["flow-1"] is load("scenario", "flow-1")
    assert "hunt:context:" == load("scenario", "hunt:context:").name
    assert ALWAYS["isolation"] is load("property", "isolation")


@pytest.mark.parametrize("kind", ["design", "scenario", "property"])
def test_a_plain_name_that_nobody_has_is_refused(kind: str) -> None:
    """With what there is."""
    with pytest.raises(UnknownNameError, match=f"no {kind} is called 'nobody'"):
        load(kind, "nobody")


def test_a_kind_that_there_is_not_is_refused() -> None:
    """By its name."""
    with pytest.raises(UnknownNameError, match="no kind of thing is called 'figure'"):
        load("figure", "flow-1")


def test_a_file_has_designs_scenarios_and_properties(place: str) -> None:
    """Each by the name that it has there."""
    design = load("design", f"{place}:Mine")
    assert ("mine", True) == (design.name, issubclass(design, HeldRefs))
    assert "hurried" == load("scenario", f"{place}:HURRIED").name
    assert load("property", f"{place}:never_so")(None) is False


def test_a_module_is_named_without_its_ending(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for where the command was called; what is ours keeps its name."""
    assert place
    (tmp_path / "drivers").mkdir()
    write(tmp_path / "drivers", name="given_here.py")
    monkeypatch.chdir(tmp_path)
    assert "mine" == load("design", "drivers.given_here:Mine").name
    assert HeldRefs is load("design", "ocallkit.designs:HeldRefs")


def test_a_file_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    """And leaves the path as it was."""
    write(tmp_path, name="beside_it.py")
    assert "mine" == load("design", f"{write(tmp_path, 'from beside_it import Mine')}:Mine").name


def test_what_a_file_prints_is_no_part_of_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It goes where errors go."""
    place = write(tmp_path, "print(7)\ndef check(state): return True")
    load("property", f"{place}:check")
    assert ("", "7\n") == capsys.readouterr()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "say which design of it, as in PLACE:Name; there are: Bare, Mine, Worse, Script,"),
        (":Mien", "PLACE has nothing called 'Mien'. Did you mean 'Mine'? There are: Bare, Mine,"),
        (":NUMBER", "PLACE: NUMBER is no design, which is a class that derives from one of"),
        (":HURRIED", "PLACE: HURRIED is no design, which is a class that derives from one of"),
        (
            ":Taken",
            "Taken.name, line 56 in mine.py: it has the name of HeldRefs, 'held-refs'",
        ),
        (
            ":Slash",
            "Slash.name, line 61 in mine.py: no token can carry 'a/b': it is made of",
        ),
    ],
)
def test_a_name_that_is_no_design_is_refused_in_one_sentence(
    place: str, name: str, words: str
) -> None:
    """It says where, what is wrong, and what there is."""
    with pytest.raises(ValueError, match=re.escape(words.replace("PLACE", place))) as refused:
        load("design", f"{place}{name}")
    assert 1 == len(str(refused.value).splitlines())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x = 1\ny = nobody", "PLACE, line 2: NameError: name 'nobody' is not defined"),
        ("x = 1\n\nx = (", "PLACE, line 3: SyntaxError: '(' was never closed"),
        ("raise SystemExit('no')", "PLACE, line 1: SystemExit: no"),
        ("def f():\n    import json\n    json.loads('{')\nf()", "PLACE, line 3: JSONDecodeError:"),
        ("x = 1", "PLACE has nothing called 'Mine'. It has no design"),
    ],
)
def test_a_file_that_raises_is_told_by_its_own_line(
    tmp_path: Path, content: str, words: str
) -> None:
    """Not by one of ours, nor by one of what it calls."""
    place = write(tmp_path, content)
    with pytest.raises(SpecError, match=re.escape(words.replace("PLACE", place))):
        load("design", f"{place}:Mine")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("nowhere.py:Mine", "nowhere.py: there is no such file"),
        ("nowhere.at_all:Mine", "there is no module nowhere."),
        (":Mine", "':Mine' names no file: it reads file.py:Name, or module:Name"),
    ],
)
def test_a_place_that_is_not_there_is_refused(spec: str, words: str) -> None:
    """By its name."""
    with pytest.raises(SpecError, match=re.escape(words)):
        load("design", spec)


def test_a_module_that_is_a_file_is_told_how_to_name_it(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file."""
    monkeypatch.chdir(tmp_path)
    assert place
    (tmp_path / "not.a.module.py").touch()
    with pytest.raises(
        SpecError, match=r"there is no module not\. For a file, say not\.a\.module\.py"
    ):
        load("design", "not.a.module:Mine")
