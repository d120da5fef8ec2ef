"""What must hold, and what must have been seen."""
