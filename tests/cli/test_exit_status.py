"""Exit status 1 says that a property is violated, and nothing else ends with it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from ocallkit import __version__, judge
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, NO_ANSWER, VIOLATED
from ocallkit.extras import missing
from ocallkit.judging.specs import load
from tests.cli.command import COMMAND, called

if TYPE_CHECKING:
    from pathlib import Path

FLOW = ("check", "--scenario", "flow-1")


def fails_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything that is judged end with an error."""

    def judging(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ocallkit.judging.verdict.judge", judging)


FAULTS = {
    "KeyError: 'a key'": KeyError("a key"),
    "ValueError: not enough values": ValueError("not enough values"),
    "OSError: [Errno 5] of the machine": OSError(5, "of the machine"),
    "RecursionError: too deep": RecursionError("too deep"),
    "MemoryError": MemoryError(),
    "AssertionError: two lines": AssertionError("two\nlines"),
}


@pytest.mark.parametrize("said", FAULTS)
def test_an_error_that_nothing_foresaw_is_a_fault_of_the_package_in_one_line(
    said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to get the way to it; there is no answer, and no verdict."""
    monkeypatch.delenv("OCALLKIT_TRACEBACK", raising=False)
    fails_with(FAULTS[said], monkeypatch)
    status = main(FLOW)
    line = f"ocallkit: a fault of ocallkit itself: {said} (OCALLKIT_TRACEBACK=1 shows where)\n"
    assert (NO_ANSWER, ("", line)) == (status, capsys.readouterr())


def test_the_way_to_a_fault_is_shown_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the line that tells of it."""
    monkeypatch.setenv("OCALLKIT_TRACEBACK", "1")
    fails_with(KeyError("a key"), monkeypatch)
    assert NO_ANSWER == main(FLOW)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert "Traceback (most recent call last):" == first
    assert last.startswith("ocallkit: a fault of ocallkit itself: KeyError")


@pytest.mark.parametrize("code", [0, 1, None, "over"])
def test_a_program_that_leaves_python_leaves_no_verdict(
    code: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sys.exit` of a reader's is bad usage, whatever it would have ended with."""
    fails_with(SystemExit(code), monkeypatch)
    status = main(FLOW)
    line = f"ocallkit: something that was loaded called sys.exit({code!r}): leave that out\n"
    assert (BAD_USAGE, ("", line)) == (status, capsys.readouterr())


def test_a_library_that_is_not_there_is_named_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line can be pasted into a shell."""
    fails_with(missing(ModuleNotFoundError(name="matplotlib.figure")), monkeypatch)
    status = main(FLOW)
    line = "ocallkit: matplotlib is not installed: pip install 'ocallkit[lab]'\n"
    assert (NO_ANSWER, ("", line)) == (status, capsys.readouterr())


FILE = """
import sys
from ocallkit import SCENARIOS
from ocallkit.api import INPUT, Result, Scenario, TEE_InvokeCACommand, value


def asks():
    ret, _, _ = yield from TEE_InvokeCACommand(1, (value(INPUT, 1),))
    return ret


def ta(command, params):
{does}


mine = Scenario("mine", "a TA that misbehaves", SCENARIOS["flow-1"].ca, ta)
"""
"""A reader's own file, with the body of its TA left open."""


@pytest.mark.parametrize("statement", ["sys.exit(0)", "sys.exit(1)", "raise StopAsyncIteration"])
def test_a_ta_that_leaves_python_is_bad_usage_at_its_own_line(
    statement: str, tmp_path: Path
) -> None:
    """The party, the line and what it raised; the status is ours and not its own."""
    does = f"    yield from asks()\n    {statement}"
    (tmp_path / "mine.py").write_text(FILE.replace("{does}", does))
    done = called("show", "mine.py:mine", cwd=tmp_path)
    assert (BAD_USAGE, "", 1) == (done.returncode, done.stdout, done.stderr.count("\n"))
    line = "ocallkit: TA of A: thread_std_smc_entry, line 14 of ta in mine.py: raised S"
    assert line == done.stderr[: len(line)]


def test_a_ta_that_catches_everything_keeps_nobody_from_a_verdict(tmp_path: Path) -> None:
    """What lets its generator go is no error of its own, and is not seen."""
    does = (
        "    try:\n        return (yield from asks())\n"
        "    except BaseException:\n        return (yield from asks())"
    )
    (tmp_path / "mine.py").write_text(FILE.replace("{does}", does))
    done = called("show", "mine.py:mine", cwd=tmp_path)
    usual = called("show", "flow-1", "--design", "ecall")
    assert (HOLDS, usual.stdout, "") == (done.returncode, done.stdout, done.stderr)
    mine = load("scenario", f"{tmp_path / 'mine.py'}:mine")
    expected = judge("flow-1").as_json() | {"scenario": "mine"}
    found = judge(mine).as_json()
    assert expected | {"seconds": 0} == found | {"seconds": 0}


def test_help_and_version_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` is what `__version__` says."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (0, f"ocallkit {__version__}\n") == (ended.value.code, capsys.readouterr().out)


def test_the_module_is_the_command() -> None:
    """`python -m ocallkit`, with its name and its statuses."""
    done = called("--version")
    assert (0, f"ocallkit {__version__}\n", "") == (done.returncode, done.stdout, done.stderr)
    broken = called("check", "--scenario", "flow-1-memref", "--design", "ecall")
    assert VIOLATED == broken.returncode
    usage = called("chekc")
    assert (BAD_USAGE, "usage: ocallkit ") == (usage.returncode, usage.stderr[:16])


FULL = {
    "an answer": ("list",),
    "a verdict that holds": FLOW,
    "a help": ("--help",),
    "a page": ("show", "flow-1", "--format", "svg"),
}


@pytest.mark.parametrize("what", FULL)
def test_a_full_disk_takes_no_answer(what: str) -> None:
    """One line says why; Python's own words at its end are not added."""
    done = called(*FULL[what], after=">/dev/full")
    expected = (NO_ANSWER, "ocallkit: standard output: No space left on device\n")
    assert expected == (done.returncode, done.stderr)


def test_a_closed_output_takes_no_answer() -> None:
    """A verdict that nobody was told is none."""
    done = called(*FLOW, after=">&-")
    assert (NO_ANSWER, "ocallkit: standard output is closed\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize("after", ["2>&-", "2>/dev/full"])
def test_without_standard_error_the_statuses_are_the_same(after: str) -> None:
    """Where nothing can be complained of, nothing is; an answer comes all the same."""
    statuses = [
        called(*arguments, after=after).returncode
        for arguments in (FLOW, ("check", "--scenario", "flow-3"))
    ]
    assert [HOLDS, BAD_USAGE] == statuses
    assert called(*FLOW, after=after).stdout == called(*FLOW).stdout


def test_a_pipe_that_is_closed_early_is_no_error() -> None:
    """Who read has seen enough: the status is the verdict's, and nothing is complained of."""
    words = 'set -o pipefail; "$@" | head -c 1'
    done = subprocess.run(
        ["bash", "-c", words, "bash", *COMMAND, "show", "flow-2", "--whole", "--format", "svg"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (0, "<", "") == (done.returncode, done.stdout, done.stderr)
