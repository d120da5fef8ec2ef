"""Tests of the claims' ledger: that it is whole, what it says, and that it could say otherwise."""
