"""The measurements: what can be held of them without measuring."""
