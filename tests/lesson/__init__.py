"""Tests of what the notebooks say, hide and check."""
