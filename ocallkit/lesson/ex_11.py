"""The exercises of notebook 11: OCALLs while a session opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ocallkit import replay, run
from ocallkit.abi.results import Result
from ocallkit.lesson.exercise import Exercise, Number, Program, ReadersProgram
from ocallkit.lesson.opening import opens
from ocallkit.model.config import TrustedApp
from ocallkit.model.events import CA, Message
from ocallkit.scenarios import Scenario, plain_ta, serve

if TYPE_CHECKING:
    from ocallkit import Run

SCENARIO: Final = "open-session-ocall"
DESIGN: Final = "held-refs-pre-release+meta"
DEATH: Final = f"{SCENARIO}/{DESIGN}/t2/c1/A:kill@OCALL,A:close:context"


def labels(path: Run, source: str) -> list[str]:
    """What a party sends, in its order."""
    return [e.label for e in path.events if isinstance(e, Message) and e.source == source]


class HowManyOpens(Number):
    """How often the ioctl that opens a session is called for one opening with an OCALL."""

    key: ClassVar[str] = "11-how-many-opens"
    hint: ClassVar[str] = (
        "The OCALL of this scenario passes a buffer. Each request that reaches the CA ends one "
        "`ioctl` and begins another."
    )

    def expected(self) -> int:
        """As the run has it."""
        return labels(run(SCENARIO, DESIGN), CA).count("TEE_IOC_OPEN_SESSION")

    def wrong(self, answer: int) -> str:
        """What each wrong number counts."""
        said = {
            1: "So many are enough without an OCALL: each request makes it return once more.",
            2: "That is an OCALL with a value. This one passes a buffer, for which the CA is asked"
            " to allocate memory first.",
            self.expected() - 1: "So many requests reach the CA. Each is answered with one more"
            " `ioctl`, and the first `ioctl` was no answer.",
        }
        return said.get(answer, f"{answer} is not it. Count the arrows that leave the CA.")

    def why(self) -> str:
        """One, and one for each answer."""
        return (
            "One that begins the opening, and one for each answer: the memory is there, the OCALL"
            " is served, the memory is freed. The last of them returns with the session."
        )

    def solution(self) -> str:
        """The number, and where to see it."""
        return (
            f'**{self.expected()}.** {self.why()} `run("{SCENARIO}", "{DESIGN}")` has them, as'
            " `diagram(whole=True)`."
        )


def calls_of_the_exit(choice: str) -> int:
    """How often the exit of the dead CA enters secure world, if the TA makes that choice."""
    path = replay(f"{DEATH},A:{choice}")
    killed = path.schedule.index("A:kill")
    after = [event for step in path.steps[killed:] for event in step.events]
    return sum(isinstance(e, Message) and e.label.startswith("SMC/") for e in after)


class CallsOfTheExit(Number):
    """How often the exit enters secure world where the TA opens in spite of the error."""

    key: ClassVar[str] = "11-calls-of-the-exit"
    hint: ClassVar[str] = "Look at the picture from the line that says that the context is closed."

    def expected(self) -> int:
        """As the run has it."""
        return calls_of_the_exit("opens-in-spite-of-it")

    def wrong(self, answer: int) -> str:
        """What each wrong number would be."""
        if answer == calls_of_the_exit("refuses"):
            return "So many are enough where the TA refuses. Here it opens the session."
        if answer == 0:
            return "Then the secure thread would be suspended for ever."
        return (
            f"{answer} is not it. The memory of an OCALL is unregistered without a call, and the"
            " TA returns without one."
        )

    def why(self) -> str:
        """What each is."""
        return (
            "The first resumes the secure thread with an error. The TA opens the session, so a"
            " second one closes it. The OCALL's memory needs none: OP-TEE was never told of it."
        )

    def solution(self) -> str:
        """The number, and what they are."""
        return f"**{self.expected()}.** {self.why()}"


class OpensWithCare(Program):
    """An open entry point that tells a normal world that cannot ask from one that failed."""

    key: ClassVar[str] = "11-opens-with-care"
    hint: ClassVar[str] = (
        "The first value that `TEE_InvokeCACommand` gives is the result: return it, but for one."
    )
    wants: ClassVar[str] = "an open entry point: name the function, and do not call it"

    def trouble(self, program: ReadersProgram) -> str:
        """A CA that serves, one that fails, one that dies, and a driver that cannot ask."""
        mine = Scenario("yours", "a TA", opens(serve), TrustedApp("ta", plain_ta, open=program))
        served = run(mine, DESIGN)
        if "RPC/OCALL Req'" not in {e.label for e in served.events if isinstance(e, Message)}:
            return "It does not ask at all."
        if served.results["A"].ret != Result.SUCCESS:
            return "Its CA has answered, and it does not open the session."
        if run(mine, "ecall").results["A"].ret != Result.SUCCESS:
            return "Under `ecall` nobody can be asked, and it refuses. It should go on without."
        line = f"yours/{DESIGN}/t2/c1/A"
        failed = replay(f"{line}:handler-error@OCALL", scenario=mine).results["A"].ret
        if failed != Result.GENERIC:
            return f"The handler fails with `GENERIC`, and the opening ends with `{failed.name}`."
        dead = replay(f"{line}:kill@OCALL", scenario=mine)
        if "SMC/Close Session" in {e.label for e in dead.events if isinstance(e, Message)}:
            return "When its CA is dead it opens the session, and the driver has to close it again."
        return ""

    def why(self) -> str:
        """What a TA can tell."""
        return (
            "`NOT_SUPPORTED` says that there is no way to ask; any other error, that it was asked "
            "and nothing came of it. A session for a CA that is dead would be closed at once."
        )

    def solution(self) -> str:
        """A program that does it."""
        return f"One result is no failure.\n\n```python\n{OPENS_WITH_CARE}\n```"


OPENS_WITH_CARE: Final = """\
def asks(params):
    ret, _, _ = yield from TEE_InvokeCACommand(99)
    return Result.SUCCESS if ret == Result.NOT_SUPPORTED else ret"""
"""A right answer to the third exercise."""

EXERCISES: Final[tuple[Exercise, ...]] = (HowManyOpens(), CallsOfTheExit(), OpensWithCare())
