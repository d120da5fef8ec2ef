"""The review of a design: what it finds, the page, and the command."""
