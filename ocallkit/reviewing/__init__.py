"""A reader's design against its parent: what a reviewer of it has to know.

    review("mine.py:Mine")      # everything that the page of `ocallkit review` says

`subjects` says which designs are judged, `trials` how each comes out, `kinds` how one breaks, and
`repairs` what one decision would heal; `claims` asks what the discussion claims of the parent.
"""

from __future__ import annotations

from ocallkit.reviewing.reviewed import Review, review

__all__ = ["Review", "review"]
