"""What breaks under the code as posted, what heals it, and what makes a design hold."""
