"""`two-lists`: the rule that jenswi-linaro proposed last, to the letter.

The memories of open and invoke go on one list, which is put on the normal return or when the
session or the file is closed.  The memories of an answer go on a second list, which is put the
next time that the call returns, for whatever reason.  Nothing else counts a memory: the pending
request has no reference of its own.  No code of this was ever published.

Source: pull request 72, jenswi-linaro on simpler rules for counting shared memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.held_refs_pre_release import HeldRefsPreRelease

if TYPE_CHECKING:
    from ocallkit.designs.ecall_bare import EcallBare
    from ocallkit.model.events import Param


class TwoLists(HeldRefsPreRelease):
    """The two lists hold every reference; a pending request holds none."""

    name: ClassVar[str] = "two-lists"
    parent: ClassVar[type[EcallBare]] = HeldRefsPreRelease
    changes: ClassVar[tuple[str, ...]] = ("referenced",)

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """None: the answer's list is put when the call returns with the request."""
        return ()
