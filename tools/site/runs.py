"""Runs that can be stepped through without a kernel, each in a file of its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tools.site.widgets import as_json, as_script

if TYPE_CHECKING:
    from pathlib import Path

    Story = dict[str, Any]
    """What a stepper shows of a run."""


class Runs:
    """The runs of the site by their tokens: a link to one of them opens without Python."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}

    def add(self, story: Story) -> str:
        """Take a run; returns its token."""
        token: str = story["token"]
        self.stories[token] = story
        return token

    def write(self, folder: Path, stepper: str) -> None:
        """Write `runs.js`, which says where each run is, and `runs/`; `stepper` shows them."""
        (folder / "runs").mkdir()
        files = {token: _file(token) for token in self.stories}
        for token, name in files.items():
            line = f"OCALLKIT_RUNS.stories[{as_json(token)}] = {as_json(self.stories[token])};\n"
            (folder / "runs" / name).write_text(line, encoding="utf-8")
        known = {"files": files, "stories": {}, "stepper": stepper}
        (folder / "runs.js").write_text(as_script("OCALLKIT_RUNS", known), encoding="utf-8")


def _file(token: str) -> str:
    return f"{hashlib.sha256(token.encode()).hexdigest()[:16]}.js"
