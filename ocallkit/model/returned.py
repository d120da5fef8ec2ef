"""What a TA or a handler may return, and what its client gets of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit.abi.results import Result
from ocallkit.engine import wrong
from ocallkit.model import params

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.events import Param


def result_of(
    ta: Callable[..., Steps], result: Any, passed: tuple[Param, ...]
) -> tuple[Result, tuple[Param, ...]]:
    """What a TA returned, if it is something that a TA can return; else raises ProgramError.

    It may say that a buffer should be larger (the size grows, the bytes do not).
    """
    ret, returned = as_result(ta, result, passed)
    if len(returned) != len(passed):
        raise wrong(ta, f"returned {len(returned)} parameters of {len(passed)}")
    for number, (old, new) in enumerate(zip(passed, returned, strict=True)):
        fits = len(new.data) <= old.size if params.is_memref(new) else params.is_sound(new)
        if not fits or new.size < 0:
            raise wrong(ta, f"returned as parameter {number} what does not fit there: {new}")
    return ret, returned


def as_result(
    program: Callable[..., Any], result: Any, passed: tuple[Param, ...]
) -> tuple[Result, tuple[Param, ...]]:
    """What a TA or a handler returned: a result, alone or with its parameters.

    Nothing stands for SUCCESS and the parameters as they were passed; for anything else raises
    ProgramError.
    """
    try:
        if result is None:
            return Result.SUCCESS, passed
        if isinstance(result, tuple):
            ret, returned = result
            return Result(ret), returned
        return Result(result), passed
    except (TypeError, ValueError):
        raise wrong(program, f"returned {result!r}: neither a result nor a pair with one") from None
