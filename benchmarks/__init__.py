"""What the package costs in time."""
