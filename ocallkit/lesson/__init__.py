"""What a notebook says, hides until it is asked for, and checks.

    check("01-who-counts", answer)  # what is right or wrong with an answer
    solution("01-who-counts")       # a hint, and how to find it, each folded away
    reveal(run, "Open when you have made your guess")
    say(f"The count is **{n}**.")   # a sentence with computed numbers
    table(("step", "count"), rows)  # several of them
    together(sentence, picture)     # one below the other, to be revealed as one
    once(command, *params)          # a CA that calls its TA once
    waits                           # a TA that waits once
    turns("AABB", alone)            # a schedule in which clients take turns
    dies("flow-1-memref", "ecall", "context", "memref")  # killed in an OCALL, files closed so
    orders("flow-1-memref", "ecall")                     # every order, and what comes of it
    verdicts()                      # every design in every scenario
    touched()                       # what every step touches there

The exercises of notebook `01-...` are in the module `ex_01`, those of `02-...` in `ex_02`; each
computes its answer from the model when it is asked.  Everything shown here carries HTML that
survives in a notebook that is not trusted, and the same as plain text.
"""

from __future__ import annotations

from ocallkit.lesson.checking import check, solution
from ocallkit.lesson.deaths import dies, orders
from ocallkit.lesson.every_verdict import touched, verdicts
from ocallkit.lesson.exercise import Exercise, Name, Number, Program, Question
from ocallkit.lesson.programs import once, turns, waits
from ocallkit.lesson.shown import Shown, reveal, say, table, together

__all__ = [
    "Exercise",
    "Name",
    "Number",
    "Program",
    "Question",
    "Shown",
    "check",
    "dies",
    "once",
    "orders",
    "reveal",
    "say",
    "solution",
    "table",
    "together",
    "touched",
    "turns",
    "verdicts",
    "waits",
]
