"""Tests of what the commands are told and what they answer."""
