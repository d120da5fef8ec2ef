"""A design is looked at when it is handed over: one sentence says what is wrong, and where."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from ocallkit import judge, replay, run
from ocallkit.designs import Design, DesignError, Ecall, HeldRefs
from ocallkit.designs.decisions import DECISIONS, NOTHING, WANTED, YIELD
from ocallkit.designs.handed import handed, is_name
from ocallkit.designs.transport import MetaParameter
from ocallkit.judging.disturbs import disturbs
from ocallkit.judging.matrix import matrix
from ocallkit.judging.specs import load
from ocallkit.model import optee
from ocallkit.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METHODS = [name for name in DECISIONS if name != "transport"]
PLAIN = [name for name in METHODS if WANTED[name] not in YIELD]


def line_of(thing: Any, text: str = "") -> str:  # noqa: ANN401 - a class or a function
    """Where it begins, or where the line that holds `text` stands in it."""
    lines, first = inspect.getsourcelines(thing)
    at = next(number for number, line in enumerate(lines) if text in line)
    return f"line {first + at} in test_handed.py"


def refused(design: object) -> str:
    """What is said of a design that is no good."""
    with pytest.raises(DesignError) as caught:
        handed(design)
    assert isinstance(caught.value, ValueError)
    assert 1 == len(str(caught.value).splitlines())
    return str(caught.value)


def made(**own: object) -> type[Design]:
    """A design with these attributes."""
    return type("Mine", (Design,), {"name": "mine", **own})


class Mistyped(HeldRefs):
    """It does nothing that it says."""

    name = "mistyped"

    def prerelease(self, client: Any) -> Any:  # noqa: ANN401 - as a reader writes it
        """Cancel what is pending."""
        return optee.cancel_ocall(client)


def test_a_public_method_that_is_no_decision_is_named_with_what_was_meant() -> None:
    """Else it would be the parent's verdict."""
    where = line_of(Mistyped.prerelease)
    expected = "`prerelease` is no decision; did you mean `pre_release`?"
    assert f"Mistyped.prerelease, {where}: {expected}" == refused(Mistyped)


def test_what_a_design_has_for_itself_begins_with_an_underscore() -> None:
    """A public attribute would be taken for a decision."""

    class Counts(Design):
        """It has a number of its own."""

        name = "counts"
        zero = 0

    class Hides(Design):
        """The same, but for itself, with a helper."""

        name = "hides"
        _zero = 0

        def _help(self) -> int:
            return self._zero

    expected = "`zero` is no decision; what is the design's own begins with an underscore: `_zero`"
    assert f"Counts.zero, {line_of(Counts, 'zero =')}: {expected}" == refused(Counts)
    assert Hides is handed(Hides)


def test_what_a_mixin_brings_is_looked_at_like_the_rest() -> None:
    """And named by the class that has it."""

    class Helper:
        """No design by itself."""

        def helps(self) -> None:
            """Do nothing."""

    class Mixed(Helper, Ecall):
        """A design with a helper."""

        name = "mixed"

    assert refused(Mixed).startswith(f"Helper.helps, {line_of(Helper.helps)}: `helps` is no dec")


@pytest.mark.parametrize(
    ("base", "has"), [(Design, "no name"), (HeldRefs, "the name of HeldRefs, 'held-refs'")]
)
def test_a_design_without_a_name_of_its_own_is_refused(base: type[Design], has: str) -> None:
    """Its verdict would be told under another's name."""
    nameless = type("Mine", (base,), {})
    assert f'Mine.name: it has {has}: give it one of its own, such as name = "mine"' == refused(
        nameless
    )


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ecall", "'ecall' is a design of the package: choose another name"),
        ("posted", "'posted' is a design of the package: choose another name"),
        ("a/b", "no token can carry 'a/b': it is made of letters, digits, '-', '_' and '.'"),
        ("a,b", "no token can carry 'a,b': it is made of letters, digits, '-', '_' and '.'"),
        ("a b", "no token can carry 'a b': it is made of letters, digits, '-', '_' and '.'"),
        ("a\n", "no token can carry 'a\\n': it is made of letters, digits, '-', '_' and '.'"),
        ("mine+meta", "no token can carry 'mine+meta': it is made of letters, digits, '-', '_'"),
        ("", "no token can carry '': it is made of letters, digits, '-', '_' and '.'"),
        (3, "a text was wanted, not 3"),
    ],
)
def test_a_name_that_says_nothing_or_too_much_is_refused(name: object, what: str) -> None:
    """One that is taken, one that no token could carry, one that is no text."""
    assert refused(made(name=name)).startswith(f"Mine.name: {what}")


