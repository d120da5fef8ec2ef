"""What the notebooks' Markdown says in numbers and codes, each with the computation it comes from.

One module for each page or a few: `SAID` has phrases as they stand on a page, with braces where a
number or a code stands, and a function that gives what belongs there; `AS_IT_IS` has phrases whose
numbers nothing computes: names, dates, and figures of speech.  `tests/lesson/test_prose.py` holds
the pages to them: a phrase that is computed has to be said, and what is said has to be computed.
Names in sentences are computed in `outcomes_*`, numbers that several pages share in `figures`; what
a sentence's shape tells, in `links`, `verdicts` and `questions`.  What is left has been `reviewed`.
"""
