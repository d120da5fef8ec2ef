"""What a reader tries out, without any of the places where it is shown."""
