"""The design lab: answer the questions in which the designs differ, and see what breaks."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec

from ocallkit.designs import DESIGNS
from ocallkit.labs.designs import (
    CANCELS,
    QUESTIONS,
    TRANSPORTS,
    Choice,
    choice_of,
    compose,
    effects,
    nearest,
    said,
    verdict,
)
from ocallkit.view.ledger_table import CELL
from ocallkit.view.palette import edge
from ocallkit.widgets.lab import CSS, Lab, page, shape
from ocallkit.widgets.libraries import AnyWidget, traitlets

ANSWERS: dict[str, tuple[object, ...]] = {
    "holds_memories": (False, True),
    "request_holds": (False, True),
    "cancel": tuple(CANCELS),
    "transport": tuple(TRANSPORTS),
}
"""What can be answered to each question."""

THREADS = (1, 2, 3)
"""The numbers of secure threads that can be chosen."""


class DesignPanel(AnyWidget):
    """The panel on the page."""

    _esm = page("design_lab.js")
    _css = CSS

    asked = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "DesignPanel()"


class DesignLab(Lab):
    """Put a design together, and see its verdicts and what the last change did to them.

    >>> lab = DesignLab()
    >>> lab.decide(holds_memories=True, cancel="pre_release")
    >>> lab.design.name
    'held-refs-pre-release'

    Raises ValueError for an answer that there is not.
    """

    def __init__(self, choice: Choice | None = None, *, threads: int = 2) -> None:
        super().__init__(DesignPanel())
        self.choice, self.threads = choice or choice_of(DESIGNS["ecall-bare"]), threads
        self.effects = effects((self.choice, threads), (self.choice, threads))
        self.panel.observe(lambda _change: self._update(), "asked")
        self.panel.asked = {
            **msgspec.to_builtins(self.choice),
            "threads": threads,
            "scenario": "",
        }

    @property
    def design(self) -> type:
        """The design that decides as is answered now."""
        return compose(self.choice)

    def decide(self, **answers: object) -> None:
        """Answer questions: fields of `Choice` and `threads`; or name the `scenario` to open."""
        self.panel.asked = {**self.panel.asked, **answers}

    def as_shown(self) -> dict[str, str]:
        """The answers, the nearest named design and the verdicts."""
        answers = [(words, said(getattr(self.choice, name))) for name, words in QUESTIONS.items()]
        answers.append(("Secure threads", str(self.threads)))
        words = self._nearest()
        rows = "".join(
            f'<tr><th scope="row" style="{CELL}">{escape(one)}</th>'
            f'<td style="{CELL}">{escape(answer)}</td></tr>'
            for one, answer in answers
        )
        verdicts = "".join(
            f'<tr><th scope="row" style="{CELL}">{effect.scenario}</th>'
            f'<td style="{CELL};border-left:5px {edge(effect.after)}">{effect.after}</td></tr>'
            for effect in self.effects
        )
        table = '<table style="border-collapse:collapse;color:inherit">{}</table>'
        html = f"{table.format(rows)}<p>{escape(words)}</p>{table.format(verdicts)}"
        lines = [f"{one}: {answer}" for one, answer in answers]
        lines += ["", words, "", *(f"{effect.scenario}: {effect.after}" for effect in self.effects)]
        return {"text/html": html, "text/plain": "\n".join(lines)}

    def _update(self) -> None:
        asked = dict(self.panel.asked)
        threads, scenario = asked.pop("threads"), asked.pop("scenario")
        choice = Choice(**asked)
        if (choice, threads) != (self.choice, self.threads):
            self.effects = effects((self.choice, self.threads), (choice, threads))
            self.choice, self.threads = choice, threads
        broken = verdict(choice, scenario, threads).violations if scenario else ()
        run = min(broken, key=lambda one: one.steps).run if broken else None
        self.step_through(run, len(run.steps) if run else None)
        self.panel.shown = {
            "questions": self._questions(),
            "named": [
                {
                    "name": name,
                    "answers": msgspec.to_builtins(choice_of(design)),
                    "is": design is self.design,
                }
                for name, design in DESIGNS.items()
            ],
            "nearest": self._nearest(),
            "verdicts": [
                {
                    "scenario": effect.scenario,
                    "word": effect.after,
                    "change": effect.words,
                    "broken": verdict(choice, effect.scenario, threads).broken,
                    "shape": shape(effect.after),
                    "chosen": effect.scenario == scenario,
                }
                for effect in self.effects
            ],
            "said": self._said(scenario, bool(run)),
        }

    def _questions(self) -> list[dict[str, Any]]:
        """Each question with its answers in words."""
        questions = [
            {
                "name": name,
                "words": words,
                "answers": [{"value": v, "words": said(v)} for v in ANSWERS[name]],
            }
            for name, words in QUESTIONS.items()
        ]
        threads = [{"value": n, "words": str(n)} for n in THREADS]
        return [*questions, {"name": "threads", "words": "Secure threads", "answers": threads}]

    def _nearest(self) -> str:
        """Which named design this is, or which is nearest and what differs."""
        name, differ = nearest(self.choice)
        about = (DESIGNS[name].__doc__ or "").partition("\n")[0]
        if not differ:
            return f"This is {name}: {about}"
        other = choice_of(DESIGNS[name])
        answers = "; ".join(
            f"{QUESTIONS[one][:1].lower()}{QUESTIONS[one][1:]}: {said(getattr(self.choice, one))}, "
            f"there {said(getattr(other, one))}"
            for one in differ
        )
        return f"No design of the discussion. The nearest is {name}, but {answers}."

    def _said(self, scenario: str, opens: bool) -> str:  # noqa: FBT001 - a fact, no switch
        if scenario and not opens:
            return f"{scenario} holds: there is no bad ending to step to."
        if scenario:
            return f"{scenario}: its shortest bad ending is in the stepper below."
        changed = [f"{effect.scenario} {effect.words}" for effect in self.effects if effect.words]
        if changed:
            return f"Your last change: {'; '.join(changed)}."
        return "No verdict has changed. Choose a scenario that breaks: its run opens below."
