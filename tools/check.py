"""Run every check of the project, report each, and fail if one failed or saw nothing."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.tested import untested

Command = tuple[str, ...]

REPORT = "REPORT"
"""Stands in a command for the file in which it reports what it tested."""

CHECKS: dict[str, Command] = {
    "lint": ("ruff", "check"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
    # Last, so that its closing line stands next to the summary.
    "tests": ("pytest", "-n", "2", f"--junitxml={REPORT}"),
}


def run(checks: Mapping[str, Command]) -> dict[str, str]:
    """Run each check, whether or not those before it passed.

    `checks` names the module that Python runs for each, and its arguments. Returns for each name
    what was wrong, empty if nothing was. What the checks print goes straight to the terminal.
    """
    wrong = {}
    for name, command in checks.items():
        print(f"== {name}: {' '.join(word for word in command if REPORT not in word)}", flush=True)
        start = time.monotonic()
        wrong[name] = _run(command)
        print(f"== {name}: {time.monotonic() - start:.1f} s", flush=True)
    return wrong


def _run(command: Command) -> str:
    """Run one check; say what was wrong, in a word or two where the check has said it itself."""
    with tempfile.TemporaryDirectory(prefix="ocallkit-check-") as folder:
        report = Path(folder) / "report.xml"
        words = [word.replace(REPORT, str(report)) for word in command]
        status = subprocess.run([sys.executable, "-m", *words], check=False).returncode
        if status:
            return ending(status)
        # What passes because it tested nothing has not passed.
        gaps = untested(report, Path.cwd()) if words != [*command] else []
    for gap in gaps:
        print(f"not tested: {gap}")
    return f"{len(gaps)} not tested" if gaps else ""


def ending(status: int) -> str:
    """Say how a program ended that did not exit with zero.

    >>> ending(2), ending(-9)
    ('status 2', 'SIGKILL')
    """
    return f"status {status}" if status > 0 else signal.Signals(-status).name


def summary(wrong: Mapping[str, str]) -> str:
    """Say on one line how each check ended.

    >>> summary({"lint": "", "types": "status 2"})
    'lint passed, types FAILED (status 2)'
    """
    return ", ".join(
        f"{name} FAILED ({what})" if what else f"{name} passed" for name, what in wrong.items()
    )


def main(arguments: Sequence[str]) -> int:
    """Run the checks that `arguments` name, or all; return the exit status."""
    unknown = sorted(set(arguments) - set(CHECKS))
    if unknown:
        print(f"unknown check: {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
        return 2
    wrong = run({name: CHECKS[name] for name in arguments or CHECKS})
    print(f"== {summary(wrong)}")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
