"""The gate: `make test` and what a machine runs by itself fail whenever something is wrong."""
