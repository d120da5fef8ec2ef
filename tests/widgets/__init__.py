"""What a reader moves."""