def test_a_name_may_have_letters_digits_and_few_signs() -> None:
    """As those of the package have: what any terminal takes as it is."""
    assert is_name("larger-2.b_3")
    assert not is_name("größer")
    assert not is_name("!a")


@pytest.mark.parametrize("decision", METHODS)
def test_a_decision_with_other_parameters_is_refused(decision: str) -> None:
    """Whether it is ever asked or not; what it was given is told beside what was wanted."""

    def answer(self: object, something: object, more: object, *, named: object) -> None:
        """Take what nobody has."""

    wanted = ", ".join(inspect.signature(getattr(Design, decision)).parameters)
    where = line_of(answer)
    expected = f"it takes (self, something, more, named), wanted ({wanted})"
    assert f"Mine.{decision}, {where}: {expected}" == refused(made(**{decision: answer}))


def test_a_decision_without_self_is_refused() -> None:
    """It could not be asked at all."""

    def answer() -> tuple[()]:
        return ()

    expected = f"Mine.kept, {line_of(answer)}: it takes nothing, wanted (self, params)"
    assert expected == refused(made(kept=answer))


@pytest.mark.parametrize("decision", PLAIN)
def test_a_generator_where_a_plain_function_is_due_is_refused(decision: str) -> None:
    """Nobody would run it."""

    def answer(_self: object, *_asked: object) -> Any:  # noqa: ANN401 - not what is wanted
        yield ()

    expected = f"Mine.{decision}, {line_of(answer)}: it yields, wanted {WANTED[decision]}"
    assert expected == refused(made(**{decision: answer}))


@pytest.mark.parametrize("decision", ["asks", "unlists"])
def test_a_plain_function_where_a_generator_is_due_is_refused_when_it_answers(
    decision: str,
) -> None:
    """It may hand on a program of the model: only its answer tells."""

    def answer(_self: object, *_asked: object) -> None:
        """Give nothing."""

    with pytest.raises(DesignError) as caught:
        judge("flow-1", made(**{decision: answer}))
    wanted = "returned None, wanted a program of the model: yield its steps, and return what it"
    assert str(caught.value).startswith(f"Mine.{decision}, {line_of(answer)}: {wanted}")


def test_an_async_decision_is_refused() -> None:
    """Nobody awaits anything here."""

    async def answer(_self: object, _client: object) -> tuple[()]:
        return ()

    expected = "it is `async`, which means nothing here, wanted a plain `def`"
    assert f"Mine.release, {line_of(answer)}: {expected}" == refused(made(release=answer))


@pytest.mark.parametrize(
    ("own", "what"),
    [
        ({"kept": 3}, "Mine.kept: it is 3, wanted a method"),
        ({"worker": 1}, "Mine.worker: it is 1, wanted True or False"),
        ({"server": "no"}, "Mine.server: it is 'no', wanted True or False"),
        ({"transport": "meta"}, "Mine.transport: it is 'meta', wanted a transport: an instance"),
        ({"transport": MetaParameter}, "Mine.transport: it is <class 'ocallkit.designs.transp"),
    ],
)
def test_an_attribute_of_another_kind_is_refused(own: dict[str, object], what: str) -> None:
    """With what was wanted."""
    assert refused(made(**own)).startswith(what)


def test_a_decision_as_a_property_is_refused_and_never_asked() -> None:
    """It would answer before anybody has asked."""

    def answer(_self: object) -> object:
        raise AssertionError

    said = refused(made(kept=property(answer)))
    assert said.startswith(f"Mine.kept, {line_of(answer)}: it is <property object>, wanted a met")


