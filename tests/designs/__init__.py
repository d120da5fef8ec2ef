"""Designs that are no proposal of the discussion."""
