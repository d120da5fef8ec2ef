"""A thread is a secure thread or said in full, and words are linked to where they are explained."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from ocallkit.designs import DESIGNS
from ocallkit.lesson import check
from ocallkit.lesson.glossary import designs_table, faults_table, properties_table, who
from ocallkit.model.config import FAULTS, FAULTS_IN_WORDS, MORE_FAULTS
from ocallkit.properties import PROPERTIES
from tools.glossary import LINK, PAGE, WORDS, linked, pages, prose

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "notebooks").glob("*.ipynb"))
CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)", re.DOTALL)
SAID_IN_FULL = re.compile(
    r"secure threads?|CA threads?|threads? of (?:a|the|one|its) (?:CA|process)\b"
    r"|(?:CAs?|process(?:es)?) (?:of|with) (?:one|two|three|several) threads?"
    r"|thread \d|(?<=A \*)thread(?=\* in these notebooks)",
    re.IGNORECASE,
)
"""A number has only a secure thread; page 00 says what the word means."""
THE_DISCUSSION = re.compile(
    r"(?<!secure )\bthe thread(?:'s)?\b(?! (?:of the CA|that took the request))", re.IGNORECASE
)

each = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def unclear(text: str) -> list[str]:
    """Where a text says thread and leaves open of which kind."""
    rest = SAID_IN_FULL.sub("", CODE.sub("", text))
    return [
        rest[max(0, found.start() - 40) : found.end() + 20]
        for found in re.finditer(r"\bthreads?\b", rest, re.IGNORECASE)
    ]


@each
def test_a_thread_on_a_page_is_a_secure_thread_or_said_in_full(page: Path) -> None:
    """The discussion is the discussion, and a process's thread is a thread of the CA."""
    found = [
        one for cell in prose(nbformat.read(page, as_version=4)) for one in unclear(cell.source)
    ]
    assert [] == found


@each
def test_no_output_calls_the_discussion_the_thread(page: Path) -> None:
    """What the package says beside the text uses the same word."""
    cells = nbformat.read(page, as_version=4).cells
    said = [
        str(content)
        for cell in cells
        for output in cell.get("outputs", ())
        for content in (output.get("text", ""), output.get("data", {}).get("text/plain", ""))
    ]
    assert [] == [found[0] for text in said for found in THE_DISCUSSION.finditer(text)]


def test_the_readme_does_not_call_the_discussion_the_thread() -> None:
    """It is read before any page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [] == [found[0] for found in THE_DISCUSSION.finditer(readme)]


@pytest.mark.parametrize("text", ["a design of the thread", "the Threads wait", "In the thread's"])
def test_a_thread_of_no_kind_is_found(text: str) -> None:
    """The rule sees the word in each of its forms."""
    assert [text] == unclear(text)


@pytest.mark.parametrize("page", pages(), ids=[page.stem for page in pages()])
def test_the_first_use_of_each_word_leads_to_the_glossary(page: Path) -> None:
    """`python -m tools.glossary` sets the links; here they are as it would set them."""
    sources = [cell.source for cell in prose(nbformat.read(page, as_version=4))]
    assert linked(sources) == sources
    assert any(LINK.search(source) for source in sources)


def test_only_the_first_use_is_linked_and_neither_in_code_nor_in_a_heading() -> None:
    """A word in a heading, a fence or a link stays as it is, and a link that was there goes."""
    before = ["# An SMC", f"`an SMC` and an SMC, [an SMC]({PAGE}#SMC)\n\n```c\nSMC\n```"]
    after = ["# An SMC", f"`an SMC` and an [SMC]({PAGE}#SMC), an SMC\n\n```c\nSMC\n```"]
    assert after == linked(before)


def test_the_glossary_explains_every_word_that_is_linked() -> None:
    """Each has a heading of its own, to which the link leads."""
    cells = prose(nbformat.read(ROOT / "notebooks" / PAGE, as_version=4))
    heads = re.findall(r"^### (.+)$", "\n".join(cell.source for cell in cells), re.MULTILINE)
    assert [] == [word for word in WORDS if word not in heads]
    assert len(set(heads)) == len(heads)


def test_the_tables_have_every_design_property_and_fault() -> None:
    """Each by its name, in the order of the package."""
    tables = (designs_table(), properties_table(), faults_table())
    names = [[row.split()[0] for row in str(one).splitlines()[2:]] for one in tables]
    assert [[*DESIGNS], [*PROPERTIES], [*FAULTS, *MORE_FAULTS]] == names
    assert [*FAULTS_IN_WORDS] == names[-1]


def test_the_designs_have_those_who_proposed_them() -> None:
    """As the discussion has it."""
    jens = {name for name, design in DESIGNS.items() if who(design) == "jenswi-linaro"}
    assert {"held-refs", "held-refs-pre-release", "two-lists"} == jens
    assert {"HernanGatta"} == {who(DESIGNS[name]) for name in DESIGNS.keys() - jens}


@pytest.mark.parametrize(
    ("design", "row"),
    [
        ("ecall", "HernanGatta TEE_IOC_ECALL the request's when the context's file is closed"),
        ("meta", "HernanGatta TEE_IOC_INVOKE the request's when the context's file is closed"),
        ("two-lists", "jenswi-linaro TEE_IOC_ECALL the invocation's when the context's file"),
        ("held-refs", "jenswi-linaro TEE_IOC_ECALL the request's, the invocation's when the"),
    ],
)
def test_a_row_of_the_designs_says_what_the_design_decides(design: str, row: str) -> None:
    """Read off the decisions of its class."""
    lines = {
        line.split()[0]: " ".join(line.split()[1:]) for line in str(designs_table()).splitlines()
    }
    assert lines[design].startswith(row)


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("22-who-executes", "op-tee driver", "Right."),
        ("22-who-executes", "CA", "A process cannot leave Linux by itself"),
        ("22-who-executes", "TEE Driver", "it knows no SMC"),
        ("22-who-executes", "TA", "is in the secure world already"),
        ("22-how-many-rpcs", 3, "Right."),
        ("22-how-many-rpcs", 4, "4 is the number of ioctl calls"),
        ("22-how-many-rpcs", 1, "its memory has to be asked for"),
        ("22-how-many-rpcs", 9, "9 is not their number"),
    ],
)
def test_the_exercises_of_the_glossary_know_the_usual_answers(
    key: str, answer: object, words: str
) -> None:
    """The right one, and what each wrong one has mixed up."""
    assert words in check(key, answer).plain
