"""What a caller can get wrong, as a table."""

from __future__ import annotations

from ocallkit.judging.misused import tried
from ocallkit.view.misuse_table import HEADS, misuse_table


def test_a_row_has_what_the_run_says() -> None:
    """In HTML and in plain text alike; what is empty stays empty."""
    one = tried("lends-foreign", "ecall")
    shown = misuse_table([one])
    head, row = shown.plain.splitlines()
    assert HEADS == tuple(filter(None, map(str.strip, head.split("  "))))
    cells = (one.act.about, one.answer, one.by, one.pending, one.others)
    assert cells == tuple(filter(None, map(str.strip, row.split("  "))))
    assert all(cell in shown.html for cell in (*HEADS, *cells))
