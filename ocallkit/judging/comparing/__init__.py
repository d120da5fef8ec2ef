"""Two things of a kind side by side: `two_runs`, `two_designs`, and the verdicts of both."""
