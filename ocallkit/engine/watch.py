"""Notices a program that goes round and round and never yields.

A timer of the processor time that this process uses ticks while a reader's code may run.  When a
single stretch of that has seen too many ticks, the next one raises `TooLong` in the middle of it,
and again at each tick that follows.  Nothing is raised anywhere else: between two stretches a tick
stops the timer.  Where there is no such timer, or outside the main thread, nobody watches.
"""

from __future__ import annotations

import atexit
import os
import signal
from _thread import interrupt_main
from functools import partial
from typing import Any

SECONDS = 5
"""Processor time that one stretch between two yields may take."""


class TooLong(BaseException):
    """Raised in the middle of code that has run for too long; no program may swallow it.

    Whoever does gets the next one where the first is handled: another tick is under way already.
    """

    __init__ = staticmethod(partial(interrupt_main, getattr(signal, "SIGVTALRM", signal.SIGINT)))


class _Watch:
    """How deep in a reader's code we are, and how many ticks it has seen."""

    def __init__(self) -> None:
        self.depth = 0
        self.ticks = 0
        self.runs = False

    def start(self) -> None:
        """Let the timer tick, if there is one and nobody else has a use for it."""
        self.runs = True
        try:
            if signal.getsignal(signal.SIGVTALRM) in {signal.SIG_DFL, self._tick}:
                signal.signal(signal.SIGVTALRM, self._tick)
                signal.setitimer(signal.ITIMER_VIRTUAL, 1, 1)
                # An interpreter that ends takes its handlers back, and a tick would kill it.
                atexit.register(self.stop)
        except ValueError:
            # Not in the main thread, which may want it later.
            self.runs = False
        except (AttributeError, OSError):
            # No such timer here.
            return

    def _tick(self, _signal: int, _frame: Any) -> None:
        if not self.depth:
            self.stop()
            return
        self.ticks += 1
        if self.ticks >= SECONDS:
            raise TooLong

    def stop(self) -> None:
        """Let the timer be still until somebody starts it again."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        atexit.unregister(self.stop)
        self.runs = False

    def forget(self) -> None:
        """A forked process has no timer."""
        self.runs = False


_watch = _Watch()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watch.forget)


def watched(call: Any, *args: Any) -> Any:
    """Call what a reader may have written; raises TooLong if it does not come back."""
    if not _watch.depth:
        _watch.ticks = 0
        if not _watch.runs:
            _watch.start()
    _watch.depth += 1
    try:
        return call(*args)
    finally:
        _watch.depth -= 1
        if _watch.ticks >= SECONDS:
            # It is over; the tick that is still under way is not its caller's.
            _watch.ticks = -1
