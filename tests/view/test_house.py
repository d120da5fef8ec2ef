"""The picture of the house is drawn from what the parts import."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from ocallkit.errors import UsageError
from ocallkit.view.figures import stale
from ocallkit.view.house import PACKAGE, floors, house_svg, imports, purposes
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="package")
def _package(tmp_path: Path) -> Path:
    """A package of a folder and two modules, of which one names another for its types alone."""
    package = tmp_path / "ocallkit"
    (package / "deep").mkdir(parents=True)
    sources = {
        "__init__.py": "from ocallkit.high import x",
        "deep/__init__.py": '"""The ground."""',
        "deep/inner.py": "from ocallkit.deep import y",
        "middle.py": '"""Stands on it.\n\nMore of it."""\ndef f():\n    import ocallkit.deep.inner',
        "high.py": (
            '"""Is on top."""\nfrom typing import TYPE_CHECKING\nfrom ocallkit import middle\n'
            "if TYPE_CHECKING:\n    from ocallkit import deep"
        ),
    }
    for name, source in sources.items():
        (package / name).write_text(source)
    return package


def test_a_part_imports_what_it_needs_when_it_runs(package: Path) -> None:
    """In a function too; not for the sake of types, and nothing of itself."""
    expected = {"deep": set(), "middle": {"deep"}, "high": {"middle"}}
    assert expected == imports(package)


def test_a_part_stands_above_all_that_it_imports(package: Path) -> None:
    """The ground first."""
    assert [["deep"], ["middle"], ["high"]] == floors(imports(package))


def test_a_circle_of_imports_has_no_floors(package: Path) -> None:
    """Those that are in it are named."""
    (package / "deep" / "inner.py").write_text("import ocallkit.high")
    with pytest.raises(UsageError, match="a circle of imports in deep, high, middle"):
        floors(imports(package))


def test_a_part_is_there_for_what_its_docstring_says(package: Path) -> None:
    """In its first line."""
    expected = {"deep": "The ground", "middle": "Stands on it", "high": "Is on top"}
    assert expected == purposes(package)


def test_the_picture_has_a_row_for_each_part_and_a_square_for_each_import(package: Path) -> None:
    """And says the same in words."""
    svg = house_svg(package)
    tree = ET.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    titles = [title.text for title in tree.iterfind(f"{space}g/{space}title")]
    assert ["middle imports deep", "high imports middle"] == titles
    described = tree.findtext(f"{space}desc")
    assert "deep imports nothing. middle imports deep. high imports middle." == described


def test_an_import_changes_the_digest(package: Path) -> None:
    """So that an old picture is found."""
    before = house_svg(package)
    (package / "high.py").write_text('"""Is on top."""\nfrom ocallkit import middle, deep')
    digests = [
        re.findall("ocallkit house [0-9a-f]{12}", svg) for svg in (before, house_svg(package))
    ]
    assert (1, 1) == tuple(map(len, digests))
    assert digests[0] != digests[1]


@pytest.mark.long
def test_every_part_of_the_package_says_what_it_is_there_for() -> None:
    """And the house has no circle."""
    said = purposes()
    assert [] == [part for part, line in said.items() if not line]
    assert sorted(said) == sorted(part for floor in floors(imports(PACKAGE)) for part in floor)


@pytest.mark.long
def test_the_stored_picture_is_of_the_house_as_it_is() -> None:
    """Where it is not: `make figures`."""
    assert [] == stale(ROOT / "figures", ["house.svg"])
