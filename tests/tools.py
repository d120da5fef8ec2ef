"""Programs of the machine that a test may need."""

import os
import shutil

import pytest

REQUIRE = "OCALLKIT_REQUIRE_TOOLS"


def require_program(name: str, *, package: str) -> str:
    """The path of the program `name`; without it, the test that asked is skipped.

    The line says which Debian `package` to install. Where the variable OCALLKIT_REQUIRE_TOOLS is
    set, as in `.ci/run`, the test fails instead: there nothing may go unchecked.
    """
    found = shutil.which(name)
    if found is not None:
        return found
    missing = f"{name} is not installed: apt-get install {package}"
    if os.environ.get(REQUIRE):
        pytest.fail(missing)
    pytest.skip(missing)
