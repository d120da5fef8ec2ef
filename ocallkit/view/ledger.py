"""Who holds a reference on what, and why: the gets and puts of a run, added up.

A reference has an owner.  Every put names the owner that an earlier get named, and the count that
the model reports is the number of owners: a run for which that does not hold is refused here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ocallkit.errors import OcallkitError
from ocallkit.model.events import Divider, Get, Message, Note, Put
from ocallkit.view.layout import are_several, note_words
from ocallkit.view.window import numbers, window

if TYPE_CHECKING:
    from ocallkit.view.trace import Trace


class LedgerError(OcallkitError, ValueError):
    """The gets and puts of a run do not add up."""


class Balance(msgspec.Struct, frozen=True):
    """What is held on one object: the gets that no put has undone, the oldest first."""

    target: str
    held: tuple[Get, ...] = ()

    @property
    def count(self) -> int:
        """The reference count."""
        return len(self.held)

    @property
    def owners(self) -> tuple[str, ...]:
        """The owners, each once; one that holds several references says how many."""
        owners = Counter(get.owner for get in self.held)
        return tuple(f"{owner} ({n} times)" if n > 1 else owner for owner, n in owners.items())


class Entry(msgspec.Struct, frozen=True):
    """One get or put: the message and the row after which it came, and the balance that it left.

    The invocation's messages count from 1, rows (as in the layout: messages, notes, dividers)
    from 0; what comes before the first message that is shown has that one's number less one.
    """

    number: int
    row: int
    change: Get | Put
    balance: Balance


class Ledger(msgspec.Struct, frozen=True):
    """The entries that belong to what is shown, and the balances before its first row.

    `first` is the number of the first message that is shown.
    """

    title: str
    opening: tuple[Balance, ...]
    entries: tuple[Entry, ...]
    first: int
    rows: tuple[Message | Note | Divider, ...]

    def after(self, number: int) -> tuple[Balance, ...]:
        """Return the balance of every object that is held after a message, in order of names.

        Message 0 stands for the time before the invocation's first one.
        """
        balances = {balance.target: balance for balance in self.opening}
        balances |= {e.balance.target: e.balance for e in self.entries if e.number <= number}
        return tuple(balances[name] for name in sorted(balances) if balances[name].held)

    def changed(self, row: int) -> tuple[Balance, ...]:
        """Return the last balance of every object that changed at a row, in order of change."""
        balances = {e.balance.target: e.balance for e in self.entries if e.row == row}
        return tuple(balances.values())

    def heading(self, entry: Entry) -> str:
        """Name the row after which an entry came."""
        match self.rows[entry.row]:
            case Message(label=label):
                return f"{entry.number} {label}"
            case Note(text=text) | Divider(text=text):
                return text


def ledger(trace: Trace, *, whole: bool = False) -> Ledger:
    """Add up the references of a run: of its invocation, or with `whole` of all of it.

    Raises `LedgerError` where a put names an owner that holds nothing, or a count is wrong.
    """
    start, stop = window(trace.events, whole=whole)
    balances: dict[str, Balance] = {}
    opening: tuple[Balance, ...] = ()
    entries: list[Entry] = []
    rows: list[Message | Note | Divider] = []
    following = numbers(trace.events, whole=whole, before=trace.before)
    first = next(following)
    number = first - 1
    for index, event in enumerate(trace.events[:stop]):
        match event:
            case Message() | Note() | Divider() if index >= start:
                if not rows:
                    opening = tuple(balances[name] for name in sorted(balances))
                if isinstance(event, Message):
                    number = first if number < first else next(following)
                rows.append(_named(event, several=are_several(trace.clients)))
            case Get() | Put():
                balance = _book(balances.get(event.target, Balance(event.target)), event)
                balances[event.target] = balance
                if rows:
                    entries.append(Entry(number, len(rows) - 1, event, balance))
            case _:
                pass
    held = tuple(balance for balance in opening if balance.held)
    return Ledger(trace.title, held, tuple(entries), first, tuple(rows))


def _named(row: Message | Note | Divider, *, several: bool) -> Message | Note | Divider:
    """Give a note the words that the diagram gives it."""
    if not isinstance(row, Note):
        return row
    return msgspec.structs.replace(row, text=note_words(row, several=several))


def _book(balance: Balance, change: Get | Put) -> Balance:
    """Enter one change."""
    held = balance.held
    if isinstance(change, Get):
        after = Balance(change.target, (*held, change))
    else:
        mine = [index for index, get in enumerate(held) if get.owner == change.owner]
        if not mine:
            raise LedgerError(
                f"{change.target}: {change.owner!r} puts a reference that it does not hold; "
                f"held by {', '.join(balance.owners) or 'nobody'}"
            )
        after = Balance(change.target, held[: mine[0]] + held[mine[0] + 1 :])
    if after.count != change.count:
        verb = "get" if isinstance(change, Get) else "put"
        raise LedgerError(
            f"{change.target}: the {verb} by {change.owner!r} reports a count of {change.count}, "
            f"but {after.count} remain: {', '.join(after.owners) or 'nobody'}"
        )
    return after
