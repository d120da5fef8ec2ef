"""What a reader tries out."""
