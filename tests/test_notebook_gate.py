"""The gate for notebooks (nbval and the guard) lets a true notebook pass and no false one."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from base64 import b64encode
from configparser import ConfigParser
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import comment_markers, metadata_tags

from tests.notebook_guard import faults, faults_in
from tests.small_notebook import SOURCES, Change, changed, write
from tools.store_notebooks import FOLDER, store


def test_every_notebook_passes_the_guard() -> None:
    """Nothing in notebooks/ is left out of the comparison."""
    expected: list[str] = []
    assert expected == faults_in(FOLDER)


def test_no_notebook_of_a_folder_is_left_out(tmp_path: Path) -> None:
    """However many there are: the guard names each that is false."""
    names = [f"{number:02}.ipynb" for number in range(12)]
    for name in names:
        write(tmp_path / name, SOURCES[:1])
    expected = [f"{name}, cell 1: never run; store it with 'make notebooks'" for name in names]
    assert expected == faults_in(tmp_path)


def test_nbval_is_given_every_notebook() -> None:
    """With the options that `make test` runs with, each file has cells to compare."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", str(FOLDER)]
    listed = subprocess.run(
        command, cwd=FOLDER.parent, check=True, capture_output=True, text=True, timeout=100
    ).stdout
    found = {line.partition("::")[0] for line in listed.splitlines() if "::Cell" in line}
    assert {f"{FOLDER.name}/{path.name}" for path in FOLDER.glob("*.ipynb")} == found


def test_what_nbval_is_told_to_let_differ_is_one_attribute() -> None:
    """In whatever the notebooks show: nothing else is wiped out before it is compared."""
    told = ConfigParser()
    told.read(FOLDER.parent / "tests" / "nbval.cfg")
    wiped = {
        found[0].partition("=")[0]
        for path in FOLDER.glob("*.ipynb")
        for section in told.sections()
        for found in re.finditer(told[section]["regex"], path.read_text().replace('\\"', '"'))
    }
    assert {"data-ocallkit-live"} == wiped


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook as `make notebooks` leaves it: a line, a number, a picture, a piece of HTML."""
    path = write(tmp_path_factory.mktemp("stored") / "true.ipynb", SOURCES)
    store(path)
    return path


def compared(path: Path) -> list[bool]:
    """For each cell of a notebook, whether nbval found it as stored."""
    report = path.with_suffix(".xml")
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(path.parent)]
    options = ["--nbval", "--nbval-cell-timeout=60", "-p", "no:cacheprovider"]
    subprocess.run(
        [*command, *options, f"--junitxml={report}", str(path)],
        check=False,
        capture_output=True,
        timeout=100,
    )
    cases = ET.parse(report).iter("testcase")
    return [case.find("failure") is None and case.find("error") is None for case in cases]


def with_lies(cells: list[Any]) -> None:
    """Show everything once more, with another number, another picture, and without the HTML."""
    again = deepcopy(cells)
    again[1]["outputs"][0]["data"]["text/plain"] = ["43"]
    picture = again[2]["outputs"][0]["data"]
    picture["image/svg+xml"] = [part.replace("true", "else") for part in picture["image/svg+xml"]]
    again[3]["outputs"] = []
    for cell in again:
        cell["execution_count"] += len(cells)
        cell["id"] += "-again"
    cells += again


def test_nbval_compares_numbers_pictures_and_missing_outputs(stored: Path, tmp_path: Path) -> None:
    """Each cell that does not show what it showed fails, and no other."""
    expected = [True, True, True, True, True, False, False, False]
    assert expected == compared(changed(stored, tmp_path, with_lies))


def test_a_stored_notebook_passes_the_guard(stored: Path) -> None:
    """The guard finds nothing in what `make notebooks` stored."""
    expected: list[str] = []
    assert expected == faults(stored)


def never_run(cells: list[Any]) -> None:
    """Strip a cell, as a commit hook may do; nbval compares such a cell with nothing."""
    cells[1].update(execution_count=None, outputs=[])


def out_of_order(cells: list[Any]) -> None:
    """Let the last two cells have been run in the other order."""
    cells[2]["execution_count"], cells[3]["execution_count"] = 4, 3


def in_prose(cells: list[Any]) -> None:
    """Tell of a folder in a Markdown cell."""
    cells.append(
        {
            "cell_type": "markdown",
            "id": "c9",
            "metadata": {},
            "source": ["Look in `/home/", "me/x`."],
        }
    )


def in_code(cells: list[Any]) -> None:
    """Read from a folder of one machine."""
    cells[0]["source"].append("\nopen('/work/list')")


def silenced(cells: list[Any]) -> None:
    """End a cell in a semicolon."""
    cells[1]["source"][-1] += ";"


def with_address(cells: list[Any]) -> None:
    """Show an object's default text."""
    cells[1]["outputs"][0]["data"]["text/plain"] = "<object object at 0x7f00deadbeef>"


def with_address_in_html(cells: list[Any]) -> None:
    """The same in HTML, where it ends otherwise."""
    cells[3]["outputs"][0]["data"]["text/html"] = "&lt;object object at 0x7f00deadbeef&gt;"


def with_folder(cells: list[Any]) -> None:
    """Show where a file lies on one machine."""
    cells[0]["outputs"][0]["text"] = "read /home/reader/trace.json\n"


def with_folder_in_lines(cells: list[Any]) -> None:
    """The same, in a text that is stored as a list of lines."""
    cells[0]["outputs"][0]["text"] = ["read\n", "/ho", "me/reader/trace.json\n"]


def with_address_in_lines(cells: list[Any]) -> None:
    """An object's default text as a list of lines."""
    cells[1]["outputs"][0]["data"]["text/plain"] = ["<object object at ", "0x7f00deadbeef>"]


