"""Where a page is written, and in which forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.errors import UsageError
from ocallkit.view.page import BOTH, FORMS, MARKDOWN
from ocallkit.view.page_html import to_html
from ocallkit.view.page_markdown import to_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from ocallkit.view.page import Page

IN_A_NAME: Final = "-_.+"
"""Signs that the name of a file may have besides letters and digits."""


def written(page: Page, form: str) -> str:
    """The page in one of the forms."""
    return to_markdown(page) if form == MARKDOWN else to_html(page)


def files(out: Path | None, form: str | None, name: str) -> dict[str, Path]:
    """The form of each file that is to be written; none where all goes to the terminal.

    `out` is a file, which says its form by its name, or a folder that is there, for files called
    `name`.

    >>> from pathlib import Path
    >>> files(Path("review.html"), None, "mine")["html"].name
    'review.html'

    Raises ValueError for a form that does not fit the place.
    """
    if out is None:
        if form == BOTH:
            raise UsageError(f"--format {BOTH} makes two files: say where with --out FOLDER")
        return {}
    if out.is_dir():
        safe = "".join(sign if sign.isalnum() or sign in IN_A_NAME else "-" for sign in name)
        wanted = {suffix: one for suffix, one in FORMS.items() if form in {None, BOTH, one}}
        return {one: out / f"{safe}{suffix}" for suffix, one in wanted.items()}
    own = FORMS.get(out.suffix)
    if own is None:
        ends = " or ".join(FORMS)
        raise UsageError(f"--out {out}: neither a folder nor a file that ends in {ends}")
    if form not in {None, own}:
        raise UsageError(f"--out {out} is a file of {own}, not of {form}")
    return {own: out}
