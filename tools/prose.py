"""Note the sentences of the pages and of the README whose words nothing computes as reviewed.

`python -m tools.prose` writes the files of `tests/lesson/prose/sentences/` anew.  It is run when
each sentence that `git diff` then shows has been compared with what it speaks of, and says how many
are held by that, and how many words by a computation.
"""

import sys

from tests.lesson.prose.pages import Text, texts
from tests.lesson.prose.reviewed import FOLDER, noted


def note(one: Text) -> int:
    """Note the sentences of a text; how many were not there before."""
    before = noted(one.stem)
    lines = "".join(f"{line}\n" for line in one.to_review)
    (FOLDER / f"{one.stem}.txt").write_text(lines, encoding="utf-8")
    return len(set(one.to_review) - set(before))


def main() -> int:
    """Note them all; say what is new, and what holds how much."""
    FOLDER.mkdir(exist_ok=True)
    for one in texts():
        if new := note(one):
            sys.stdout.write(f"{one.stem}: {new} new\n")
    computed = sum(one.computed for one in texts())
    tied = sum(one.tied for one in texts())
    pinned = sum(len(one.page.as_it_is) for one in texts())
    reviewed = sum(len(one.to_review) for one in texts())
    sys.stdout.write(
        f"{computed} words are computed, {tied} links and verdicts are tied,"
        f" {pinned} phrases are pinned,"
        f" {reviewed} sentences are reviewed\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
