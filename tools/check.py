"""Run every check of the project, report each, and fail if one failed."""

import subprocess
import sys
import time
from collections.abc import Sequence

CHECKS = {
    "lint": ("ruff", "check"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
    # Last, so that its closing line stands next to the summary.
    "tests": ("pytest", "-n", "2"),
}


def run(checks: dict[str, tuple[str, ...]] = CHECKS) -> dict[str, bool]:
    """Run each check, whether or not those before it passed.

    `checks` names the module that Python runs for each, and its arguments. Returns for each name
    whether it exited with zero. What the checks print goes straight to the terminal.
    """
    passed = {}
    for name, command in checks.items():
        print(f"== {name}: {' '.join(command)}", flush=True)
        start = time.monotonic()
        passed[name] = subprocess.run([sys.executable, "-m", *command], check=False).returncode == 0
        print(f"== {name}: {time.monotonic() - start:.1f} s", flush=True)
    return passed


def summary(passed: dict[str, bool]) -> str:
    """Say on one line how each check ended.

    >>> summary({"lint": True, "types": False})
    'lint passed, types FAILED'
    """
    return ", ".join(f"{name} {'passed' if good else 'FAILED'}" for name, good in passed.items())


def main(arguments: Sequence[str]) -> int:
    """Run the checks that `arguments` name, or all; return the exit status."""
    unknown = sorted(set(arguments) - set(CHECKS))
    if unknown:
        print(f"unknown check: {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
        return 2
    passed = run({name: CHECKS[name] for name in arguments or CHECKS})
    print(f"== {summary(passed)}")
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