def with_folder_in_a_picture(cells: list[Any]) -> None:
    """The same, inside a picture that is embedded in HTML."""
    picture = b64encode(b"<svg><text>/home/reader/trace.json</text></svg>").decode()
    html = f'<img src="data:image/svg+xml;base64,{picture}">'
    cells[3]["outputs"][0]["data"]["text/html"] = html


def live(cells: list[Any]) -> None:
    """Refer to a widget that was alive when the notebook was saved."""
    cells[3]["outputs"][0]["data"]["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (never_run, ["false.ipynb, cell 2: never run; store it with 'make notebooks'"]),
        (
            out_of_order,
            [
                "false.ipynb, cell 3: run as number 4 instead of 3",
                "false.ipynb, cell 4: run as number 3 instead of 4",
            ],
        ),
        (silenced, ["false.ipynb, cell 2: ends in ';': nbval shows the output that this hides"]),
        (
            with_address,
            ["false.ipynb, cell 2: shows an address in memory: at 0x7f00deadbeef>"],
        ),
        (
            with_address_in_lines,
            ["false.ipynb, cell 2: shows an address in memory: at 0x7f00deadbeef>"],
        ),
        (
            with_address_in_html,
            ["false.ipynb, cell 4: shows an address in memory: at 0x7f00deadbeef&gt;"],
        ),
        (with_folder, ["false.ipynb, cell 1: names a folder of one machine: /home/"]),
        (with_folder_in_lines, ["false.ipynb, cell 1: names a folder of one machine: /home/"]),
        (in_code, ["false.ipynb, cell 1: names a folder of one machine: /work/"]),
        (in_prose, ["false.ipynb, cell 5: names a folder of one machine: /home/"]),
        (
            with_folder_in_a_picture,
            ["false.ipynb, cell 4: names a folder of one machine: /home/"],
        ),
        (
            live,
            ["false.ipynb, cell 4: refers to a live widget; store it with 'make notebooks'"],
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_the_guard_finds_what_nbval_passes_over(
    stored: Path, tmp_path: Path, change: Change, expected: list[str]
) -> None:
    """Each way around the comparison is a fault that names its cell."""
    assert expected == faults(changed(stored, tmp_path, change))


@pytest.mark.parametrize(
    "tag", [*sorted(metadata_tags.keys() - {"raises-exception"}), "NBVAL-Skip"]
)
def test_each_tag_that_nbval_heeds_is_a_fault(stored: Path, tmp_path: Path, tag: str) -> None:
    """Whatever nbval makes of it, no cell needs one."""

    def tagged(cells: list[Any]) -> None:
        cells[0]["metadata"]["tags"] = ["other", tag]

    expected = [f"false.ipynb, cell 1: tag {tag!r} exempts it from comparison"]
    assert expected == faults(changed(stored, tmp_path, tagged))


@pytest.mark.parametrize(
    "comment", [*(f"# {marker}\n" for marker in comment_markers), "#nbval_skip\n"]
)
def test_each_comment_that_nbval_heeds_is_a_fault(
    stored: Path, tmp_path: Path, comment: str
) -> None:
    """On a line of its own."""

    def commented(cells: list[Any]) -> None:
        cells[0]["source"].insert(0, comment)

    expected = ["false.ipynb, cell 1: a comment exempts it from comparison"]
    assert expected == faults(changed(stored, tmp_path, commented))


@pytest.mark.parametrize("kind", ["image/gif", "image/jpeg", "image/png"])
def test_each_picture_that_nbval_does_not_compare_is_a_fault(
    stored: Path, tmp_path: Path, kind: str
) -> None:
    """Pictures are drawn as SVG."""

    def drawn(cells: list[Any]) -> None:
        cells[2]["outputs"][0]["data"][kind] = "AAAA"

    expected = [f"false.ipynb, cell 3: {kind} is compared with nothing; draw it as SVG"]
    assert expected == faults(changed(stored, tmp_path, drawn))


PLACES = re.findall(r"\w+", "home root tmp private Users mnt opt srv var work workspace")


@pytest.mark.parametrize(
    "before", ["", " ", '"', "'", "(", "<", "[", ",", "=", "`", "> "], ids=repr
)
@pytest.mark.parametrize("folder", [*(f"/{place}/" for place in PLACES), "C:\\"])
def test_each_place_of_one_machine_is_a_fault(
    stored: Path, tmp_path: Path, before: str, folder: str
) -> None:
    """Wherever in a line it stands."""

    def placed(cells: list[Any]) -> None:
        cells[0]["outputs"][0]["text"] = f"{before}{folder}reader\n"

    expected = [f"false.ipynb, cell 1: names a folder of one machine: {folder}"]
    assert expected == faults(changed(stored, tmp_path, placed))


@pytest.mark.parametrize("place", ["/dev/tee0", "/usr/include/linux/tee.h", "a/home/b", "tmp/x"])
def test_a_place_of_every_machine_is_none(stored: Path, tmp_path: Path, place: str) -> None:
    """Devices, C headers, and what lies beside the notebook."""

    def placed(cells: list[Any]) -> None:
        cells[0]["outputs"][0]["text"] = f"read {place}\n"

    expected: list[str] = []
    assert expected == faults(changed(stored, tmp_path, placed))


def test_the_state_of_widgets_is_a_fault(stored: Path, tmp_path: Path) -> None:
    """A notebook saved by hand carries it; a stored one does not."""
    notebook = json.loads(stored.read_text())
    notebook["metadata"]["widgets"] = {}
    path = tmp_path / "false.ipynb"
    path.write_text(json.dumps(notebook))
    expected = ["false.ipynb: holds the state of widgets; store it with 'make notebooks'"]
    assert expected == faults(path)
