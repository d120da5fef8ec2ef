"""Everything that a caller can get wrong, by its name: each an act that a CA can try.

`prelude` has what brings a request about, `sessions` whom a caller speaks to, `memory` what it
names, `answering` what it says, `octets` how it writes that.
"""

from __future__ import annotations

from typing import Final

from ocallkit.scenarios.misuse.act import Act
from ocallkit.scenarios.misuse.answering import ANSWERS
from ocallkit.scenarios.misuse.memory import MEMORY
from ocallkit.scenarios.misuse.octets import OCTETS
from ocallkit.scenarios.misuse.prelude import RULES
from ocallkit.scenarios.misuse.sessions import SESSIONS

ACTS: Final[dict[str, Act]] = {act.name: act for act in (*SESSIONS, *MEMORY, *ANSWERS, *OCTETS)}
"""Every act of misuse, by its name."""

EVERYTHING: Final[dict[str, Act]] = {act.name: act for act in RULES} | ACTS
"""All that, and what keeps to the rules."""

__all__ = ["ACTS", "EVERYTHING", "Act"]
