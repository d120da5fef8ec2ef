"""What the site is made of, without Sphinx and without a browser."""