def test_a_design_that_cannot_be_made_is_refused() -> None:
    """It is made once, without arguments."""

    class Asks(Design):
        """It wants a number."""

        name = "asks"

        def __init__(self, number: int) -> None:
            self._number = number

    said = refused(Asks)
    assert said.startswith(f"Asks, {line_of(Asks.__init__)}: it cannot be made: Asks() raises Type")


def test_the_base_class_itself_is_no_design() -> None:
    """It has no name."""
    assert refused(Design).endswith(
        "it is for deriving from: give a class of your own, with a name"
    )


@pytest.mark.parametrize(
    ("design", "what"),
    [
        (None, "None: a design is a class, derived from Design or one of its like"),
        (3, "3: a design is a class, derived from Design or one of its like"),
        (run, "<function run>: a design is a class, derived from Design or one of its like"),
        (int, "int: it is no design: derive it from ocallkit.designs.Design"),
        (
            Ecall(),
            "<Ecall: ecall>: it is an instance: give the class, Ecall",
        ),
    ],
)
def test_what_is_no_class_of_a_design_is_refused(design: object, what: str) -> None:
    """Nothing, an instance, a class of something else."""
    assert refused(design).startswith(what)


class Good:
    """Ways to hand a decision over that are as good as a method."""

    static: ClassVar = staticmethod(lambda _client: ())
    whole: ClassVar = classmethod(lambda _cls, _client: ())
    plain: ClassVar = lambda _self, _client: ()


@pytest.mark.parametrize("way", ["static", "whole", "plain"])
def test_a_decision_need_not_be_a_method_to_be_asked(way: str) -> None:
    """Whatever can be asked as the driver asks it."""
    design = made(pre_release=vars(Good)[way])
    assert design is handed(design)


ENTRANCES: dict[str, Callable[[Any], object]] = {
    "run": lambda design: run("flow-1", design),
    "judge": lambda design: judge("flow-1", design),
    "replay": lambda design: replay("flow-1/ecall/t2/c1/", design),
    "matrix": lambda design: matrix(["flow-1"], [design], processes=1),
    "disturbs": lambda design: disturbs([design], ["flow-1"]),
}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_wherever_a_design_is_handed_over_it_is_looked_at(entrance: str) -> None:
    """The same sentence everywhere."""
    with pytest.raises(DesignError, match="`prerelease` is no decision"):
        ENTRANCES[entrance](Mistyped)


def test_a_design_of_a_file_is_looked_at_when_it_is_loaded(tmp_path: Path) -> None:
    """With the line of that file."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from ocallkit.designs import Design\n\n\n"
        'class Mine(Design):\n    name = "mine"\n    held = ()\n'
    )
    with pytest.raises(DesignError, match=r"Mine\.held, line 6 in mine\.py: `held` is no decision"):
        load("design", f"{file}:Mine")


def test_a_design_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exploring costs nothing more for it."""
    design = made()
    assert design is handed(design)
    monkeypatch.setattr("ocallkit.designs.handed._look_at_class", None)
    assert design is handed(design)


def test_an_error_crosses_from_the_process_that_judges() -> None:
    """As it was raised there."""
    with pytest.raises(DesignError, match=f"Wrong.request_leaves, .*wanted {NOTHING}"):
        matrix(["flow-1"], [Wrong], threads=[1, 2], processes=2)


class Wrong(Ecall):
    """It answers where nothing is wanted."""

    name = "wrong"

    def request_leaves(self, world: Any, client: Any) -> Any:  # noqa: ANN401, ARG002 - as a reader
        """Give a number."""
        return 0


def test_a_scenario_that_no_token_could_name_is_refused() -> None:
    """By '/', by no name at all, or because it is none."""
    like = SCENARIOS["flow-1"]
    for name in ("a/b", " "):
        with pytest.raises(ValueError, match=f"called by a text without '/', not '{name}'"):
            run(Scenario(name, "", like.ca, like.ta))
    with pytest.raises(ValueError, match="None: a scenario is a name or a Scenario"):
        judge(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", [run, judge])
def test_one_name_where_several_are_wanted_is_refused(way: Callable[..., object]) -> None:
    """Its letters would be taken for names."""
    with pytest.raises(
        ValueError, match=r"faults: several names were wanted, as in \['kill'\], not"
    ):
        way("flow-1", faults="kill")
