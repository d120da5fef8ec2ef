"""Tests of the model: its parties, its counts, and what it refuses."""
