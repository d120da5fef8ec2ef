"""Designs as a reader writes them, in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DESIGNS = '''"""Designs of a reader's own."""

from ocallkit.designs import HeldRefs, HeldRefsPreRelease
from ocallkit.model import optee
from ocallkit.scenarios import SCENARIOS, Scenario

LIKE = SCENARIOS["flow-1-memref"]
HURRIED = Scenario("hurried", f"as {LIKE.name}", LIKE.ca, LIKE.ta)


class Bare(HeldRefs):
    """References are kept, and that is all."""

    name = "bare"


class Mine(HeldRefs):
    """The file of the context cancels; `a` | <b>, @you and #1."""

    name = "mine"

    def pre_release(self, client):
        """What is pending is cancelled."""
        return optee.cancel_ocall(client)


class Worse(HeldRefsPreRelease):
    """It forgets what it was passed."""

    name = "worse"

    def kept(self, params):
        return ()


class Script(HeldRefs):
    """Runs <script>alert("x")</script> & more."""

    name = "script"


class Wrong(HeldRefs):
    name = "wrong"

    def kept(self, params):
        return 3


class Raises(HeldRefs):
    name = "raises"

    def kept(self, params):
        raise KeyError("nobody")


class Taken(HeldRefs):
    pass


class Slash(HeldRefs):
    name = "a/b"


def never_so(state):
    return False


NUMBER = 3
'''


def write(folder: Path, content: str = DESIGNS, name: str = "mine.py") -> str:
    """Write a file, and give its place as a command line names it."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)
