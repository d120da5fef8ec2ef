"""What is found about the posted code, and how."""
