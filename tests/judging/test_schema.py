"""All JSON that the commands write is as its schema says, and the schema is what is documented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from ocallkit.cli import main
from ocallkit.commands.status import HOLDS
from ocallkit.judging.schema import SCHEMA, json_schema
from ocallkit.version import __version__
from tests.test_readme import README, named

if TYPE_CHECKING:
    from pathlib import Path

DEADLOCK = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"

LINES = {
    "check that holds": "check --scenario flow-1 --json",
    "check of several": "check --scenario flow-1-memref --scenario flow-2 --design meta --json",
    "check not finished": "check --scenario flow-1 --limit 3 --seconds 9 --json",
    "check of a switch": "check --scenario flow-1 --call-queue list --fault answers-twice --json",
    "check of nothing": "check --scenario hunt:context:value --json",
    "matrix": "matrix --scenario flow-1-memref --design ecall --threads 1 --format json",
    "review": "review ocall-fd --scenario flow-1 --threads 1 --claims --format json",
    "review without a parent": "review ecall-bare --scenario flow-1 --threads 1 --format json",
    "review in no time": "review ocall-fd --scenario flow-1 --seconds 0.0001 --format json",
    "run": "show flow-2 --format json",
    "run of octets": "show flow-1 --wire octets --format json",
    "hunt that catches": "hunt two-lists --breaks no-use-after-free --json",
    "hunt of nothing": "hunt two-lists --size 5 --no-faults --json",
    "hunt not finished": "hunt two-lists --limit 1 --size 5 --json",
    "disturbs": "disturbs ecall --threads 1 --clients 1 --json",
    "replay": f"show --replay {DEADLOCK} --format json",
}


def said(line: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a command writes, read."""
    main(line.split())
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def validator() -> Draft202012Validator:
    """Of the schema that is published."""
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


@pytest.mark.long
@pytest.mark.parametrize("name", LINES)
def test_what_a_command_writes_is_as_the_schema_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says its kind, the schema's version and the package's."""
    found = said(LINES[name], capsys)
    validator().validate(found)
    assert (name.split(maxsplit=1)[0].replace("replay", "run"), SCHEMA, __version__) == (
        found["kind"],
        found["schema"],
        found["ocallkit"],
    )


def test_what_has_changed_is_in_the_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `check --pinned` tells it."""
    path = tmp_path / "some.pins"
    main(["pin", "--scenario", "flow-1", "--out", str(path)])
    path.write_text(path.read_text("utf-8").replace('"states":8', '"states":9'), "utf-8")
    capsys.readouterr()
    found = said(f"check --pinned {path} --json", capsys)
    validator().validate(found)
    assert [2] == [one["line"] for one in found["changed"]]


@pytest.mark.parametrize(
    ("key", "value"), [("kind", "other"), ("schema", 2), ("holds", "yes"), ("verdicts", [{}])]
)
def test_what_is_not_so_is_not_as_the_schema_says(
    key: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """It lets not everything pass."""
    found = said(LINES["check that holds"], capsys)
    with pytest.raises(ValidationError):
        validator().validate(found | {key: value})


@pytest.mark.long
def test_every_key_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """A verdict without one of them is none."""
    found = said(LINES["check that holds"], capsys)
    for key in found["verdicts"][0]:
        (verdict,) = found["verdicts"]
        less = {name: value for name, value in verdict.items() if name != key}
        with pytest.raises(ValidationError):
            validator().validate(found | {"verdicts": [less]})


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """For validators in other languages."""
    assert HOLDS == main(["schema"])
    assert json.loads(json.dumps(json_schema())) == json.loads(capsys.readouterr().out)


def test_the_readme_names_every_kind_and_every_key() -> None:
    """Those of a verdict in their order."""
    schema = json_schema()
    for kind in schema["discriminator"]["mapping"]:
        assert f"`{kind}`" in README
    assert list(schema["$defs"]["Record"]["properties"]) == named("key of a verdict")


def test_a_verdict_says_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    """Faults, rounds, limits, switches, and what was not explored."""
    line = "check --scenario flow-1 --rounds 2 --no-faults --fault never-answers --depth 90 --json"
    (found,) = said(f"{line} --exit-order linux", capsys)["verdicts"]
    assert (2, ["never-answers"], {"exit-order": "linux"}) == (
        found["rounds"],
        found["faults"],
        found["switches"],
    )
    assert {"states": None, "seconds": None, "depth": 90, "megabytes": None} == found["limits"]
    assert "orders of closing other than Linux's" in found["not_explored"]
