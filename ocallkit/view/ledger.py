"""Who holds a reference on what, and why: the gets and puts of a run, added up.

A reference has an owner.  Every put names the owner that an earlier get named, and the count that
the model reports is the number of owners: a run for which that does not hold is refused here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ocallkit.model.events import Get, Message, Put
from ocallkit.view.window import window

if TYPE_CHECKING:
    from ocallkit.view.trace import Trace


class LedgerError(ValueError):
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
    """One get or put with the message after which it came and the balance that it left."""

    number: int
    change: Get | Put
    balance: Balance


class Ledger(msgspec.Struct, frozen=True):
    """The entries that belong to what is shown, and the balances before its first message.

    Messages count from 1, as they do in the diagram; 0 is the time before the first of them.
    """

    title: str
    opening: tuple[Balance, ...]
    entries: tuple[Entry, ...]
    messages: tuple[Message, ...]

    def after(self, number: int) -> tuple[Balance, ...]:
        """Return the balance of every object that is held after a message, in order of names."""
        balances = {balance.target: balance for balance in self.opening}
        balances |= {e.balance.target: e.balance for e in self.entries if e.number <= number}
        return tuple(balances[name] for name in sorted(balances) if balances[name].held)

    def changed(self, number: int) -> tuple[Balance, ...]:
        """Return the last balance of every object that a message changed, in order of change."""
        balances = {e.balance.target: e.balance for e in self.entries if e.number == number}
        return tuple(balances.values())


def ledger(trace: Trace, *, whole: bool = False) -> Ledger:
    """Add up the references of a run: of its invocation, or with `whole` of all of it.

    Raises `LedgerError` where a put names an owner that holds nothing, or a count is wrong.
    """
    start, stop = window(trace.events, whole=whole)
    balances: dict[str, Balance] = {}
    opening: tuple[Balance, ...] = ()
    entries: list[Entry] = []
    messages: list[Message] = []
    for index, event in enumerate(trace.events[:stop]):
        match event:
            case Message() if index >= start:
                if not messages:
                    opening = tuple(balances[name] for name in sorted(balances))
                messages.append(event)
            case Get() | Put():
                balance = _book(balances.get(event.target, Balance(event.target)), event)
                balances[event.target] = balance
                if messages:
                    entries.append(Entry(len(messages), event, balance))
            case _:
                pass
    held = tuple(balance for balance in opening if balance.held)
    return Ledger(trace.title, held, tuple(entries), tuple(messages))


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
