"""A test that needs a program of the machine says so, and never passes without it."""

import shutil

import pytest

from tests.tools import REQUIRE, require_program

ABSENT = "no-such-program-anywhere"


def test_a_program_that_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not programs are required, a test gets the path of the one it asked for."""
    monkeypatch.setenv(REQUIRE, "1")
    expected = shutil.which("sh")
    assert expected == require_program("sh", package="dash")


def test_without_its_program_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the package to install."""
    monkeypatch.delenv(REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception) as skipped:
        require_program(ABSENT, package="its-package")
    expected = f"{ABSENT} is not installed: apt-get install its-package"
    assert expected == skipped.value.msg


def test_where_programs_are_required_a_test_without_its_program_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same words, but as a failure."""
    monkeypatch.setenv(REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception) as failed:
        require_program(ABSENT, package="its-package")
    expected = f"{ABSENT} is not installed: apt-get install its-package"
    assert expected == failed.value.msg
