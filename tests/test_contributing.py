"""What the files for contributors name is there."""

from __future__ import annotations

import re

import pytest

from ocallkit import __version__
from ocallkit.view.house import imports
from tools.store_notebooks import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in ("CONTRIBUTING.md", "ARCHITECTURE.md")}
CODE = {name: re.findall(r"`([^`\n]+)`", text) for name, text in TEXTS.items()}
"""Everything that stands as code on a line of each."""
PLACE = re.compile(r"(ocallkit|tests|notebooks|figures|tools)/[\w/.]*")
MAP = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", GUIDE.partition("## Where")[2], re.MULTILINE))


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_that_is_named_is_there(name: str) -> None:
    """By its path from the root."""
    places = [code.partition("::")[0] for code in CODE[name] if PLACE.match(code)]
    named = [place for place in places if "NN" not in place]
    assert [] == [place for place in named if not (ROOT / place).exists()]
    assert len(named) > 3


def test_every_test_that_is_named_is_there() -> None:
    """In its file."""
    named = [code.split("::") for code in CODE["CONTRIBUTING.md"] if "::" in code]
    missing = [
        (path, test)
        for path, test in named
        if f"\ndef {test}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert [] == missing
    assert len(named) > 20


def test_every_target_that_is_named_is_there() -> None:
    """In the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)", " ".join((*CODE["CONTRIBUTING.md"], GUIDE))))
    assert {"test", "long", "notebooks", "figures", "manifest"} <= named
    assert [] == [name for name in sorted(named) if f"\n{name}: " not in makefile]


def test_each_checklist_names_a_test() -> None:
    """A design, a scenario, a property, a claim, a step, a notebook."""
    parts = re.split(r"^## ", GUIDE, flags=re.MULTILINE)[1:]
    lists = {part.partition("\n")[0]: part for part in parts if part.startswith("A ")}
    expected = ["A design", "A scenario", "A property", "A claim", "A step", "A notebook"]
    assert [*expected, "A version"] == list(lists)
    assert [] == [title for title, part in lists.items() if "::test_" not in part]


def test_the_engine_is_read_whole() -> None:
    """Each of its modules, once."""
    engine = ROOT / "ocallkit" / "engine"
    order = re.findall(r"`ocallkit/engine/(\w+)\.py`", GUIDE)
    there_are = sorted(path.stem for path in engine.glob("*.py") if path.stem != "__init__")
    assert there_are == sorted(order)


@pytest.mark.long
def test_each_part_of_the_package_has_its_tests() -> None:
    """In a folder of its name, or where the map says."""
    elsewhere = set(re.findall(r"(\w+)\.py", " ".join(MAP)))
    parts = {part for part in imports() if not (ROOT / "tests" / part).is_dir()}
    assert parts == elsewhere & {*imports()}


@pytest.mark.long
def test_the_map_has_every_place_of_tests() -> None:
    """Each folder and each file that does not lie where its part lies."""
    tests = ROOT / "tests"
    mapped = set(re.findall(r"`tests/(\w+)", " ".join(MAP.values())))
    folders = {path.parent.name for path in tests.glob("*/__init__.py")} - {*imports()}
    files = {path.stem for path in tests.glob("test_*.py")}
    assert folders | files == mapped - {"cli"}


def test_the_changelog_begins_with_this_version() -> None:
    """Which is said once, in the package."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## ([\d.]+)$", text, re.MULTILINE)
    assert __version__ == versions[0]
    numbers = [tuple(map(int, version.split("."))) for version in versions]
    assert sorted(numbers, reverse=True) == numbers
    assert {3} == {len(number) for number in numbers}


def test_the_changelog_says_what_is_public() -> None:
    """The parts by which others are bound to the package."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    public = re.findall(r"^- (.+)$", text.partition("## ")[0], re.MULTILINE)
    expected = ["commands", "keys", "tokens", "names"]
    assert expected == [re.sub("^the ", "", line).split()[0].strip(":") for line in public]
