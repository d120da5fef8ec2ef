"""Python for the page: what is put together, and what is said where it cannot be had."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from importlib.metadata import version
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from ocallkit import __version__
from tools.site.__main__ import write_python
from tools.site.page import packages
from tools.site.page.packages import INTERPRETER, PYODIDE, WHEELS, Files, MissingError, python

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture(name="cache")
def _cache(tmp_path: Path) -> Path:
    """A cache in which a build has left an interpreter and wheels."""
    packed = tmp_path / f"pyodide-{PYODIDE}.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        for name in (*INTERPRETER, "pyodide-lock.json"):
            content = b'{"info": 1, "packages": {"numpy": 2}}'
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    for name in WHEELS:
        (tmp_path / f"{name}-{version(name)}-any.whl").write_bytes(name.encode())
    return tmp_path


@pytest.fixture(name="offline")
def _offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine on which every client of a registry fails; the commands that were tried."""
    tried = []

    def fails(command: Sequence[str], **_how: object) -> subprocess.CompletedProcess[str]:
        tried.append(command[0] if "pip" not in command else "pip")
        said = "npm error at\nnpm error https://registry.example/x has no answer\n\n"
        return subprocess.CompletedProcess(command, 1, "", said)

    monkeypatch.setattr("tools.site.page.packages.subprocess.run", fails)
    monkeypatch.setattr("tools.site.page.packages.shutil.which", str)
    return tried


def test_what_is_in_the_cache_is_fetched_no_more(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter, the wheels, the package's own and the kernel; no list of other packages."""
    monkeypatch.setattr(packages, "_command", lambda *_asked: pytest.fail("fetched"))
    found = python(cache).contents
    wheels = [f"{name}-{version(name)}-any.whl" for name in WHEELS]
    own = ["ocallkit.whl", "standing.zip", "pyodide-lock.json"]
    assert [*INTERPRETER, *wheels, *own] == list(found)
    assert b'{"info": 1, "packages": {}}' == found["pyodide-lock.json"]
    with ZipFile(io.BytesIO(found["ocallkit.whl"])) as wheel:
        names = set(wheel.namelist())
    assert {
        "ocallkit/widgets/static/stepper.js",
        f"ocallkit-{__version__}.dist-info/METADATA",
    } <= names
    with ZipFile(io.BytesIO(found["standing.zip"])) as kernel:
        names = set(kernel.namelist())
    assert {"kernel.py", "anywidget.py", "ipywidgets.py", "IPython/display.py"} <= names


def test_without_a_network_the_site_is_built_without_python_and_says_so(
    tmp_path: Path, offline: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, which says why and names no registry; nothing is left in the folder."""
    assert not write_python(tmp_path / "python", tmp_path / "cache")
    words = "the pages run no Python: npm fetched nothing: npm error its registry has no answer\n"
    assert ("", words) == capsys.readouterr()
    assert ["npm"] == offline
    assert not (tmp_path / "python").exists()


def test_without_npm_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the error names it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match=r"^npm is not installed$"):
        python(tmp_path / "cache")


@pytest.mark.usefixtures("offline")
def test_a_wheel_that_pip_does_not_find_is_named_by_its_client(cache: Path) -> None:
    """The interpreter is there, one wheel is not."""
    next(cache.glob("msgspec-*")).unlink()
    with pytest.raises(MissingError, match=r"^pip fetched nothing: "):
        python(cache)


def test_a_broken_archive_says_that_it_has_to_go(cache: Path) -> None:
    """A download that was cut off must not break every later build without a word."""
    packed = cache / f"pyodide-{PYODIDE}.tgz"
    packed.write_bytes(packed.read_bytes()[:50])
    with pytest.raises(MissingError, match=re.escape(str(packed)) + ".*delete it$"):
        python(cache)


def test_an_archive_without_the_interpreter_says_that_it_has_to_go(cache: Path) -> None:
    """Whatever else is in it."""
    with tarfile.open(cache / f"pyodide-{PYODIDE}.tgz", "w:gz"):
        pass
    with pytest.raises(MissingError, match=r"has no pyodide\.mjs: delete it$"):
        python(cache)


def test_each_file_is_a_script_of_its_own(tmp_path: Path) -> None:
    """A page that was opened from a file can load nothing else; the index names them."""
    Files("work('</script>')", {"a.bin": b"\x00\xff"}).write(tmp_path / "python")
    written = {path.name: path.read_text() for path in (tmp_path / "python").iterdir()}
    index = (
        'window.OCALLKIT_PYTHON = {"files":{},"names":["a.bin"],'
        '"script":"work(\'\\u003c/script>\')"};\n'
    )
    assert {"a.bin.js": 'OCALLKIT_PYTHON.files["a.bin"] = "AP8=";\n', "index.js": index} == written
