"""The system: a file for each party of the thread's diagrams, under its kernel names."""
