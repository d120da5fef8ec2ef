"""Tests of the engine, with programs that know nothing of TEEs."""
