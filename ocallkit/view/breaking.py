"""What a run breaks, and whether its token said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.view.snapshot import violations

if TYPE_CHECKING:
    from collections.abc import Collection

    from ocallkit.judging.path import Run


def breaks_in_words(run: Run, claims: Collection[str] = ()) -> str:
    """The properties that `run` breaks, and at which step; empty where it breaks none.

    `claims` are the properties that its token says it breaks.

    >>> from ocallkit import replay
    >>> line = "flow-2/two-lists/t2/c1/A:kill@OCALL,A:close:ocall,breaks:no-use-after-free"
    >>> breaks_in_words(replay(line), ["no-use-after-free"])
    'It breaks no-use-after-free at step 25, as the token says.'
    """
    # What is asked for on request only is broken where the run was let end.
    found = dict.fromkeys(claims, len(run.steps)) | violations(run)
    lines = [f"It breaks {name} at step {found[name]}, as the token says." for name in claims]
    for step in sorted({n for name, n in found.items() if name not in claims}):
        names = [name for name, n in found.items() if n == step and name not in claims]
        lines.append(f"It {'also ' * bool(claims)}breaks {', '.join(names)} at step {step}.")
    return "\n".join(lines)
