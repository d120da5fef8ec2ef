"""Tests of the package, of the notebooks and of the project's own tools."""
