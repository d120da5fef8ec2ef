"""Tests of the views, on hand-made runs."""
