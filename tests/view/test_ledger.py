"""Who holds which reference, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ocallkit.view.ledger import LedgerError, ledger
from ocallkit.view.ledger_table import ledger_html, ledger_text
from tests.view.made import MadeRun, flow_1, flow_2, get, opening, put

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.view.ledger import Balance

RUN = MadeRun((*opening(), *flow_2()), scenario="flow-2")


def held(balances: Iterable[Balance]) -> list[tuple[str, int, tuple[str, ...]]]:
    """List objects with their counts and owners."""
    return [(balance.target, balance.count, balance.owners) for balance in balances]


def test_the_window_opens_with_what_is_held_already() -> None:
    """References from before the invocation count, though their gets are not shown."""
    assert held(ledger(RUN).opening) == [("tee_context A", 1, ("file",))]
    assert held(ledger(RUN).after(0)) == [("tee_context A", 1, ("file",))]


def test_the_window_opens_without_what_is_gone() -> None:
    """Memory that was freed before the invocation is of no interest."""
    freed = (get("tee_shm A.old", "file", 1), put("tee_shm A.old", "file", 0))
    book = ledger(MadeRun((*opening(), *freed, *flow_1())))
    assert held(book.opening) == [("tee_context A", 1, ("file",))]


def test_a_balance_says_who_holds_the_object() -> None:
    """After the allocation is answered, the OCALL request holds the memory as well."""
    expected = [
        ("MOBJ A.ocall", 1, ("OCALL PTA",)),
        ("tee_context A", 2, ("file", "tee_shm A.ocall")),
        ("tee_shm A.ocall", 2, ("file", "OCALL request")),
    ]
    assert expected == held(ledger(RUN).after(13))


def test_an_object_that_nobody_holds_is_gone() -> None:
    """At the end only the context's file is left."""
    assert held(ledger(RUN).after(32)) == [("tee_context A", 1, ("file",))]


def test_a_row_shows_the_balances_that_it_changed() -> None:
    """What the CA does between two messages belongs to its note."""
    expected = [
        ("tee_shm A.ocall", 1, ("file",)),
        ("tee_context A", 2, ("file", "tee_shm A.ocall")),
    ]
    assert expected == held(ledger(RUN).changed(9))
    assert held(ledger(RUN).changed(0)) == []


def test_owners_of_several_references_say_how_many() -> None:
    """One ioctl may name a memory twice."""
    events = (get("tee_shm A.x", "file", 1), get("tee_shm A.x", "ioctl", 2))
    run = MadeRun((*flow_1(), *events, get("tee_shm A.x", "ioctl", 3)))
    balance = ledger(run, whole=True).after(18)[0]
    assert (balance.count, balance.owners) == (3, ("file", "ioctl (2 times)"))


def test_a_put_by_nobody_is_refused() -> None:
    """The error names the object, the owner, and who holds it."""
    run = MadeRun((*opening(), put("tee_context A", "ioctl", 0)))
    message = "tee_context A: 'ioctl' puts a reference that it does not hold; held by file"
    with pytest.raises(LedgerError, match=re.escape(message)):
        ledger(run)


@pytest.mark.parametrize(
    "event", [get("tee_context A", "session", 3), put("tee_context A", "file", 1)]
)
def test_a_wrong_count_is_refused(event: object) -> None:
    """The number of owners is the count."""
    run = MadeRun((*opening(), event))  # type: ignore[arg-type]
    with pytest.raises(LedgerError, match=r"reports a count of \d, but \d remain"):
        ledger(run)


def test_the_text_table_has_a_line_for_each_get_and_put() -> None:
    """Each says the change, why, the count, and who holds the object then."""
    lines = ledger_text(ledger(RUN)).splitlines()
    assert len(lines) == 2 + 1 + 8
    columns = [re.split(r"\s{2,}", line) for line in lines]
    assert columns[0] == ["after", "object", "change", "why", "count", "held by"]
    assert columns[2] == ["before", "tee_context A", "file", "file holds it", "1", "file"]
    assert columns[3] == [
        "CA allocates shared memory",
        "tee_shm A.ocall",
        "+ file",
        "file holds it",
        "1",
        "file",
    ]
    assert columns[7] == [
        "20 dispatch",
        "MOBJ A.ocall",
        "- OCALL PTA",
        "OCALL PTA ends",
        "0",
        "nobody",
    ]


def test_the_html_table_has_the_same_rows_and_no_style_sheet() -> None:
    """Rows of one message share its cell; style is inline, colours are the page's."""
    html = ledger_html(ledger(RUN))
    table = ET.fromstring(html)
    rows = table.findall("tbody/tr")
    assert len(rows) == 9
    assert [cell.text for cell in rows[-1]] == [
        "tee_context A",
        "- tee_shm A.ocall",
        "tee_shm A.ocall ends",
        "1",
        "file",
    ]
    spans = [int(row[0].get("rowspan", "1")) for row in rows if row[0].tag == "th"]
    assert spans == [1, 2, 1, 1, 1, 1, 2]
    assert "<style" not in html
    assert "class=" not in html
    assert "background" not in html
