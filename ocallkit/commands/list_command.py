"""`ocallkit list` and `ocallkit schema`: what there is to name, and what the JSON is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.commands.status import HOLDS, as_json
from ocallkit.designs import DESIGNS, FURTHER
from ocallkit.scenarios import ALL, SCENARIOS

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands


def add(commands: Commands) -> None:
    """What both understand: nothing."""
    listing = commands.add_parser("list", help="name the scenarios and the designs")
    listing.set_defaults(command=list_all)
    schema = commands.add_parser("schema", help="print the JSON Schema of all that is JSON")
    schema.set_defaults(command=print_schema)


def list_all(_options: argparse.Namespace) -> Answer:
    """Name the scenarios and the designs, each with what it is."""
    parts = [
        ("Scenarios", {name: scenario.about for name, scenario in SCENARIOS.items()}),
        ("Of the larger world", {name: ALL[name].about for name in ALL if name not in SCENARIOS}),
        ("Designs", {name: _first_line(design.__doc__) for name, design in DESIGNS.items()}),
        ("Further designs", {n: _first_line(design.__doc__) for n, design in FURTHER.items()}),
    ]
    width = max(len(name) for _, part in parts for name in part)
    return HOLDS, "\n\n".join(
        "\n".join([f"{title}:", *(f"  {name:{width}}  {what}" for name, what in part.items())])
        for title, part in parts
    )


def print_schema(_options: argparse.Namespace) -> Answer:
    """The JSON Schema of every document."""
    from ocallkit.judging.schema import json_schema

    return HOLDS, as_json(json_schema())


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
