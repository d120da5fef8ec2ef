"""Pictures, texts and tables of a run.

Every view takes a run and returns text; none of them changes it, and the model knows none of them.

- `layout` says what there is to draw: lifelines, rows, bars.  `svg`, `text` and `plantuml` draw it.
- `ledger` says who holds each reference and why, `timeline` how the counts went.
- `jsonview` hands the run to other programs, `display` to a notebook, `figures` to files.
"""
