"""The command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND = (sys.executable, "-m", "ocallkit")

Done = subprocess.CompletedProcess[str]


def called(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    after: str = "",
    cwd: Path | str | None = None,
) -> Done:
    """What the command did with those arguments; what it printed is read as UTF-8.

    `env` is all of its environment but for where the package is; `after` is what the shell is told
    besides, such as where its output goes.
    """
    given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {after}', "sh", *COMMAND, *arguments],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env={**(given if env is None else env), "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
