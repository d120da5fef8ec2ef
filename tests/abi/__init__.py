"""The numbers and layouts."""
