"""A CA, a handler or a TA that is wrong is reported by its name and line."""

from __future__ import annotations

import gc
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit import judge
from ocallkit.abi.results import Result
from ocallkit.engine import ProgramError
from ocallkit.model.client import TEEC_InitializeContext, TEEC_OpenSession
from ocallkit.model.params import INOUT, Params, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand, either
from ocallkit.scenarios import SCENARIOS, Scenario, asking_ta, plain_ta
from tests.model.programs import invoking, run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

PASSED = (value(INOUT, 1), tempref(INOUT, b"data"))


def line_of(program: Callable[..., object], words: str = "def ") -> int:
    """The number of the line of `program` that holds `words`."""
    lines, first = inspect.getsourcelines(program)
    return first + next(number for number, line in enumerate(lines) if words in line)


def reported_of_ca(ca: Callable[..., Any]) -> ProgramError:
    """The error in which a run of `ca` ends."""
    with pytest.raises(ProgramError) as caught:
        run_of(ca, plain_ta)
    return caught.value


def reported_of_ta(ta: Callable[..., Any]) -> ProgramError:
    """The error in which a run of `ta` ends."""
    with pytest.raises(ProgramError) as caught:
        run_of(invoking(PASSED), ta)
    return caught.value


def test_a_ca_that_raises_is_reported_at_its_line() -> None:
    """And with what it raised."""

    def ca(client: Client, _rounds: int) -> Steps:
        yield from TEEC_InitializeContext(client)
        raise LookupError("no such thing")

    error = reported_of_ca(ca)
    assert f"line {line_of(ca, 'raise')} of ca in test_programs.py" == error.where
    assert "raised LookupError: no such thing" == error.what


def test_a_ca_that_calls_the_library_wrongly_is_reported_at_its_own_line() -> None:
    """The library's inside is none of the reader's concern."""

    def ca(client: Client, _rounds: int) -> Steps:
        yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(client)  # type: ignore[arg-type]

    error = reported_of_ca(ca)
    assert f"line {line_of(ca, 'OpenSession')} of ca in test_programs.py" == error.where


def test_a_ca_that_forgets_from_is_reported_at_its_line() -> None:
    """A function of the library is no step."""

    def ca(client: Client, _rounds: int) -> Steps:
        yield TEEC_InitializeContext(client)  # type: ignore[misc]

    error = reported_of_ca(ca)
    assert f"line {line_of(ca, 'yield')} of ca in test_programs.py" == error.where
    assert "use 'yield from'" in error.what


def test_a_ca_that_is_no_generator_is_reported_by_name() -> None:
    """It is a function that returned."""

    def ca(_client: Client, _rounds: int) -> int:
        return 1

    error = reported_of_ca(ca)
    assert ("ca", f"line {line_of(ca)}") == (error.program, error.where)
    assert "is no generator: it has to yield" == error.what


def test_a_ca_that_is_not_deterministic_is_reported() -> None:
    """With both of its steps."""
    runs = []

    def ca(client: Client, _rounds: int) -> Steps:
        runs.append(0)
        context = yield from TEEC_InitializeContext(client)
        if len(runs) % 2:
            yield from TEEC_OpenSession(context)

    assert "when it was run again" in reported_of_ca(ca).what


def test_a_handler_that_raises_is_reported_at_its_line() -> None:
    """It runs on the CA's thread, but the line is its own."""

    def handler(_command: int, _params: Params) -> Result:
        raise LookupError("no such command")

    with pytest.raises(ProgramError) as caught:
        run_of(invoking(handler=handler), asking_ta)
    assert f"line {line_of(handler, 'raise')} of handler in test_programs.py" == caught.value.where


def test_a_ta_that_raises_is_reported_at_its_line() -> None:
    """After an OCALL as before one."""

    def ta(_command: int, _passed: Params) -> Steps:
        yield from TEE_InvokeCACommand(100, (value(INOUT),))
        raise LookupError("no such thing")

    assert f"line {line_of(ta, 'raise')} of ta in test_programs.py" == reported_of_ta(ta).where


