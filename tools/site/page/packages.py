"""Python for the page, put together when the site is built: an interpreter and wheels.

The interpreter is the npm package `pyodide`, the wheels come from where pip finds them.  Both are
kept in `.cache/page`, so that a machine without a network can build what it has built before.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from zipfile import ZipFile

from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CACHE: Final = ROOT / ".cache" / "page"

PYODIDE: Final = "314.0.7"
"""The version of the npm package; its first part is Python's."""

FOR_THE_PAGE: Final = (
    "--python-version=3.14",
    "--implementation=cp",
    "--abi=cp314",
    "--platform=pyemscripten_2026_0_wasm32",
)
"""How pip calls the machine that the page is."""

WHEELS: Final = ("msgspec", "traitlets")
"""What the package and its widgets need there; of the same versions as here."""

INTERPRETER: Final = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

LOCK: Final = "pyodide-lock.json"

FETCH_TIMEOUT: Final = 300


class MissingError(Exception):
    """Python for the page cannot be had: says why."""


class Files(NamedTuple):
    """What the page loads when it is asked for Python.

    `script` is what its worker runs, `contents` are the files that it finds there.
    """

    script: str
    contents: Mapping[str, bytes]

    def write(self, folder: Path) -> None:
        """Write a script for each file into `folder`: those load from a file too."""
        folder.mkdir(parents=True)
        for name, content in self.contents.items():
            line = f'OCALLKIT_PYTHON.files["{name}"] = "{b64encode(content).decode()}";\n'
            (folder / f"{name}.js").write_text(line, encoding="ascii")
        known = {"files": {}, "names": list(self.contents), "script": self.script}
        text = json.dumps(known, separators=(",", ":")).replace("<", "\\u003c")
        line = f"window.OCALLKIT_PYTHON = {text};\n"
        (folder / "index.js").write_text(line, encoding="utf-8")


def python(cache: Path = CACHE) -> Files:
    """Everything that the page needs to run Python; fetched into `cache` unless it is there.

    Raises MissingError where something cannot be had.
    """
    cache.mkdir(parents=True, exist_ok=True)
    packed = cache / f"pyodide-{PYODIDE}.tgz"
    if not packed.exists():
        _command(["npm", "pack", "--silent", f"pyodide@{PYODIDE}"], cache)
    inside = _unpacked(packed)
    lacks = next((name for name in (*INTERPRETER, LOCK) if name not in inside), None)
    if lacks is not None:
        raise MissingError(f"{packed} has no {lacks}: delete it")
    wheels = [_wheel(cache, name) for name in WHEELS]
    contents = {name: inside[name] for name in INTERPRETER}
    contents |= {wheel.name: wheel.read_bytes() for wheel in wheels}
    contents |= {"ocallkit.whl": own_wheel(), "standing.zip": standing()}
    # It would offer packages that are not here.
    lock = json.loads(inside[LOCK])
    contents[LOCK] = json.dumps({**lock, "packages": {}}).encode()
    worker = Path(__file__).with_name("worker.js").read_text(encoding="utf-8")
    return Files(worker, contents)


def _unpacked(packed: Path) -> dict[str, bytes]:
    """The files of an npm package."""
    try:
        with tarfile.open(packed) as archive:
            files = [member for member in archive.getmembers() if member.isfile()]
            read = {one.name: archive.extractfile(one) for one in files}
            return {name.partition("/")[2]: file.read() for name, file in read.items() if file}
    except (OSError, EOFError, tarfile.TarError) as error:
        raise MissingError(f"{packed} cannot be read ({error}): delete it") from error


def _wheel(cache: Path, name: str) -> Path:
    """The wheel of a package for the page, in the version that is installed here."""
    here = version(name)
    pattern = f"{name}-{here}-*.whl"
    found = next(iter(sorted(cache.glob(pattern))), None)
    if found is None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        only = ["download", "--quiet", "--no-deps", "--only-binary=:all:", *FOR_THE_PAGE]
        _command([*pip, *only, f"{name}=={here}"], cache)
        found = next(iter(sorted(cache.glob(pattern))), None)
    if found is None:
        raise MissingError(f"pip found no wheel of {name} {here} for the page")
    return found


def _command(command: Sequence[str], cache: Path) -> None:
    """Fetch with a registry's client into the cache."""
    name = "pip" if "pip" in command else command[0]
    if shutil.which(command[0]) is None:
        raise MissingError(f"{name} is not installed")
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                cwd=folder,
                encoding="utf-8",
                timeout=FETCH_TIMEOUT,
            )
        except subprocess.TimeoutExpired as error:
            raise MissingError(f"{name} was not done after {FETCH_TIMEOUT} s") from error
        if done.returncode:
            last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
            # Where it asked is this machine's business.
            why = re.sub(r"https?://\S+", "its registry", "".join(last))
            raise MissingError(f"{name} fetched nothing: {why or done.returncode}")
        for made in sorted(Path(folder).iterdir()):
            made.replace(cache / made.name)


def own_wheel() -> bytes:
    """The package as a wheel."""
    with tempfile.TemporaryDirectory(prefix="ocallkit-wheel-") as folder:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        environment = {**os.environ, "PYTHONPATH": ""}
        done = subprocess.run(
            build,
            check=False,
            capture_output=True,
            cwd=ROOT,
            encoding="utf-8",
            env=environment,
            timeout=FETCH_TIMEOUT,
        )
        made = list(Path(folder).glob("*.whl"))
        if done.returncode or len(made) != 1:
            raise MissingError(f"the package makes no wheel: {done.stderr}")
        return made[0].read_bytes()


def standing() -> bytes:
    """The kernel and what stands in for the packages of JupyterLab, as an archive."""
    here = Path(__file__).parent
    files = [here / "kernel.py", *sorted((here / "standing").rglob("*.py"))]
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for file in files:
            base = here if file.parent == here else here / "standing"
            archive.writestr(str(file.relative_to(base)), file.read_bytes())
    return packed.getvalue()
