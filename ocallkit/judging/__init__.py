"""What is made of a scenario under a design: one path, all of them, and what compares them.

- `assembly` puts the parts together; `specs` finds those that a reader names,
  `templates` has some to begin with; `own_properties` looks at a reader's own.
- `path` follows one path and gives a `Run`, `tokens` names it in a line, which makes it again.
- `verdict` tries every path, `matrix` every design in every scenario, `hunting` every small CA and
  TA until one breaks a design.
- `comparing` lays two runs, two designs, two verdicts side by side.
- `disturbs` says what each step touches, `misused` what comes of an act of misuse.
- `views` is where a Run, a Verdict and a Parting ask to be shown: what shows them is attached from
  outside, and nothing here knows it.
"""
