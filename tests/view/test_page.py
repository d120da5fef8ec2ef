"""A page is written twice, and nothing on it is taken for markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocallkit.view.page import Banner, Cell, Code, Fold, Items, Page, Source, Strong, Table, Text
from ocallkit.view.page_files import files
from ocallkit.view.page_html import to_html
from ocallkit.view.page_markdown import to_markdown

EVIL = "<script>x</script> *a* `b` |c| [d](e) _f_ @you #1 &amp; a_b"


def markdown(*blocks: object) -> str:
    """A page of some blocks."""
    return to_markdown(Page("title", blocks))  # type: ignore[arg-type]


def test_a_text_is_no_markup_in_markdown() -> None:
    """Nor does it call anybody, or name another pull request."""
    expected = (
        r"&lt;script&gt;x&lt;/script&gt; \*a\* \`b\` \|c\| \[d\](e) \_f\_ @<!-- -->you #<!-- -->1"
        " &amp;amp; a_b\n"
    )
    assert expected == markdown(Text((EVIL,)))


def test_a_text_is_no_markup_in_html() -> None:
    """In no place where it may stand."""
    words = (EVIL, Code(EVIL), Strong(EVIL))
    table = Table(EVIL, (words,), ((Cell(words), Cell(words)),), stacked=True)
    page = to_html(Page(EVIL, (Text(words), Items((words,)), table, Fold(words, ()))))
    assert "<script" not in page
    assert page.count("&lt;script&gt;x") == page.count("script&gt;x&lt;/") > 10


def test_code_has_more_backticks_around_it_than_in_it() -> None:
    """In a line and in a block."""
    assert "``` a``b` ```\n" == markdown(Text((Code("a``b`"),)))
    assert "````python\n```\n````\n" == markdown(Source("python", "```\n"))


def test_a_bar_does_not_end_a_cell() -> None:
    """Not even in code."""
    table = Table("", (("a",), ("b",)), ((Cell(("x|",)), Cell((Code("y|z"),), changed=True)),))
    assert "| x\\| | **`y\\|z`** |" == markdown(table).splitlines()[-1]


def test_a_banner_is_a_quotation_of_its_kind() -> None:
    """A good end, a bad one, and one that is not known."""
    words = [markdown(Banner(word, ("so",))) for word in ("holds", "leak", "unfinished")]
    assert ["> [!TIP]\n> so\n", "> [!CAUTION]\n> so\n", "> [!WARNING]\n> so\n"] == words


def test_files_are_written_as_the_place_says(tmp_path: Path) -> None:
    """A file by its ending, both in a folder, none without a place."""
    assert {} == files(None, "html", "mine")
    assert {"html": tmp_path / "x.html"} == files(tmp_path / "x.html", None, "mine")
    both = {"markdown": tmp_path / "a-b.md", "html": tmp_path / "a-b.html"}
    assert both == files(tmp_path, None, "a<b") == files(tmp_path, "both", "a<b")
    assert {"html": tmp_path / "mine.html"} == files(tmp_path, "html", "mine")


@pytest.mark.parametrize(
    ("out", "form", "words"),
    [
        (None, "both", "--format both makes two files: say where with --out FOLDER"),
        ("x.html", "markdown", "--out x.html is a file of html, not of markdown"),
        ("x", None, "--out x: neither a folder nor a file that ends in .md or .html"),
    ],
)
def test_a_form_that_does_not_fit_the_place_is_refused(
    out: str | None, form: str | None, words: str
) -> None:
    """With what to say instead."""
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        files(Path(out) if out else None, form, "mine")
