"""The page that a reviewer pastes: what it says, and that nothing of the reader's is markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from ocallkit.reviewing import review
from ocallkit.view.page_html import to_html
from ocallkit.view.page_markdown import to_markdown
from ocallkit.view.review_page import review_page
from tests.reviewing.given import write

if TYPE_CHECKING:
    from ocallkit.view.page import Page

VOID = {"meta", "wbr", "br"}
"""Elements without an end."""


class Read(HTMLParser):
    """A page as a browser's parser reads it: its elements, their attributes, and what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content, as pictures have them."""
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """An element ends: it is the one that was opened last."""
        assert tag == self.open.pop()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with designs."""
    return write(tmp_path_factory.mktemp("given"))


def page_of(spec: str, *scenarios: str, claims: tuple[str, ...] = ()) -> Page:
    """The page of a design in little."""
    found = review(
        spec, scenarios=scenarios, threads=[1], clients=1, claims=claims, processes=1, seconds=None
    )
    return review_page(found)


@pytest.fixture(scope="module")
def bare(place: str) -> Page:
    """The page of a design that heals nothing."""
    return page_of(f"{place}:Bare", "flow-1-memref", "spare-memory")


def test_it_says_what_broke_and_healed(place: str) -> None:
    """In a sentence above, and place by place."""
    said = to_markdown(page_of(f"{place}:Mine", "flow-1-memref", "spare-memory", claims=("C23",)))
    for line in (
        "# Review of `mine` against `held-refs`",
        "> `mine` **breaks nothing that held and heals 1 cell**: 1 of 2 cells is violated.",
        "| `flow-1-memref` | **leak → holds** |",
        "| `spare-memory` | deadlock |",
        "Nothing that `held-refs` holds.",
        (
            "- `flow-1-memref`, in every size: leak, now holds. Holds again: `no-suspended-thread`,"
            " `no-context-leak`, `no-session-leak`, `no-shm-leak`, `no-mobj-leak`, `completed-once`"
            " and `nothing-left`."
        ),
        "Not new: `held-refs` does not hold there either.",
        (
            "What was asked: 1 claim of pull request 72, in 12 cells about `held-refs`. In each of"
            " them `mine` was put in its place. **3 cells of 1 claim** came out otherwise."
        ),
    ):
        assert line in said.splitlines()
    (row,) = [line for line in said.splitlines() if "| C23 |" in line]
    *_, before, after, _ = row.split("|")
    assert (" In 3 of 12 cells ", "(so in 9 cells, not so in 3) ") == (before[:18], before[-29:])
    assert " The context of a CA that dies is released. (so in 12 cells) " == after


def test_it_shows_the_decision_in_both(place: str) -> None:
    """Each as it stands in its file."""
    said = to_markdown(page_of(f"{place}:Mine", "plain-invoke"))
    assert (
        "### `pre_release`\n\n`held-refs`, as `ecall-bare`:\n\n```python\ndef pre_release(" in said
    )
    mine = (
        "`mine`:\n\n```python\ndef pre_release(self, client):\n"
        '    """What is pending is cancelled."""\n    return optee.cancel_ocall(client)\n```'
    )
    assert mine in said
    assert "No property is violated." in said


@pytest.mark.long
def test_it_shows_each_kind_with_its_bad_end(bare: Page, place: str) -> None:
    """The diagram, the line that replays it, who waits, and who holds what."""
    said = to_markdown(bare)
    assert 2 == said.count("```mermaid\nsequenceDiagram\n")
    for line in (
        "### Deadlock: `no-deadlock` and 7 more",
        "### Leak: `no-suspended-thread` and 6 more",
        (
            f"ocallkit show --replay spare-memory/{place}:Bare/t1/c1/A:kill@OCALL,A:close:spare"
            ",breaks:no-deadlock"
        ),
        (
            "- exit of CA A waits for secure thread 0 (A): every secure thread is taken"
            " (ETHREAD_LIMIT)."
        ),
        "- Waited for, and waits for nobody: CA A (killed).",
        "| `tee_context A` | 2 | held by context file, tee_shm A.spare |",
        "| `tee_shm A.memref` | 1 | held by ioctl Func Invoke |",
    ):
        assert line in said.splitlines()


def test_it_names_the_nearest_repair(bare: Page) -> None:
    """For each violation; what heals and breaks is folded."""
    said = to_markdown(bare)
    for line in (
        (
            "| `flow-1-memref` | all 7, `no-suspended-thread` and 6 more |"
            " `pre_release` as in `ecall` |"
        ),
        (
            "| `spare-memory` | all 8, `no-deadlock` and 7 more |"
            " none: no single decision heals it and breaks nothing else |"
        ),
        (
            "- **Heals 7 of 15 violations**, each a property in a scenario: `flow-1-memref`: all 7,"
            " `no-suspended-thread` and 6 more."
        ),
        "- Leaves: `spare-memory`: all 8, `no-deadlock` and 7 more.",
        "- Breaks nothing in any cell of the matrix.",
    ):
        assert line in said.splitlines()


def test_a_design_that_only_has_a_new_name_changes_nothing(bare: Page) -> None:
    """And says so."""
    said = to_markdown(bare)
    assert "`bare` and `held-refs` decide alike." in said
    assert "**breaks nothing that held and heals nothing**: as in `held-refs`, 2 of 2" in said


def test_a_scenario_of_the_readers_own_is_named_in_the_command(place: str) -> None:
    """The token has its file, and that of the design."""
    said = to_markdown(page_of(f"{place}:Bare", f"{place}:HURRIED"))
    assert f"ocallkit show --replay {place}:HURRIED/{place}:Bare/t1/c1/" in said


@pytest.mark.long
def test_nothing_of_the_readers_is_markup(place: str) -> None:
    """Least of all what it says of itself."""
    page = page_of(f"{place}:Script", "flow-1-memref")
    assert "<script" not in to_html(page)
    assert "Runs &lt;script&gt;alert(" in to_html(page)
    said = to_markdown(page)
    assert 'Runs &lt;script&gt;alert("x")&lt;/script&gt; &amp; more.' in said
    outside = [part for number, part in enumerate(said.split("`")) if number % 2 == 0]
    assert not any("<script" in part for part in outside)
    mine = to_markdown(page_of(f"{place}:Mine", "plain-invoke"))
    assert r"cancels; \`a\` \| &lt;b&gt;, @<!-- -->you and #<!-- -->1." in mine


def test_the_page_stands_by_itself(bare: Page) -> None:
    """It parses, runs nothing, and asks nobody for anything."""
    html = to_html(bare)
    read = Read()
    read.feed(html)
    read.close()
    assert [] == read.open
    assert not read.tags & {"script", "link", "img", "iframe", "object"}
    assert {"svg", "table", "details", "figure"} <= read.tags
    names = {name for name, _ in read.attributes}
    assert not names & {"src", "href", "srcset", "action", "style"}
    assert not [name for name in names if name.startswith("on")]
    assert "http" not in html
    assert "url(" not in html
    ids = [value for name, value in read.attributes if name == "id"]
    labels = [v for n, value in read.attributes if n == "aria-labelledby" for v in value.split()]
    assert len(ids) == len(set(ids))
    assert set(labels) <= set(ids)


@pytest.mark.long
def test_it_is_the_same_each_time(bare: Page, place: str) -> None:
    """Byte for byte."""
    again = page_of(f"{place}:Bare", "flow-1-memref", "spare-memory")
    assert (to_markdown(bare), to_html(bare)) == (to_markdown(again), to_html(again))


def test_what_is_not_known_is_said(place: str) -> None:
    """Above, in its cell, and why."""
    found = review(
        f"{place}:Bare", scenarios=["flow-1"], threads=[1], clients=1, claims=["C01"], seconds=1e-9
    )
    said = to_markdown(review_page(found))
    for words in (
        "> [!WARNING]\n",
        "0 of 1 cell are violated, and of 1 it is not known.",
        "| `flow-1` | unfinished |",
        "No violation was found.",
        "Not known in 9 cells of C01: there was no time, or what is asked is not there in this",
        "- `bare` in `flow-1`, in every size: not tried within the limit.",
    ):
        assert words in said
