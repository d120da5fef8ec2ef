"""What breaks under a design, each cause once: found by trying what would cure it.

`search` looks for Runs that break something, `healing` for the decisions that would have prevented
each, `finding` puts together what has the same cure, `record` keeps what a search came to.
"""
