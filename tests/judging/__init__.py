"""Tests of the verdicts: that they are what is on record, and that nothing can fool them."""