def test_a_ta_that_yields_a_function_of_the_library_is_reported_at_its_line() -> None:
    """As a step it would be called with a world."""

    def ta(_command: int, _passed: Params) -> Steps:
        yield TEE_InvokeCACommand, 100

    error = reported_of_ta(ta)
    assert f"line {line_of(ta, 'yield')} of ta in test_programs.py" == error.where
    assert error.what.startswith("its step TEE_InvokeCACommand(100) raised TypeError")


def test_a_ta_that_is_no_generator_is_reported_by_name() -> None:
    """It is a function that returned."""

    def ta(_command: int, _passed: Params) -> Result:
        return Result.SUCCESS

    error = reported_of_ta(ta)
    expected = ("ta", f"line {line_of(ta)}", "is no generator: it has to yield")
    assert expected == (error.program, error.where, error.what)


def test_a_ta_that_takes_other_arguments_is_reported_by_name() -> None:
    """It is called with a command and parameters."""

    def ta(_command: int) -> Steps:
        yield from ()

    error = reported_of_ta(ta)
    assert ("ta", f"line {line_of(ta)}") == (error.program, error.where)
    assert error.what.startswith("cannot be called: ")


RETURNS = {
    "a code that is no result": (1234, "returned 1234: neither a result nor a pair with one"),
    "a word": ("ok", "returned 'ok': neither a result nor a pair with one"),
    "too few parameters": ((0, PASSED[:1]), "returned 1 parameters of 2"),
    "a value over 32 bits": ((0, (replace(PASSED[0], b=2**32), PASSED[1])), "as parameter 0"),
    "more bytes than the buffer has": (
        (0, (PASSED[0], replace(PASSED[1], data=b"data!"))),
        "as parameter 1",
    ),
    "a negative size": ((0, (PASSED[0], replace(PASSED[1], size=-1))), "as parameter 1"),
}


@pytest.mark.parametrize(("returned", "words"), RETURNS.values(), ids=RETURNS)
def test_a_ta_is_reported_by_name_that_returns(returned: object, words: str) -> None:
    """C would not let it, or would write past a buffer."""

    def ta(_command: int, _passed: Params) -> Steps:
        yield from ()
        return returned

    error = reported_of_ta(ta)
    assert ("ta", f"line {line_of(ta)}") == (error.program, error.where)
    assert words in error.what


def test_a_ta_may_say_that_it_needs_a_larger_buffer() -> None:
    """A size alone may grow: that is how a short buffer is reported."""

    def ta(_command: int, passed: Params) -> Steps:
        yield from ()
        return Result.SHORT_BUFFER, (passed[0], replace(passed[1], size=9))

    result = run_of(invoking(PASSED), ta).results["A"]
    assert (Result.SHORT_BUFFER, 9) == (result.ret, result.params[1].size)


@pytest.mark.long
@pytest.mark.parametrize("forever", [False, True])
def test_a_ta_that_catches_everything_is_judged_and_let_go_of_in_silence(
    *, forever: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its own end included; if it asks again for ever it never ends, and that is its verdict."""

    def ta(_command: int, _params: Params) -> Steps:
        try:
            yield from TEE_InvokeCACommand(100, ())
        except BaseException:  # noqa: BLE001 - that is what it does
            yield from TEE_InvokeCACommand(100, ())
        while forever:
            try:  # noqa: SIM105 - each `with` would be another
                yield from TEE_InvokeCACommand(100, ())
            except BaseException:  # noqa: BLE001, S110 - as above
                pass

    verdict = judge(Scenario("catches", "", SCENARIOS["flow-1"].ca, ta))
    gc.collect()
    assert ("", "") == capfd.readouterr()
    assert (("can-finish",) if forever else ()) == verdict.broken


def test_a_ta_that_may_go_several_ways_goes_each_of_them() -> None:
    """Named ways can be chosen by a schedule; the first is the one that a run takes by itself."""

    def ta(_command: int, _passed: Params) -> Steps:
        way = yield from either("left", "right")
        return Result.BUSY if way == "right" else Result.SUCCESS

    by_itself = run_of(invoking(), ta)
    place = by_itself.schedule.index("A:left")
    chosen = run_of(invoking(), ta, schedule=(*by_itself.schedule[:place], "A:right"))
    results = [made.results["A"].ret for made in (by_itself, chosen)]
    assert [Result.SUCCESS, Result.BUSY] == results
