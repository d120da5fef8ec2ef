"""The site: the notebooks as static pages that need neither a kernel nor a network."""
