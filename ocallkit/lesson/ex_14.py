"""The exercises of notebook 14: who serves whom, and what that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import judge, run
from ocallkit.designs import DESIGNS, EcallBare, HeldRefsPreRelease
from ocallkit.lesson.exercise import Exercise, Name, Number, listed
from ocallkit.model.config import TrustedApp
from ocallkit.model.kernel_client import (
    tee_client_close_context,
    tee_client_open_context,
    tee_client_open_session,
)
from ocallkit.model.supplicant import tee_supplicant
from ocallkit.scenarios import KernelClient, Scenario, asking_ta, plain_ta
from ocallkit.scenarios.instances import registering_ca
from ocallkit.scenarios.serving import SCMI, scmi_agent, scmi_pta, stays

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

REGISTERING: Final = "handler-registers-memory"
NESTED: Final = "nested-invoke"
CLIENTS: Final = 2
THREADS: Final = 2

BESIDE_AN_AGENT: Final = Scenario(
    "beside-an-agent",
    "two CAs whose handlers register memory, beside a client in the kernel that serves for ever",
    (KernelClient(scmi_agent(stays)), registering_ca, registering_ca),
    (TrustedApp("ta", asking_ta), TrustedApp(SCMI, scmi_pta, built_in=True)),
)


def opens_early(client: Client) -> Steps:
    """A client in the kernel that opens a session; gives what that came to."""
    context = yield from tee_client_open_context(client)
    opened = yield from tee_client_open_session(context)
    yield from tee_client_close_context(context)
    return opened.ret


TOO_EARLY: Final = Scenario(
    "too-early",
    "a client in the kernel that opens a session before there is a supplicant",
    KernelClient(opens_early),
    plain_ta,
    supplicant=tee_supplicant,
)


def fewest(scenario: str | Scenario, clients: int | None = None) -> int:
    """The fewest secure threads with which nobody waits for ever where nobody dies."""
    design = HeldRefsPreRelease
    return next(
        n
        for n in range(1, 9)
        if judge(scenario, design, clients=clients, threads=n, faults=()).holds
    )


class BesideAnAgent(Number):
    """How many secure threads an agent and two such CAs need."""

    key: ClassVar[str] = "14-beside-an-agent"
    hint: ClassVar[str] = (
        "Count the threads that can be suspended at the same time. What else is needed so that one "
        "of them goes on?"
    )

    def expected(self) -> int:
        """The model's own."""
        return fewest(BESIDE_AN_AGENT)

    def wrong(self, answer: int) -> str:
        """Who was forgotten."""
        if answer == fewest(REGISTERING, CLIENTS):
            return "So many are enough for the CAs alone. The agent's thread is never free."
        if answer > self.expected():
            return f"{answer} are enough, and fewer are as well."
        if answer < 1:
            return "Without a secure thread no call enters."
        return f"With {answer} the handlers wait: count who can be in an OCALL at the same time."

    def why(self) -> str:
        """One for each that waits, and one more."""
        return (
            f"The agent keeps one, each of {CLIENTS} CAs may be in an OCALL with another, and one "
            "more is needed so that a handler can register its memory."
        )

    def solution(self) -> str:
        """The number, and why."""
        return f"**{self.expected()}.** {self.why()}"


class TooEarly(Name):
    """What a client in the kernel gets before there is a supplicant."""

    key: ClassVar[str] = "14-too-early"
    hint: ClassVar[str] = (
        "A kill ends the wait of a CA for a supplicant that is not there. Who would end the wait "
        "of a driver?"
    )
    names: ClassVar[tuple[str, ...]] = ("SUCCESS", "COMMUNICATION", "NOT_SUPPORTED", "waits")

    def expected(self) -> str:
        """The model's own."""
        made = run(TOO_EARLY, HeldRefsPreRelease)
        return str(made.results["A"].name) if "A" in made.results else "waits"

    def wrong(self, answer: str) -> str:
        """Where the answer would be right."""
        told = {
            "SUCCESS": "The TA has to be loaded, and there is nobody who could do it.",
            "NOT_SUPPORTED": "That is what the driver answers to an OCALL. This is another RPC.",
            "waits": "A CA waits there, until somebody starts the supplicant or kills the CA. "
            "Nothing kills a client in the kernel, and the kernel may need it to start anything.",
        }
        return told[answer]

    def why(self) -> str:
        """It does not wait where nothing could end it."""
        return (
            "The driver does not queue a request for a client in the kernel while no supplicant is "
            "there. Secure world hears at once that nobody answers, and the client goes on."
        )

    def solution(self) -> str:
        """The result, and why."""
        return f"**{self.expected()}.** {self.why()}"


class YourSpared(Exercise):
    """A design under which handlers may invoke on the last secure thread."""

    key: ClassVar[str] = "14-your-spared"
    hint: ClassVar[str] = (
        "Which calls may wait for a CA: those on the context of the handler's own calls, or those "
        "on the other one?"
    )
    wants: ClassVar[str] = "a design: give the class itself, `answer = Mine`"

    def judge(self, answer: object) -> str:
        """Two CAs on two threads, and one: nobody waits for ever."""
        if not (isinstance(answer, type) and issubclass(answer, EcallBare)):
            return self.unfit(answer)
        if answer in DESIGNS.values():
            return f"`{answer.name}` is one of the discussion's. Write a class of your own."
        for clients in (1, CLIENTS):
            verdict = judge(NESTED, answer, clients=clients, threads=THREADS, faults=())
            if verdict.violations:
                return (
                    f"Clients: {clients}. It breaks {listed(verdict.broken[:1])}. Look at"
                    f' `judge("{NESTED}", {answer.__name__}, clients={clients}, faults=())`.'
                )
        return ""

    def why(self) -> str:
        """What was needed."""
        return (
            "The last thread is left to calls on a context on which no OCALL comes. Such a call "
            "waits for no CA, so the secure thread comes back."
        )

    def solution(self) -> str:
        """The shortest one."""
        return (
            "Calls on the context on which OCALLs come leave one thread free, and no others:\n\n"
            "```python\n"
            "class Mine(HeldRefsPreRelease):\n"
            '    name = "mine"\n'
            "\n"
            "    def spared(self, client, cmd):\n"
            "        return 1 if client.context != client.name else 0\n"
            "```"
        )


EXERCISES: Final[tuple[Exercise, ...]] = (BesideAnAgent(), TooEarly(), YourSpared())
