"""What the command can be told, a file for each of its words; `cli` puts them together.

Each module has `add`, which says what its command understands, and the function that does it.
`options` has what several understand, `status` what a command answers.
"""
